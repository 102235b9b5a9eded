"""What a metric or dimension that is gone leaves without a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eval.ci.finding import NameImpact
from eval.ci.lineage import names_in_plan
from eval.ci.plans import PlanData
from semantic.catalog import Dimension, Metric, SemanticCatalog
from translator.suggestions import nearest

Definition = tuple[Any, ...]


def impacts(
    old: SemanticCatalog,
    new: SemanticCatalog,
    base_manifest: Mapping[str, Any],
    manifest: Mapping[str, Any],
    plans: Mapping[str, Iterable[PlanData]],
) -> tuple[NameImpact, ...]:
    """Every metric and dimension that is gone, with the questions and artifacts that use it.

    Args:
        old: the base's catalog.
        new: the catalog now.
        base_manifest: the base's manifest, for its saved queries and exposures.
        manifest: the manifest now.
        plans: for each question by id, its plan on the base and its expected query.
    """
    found = []
    artifacts = _Artifacts(old, new, base_manifest, manifest)
    used = {i: {n for p in given for n in names_in_plan(p)} for i, given in plans.items()}
    for kind, name, near, renamed in (*_metrics(old, new), *_dimensions(old, new)):
        questions = tuple(i for i, names in used.items() if _uses(names, kind, name))
        found.append(NameImpact(kind, name, near, renamed, questions, artifacts.using(kind, name)))
    return tuple(found)


def _metrics(
    old: SemanticCatalog, new: SemanticCatalog
) -> Iterator[tuple[str, str, str | None, bool]]:
    added = {n: m for n, m in new.metrics.items() if n not in old.metrics}
    for name, metric in old.metrics.items():
        if name in new.metrics:
            continue
        same = [n for n, m in added.items() if _definition(m) == _definition(metric)]
        if len(same) == 1:
            yield "metric", name, same[0], True
            continue
        near = nearest(name, {n: _words(m) for n, m in added.items()})
        near = near or nearest(name, {n: _words(m) for n, m in new.metrics.items()})
        yield "metric", name, near[0] if near else None, False


def _definition(metric: Metric) -> Definition:
    return (
        metric.type,
        metric.measures,
        metric.filters,
        metric.inputs,
        metric.expr,
        metric.window,
        metric.grain_to_date,
    )


def _dimensions(
    old: SemanticCatalog, new: SemanticCatalog
) -> Iterator[tuple[str, str, str | None, bool]]:
    """Dimensions of semantic models that are still there, and of those that are not."""
    for key, dimension in old.dimensions.items():
        if key in new.dimensions:
            continue
        own = {
            d.name: d
            for d in new.dimensions.values()
            if d.key not in old.dimensions and d.semantic_model == dimension.semantic_model
        }
        same = [n for n, d in own.items() if (d.expr, d.type) == (dimension.expr, dimension.type)]
        if len(same) == 1:
            yield "dimension", key, same[0], True
            continue
        pool = own or {
            d.name: d
            for d in new.dimensions.values()
            if d.semantic_model == dimension.semantic_model or d.name == dimension.name
        }
        near = nearest(dimension.name, {n: _words(d) for n, d in pool.items()})
        yield "dimension", key, near[0] if near else None, False


def _words(item: Metric | Dimension) -> tuple[str, ...]:
    return (item.name, item.label or "", *item.synonyms)


def _uses(names: Iterable[str], kind: str, name: str) -> bool:
    if kind == "metric":
        return name in names
    plain = name.rpartition(".")[2]
    return any("__" in n and plain in n.split("__") for n in names)


class _Artifacts:
    """Saved queries, exposures and models that name metrics and dimensions."""

    def __init__(
        self,
        old: SemanticCatalog,
        new: SemanticCatalog,
        base_manifest: Mapping[str, Any],
        manifest: Mapping[str, Any],
    ) -> None:
        self._saved: dict[str, set[str]] = {}
        for catalog in (old, new):
            for query in catalog.saved_queries.values():
                texts = (*query.group_by, *query.where)
                names = {*query.metrics, *(n for t in texts for n in _spellings(t))}
                self._saved.setdefault(query.name, set()).update(names)
        self._exposures: dict[str, set[str]] = {}
        self._models: dict[str, set[str]] = {}
        for content in (base_manifest, manifest):
            for exposure in (content.get("exposures") or {}).values():
                below = (exposure.get("depends_on") or {}).get("nodes") or ()
                names = {str(i).rpartition(".")[2] for i in below if str(i).startswith("metric.")}
                self._exposures.setdefault(str(exposure["name"]), set()).update(names)
            for node in (content.get("nodes") or {}).values():
                if node.get("resource_type") == "model" and not _has_semantics(node, content):
                    columns = {str(c) for c in node.get("columns") or ()}
                    self._models.setdefault(str(node["name"]), set()).update(columns)

    def using(self, kind: str, name: str) -> tuple[str, ...]:
        """Artifacts that name it, in words: `saved query store_leaderboard`."""
        found = [f"saved query {s}" for s, names in self._saved.items() if _uses(names, kind, name)]
        if kind == "metric":
            found += [f"exposure {e}" for e, names in self._exposures.items() if name in names]
        # A model that `metricspeak save` made has columns by the names of metrics and dimensions.
        found += [
            f"model {m} (a column has its name)"
            for m, columns in self._models.items()
            if _uses(columns, kind, name)
        ]
        return tuple(found)


def _has_semantics(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> bool:
    """Whether semantic models or other models stand on it: then its columns are a source."""
    children = (manifest.get("child_map") or {}).get(str(node.get("unique_id"))) or ()
    return any(str(c).startswith(("semantic_model.", "model.")) for c in children)


def _spellings(text: str) -> Iterator[str]:
    """Names in `Dimension('customer__region')` or `TimeDimension('metric_time', 'month')`."""
    parts = text.replace('"', "'").split("'")
    yield from (p for p in parts[1::2] if p)
