"""Whether what must not be read out is kept from being asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from semantic.catalog import DimensionType
from translator.lint.finding import Fix, Linted, Problem

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_PERSONAL = re.compile(
    r"(^|_)(e_?mail|phone|mobile_number|telephone|ssn|social_security|passport|iban|password|salary"
    r"|birth_?(date|day)|date_of_birth|dob|home_address|street_address|credit_card|card_number"
    r"|tax_id|national_id)(_address|_number)?$",
    re.IGNORECASE,
)
_UNHARMFUL = frozenset({"count", "count_distinct"})


def sensitive_dimension(linted: Linted) -> Iterator[Problem]:
    """Dimensions over marked columns that are not marked themselves."""
    for dimension in linted.catalog.dimensions.values():
        model = linted.catalog.models.get(
            linted.catalog.semantic_models[dimension.semantic_model].model
        )
        own = dimension.column and dimension.column.lower()
        if dimension.sensitive and model is not None and own in model.sensitive_columns:
            yield Problem(
                "dimension",
                dimension.key,
                "is over a column marked as sensitive: no answer reads it out, but every other "
                "client of the semantic layer can.",
                "Take it out of the semantic model, or keep it and ignore this finding.",
            )


def sensitive_measure(linted: Linted) -> Iterator[Problem]:
    """Measures that hand out values of marked columns (a maximum is one of them)."""
    for measure in linted.catalog.measures.values():
        model = linted.catalog.models.get(
            linted.catalog.semantic_models[measure.semantic_model].model
        )
        if model is None or measure.agg in _UNHARMFUL:
            continue
        words = {w.lower() for w in _WORD.findall(measure.expr)}
        found = sorted(words & set(model.sensitive_columns))
        if found:
            yield Problem(
                "measure",
                f"{measure.semantic_model}.{measure.name}",
                f"aggregates the sensitive {', '.join(found)}: of a single row it is the value.",
                "Leave the column out of measures, or take the mark off it.",
            )


def looks_sensitive(linted: Linted) -> Iterator[Problem]:
    """Dimensions that seem to be about persons and are not marked."""
    for dimension in linted.catalog.dimensions.values():
        if dimension.sensitive or dimension.type is DimensionType.TIME:
            continue
        name = dimension.column or dimension.name
        if _PERSONAL.search(name) and not name.startswith(("is_", "has_")):
            yield Problem(
                "dimension",
                dimension.key,
                "looks personal and is not marked as sensitive: its values are read and shown.",
                "Mark the column with `meta.sensitive: true` (or false, if it is harmless).",
                Fix(("config", "meta", "sensitive"), True),
            )
