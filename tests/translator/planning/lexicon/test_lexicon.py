"""What the lexicon answers, and that ordinary questions consist of words it knows."""

import re
from pathlib import Path

import pytest

from translator.planning.embedded.lexicon import (
    Aggregation,
    Comparative,
    Lexicon,
    Ordering,
    Superlative,
    load_lexicon,
)

QUESTIONS = Path(__file__).with_name("questions.txt").read_text(encoding="utf-8").splitlines()
# Names of particular goods, animals and the like: a project's own values, not general vocabulary.
PARTICULAR = frozenset(
    ["banner", "clothing", "cow", "dioxide", "heavy", "mathematics", "milk", "passport"]
    + ["shoes", "storm", "water", "wheat"]
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def strength(lexicon: Lexicon, one: str, other: str) -> float:
    return next((r.strength for r in lexicon.related(one) if r.phrase == other), 0.0)


def test_it_is_loaded_once() -> None:
    assert load_lexicon() is load_lexicon()


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        ("revenue", "turnover", 0.8),
        ("turnover", "revenue", 0.8),
        ("client", "customer", 0.9),
        ("client", "buyer", 0.7),
        ("clients", "customer", 0.9),
        ("Top Line", "revenue", 0.8),
        ("sold", "sale", 0.9),
        ("signed up", "signup", 0.5),
        ("sign up", "registration", 0.8),
        ("churn", "cancellation", 0.7),
        ("qty", "quantity", 0.9),
        ("quantity", "qty", 0.9),
        ("weigh", "weight", 0.9),
        ("born", "birth date", 0.9),
        ("owe", "receivable", 0.8),
        ("hire", "hire date", 0.8),
        ("cost of goods sold", "cog", 0.0),
    ],
)
def test_related_phrases(lexicon: Lexicon, one: str, other: str, least: float) -> None:
    assert strength(lexicon, one, other) >= least


def test_a_one_way_member_does_not_lead_back(lexicon: Lexicon) -> None:
    assert strength(lexicon, "salesperson", "employee") > 0
    assert strength(lexicon, "headquarters", "department") == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("revenue", "profit"),
        ("customer", "employee"),
        ("city", "country"),
        ("order date", "ship date"),
        ("buyer", "seller"),
        ("cost", "revenue"),
        ("open", "closed"),
        ("male", "female"),
        ("start date", "end date"),
        ("increase", "decrease"),
    ],
)
def test_opposites_and_neighbours_are_not_synonyms(lexicon: Lexicon, one: str, other: str) -> None:
    one, other = lexicon.lemma_phrase(one), lexicon.lemma_phrase(other)
    assert strength(lexicon, one, other) < 0.5


def test_related_is_sorted_and_in_range(lexicon: Lexicon) -> None:
    found = lexicon.related("customer")
    assert found == tuple(sorted(found, key=lambda r: (-r.strength, r.phrase)))
    assert all(0 < r.strength <= 1 and r.phrase != "customer" for r in found)
    assert lexicon.related("zzyzx") == ()


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("inv", {"invoice", "inventory"}),
        ("acct", {"account"}),
        ("AMT", {"amount"}),
        ("no.", {"number"}),
        ("txns", {"transaction"}),
        ("sgn", {"signup"}),
        ("xyzq", set()),
    ],
)
def test_abbreviations(lexicon: Lexicon, token: str, words: set[str]) -> None:
    assert words <= set(lexicon.expand_abbreviation(token))
    assert words or lexicon.expand_abbreviation(token) == ()


def test_verbs_know_their_role(lexicon: Lexicon) -> None:
    for form, role in (("shipped", "event"), ("weighs", "attribute"), ("lives", "state")):
        verb = lexicon.verb(form)
        assert verb is not None and verb.role == role
    signed_up = lexicon.verb("signed up")
    assert signed_up is not None and signed_up.nouns[0].phrase == "signup"
    assert lexicon.verb("table") is None


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [
        ("how many", "count"),
        ("Number of", "count"),
        ("# of", "count"),
        ("how many different", "count_distinct"),
        ("total", "sum"),
        ("average", "average"),
        ("median", "median"),
        ("what percentage of", "share"),
        ("per", "per"),
        ("running total", "running_total"),
    ],
)
def test_aggregations(lexicon: Lexicon, phrase: str, kind: str) -> None:
    found = lexicon.aggregation(phrase)
    assert isinstance(found, Aggregation) and found.kind == kind
    assert lexicon.superlative(phrase) is None


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("highest", Superlative("desc", None)),
        ("fewest", Superlative("asc", None)),
        ("cheapest", Superlative("asc", "price")),
        ("most expensive", Superlative("desc", "price")),
        ("fastest", Superlative("asc", "duration")),
        ("latest", Superlative("desc", "date")),
        ("best selling", Superlative("desc", "sale")),
        ("heaviest", Superlative("desc", "weight")),
        ("most popular", Superlative("desc", "count")),
    ],
)
def test_superlatives(lexicon: Lexicon, phrase: str, expected: Superlative) -> None:
    assert lexicon.superlative(phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("more than", Comparative(">", None)),
        ("at least", Comparative(">=", None)),
        ("fewer than", Comparative("<", None)),
        ("no more than", Comparative("<=", None)),
        ("older than", Comparative(">", "age")),
        ("cheaper than", Comparative("<", "price")),
        ("<=", Comparative("<=", None)),
        ("between", Comparative("between", None)),
    ],
)
def test_comparatives(lexicon: Lexicon, phrase: str, expected: Comparative) -> None:
    assert lexicon.comparative(phrase) == expected


