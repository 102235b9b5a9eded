"""What a value of a dimension may be called: its label, other spellings, what a code stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from semantic.catalog import Dimension
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.text import identifier_words

# Legal forms: people say "Acme" for "Acme Inc.".
_LEGAL_FORMS = frozenset(
    ["inc", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "plc", "gmbh", "ag"]
    + ["sa", "srl", "bv", "nv", "oy", "ab", "kg", "holding", "holdings", "group"]
)
# Pairs of which a yes/no dimension that is named for one also answers the other.
_OPPOSITES = {"weekend": "weekday", "active": "inactive", "open": "closed", "online": "offline"}
_STATES = frozenset({"state", "province", "st", "prov"})
_CURRENCIES = frozenset({"currency", "ccy", "curr", "money"})


class ValueName(NamedTuple):
    """One way to say a stored value; `source` tells how sure it is, as in `Name`."""

    value: str | bool
    text: str
    source: str


def text_names(
    dimension: Dimension, values: Iterable[str], lexicon: Lexicon
) -> Iterator[ValueName]:
    """Names of a dimension's stored, accepted and described values."""
    labels = dict(dimension.value_labels)
    words = set(identifier_words(f"{dimension.name} {dimension.label or ''}"))
    for value in dict.fromkeys([*values, *dimension.accepted_values, *labels]):
        if len(value) > 3 or value not in labels:  # people say what a short code means
            yield ValueName(value, value.replace("_", " "), "label")
        if value in labels:
            for part in _parts(labels[value]):
                yield ValueName(value, part, "synonym")
                for alias in _places(part, words, lexicon):
                    yield ValueName(value, alias, "alias")
        else:
            for alias in _places(value, words, lexicon):
                yield ValueName(value, alias, "alias")
            for name in _company(value):
                yield ValueName(value, name, "label")
            for name in _currency(value, words, lexicon):
                yield ValueName(value, name, "synonym")


def yes_no_names(dimension: Dimension, lexicon: Lexicon) -> Iterator[ValueName]:
    """A yes/no dimension is mentioned by its own words: "remote employees"."""
    parts = identifier_words(dimension.name)
    written_out = [(lexicon.expand_abbreviation(w) or (w,))[0] for w in parts]
    named = dict.fromkeys([" ".join(parts), " ".join(written_out)])
    for text in (dimension.label, *named, *dimension.synonyms):
        words = [
            w
            for w in (text or "").lower().rstrip("?").split()
            if w not in {"is", "has", "was", "flag", "flg", "indicator"}
        ]
        if not words:
            continue
        yield ValueName(True, " ".join(words), "alias")
        for word, opposite in _OPPOSITES.items():
            if word in words:
                other = " ".join(opposite if w == word else w for w in words)
                yield ValueName(False, other, "alias")
                yield ValueName(False, opposite, "alias")


def _company(value: str) -> Iterator[str]:
    """A company's name without its legal form."""
    words = value.replace(",", " ").split()
    kept = [w for w in words if w.lower().strip(".") not in _LEGAL_FORMS]
    kept = [w.removesuffix(".com") for w in kept]
    if kept and kept != words:
        yield " ".join(kept)


def _currency(value: str, words: set[str], lexicon: Lexicon) -> Iterator[str]:
    """Names of the currency that a code stands for."""
    currency = lexicon.currency(value) if words & _CURRENCIES else None
    if currency is not None and value.isupper():
        yield from currency.names


def _places(value: str, words: set[str], lexicon: Lexicon) -> Iterator[str]:
    """Other spellings of a country, state or region that the value is."""
    places = lexicon.places(value) or lexicon.places(value.replace("&", "and"))
    if not places or (len(value) <= 3 and not value.isupper()):
        return
    in_state = bool(words & _STATES)
    place = next((p for p in places if (p.kind == "state") is in_state), places[0])
    for alias in (*place.spellings, *place.demonyms):
        if alias.lower() != value.lower() and len(alias) > 1:
            yield alias


def _parts(label: str) -> list[str]:
    """A value's label, and what it has in parentheses or between commas: ways to say it."""
    outside = re.sub(r"\([^)]*\)", " ", label).strip()
    inside = re.findall(r"\(([^)]*)\)", label)
    pieces = [p.strip() for text in (outside, *inside) for p in re.split(r"[,;/]", text)]
    return list(dict.fromkeys([outside, *(p for p in pieces if p)]))
