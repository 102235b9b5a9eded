"""The data files: parsable, without duplicates or contradictions, free of names of any project."""

import re
from collections import Counter
from importlib.resources import files

import pytest

from translator.planning.embedded.lexicon import load_lexicon
from translator.planning.embedded.lexicon.reading import lines, names, rows, weighted

RELATIONS = ("synonyms.txt", "derivations.txt", "codes.txt")
# file → column that lists words, number of columns
CLOSED_CLASSES = {
    "aggregations.txt": (2, 3),
    "comparatives.txt": (3, 4),
    "ordering.txt": (2, 3),
    "negations.txt": (0, 1),
    "function_words.txt": (1, 2),
    "fillers.txt": (1, 2),
}
# Well-known names that have no place in a general lexicon.
COMPANIES_AND_PRODUCTS = """
google amazon facebook meta apple microsoft netflix disney hulu spotify youtube instagram linkedin
twitter tiktok snapchat salesforce hubspot zendesk slack stripe paypal visa mastercard shopify ebay
alibaba walmart ikea zalando toyota ford bmw tesla honda mercedes volkswagen audi porsche hyundai
dhl fedex maersk uber lyft airbnb nike adidas samsung sony nintendo intel nvidia oracle sap ibm
mustang vti snowflake databricks github jira
"""


def relation_rows() -> list[tuple[str, str, list[tuple[str, float, bool]]]]:
    found = []
    for name in RELATIONS:
        for line in lines(name):
            head, colon, members = line.partition(": ")
            assert colon, f"{name}: {line}"
            found.append((name, head, weighted(members)))
    found += [("verbs.txt", verb, weighted(listed)) for verb, _, listed in rows("verbs.txt")]
    return found


def test_relations_parse_and_strengths_are_in_range() -> None:
    for name, head, members in relation_rows():
        assert head == head.lower().strip() and head, f"{name}: {head}"
        for phrase, strength, _ in members:
            assert phrase and phrase == phrase.lower().strip(" ,"), f"{name}: {head}: {phrase}"
            assert 0.0 < strength <= 1.0, f"{name}: {head}: {phrase}"


def test_no_group_has_a_member_twice_or_itself() -> None:
    for name, head, members in relation_rows():
        phrases = [phrase for phrase, _, _ in members]
        assert len(phrases) == len(set(phrases)), f"{name}: {head}"
        assert head not in phrases, f"{name}: {head}"


@pytest.mark.parametrize("name", [*RELATIONS, "verbs.txt", "abbreviations.txt", "spelling.txt"])
def test_no_entry_twice(name: str) -> None:
    heads = Counter(re.split(r"[:|]| (?=\S+$)", line)[0].strip() for line in lines(name))
    assert [head for head, times in heads.items() if times > 1] == []


def test_abbreviations_are_sorted_and_expand_to_words() -> None:
    heads = [line.partition(":")[0] for line in lines("abbreviations.txt")]
    assert heads == sorted(heads)
    for line in lines("abbreviations.txt"):
        short, _, words = line.partition(": ")
        assert words and short not in names(words), line


@pytest.mark.parametrize("name", CLOSED_CLASSES)
def test_closed_classes_have_their_columns(name: str) -> None:
    for row in rows(name):
        assert len(row) == CLOSED_CLASSES[name][1], row
        assert all(word and word == word.lower() for word in names(row[CLOSED_CLASSES[name][0]])), (
            row
        )


def test_no_word_is_in_two_closed_classes() -> None:
    seen: dict[str, str] = {}
    for name, (column, _) in CLOSED_CLASSES.items():
        for row in rows(name):
            for word in names(row[column]):
                assert word not in seen, f"{word} in {seen[word]} and {name}"
                seen[word] = name


def test_verb_roles() -> None:
    assert {role for _, role, _ in rows("verbs.txt")} == {"event", "state", "attribute"}


def test_irregular_forms_have_one_lemma() -> None:
    seen: dict[str, str] = {}
    for line in lines("irregular.txt"):
        lemma, _, forms = line.partition(":")
        for form in forms.split() if lemma == "=" else names(forms.strip()):
            assert form not in seen, f"{form}: {lemma} and {seen[form]}"
            seen[form] = lemma


def test_common_words_have_one_value_and_stay_out_of_the_closed_classes() -> None:
    lexicon = load_lexicon()
    words = [word for _, listed in rows("common_words.txt") for word in listed.split()]
    assert [word for word, times in Counter(words).items() if times > 1] == []
    assert [word for word in words if lexicon.word_class(word)] == []


def test_places_have_codes_and_their_members_exist() -> None:
    countries = {
        codes.split(", ")[0] for kind, _, codes, *_ in rows("places.txt") if kind == "country"
    }
    assert len(countries) > 190
    for kind, name, codes, _, _, members in rows("places.txt"):
        if kind == "country":
            assert re.fullmatch(r"[A-Z]{2}, [A-Z]{3}", codes), name
        assert set(names(members)) <= countries, name
        assert len(names(members)) == len(set(names(members))), name


def test_only_places_and_codes_have_capitals() -> None:
    for entry in files("translator.planning.embedded.lexicon").joinpath("data").iterdir():
        if entry.name in ("places.txt", "currencies.txt"):
            continue
        for line in lines(entry.name):
            assert line == line.lower(), f"{entry.name}: {line}"


def test_no_names_of_companies_or_products() -> None:
    unwanted = set(COMPANIES_AND_PRODUCTS.split()) - {"meta", "visa", "apple"}
    for entry in files("translator.planning.embedded.lexicon").joinpath("data").iterdir():
        for line in lines(entry.name):
            found = unwanted & set(re.findall(r"[a-z]+", line.lower()))
            assert not found - {"sap", "ford", "intel"}, f"{entry.name}: {line}"