def test_ordering(lexicon: Lexicon) -> None:
    assert lexicon.ordering("in descending order") == Ordering("desc", None)
    assert lexicon.ordering("oldest first") == Ordering("asc", "date")
    assert lexicon.ordering("sorted by") == Ordering(None, None)


@pytest.mark.parametrize(
    ("word", "word_class"),
    [
        ("the", "function"),
        ("and", "function"),
        ("Which", "question"),
        ("when", "question"),
        ("please", "filler"),
        ("show", "request"),
        ("not", "negation"),
        ("without", "negation"),
        ("average", "aggregation"),
        ("most", "superlative"),
        ("over", "comparative"),
        ("ascending", "ordering"),
        ("rounded", "instruction"),
        ("return", "request"),
        ("returned", None),
        ("customer", None),
    ],
)
def test_word_classes(lexicon: Lexicon, word: str, word_class: str | None) -> None:
    assert lexicon.word_class(word) == word_class


def test_the_longest_phrase_wins(lexicon: Lexicon) -> None:
    words = ["Could", "you", "please", "show", "me", "how", "many", "different", "customers"]
    found = lexicon.longest_phrase(words, 0)
    assert found is not None and (found.start, found.end) == (0, 3)
    found = lexicon.longest_phrase(words, 5)
    assert found is not None and found.end == 8 and found.entry.word_class == "aggregation"
    assert lexicon.longest_phrase(words, 8) is None
    assert lexicon.longest_phrase([], 0) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Germany", ["Germany"]),
        ("germans", ["Germany"]),
        ("UK", ["United Kingdom"]),
        ("U.S.", ["United States"]),
        ("US", ["United States"]),
        ("us", []),
        ("in", []),
        ("IN", ["India", "Indiana"]),
        ("Holland", ["Netherlands"]),
        ("georgia", ["Georgia", "Georgia"]),
        ("DACH", ["DACH"]),
        ("Asia-Pacific", ["APAC"]),
        ("Atlantis", []),
    ],
)
def test_places(lexicon: Lexicon, text: str, names: list[str]) -> None:
    assert [place.name for place in lexicon.places(text)] == names


def test_regions_know_their_countries(lexicon: Lexicon) -> None:
    region = lexicon.place("benelux")
    assert region is not None and set(region.members) == {"BE", "NL", "LU"}
    country = lexicon.place("French")
    assert country is not None and set(country.spellings) >= {"France", "FR", "FRA"}


def test_currencies_and_units(lexicon: Lexicon) -> None:
    for text in ("EUR", "€", "euros"):
        currency = lexicon.currency(text)
        assert currency is not None and currency.code == "EUR"
    for text, quantity in (
        ("kg", "weight"),
        ("miles", "distance"),
        ("hours", "duration"),
        ("%", "share"),
    ):
        unit = lexicon.unit(text)
        assert unit is not None and unit.quantity == quantity


def test_information_rises_from_the_to_names(lexicon: Lexicon) -> None:
    ranked = ["the", "show", "average", "day", "carry", "turnover", "zyxomma"]
    values = [lexicon.information(word) for word in ranked]
    assert values == sorted(values) and values[0] == 0.0 and values[-1] >= 0.9
    assert lexicon.information("?") == 0.0


def known(lexicon: Lexicon, word: str) -> bool:
    return bool(
        any(c.isdigit() for c in word)
        or lexicon.related(word)
        or lexicon.place(word)
        or lexicon.unit(word)
        or lexicon.currency(word)
        or lexicon.expand_abbreviation(word)
        or lexicon.information(word) <= 0.5
        or word.lower() in PARTICULAR
    )


def test_there_are_plenty_of_questions() -> None:
    assert len(QUESTIONS) == len(set(QUESTIONS)) >= 300


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_word_of_ordinary_questions_is_known(lexicon: Lexicon, question: str) -> None:
    words = re.findall(r"[\w'#%-]+", question)
    start, unknown = 0, []
    while start < len(words):
        phrase = lexicon.longest_phrase(words, start)
        pair = " ".join(words[start : start + 2])
        if phrase is not None:
            start = phrase.end
        elif lexicon.related(pair) or lexicon.unit(pair):
            start += 2
        else:
            if not known(lexicon, words[start]):
                unknown.append(words[start])
            start += 1
    assert unknown == []
