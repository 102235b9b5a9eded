"""Gathers the evidence for an answer while it is made, and checks the answer with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlglot import exp

from semantic.catalog import SemanticCatalog
from semantic.health import HealthReader
from translator.answer import Answer, Check
from translator.checks.all import checks_of
from translator.checks.coverage import coverage_inquiries
from translator.checks.evidence import Evidence, Gathering
from translator.checks.inquiry import Inquiry
from translator.checks.joins import join_inquiries
from translator.checks.keys import key_inquiries, model_query_key_inquiries
from translator.checks.known import Known
from translator.checks.model_query_joins import model_query_inquiries
from translator.checks.reconciliation import total_inquiries
from translator.checks.subject import Subject
from translator.compile.model_query import CompiledModelQuery
from translator.compile.model_query_roles import group_keys
from translator.plan import ModelQuery, Planned
from translator.query import SemanticQuery
from translator.settings import Settings
from translator.warehouse.warehouse import Warehouse

_LOG = logging.getLogger(__name__)
FAILED_CHECK = 0.5
"""Each failed check halves the confidence of an answer, and so does a result without data."""

_Make = Callable[[SemanticQuery, SemanticCatalog, Known], Iterator[Inquiry]]
# The total first: it is of this very question, where the rest is of whole models and often known.
_INQUIRIES: tuple[_Make, ...] = (
    total_inquiries,
    join_inquiries,
    key_inquiries,
    coverage_inquiries,
)


class Prover:
    """Proves the answers of one project. Safe to use from several threads."""

    def __init__(
        self,
        catalog: SemanticCatalog,
        warehouse: Warehouse,
        settings: Settings,
        health: HealthReader | None = None,
        cache_folder: Path | None = None,
    ) -> None:
        """Keep the parts.

        Args:
            catalog: what can be asked.
            warehouse: is asked for evidence.
            settings: say whether, and how long that may take.
            health: what dbt last said of the models; without it nothing is said of dbt's tests.
            cache_folder: keeps evidence for the next process; None keeps it in memory only.
        """
        self._catalog = catalog
        self._settings = settings
        self._health = health
        self._known = Known()
        self._evidence = Evidence(warehouse, catalog, cache_folder)

    def forget(self) -> None:
        """Forget all evidence, so that the next answer pays for its own."""
        self._evidence.forget()

    def gather(self, query: SemanticQuery) -> Gathering | None:
        """Start to ask for the evidence of a metric query; None where settings say not to."""
        if not self._settings.checks.evidence:
            return None
        inquiries = [i for make in _INQUIRIES for i in self._made(make, query)]
        return self._evidence.gather(inquiries, self._settings.checks.max_seconds)

    def gather_models(self, compiled: CompiledModelQuery) -> Gathering | None:
        """The same for SQL over models."""
        if not self._settings.checks.evidence:
            return None
        try:
            inquiries = (
                *model_query_inquiries(compiled.tree, self._catalog),
                *model_query_key_inquiries(compiled.sql.models, self._catalog, self._known),
            )
        except Exception:
            _LOG.exception("evidence for SQL over models")
            return None
        return self._evidence.gather(inquiries, self._settings.checks.max_seconds)

    def prove(
        self,
        answer: Answer,
        planned: Planned,
        query: SemanticQuery | ModelQuery,
        today: date,
        gathering: Gathering | None,
        tree: exp.Query | None = None,
    ) -> Answer:
        """The answer with its checks; its confidence falls with each that failed.

        `tree` is that of SQL over models.
        """
        subject = Subject(
            query=query,
            catalog=self._catalog,
            rows=answer.rows,
            truncated=answer.truncated,
            as_of=today,
            ignored=planned.ignored,
            notes=planned.notes,
            columns=tuple(c.name for c in answer.columns),
            group_keys=_group_keys(query, tree),
            models=answer.models,
            week_start=self._settings.week_start,
            health=self._health.read() if self._health else None,
            with_evidence=gathering is not None,
            findings=gathering.findings() if gathering else (),
        )
        checks = checks_of(subject)
        return replace(answer, checks=checks, confidence=lowered(answer.confidence, checks))

    def _made(
        self,
        make: _Make,
        query: SemanticQuery,
    ) -> tuple[Inquiry, ...]:
        try:
            return tuple(make(query, self._catalog, self._known))
        except Exception:  # a fault of ours must not cost the answer
            _LOG.exception("evidence of %s", make.__name__)
            return ()


def _group_keys(query: SemanticQuery | ModelQuery, tree: exp.Query | None) -> tuple[int, ...]:
    if isinstance(query, SemanticQuery):
        return tuple(range(len(query.group_by)))
    return group_keys(tree) if tree is not None else ()


def lowered(confidence: float, checks: tuple[Check, ...]) -> float:
    """The confidence of an answer with these checks."""
    failed = sum(check.status == "fail" or check.name == "empty_result" for check in checks)
    return confidence * FAILED_CHECK**failed
