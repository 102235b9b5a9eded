"""How an entity is shown to people: the dimension that names it."""

from __future__ import annotations

from semantic.catalog import Dimension, DimensionType, EntityType, SemanticCatalog
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.text import identifier_words

_OWN = frozenset({EntityType.PRIMARY, EntityType.UNIQUE})
_NAMES = ("full name", "name", "title", "label", "symbol", "email", "number", "code")


class Identities:
    """Home models and naming dimensions of the entities of one catalog."""

    def __init__(self, catalog: SemanticCatalog, lexicon: Lexicon) -> None:
        """Find them once."""
        self._home: dict[str, str] = {}
        self._names: dict[str, tuple[Dimension, ...]] = {}
        for model in catalog.semantic_models.values():
            for entity in model.entities:
                if entity.type.value == "primary" or (
                    entity.type.value == "unique" and entity.name not in self._home
                ):
                    self._home[entity.name] = model.name
        for entity_name, home in self._home.items():
            dimensions = [
                d
                for d in catalog.semantic_models[home].dimensions
                if d.type is DimensionType.CATEGORICAL and not d.sensitive
            ]
            own = " ".join(e.name for e in catalog.semantic_models[home].entities if e.type in _OWN)
            spoken = f"{entity_name} {home} {own}".replace("_", " ")
            self._names[entity_name] = _naming(spoken, dimensions, lexicon)

    def home(self, entity: str) -> str | None:
        """The semantic model in which the entity is primary (or unique)."""
        return self._home.get(entity)

    def names(self, entity: str) -> tuple[Dimension, ...]:
        """Dimensions that name the entity: one, or first and last name; empty if none does."""
        return self._names.get(entity, ())


def _naming(spoken: str, dimensions: list[Dimension], lexicon: Lexicon) -> tuple[Dimension, ...]:
    entity_words = {
        lexicon.lemma(w)
        for part in identifier_words(spoken)
        for w in (part, *lexicon.expand_abbreviation(part))
    }

    def words(dimension: Dimension) -> list[str]:
        source = dimension.label or " ".join(
            (lexicon.expand_abbreviation(w) or (w,))[0] for w in identifier_words(dimension.name)
        )
        return [
            w for w in (lexicon.lemma(x) for x in identifier_words(source)) if w not in entity_words
        ]

    rests = [(dimension, " ".join(words(dimension))) for dimension in dimensions]
    parts = [d for wanted in ("first name", "last name") for d, rest in rests if rest == wanted]
    for wanted in _NAMES:
        for dimension, rest in rests:
            if rest == wanted:
                return (dimension,)
        if wanted == "name" and len(parts) == 2:
            return tuple(parts)
    named = [d for d, rest in rests if rest.endswith(" name") or rest == "nm"]
    return (named[0],) if len(named) == 1 else ()
