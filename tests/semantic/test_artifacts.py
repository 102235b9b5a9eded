"""Artifacts: when they are made again, where they go, and what is said when they cannot be."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from semantic.artifacts import ensure_artifacts, read_artifacts
from semantic.build import build_catalog
from semantic.errors import ArtifactError, ConfigurationError
from semantic.load import load_catalog
from semantic.project import Project, cache_dir, find_project

REPOSITORY = Path(__file__).parents[2]
PROJECT_FILE = "name: tiny\nversion: '1.0'\nprofile: tiny\n"
PROFILE = """
tiny:
  target: test
  outputs:
    test: {type: postgres, host: localhost, port: 5432, user: u, password: p, dbname: d, schema: s}
    other: {type: postgres, host: localhost, port: 5432, user: u, password: p, dbname: d, schema: o}
"""
TIME_SPINE = """
models:
  - name: days
    time_spine: {standard_granularity_column: day}
    columns: [{name: day, granularity: day}]
"""
SEMANTIC = """
semantic_models:
  - name: sales
    model: ref('sales')
    defaults: {agg_time_dimension: sold_on}
    entities: [{name: sale, type: primary, expr: id}]
    dimensions: [{name: sold_on, type: time, type_params: {time_granularity: day}}]
    measures: [{name: sale_count, agg: count, expr: id}]
metrics:
  - {name: sales, label: Sales, type: simple, type_params: {measure: sale_count}}
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[[dict[str, str]], Project]:
    """Makes a project of the given files."""

    def make(files: dict[str, str]) -> Project:
        root = tmp_path / "tiny"
        contents = {"dbt_project.yml": PROJECT_FILE, "profiles.yml": PROFILE, **files}
        for name, content in contents.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return find_project(root)

    return make


SALES = {
    "models/sales.sql": "select 1 as id, date '2024-01-01' as sold_on",
    "models/days.sql": "select date '2024-01-01' as day",
    "models/days.yml": TIME_SPINE,
    "models/sales.yml": SEMANTIC,
}


def test_parses_when_a_file_changed_and_only_then(
    tiny: Callable[[dict[str, str]], Project], capfd: pytest.CaptureFixture[str]
) -> None:
    project = tiny(SALES)
    first = ensure_artifacts(project)
    written = first.manifest_path.stat().st_mtime_ns
    again = ensure_artifacts(project)
    assert again.manifest_path.stat().st_mtime_ns == written
    assert again.fingerprint == first.fingerprint
    yml = project.project_dir / "models/sales.yml"
    yml.write_text(SEMANTIC.replace("label: Sales", "label: Sales made"), encoding="utf-8")
    changed = ensure_artifacts(project)
    assert changed.fingerprint != first.fingerprint
    assert build_catalog(changed).metrics["sales"].label == "Sales made"
    (project.project_dir / "models/more.sql").write_text("select 2 as id", encoding="utf-8")
    assert "more" in load_catalog(project).models
    assert capfd.readouterr().out == ""


