"""What dbt says of a query that it cannot compile, as an issue with the nearest names."""

from __future__ import annotations

import re

from semantic.catalog import SemanticCatalog
from translator.query import QueryIssue
from translator.suggestions import nearest

# The wording of dbt-core 1.5 to 1.11 (dbt/exceptions.py: TargetNotFoundError).
_MISSING = re.compile(
    r"depends on a (node|source) named '([^']+)'"
    r"(?: with version '([^']+)')?(?: in package or project '([^']+)')? "
    r"which (was not found|is disabled)"
)
_NOISE = (
    "Encountered an error:",
    "Error parsing inline query",
    "Error while parsing node: inline_query",
    "Runtime Error",
    "Compilation Error",
)


def dbt_issue(message: str, catalog: SemanticCatalog) -> QueryIssue:
    """The issue behind dbt's message."""
    if found := _MISSING.search(message):
        kind, name, version, package, reason = found.groups()
        word = "source" if kind == "source" else "model"
        whole = f"'{package}.{name}'" if package else f"'{name}'"
        whole += f" (version {version})" if version else ""
        if reason == "is disabled":
            return QueryIssue("disabled_model", f"The {word} {whole} is disabled.")
        near = _near(name, word, catalog)
        mean = f"; did you mean '{near[0]}'?" if near else "."
        return QueryIssue(f"unknown_{word}", f"There is no {word} {whole}{mean}", near)
    lines = [line.strip() for line in message.splitlines()]
    text = " ".join(line for line in lines if line and not line.startswith(_NOISE))
    return QueryIssue("dbt", f"dbt cannot compile the SQL: {text[:500] or message[:500]}")


def _near(name: str, word: str, catalog: SemanticCatalog) -> tuple[str, ...]:
    is_source = word == "source"
    names = [
        model.name
        for model in catalog.models.values()
        if (model.resource_type == "source") == is_source
    ]
    return nearest(name, {known: (known,) for known in names})
