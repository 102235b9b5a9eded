"""What is counted where the noun is a value: "how many women", "number of trucks by depot"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from semantic.catalog import Metric, MetricType, SemanticCatalog
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.text import identifier_words
from translator.planning.embedded.vocabulary import Element, Kind, Name

_COUNTS = frozenset({"count", "count_distinct", "sum_boolean"})
_NEAR = 3
_SURE = 0.8
_TOLD = 0.3


class Counts:
    """Metrics that count the rows of a semantic model, over one catalog."""

    def __init__(self, catalog: SemanticCatalog) -> None:
        """Find them once."""
        self._by_model: dict[str, Metric] = {}
        for metric in sorted(catalog.metrics.values(), key=lambda m: len(m.filters)):
            if metric.type is MetricType.SIMPLE and metric.agg in _COUNTS:
                for model in metric.semantic_models[:1]:
                    entity = catalog.semantic_models[model].primary_entity
                    if entity and _counts(metric, entity):
                        self._by_model.setdefault(model, metric)

    def counted(self, clues: Clues, mentions: Iterable[Mention]) -> list[Mention]:
        """For each value right behind "how many": the count of what has the value."""
        return list(dict.fromkeys(self._counted(clues, list(mentions))))

    def _counted(self, clues: Clues, mentions: list[Mention]) -> Iterator[Mention]:
        for cue in clues.cues.aggregations:
            if cue.kind not in {"count", "count_distinct"}:
                continue
            for mention in mentions:
                metric = self._by_model.get(mention.element.key.split(".")[0])
                if (
                    metric is not None
                    and mention.element.kind is Kind.VALUE
                    and mention.coverage >= _SURE
                    and 0 <= mention.start - cue.span.end < _NEAR
                    and all(
                        clues.weights[i] < _TOLD for i in range(cue.span.end, mention.start)
                    )  # in "how many orders were placed" it is orders that are counted
                ):
                    element = Element(Kind.METRIC, metric.name)
                    name = Name(element, (), 1.0, "implied")
                    spots = tuple((i, 1.0) for i in sorted(cue.span.indices))
                    yield Mention(element, name, spots, 1.0)


def _counts(metric: Metric, entity: str) -> bool:
    """Whether a metric is named for an entity: not "ordering customers" for orders."""
    last = identifier_words(entity)[-1:]
    words = [*identifier_words(metric.name), *(metric.label or "").lower().split()]
    return any(word.removesuffix("s") == name for word in words for name in last)
