"""The LLM planner over HTTP: windows that are small, models that write on and on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.standins.tgi import Says, TgiStandIn
from tests.translator.planning.llm.conftest import AS_OF, ShopPlanning
from tests.translator.planning.llm.serving.conftest import Opener
from translator.plan import ModelQuery, Planned, Question
from translator.planning.llm.chat import ModelMisconfigured
from translator.planning.llm.planner import LlmOptions, LlmPlanner
from translator.planning.llm.serving.resilient import ResilientChatModel
from translator.query import SemanticQuery

REVENUE = {"reading": "Revenue.", "kind": "metrics", "metrics": ["revenue"]}
SQL = {
    "reading": "Customers, counted.",
    "kind": "sql",
    "sql": "select count(*) as n from {{ ref('dim_customers') }} as c",
}
# Long, and wrong in so many places that what is said of it is long too.
RAMBLING = {
    "reading": "Revenue of everything. " * 40,
    "kind": "metrics",
    "metrics": [f"revenue_of_the_{n}_th_kind_of_customers" for n in range(12)],
    "group_by": [f"customer__regions_{n}" for n in range(12)],
}


def _plan(
    planning: ShopPlanning,
    model: ResilientChatModel,
    options: LlmOptions | None = None,
    **parts: Any,
) -> Planned:
    planner = LlmPlanner(
        planning.catalog, planning.prompter, model, planning.decoder, options, **parts
    )
    return planner.plan(Question("How much did we sell?", AS_OF))


@pytest.mark.parametrize("total", [8192, 4096, 3072])
def test_a_repair_fits_the_window(planning: ShopPlanning, opened: Opener, total: int) -> None:
    options = LlmOptions(prompt_tokens=total)
    limits = {"max_input_tokens": total - 1024, "max_total_tokens": total}
    with TgiStandIn([RAMBLING, RAMBLING, REVENUE], **limits) as server:
        model = opened("tgi", server.url, model="any")
        planned = _plan(planning, model, options)
        asked = [g.body["parameters"]["max_new_tokens"] for g in server.generations]

    assert server.rejected == []
    assert isinstance(planned.plan, SemanticQuery)
    assert asked[0] == 1024 and all(64 <= n <= 1024 for n in asked)


def test_output_shrinks_to_what_is_left(planning: ShopPlanning, opened: Opener) -> None:
    options = LlmOptions(output_tokens=3_500)
    with TgiStandIn([RAMBLING, REVENUE], max_input_tokens=4_000, max_total_tokens=4_096) as server:
        planned = _plan(planning, opened("tgi", server.url, model="any"), options)
        asked = [g.body["parameters"]["max_new_tokens"] for g in server.generations]

    assert server.rejected == []
    assert isinstance(planned.plan, SemanticQuery)
    assert asked[1] < asked[0] < 3_500


def test_a_window_without_room_for_a_prompt_is_said_to_be(
    planning: ShopPlanning, opened: Opener
) -> None:
    with TgiStandIn([], max_input_tokens=900, max_total_tokens=1_000) as server:
        model = opened("tgi", server.url, model="any", max_output_tokens=100)
        with pytest.raises(ModelMisconfigured, match=r"1,000 tokens .* too few") as refused:
            _plan(planning, model)

    assert "larger window" in refused.value.hint
    assert server.generations == []


def test_a_model_that_writes_on_and_on_is_cut_short(planning: ShopPlanning, opened: Opener) -> None:
    endless = json.dumps({"reading": "and then revenue " * 2_000, "kind": "refuse"})
    says = Says(endless, token_every=0.001, token_length=40)
    with TgiStandIn([says, REVENUE]) as server:
        planned = _plan(planning, opened("tgi", server.url, model="any"))
        second = server.generations[1].prompt

    assert isinstance(planned.plan, SemanticQuery)
    assert "shorter document" in second
    assert server.hung_up == 1


def test_what_sql_needs_starts_while_the_model_writes(
    planning: ShopPlanning, opened: Opener
) -> None:
    started: list[bool] = []
    with TgiStandIn([json.dumps(SQL), REVENUE]) as server:
        model = opened("tgi", server.url, model="any")
        sql = _plan(planning, model, before_sql=lambda: started.append(True))
        metrics = _plan(planning, model, before_sql=lambda: started.append(True))

    assert isinstance(sql.plan, ModelQuery) and isinstance(metrics.plan, SemanticQuery)
    assert started == [True]
