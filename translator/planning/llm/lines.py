"""Parts of the catalog as lines of a prompt. Every text of the project goes through `fence`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from semantic.catalog import (
    Column,
    Dimension,
    DimensionType,
    Metric,
    MetricInput,
    MetricType,
    Model,
    SavedQuery,
    SemanticCatalog,
    SemanticModel,
)
from semantic.value_index import DimensionValues
from translator.planning.embedded.vocabulary import is_boolean
from translator.planning.llm.fence import as_data, as_quoted
from translator.planning.llm.paths import shown

# "{{ Dimension('customer__region') }}" in a metric's filter, to the name alone.
_CALL = re.compile(r"\{\{\s*\w+\(\s*['\"]([\w]+)['\"][^}]*\}\}")
_NUMBERS = ("int", "bigint", "smallint", "num", "dec", "double", "real", "float", "number")


@dataclass(frozen=True)
class Detail:
    """How much a line says: characters of a description, values and synonyms listed."""

    description: int
    values: int
    synonyms: int


FULL = Detail(description=220, values=14, synonyms=6)
SHORT = Detail(description=90, values=8, synonyms=3)
BRIEF = Detail(description=0, values=0, synonyms=0)
NAME_ONLY = Detail(description=-1, values=0, synonyms=0)
"""No line at all: the name among others."""


def metric_line(metric: Metric, detail: Detail) -> str:
    """`- revenue "Revenue" (also: sales): what it is`."""
    text = _named(metric.name, metric.label, metric.synonyms, detail)
    if detail is not BRIEF:
        text += _described(metric.description or _hidden(metric), metric.label, detail)
        if metric.window or metric.grain_to_date:
            text += " [accumulates over time]"
        if metric.non_additive_dimension:
            text += " [a level, never summed over time]"
    return text


def _hidden(metric: Metric) -> str:
    """What a metric without a description counts."""
    if metric.type is MetricType.RATIO and len(metric.inputs) == 2:
        return " / ".join(_input(i) for i in metric.inputs)
    filters = " and ".join(_CALL.sub(r"\1", f) for f in metric.filters)
    what = metric.agg or metric.expr or metric.type.value
    return what + (f" where {filters}" if filters else "")


def _input(part: MetricInput) -> str:
    filters = " and ".join(_CALL.sub(r"\1", f) for f in part.filters)
    return part.name + (f" where {filters}" if filters else "")


def dimension_line(
    dimension: Dimension,
    detail: Detail,
    known: DimensionValues | None,
    asked: Sequence[str] = (),
) -> str:
    """`- region "Region" (text; also: area): what it is; values: …`."""
    kind = dimension_kind(dimension)
    text = _named(dimension.name, dimension.label, dimension.synonyms, detail, kind)
    values = values_text(dimension, detail, known, asked)
    if detail is not BRIEF and not (dimension.value_labels and values):
        text += _described(dimension.description, dimension.label, detail)
    return f"{text}; {values}" if values else text


def dimension_kind(dimension: Dimension) -> str:
    """`date`, `yes/no`, `number`, or nothing for text."""
    if dimension.type is DimensionType.TIME:
        return "date"
    if is_boolean(dimension):
        return "true/false"
    return "number" if (dimension.data_type or "").lower().startswith(_NUMBERS) else ""


def values_text(
    dimension: Dimension, detail: Detail, known: DimensionValues | None, asked: Sequence[str]
) -> str:
    """Stored values, those that the question speaks of first; codes with their meaning."""
    if dimension.type is DimensionType.TIME or is_boolean(dimension):
        return ""
    labels = dict(dimension.value_labels)
    stored = list(dict.fromkeys([*(known.values if known else ()), *dimension.accepted_values]))
    stored = stored or list(labels)
    if not stored:
        return ""
    spoken = [v for v in asked if v in stored or v in labels][:5]
    few = len(stored) <= detail.values
    listed = stored if few else [*spoken, *(v for v in stored[:3] if v not in spoken)]
    if not detail.values:
        listed = spoken
    if not listed:
        return ""
    said = ", ".join(_value(v, labels) for v in listed)
    return f"values: {said}" if few else f"{len(stored):,} values, such as {said}"


def _value(value: str, labels: Mapping[str, str]) -> str:
    meaning = labels.get(value)
    text = as_quoted(value, 60)
    return f"{text} = {as_data(meaning, 60)}" if meaning and meaning != value else text


def block_title(model: SemanticModel, prefixes: Sequence[str], detail: Detail) -> str:
    """`customer__ (Customers: one row a customer)`."""
    names = " or ".join(f"{shown(p)}__" for p in prefixes[:4])
    about = ": ".join(
        as_data(text, limit)
        for text, limit in ((model.label or "", 60), (model.description, detail.description))
        if text and limit
    )
    return f"{names} ({about})" if about else names


def saved_query_line(query: SavedQuery) -> str:
    """`- name: description; metrics by group by`."""
    text = f"- {shown(query.name)}"
    if query.description or query.label:
        text += f": {as_data(query.description or query.label or '', 100)}"
    metrics, groups = ", ".join(query.metrics), ", ".join(query.group_by)
    return f"{text} ({as_data(metrics, 120)} by {as_data(groups, 120)})"


def model_line(
    model: Model, catalog: SemanticCatalog, detail: Detail, only: Iterable[str] = ()
) -> str:
    """`- fct_orders (order_id key, customer_id -> dim_customers.customer_id, …): what it is`.

    `only`: the columns to show beside keys; none means all.
    """
    wanted = {c.lower() for c in only}
    hidden = {c.lower() for c in model.sensitive_columns}
    described = {
        (d.column or d.expr).lower()
        for sm in catalog.semantic_models.values()
        if sm.model == model.name
        for d in sm.dimensions
    }
    columns = []
    for column in model.columns:
        key = column.name in model.primary_key or column.references is not None
        if column.sensitive or column.name.lower() in hidden:
            continue
        if wanted and not key and column.name.lower() not in wanted:
            continue
        known = column.name.lower() in described
        columns.append(_column(column, model, detail if not known else BRIEF))
    text = f"- {shown(model.name)} ({', '.join(columns)})"
    return text + (
        f": {as_data(model.description, detail.description)}"
        if model.description and detail.description
        else ""
    )


def _column(column: Column, model: Model, detail: Detail) -> str:
    text = shown(column.name)
    if column.data_type:
        text += f" {as_data(_TYPES.get(column.data_type.lower(), column.data_type.lower()), 20)}"
    if column.name in model.primary_key:
        text += " key"
    if column.references is not None:
        text += f" -> {shown(column.references.model)}.{shown(column.references.column)}"
    elif detail.description and column.description:
        text += f" [{as_data(column.description, min(detail.description, 70))}]"
    return text


_TYPES = {
    "character varying": "text",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "double precision": "float",
    "integer": "int",
    "bigint": "int",
    "boolean": "bool",
}


def _named(
    name: str, label: str | None, synonyms: Sequence[str], detail: Detail, kind: str = ""
) -> str:
    text = f"- {shown(name)}"
    if label and _plain(label) != _plain(name):
        text += f" {as_quoted(label, 60)}"
    also = [
        as_data(s, 40) for s in synonyms if _plain(s) not in {_plain(name), _plain(label or "")}
    ]
    also = also[: detail.synonyms]
    notes = [n for n in (kind, "also: " + ", ".join(also) if also else "") if n]
    return f"{text} ({'; '.join(notes)})" if notes else text


def _described(description: str, label: str | None, detail: Detail) -> str:
    if not detail.description or not description or _plain(description) == _plain(label or ""):
        return ""
    return f": {as_data(description, detail.description).rstrip('.')}"


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").split()).rstrip(".")
