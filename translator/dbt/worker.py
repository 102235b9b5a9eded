"""The process that dbt runs in. The only module of `translator` that imports dbt.

dbt keeps global state, prints, changes the working folder and cannot be interrupted; in a process
of its own none of that touches who asks. A request is a line of JSON on standard input, its answer
one on standard output:

    {"manifest": …, "arguments": […]}         first of all; answered when dbt is ready
    {"id": 1, "sql": "…", "introspect": …}    → {"id": 1, "sql": "…", "depends_on": […]}
                                              or {"id": 1, "error": "…"}

It ends with its standard input.
"""

from __future__ import annotations

import json
import os
import re
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
            return {"sql": node.compiled_code, "depends_on": list(node.depends_on.nodes)}
        # dbt leaves an inline query that failed in the manifest, and every later one then fails.
        self._manifest = self._read()
        messages = [str(r.message) for r in results if r.message] + said
        return {"error": _ANSI.sub("", "\n".join(messages) or str(outcome.exception)).strip()}

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
        for line in sys.stdin:
            request = json.loads(line)
            answer: dict[str, Any] = {"id": request.get("id", 0)}
            try:
                if dbt is None:
                    dbt = _Dbt(request["manifest"], request["arguments"])
                    # The first query takes a second longer: dbt loads its adapter.
                    answer |= dbt.compile("select 1 as one", introspect=False)
                else:
                    answer |= dbt.compile(request["sql"], request["introspect"])
            except Exception as error:  # anything that dbt or a project's macro may raise
                answer["error"] = f"{type(error).__name__}: {error}"
            out.write(json.dumps(answer) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
