"""Whether a breakdown adds up to the same metric without grouping (`total.py` derives that)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any

from semantic.catalog import SemanticCatalog
from translator.answer import Check
from translator.checks.inquiry import Finding, Inquiry
from translator.checks.known import Known
from translator.checks.paths import joins_of
from translator.checks.subject import Subject
from translator.checks.total import KIND, NotApplicable, total_inquiry
from translator.checks.words import counted, listed, number, share
from translator.query import CalculationKind, SemanticQuery

FLOAT_TOLERANCE = 1e-9
"""Part of the sum of all absolute values by which sums of floating-point numbers may differ."""

_Figure = int | float | Decimal


def total_inquiries(
    query: SemanticQuery, catalog: SemanticCatalog, known: Known
) -> Iterator[Inquiry]:
    """One for each metric whose breakdown has to add up."""
    if not query.group_by and not joins_of(query, catalog):
        return  # one figure, from one model: the same query again would prove nothing
    for name in query.metrics:
        try:
            yield total_inquiry(name, query, catalog)
        except NotApplicable:
            continue


def reconciliation(subject: Subject) -> Iterator[Check]:
    """One check for each metric."""
    query = subject.query
    if not isinstance(query, SemanticQuery) or not query.metrics or not subject.with_evidence:
        return
    found = {f.inquiry.about: f for f in subject.findings if f.inquiry.kind == KIND}
    agreed: list[str] = []
    for position, name in enumerate(query.metrics):
        label = subject.catalog.metrics[name].label or name.replace("_", " ")
        if name in found:
            yield from _compared(subject, query, found[name], label, agreed)
        elif query.group_by:
            yield Check(KIND, "pass", _not_applicable(name, query, subject.catalog, label))
        elif position == 0:
            yield Check(KIND, "pass", "One figure without joins: there is nothing to add up.")
    if agreed:
        text = listed(agreed)
        yield Check(KIND, "pass", f"{text[:1].upper()}{text[1:]}.")


def _not_applicable(name: str, query: SemanticQuery, catalog: SemanticCatalog, label: str) -> str:
    try:
        total_inquiry(name, query, catalog)
    except NotApplicable as reason:
        return f"{label} is not compared with a total, as {reason}."
    return f"{label} is not compared with a total."


def _compared(
    subject: Subject, query: SemanticQuery, finding: Finding, label: str, agreed: list[str]
) -> Iterator[Check]:
    if finding.problem is not None:
        detail = f"Whether {label} adds up could not be checked: {finding.problem}."
        yield Check(KIND, "warn", detail)
        return
    metric = finding.inquiry.about
    position = next((i for i, c in enumerate(subject.columns) if c == metric), None)
    if position is None:
        return
    shown = [row[position] for row in subject.rows if row[position] is not None]
    part = _is_part(query, subject)
    total = _figure(finding.rows)
    source = next(iter(_sources(metric, subject.catalog)), "the model")
    yield from _verdict(shown, total, part, label, source, agreed, subject.truncated)


def _verdict(
    shown: list[Any],
    total: _Figure,
    part: bool,
    label: str,
    source: str,
    agreed: list[str],
    truncated: bool,
) -> Iterator[Check]:
    sum_shown = _sum(shown)
    if part:
        rows = counted(len(shown), "row")
        if total and 0 <= sum_shown <= total and all(v >= 0 for v in shown):
            agreed.append(
                f"{rows} shown {'makes' if len(shown) == 1 else 'make'} up "
                f"{share(sum_shown, total)} of {label}, {number(total)} in all"
            )
        else:
            agreed.append(f"the {rows} shown are a part of {label}, {number(total)} in all")
        return
    if _same(shown, total):
        what = f"the {counted(len(shown), 'row')} of {label}" if len(shown) != 1 else label
        verb = "add up to" if len(shown) != 1 else "is"
        agreed.append(f"{what} {verb} {number(total)}, as taken straight from {source}")
        return
    with localcontext() as context:
        context.prec = 60
        difference = _decimal(sum_shown) - _decimal(total)
    cause = (
        "rows are counted more than once on the way through joins"
        if (difference > 0) == (total >= 0)
        else "rows are lost on the way through joins"
    )
    yield Check(
        KIND,
        "fail",
        f"{label} adds up to {number(sum_shown)} here, but to {number(total)} taken straight from "
        f"{source}: {number(abs(difference))} {'more' if difference > 0 else 'less'}, so {cause}.",
    )


def _is_part(query: SemanticQuery, subject: Subject) -> bool:
    """Whether the rows shown may be only some of all groups."""
    return (
        subject.truncated
        or (query.limit is not None and len(subject.rows) >= query.limit)
        or any(h.entity is None for h in query.having)
        or any(c.kind is CalculationKind.RANK and c.keep for c in query.calculations)
    )


def _sources(metric: str, catalog: SemanticCatalog) -> Iterator[str]:
    for name in catalog.metrics[metric].semantic_models:
        yield catalog.semantic_models[name].model


def _figure(rows: tuple[tuple[Any, ...], ...]) -> _Figure:
    value = rows[0][0] if rows else None
    return value if isinstance(value, int | float | Decimal) else 0


def _sum(values: list[Any]) -> _Figure:
    if any(isinstance(v, float) for v in values):
        return float(sum(float(v) for v in values))
    with localcontext() as context:
        context.prec = 60
        total = sum((Decimal(v) for v in values), Decimal(0))
    return int(total) if total == total.to_integral_value() else total


def _decimal(value: _Figure) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _same(shown: list[Any], total: _Figure) -> bool:
    """Exactly for integers and decimals; the order of adding changes sums of floats a little."""
    if isinstance(total, float) or any(isinstance(v, float) for v in shown):
        size = sum(abs(float(v)) for v in shown) or abs(float(total))
        return abs(float(_sum(shown)) - float(total)) <= FLOAT_TOLERANCE * size
    return _sum(shown) == total
