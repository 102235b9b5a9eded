"""Test questions: what people ask, and what has to come out; examples for planners, too."""
