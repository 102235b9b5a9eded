"""The process that dbt runs in. The only module of `translator` that imports dbt.

dbt keeps global state, prints, changes the working folder and cannot be interrupted; in a process
of its own none of that touches who asks. A request is a line of JSON on standard input, its answer
one on standard output:

    {"manifest": …, "folder": …, "arguments": […]}    first of all; answered when dbt is ready
    {"id": 1, "sql": "…", "introspect": …}            → {"id": 1, "sql": "…", "depends_on": […], …}
                                                      or {"id": 1, "error": "…"}

It ends with its standard input, and takes the folder that it wrote into with it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from typing import Any

_QUIET = (
    "--quiet",
    "--no-use-colors",
    "--no-print",
    "--no-send-anonymous-usage-stats",
    "--no-version-check",
    "--no-write-json",
    "--log-level-file",
    "none",
)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class _Dbt:
    """dbt over one manifest."""

    def __init__(self, manifest_path: str, arguments: list[str]) -> None:
        self._path = manifest_path
        self._arguments = arguments
        self._manifest = self._read()

    def compile(self, sql: str, introspect: bool) -> dict[str, Any]:
        """Compile an inline query; what is wrong comes back as `error`, in dbt's words."""
        from dbt.cli.main import dbtRunner

        said: list[str] = []

        def listen(event: Any) -> None:
            if event.info.level == "error":
                said.append(event.info.msg)

        arguments = [*_QUIET, "compile", "--no-populate-cache", "--inline", sql, *self._arguments]
        if not introspect:
            arguments.append("--no-introspect")
        outcome = dbtRunner(manifest=self._manifest, callbacks=[listen]).invoke(arguments)
        results = getattr(outcome.result, "results", None) or []
        node = next((r.node for r in results if r.node.name == "inline_query"), None)
        if outcome.success and node is not None and node.compiled_code:
            return {"sql": node.compiled_code, **self._lineage(list(node.depends_on.nodes))}
        # dbt leaves an inline query that failed in the manifest, and every later one then fails.
        self._manifest = self._read()
        messages = [str(r.message) for r in results if r.message] + said
        return {"error": _ANSI.sub("", "\n".join(messages) or str(outcome.exception)).strip()}

    def _lineage(self, read: list[str]) -> dict[str, Any]:
        """What the query reads itself, and what ephemeral models of it read in its place.

        dbt lets an inline query read private models. Relations can be checked by their names in
        the SQL; an ephemeral model has none, so it is told here if it is private.
        """
        nodes = self._manifest.nodes
        waiting = [i for i in read if i in nodes and nodes[i].is_ephemeral_model]
        private = {i: nodes[i].group for i in waiting if nodes[i].access == "private"}
        through: set[str] = set()
        seen: set[str] = set()
        while waiting:
            unique_id = waiting.pop()
            if unique_id in nodes and nodes[unique_id].is_ephemeral_model:
                if unique_id not in seen:
                    seen.add(unique_id)
                    waiting += nodes[unique_id].depends_on.nodes
            else:
                through.add(unique_id)
        return {"depends_on": read, "through": sorted(through), "private": private}

    def _read(self) -> Any:
        from dbt.contracts.graph.manifest import Manifest, WritableManifest

        written = WritableManifest.read_and_check_versions(self._path)
        return Manifest.from_writable_manifest(written)


def main() -> None:
    """Answer requests until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        # Whatever dbt or its libraries print must not be taken for an answer.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        dbt: _Dbt | None = None
        folder = ""
        for line in sys.stdin:
            request = json.loads(line)
            answer: dict[str, Any] = {"id": request.get("id", 0)}
            try:
                if dbt is None:
                    folder = request["folder"]
                    dbt = _Dbt(request["manifest"], request["arguments"])
                    # The first query takes a second longer: dbt loads its adapter.
                    answer |= dbt.compile("select 1 as one", introspect=False)
                else:
                    answer |= dbt.compile(request["sql"], request["introspect"])
            except Exception as error:  # anything that dbt or a project's macro may raise
                answer["error"] = f"{type(error).__name__}: {error}"
            try:
                out.write(json.dumps(answer) + "\n")
                out.flush()
            except BrokenPipeError:
                break
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
