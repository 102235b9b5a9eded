"""Names as a model wrote them, to what the catalog calls them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from semantic.catalog import GroupByElement, SemanticCatalog
from translator.elements import metric_elements
from translator.planning.llm.paths import candidates
from translator.query import GroupByItem, QueryIssue
from translator.suggestions import near_items, near_metrics


@dataclass(frozen=True)
class Names:
    """What the items of one query may be: with its metrics, or in a list without any."""

    catalog: SemanticCatalog
    metrics: tuple[str, ...]
    elements: Mapping[str, GroupByElement]

    def item(self, text: str) -> GroupByItem | QueryIssue:
        """A dimension or entity with its whole path, or what is wrong with it."""
        try:
            written = GroupByItem.parse(text.strip().replace(".", "__"), self.catalog.grains)
        except ValueError as error:
            return QueryIssue("unknown_dimension", f"{str(error).rstrip('.')}.")
        found = candidates((*written.entity_path, written.name), self.elements)
        if len(found) > 1:
            # The same column by two equally long paths: only a person can say which is meant.
            names = tuple(e.qualified_name for e in found)
            return QueryIssue(
                "ambiguous_dimension", f"'{text}' may be any of {', '.join(names)}.", names[:5]
            )
        if found:
            element = found[0]
            return GroupByItem(element.name, element.entity_path, written.grain, written.date_part)
        return self._missing(written)

    def _missing(self, written: GroupByItem) -> QueryIssue:
        """Why a name is not among the elements, with what would work instead."""
        name = written.element_name
        parts = (*written.entity_path, written.name)
        reaching = [
            metric
            for metric in self.catalog.metrics
            if candidates(parts, metric_elements((metric,), self.catalog))
        ]
        if self.metrics and reaching:
            apart = [m for m in self.metrics if m not in reaching]
            if not apart:
                return QueryIssue(
                    "unreachable_dimension",
                    f"'{name}' is reached by each of these metrics, but not by all in one query: "
                    "they join it by different paths.",
                )
            return QueryIssue(
                "unreachable_dimension",
                f"'{name}' cannot be reached from {', '.join(apart)}. "
                "Use a metric that reaches it, "
                "a dimension on that metric's list, or kind sql.",
                (*near_items(name, self.elements)[:2], *_nearest_first(reaching, self.metrics)[:3]),
            )
        near = near_items(name, self.elements) or near_items(written.name, self.elements)
        mean = f"; did you mean '{near[0]}'?" if near else "."
        return QueryIssue("unknown_dimension", f"There is no dimension '{name}'{mean}", near)


def metric_name(text: str, catalog: SemanticCatalog) -> str | QueryIssue:
    """The metric of that name, in any case, or of that label or synonym if only one has it."""
    if text in catalog.metrics:
        return text
    wanted = _plain(text)
    spelled = [m for m in catalog.metrics if _plain(m) == wanted]
    spoken = [
        m.name
        for m in catalog.metrics.values()
        if wanted in {_plain(word) for word in (m.label or "", *m.synonyms)}
    ]
    for found in (spelled, spoken):
        if len(found) == 1:
            return found[0]
    near = near_metrics(text, catalog)
    mean = f"; did you mean '{near[0]}'?" if near else "."
    return QueryIssue("unknown_metric", f"There is no metric '{text}'{mean}", near)


def list_names(catalog: SemanticCatalog, items: Iterable[str]) -> Names:
    """Names of a list without metrics: as seen from the model that reaches most of them."""
    written = []
    for text in items:
        try:
            written.append(GroupByItem.parse(text.strip().replace(".", "__"), catalog.grains))
        except ValueError:
            continue  # said again, with words, when the item itself is read
    best: tuple[tuple[int, int], Mapping[str, GroupByElement]] | None = None
    for listed in catalog.list_group_bys.values():
        elements = {e.qualified_name: e for e in listed}
        found = [candidates((*w.entity_path, w.name), elements) for w in written]
        cost = (
            sum(not f for f in found),
            sum(f[0].hops + 2 * (len(f) - 1) for f in found if f),
        )
        if best is None or cost < best[0]:
            best = (cost, elements)
    return Names(catalog, (), best[1] if best else {})


def _nearest_first(metrics: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Metrics that share words with the wanted ones first."""
    words = {w for name in wanted for w in name.split("_")}
    return sorted(metrics, key=lambda m: -len(words & set(m.split("_"))))


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").split())
