"""The table of all rules."""

from __future__ import annotations

from translator.lint.finding import Rule, Severity
from translator.lint.rules import reach, sensitive, time, values, words

RULES: tuple[Rule, ...] = (
    Rule(
        "metric-without-words",
        Severity.WARNING,
        "A metric has nothing but a technical name.",
        words.metric_without_words,
    ),
    Rule(
        "metric-without-description",
        Severity.WARNING,
        "A metric is not described.",
        words.metric_without_description,
    ),
    Rule(
        "dimension-without-words",
        Severity.INFO,
        "A dimension has nothing but a technical name.",
        words.dimension_without_description,
    ),
    Rule(
        "metrics-of-same-words",
        Severity.ERROR,
        "Two metrics share a name, label or synonym.",
        words.metrics_of_same_words,
    ),
    Rule(
        "dimensions-of-same-words",
        Severity.WARNING,
        "Two dimensions of one semantic model share a name, label or synonym.",
        words.dimensions_of_same_words,
    ),
    Rule(
        "codes-without-meaning",
        Severity.WARNING,
        "A dimension holds codes that nothing explains.",
        words.codes_without_meaning,
    ),
    Rule(
        "dimension-out-of-reach",
        Severity.WARNING,
        "Dimensions are more than two joins away from metrics.",
        reach.dimension_out_of_reach,
    ),
    Rule(
        "metric-without-dimensions",
        Severity.INFO,
        "A metric can be asked by nothing but time.",
        reach.metric_without_dimensions,
    ),
    Rule(
        "measure-without-metric",
        Severity.WARNING,
        "A measure has no metric.",
        reach.measure_without_metric,
    ),
    Rule(
        "entity-without-key",
        Severity.WARNING,
        "An entity is the key of no semantic model.",
        reach.entity_without_key,
    ),
    Rule(
        "metric-without-time",
        Severity.ERROR,
        "A metric has no time dimension.",
        time.metric_without_time,
    ),
    Rule(
        "mixed-time",
        Severity.INFO,
        "A metric puts figures of different dates together, undescribed.",
        time.mixed_time,
    ),
    Rule(
        "date-without-role",
        Severity.WARNING,
        "One of several dates of a model has no words of its own.",
        time.date_without_role,
    ),
    Rule(
        "value-in-several-dimensions",
        Severity.INFO,
        "A value belongs to several dimensions that words do not tell apart.",
        values.value_in_several_dimensions,
    ),
    Rule(
        "sensitive-dimension",
        Severity.WARNING,
        "A column marked as sensitive is a dimension.",
        sensitive.sensitive_dimension,
    ),
    Rule(
        "sensitive-measure",
        Severity.ERROR,
        "A measure gives out values of a sensitive column.",
        sensitive.sensitive_measure,
    ),
    Rule(
        "looks-sensitive",
        Severity.WARNING,
        "A dimension looks personal and is not marked.",
        sensitive.looks_sensitive,
    ),
)
