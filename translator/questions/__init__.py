"""Test questions: what people ask, and what has to come out. Also the verified examples of planners."""
