"""Askability: what in a dbt project keeps questions from being understood or answered.

`rules/` has a function a rule, `registry` the table of them, `fix` writes what can be mended.
"""
