"""Filters hidden inside metrics, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from semantic.catalog import GroupByElement, Metric, SemanticCatalog
from translator.answer import Check
from translator.checks.filter_text import Call, filter_tree
from translator.checks.subject import Subject
from translator.query import SemanticQuery
from translator.sql_words import condition_words


def metric_filters(subject: Subject) -> Iterator[Check]:
    """One check for each metric that counts only some of its rows."""
    if not isinstance(subject.query, SemanticQuery):
        return
    for name in subject.query.metrics:
        metric = subject.catalog.metrics[name]
        if metric.filters:
            words = " and ".join(_words(text, metric, subject.catalog) for text in metric.filters)
            yield Check(
                "metric_filters", "pass", f"{metric.label or name} counts only rows where {words}."
            )


def _words(text: str, metric: Metric, catalog: SemanticCatalog) -> str:
    """A filter in words; as it is written where it cannot be read."""
    elements = {e.qualified_name: e for e in catalog.group_bys_by_metric.get(metric.name, ())}
    labels: dict[str, Mapping[str, str]] = {}

    def column_for(call: Call) -> exp.Expr:
        element = elements.get(call.name)
        shown = _label(call, element)
        if element is not None and element.dimension is not None:
            labels[shown] = dict(element.dimension.value_labels)
        return exp.column(exp.to_identifier(shown, quoted=True))

    tree = filter_tree(text, catalog.adapter_type, column_for)
    if tree is None:
        return " ".join(text.split())
    for literal in list(tree.find_all(exp.Literal)):
        column = literal.parent.find(exp.Column) if literal.parent is not None else None
        meaning = labels.get(column.name, {}).get(literal.name) if column is not None else None
        if meaning and literal.is_string:
            literal.replace(exp.Literal.string(f"{meaning} ({literal.name})"))
    return condition_words(tree)


def _label(call: Call, element: GroupByElement | None) -> str:
    """What a person calls it: its label, else its name, told apart by its entity if need be."""
    owner = (element.dimension or element.entity) if element is not None else None
    if owner is not None and owner.label:
        return owner.label
    path, _, name = call.name.rpartition("__")
    words = name.replace("_", " ")
    of = path.rpartition("__")[2].replace("_", " ")
    return words if name.startswith("is_") or not of or of in words else f"{of} {words}"
