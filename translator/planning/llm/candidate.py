"""A plan that a model came to, and how sure one may be of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from translator.plan import Clarification, ModelQuery, Plan
from translator.planning.llm.chat import ChatReply
from translator.query import QueryIssue, SemanticQuery

# Not calibrated on a 70B model, which cannot be run here: priors, lower where less is checked.
_METRICS, _SQL, _ASK, _REFUSE = 0.8, 0.65, 0.5, 0.6
_REPAIRED = 0.85
"""What each repair leaves of the confidence."""
_INSISTED = 0.6
"""What is left of it when the model stays with what is held against its plan."""


@dataclass(frozen=True)
class Candidate:
    """A usable plan: repairs it took, what is still said against it, how sure the model was."""

    plan: Plan
    repairs: int
    issues: tuple[QueryIssue, ...]
    sureness: float

    @property
    def confidence(self) -> float:
        """How likely it is right, 0 to 1."""
        insisted = _INSISTED if self.issues else 1.0
        return _prior(self.plan) * _REPAIRED**self.repairs * insisted * self.sureness


def mean_probability(reply: ChatReply) -> float:
    """How likely the model found what it wrote: mean probability of tokens, 1 if it says none."""
    if not reply.logprobs:
        return 1.0
    return max(0.1, min(1.0, math.exp(sum(reply.logprobs) / len(reply.logprobs))))


def _prior(plan: Plan) -> float:
    if isinstance(plan, SemanticQuery):
        return _METRICS
    if isinstance(plan, ModelQuery):
        return _SQL
    return _ASK if isinstance(plan, Clarification) else _REFUSE
