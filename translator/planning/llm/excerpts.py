"""Excerpts of one catalog: all of it where that fits, else what is nearest to a question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from semantic.catalog import GroupByElement, Metric, SemanticCatalog
from semantic.value_index import DimensionValues
from translator.planning.llm import lines
from translator.planning.llm.excerpt import (
    DimensionBlock,
    Excerpt,
    MetricGroup,
    estimate_excerpt,
)
from translator.planning.llm.lines import BRIEF, FULL, NAME_ONLY, SHORT, Detail
from translator.planning.llm.models_shown import measured_columns, own_models
from translator.planning.llm.paths import owner_prefixes, prefixes, shown
from translator.planning.llm.ranking import Ranking
from translator.planning.llm.tokens import estimate_tokens

_METRICS_SHARE, _DIMENSIONS_SHARE, _NAMES_SHARE = 0.42, 0.22, 0.24
"""Parts of the budget for metrics, dimensions and mere names of dimensions; the rest is models'."""
_NEAR_METRICS = 4
"""Metrics whose description is worth more than the names of others."""
_DESCRIBED_DIMENSIONS = 10
_ANYWHERE = 0.01
"""Score of a semantic model that no word of the question points to."""
_TITLE_TOKENS, _GROUP_TOKENS = 14, 16
_MOST_PREFIXES = 14
_MODEL_COLUMNS = 12


@dataclass(frozen=True)
class _Shape:
    """What metrics of one group share."""

    time: str
    reaches: tuple[str, ...]

    def within(self, named: Collection[str]) -> _Shape:
        """The same where only some prefixes have dimensions shown. The nearest one stays."""
        return _Shape(
            self.time,
            self.reaches[:1] + tuple(r for r in self.reaches[1:] if r.split("__")[-1] in named),
        )


