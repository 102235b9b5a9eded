"""Which nodes of the project a question's answer comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eval.ci.plans import PlanData
from semantic.catalog import Metric, SemanticCatalog

_REF = re.compile(r"""ref\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]+)['"]\s*)?""")
_SPELLING = re.compile(r"""\(\s*['"](\w+)['"]""")


class QuestionLineage:
    """The nodes that plans and gold SQL name directly; what is below them is the graph's."""

    def __init__(self, catalog: SemanticCatalog, manifest: Mapping[str, Any]) -> None:
        """Take what is needed of a project's catalog and manifest."""
        self._catalog = catalog
        self._metrics = _ids(manifest, "metrics")
        self._semantic_models = _ids(manifest, "semantic_models")
        self._models = {m.name: m.unique_id for m in catalog.models.values()}
        self._spines = tuple(
            str(unique_id)
            for unique_id, node in (manifest.get("nodes") or {}).items()
            if node.get("time_spine")
        )
        self._by_entity: dict[str, list[str]] = {}
        for model in catalog.semantic_models.values():
            for entity in model.entities:
                self._by_entity.setdefault(entity.name, []).append(model.name)

    def of_plan(self, plan: PlanData) -> frozenset[str]:
        """Nodes that a plan names: metrics, semantic models of dimensions and joins, models."""
        found: set[str] = set()
        for option in plan.get("options") or ():
            found |= self.of_plan(option)
        if plan.get("sql"):
            found |= self.of_sql(str(plan["sql"]))
        metrics = [*(plan.get("metrics") or ()), *_inner_metrics(plan)]
        for name in metrics:
            found |= self._of_metric(name)
        for spelling in _items(plan):
            found |= self._of_item(spelling, metrics)
        return frozenset(found)

    def of_sql(self, sql: str) -> frozenset[str]:
        """Models that SQL refers to."""
        names = (last or first for first, last in _REF.findall(sql))
        return frozenset(self._models[name] for name in names if name in self._models)

    def _of_metric(self, name: str, above: tuple[str, ...] = ()) -> set[str]:
        metric = self._catalog.metrics.get(name)
        if metric is None or name in above:
            return set()
        found = {self._metrics[name]} if name in self._metrics else set()
        found.update(
            self._semantic_models[m] for m in metric.semantic_models if m in self._semantic_models
        )
        for below in metric.inputs:
            found |= self._of_metric(below.name, (*above, name))
        for text in metric.filters:
            for spelling in _SPELLING.findall(text):
                found |= self._of_item(spelling, (name,))
        if _needs_spine(metric):
            found.update(self._spines)
        return found

    def _of_item(self, spelling: str, metrics: Iterable[str]) -> set[str]:
        """Semantic models that a dimension comes from, and every one on the way to it.

        Of an entity that several semantic models have, all are taken: one too many costs a second.
        """
        parts = spelling.split("__")
        if parts[-1] in self._catalog.custom_grains:
            return {*self._spines, *self._of_item("__".join(parts[:-1]), metrics)}
        if parts[0] == "metric_time":
            return set()
        names: set[str] = set()
        for entity in parts[:-1]:
            names.update(self._by_entity.get(entity, ()))
        used = {m for name in metrics for m in self._models_of(name)}
        wanted = {d.semantic_model for d in self._catalog.dimensions.values() if d.name in parts}
        # Models that only refer to the entity have nothing to do with its attributes.
        keys = {n for n in names if n in wanted or n in used or self._is_key(n, parts)}
        return {self._semantic_models[n] for n in keys if n in self._semantic_models}

    def _is_key(self, model: str, parts: list[str]) -> bool:
        return self._catalog.semantic_models[model].primary_entity in parts[:-1]

    def _models_of(self, metric: str) -> tuple[str, ...]:
        found = self._catalog.metrics.get(metric)
        return found.semantic_models if found else ()


def _needs_spine(metric: Metric) -> bool:
    offset = any(i.offset_window or i.offset_to_grain for i in metric.inputs)
    return offset or bool(metric.window or metric.grain_to_date) or metric.type == "cumulative"


def _ids(manifest: Mapping[str, Any], group: str) -> dict[str, str]:
    return {str(n["name"]): str(i) for i, n in (manifest.get(group) or {}).items()}


def _inner_metrics(plan: PlanData) -> Iterator[str]:
    for key in ("having", "calculations"):
        yield from (str(part["metric"]) for part in plan.get(key) or () if part.get("metric"))


def _items(plan: PlanData) -> Iterator[str]:
    yield from (str(g) for g in plan.get("group_by") or ())
    for part in plan.get("where") or ():
        yield str(part["item"])
    for part in plan.get("having") or ():
        if part.get("entity"):
            yield str(part["entity"])


def names_in_plan(plan: PlanData) -> Iterator[str]:
    """Every metric and spelling of a dimension that a plan names."""
    for option in plan.get("options") or ():
        yield from names_in_plan(option)
    yield from (str(m) for m in plan.get("metrics") or ())
    yield from _inner_metrics(plan)
    yield from _items(plan)
