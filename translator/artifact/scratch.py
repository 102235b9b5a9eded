"""A copy of a dbt project to try changes in, and a schema of its own to build them in.

The copy is parsed with the person's own profile and target, so that every `ref()` to what is there
leads to the real relation, through whatever `generate_schema_name` the project has. Then the nodes
that are to be built, and only these, are moved to the scratch schema in the manifest, which dbt's
Python entry point takes as it is. `--defer` would need artifacts of a production run as a state,
and a changed target schema would not hold in projects whose `generate_schema_name` leaves it out:
the build could then replace a real table.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from semantic.errors import ConfigurationError, WarehouseError
from semantic.parse import PARTIAL_PARSE, run_dbt, run_dbt_parse
from semantic.project import Project, cache_dir
from translator.artifact.claims import Claims
from translator.artifact.files import FileChange

SCHEMA_PREFIX = "metricspeak_scratch_"
_TIME = "%Y%m%d%H%M%S"
LEFTOVER_AFTER = timedelta(hours=1)
"""A scratch schema older than this belongs to a killed run, of whatever machine (`claims.py` knows
those of this one)."""
_MACRO = "metricspeak_drop_scratch_schemas"
_MACRO_SQL = f"""{{% macro {_MACRO}(names, prefix, before) %}}
  {{%- for row in list_schemas(target.database) -%}}
    {{%- set name = row[0] -%}}
    {{%- if name in names or (name.startswith(prefix) and name < before) -%}}
      {{%- do adapter.drop_schema(api.Relation.create(database=target.database, schema=name)) -%}}
    {{%- endif -%}}
  {{%- endfor -%}}
{{% endmacro %}}
"""


@dataclass(frozen=True)
class BuildFailure:
    """A model or test that failed: dbt's name of it and its message."""

    name: str
    message: str


class ScratchProject:
    """The copy. Files that do not change are links to the real ones."""

    def __init__(self, project: Project, folder: Path) -> None:
        """Wrap a folder made by `scratch_project`."""
        self.real = project
        self.project = replace(
            project,
            project_dir=folder / "project",
            target_path=folder / "target",
            settings_path=folder / "project" / project.settings_path.name,
        )
        self._manifest: Any = None
        self._claims = Claims(cache_dir(project), project.target or "")

    def write(self, changes: Iterable[FileChange]) -> None:
        """Make the changes in the copy."""
        root = self.real.project_dir.resolve()
        for change in changes:
            path = self.project.project_dir / change.path.relative_to(root)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # a link: what it leads to must stay as it is
            path.write_bytes(change.after)

    def parse(self) -> dict[str, Any]:
        """`dbt parse` of the copy; the semantic manifest, which dbt has validated.

        Raises:
            ArtifactError: with dbt's message.
        """
        self._manifest = run_dbt_parse(self.project)
        path = self.project.target_path / "semantic_manifest.json"
        content: dict[str, Any] = json.loads(path.read_bytes())
        return content

    def manifest(self) -> dict[str, Any]:
        """The manifest of the copy, as dbt wrote it."""
        content: dict[str, Any] = json.loads(
            (self.project.target_path / "manifest.json").read_bytes()
        )
        return content

    def build(self, names: Collection[str]) -> list[BuildFailure]:
        """`dbt build` of models and their tests in a schema of their own, which is dropped after.

        Call `parse` before. Hooks and grants do not run: they may reach beyond the schema.

        Raises:
            WarehouseError: dbt cannot run, with its message.
        """
        schema = SCHEMA_PREFIX + datetime.now(UTC).strftime(_TIME) + "_" + secrets.token_hex(3)
        self._move(names, schema)
        abandoned = self._claims.abandoned()
        with self._claims.hold(schema):
            try:
                return self._built(names)
            finally:
                self._drop((schema, *abandoned))

    def _built(self, names: Collection[str]) -> list[BuildFailure]:
        result = self._dbt("build", "--select", *sorted(names))
        failures = [
            BuildFailure(str(r.node.name), " ".join(str(r.message or r.status).split()))
            for r in getattr(result.result, "results", ()) or ()
            if str(r.status) in {"error", "fail", "runtime error", "partial success"}
        ]
        if not result.success and not failures:
            raise WarehouseError(
                f"dbt cannot build in a scratch schema: {_message(result.exception)}",
                "The profile's user needs the right to create a schema.",
            )
        return failures

    def _move(self, names: Collection[str], schema: str) -> None:
        manifest = self._manifest
        nodes = manifest.nodes
        # What runs at the start and the end of every dbt command is not part of what is tried.
        for unique_id in [i for i, n in nodes.items() if str(n.resource_type) == "operation"]:
            del nodes[unique_id]
        for node in nodes.values():
            if str(node.resource_type) == "model" and node.name in names:
                if node.relation_name:
                    node.relation_name = node.relation_name.replace(node.schema, schema)
                node.schema = schema
                node.config.pre_hook, node.config.post_hook = [], []
                node.config.grants = {}
            elif str(node.resource_type) == "test":
                # Failures are not stored: their schema is a real one.
                node.config.store_failures, node.config.store_failures_as = False, "ephemeral"
                node.schema = schema

    def _drop(self, schemas: tuple[str, ...]) -> None:
        before = SCHEMA_PREFIX + (datetime.now(UTC) - LEFTOVER_AFTER).strftime(_TIME)
        names = [name for name in schemas if name.startswith(SCHEMA_PREFIX)]
        arguments = {"names": names, "prefix": SCHEMA_PREFIX, "before": before}
        if self._dbt("run-operation", _MACRO, "--args", json.dumps(arguments)).success:
            self._claims.release(schemas)

    def _dbt(self, *command: str) -> Any:
        # The real folder: paths in a profile may be relative to it. The manifest is ours.
        return run_dbt(self.project, command, self.real.project_dir, self._manifest)


