"""Whether things have words by which a question can mean them, and them alone."""

from __future__ import annotations

from collections.abc import Iterator

from semantic.catalog import Dimension, DimensionType, Metric
from translator.artifact.artifact import in_words
from translator.lint.finding import Fix, Linted, Problem


def metric_without_words(linted: Linted) -> Iterator[Problem]:
    """Metrics with nothing but their name, as such or as label."""
    for metric in linted.catalog.metrics.values():
        if _is_bare(metric):
            yield Problem(
                "metric",
                metric.name,
                "has no words beyond its name, and no description: only the name finds it.",
                "Describe it, and give it the words people use as `meta.synonyms`.",
                None if metric.label else Fix(("label",), in_words(metric.name)),
            )


def metric_without_description(linted: Linted) -> Iterator[Problem]:
    """Metrics whose answers cannot say what they count."""
    for metric in linted.catalog.metrics.values():
        if not metric.description and not _is_bare(metric):
            yield Problem(
                "metric",
                metric.name,
                "has no description: an answer cannot say what it counts and leaves out.",
                "Describe it in one sentence.",
            )


def _is_bare(metric: Metric) -> bool:
    return not metric.synonyms and not metric.description and len(_spoken(metric)) == 1


def dimension_without_description(linted: Linted) -> Iterator[Problem]:
    """Dimensions that neither they nor their column describe."""
    for dimension in linted.catalog.dimensions.values():
        if not dimension.description and not dimension.label and not dimension.synonyms:
            yield Problem(
                "dimension",
                dimension.key,
                "has no label, description or synonyms, nor has its column.",
                "Give it a label, or describe its column.",
                Fix(("label",), in_words(dimension.name)),
            )


def metrics_of_same_words(linted: Linted) -> Iterator[Problem]:
    """Metrics that share a name, label or synonym."""
    metrics: dict[str, list[str]] = {}
    for metric in linted.catalog.metrics.values():
        for word in _spoken(metric):
            metrics.setdefault(word, []).append(metric.name)
    for word, names in metrics.items():
        for name in names[1:]:
            yield Problem(
                "metric",
                name,
                f"is called '{word}', and so is {names[0]}: these words mean both.",
                "Keep the words on one of them.",
            )


def dimensions_of_same_words(linted: Linted) -> Iterator[Problem]:
    """Dimensions of one semantic model that share a name, label or synonym."""
    for model in linted.catalog.semantic_models.values():
        dimensions: dict[str, str] = {}
        for dimension in model.dimensions:
            for word in _spoken(dimension):
                other = dimensions.setdefault(word, dimension.key)
                if other != dimension.key:
                    yield Problem(
                        "dimension",
                        dimension.key,
                        f"is called '{word}', and so is {other.rpartition('.')[2]} beside it.",
                        "Keep the words on one of them.",
                    )


def codes_without_meaning(linted: Linted) -> Iterator[Problem]:
    """Dimensions that hold codes which nothing explains."""
    for dimension in linted.catalog.dimensions.values():
        values = dimension.accepted_values or linted.values.get(dimension.key, ())
        codes = [v for v in values if _is_code(v)]
        known = {code for code, _ in dimension.value_labels}
        missing = [code for code in codes if code not in known]
        if dimension.type is not DimensionType.CATEGORICAL or len(codes) < 2:
            continue
        # A single one beside others that are explained is rather a word, as 'TEAM'.
        if len(codes) * 2 > len(values) and len(missing) > 1:
            shown = ", ".join(missing[:5])
            yield Problem(
                "dimension",
                dimension.key,
                f"holds codes that nothing explains ({shown}): people ask by what they mean.",
                "Write `meta.values: {CODE: meaning}`, or 'A = active, …' in the description.",
            )


def _spoken(item: Metric | Dimension) -> tuple[str, ...]:
    texts = (item.name, item.label or "", *item.synonyms)
    return tuple(dict.fromkeys(" ".join(t.lower().replace("_", " ").split()) for t in texts if t))


def _is_code(value: str) -> bool:
    return len(value) <= 4 and value.upper() == value and any(c.isalnum() for c in value)
