"""Questions that leave out the figure: "our best customers", "how did Paris do", "busiest store".

They cannot be answered, but most often two or three figures are what the person may mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from semantic.catalog import GroupByElement, Metric, MetricType, SemanticCatalog
from translator.plan import Clarification, Option
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.suggest import reading_label
from translator.planning.embedded.vocabulary import Kind
from translator.query import GroupByItem, Operator, OrderByItem, SemanticQuery, WhereFilter

_MOST_OPTIONS = 4
_ROWS = 10
_TELLING = 0.4
_KINDS = frozenset({MetricType.SIMPLE, MetricType.RATIO})


class Offers:
    """Makes options over one catalog."""

    def __init__(self, catalog: SemanticCatalog, identities: Identities) -> None:
        """Keep what is needed to choose figures."""
        self.catalog = catalog
        self.identities = identities

    def offer(self, clues: Clues, mentions: Sequence[Mention]) -> Clarification | None:
        """The figures that could be meant; None where more than the figure is missing."""
        if any(m.element.kind is Kind.METRIC and m.coverage >= 0.5 for m in mentions):
            return None
        ranks = clues.cues.ranks
        known = {i for m in mentions if m.coverage >= 0.5 for i in m.indices} | clues.time_tokens
        known |= {i for r in ranks for i in r.span.indices}
        known |= {r.counted for r in ranks if r.counted is not None}
        if any(
            weight >= _TELLING and index not in known for index, weight in enumerate(clues.weights)
        ):
            return None
        sure = [m for m in mentions if m.coverage >= 0.85 and all(s >= 0.8 for _, s in m.tokens)]
        if ranks:
            subject = next(
                (m for m in sure if m.element.kind in {Kind.ENTITY, Kind.DIMENSION}), None
            )
            return self._ranking(subject, ranks[0].limit, ranks[0].descending) if subject else None
        value = next(
            (
                m
                for m in sorted(sure, key=lambda m: -len(m.tokens))
                if m.element.kind is Kind.VALUE and isinstance(m.element.value, str)
            ),
            None,
        )
        return self._about(value) if value is not None else None

    def _ranking(
        self, subject: Mention, limit: int | None, descending: bool
    ) -> Clarification | None:
        options: dict[str, Option] = {}
        for metric, element in self._figures(subject):
            item = GroupByItem(element.name, element.entity_path)
            query = SemanticQuery(
                metrics=(metric.name,),
                group_by=(item,),
                order_by=(OrderByItem(metric.name, descending),),
                limit=limit or _ROWS,
            )
            label = reading_label(self.catalog, query)
            options.setdefault(label, Option(label, query))
        return _clarify(
            "The question does not say by which figure to rank. Which do you mean?", options
        )

    def _about(self, value: Mention) -> Clarification | None:
        options: dict[str, Option] = {}
        assert isinstance(value.element.value, str)
        for metric, element in self._figures(value):
            item = GroupByItem(element.name, element.entity_path)
            condition = WhereFilter(item, Operator.EQ, (value.element.value,))
            query = SemanticQuery(metrics=(metric.name,), where=(condition,))
            label = reading_label(self.catalog, query)
            options.setdefault(label, Option(label, query))
        return _clarify("The question does not say which figure is meant. Which of these?", options)

    def _figures(self, mention: Mention) -> list[tuple[Metric, GroupByElement]]:
        """Metrics that can be broken down by what is mentioned: near ones and plain ones first."""
        found: list[tuple[tuple[int, int, int], Metric, GroupByElement]] = []
        key = mention.element.key
        if mention.element.kind is Kind.ENTITY:
            names = self.identities.names(key)
            if not names:
                return []
            key = names[0].key
        for position, metric in enumerate(self.catalog.metrics.values()):
            if metric.type not in _KINDS:
                continue
            elements = [
                e
                for e in self.catalog.group_bys_by_metric.get(metric.name, ())
                if e.dimension is not None and e.dimension.key == key
            ]
            if elements:
                element = min(elements, key=lambda e: (e.hops, len(e.entity_path)))
                plain = (metric.type is not MetricType.SIMPLE) + bool(metric.filters)
                found.append(((plain, element.hops, position), metric, element))
        found.sort(key=lambda entry: entry[0])
        return [(metric, element) for _, metric, element in found[:_MOST_OPTIONS]]


def _clarify(message: str, options: dict[str, Option]) -> Clarification | None:
    return Clarification(message, tuple(options.values())) if len(options) > 1 else None
