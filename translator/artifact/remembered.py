"""The latest answers of a project, so that `metricspeak save` can write one down.

One small file an answer in the cache folder, for the user alone: question and plan, no rows. Two
processes never write the same file, and the oldest files go when there are too many.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from semantic.artifacts import write_atomically
from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError
from semantic.project import Project, cache_dir
from translator.answer import Answer, Status
from translator.plan import ModelQuery
from translator.query import SemanticQuery

_LOG = logging.getLogger(__name__)
_FORMAT = 1
KEPT = 50
"""Answers kept for each project."""
_FOLDER = "answers"
_WORTH_SAVING = frozenset({Status.ANSWERED, Status.UNSUPPORTED})


@dataclass(frozen=True)
class RememberedAnswer:
    """What was asked and how it was understood. `query` is a SemanticQuery's JSON form.

    `model_query` holds `sql` and `description` of an answer that no metric query gives; both are
    None for a refusal. `as_of` is what was today for the question.
    """

    trace_id: str
    question: str
    as_of: date
    status: str
    planner: str
    query: Mapping[str, Any] | None
    model_query: Mapping[str, Any] | None = None

    def plan(self, catalog: SemanticCatalog) -> SemanticQuery | ModelQuery:
        """The plan that gave the answer.

        Raises:
            ConfigurationError: there was no answer.
        """
        if self.query is not None:
            try:
                return SemanticQuery.from_dict(self.query, catalog.grains)
            except ValueError as error:
                raise ConfigurationError(
                    f"The remembered query cannot be read: {error}.", "Ask again."
                ) from None
        if self.model_query is not None:
            return ModelQuery(str(self.model_query["sql"]), str(self.model_query["description"]))
        raise ConfigurationError(
            f"The last question was refused: {self.question}",
            "Ask one that is answered, or save the draft of what is missing with --as draft.",
        )


def remember(project: Project, answer: Answer, as_of: date) -> None:
    """Keep the answer for a later `metricspeak save`. Never fails: an answer is worth more."""
    if answer.status not in _WORTH_SAVING:
        return
    content = {
        "format": _FORMAT,
        "trace_id": answer.trace_id,
        "question": answer.question,
        "as_of": as_of.isoformat(),
        "status": answer.status.value,
        "planner": answer.planner,
        "query": answer.query.to_dict() if answer.query else None,
        "model_query": None
        if answer.governed or answer.dbt_sql is None
        else {"sql": answer.dbt_sql, "description": answer.explanation or ""},
    }
    folder = cache_dir(project) / _FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{time.time_ns():020d}-{answer.trace_id}.json"
        # Its permissions are those of a temporary file: the user's alone.
        write_atomically(folder / name, json.dumps(content).encode("utf-8", "replace"))
        for old in _files(folder)[KEPT:]:
            with contextlib.suppress(OSError):
                old.unlink()
    except (OSError, ValueError) as error:
        _LOG.info("the answer could not be remembered: %s", error)


def recall(project: Project, trace_id: str | None = None) -> RememberedAnswer:
    """The latest answer, or that of a trace (its first characters are enough).

    Raises:
        ConfigurationError: there is none, or several begin so.
    """
    found = []
    for path in _files(cache_dir(project) / _FOLDER):
        if trace_id is not None and not path.stem.partition("-")[2].startswith(trace_id):
            continue
        answer = _read(path)
        if answer is not None:
            found.append(answer)
            if trace_id is None or answer.trace_id == trace_id:
                return answer
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigurationError(
            f"Several answers have a trace that begins with '{trace_id}'.", "Give more of it."
        )
    if trace_id is not None:
        raise ConfigurationError(
            f"No answer with the trace '{trace_id}' is remembered for this project.",
            f"The latest {KEPT} are; ask again, or give the question by --question.",
        )
    raise ConfigurationError(
        "No answer is remembered for this project.",
        'Ask first (`metricspeak ask "…"`), or give the question by --question.',
    )


def _files(folder: Path) -> list[Path]:
    """The files, latest first."""
    try:
        names = [n for n in os.listdir(folder) if n.endswith(".json") and not n.startswith(".")]
    except OSError:
        return []
    return [folder / name for name in sorted(names, reverse=True)]


def _read(path: Path) -> RememberedAnswer | None:
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != _FORMAT:
            return None
        return RememberedAnswer(
            trace_id=str(content["trace_id"]),
            question=str(content["question"]),
            as_of=date.fromisoformat(content["as_of"]),
            status=str(content["status"]),
            planner=str(content["planner"]),
            query=content["query"],
            model_query=content["model_query"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
