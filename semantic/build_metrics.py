"""Metrics of all types, with everything below them: inputs, measures, hidden filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from semantic import meta
from semantic.build_semantic_models import make_measure
from semantic.catalog import (
    Measure,
    Metric,
    MetricInput,
    MetricType,
    SavedQuery,
    SemanticModel,
)


@dataclass(frozen=True)
class MeasureUse:
    """A measure as a metric uses it.

    `grouped` is False where the metric's group by does not reach it: the converted side of a
    conversion metric.
    """

    measure: Measure
    filters: tuple[str, ...] = ()
    grouped: bool = True


@dataclass(frozen=True)
class BuiltMetrics:
    """Metrics with the measures that they stand on.

    The semantic models are those given, plus the measures that the newer metric spec writes on
    metrics instead.
    """

    metrics: Mapping[str, Metric]
    uses: Mapping[str, tuple[MeasureUse, ...]]
    semantic_models: Mapping[str, SemanticModel]


def build_metrics(
    semantic_manifest: Mapping[str, Any],
    manifest: Mapping[str, Any],
    semantic_models: Mapping[str, SemanticModel],
) -> BuiltMetrics:
    """Every metric by name."""
    raws = {raw["name"]: raw for raw in semantic_manifest.get("metrics") or ()}
    nodes = {node.get("name"): node for node in (manifest.get("metrics") or {}).values()}
    defaults = {
        raw["name"]: (raw.get("defaults") or {}).get("agg_time_dimension")
        for raw in semantic_manifest.get("semantic_models") or ()
    }
    semantic_models = _with_metric_measures(raws, semantic_models, defaults)
    measures = {m.name: m for sm in semantic_models.values() for m in sm.measures}
    gatherer = _Gatherer(raws, measures)
    uses = {name: gatherer.uses(name) for name in raws}
    metrics = {name: _metric(raw, nodes.get(name, {}), uses[name]) for name, raw in raws.items()}
    return BuiltMetrics(metrics, uses, semantic_models)


def _with_metric_measures(
    raws: Mapping[str, Mapping[str, Any]],
    semantic_models: Mapping[str, SemanticModel],
    default_times: Mapping[str, str | None],
) -> dict[str, SemanticModel]:
    """The newer spec aggregates in the metric itself: the measure has the metric's name then."""
    result = dict(semantic_models)
    for name, raw in raws.items():
        params = _params(raw)
        aggregation = params.get("metric_aggregation_params")
        if not isinstance(aggregation, Mapping) or params.get("measure"):
            continue
        model = result.get(str(aggregation.get("semantic_model")))
        if model is None or any(measure.name == name for measure in model.measures):
            continue
        measure = make_measure(
            {**aggregation, "name": name, "label": raw.get("label")},
            model.name,
            default_times.get(model.name),
            str(aggregation.get("expr") or params.get("expr") or name),
        )
        result[model.name] = replace(model, measures=(*model.measures, measure))
    return result


