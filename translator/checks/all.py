"""Every check of an answer, in the order in which a person should read them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from translator.answer import Check
from translator.checks.calendar import calendar
from translator.checks.coverage import coverage
from translator.checks.dbt_tests import dbt_tests
from translator.checks.freshness import freshness
from translator.checks.joins import joins
from translator.checks.keys import keys
from translator.checks.metric_filters import metric_filters
from translator.checks.metric_meaning import metric_meaning
from translator.checks.model_query_joins import model_query_joins
from translator.checks.null_keys import null_keys
from translator.checks.partial_period import partial_period
from translator.checks.reading import reading
from translator.checks.reconciliation import reconciliation
from translator.checks.row_cap import row_cap
from translator.checks.subject import Subject
from translator.checks.understood import understood
from translator.plan import ModelQuery

_LOG = logging.getLogger(__name__)
NOT_GOVERNED = Check(
    "governed",
    "warn",
    "No metric of the project is behind these figures: a planner wrote SQL over the models, and "
    "nobody has reviewed it. Read the SQL before you rely on them.",
)

_RANK = {"fail": 0, "warn": 1, "pass": 2}
_Checks = Callable[[Subject], Iterable[Check]]
_ALL: tuple[_Checks, ...] = (
    understood,
    reading,
    row_cap,
    reconciliation,
    joins,
    model_query_joins,
    keys,
    null_keys,
    coverage,
    partial_period,
    metric_filters,
    metric_meaning,
    calendar,
    dbt_tests,
    freshness,
)


def checks_of(subject: Subject) -> tuple[Check, ...]:
    """The checks of one answer: that it is not governed, then failed ones, then warnings."""
    found = [check for checks in _ALL for check in _safely(checks, subject)]
    found.sort(key=lambda check: _RANK[check.status])
    return (NOT_GOVERNED, *found) if isinstance(subject.query, ModelQuery) else tuple(found)


def _safely(checks: _Checks, subject: Subject) -> list[Check]:
    """What a check says; a fault of its own is told and never fails the answer."""
    try:
        return list(checks(subject))
    except Exception as error:
        _LOG.exception("check %s", checks.__name__)
        detail = f"This could not be checked: {type(error).__name__}."
        return [Check(checks.__name__, "warn", detail)]
