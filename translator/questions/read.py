"""Reads files and folders of test questions; an error names file, line and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from semantic.errors import ConfigurationError
from translator.query import SemanticQuery
from translator.questions.form import FileForm, QuestionForm
from translator.questions.question import Expectation, VerifiedQuestion

_LARGEST_FILE = 20_000_000  # bytes
_DEEPEST = 20
_MOST_PARTS = 2_000_000
_Mark = tuple[str | int, ...]


class QuestionFileError(ConfigurationError):
    """A file of questions that cannot be read as one."""


def read_questions(paths: Iterable[Path], grains: Sequence[str]) -> tuple[VerifiedQuestion, ...]:
    """All questions of files and folders, in the order of paths, files and entries.

    Args:
        paths: YAML files, or folders that are searched for them.
        grains: names of the catalog's time grains, which expected queries may use.

    Raises:
        QuestionFileError: a file cannot be read, or two questions have one id.
    """
    questions: list[VerifiedQuestion] = []
    seen: dict[str, VerifiedQuestion] = {}
    for path in _files(paths):
        for question in _read(path, grains):
            other = seen.setdefault(question.id, question)
            if other is not question:
                raise QuestionFileError(
                    f"{path}:{question.line}: the id '{question.id}' is taken by "
                    f"{other.file}:{other.line}.",
                    "Give each question an id of its own.",
                )
            questions.append(question)
    return tuple(questions)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise QuestionFileError(
                f"There is no file or folder {path}.", "Name a YAML file of questions, or a folder."
            )
        found = (
            sorted(p for p in path.rglob("*") if p.suffix in {".yml", ".yaml"} and p.is_file())
            if path.is_dir()
            else [path]
        )
        if not found:
            raise QuestionFileError(
                f"The folder {path} holds no .yml or .yaml file.", "Write questions there."
            )
        for file in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _read(path: Path, grains: Sequence[str]) -> Iterator[VerifiedQuestion]:
    root = _compose(path)
    lines: dict[_Mark, int] = {}
    content: Any = _plain(path, root, (), lines) if root is not None else None
    try:
        form = FileForm.model_validate(content)
    except ValidationError as error:
        raise _form_error(path, lines, error) from None
    for number, entry in enumerate(form.questions):
        line = lines[("questions", number)]
        yield _question(path, line, entry, content["questions"][number], grains)


def _compose(path: Path) -> yaml.Node | None:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise QuestionFileError(f"{path} is larger than 20 MB.", "Split it.")
        text = path.read_text(encoding="utf-8-sig")
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(f"Cannot read {path}: {error}.", "Make it UTF-8 text.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise QuestionFileError(
            f"{path}{where}: {problem}.", "Correct the YAML there; quote text that holds ': '."
        ) from None


def _plain(path: Path, node: yaml.Node, at: _Mark, lines: dict[_Mark, int]) -> Any:
    """A node as Python values, noting the line (from 1) of each part."""
    line = node.start_mark.line + 1
    lines[at] = line
    if len(at) > _DEEPEST or len(lines) > _MOST_PARTS:  # anchors that hold themselves, or explode
        raise QuestionFileError(
            f"{path}:{line}: too deeply nested, or too large.", "Write it without YAML anchors."
        )
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(yaml.SafeLoader("").construct_object(key_node, deep=True))
            if key in mapping:
                raise QuestionFileError(
                    f"{path}:{key_node.start_mark.line + 1}: the key '{key}' is there twice.",
                    "Remove one of them.",
                )
            mapping[key] = _plain(path, value_node, (*at, key), lines)
            lines[(*at, key)] = key_node.start_mark.line + 1
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_plain(path, item, (*at, i), lines) for i, item in enumerate(node.value)]
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or error
        raise QuestionFileError(f"{path}:{line}: {problem}.", "Correct or quote it.") from None


def _form_error(path: Path, lines: dict[_Mark, int], error: ValidationError) -> QuestionFileError:
    first = error.errors(include_url=False)[0]
    location = tuple(first["loc"])
    known = location
    while known and known not in lines:
        known = known[:-1]
    where = ".".join(str(part) for part in location) or "the file"
    message = str(first["msg"]).removeprefix("Value error, ")
    hints = {
        "extra_forbidden": f"The key '{location[-1] if location else ''}' is not known; "
        "known keys are in the JSON Schema of test questions.",
        "missing": f"Add '{location[-1] if location else ''}'.",
    }
    return QuestionFileError(
        f"{path}:{lines.get(known, 1)}: {where}: {message}.",
        hints.get(first["type"], "The user guide shows the form of test questions."),
    )


def _question(
    path: Path, line: int, entry: QuestionForm, raw: dict[str, Any], grains: Sequence[str]
) -> VerifiedQuestion:
    query = None
    if entry.expect.query is not None:
        try:
            query = SemanticQuery.from_dict(_as_json(raw["expect"]["query"]), grains)
        except ValueError as error:
            raise QuestionFileError(
                f"{path}:{line}: the query of '{entry.id}': {error}.", "Correct it there."
            ) from None
    said = [entry.question] if entry.question is not None else entry.turns or []
    texts = [str(text) for text in said]
    return VerifiedQuestion(
        id=entry.id,
        text=texts[-1],
        turns=tuple(texts[:-1]),
        paraphrases=tuple(entry.paraphrases),
        as_of=entry.as_of,
        tags=tuple(entry.tags),
        expect=Expectation(query, entry.expect.sql, entry.expect.status, entry.expect.ordered),
        file=path,
        line=line,
    )


def _as_json(value: Any) -> Any:
    """YAML's dates as the ISO text that the JSON form of a query has."""
    if isinstance(value, dict):
        return {k: _as_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_as_json(v) for v in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
