"""Why an answer can be trusted: checks, SQL, the typed query, lineage, and how it came about."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pandas as pd
import streamlit as st

from semantic.catalog import Model, SemanticCatalog
from translator.answer import Answer, Check
from ui.explorer.job import STAGES
from ui.explorer.markdown import literal
from ui.explorer.resources import Resources

_ICONS = {
    "pass": ":material/check_circle:",
    "warn": ":material/warning:",
    "fail": ":material/error:",
}
_COLOURS = {"pass": "green", "warn": "orange", "fail": "red"}
_ORDER = {"fail": 0, "warn": 1, "pass": 2}
_MOST_NODES = 60


def show_failed(answer: Answer) -> None:
    """What has to be read before the figures are."""
    if not answer.governed:
        st.warning(
            "**Not governed.** No metric of the project is behind this answer: it is SQL over "
            "models.",
            icon=":material/gpp_maybe:",
        )
    for check in answer.checks:
        if check.status == "fail":
            st.error(f"**{_name(check)}.** {literal(check.detail)}", icon=":material/error:")


def show_trust(answer: Answer) -> None:
    """How many checks passed, and every warning, under the result."""
    counted = {s: sum(c.status == s for c in answer.checks) for s in _ORDER}
    with st.container(horizontal=True, gap="small"):
        if counted["fail"]:
            st.badge(_count(counted["fail"], "check", "failed"), icon=_ICONS["fail"], color="red")
        if counted["warn"]:
            st.badge(_count(counted["warn"], "warning"), icon=_ICONS["warn"], color="orange")
        if counted["pass"]:
            st.badge(_count(counted["pass"], "check", "passed"), icon=_ICONS["pass"], color="green")
        st.badge(
            "Governed" if answer.governed else "Not governed",
            icon=":material/verified:" if answer.governed else ":material/gpp_maybe:",
            color="blue" if answer.governed else "orange",
        )
        st.badge(f"Confidence {answer.confidence:.0%}", color="gray")
    for check in answer.checks:
        if check.status == "warn":
            st.caption(f"{_ICONS['warn']} {literal(check.detail)}")


def show_checks(answer: Answer) -> None:
    """Every check, failed ones first."""
    if not answer.checks:
        st.caption("Nothing was checked.")
    for check in sorted(answer.checks, key=lambda c: _ORDER.get(c.status, 3)):
        colour = _COLOURS.get(check.status, "gray")
        st.markdown(
            f":{colour}[{_ICONS.get(check.status, '')}] **{_name(check)}**  \n"
            f"{literal(check.detail)}"
        )


def show_sql(answer: Answer) -> None:
    """The SQL as it ran, and as dbt would have it."""
    forms = {"As it ran": answer.sql, "With dbt's ref()": answer.dbt_sql}
    present = {name: sql for name, sql in forms.items() if sql}
    if not present:
        st.caption("No SQL was written.")
        return
    chosen = st.segmented_control(
        "Form",
        list(present),
        default=next(iter(present)),
        key=f"sql-{answer.trace_id}",
        label_visibility="collapsed",
    )
    st.code(present[chosen or next(iter(present))], language="sql", height=360)


def show_query(answer: Answer) -> None:
    """The typed query."""
    if answer.query is None:
        st.caption("SQL over models: there is no metric query.")
        return
    content = {k: v for k, v in answer.query.to_dict().items() if v not in (None, [])}
    st.caption("What the question was read as. `metricspeak save --query` takes it.")
    st.code(json.dumps(content, indent=2, ensure_ascii=False), language="json")


def show_lineage(resources: Resources, answer: Answer) -> None:
    """The models behind the answer, down to sources."""
    catalog = resources.translator.catalog
    nodes = upstream(catalog, answer.models)
    if not nodes:
        st.caption("No models are known to be behind it.")
        return
    st.graphviz_chart(
        lineage_dot(catalog, nodes, frozenset(answer.models)),
        width="content",
        alt=f"Models behind the answer: {', '.join(model.name for model in nodes)}",
    )
    if len(nodes) >= _MOST_NODES:
        st.caption(f"Cut at {_MOST_NODES} models.")


def show_trace(answer: Answer) -> None:
    """Who read the question, how long each stage took, and what to tell whoever looks into it."""
    stages = [(STAGES.get(s, s), t) for s, t in answer.timings_ms.items() if s != "total"]
    st.dataframe(
        pd.DataFrame(
            {"Stage": [name for name, _ in stages], "Milliseconds": [t for _, t in stages]}
        ),
        hide_index=True,
        column_config={
            "Milliseconds": st.column_config.ProgressColumn(
                format="%.0f ms", max_value=max((t for _, t in stages), default=1.0)
            )
        },
    )
    planner = "language model" if answer.planner == "llm" else "embedded planner"
    total = answer.timings_ms.get("total", 0.0)
    st.caption(f"Read by the {planner} · {total:,.0f} ms in all · trace {answer.trace_id}")


def upstream(catalog: SemanticCatalog, names: Iterable[str]) -> list[Model]:
    """The named models and everything that they are built from, nearest first."""
    by_name = {model.name: model for model in catalog.models.values()}
    by_id = {model.unique_id: model for model in catalog.models.values()}
    waiting = [by_name[name] for name in names if name in by_name]
    found: dict[str, Model] = {}
    while waiting and len(found) < _MOST_NODES:
        model = waiting.pop(0)
        if model.unique_id not in found:
            found[model.unique_id] = model
            waiting += [by_id[i] for i in model.depends_on if i in by_id]
    return list(found.values())


def lineage_dot(catalog: SemanticCatalog, nodes: list[Model], asked: frozenset[str]) -> str:
    """The graph in Graphviz's language: sources left, what the answer reads right."""
    known = {model.unique_id: f"n{i}" for i, model in enumerate(nodes)}
    lines = [
        "digraph {",
        'rankdir=LR; bgcolor="transparent"; nodesep=0.25; ranksep=0.6;',
        'node [shape=box style="rounded,filled" fontname="sans-serif" fontsize=11 '
        'color="#8a94a6" fillcolor="#eef2f7" fontcolor="#1c2430" margin="0.14,0.07"];',
        'edge [color="#8a94a6" arrowsize=0.6];',
    ]
    for model in nodes:
        style = ' fillcolor="#cfe3f5" penwidth=1.6 color="#0072B2"' if model.name in asked else ""
        kind = "" if model.resource_type == "model" else f"\\n{model.resource_type}"
        lines.append(f'{known[model.unique_id]} [label="{quoted(model.name)}{kind}"{style}];')
    lines += [
        f"{known[above]} -> {known[model.unique_id]};"
        for model in nodes
        for above in model.depends_on
        if above in known
    ]
    return "\n".join([*lines, "}"])


def quoted(text: str) -> str:
    """Text inside a quoted label of Graphviz's language."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _name(check: Check) -> str:
    text = check.name.replace("_", " ")
    return literal(text[:1].upper() + text[1:])


def _count(number: int, noun: str, verb: str = "") -> str:
    return f"{number} {noun}{'' if number == 1 else 's'} {verb}".strip()
