"""Conditions on numbers, and on what must not be there at all."""

from __future__ import annotations

from semantic.catalog import Dimension, GroupByElement, Metric, SemanticCatalog
from translator.planning.embedded.cues import CompareCue
from translator.planning.embedded.draft import Draft
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.quantity import is_fraction
from translator.planning.embedded.reading import Clues, Reading, Role, Use
from translator.planning.embedded.units import converted, unit_in
from translator.query import GroupByItem, MetricFilter, Operator, Value, WhereFilter

_NEAR = 3
_LEFT_OUT = frozenset({"ignore", "skip", "exclude", "omit", "except", "drop"})


class Conditions:
    """Compares dimensions and metrics with numbers; finds what has none."""

    def __init__(self, catalog: SemanticCatalog, identities: Identities, lexicon: Lexicon) -> None:
        """Keep what is needed to tell entities and units."""
        self.catalog = catalog
        self.identities = identities
        self.lexicon = lexicon

    def apply(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        """Put the question's comparisons and absences into the query."""
        for cue in clues.cues.comparisons:
            self._comparison(clues, cue, reading, draft)
        self._absence(clues, reading, draft)

    def _comparison(self, clues: Clues, cue: CompareCue, reading: Reading, draft: Draft) -> None:
        use = min(
            (u for u in reading.of(Role.NUMERIC) if _gap(u, cue) <= _NEAR),
            key=lambda u: _gap(u, cue),
            default=None,
        )
        if use is not None and use.element is not None:
            item = GroupByItem(use.element.name, use.element.entity_path)
            dimension = use.element.dimension
            value = self._number(clues, cue, dimension, draft)
            draft.where.append(WhereFilter(item, cue.operator, (value,)))
            draft.used |= cue.span.indices
            return
        named = [u for u in reading.of(Role.METRIC) if _named_behind(clues, cue, u)]
        metric = min(
            (u for u in reading.of(Role.METRIC) if u in named or _gap(u, cue) <= _NEAR),
            key=lambda u: (u not in named, _gap(u, cue)),
            default=None,
        )
        if metric is not None and not named and _counts_other(clues, cue, metric):
            return  # "5 or more orders" says nothing of the revenue
        if metric is not None and draft.group_by:
            name = metric.mention.element.key
            found = self.catalog.metrics[name]
            value = self._number(clues, cue, found, draft)
            if _said_in_percent(clues, cue) and is_fraction(found):
                value = round(cue.values[0] / 100, 12)  # "above 3.5 %" of what is kept as 0.035
            draft.having.append(MetricFilter(name, cue.operator, (value,)))
            draft.used |= cue.span.indices

    def _number(
        self, clues: Clues, cue: CompareCue, compared: Dimension | Metric | None, draft: Draft
    ) -> Value:
        """The number compared with, in the unit that what is compared is kept in."""
        number = cue.values[0]
        behind = clues.phrasing.tokens[cue.span.end : cue.span.end + 1]
        if compared is not None and behind and self.lexicon.unit(behind[0].lower) is not None:
            names = (compared.name, compared.label)
            stored = unit_in(names, compared.description, self.lexicon)
            number = converted(number, behind[0].lower, stored, self.lexicon)
            if stored is not None:
                draft.used.add(behind[0].index)
        return int(number) if number == int(number) else number

    def _absence(self, clues: Clues, reading: Reading, draft: Draft) -> None:
        """For "customers without orders": the metric of the other thing has no value for them."""
        if not clues.cues.never or not reading.metrics or not draft.group_by:
            return
        span = clues.cues.never[0]
        before = {t.lemma for t in clues.phrasing.tokens[max(0, span.start - 4) : span.start]}
        if before & _LEFT_OUT:
            return  # "ignore those without orders" takes them out
        use = next(
            (u for u in reading.of(Role.METRIC) if 0 <= u.mention.start - span.end <= 4), None
        )
        entity = self._entity(reading, draft, before=span.start)
        if use is None or entity is None:
            return
        metric = use.mention.element.key
        if set(reading.metrics) != {metric}:
            draft.problems.append("a figure beside something absent")
        if draft.time_range is not None or draft.having:
            draft.problems.append("an absence within a period cannot be computed")
            return
        item = GroupByItem(entity.name)
        home = self.identities.home(entity.name) or ""
        if all(e.qualified_name != entity.name for e in self.catalog.list_group_bys.get(home, ())):
            draft.problems.append(f"nothing lists every {entity.name.replace('_', ' ')}")
        # The fact's own key lacks those without facts: list the entity where it is primary.
        draft.group_by = {
            i.qualified_name: i
            for i in (
                item if g.element_name == entity.qualified_name else g
                for g in draft.group_by.values()
            )
        }
        draft.having.append(MetricFilter(metric, Operator.IS_NULL, (), item))
        draft.absent.add(metric)
        draft.used |= span.indices
        for other in (*clues.cues.never, *clues.cues.negations):
            if other.start < span.end and span.start < other.end:
                draft.used |= other.indices

    def _entity(self, reading: Reading, draft: Draft, before: int) -> GroupByElement | None:
        """The entity listed: what must be without the other thing."""
        grouped = {i.element_name for i in draft.group_by.values()}
        return next(
            (
                u.element
                for u in reading.of(Role.GROUP)
                if u.element is not None
                and u.element.entity is not None
                and u.element.qualified_name in grouped
                and u.mention.start < before
            ),
            None,
        )


def _said_in_percent(clues: Clues, cue: CompareCue) -> bool:
    """Whether the number compared with is said in percent."""
    tokens = clues.phrasing.tokens
    near = tokens[cue.span.start : cue.span.end + 1]
    return any(t.lower in {"%", "percent", "pct"} or t.text.endswith("%") for t in near)


def _gap(use: Use, cue: CompareCue) -> int:
    """Words between a mention and a comparison; behind it ("3 orders or more") is a bit farther."""
    after = use.mention.start - cue.span.end
    return after if after >= 0 else max(0, cue.span.start - use.mention.end) + 1


def _counts_other(clues: Clues, cue: CompareCue, use: Use) -> bool:
    """Whether the word behind the number names something else than the metric or a unit."""
    behind = clues.phrasing.tokens[cue.span.end : cue.span.end + 1]
    return bool(behind) and (
        behind[0].is_word
        and behind[0].index not in use.mention.indices
        and clues.weights[behind[0].index] >= 0.5
    )


def _named_behind(clues: Clues, cue: CompareCue, use: Use) -> bool:
    """Whether the word behind the number is one of the metric's: "at least 8 accounts"."""
    tokens = clues.phrasing.tokens
    words = {tokens[i].lemma for i in use.mention.indices}
    return any(t.lemma in words for t in tokens[cue.span.end : cue.span.end + 2])
