"""Which columns tell people what a row is: its name."""

from __future__ import annotations

from collections.abc import Mapping

from semantic.catalog import Dimension, DimensionType, SemanticModel
from translator.planning.embedded.identity import Identities
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.relational.query import RowColumn
from translator.planning.embedded.relational.rows import Rows
from translator.planning.embedded.text import identifier_words


def naming_columns(rows: Rows, lexicon: Lexicon) -> Mapping[str, tuple[RowColumn, ...]]:
    """For each model the column that is called as its rows are, else those that name an entity."""
    identities = Identities(rows.picture, lexicon)
    found: dict[str, tuple[RowColumn, ...]] = {}
    for model, picture in rows.picture.semantic_models.items():
        columns = rows.columns[model]
        own = _called_alike(picture, columns, lexicon)
        named = identities.names(picture.primary_entity or "")
        found[model] = own or tuple(columns[d.name] for d in named if d.name in columns)
    return found


def _called_alike(
    picture: SemanticModel, columns: Mapping[str, RowColumn], lexicon: Lexicon
) -> tuple[RowColumn, ...]:
    """The text that has the rows' own name: the dimension "Account manager" of these."""

    def words(text: str) -> tuple[str, ...]:
        return tuple(lexicon.lemma(w) for w in identifier_words(text))

    entities = {words(picture.primary_entity or "")}
    entities |= {words(s) for e in picture.entities for s in e.synonyms}

    def alike(dimension: Dimension) -> bool:
        names = (dimension.label or "", dimension.name, *dimension.synonyms)
        return any(words(n) in entities for n in names if n)

    return tuple(
        columns[d.name]
        for d in picture.dimensions
        if d.type is DimensionType.CATEGORICAL
        and d.name in columns
        and not columns[d.name].key
        and columns[d.name].kind in {"text", ""}
        and not d.value_labels
        and not d.accepted_values
        and alike(d)
    )[:1]
