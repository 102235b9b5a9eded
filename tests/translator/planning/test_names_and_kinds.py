"""Names that descriptions and abbreviations give, kinds of figures, units, best and worst."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from semantic.load import load_catalog
from semantic.project import find_project
from tests.corpus.test_corpus import CORPUS
from translator.plan import Clarification, Question
from translator.planning.embedded.described import described_names
from translator.planning.embedded.lexicon import load_lexicon
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.embedded.quantity import Quantity, quantity_of
from translator.planning.embedded.units import converted, unit_in
from translator.query import Operator, SemanticQuery


def planner_of(name: str, folder: Path, values: dict[str, tuple[str, ...]]) -> EmbeddedPlanner:
    project = shutil.copytree(CORPUS / name, folder / name)
    return EmbeddedPlanner(load_catalog(find_project(Path(project))), values)


@pytest.fixture(scope="module")
def utility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPlanner]:
    """A project of abbreviations, with a few words of description."""
    yield planner_of("utility", tmp_path_factory.mktemp("names"), {})


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPlanner]:
    yield planner_of("delivery", tmp_path_factory.mktemp("polarity"), {})


def best(planner: EmbeddedPlanner, text: str) -> SemanticQuery:
    """What is answered, or the first reading offered."""
    found = planner.plan(Question(text, date(2025, 12, 1))).plan
    if isinstance(found, Clarification):
        found = found.options[0].plan
    assert isinstance(found, SemanticQuery), found
    return found


@pytest.mark.parametrize(
    ("description", "names"),
    [
        ("District", ["District"]),
        ("Pay grade from G1 (lowest) to G9.", ["Pay grade"]),
        ("Also called net takings (NT).", ["net takings", "NT"]),
        ("Customers with an active account.", []),  # not all customers
        ("Whether the parcel was insured.", []),
        ("Attendance as a share of the seats.", []),
        ("One row per shipment line", ["shipment line"]),
    ],
)
def test_short_descriptions_are_names(description: str, names: list[str]) -> None:
    found = list(described_names(description))
    assert [n for n in names if n not in found] == []
    assert names or not found


def test_descriptions_and_abbreviations_name_groupings(utility: EmbeddedPlanner) -> None:
    found = best(utility, "kWh used by tariff")
    assert [g.name for g in found.group_by] == ["trf_cd"]


def test_what_has_more_than_so_many_is_listed(delivery: EmbeddedPlanner) -> None:
    found = best(delivery, "restaurants with more than 25 orders in all")
    assert any(g.entity_path or g.name == "restaurant" for g in found.group_by)
    assert [(h.operator, h.values) for h in found.having] == [(Operator.GT, (25,))]


@pytest.mark.parametrize(("word", "descending"), [("worst", True), ("best", False)])
def test_the_worst_of_what_one_wants_low_is_the_highest(
    delivery: EmbeddedPlanner, word: str, descending: bool
) -> None:
    found = best(delivery, f"the four restaurants with the {word} cancellation rate")
    assert found.limit == 4
    assert [o.descending for o in found.order_by] == [descending]


def test_kinds_of_figures(delivery: EmbeddedPlanner) -> None:
    lexicon = delivery.lexicon
    kinds = {n: quantity_of(m, lexicon) for n, m in delivery.catalog.metrics.items()}
    assert kinds["ordering_customers"] == {Quantity.COUNT}
    assert kinds["commission_earned"] == {Quantity.MONEY}
    assert kinds["cancellation_rate"] == {Quantity.PORTION}


def test_numbers_are_compared_in_the_unit_that_is_kept() -> None:
    lexicon = load_lexicon()
    assert unit_in(["avg_stay_minutes", None], "", lexicon) == "minute"
    assert unit_in(["stay"], "How long they stay, in minutes.", lexicon) == "minute"
    assert unit_in(["stay_minutes"], "Free within 2 hours.", lexicon) == "minute"
    assert unit_in(["delay"], "Delivered within 2 hours.", lexicon) is None
    assert converted(2, "hours", "minute", lexicon) == 120
    assert converted(5, "km", "mile", lexicon) == pytest.approx(3.10686, rel=1e-4)
    assert converted(2, "hours", "kilogram", lexicon) == 2  # no factor makes a weight of a time
    assert converted(2, "orders", "minute", lexicon) == 2
