"""Evaluators: each looks at one side of an answer and gives scores with reasons."""
