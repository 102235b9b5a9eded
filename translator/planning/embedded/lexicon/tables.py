"""The lexicon's other tables: abbreviations, verbs, irregular forms, spelling, places, units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from translator.planning.embedded.lexicon.entries import (
    Currency,
    Place,
    PlaceKind,
    Unit,
    VerbRole,
)
from translator.planning.embedded.lexicon.reading import lines, names, rows, weighted
from translator.planning.embedded.lexicon.relations import Group

# From this strength on, a derived word shares the root of its family's head.
SAME_ROOT = 0.7
_ONE_READING = 0.95
_SEVERAL_READINGS = 0.8


def read_abbreviations() -> dict[str, tuple[str, ...]]:
    """`abbreviation: word, word`, likeliest first."""
    table = {}
    for line in lines("abbreviations.txt"):
        short, _, long = line.partition(":")
        table[short] = names(long.strip())
    return table


def abbreviation_groups(table: Mapping[str, tuple[str, ...]]) -> list[Group]:
    """Abbreviations as relations: one with several readings says less about each."""
    groups = []
    for short, words in table.items():
        strength = _ONE_READING if len(words) == 1 else _SEVERAL_READINGS
        members = [(word, strength, False) for word in words]
        groups.append(Group("abbreviation", short, members, star=True))
    return groups


def read_verbs() -> tuple[list[Group], dict[str, VerbRole]]:
    """`verb | role | noun/strength, ...` as relations, and the role of each verb."""
    groups, roles = [], {}
    for lemma, role, listed in rows("verbs.txt"):
        groups.append(Group("verb_noun", lemma, weighted(listed), star=True))
        roles[lemma] = cast(VerbRole, role)
    return groups, roles


def read_irregular() -> tuple[dict[str, str], frozenset[str]]:
    """`lemma: form, form` into form → lemma, and the `=` lines: words that are their own lemma."""
    irregular: dict[str, str] = {}
    invariant: set[str] = set()
    for line in lines("irregular.txt"):
        lemma, _, forms = line.partition(":")
        if lemma == "=":
            invariant.update(forms.split())
        else:
            for form in names(forms.strip()):
                irregular[form] = lemma
    return irregular, frozenset(invariant)


def read_spelling() -> dict[str, str]:
    """British spelling → American spelling."""
    return {
        british: american for british, american in (line.split() for line in lines("spelling.txt"))
    }


def read_places() -> dict[str, tuple[Place, ...]]:
    """`kind | name | codes | demonyms | aliases | members` by every spelling.

    Names are keyed in lower case, codes in capitals: "in" is not India.
    """
    table: dict[str, tuple[Place, ...]] = {}
    for kind, name, codes, demonyms, aliases, members in rows("places.txt"):
        place = Place(
            cast(PlaceKind, kind),
            name,
            names(codes),
            names(demonyms),
            names(aliases),
            names(members),
        )
        keys = {
            name.lower(),
            *(a.lower() for a in place.aliases),
            *(d.lower() for d in place.demonyms),
        }
        for key in (*keys, *place.codes):
            table[key] = (*table.get(key, ()), place)
    return table


def read_currencies() -> dict[str, Currency]:
    """`code | symbols | names` by code, symbol and name in lower case."""
    table: dict[str, Currency] = {}
    for code, symbols, listed in rows("currencies.txt"):
        currency = Currency(code, names(symbols), names(listed))
        for key in (code, *currency.symbols, *currency.names):
            table.setdefault(key.lower(), currency)
    return table


def read_units() -> dict[str, Unit]:
    """`quantity | unit | spellings` by every spelling."""
    table: dict[str, Unit] = {}
    for quantity, name, spellings in rows("units.txt"):
        for key in (name, *names(spellings)):
            table.setdefault(key, Unit(name, quantity))
    return table


def read_commonness() -> dict[str, float]:
    """`information | words`: everyday words, the more common the less they say."""
    table = {}
    for information, words in rows("common_words.txt"):
        for word in words.split():
            table[word] = float(information)
    return table
