"""Evidence that comes with an answer: each check is pass, warn or fail, with a sentence.

`prover` gathers what the checks need from the warehouse while the answer is made; `all` lists the
checks; each has a file of its own.
"""

from translator.checks.all import NOT_GOVERNED, checks_of
from translator.checks.planning import planning_checks
from translator.checks.subject import Subject

__all__ = ["NOT_GOVERNED", "Subject", "checks_of", "planning_checks"]
