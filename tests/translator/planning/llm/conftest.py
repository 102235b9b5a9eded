"""The LLM planner on the shop project, with values as an index of the warehouse would have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from semantic.catalog import SemanticCatalog
from semantic.load import load_catalog
from semantic.project import Project
from semantic.value_index import DimensionValues
from translator.plan import Planned, Question
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.planning.llm.decode import Decoder
from translator.planning.llm.examples import ExampleBook
from translator.planning.llm.planner import LlmOptions, LlmPlanner
from translator.planning.llm.prompt import Prompter, Window
from translator.planning.llm.serving.scripted import ScriptedChatModel

AS_OF = date(2025, 6, 18)
WINDOW = Window(whole=6_000, nearest=2_500)
_VALUES = {
    "regions.region_name": ("North", "South", "Süd-Ost"),
    "regions.country": ("Germany", "United Kingdom"),
    "products.brand": ("Acme", "O'Neill"),
    "customers.segment": ("business", "consumer"),
    "visits.traffic_source": ("email", "paid search"),
}


def indexed(
    values: dict[str, tuple[str, ...]], complete: bool = True
) -> dict[str, DimensionValues]:
    return {key: DimensionValues(found, complete, "2025-06-18") for key, found in values.items()}


@dataclass(frozen=True)
class ShopPlanning:
    """The parts of the LLM planner, without a model."""

    catalog: SemanticCatalog
    embedded: EmbeddedPlanner
    values: dict[str, DimensionValues]
    prompter: Prompter
    decoder: Decoder

    def planner(self, script: Any, options: LlmOptions | None = None, **parts: Any) -> LlmPlanner:
        model = script if isinstance(script, ScriptedChatModel) else ScriptedChatModel(script)
        return LlmPlanner(self.catalog, self.prompter, model, self.decoder, options, **parts)


def prompter_of(
    catalog: SemanticCatalog, values: dict[str, DimensionValues] | None = None
) -> Prompter:
    """Prompts over any catalog, without verified questions."""
    known = values or {}
    embedded = EmbeddedPlanner(catalog, {k: v.values for k, v in known.items()})
    return Prompter(embedded, known, ExampleBook((), catalog, embedded.lexicon))


@pytest.fixture(scope="package")
def planning(shop_project: Project) -> ShopPlanning:
    catalog = load_catalog(shop_project)
    values = indexed(_VALUES)
    embedded = EmbeddedPlanner(catalog, {k: v.values for k, v in values.items()})
    book = ExampleBook((), catalog, embedded.lexicon)
    return ShopPlanning(
        catalog, embedded, values, Prompter(embedded, values, book), Decoder(catalog, values)
    )


@pytest.fixture
def ask(planning: ShopPlanning) -> Callable[..., Planned]:
    """Plans a question with scripted replies."""

    def plan(text: str, *script: Any, options: LlmOptions | None = None, **parts: Any) -> Planned:
        return planning.planner(list(script), options, **parts).plan(Question(text, AS_OF))

    return plan
