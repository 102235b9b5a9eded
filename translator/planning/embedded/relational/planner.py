"""Plans questions about rows as SQL over models."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from semantic.catalog import SemanticCatalog
from semantic.errors import QueryError
from translator.plan import ModelQuery
from translator.planning.embedded.cues import Cues
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.mentions import Hint, Matcher
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.relational.accounting import leftover
from translator.planning.embedded.relational.describe import describe
from translator.planning.embedded.relational.draft import NotRelational, RowDraft, all_choices
from translator.planning.embedded.relational.frame import Frame
from translator.planning.embedded.relational.governed_rows import Definition, GovernedRows
from translator.planning.embedded.relational.keys import Keys
from translator.planning.embedded.relational.naming import naming_columns
from translator.planning.embedded.relational.parts import Part, cut, quality
from translator.planning.embedded.relational.query import RelationalQuery, RowColumn
from translator.planning.embedded.relational.reader import Reader
from translator.planning.embedded.relational.rows import Rows, build_rows
from translator.planning.embedded.relational.sql import write_sql
from translator.planning.embedded.text import Phrasing, identifier_words
from translator.planning.embedded.vocabulary import Kind, Vocabulary, build_vocabulary
from translator.planning.embedded.zones import Zone

_EACH = frozenset({"each", "every", "per", "by", "across"})
_TELLING = 0.4
_SURE = 0.92
_FACTS = frozenset({"fct", "fact", "facts"})
_EQUAL = 0.06
_RELATIVE = frozenset({"who", "that", "which", "whose"})


@dataclass(frozen=True)
class RelationalPlan:
    """One way to answer a question about rows, with how sure (0..1) the planner is of it."""

    query: RelationalQuery
    plan: ModelQuery
    confidence: float
    notes: tuple[str, ...]
    related: bool
    """Whether it is about what no metric query can say: rows absent or counted, first of each."""
    metrics: frozenset[str] = frozenset()
    """Metrics that count the related rows as they are counted here."""


class RelationalPlanner:
    """Plans over the models of one catalog. Safe to use from several threads."""

    def __init__(
        self, catalog: SemanticCatalog, lexicon: Lexicon, values: Mapping[str, Iterable[str]]
    ) -> None:
        """Keep what the models' words are indexed from at the first question.

        Args:
            catalog: what can be asked.
            lexicon: everyday and business English.
            values: indexed values of text dimensions, by `semantic_model.dimension`.
        """
        self.catalog = catalog
        self.lexicon = lexicon
        self._values = values
        self._lock = threading.Lock()
        self._frames: dict[tuple[str, tuple[str, ...]], Frame] = {}

    @cached_property
    def rows(self) -> Rows:
        """Models and columns that may be read."""
        return build_rows(self.catalog, self.lexicon, self._values)

    @cached_property
    def keys(self) -> Keys:
        """How their rows belong together."""
        return Keys(self.catalog, self.rows)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What they are called."""
        return build_vocabulary(self.rows.picture, self.lexicon, self.rows.values)

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.vocabulary, self.lexicon)

    @cached_property
    def _names(self) -> Mapping[str, tuple[RowColumn, ...]]:
        return naming_columns(self.rows, self.lexicon)

    @cached_property
    def _dates(self) -> frozenset[str]:
        return frozenset(
            f"{model}.{name}"
            for model, columns in self.rows.columns.items()
            for name, column in columns.items()
            if column.kind in {"date", "timestamp"}
        )

    def frame(self, model: str, without: Sequence[str] = ()) -> Frame:
        """What is seen from the rows of `model`, not through the models `without`."""
        key = (model, tuple(without))
        found = self._frames.get(key)
        if found is None:
            found = Frame(self.rows, self.keys, self._names, model, without)
            self._frames[key] = found
        return found

    @cached_property
    def _governed_rows(self) -> GovernedRows:
        return GovernedRows(self.catalog, self.rows, self.lexicon)

    def definition(self, model: str, said: Iterable[str]) -> Definition | None:
        """What counts as a row of `model`, by the metric called as was `said` (lemmas)."""
        return self._governed_rows.definition(model, said)

    def happens(self, model: str, column: RowColumn, said: Iterable[str]) -> bool:
        """Whether a period of such rows plainly means this date: they are events, or counted so."""
        is_fact = bool(_FACTS & set(identifier_words(model)))
        return is_fact or self._governed_rows.counts_by(model, column, said)

    def plans(self, clues: Clues) -> tuple[RelationalPlan, ...]:
        """Every reading that uses all words, surest first; none when the question has none."""
        with self._lock:  # the first question builds the indexes
            if not self.rows.columns:
                return ()
            matcher = self._matcher
        clues, parts = self._cut(clues, matcher)
        found: dict[RelationalQuery, RelationalPlan] = {}
        for subject, model in self._subjects(clues, parts):
            frame = self.frame(model)
            for choices in all_choices():
                reader = Reader(clues, parts, subject, frame, self, choices)
                try:
                    draft = reader.read()
                    plan = self._plan(clues, subject, draft)
                except (NotRelational, QueryError):
                    continue
                if plan is not None and plan.query not in found:
                    found[plan.query] = plan
        return tuple(sorted(found.values(), key=lambda p: -p.confidence))

    def _cut(self, clues: Clues, matcher: Matcher) -> tuple[Clues, list[Part]]:
        """The question's clues with this vocabulary's weights, and its parts."""
        phrasing = clues.phrasing
        noise = frozenset(i for i, z in enumerate(clues.zones) if z.value == "noise")
        cues = clues.cues
        weights = tuple(
            max(w, 0.55) if w > 0.2 and phrasing.tokens[i].lemma in self.vocabulary.by_term else w
            for i, w in enumerate(clues.weights)
        )
        clues = replace(clues, weights=weights)
        operators = frozenset(
            i
            for span in (*cues.negations, *cues.never, *cues.excluded, *cues.groups)
            for i in span.indices
            if phrasing.tokens[i].lower != "non"
        )
        hints = _hints(phrasing, cues)
        superlatives = frozenset(
            i for r in cues.ranks if r.quantity for i in range(r.span.start, r.span.end)
        )
        taken = clues.time_tokens | operators | noise | superlatives
        mentions = matcher.mentions(phrasing, taken, weights, hints)
        return clues, cut(clues, mentions, self._dates)

    def _subjects(self, clues: Clues, parts: Sequence[Part]) -> list[tuple[Part, str]]:
        """What may be asked for: what "who" or "that" speaks of, else the first thing named."""
        tokens = clues.phrasing.tokens
        relative = next((t.index for t in tokens[1:] if t.lower in _RELATIVE and t.index > 1), None)
        if relative is not None:
            before = [p for p in parts if p.end <= relative]
            spoken = before[-1] if before else None
            if spoken is not None and spoken.end >= relative - 1 and not spoken.of(Kind.ENTITY):
                return self._by_key(spoken)
        named = [p for p in parts if p.of(Kind.ENTITY) and not self._is_each(clues, p)]
        asked = [p for p in named if not clues.zones or clues.zones[p.start] is not Zone.LEAD]
        found: list[tuple[Part, str]] = []
        if len(asked) > 1 and self._is_kind_of(asked[0], asked[1]):
            asked = asked[1:]
        for part in (asked or named)[:1]:
            entities = part.of(Kind.ENTITY)
            for mention in entities:
                model = self.rows.homes.get(mention.element.key)
                if model is not None and quality(mention) >= quality(entities[0]) - _EQUAL:
                    found.append((part, model))
        return found

    def _is_kind_of(self, part: Part, following: Part) -> bool:
        """Whether a part says what kind of thing follows: "outlet stores"."""
        models = {self.rows.homes.get(m.element.key) for m in part.of(Kind.ENTITY)}
        others = {self.rows.homes.get(m.element.key) for m in following.of(Kind.ENTITY)}
        return following.start == part.end and bool(part.of(Kind.VALUE)) and bool(models & others)

    def _is_counted_by_metric(self, query: RelationalQuery) -> bool:
        """Whether it is a plain count of rows that the project has a governed figure for."""
        if query.aggregate is None or query.aggregate.attribute is not None or query.existences:
            return False
        told = {s.name for s in self.catalog.semantic_models.values() if s.model == query.subject}
        measured = {name for metric in self.catalog.metrics.values() for name in metric.measures}
        return any(
            m.agg in {"count", "count_distinct"} or (m.agg == "sum" and m.expr.strip() == "1")
            for m in self.catalog.measures.values()
            if m.semantic_model in told and m.name in measured
        )

    def _is_each(self, clues: Clues, part: Part) -> bool:
        """Whether the rows are broken down by it: "of each customer", "per store"."""
        before = clues.phrasing.tokens[max(0, part.start - 2) : part.start]
        return bool(_EACH & {t.lower for t in before})

    def _by_key(self, part: Part) -> list[tuple[Part, str]]:
        """For "the customer ids of those who …": the model that the key identifies."""
        for mention in part.of(Kind.DIMENSION):
            column = self.rows.column(mention.element.key)
            if column is None or not column.key:
                continue
            own = self.keys.key_of(column.model)
            if own is not None and own.lower() == column.column.lower():
                return [(part, column.model)]
            for paths in self.keys.paths(column.model).values():
                for path in paths:
                    if len(path) == 1 and path[0].child_column == column:
                        return [(part, path[0].parent)]
        return []

    def _plan(self, clues: Clues, subject: Part, draft: RowDraft) -> RelationalPlan | None:
        left = leftover(clues, draft, self.rows, self.lexicon)
        if any(weight >= _TELLING for _, weight in left):
            return None
        said = max(quality(m) for m in subject.meanings)
        doubt = draft.doubt + 0.4 * sum(w for _, w in left) + max(0.0, 0.93 - said)
        query = draft.query()
        if self._is_counted_by_metric(query):
            return None
        related = bool(
            query.existences or query.rank or (query.aggregate and query.aggregate.since)
        )
        plan = write_sql(query, describe(query, self.rows), self.catalog, self.rows)
        return RelationalPlan(
            query,
            plan,
            max(0.05, _SURE - doubt),
            tuple(dict.fromkeys(draft.notes)),
            related,
            frozenset(draft.metrics),
        )


def _hints(phrasing: Phrasing, cues: Cues) -> dict[tuple[int, int], Hint]:
    """What superlatives measure: "most expensive" speaks of a price."""
    return {
        (r.span.end - 1, r.span.end): Hint(r.quantity, Kind.DIMENSION)
        for r in cues.ranks
        if r.quantity
        and r.quantity not in {"performance", "count", "date"}
        and phrasing.tokens[r.span.end - 1].is_word
        and not any(t.lower == "by" for t in phrasing.tokens[r.span.end :])
    }
