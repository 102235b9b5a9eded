"""An answer as a test question with its result pinned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from semantic.errors import QueryError
from translator.artifact.artifact import Artifact, CannotSave, Kind, Saving
from translator.artifact.files import read_bytes
from translator.artifact.rows import values_sql
from translator.artifact.yaml_file import UneditableYaml, entries

FOLDER = PurePosixPath("questions")
DEFAULT_FILE = FOLDER / "saved.yml"
PINS = ("rows", "sql", "query")
MOST_ROWS = 100
"""Results with more rows are pinned as SQL over the models."""


def question_artifact(
    saving: Saving, file: PurePosixPath = DEFAULT_FILE, pin: str | None = None
) -> Artifact:
    """The question with what has to come out, at the end of a file of questions.

    Args:
        saving: the answer.
        file: the file of questions, relative to the project.
        pin: what has to come out, beside the query: `rows` (the result as it is now), `sql` (what
            the models say through today's SQL), `query` (nothing else). By default rows where they
            can stay as they are: few of them, of a period that is over.

    Raises:
        CannotSave: the answer has no question, or the id is used.
    """
    if not saving.question:
        raise CannotSave(
            "What is to be saved is a query without a question.", "Give the question by --question."
        )
    if pin is not None and pin not in PINS:
        raise CannotSave(f"'{pin}' cannot be pinned.", f"Choose one of {', '.join(PINS)}.")
    _check_free(saving, file)
    chosen, note = (pin, "") if pin else _pin(saving)
    expect: dict[str, Any] = {}
    if saving.answer.query is not None:
        expect["query"] = _short(saving.answer.query.to_dict())
    sql = _sql(saving, chosen)
    if sql is not None:
        expect["sql"] = sql
    if not expect:
        raise CannotSave("Without a query there is nothing but SQL to pin.", "Leave --pin out.")
    entry = {
        "id": saving.name,
        "question": saving.question,
        "as_of": saving.as_of,
        "tags": ["saved"],
        "expect": expect,
    }
    change = saving.layout.add(file, ("questions",), entry, "id", version=1)
    return Artifact(Kind.QUESTION, saving.name, (change,), notes=(note,) if note else ())


def _pin(saving: Saving) -> tuple[str, str]:
    query, answer = saving.answer.query, saving.answer
    if answer.truncated or len(answer.rows) > MOST_ROWS:
        return "sql", f"The result has over {MOST_ROWS} rows: its SQL is pinned, not its rows."
    end = query.time_range.end if query is not None and query.time_range is not None else None
    if end is None or end > saving.as_of:
        return "sql", "The period is not over: the SQL is pinned, not the rows, which will change."
    try:
        _sql(saving, "rows")
    except QueryError:
        return "sql", "A value cannot be written as SQL safely: the SQL is pinned, not the rows."
    return "rows", ""


def _sql(saving: Saving, pin: str) -> str | None:
    answer = saving.answer
    if pin == "rows":
        if answer.truncated:
            raise CannotSave("The result is cut; its rows cannot be pinned.", "Pin the SQL.")
        return values_sql(answer.columns, answer.rows, saving.catalog.adapter_type) + "\n"
    return f"{answer.dbt_sql}\n" if pin == "sql" else None


def _check_free(saving: Saving, file: PurePosixPath) -> None:
    root = saving.layout.project.project_dir
    folder = root / FOLDER
    files = sorted({*folder.rglob("*.yml"), *folder.rglob("*.yaml"), root / file})
    for path in files:
        for entry in _questions(path, path == root / file):
            if str(entry.get("id")) != saving.name:
                continue
            if saving.force and path == root / file:
                continue
            hint = "Choose another name"
            hint += ", or replace it by --force." if path == root / file else "."
            raise CannotSave(
                f"{path.relative_to(root)} has a question '{saving.name}' already.", hint
            )


def _questions(path: Path, needed: bool) -> tuple[Mapping[str, Any], ...]:
    content = read_bytes(path)
    if content is None:
        return ()
    try:
        return entries(content.decode("utf-8", "replace"), "questions")
    except UneditableYaml as error:
        if not needed:
            return ()  # another file's fault is not this question's
        raise CannotSave(f"{path}: {error.message}", error.hint) from None


def _short(content: Any) -> Any:
    """The JSON form without what is empty or a default."""
    if isinstance(content, dict):
        pairs = ((key, _short(value)) for key, value in content.items())
        return {k: v for k, v in pairs if v not in (None, [], {}, False)}
    return [_short(v) for v in content] if isinstance(content, list) else content