class Excerpts:
    """Excerpts of one catalog. Safe to use from several threads."""

    def __init__(self, catalog: SemanticCatalog, values: Mapping[str, DimensionValues]) -> None:
        """Find what every excerpt needs: paths, and what metrics have in common.

        Args:
            catalog: what can be asked.
            values: indexed values, by dimension key.
        """
        self._catalog = catalog
        self._values = values
        self._prefixes = owner_prefixes(catalog)
        self._shapes = {m: self._shape(metric) for m, metric in catalog.metrics.items()}
        self._models = own_models(catalog)
        self.whole = self._build(
            whole=True,
            metrics=[(name, FULL) for name in catalog.metrics],
            dimensions=[
                (key, FULL)
                for key, d in catalog.dimensions.items()
                if not d.sensitive and self._prefixes.get(d.semantic_model)
            ],
            models=[(name, None) for name in self._models],
            saved=list(catalog.saved_queries),
            values={},
        )

    def nearest(self, ranking: Ranking, budget: int) -> Excerpt:
        """What is nearest to a question, within about `budget` tokens.

        Names come first: a metric that is not shown cannot be used, one without its description
        can. What is left describes more of them.
        """
        metrics = self._pick_metrics(ranking, budget * _METRICS_SHARE)
        left = budget * (_METRICS_SHARE + _DIMENSIONS_SHARE) - self._cost_of_metrics(metrics)
        dimensions = self._pick_dimensions(ranking, [m for m, _ in metrics], left)
        dimensions += self._more_dimensions(ranking, metrics, dimensions, budget * _NAMES_SHARE)
        draft = self._build(False, metrics, dimensions, [], [], ranking.values)
        left = budget - estimate_excerpt(draft)
        saved = [q for q in _best(ranking.saved_queries) if ranking.saved_queries[q] > 1.0][:3]
        left -= sum(
            estimate_tokens(lines.saved_query_line(self._catalog.saved_queries[q])) for q in saved
        )
        models = self._pick_models(ranking, dimensions, left)
        draft = self._build(False, metrics, dimensions, models, saved, ranking.values)
        metrics = self._described(metrics, budget - estimate_excerpt(draft))
        return self._build(False, metrics, dimensions, models, saved, ranking.values)

    def _pick_metrics(self, ranking: Ranking, budget: float) -> list[tuple[str, Detail]]:
        chosen: list[tuple[str, Detail]] = []
        groups: set[_Shape] = set()
        # Where few are near, the others have room: a short question may mean any of them.
        for name in dict.fromkeys((*_best(ranking.metrics), *self._catalog.metrics)):
            detail = SHORT if len(chosen) < _NEAR_METRICS else BRIEF
            shape = self._shapes[name]
            line = lines.metric_line(self._catalog.metrics[name], detail)
            cost = estimate_tokens(line) + 1 + (0 if shape in groups else _GROUP_TOKENS)
            if cost <= budget:
                chosen.append((name, detail))
                groups.add(shape)
                budget -= cost
            elif budget < 15:
                break
        return chosen

    def _described(
        self, metrics: Sequence[tuple[str, Detail]], budget: float
    ) -> list[tuple[str, Detail]]:
        """The same metrics, the nearest of the brief ones with their descriptions."""
        described: list[tuple[str, Detail]] = []
        for name, detail in metrics:
            metric = self._catalog.metrics[name]
            if detail is BRIEF:
                more = estimate_tokens(lines.metric_line(metric, SHORT))
                more -= estimate_tokens(lines.metric_line(metric, BRIEF))
                if more <= budget:
                    budget -= more
                    detail = SHORT
            described.append((name, detail))
        return described

    def _cost_of_metrics(self, metrics: Sequence[tuple[str, Detail]]) -> int:
        return estimate_excerpt(self._build(False, metrics, [], [], [], {}))

    def _pick_dimensions(
        self, ranking: Ranking, metrics: Sequence[str], budget: float
    ) -> list[tuple[str, Detail]]:
        reached = {
            e.dimension.key
            for m in metrics
            for e in self._catalog.group_bys_by_metric.get(m, ())
            if e.dimension is not None
        }
        chosen: list[tuple[str, Detail]] = []
        owners: set[str] = set()
        for key in _best(ranking.dimensions):
            dimension = self._catalog.dimensions.get(key)
            if dimension is None or dimension.sensitive:
                continue
            if not self._prefixes.get(dimension.semantic_model):
                continue
            far = key not in reached
            detail = BRIEF if far or len(chosen) >= _DESCRIBED_DIMENSIONS else SHORT
            line = lines.dimension_line(
                dimension, detail, self._values.get(key), ranking.values.get(key, ())
            )
            title = 0 if dimension.semantic_model in owners else _TITLE_TOKENS
            cost = estimate_tokens(line) + 1 + title
            if cost <= budget:
                chosen.append((key, detail))
                owners.add(dimension.semantic_model)
                budget -= cost
            elif budget < 10:
                break
        return chosen

    def _more_dimensions(
        self,
        ranking: Ranking,
        metrics: Sequence[tuple[str, Detail]],
        chosen: Sequence[tuple[str, Detail]],
        budget: float,
    ) -> list[tuple[str, Detail]]:
        """Bare names of the other dimensions near the best metrics and the chosen dimensions."""
        known = {key for key, _ in chosen}
        owners: dict[str, float] = {}
        for key in known:
            owner = self._catalog.dimensions[key].semantic_model
            owners[owner] = max(owners.get(owner, 0.0), ranking.dimensions.get(key, 0.0))
        for name, _ in metrics[:_NEAR_METRICS]:
            score = ranking.metrics.get(name, 0.0)
            for owner, hops in self._reached_owners(name):
                owners[owner] = max(owners.get(owner, 0.0), score / (1 + hops), _ANYWHERE)
        more: list[tuple[str, Detail]] = []
        for owner in _best(owners):
            if not self._prefixes.get(owner):
                continue
            titled = any(self._catalog.dimensions[key].semantic_model == owner for key in known)
            budget -= 0 if titled else _TITLE_TOKENS
            for dimension in self._catalog.semantic_models[owner].dimensions:
                cost = estimate_tokens(dimension.name) + 1
                if dimension.key in known or dimension.sensitive or cost > budget:
                    continue
                more.append((dimension.key, NAME_ONLY))
                budget -= cost
        return more

    def _reached_owners(self, metric: str) -> Iterator[tuple[str, int]]:
        """Semantic models whose dimensions a metric reaches, with the hops to them; its own: 0."""
        for owner in self._catalog.metrics[metric].semantic_models:
            yield owner, 0
        for element in self._catalog.group_bys_by_metric.get(metric, ()):
            if element.dimension is not None:
                yield element.dimension.semantic_model, element.hops

    def _pick_models(
        self, ranking: Ranking, dimensions: Sequence[tuple[str, Detail]], budget: float
    ) -> list[tuple[str, tuple[str, ...] | None]]:
        """Models with their keys and the columns that the chosen dimensions stand for."""
        columns: dict[str, list[str]] = {}
        for key, _ in dimensions:
            dimension = self._catalog.dimensions[key]
            over = self._catalog.semantic_models[dimension.semantic_model].model
            columns.setdefault(over, []).append(dimension.column or dimension.expr)
        chosen: list[tuple[str, tuple[str, ...] | None]] = []
        for name in _best(ranking.models):
            model = self._models.get(name)
            if model is None:
                continue
            wide = len(model.columns) > _MODEL_COLUMNS
            shown_columns = (*columns.get(name, ()), *measured_columns(self._catalog, name))
            only = tuple(dict.fromkeys(shown_columns))[:_MODEL_COLUMNS] if wide else None
            line = lines.model_line(model, self._catalog, BRIEF, only or ())
            cost = estimate_tokens(line) + 1
            if cost <= budget:
                chosen.append((name, only))
                budget -= cost
            elif budget < 40:
                break
        return chosen

    def _build(
        self,
        whole: bool,
        metrics: Sequence[tuple[str, Detail]],
        dimensions: Sequence[tuple[str, Detail]],
        models: Sequence[tuple[str, tuple[str, ...] | None]],
        saved: Sequence[str],
        values: Mapping[str, Sequence[str]],
    ) -> Excerpt:
        named = {
            shown(prefix)
            for key, _ in dimensions
            for prefix in self._prefixes[self._catalog.dimensions[key].semantic_model]
        }
        groups: dict[_Shape, list[str]] = {}
        for name, detail in metrics:
            line = lines.metric_line(self._catalog.metrics[name], detail)
            shape = self._shapes[name]
            if not whole:
                shape = shape.within(named)
            groups.setdefault(shape, []).append(line)
        blocks: dict[str, list[str]] = {}
        more: dict[str, list[str]] = {}
        for key, detail in dimensions:
            dimension = self._catalog.dimensions[key]
            if detail is NAME_ONLY:
                blocks.setdefault(dimension.semantic_model, [])
                more.setdefault(dimension.semantic_model, []).append(shown(dimension.name))
                continue
            line = lines.dimension_line(
                dimension, detail, self._values.get(key), values.get(key, ())
            )
            blocks.setdefault(dimension.semantic_model, []).append(line)
        return Excerpt(
            whole=whole,
            groups=tuple(
                MetricGroup(shape.time, shape.reaches, tuple(found))
                for shape, found in groups.items()
            ),
            blocks=tuple(
                DimensionBlock(self._title(name, whole), tuple(found), tuple(more.get(name, ())))
                for name, found in blocks.items()
            ),
            models=tuple(
                lines.model_line(
                    self._models[name], self._catalog, SHORT if whole else BRIEF, only or ()
                )
                for name, only in models
            ),
            saved_queries=tuple(
                lines.saved_query_line(self._catalog.saved_queries[name]) for name in saved
            ),
            metrics=frozenset(name for name, _ in metrics),
            dimensions=frozenset(key for key, _ in dimensions),
            metrics_in_catalog=len(self._catalog.metrics),
        )

    def _title(self, semantic_model: str, whole: bool) -> str:
        model = self._catalog.semantic_models[semantic_model]
        return lines.block_title(model, self._prefixes[semantic_model], SHORT if whole else BRIEF)

    def _shape(self, metric: Metric) -> _Shape:
        elements = self._catalog.group_bys_by_metric.get(metric.name, ())
        reaches = tuple(shown(p) for p in prefixes(elements))[:_MOST_PREFIXES]
        return _Shape(_time(metric, elements), reaches)


def _time(metric: Metric, elements: Iterable[GroupByElement]) -> str:
    """What `metric_time` is for a metric, with its grain where that is coarser than a day."""
    grains = next((e.grains for e in elements if e.name == "metric_time"), ())
    if not grains:
        return ""
    name = shown((metric.time_dimension or "").split(".")[-1])
    coarse = grains[0] not in {"hour", "day"}
    finest = f" (by {grains[0]} at the finest)" if coarse else ""
    return f"{name}{finest}" if name else finest.strip()


def _best(scores: Mapping[str, float]) -> list[str]:
    return [name for name in sorted(scores, key=lambda n: (-scores[n], n)) if scores[name] > 0]
