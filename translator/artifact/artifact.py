"""What is to be saved, and what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError
from translator.answer import Answer
from translator.artifact.files import FileChange
from translator.artifact.layout import Layout

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")


class Kind(StrEnum):
    """What an answer can be saved as."""

    MODEL = "model"
    SAVED_QUERY = "saved_query"
    EXPOSURE = "exposure"
    QUESTION = "question"
    DRAFT = "draft"


@dataclass(frozen=True)
class Saving:
    """An answer, run again just now, with the project that it goes into.

    `question` is empty when a typed query is saved; `as_of` is what was today for it.
    """

    name: str
    question: str
    as_of: date
    answer: Answer
    catalog: SemanticCatalog
    layout: Layout
    force: bool = False


@dataclass(frozen=True)
class Artifact:
    """Files to write. `build` names what dbt has to build first; `notes` are for people."""

    kind: Kind
    name: str
    changes: tuple[FileChange, ...]
    build: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class CannotSave(ConfigurationError):
    """The answer cannot be written in the form asked for."""


def check_name(name: str) -> None:
    """Whether dbt can have a node of this name.

    Raises:
        CannotSave: it cannot.
    """
    if not _NAME.match(name) or "__" in name:
        raise CannotSave(
            f"'{name}' is no name for a dbt resource.",
            "Use letters, digits and single underscores, beginning with a letter, at most 63.",
        )


def check_free(saving: Saving, kind: str, name: str | None = None) -> None:
    """Whether the name is free in the whole project, or `--force` may replace what has it.

    Raises:
        CannotSave: something else has it.
    """
    taken = saving.layout.taken(name or saving.name)
    if taken is None or (saving.force and taken.kind == kind):
        return
    hint = "Choose another name"
    hint += ", or replace it by --force." if taken.kind == kind else "."
    raise CannotSave(
        f"The project has a {taken.kind} '{taken.name}' already, in {taken.file}.", hint
    )


def plain(text: str) -> str:
    """Text for a comment or a description: one line, without what dbt would take for Jinja."""
    line = " ".join(text.split())
    for mark in ("{{", "{%", "{#", "}}", "%}", "#}"):
        line = line.replace(mark, " ".join(mark))
    return line


def in_words(name: str) -> str:
    """A name as a label: `revenue_by_region` → Revenue by region."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
