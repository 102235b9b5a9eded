"""Projects that are broken, empty or oddly placed, as the command line meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.cli.conftest import Outcome, Run

SEMANTIC = """
semantic_models:
  - name: sales
    model: ref('sales')
    defaults: {agg_time_dimension: sold_on}
    entities: [{name: sale, type: primary, expr: id}]
    dimensions:
      - {name: sold_on, type: time, type_params: {time_granularity: day}}
      - {name: color, type: categorical}
    measures: [{name: sale_count, agg: count, expr: id}]
"""
METRICS = """
metrics:
  - {name: sales, label: Sales, type: simple, type_params: {measure: sale_count}}
"""
FILES = {
    "dbt_project.yml": "name: tiny\nversion: '1.0'\nprofile: tiny\n",
    "profiles.yml": "tiny: {target: dev, outputs: {dev: {type: duckdb, path: tiny.duckdb}}}\n",
    "models/sales.sql": "select 1 as id, date '2024-01-01' as sold_on, 'red' as color",
    "models/days.sql": "select date '2024-01-01' as day",
    "models/days.yml": "models: [{name: days, time_spine: {standard_granularity_column: day}, "
    "columns: [{name: day, granularity: day}]}]\n",
    "models/semantic.yml": SEMANTIC,
    "models/metrics.yml": METRICS,
}
Ask = Callable[..., Outcome]


@pytest.fixture
def ask(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Builds nothing: asks a project of `FILES` in which some are replaced, or left out if None."""

    def invoke(
        files: dict[str, str | None] | None = None, question: str = "sales", folder: str = "tiny"
    ) -> Outcome:
        import duckdb

        root = tmp_path / folder
        for name, content in {**FILES, **(files or {})}.items():
            if content is not None:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content, encoding="utf-8")
        monkeypatch.chdir(root)
        with duckdb.connect(str(root / "tiny.duckdb")) as connection:
            connection.execute(f"create or replace table sales as {FILES['models/sales.sql']}")
        return run("ask", question, "--format", "json", "--project-dir", str(root))

    return invoke


@pytest.mark.dbt
@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"models/metrics.yml": None}, 4, "no metrics"),
        ({"models/metrics.yml": None, "models/semantic.yml": None}, 4, "no semantic models"),
        ({"models/a.sql": "select * from {{ ref('nowhere') }}"}, 2, "nowhere"),
        ({"models/a.sql": "select {{ 'x' "}, 2, "a.sql"),
        ({"models/metrics.yml": METRICS.replace("sale_count", "nothing")}, 2, "nothing"),
        ({"models/semantic.yml": SEMANTIC.replace("primary", "primry")}, 2, "primry"),
        ({"dbt_project.yml": "name: [x"}, 2, "dbt_project.yml"),
        ({"profiles.yml": "other: {}\n"}, 2, "tiny"),
        ({"profiles.yml": None}, 2, "profiles.yml"),
        ({"metricspeak.yml": "row_limt: 5\n"}, 2, "row_limt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_project_that_cannot_be_asked_says_why(
    ask: Ask, files: dict[str, str | None], code: int, said: str
) -> None:
    outcome = ask(files, "profit by moon phase")

    assert outcome.code == code, outcome.out + outcome.err
    assert said in outcome.out + outcome.err


@pytest.mark.dbt
@pytest.mark.parametrize("folder", ["with a space/and 'quotes'", "Größe 漢字", "50% {x}"])
def test_a_project_in_a_folder_of_any_name(ask: Ask, folder: str) -> None:
    outcome = ask(folder=folder)

    assert outcome.code == 0, outcome.out + outcome.err
    assert json.loads(outcome.out)["rows"] == [[1]]


@pytest.mark.dbt
def test_models_in_a_cycle_do_not_hinder_the_others(ask: Ask) -> None:
    cycle: dict[str, str | None] = {
        "models/a.sql": "select * from {{ ref('b') }}",
        "models/b.sql": "select * from {{ ref('a') }}",
    }
    outcome = ask(cycle)

    # dbt finds cycles when it runs models, not always when it parses them.
    assert outcome.code in {0, 2}
    assert outcome.code == 0 or "cycle" in outcome.err.lower()
