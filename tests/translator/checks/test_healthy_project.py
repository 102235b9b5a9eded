"""No false alarm in a project without faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from semantic.project import Project
from tests.translator.checks.conftest import bad
from translator.answer import Status
from translator.opening import open_translator
from translator.pipeline import Translator
from translator.query import GroupByItem, SemanticQuery
from translator.settings import Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
# What is true of the shop: few rows, many of them without some value, and its today is later.
TRUE = {"null_keys", "coverage", "partial_period", "empty_result", "dbt_tests"}


@pytest.fixture(scope="module")
def shop_translator(shop_built: Project) -> Iterator[Translator]:
    translator = open_translator(shop_built, Settings(as_of=date(2025, 6, 30)))
    yield translator
    translator.close()


@pytest.mark.parametrize(
    "metric", ["revenue", "orders", "units_returned", "shipped_orders", "customers", "visits"]
)
def test_no_false_alarm(shop_translator: Translator, metric: str) -> None:
    catalog = shop_translator.catalog
    reached: dict[tuple[str, ...], GroupByItem] = {}
    for element in catalog.group_bys((metric,)):  # one of each path: the joins are what differs
        grain = "month" if "month" in element.grains else next(iter(element.grains), None)
        item = GroupByItem(element.name, element.entity_path, grain)
        reached.setdefault(element.entity_path, item)
    found = []
    for item in reached.values():
        answer = shop_translator.run(SemanticQuery((metric,), (item,)))
        assert answer.status is Status.ANSWERED, answer.error
        found += [
            f"{item.qualified_name}: {c.name}: {c.detail}"
            for c in bad(answer)
            if c.name not in TRUE
        ]
    assert found == []
