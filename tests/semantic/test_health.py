"""What dbt's artifacts say of a project's health, whoever wrote them and in whatever state."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from semantic.health import Health, HealthReader

MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.shop.stg_orders": {
            "unique_id": "model.shop.stg_orders",
            "name": "stg_orders",
            "resource_type": "model",
            "relation_name": '"db"."prod"."stg_orders"',
            "depends_on": {"nodes": ["source.shop.raw.orders"]},
        },
        "model.shop.fct_orders": {
            "unique_id": "model.shop.fct_orders",
            "name": "fct_orders",
            "resource_type": "model",
            "relation_name": '"db"."prod"."fct_orders"',
            "depends_on": {"nodes": ["model.shop.stg_orders"]},
        },
        "model.shop.other": {
            "unique_id": "model.shop.other",
            "name": "other",
            "resource_type": "model",
            "relation_name": '"db"."prod"."other"',
        },
        "test.shop.unique_id": {
            "unique_id": "test.shop.unique_id",
            "name": "unique_stg_orders_order_id",
            "resource_type": "test",
            "attached_node": "model.shop.stg_orders",
            "column_name": "order_id",
            "test_metadata": {"name": "unique"},
        },
        "test.shop.totals": {
            "unique_id": "test.shop.totals",
            "name": "totals_agree",
            "resource_type": "test",
            "depends_on": {"nodes": ["model.shop.fct_orders", "model.shop.other"]},
        },
        "test.shop.elsewhere": {
            "unique_id": "test.shop.elsewhere",
            "name": "elsewhere",
            "resource_type": "test",
            "attached_node": "model.shop.other",
        },
    },
    "sources": {
        "source.shop.raw.orders": {
            "unique_id": "source.shop.raw.orders",
            "name": "orders",
            "source_name": "raw",
            "resource_type": "source",
            "freshness": {"warn_after": {"count": 1, "period": "day"}, "error_after": {}},
        }
    },
}
VERSION = "https://schemas.getdbt.com/dbt/{}/v{}.json"


def run_results(
    results: list[dict[str, Any]], which: str = "build", version: int = 6, target: str | None = None
) -> dict[str, Any]:
    return {
        "metadata": {
            "dbt_schema_version": VERSION.format("run-results", version),
            "generated_at": "2025-10-15T04:00:00Z",
        },
        "args": {"which": which, "target": target},
        "results": results,
    }


def result(unique_id: str, status: str = "pass", **more: Any) -> dict[str, Any]:
    return {"unique_id": unique_id, "status": status, "failures": 0, **more}


def read(folder: Path, content: Any, target: str | None = None) -> Health:
    (folder / "run_results.json").write_text(
        content if isinstance(content, str) else json.dumps(content)
    )
    return HealthReader(MANIFEST, [folder], target).read()


def test_lineage_takes_everything_upstream_and_nothing_else(tmp_path: Path) -> None:
    everything = [result(f"test.shop.{n}") for n in ("unique_id", "totals", "elsewhere")]
    known = read(tmp_path, run_results(everything)).of(["fct_orders"])
    assert {t.label for t in known.tests} == {"unique on stg_orders.order_id", "totals_agree"}
    assert all(run is not None and run.status == "pass" for run in known.tests.values())
    assert list(known.sources) == ["raw.orders"]
    assert known.nodes == 3


def test_a_partial_run_leaves_the_other_tests_open(tmp_path: Path) -> None:
    known = read(tmp_path, run_results([result("test.shop.totals", "fail")])).of(["fct_orders"])
    found = {t.label: run and run.status for t, run in known.tests.items()}
    assert found == {"totals_agree": "fail", "unique on stg_orders.order_id": None}


@pytest.mark.parametrize("which", ["compile", "generate", "run"])
def test_commands_that_run_no_tests(tmp_path: Path, which: str) -> None:
    found = read(tmp_path, run_results([result("test.shop.totals", "success")], which))
    assert found.run is not None
    assert found.run.tests == {}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"metadata": {"dbt_sch', "cut off"),
        ("[1]", "not dbt's"),
        ("{}", "not dbt's"),
        ({"results": [], "metadata": {}}, "does not say which version"),
        (run_results([], version=9), "version 9"),
        (run_results([result("test.elsewhere.x")]), "another project"),
        (
            run_results(
                [result("model.shop.other", "success", relation_name='"db"."dev"."other"')]
            ),
            "another target",
        ),
        (
            run_results(
                [result("test.shop.unique_id", compiled_code='from "db"."dev"."stg_orders"')]
            ),
            "another target",
        ),
        ({**run_results([]), "args": ["x"]}, "shape"),
    ],
)
def test_artifacts_that_say_nothing(tmp_path: Path, content: Any, problem: str) -> None:
    found = read(tmp_path, content)
    assert found.run is None
    assert problem in (found.run_problem or "")


def test_another_target_by_its_name(tmp_path: Path) -> None:
    content = run_results([result("test.shop.totals")], target="dev")
    assert read(tmp_path, content, "prod").run is None
    assert read(tmp_path, content, "dev").run is not None


def test_no_artifact_is_no_error(tmp_path: Path) -> None:
    found = HealthReader(MANIFEST, [tmp_path]).read()
    assert found.run is None
    assert "no run_results.json" in (found.run_problem or "")


def test_the_newest_of_two_folders_counts_and_is_read_again(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, status in ((old, "fail"), (new, "pass")):
        folder.mkdir()
        content = json.dumps(run_results([result("test.shop.totals", status)]))
        (folder / "run_results.json").write_text(content)
    os.utime(old / "run_results.json", ns=(1, 1))
    reader = HealthReader(MANIFEST, [old, new])
    run = reader.read().run
    assert run is not None
    assert run.tests["test.shop.totals"].status == "pass"
    content = json.dumps(run_results([result("test.shop.totals", "error")]))
    (new / "run_results.json").write_text(content)
    os.utime(new / "run_results.json", ns=(10**18, 10**18))
    run = reader.read().run
    assert run is not None
    assert run.tests["test.shop.totals"].status == "error"


def test_freshness_of_sources(tmp_path: Path) -> None:
    content = {
        "metadata": {"dbt_schema_version": VERSION.format("sources", 3)},
        "results": [
            {
                "unique_id": "source.shop.raw.orders",
                "status": "warn",
                "max_loaded_at": "2025-10-01T06:00:00+00:00",
                "snapshotted_at": "2025-10-15T06:00:00+00:00",
                "max_loaded_at_time_ago_in_s": 1_209_600.0,
                "criteria": {"warn_after": {"count": 1, "period": "day"}},
            },
            {"unique_id": "source.other.x", "status": "error"},
        ],
    }
    (tmp_path / "sources.json").write_text(json.dumps(content))
    run = HealthReader(MANIFEST, [tmp_path]).read().of(["fct_orders"]).sources["raw.orders"]
    assert run is not None
    assert (run.status, run.limit, run.age_seconds) == ("warn", "1 day", 1_209_600.0)