def test_parses_when_the_target_or_a_variable_changed(
    tiny: Callable[[dict[str, str]], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = PROFILE.replace("schema: s", "schema: \"{{ env_var('TINY_SCHEMA', 's') }}\"")
    project = tiny({**SALES, "profiles.yml": profile})
    assert load_catalog(project).models["sales"].relation.schema == "s"
    monkeypatch.setenv("TINY_SCHEMA", "changed")
    assert load_catalog(project).models["sales"].relation.schema == "changed"
    other = find_project(project.project_dir, target="other")
    assert load_catalog(other).models["sales"].relation.schema == "o"


def test_artifacts_of_another_dbt_run_are_not_trusted(
    tiny: Callable[[dict[str, str]], Project],
) -> None:
    project = tiny(SALES)
    path = ensure_artifacts(project).manifest_path
    path.write_text('{"nodes": {}, "half": ', encoding="utf-8")
    assert load_catalog(project).metrics.keys() == {"sales"}
    path.unlink()
    assert load_catalog(project).metrics.keys() == {"sales"}


def test_fresh_artifacts_are_read_without_dbt(tiny: Callable[[dict[str, str]], Project]) -> None:
    project = tiny(SALES)
    ensure_artifacts(project)
    program = (
        "import sys\n"
        "from semantic.load import load_catalog\n"
        "from semantic.project import find_project\n"
        "load_catalog(find_project(sys.argv[1]))\n"
        "heavy = {'dbt', 'metricflow', 'metricflow_semantics', 'sqlglot', 'psycopg2'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(project.project_dir)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_a_read_only_project_s_artifacts_go_to_the_cache(
    tiny: Callable[[dict[str, str]], Project],
) -> None:
    root = tiny(SALES).project_dir
    root.chmod(0o555)
    try:
        project = find_project(root)
        assert project.target_path == cache_dir(project) / "target"
        assert load_catalog(project).metrics.keys() == {"sales"}
    finally:
        root.chmod(0o755)
    assert not (root / "target").exists()
    assert not (root / "logs").exists()


def test_target_path_of_the_environment(
    tiny: Callable[[dict[str, str]], Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "elsewhere"))
    project = tiny(SALES)
    ensure_artifacts(project)
    assert (tmp_path / "elsewhere" / "semantic_manifest.json").is_file()


def test_a_full_disk_is_said_so(tiny: Callable[[dict[str, str]], Project]) -> None:
    project = tiny(SALES)
    ensure_artifacts(project)
    (project.project_dir / "models/more.sql").write_text("select 2 as id", encoding="utf-8")
    # A limit on the size of files is a disk that can be filled without filling one.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(ConfigurationError) as error:
            ensure_artifacts(project)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert str(project.target_path) in error.value.message
    assert error.value.hint


def test_no_metrics_and_no_semantic_models_make_an_empty_catalog(
    tiny: Callable[[dict[str, str]], Project],
) -> None:
    catalog = load_catalog(tiny({"models/sales.sql": "select 1 as id"}))
    assert catalog.metrics == {}
    assert catalog.semantic_models == {}
    assert catalog.group_bys([]) == ()
    assert catalog.models.keys() == {"sales"}


def test_broken_yaml_names_the_file(tiny: Callable[[dict[str, str]], Project]) -> None:
    project = tiny({**SALES, "models/broken.yml": "models:\n  - name: [unclosed\n"})
    with pytest.raises(ArtifactError, match=r"broken\.yml") as error:
        load_catalog(project)
    assert "Traceback" not in str(error.value)


def test_a_missing_ref_names_model_and_ref(tiny: Callable[[dict[str, str]], Project]) -> None:
    project = tiny({"models/a.sql": "select * from {{ ref('nowhere') }}"})
    with pytest.raises(ArtifactError, match="nowhere"):
        load_catalog(project)


def test_a_cycle_is_named(tiny: Callable[[dict[str, str]], Project]) -> None:
    project = tiny(
        {
            "models/a.sql": "select * from {{ ref('b') }}",
            "models/b.sql": "select * from {{ ref('a') }}",
        }
    )
    try:
        catalog = load_catalog(project)
    except ArtifactError as error:
        assert "cycle" in str(error).lower()
    else:
        # dbt looks for cycles when it runs, not when it parses; we must come through both.
        assert catalog.models.keys() == {"a", "b"}


def test_a_broken_metric_is_said_so(tiny: Callable[[dict[str, str]], Project]) -> None:
    broken = SEMANTIC.replace("measure: sale_count}", "measure: nothing}")
    with pytest.raises(ArtifactError, match="nothing"):
        load_catalog(tiny({**SALES, "models/sales.yml": broken}))


def test_a_missing_profile_is_said_so(tiny: Callable[[dict[str, str]], Project]) -> None:
    with pytest.raises(ConfigurationError, match="tiny"):
        load_catalog(tiny({**SALES, "profiles.yml": "other: {}\n"}))


def test_hostile_names_stay_names(tiny: Callable[[dict[str, str]], Project]) -> None:
    hostile = SEMANTIC.replace(
        "label: Sales", 'label: "\'; drop table x; -- {% raw %}{{ 7 * 7 }}{% endraw %}"'
    )
    hostile = hostile.replace("expr: id}]\n    dim", 'expr: "id -- \'"}]\n    dim')
    catalog = load_catalog(tiny({**SALES, "models/sales.yml": hostile}))
    assert catalog.metrics["sales"].label == "'; drop table x; -- {{ 7 * 7 }}"
    assert catalog.semantic_models["sales"].entities[0].column is None


@pytest.fixture
def copied(shop_project: Project, tmp_path: Path) -> Path:
    """The shop's artifacts in a folder without sources."""
    for name in ("manifest.json", "semantic_manifest.json"):
        (tmp_path / name).write_bytes((shop_project.target_path / name).read_bytes())
    return tmp_path


def test_artifacts_are_read_without_sources(copied: Path) -> None:
    catalog = build_catalog(read_artifacts(copied))
    assert catalog.project_name == "shop"
    assert catalog.fingerprint == build_catalog(read_artifacts(copied)).fingerprint


def test_types_come_from_the_catalog_file(copied: Path) -> None:
    columns = {"order_id": {"type": "INTEGER", "index": 1}, "extra": {"type": "TEXT", "index": 2}}
    content = {"nodes": {"model.shop.fct_orders": {"columns": columns}}, "sources": {}}
    (copied / "catalog.json").write_text(json.dumps(content), encoding="utf-8")
    orders = build_catalog(read_artifacts(copied)).models["fct_orders"]
    key, extra = orders.column("order_id"), orders.column("extra")
    assert key is not None
    assert extra is not None
    assert (key.data_type, extra.data_type) == ("integer", "text")


@pytest.mark.parametrize("name", ["manifest.json", "semantic_manifest.json"])
@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "list", "binary", "deep"])
def test_damaged_artifacts_are_named(copied: Path, name: str, damage: str) -> None:
    path = copied / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        damaged = {
            "cut": content[: len(content) // 2],
            "empty": b"",
            "list": b"[]",
            "binary": b"\x00\xff\xfe",
            "deep": b"[" * 100_000,
        }
        path.write_bytes(damaged[damage])
    with pytest.raises(ArtifactError) as error:
        read_artifacts(copied)
    assert str(path) in error.value.message
    assert "dbt parse" in error.value.hint


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ("https://schemas.getdbt.com/dbt/manifest/v7.json", "older"),
        ("https://schemas.getdbt.com/dbt/manifest/v99.json", "newer"),
        ("https://schemas.getdbt.com/dbt/run-results/v6.json", "does not say"),
        ("", "does not say"),
    ],
)
def test_foreign_versions_are_told_apart(copied: Path, schema: str, says: str) -> None:
    path = copied / "manifest.json"
    content = json.loads(path.read_bytes())
    content["metadata"]["dbt_schema_version"] = schema
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ArtifactError, match=says):
        read_artifacts(copied)


