"""An answer as a MetricFlow saved query."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from translator.artifact.artifact import (
    Artifact,
    CannotSave,
    Kind,
    Saving,
    check_free,
    in_words,
    plain,
)
from translator.compile.periods import CALENDAR_GRAINS
from translator.compile.traits import finest_grain
from translator.compile.where import (
    entity_filter_text,
    item_text,
    time_range_texts,
    where_text,
)
from translator.elements import metric_elements
from translator.query import SemanticQuery


def saved_query_artifact(saving: Saving) -> Artifact:
    """The saved query of the answer, in the file that has the project's other ones.

    Raises:
        CannotSave: the answer has what a saved query cannot express.
    """
    query = _expressible(saving)
    check_free(saving, "saved query")
    layout = saving.layout
    entry: dict[str, Any] = {
        "name": saving.name,
        "label": in_words(saving.name),
        "description": plain(saving.answer.explanation or ""),
        "query_params": _params(query, saving),
    }
    file = layout.file_of("saved_queries")
    folder = PurePosixPath(
        file or layout.file_of("metrics") or str(layout.models_folder / "x")
    ).parent
    new = folder / layout.new_yaml_name("saved_queries" if file is None else saving.name)
    change = layout.add_or_new(file, new, "saved_queries", entry)
    return Artifact(Kind.SAVED_QUERY, saving.name, (change,))


def _expressible(saving: Saving) -> SemanticQuery:
    query = saving.answer.query
    if query is None:
        raise CannotSave(
            "The answer is SQL over models; a saved query holds metrics.",
            "Save it with --as model.",
        )
    lacking = [f"the calculation {c.kind.value.replace('_', ' ')}" for c in query.calculations]
    lacking += [
        f"the condition on the result of '{h.metric}'" for h in query.having if h.entity is None
    ]
    if not query.metrics:
        lacking.append("a list without a metric")
    if lacking:
        raise CannotSave(
            f"A saved query cannot express {', '.join(dict.fromkeys(lacking))}.",
            "Save it with --as model.",
        )
    return query


def _params(query: SemanticQuery, saving: Saving) -> dict[str, Any]:
    catalog = saving.catalog
    dialect = catalog.adapter_type
    elements = metric_elements(query.metrics, catalog)
    calls = {
        g.qualified_name: item_text(g, elements[g.element_name]).strip("{} ")
        for g in query.group_by
    }
    grain = max(
        (finest_grain(m, catalog) for m in query.metrics),
        key=lambda g: CALENDAR_GRAINS.index(g) if g in CALENDAR_GRAINS else 0,
    )
    where = [where_text(w, elements, dialect) for w in query.where]
    where += [entity_filter_text(h, catalog, dialect) for h in query.having]
    where += time_range_texts(query.time_range, grain, dialect)
    params: dict[str, Any] = {"metrics": list(query.metrics)}
    if calls:
        params["group_by"] = list(calls.values())
    if where:
        params["where"] = where
    if query.limit is not None:
        # Only with a limit does the order say which rows there are. The groups come last, as in
        # the answer, so that equal rows are cut in the same way.
        order = [(o.name, o.descending) for o in query.order_by]
        order += [(name, False) for name in calls if name not in dict(order)]
        params["order_by"] = [
            (f"Metric('{name}')" if name in query.metrics else calls[name])
            + (".descending(True)" if down else "")
            for name, down in order
        ]
        params["limit"] = query.limit
    return params
