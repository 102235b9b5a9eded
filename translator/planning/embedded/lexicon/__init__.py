"""A shipped lexicon of everyday and business English, the same for every dbt project."""

from translator.planning.embedded.lexicon.entries import (
    Aggregation,
    Comparative,
    Currency,
    Ordering,
    PhraseEntry,
    PhraseMatch,
    Place,
    Related,
    Superlative,
    Unit,
    Verb,
    WordClass,
)
from translator.planning.embedded.lexicon.lexicon import Lexicon, load_lexicon

__all__ = [
    "Aggregation",
    "Comparative",
    "Currency",
    "Lexicon",
    "Ordering",
    "PhraseEntry",
    "PhraseMatch",
    "Place",
    "Related",
    "Superlative",
    "Unit",
    "Verb",
    "WordClass",
    "load_lexicon",
]
