"""What each join does to the rows: none may be multiplied, and few may find no partner.

Asked of the models themselves, once for each state of their data. A key that stands on several rows
of the joined side repeats the rows of the other (a fan-out); one without a match leaves them
without a value for what they are grouped by, and drops them where it is filtered by.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from semantic.catalog import EntityType, SemanticCatalog
from translator.answer import Check
from translator.checks.inquiry import Finding, Inquiry
from translator.checks.known import Known
from translator.checks.paths import Join, joins_of
from translator.checks.sql import (
    expression,
    grouped,
    is_null,
    model_of,
    not_null,
    sum_where,
    table,
)
from translator.checks.subject import Subject
from translator.checks.words import counted, key_name, number, share
from translator.query import SemanticQuery

KIND = "joins"
WINDOWS = "validity_windows"
MOST_UNMATCHED = 0.1
"""Share of rows with a key that finds no match, above which the check fails and not only warns."""


def join_inquiries(
    query: SemanticQuery, catalog: SemanticCatalog, known: Known
) -> Iterator[Inquiry]:
    """One for each join of the query."""
    for join in joins_of(query, catalog):
        key = (join.left.name, join.right.name, join.entity)
        yield from known.of((KIND, *key), lambda j=join: _inquiries(j, catalog))  # type: ignore[misc]


def _inquiries(join: Join, catalog: SemanticCatalog) -> Iterator[Inquiry]:
    name = (join.left.name, join.right.name, join.entity)
    left, right = model_of(join.left, catalog), model_of(join.right, catalog)
    left_key = expression(join.left_key.expr, catalog.adapter_type)
    right_key = expression(join.right_key.expr, catalog.adapter_type)
    keys = grouped(right_key, right).where(not_null(right_key))
    counts = _counts(grouped(left_key, left), keys)
    yield Inquiry(KIND, join, counts, (left, right), (KIND, *name))
    if join.right_key.type is EntityType.NATURAL and (windows := _overlaps(join, catalog)):
        yield Inquiry(WINDOWS, join, windows, (right,), (WINDOWS, *name))


def _counts(left: exp.Select, right: exp.Select) -> exp.Select:
    """Rows of the left side; those without key; without match; rows after; repeated keys."""
    rows, key = exp.column("n", "l"), exp.column("k", "l")
    found, times = exp.column("k", "r"), exp.column("n", "r")
    zero, one = exp.Literal.number(0), exp.Literal.number(1)
    after = exp.Mul(this=rows.copy(), expression=exp.Coalesce(this=times, expressions=[one]))
    return (
        exp.select(
            exp.Coalesce(this=exp.Sum(this=rows.copy()), expressions=[zero]),
            sum_where(rows.copy(), is_null(key)),
            sum_where(rows.copy(), exp.and_(not_null(key), is_null(found))),
            exp.Coalesce(this=exp.Sum(this=after), expressions=[zero.copy()]),
            sum_where(one.copy(), exp.GT(this=times.copy(), expression=one.copy())),
        )
        .from_(left.subquery("l"))
        .join(right.subquery("r"), on=exp.EQ(this=key.copy(), expression=found), join_type="left")
    )


def _overlaps(join: Join, catalog: SemanticCatalog) -> exp.Select | None:
    """The number of validity windows that begin before the one before them of the same key ends."""
    starts = [d for d in join.right.dimensions if d.validity == "start"]
    ends = [d for d in join.right.dimensions if d.validity == "end"]
    if not starts or not ends:
        return None
    dialect = catalog.adapter_type
    key = expression(join.right_key.expr, dialect)
    start, end = expression(starts[0].expr, dialect), expression(ends[0].expr, dialect)

    def before(value: exp.Expr) -> exp.Window:
        return exp.Window(
            this=exp.Lag(this=value.copy()),
            partition_by=[key.copy()],
            order=exp.Order(expressions=[exp.Ordered(this=start.copy())]),
        )

    windows = (
        exp.select(
            exp.alias_(start.copy(), "s"),
            exp.alias_(before(start), "s0"),
            exp.alias_(before(end), "e0"),
        )
        .from_(table(model_of(join.right, catalog)))
        .where(not_null(key))
    )
    overlapping = exp.and_(
        not_null(exp.column("s0")),
        exp.or_(
            is_null(exp.column("e0")),
            exp.GT(this=exp.column("e0"), expression=exp.column("s")),
        ),
    )
    return exp.select(sum_where(exp.Literal.number(1), overlapping)).from_(windows.subquery("w"))


def joins(subject: Subject) -> Iterator[Check]:
    """One check for all joins: the worst of what they do, or that they do no harm."""
    findings = [f for f in subject.findings if f.inquiry.kind in {KIND, WINDOWS}]
    good: list[str] = []
    overlapping = {f.inquiry.about for f in findings if f.inquiry.kind == WINDOWS and _windows(f)}
    for finding in findings:
        if finding.inquiry.kind == KIND and finding.inquiry.about in overlapping:
            continue
        check = _check(finding, good)
        if check is not None:
            yield check
    if good:
        what = "The join" if len(good) == 1 else f"All {len(good)} joins"
        tells = "keeps every row once" if len(good) == 1 else "keep every row once"
        yield Check("joins", "pass", f"{what} {tells}: {'; '.join(good)}.")


def _windows(finding: Finding) -> int:
    """How many windows of validity overlap."""
    return int(finding.rows[0][0] or 0) if finding.rows else 0


def _check(finding: Finding, good: list[str]) -> Check | None:
    join: Join = finding.inquiry.about
    left, right = join.left.model, join.right.model
    key = key_name(join.left_key)
    if finding.problem is not None:
        detail = f"The join of {left} to {right} could not be checked: {finding.problem}."
        return Check("joins", "warn", detail)
    if finding.inquiry.kind == WINDOWS:
        overlapping = _windows(finding)
        if not overlapping:
            return None
        return Check(
            "joins",
            "fail",
            f"Joining {right} may count rows of {left} twice: {counted(overlapping, 'window')} of "
            f"validity in {right} {'begins' if overlapping == 1 else 'begin'} before the one "
            f"before it of the same {key_name(join.right_key)} ends.",
        )
    rows, null, unmatched, after, repeated = (int(v or 0) for v in finding.rows[0])
    natural = join.right_key.type is EntityType.NATURAL
    if after > rows and not natural:
        return Check(
            "joins",
            "fail",
            f"Joining {right} multiplies rows: {number(rows)} rows of {left} become "
            f"{number(after)}, because {counted(repeated, key_name(join.right_key) + ' value')} "
            f"{'stands' if repeated == 1 else 'stand'} on more than one row of {right}. Figures "
            "may be too high.",
        )
    if unmatched and natural and unmatched + null < rows:
        # What holds for a time only (a tier, a team) need not exist for every key.
        good.append(
            f"{number(rows)} rows of {left} to {right} by {key}, with {number(unmatched)} whose "
            f"{key} is never in {right}"
        )
        return None
    if unmatched:
        more = f"; {counted(null, 'more row')} without {key}" if null else ""
        return Check(
            "joins",
            "fail" if unmatched > MOST_UNMATCHED * rows else "warn",
            f"{number(unmatched)} of {number(rows)} rows of {left} ({share(unmatched, rows)}) have "
            f"a {key} with no match in {right}: they have no group, and a filter on {right} drops "
            f"them{more}.",
        )
    empty = f" ({counted(null, 'row')} without {key})" if null else ""
    good.append(f"{number(rows)} rows of {left} to {right} by {key}{empty}")
    return None
