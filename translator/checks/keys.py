"""Whether the key of the rows that are counted is one: a row that is there twice counts twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlglot import exp

from semantic.catalog import EntityType, SemanticCatalog, SemanticModel
from translator.answer import Check
from translator.checks.inquiry import Inquiry
from translator.checks.known import Known
from translator.checks.paths import starts_of
from translator.checks.sql import expression, grouped, is_null, model_of, sum_where
from translator.checks.subject import Subject
from translator.checks.words import counted, key_name, listed, number
from translator.query import SemanticQuery

KIND = "keys"


def key_inquiries(
    query: SemanticQuery, catalog: SemanticCatalog, known: Known
) -> Iterator[Inquiry]:
    """One for each model whose rows are aggregated, about its primary entity."""
    if query.metrics:
        for model in starts_of(query, catalog):
            yield from known.of((KIND, model.name), lambda m=model: _inquiries(m, catalog))  # type: ignore[misc]


def model_query_key_inquiries(
    models: Collection[str], catalog: SemanticCatalog, known: Known
) -> Iterator[Inquiry]:
    """One for each semantic model over the dbt models that SQL reads."""
    for model in catalog.semantic_models.values():
        if model.model in models:
            yield from known.of((KIND, model.name), lambda m=model: _inquiries(m, catalog))  # type: ignore[misc]


def _inquiries(model: SemanticModel, catalog: SemanticCatalog) -> Iterator[Inquiry]:
    entity = next((e for e in model.entities if e.type is EntityType.PRIMARY), None)
    if entity is None:
        return
    key = expression(entity.expr, catalog.adapter_type)
    found = model_of(model, catalog)
    rows, k, one = exp.column("n"), exp.column("k"), exp.Literal.number(1)
    repeated = exp.and_(exp.Not(this=is_null(k)), exp.GT(this=rows.copy(), expression=one))
    tree = exp.select(
        exp.Coalesce(this=exp.Sum(this=rows.copy()), expressions=[exp.Literal.number(0)]),
        sum_where(rows.copy(), is_null(k)),
        sum_where(one.copy(), repeated),
        sum_where(rows.copy(), repeated.copy()),
    ).from_(grouped(key, found).subquery("g"))
    yield Inquiry(KIND, (model, entity), tree, (found,), (KIND, model.name))


def keys(subject: Subject) -> Iterator[Check]:
    """Fail where a primary key repeats, warn where it is empty."""
    good: list[str] = []
    for finding in subject.findings:
        if finding.inquiry.kind != KIND:
            continue
        model, entity = finding.inquiry.about
        key = key_name(entity)
        if finding.problem is not None:
            detail = f"The key of {model.model} could not be checked: {finding.problem}."
            yield Check(KIND, "warn", detail)
            continue
        rows, empty, repeated, on_rows = (int(v or 0) for v in finding.rows[0])
        if repeated:
            yield Check(
                KIND,
                "fail",
                f"{counted(repeated, key + ' value')} of {model.model} "
                f"{'stands' if repeated == 1 else 'stand'} on more than one row: {number(on_rows)} "
                f"of {number(rows)} rows share one, so figures may count them twice.",
            )
        if empty:
            yield Check(
                KIND,
                "warn",
                f"{number(empty)} of {number(rows)} rows of {model.model} have no {key}.",
            )
        if not repeated and not empty:
            good.append(f"{key} is there once in each of the {number(rows)} rows of {model.model}")
    if good:
        yield Check(KIND, "pass", f"{listed(good)}.")