@contextlib.contextmanager
def scratch_project(project: Project) -> Iterator[ScratchProject]:
    """A copy of the project, gone at the end.

    Raises:
        ConfigurationError: there is no room for it.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="metricspeak-"))
    except OSError as error:
        raise _no_room(error) from None
    try:
        scratch = ScratchProject(project, folder)
        try:
            _mirror(project, scratch.project.project_dir)
            macros = scratch.project.project_dir / _macro_folder(project)
            macros.mkdir(parents=True, exist_ok=True)
            (macros / f"{_MACRO}.sql").write_text(_MACRO_SQL, encoding="utf-8")
            # With what dbt knows of the real project it parses only what differs.
            scratch.project.target_path.mkdir()
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(
                    project.target_path / PARTIAL_PARSE,
                    scratch.project.target_path / PARTIAL_PARSE,
                )
        except OSError as error:
            raise _no_room(error) from None
        yield scratch
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mirror(project: Project, to: Path) -> None:
    root = project.project_dir
    to.mkdir()
    for source in project.source_paths:
        if not source.is_relative_to(root):
            raise ConfigurationError(
                f"{source} is outside of the project's folder, which cannot be copied so.",
                "Nothing can be saved into a project that is spread over several folders.",
            )
        target = to / source.relative_to(root)
        if source.is_dir():
            _link_tree(source, target)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source.resolve())


def _link_tree(source: Path, target: Path) -> None:
    for folder, folders, files in os.walk(source, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        place = target / Path(folder).relative_to(source)
        place.mkdir(parents=True, exist_ok=True)
        for name in files:
            with contextlib.suppress(FileExistsError):  # a path below another one
                (place / name).symlink_to((Path(folder) / name).resolve())


def _macro_folder(project: Project) -> str:
    """The project's first folder of macros, relative to it."""
    import yaml

    content = yaml.safe_load((project.project_dir / "dbt_project.yml").read_text("utf-8-sig"))
    paths = content.get("macro-paths") or ["macros"]
    return str(paths[0] if isinstance(paths, list) else paths)


def _message(exception: BaseException | None) -> str:
    lines = [line.strip() for line in str(exception or "it gives no reason").splitlines()]
    return " ".join(line for line in lines if line)[:600]


def _no_room(error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"A copy of the project to try this in cannot be made: {error.strerror or error}.",
        "Free some space in the folder for temporary files, or set TMPDIR to another.",
    )
