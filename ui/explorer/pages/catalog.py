"""Catalog: what can be asked, and what each of it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from semantic.catalog import Metric, MetricType, SemanticCatalog
from semantic.describe import describe_item
from semantic.errors import QueryError
from semantic.search import search_catalog
from ui.explorer import session
from ui.explorer.card.evidence import lineage_dot, quoted, upstream
from ui.explorer.markdown import code, literal
from ui.explorer.navigation import go_to_ask
from ui.explorer.resources import Resources
from ui.explorer.words import element_labels, metric_label

_KINDS = {
    "metric": "Metric",
    "dimension": "Dimension",
    "entity": "Entity",
    "semantic_model": "Semantic model",
    "model": "Model",
    "saved_query": "Saved query",
    "value": "Value",
}
_PLURALS = {
    "metric": "Metrics",
    "dimension": "Dimensions",
    "entity": "Entities",
    "semantic_model": "Semantic models",
    "model": "Models",
    "saved_query": "Saved queries",
    "value": "Values",
}
_MOST_HITS = 200
_SHOWN_VALUES = 200


def show(resources: Resources) -> None:
    """The page."""
    catalog = resources.translator.catalog
    st.title("Catalog", anchor=False)
    found, graph = st.tabs(["Browse", "Graph"], key="catalog-tabs")
    with found:
        _browse(resources)
    with graph:
        if catalog.semantic_models:
            st.caption("Semantic models, joined by the entities that they share.")
            names = ", ".join(catalog.semantic_models)
            st.graphviz_chart(entity_dot(catalog), width="content", alt=f"Semantic models: {names}")
        else:
            st.info("The project has no semantic models yet.")


def _browse(resources: Resources) -> None:
    text = st.text_input(
        "Search",
        key="catalog-search",
        placeholder="Search metrics, dimensions, models and values",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    kind = st.pills(
        "Kinds",
        [k for k in _PLURALS if text or k != "value"],
        default=None if text else "metric",
        format_func=lambda k: _PLURALS[k],
        key=f"catalog-kind-{bool(text)}",
        label_visibility="collapsed",
    )
    entries = _entries(resources, text, kind)
    if not entries:
        st.info(
            f"Nothing in the catalog matches “{literal(text)}”." if text else "There is none.",
            icon=":material/search_off:",
        )
        return
    event = st.dataframe(
        pd.DataFrame(
            {
                "Name": [label for _, _, label, _ in entries],
                "What": [_KINDS[k] for k, _, _, _ in entries],
                "Meaning": [" ".join(meaning.split()) for _, _, _, meaning in entries],
            }
        ),
        hide_index=True,
        height=min(340, 35 * (len(entries) + 1) + 3),
        on_select="rerun",
        selection_mode="single-row",
        key=f"catalog-list-{kind}-{text}",
        column_config={"Meaning": st.column_config.TextColumn(width="large")},
    )
    st.caption(f"{len(entries):,} found. Select one to see all about it.")
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(entries):
        chosen = entries[rows[0]]
        _show_item(resources, chosen[0], chosen[1])


def _entries(resources: Resources, text: str, kind: str | None) -> list[tuple[str, str, str, str]]:
    """Kind, name, label and meaning of what is listed."""
    catalog = resources.translator.catalog
    if text.strip():
        hits = search_catalog(catalog, text, resources.translator.values, _MOST_HITS)
        return [
            (h.kind, h.name, h.label or h.name, h.description)
            for h in hits
            if kind is None or h.kind == kind
        ]
    listed: dict[str, list[tuple[str, str, str]]] = {
        "metric": [
            (m.name, metric_label(m.name, catalog), m.description) for m in catalog.metrics.values()
        ],
        "dimension": [
            (d.key, d.label or d.key, d.description) for d in catalog.dimensions.values()
        ],
        "semantic_model": [
            (m.name, m.label or m.name, m.description) for m in catalog.semantic_models.values()
        ],
        "model": [(m.name, m.name, m.description) for m in catalog.models.values()],
        "saved_query": [
            (q.name, q.label or q.name, q.description) for q in catalog.saved_queries.values()
        ],
        "entity": [
            (e.name, e.label or e.name, e.description)
            for e in {
                e.name: e for m in catalog.semantic_models.values() for e in m.entities
            }.values()
        ],
    }
    kinds: Iterable[str] = [kind] if kind else listed
    return [(k, *entry) for k in kinds for entry in listed.get(k, [])]


def _show_item(resources: Resources, kind: str, name: str) -> None:
    catalog, values = resources.translator.catalog, resources.translator.values
    with st.container(border=True, key="catalog-item"):
        if kind == "metric" and name in catalog.metrics:
            _show_metric(resources, catalog.metrics[name])
            return
        wanted = "dimension" if kind == "value" else kind
        try:
            found = [d for d in describe_item(catalog, name, values) if d["kind"] == wanted]
        except QueryError as error:
            st.warning(literal(error.message))
            return
        for description in found:
            _show_description(catalog, description)


def _show_metric(resources: Resources, metric: Metric) -> None:
    catalog = resources.translator.catalog
    label = metric_label(metric.name, catalog)
    st.subheader(literal(label), anchor=False)
    with st.container(horizontal=True, gap="small"):
        st.badge(metric.type.value.capitalize(), color="blue")
        if metric.format:
            st.badge(literal(metric.format), color="gray")
        if metric.additive:
            st.badge("Adds up", color="green", help="Its parts add up to its total.")
        if metric.group:
            st.badge(f"Group {literal(metric.group)}", color="gray")
    if metric.description:
        st.text(metric.description)
    facts = [("Name", code(metric.name)), ("Formula", formula(metric, catalog))]
    facts += [("Only where", code(text)) for text in metric.filters]
    if metric.time_dimension:
        facts.append(("Dated by", code(metric.time_dimension)))
    if metric.synonyms:
        facts.append(("Also called", literal(", ".join(metric.synonyms))))
    if metric.semantic_models:
        facts.append(("Semantic models", ", ".join(code(m) for m in metric.semantic_models)))
    _show_facts(facts)
    elements = {
        e.qualified_name: e
        for e in catalog.group_bys_by_metric.get(metric.name, ())
        if e.dimension is not None and not e.dimension.sensitive
    }
    if elements:
        labels = element_labels(elements)
        near = [labels[n] for n, e in elements.items() if e.hops == 0]
        far = [labels[n] for n, e in elements.items() if e.hops > 0]
        with st.expander(f"Can be grouped and filtered by {len(elements)} dimensions"):
            if near:
                st.markdown(f"**Of its own:** {literal(', '.join(sorted(near)))}")
            if far:
                st.markdown(f"**Through joins:** {literal(', '.join(sorted(far)))}")
    using = [
        q.text
        for q in resources.verified
        if q.expect.query is not None and metric.name in q.expect.query.metrics
    ]
    st.markdown("**Ask**")
    with st.container(horizontal=True, gap="small"):
        for position, text in enumerate([f"{label} by month this year", *using[:5]]):
            if st.button(literal(text), key=f"catalog-ask-{metric.name}-{position}"):
                session.start_over()
                session.ask(resources, text)
                go_to_ask()


def formula(metric: Metric, catalog: SemanticCatalog) -> str:
    """How a metric is computed, as Markdown."""
    inputs = [code(i.alias or i.name) for i in metric.inputs]
    if metric.type is MetricType.RATIO and len(inputs) == 2:
        return f"{inputs[0]} divided by {inputs[1]}"
    if metric.type is MetricType.DERIVED and metric.expr:
        named = ", ".join(
            code(i.name) + (f" as {code(i.alias)}" if i.alias else "") + _moved(i.offset_window)
            for i in metric.inputs
        )
        return f"{code(metric.expr)} with {named}"
    measures = [catalog.measures[m] for m in metric.measures if m in catalog.measures]
    texts = [f"{m.agg} of {code(m.expr)} in {code(m.semantic_model)}" for m in measures]
    text = " and ".join(texts) or ", ".join(inputs) or "unknown"
    if metric.type is MetricType.CUMULATIVE:
        span = metric.window or (f"{metric.grain_to_date} to date" if metric.grain_to_date else "")
        text += f", added up over {literal(span or 'all time')}"
    if metric.type is MetricType.CONVERSION and metric.window:
        text += f", within {literal(metric.window)}"
    return text


def _moved(offset: str | None) -> str:
    return f" ({literal(offset)} earlier)" if offset else ""


def _show_description(catalog: SemanticCatalog, description: Mapping[str, Any]) -> None:
    """Any other item: what is known of it."""
    item = dict(description)
    kind, name = str(item.pop("kind")), str(item.pop("name"))
    st.subheader(literal(item.pop("label", None) or name), anchor=False)
    st.badge(_KINDS.get(kind, kind), color="blue")
    if meaning := item.pop("description", None):
        st.text(str(meaning))
    columns = item.pop("columns", None)
    values = item.pop("values", None)
    meanings = item.pop("value_labels", {})
    facts = [("Name", code(name))]
    facts += [(_title(k), _fact(v)) for k, v in item.items() if k not in {"values_complete"}]
    _show_facts(facts)
    if values:
        whole = description.get("values_complete")
        with st.expander(f"{len(values):,} values{'' if whole else ', and more'}"):
            shown = [f"{meanings[v]} ({v})" if v in meanings else v for v in values[:_SHOWN_VALUES]]
            st.text(", ".join(shown) + (" …" if len(values) > _SHOWN_VALUES else ""))
    if columns:
        frame = pd.DataFrame([{k: _cell(v) for k, v in c.items()} for c in columns])
        st.dataframe(frame, hide_index=True, placeholder="")
    if kind == "model":
        nodes = upstream(catalog, [name])
        if len(nodes) > 1:
            st.graphviz_chart(
                lineage_dot(catalog, nodes, frozenset({name})),
                width="content",
                alt=f"Built from {', '.join(node.name for node in nodes[1:])}",
            )


def entity_dot(catalog: SemanticCatalog) -> str:
    """Semantic models as boxes; an arrow from whoever refers to an entity to whoever owns it."""
    known = {name: f"n{i}" for i, name in enumerate(catalog.semantic_models)}
    owners = {
        m.primary_entity: m.name for m in catalog.semantic_models.values() if m.primary_entity
    }
    lines = [
        "digraph {",
        'rankdir=LR; bgcolor="transparent"; nodesep=0.3; ranksep=0.9;',
        'node [shape=box style="rounded,filled" fontname="sans-serif" fontsize=11 '
        'color="#8a94a6" fillcolor="#eef2f7" fontcolor="#1c2430" margin="0.14,0.07"];',
        'edge [color="#8a94a6" fontname="sans-serif" fontsize=9 fontcolor="#8a94a6" '
        "arrowsize=0.6];",
    ]
    for name, model in catalog.semantic_models.items():
        fill = ' fillcolor="#cfe3f5"' if model.measures else ""
        lines.append(f'{known[name]} [label="{quoted(model.label or name)}"{fill}];')
    for name, model in catalog.semantic_models.items():
        for entity in model.entities:
            owner = owners.get(entity.name)
            if owner is not None and owner != name:
                label = quoted(entity.label or entity.name)
                lines.append(f'{known[name]} -> {known[owner]} [label="{label}"];')
    return "\n".join([*lines, "}"])


def _show_facts(facts: Iterable[tuple[str, str]]) -> None:
    lines = [f"**{literal(name)}:** {value}" for name, value in facts if value]
    st.markdown("  \n".join(lines))


def _fact(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{code(k)} ({literal(v)})" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(code(v) for v in value)
    return literal(
        {True: "yes", False: "no"}.get(value, value) if value in (True, False) else value
    )


def _cell(value: Any) -> str:
    if value is True:
        return "yes"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _title(key: str) -> str:
    text = key.replace("_", " ")
    return text[:1].upper() + text[1:]
