"""Evidence that comes with an answer: each check is pass, warn or fail, with a sentence."""

from translator.checks.all import NOT_GOVERNED, checks_of
from translator.checks.subject import Subject

__all__ = ["NOT_GOVERNED", "Subject", "checks_of"]