class _Gatherer:
    """Walks from a metric down to its measures; a cycle ends the walk instead of the process."""

    def __init__(
        self, raws: Mapping[str, Mapping[str, Any]], measures: Mapping[str, Measure]
    ) -> None:
        self._raws = raws
        self._measures = measures
        self._known: dict[str, tuple[MeasureUse, ...]] = {}

    def uses(self, name: str, above: tuple[str, ...] = ()) -> tuple[MeasureUse, ...]:
        if name in self._known:
            return self._known[name]
        raw = self._raws.get(name)
        if raw is None or name in above:
            return ()
        own = filters_of(raw.get("filter"))
        found = [
            replace(use, filters=tuple(dict.fromkeys((*own, *use.filters))))
            for use in self._below(raw, (*above, name))
        ]
        result = tuple(dict.fromkeys(found))
        self._known[name] = result
        return result

    def _below(self, raw: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[MeasureUse]:
        for measure_input, grouped in _measure_inputs(raw):
            measure = self._measures.get(measure_input["name"])
            if measure is not None:
                yield MeasureUse(measure, filters_of(measure_input.get("filter")), grouped)
        for metric_input, grouped in _metric_inputs(raw):
            filters = filters_of(metric_input.get("filter"))
            for use in self.uses(metric_input["name"], above):
                yield MeasureUse(
                    use.measure,
                    tuple(dict.fromkeys((*filters, *use.filters))),
                    grouped and use.grouped,
                )


def _params(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    params = raw.get("type_params")
    return params if isinstance(params, Mapping) else {}


def _sub(params: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = params.get(key)
    return value if isinstance(value, Mapping) else {}


def _named(value: Any) -> Mapping[str, Any] | None:
    """An input, which older manifests may write as a bare name."""
    if isinstance(value, str):
        return {"name": value}
    return value if isinstance(value, Mapping) and value.get("name") else None


def _measure_inputs(raw: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    params = _params(raw)
    conversion = _sub(params, "conversion_type_params")
    found = _named(params.get("measure"))
    if found:
        yield found, True
    elif raw.get("type") == "simple" and params.get("metric_aggregation_params"):
        yield {"name": raw["name"]}, True
    for key, grouped in (("base_measure", True), ("conversion_measure", False)):
        if (found := _named(conversion.get(key))) is not None:
            yield found, grouped


def _metric_inputs(raw: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    params = _params(raw)
    conversion = _sub(params, "conversion_type_params")
    cumulative = _sub(params, "cumulative_type_params")
    # An input measure and an input metric never stand together: dbt fills in one of them.
    if params.get("measure") is None:
        candidates = [params.get("numerator"), params.get("denominator"), cumulative.get("metric")]
        for candidate in (*candidates, *(params.get("metrics") or ())):
            if (found := _named(candidate)) is not None:
                yield found, True
    for key, grouped in (("base", True), ("conversion", False)):
        if conversion.get(f"{key}_measure"):
            continue
        if (found := _named(conversion.get(f"{key}_metric"))) is not None:
            yield found, grouped


def filters_of(raw: Any) -> tuple[str, ...]:
    """Filter texts of a metric, an input or a saved query, in every shape that manifests have."""
    if isinstance(raw, str):
        return (raw,)
    if isinstance(raw, list):
        return tuple(text for item in raw for text in filters_of(item))
    if isinstance(raw, Mapping):
        if isinstance(raw.get("where_sql_template"), str):
            return (raw["where_sql_template"],)
        return filters_of(raw.get("where_filters"))
    return ()


def _window(raw: Any) -> str | None:
    if isinstance(raw, Mapping) and raw.get("count") is not None:
        return f"{raw['count']} {raw.get('granularity')}"
    return raw if isinstance(raw, str) and raw else None


def _inputs(raw: Mapping[str, Any]) -> Iterator[MetricInput]:
    for found, _ in _metric_inputs(raw):
        yield MetricInput(
            name=found["name"],
            alias=found.get("alias"),
            filters=filters_of(found.get("filter")),
            offset_window=_window(found.get("offset_window")),
            offset_to_grain=found.get("offset_to_grain"),
        )


def _metric(
    raw: Mapping[str, Any],
    node: Mapping[str, Any],
    uses: tuple[MeasureUse, ...],
) -> Metric:
    params = _params(raw)
    cumulative = _sub(params, "cumulative_type_params")
    conversion = _sub(params, "conversion_type_params")
    kind = MetricType(raw["type"])
    measures = [use.measure for use in uses]
    first = measures[0] if measures and kind in (MetricType.SIMPLE, MetricType.CUMULATIVE) else None
    times = {
        f"{use.measure.semantic_model}.{use.measure.agg_time_dimension}"
        for use in uses
        if use.grouped
    }
    own_filters = filters_of(raw.get("filter"))
    hidden = (*own_filters, *(text for use in uses for text in use.filters))
    return Metric(
        name=raw["name"],
        type=kind,
        label=meta.label(raw),
        description=meta.description(raw),
        synonyms=meta.synonyms(raw) or meta.synonyms(node),
        format=meta.value_format(raw) or meta.value_format(node),
        inputs=tuple(_inputs(raw)),
        measures=tuple(dict.fromkeys(measure.name for measure in measures)),
        filters=tuple(dict.fromkeys(hidden)),
        expr=params.get("expr"),
        agg=first.agg if first else None,
        window=_window(
            cumulative.get("window") or conversion.get("window") or params.get("window")
        ),
        grain_to_date=cumulative.get("grain_to_date") or params.get("grain_to_date"),
        time_dimension=times.pop() if len(times) == 1 else None,
        time_grain=raw.get("time_granularity"),
        non_additive_dimension=first.non_additive_dimension if first else None,
        semantic_models=tuple(dict.fromkeys(measure.semantic_model for measure in measures)),
        group=node.get("group") or (node.get("config") or {}).get("group"),
    )


def build_saved_queries(semantic_manifest: Mapping[str, Any]) -> dict[str, SavedQuery]:
    """Every saved query by name."""
    built = {}
    for raw in semantic_manifest.get("saved_queries") or ():
        params = raw.get("query_params") or {}
        built[raw["name"]] = SavedQuery(
            name=raw["name"],
            label=meta.label(raw),
            description=meta.description(raw),
            metrics=tuple(str(name) for name in params.get("metrics") or ()),
            group_by=tuple(str(item) for item in params.get("group_by") or ()),
            where=filters_of(params.get("where")),
        )
    return built