def test_another_adapter_s_artifacts_are_read(copied: Path) -> None:
    path = copied / "manifest.json"
    content = json.loads(path.read_bytes())
    content["metadata"]["adapter_type"] = "snowflake"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert build_catalog(read_artifacts(copied)).adapter_type == "snowflake"


def test_json_of_another_shape_is_an_error_not_a_crash(copied: Path) -> None:
    path = copied / "semantic_manifest.json"
    path.write_text('{"semantic_models": [{"entities": 5}], "metrics": 7}', encoding="utf-8")
    with pytest.raises(ArtifactError, match="shape"):
        build_catalog(read_artifacts(copied))


def test_missing_or_wrong_project_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No dbt project"):
        find_project(tmp_path)
    file = tmp_path / "dbt_project.yml"
    for content in ("name: [unclosed", "- just\n- a list\n", ""):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"dbt_project\.yml"):
            find_project(tmp_path)
    file.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ConfigurationError, match=r"dbt_project\.yml"):
        find_project(tmp_path)


def test_paths_follow_dbt_s_environment(
    tiny: Callable[[dict[str, str]], Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tiny(SALES).project_dir
    monkeypatch.setenv("DBT_PROJECT_DIR", str(root))
    project = find_project()
    assert (project.project_dir, project.profiles_dir) == (root, root)
    assert project.settings_path == root / "metricspeak.yml"
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    assert find_project().profiles_dir == tmp_path
    monkeypatch.delenv("DBT_PROFILES_DIR")
    os.remove(root / "profiles.yml")
    assert find_project().profiles_dir == Path.home() / ".dbt"
