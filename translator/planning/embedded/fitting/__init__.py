"""Fits the judgement on questions with known answers.

    python -m translator.planning.embedded.fitting PROJECTS.yml [--write]

Figures are of each project left out of the fit. Needs the extra `eval`.
"""
