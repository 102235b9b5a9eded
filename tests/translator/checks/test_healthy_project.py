"""No false alarm in a project without faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from semantic.project import Project
from tests.translator.checks.conftest import bad
from translator.answer import Check, Status
from translator.pipeline import Translator, open_translator
from translator.query import GroupByItem, SemanticQuery
from translator.settings import Settings

pytestmark = [pytest.mark.dbt, pytest.mark.postgres]
# What is true of the shop: it has few rows, many of them without some value, and its today is
# later.
TRUE = {"null_keys", "coverage", "partial_period", "empty_result", "dbt_tests"}


@pytest.fixture(scope="module")
def shop_translator(shop_built: Project) -> Iterator[Translator]:
    translator = open_translator(shop_built, Settings(as_of=date(2025, 6, 30)))
    yield translator
    translator.close()


def _no_tier(check: Check) -> bool:
    """Most of the shop's customers never had a tier: to be told, and no failure."""
    return check.status == "warn" and "no match in dim_customer_tiers" in check.detail


def test_every_metric_by_everything(shop_translator: Translator) -> None:
    found = []
    catalog = shop_translator.catalog
    for metric in catalog.metrics:
        for element in catalog.group_bys((metric,)):
            grain = "month" if "month" in element.grains else next(iter(element.grains), None)
            item = GroupByItem(element.name, element.entity_path, grain)
            answer = shop_translator.run(SemanticQuery((metric,), (item,)))
            if answer.status is Status.ANSWERED:
                found += [
                    f"{metric} by {item.qualified_name}: {c.name}: {c.detail}"
                    for c in bad(answer)
                    if c.name not in TRUE and not _no_tier(c)
                ]
    assert found == []
