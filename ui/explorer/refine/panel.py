"""Controls that change the typed query: each change runs the new query, without any planner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import streamlit as st

from semantic.catalog import GroupByElement
from translator.query import (
    CalculationKind,
    GroupByItem,
    Operator,
    SemanticQuery,
    TimeRange,
    WhereFilter,
)
from ui.explorer import session
from ui.explorer.conversation import Turn
from ui.explorer.markdown import literal
from ui.explorer.refine import edits, offers
from ui.explorer.resources import Resources
from ui.explorer.words import element_labels, metric_label

_ALL_TIME, _OTHER = "All time", "Between two days"
_NO_TIME = "no time"
_OPERATORS = {
    "is": Operator.IN,
    "is not": Operator.NOT_IN,
    "contains": Operator.CONTAINS,
    "starts with": Operator.STARTS_WITH,
    "is empty": Operator.IS_NULL,
    "is not empty": Operator.IS_NOT_NULL,
}
_VALUELESS = {Operator.IS_NULL, Operator.IS_NOT_NULL}


def show_controls(resources: Resources, turn: Turn) -> None:
    """A popover for each part of the query, holding only what can be reached from it."""
    query = turn.answer.query
    if query is None or not query.metrics:
        return
    panel = _Panel(resources, turn, query)
    with st.container(horizontal=True, gap="small", key="controls"):
        for label, icon, show in (
            ("Metrics", ":material/functions:", panel.metrics),
            ("Time", ":material/calendar_month:", panel.time),
            ("Group by", ":material/workspaces:", panel.group_by),
            ("Filter", ":material/filter_alt:", panel.filter),
            ("Top", ":material/leaderboard:", panel.top),
            ("Compare", ":material/compare_arrows:", panel.compare),
        ):
            with st.popover(label, icon=icon, key=panel.key(label)):
                show()


class _Panel:
    """The controls of one answer. Their keys hold its version: another answer, other controls."""

    def __init__(self, resources: Resources, turn: Turn, query: SemanticQuery) -> None:
        self.resources = resources
        self.turn = turn
        self.query = query
        self.catalog = resources.translator.catalog

    def key(self, name: str) -> str:
        return f"refine-{name}-{self.turn.version}"

    def run(self, changed: SemanticQuery) -> None:
        if changed != self.query:
            session.run(self.resources, changed, "change", self.turn.question)

    def _on(self, key: str, make: Callable[[Any], SemanticQuery | None]) -> Callable[[], None]:
        def changed() -> None:
            query = make(st.session_state[key])
            if query is not None:
                self.run(query)

        return changed

    def metrics(self) -> None:
        key = self.key("metrics-list")
        st.multiselect(
            "Metrics",
            offers.companions(self.query, self.catalog),
            default=list(self.query.metrics),
            format_func=lambda name: metric_label(name, self.catalog),
            key=key,
            help="Those that can be grouped and filtered like this answer.",
            on_change=self._on(
                key, lambda names: edits.with_metrics(self.query, names) if names else None
            ),
        )

    def time(self) -> None:
        self._grain()
        self._period()

    def _grain(self) -> None:
        grains = offers.grains(self.query, self.catalog)
        if not grains:
            return
        now = edits.time_item(self.query)
        key = self.key("grain")
        chosen = now.grain if now and now.grain in grains else _NO_TIME
        st.selectbox(
            "Shown by",
            [_NO_TIME, *grains],
            index=[_NO_TIME, *grains].index(chosen or _NO_TIME),
            format_func=lambda g: str(g).replace("_", " "),
            key=key,
            on_change=self._on(
                key, lambda g: edits.with_grain(self.query, None if g == _NO_TIME else g)
            ),
        )

    def _period(self) -> None:
        named = dict(offers.periods(self.turn.as_of))
        now = self.query.time_range
        bounded = now is not None and (now.start or now.end)
        label = next(
            (name for name, period in named.items() if period == now),
            _OTHER if bounded else _ALL_TIME,
        )
        options = [_ALL_TIME, *named, _OTHER]
        key = self.key("period")

        def changed(choice: str) -> SemanticQuery | None:
            if choice == _OTHER:
                return None
            return edits.with_period(self.query, named.get(choice))

        st.selectbox(
            "Period", options, index=options.index(label), key=key, on_change=self._on(key, changed)
        )
        if st.session_state.get(key, label) == _OTHER:
            self._days()

    def _days(self) -> None:
        now = self.query.time_range
        first = now.start if now else None
        last = now.end - timedelta(days=1) if now and now.end else None
        with st.form(self.key("days"), border=False):
            start = st.date_input("First day", first, key=self.key("first"))
            end = st.date_input("Last day", last, key=self.key("last"))
            if st.form_submit_button("Show this period"):
                if start and end and start > end:
                    st.error("The last day is before the first one.")
                    return
                period = TimeRange(start, end + timedelta(days=1) if end else None)
                self.run(edits.with_period(self.query, period))
                st.rerun()

    def group_by(self) -> None:
        elements = offers.dimensions(self.query, self.catalog)
        if not elements:
            st.caption("This metric can be grouped by time only.")
            return
        labels = element_labels(elements)
        names = sorted(elements, key=lambda n: (elements[n].hops, labels[n].lower()))
        chosen = [g.element_name for g in self.query.group_by if g.element_name in elements]
        key = self.key("groups")

        def changed(picked: list[str]) -> SemanticQuery:
            others = [
                g
                for g in self.query.group_by
                if g.element_name not in elements and not g.grain and not g.date_part
            ]
            items = [GroupByItem.parse(name, ()) for name in picked]
            return edits.with_group_by(self.query, [*others, *items])

        st.multiselect(
            "Group by",
            names,
            default=chosen,
            format_func=lambda name: labels[name],
            key=key,
            on_change=self._on(key, changed),
        )

    def filter(self) -> None:
        elements = offers.dimensions(self.query, self.catalog)
        if not elements:
            st.caption("There is nothing to filter by but the period.")
            return
        labels = element_labels(elements)
        names = sorted(elements, key=lambda n: (elements[n].hops, labels[n].lower()))
        name = st.selectbox(
            "Where",
            names,
            index=None,
            format_func=lambda n: labels[n],
            placeholder="Choose what to filter by",
            key=self.key("where"),
        )
        if name is None:
            return
        word = st.selectbox("Condition", list(_OPERATORS), key=self.key(f"operator-{name}"))
        operator = _OPERATORS[word]
        values = [] if operator in _VALUELESS else self._values(name, elements[name], operator)
        ready = operator in _VALUELESS or bool(values)
        if st.button("Add filter", key=self.key("add"), type="primary", disabled=not ready):
            item = GroupByItem.parse(name, ())
            self.run(edits.with_filter(self.query, WhereFilter(item, operator, tuple(values))))
            st.rerun()

    def _values(self, name: str, element: GroupByElement, operator: Operator) -> list[Any]:
        listed = offers.values(element, self.resources.translator.values)
        if operator in {Operator.CONTAINS, Operator.STARTS_WITH}:
            text = st.text_input("Text", key=self.key(f"text-{name}"))
            return [text] if text else []
        if listed is None:
            text = st.text_input("Value", key=self.key(f"value-{name}"))
            return [text] if text else []
        shown = dict(listed)
        return st.multiselect(
            "Values",
            list(shown),
            format_func=lambda v: shown[v],
            key=self.key(f"values-{name}"),
        )

    def top(self) -> None:
        groups = [g for g in self.query.group_by if not g.grain]
        if not groups or edits.time_item(self.query) is not None:
            st.caption("Group by something, and not by time, to see the top of it.")
            return
        with st.form(self.key("top-form"), border=False):
            count = st.number_input(
                "Rows", min_value=1, max_value=1000, value=self.query.limit or 10, step=1
            )
            metric = metric_label(self.query.metrics[0], self.catalog)
            words = ["highest", "lowest"]
            ascending = bool(self.query.order_by) and not self.query.order_by[0].descending
            order = st.radio(f"By {literal(metric)}", words, index=int(ascending), horizontal=True)
            shown = st.form_submit_button("Show these", type="primary")
            every = st.form_submit_button("Show all")
        if shown:
            self.run(edits.with_top(self.query, int(count), order == "lowest"))
            st.rerun()
        if every:
            self.run(edits.with_top(self.query, None))
            st.rerun()

    def compare(self) -> None:
        offered = dict(offers.offsets(self.query, self.catalog))
        now = next(
            (
                c.offset
                for c in self.query.calculations
                if c.kind is CalculationKind.PERIOD_OVER_PERIOD
            ),
            None,
        )
        if offered or now:
            options = ["Nothing", *offered]
            label = next((name for name, offset in offered.items() if offset == now), "Nothing")
            key = self.key("offset")
            st.selectbox(
                "Compare with",
                options,
                index=options.index(label),
                key=key,
                on_change=self._on(
                    key, lambda name: edits.with_comparison(self.query, offered.get(name))
                ),
            )
        else:
            st.caption("Choose a period or a grain to compare with an earlier one.")
        if any(not g.grain for g in self.query.group_by):
            key = self.key("share")
            st.checkbox(
                "Share of the total",
                any(c.kind is CalculationKind.SHARE_OF_TOTAL for c in self.query.calculations),
                key=key,
                on_change=self._on(key, lambda wanted: edits.with_share(self.query, wanted)),
            )
