"""Runs the rules over a project, as its settings want them."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError
from semantic.places import Place, place_of
from translator.lint.finding import Finding, Linted, Problem, Rule, Severity
from translator.lint.registry import RULES
from translator.settings import LintSettings
from translator.suggestions import nearest

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def lint(
    catalog: SemanticCatalog,
    manifest: Mapping[str, Any],
    project_dir: Path,
    settings: LintSettings,
    values: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Finding, ...]:
    """All findings, the gravest first.

    Args:
        catalog: what can be asked.
        manifest: dbt's manifest, which tells where it is written.
        project_dir: the project's folder.
        settings: which rules, how grave, and what to ignore.
        values: values of dimensions by key, where they were read.

    Raises:
        ConfigurationError: the settings name a rule that there is not.
    """
    _check(settings)
    linted = Linted(catalog, values or {})
    places = _Places(manifest, project_dir)
    found = []
    for rule in RULES:
        severity = Severity(settings.rules.get(rule.id, rule.severity))
        if severity is Severity.OFF:
            continue
        for problem in rule.find(linted):
            if not _ignored(rule, problem, settings.ignore):
                found.append(Finding(rule.id, severity, problem, places.of(problem)))
    return tuple(sorted(found, key=lambda f: (_ORDER[f.severity], f.rule)))


def _check(settings: LintSettings) -> None:
    known = [rule.id for rule in RULES]
    for name in settings.rules:
        if name not in known:
            near = nearest(name, {k: (k,) for k in known})
            hint = f"Did you mean '{near[0]}'?" if near else f"Rules are {', '.join(known)}."
            raise ConfigurationError(f"'lint.rules' names '{name}', which is no rule.", hint)


def _ignored(rule: Rule, problem: Problem, patterns: tuple[str, ...]) -> bool:
    """Patterns are names (`orders.email`, `legacy_*`), or of one rule (`looks-sensitive:crm_*`)."""
    for pattern in patterns:
        only, separator, name = pattern.partition(":")
        if not separator:
            name = pattern
        elif only != rule.id:
            continue
        if fnmatch.fnmatchcase(problem.name, name.strip()):
            return True
    return False


class _Places:
    """Where metrics and the parts of semantic models are written."""

    def __init__(self, manifest: Mapping[str, Any], project_dir: Path) -> None:
        self._dir = project_dir
        self._metrics = dict(_by_name(manifest, "metrics"))
        self._models = dict(_by_name(manifest, "semantic_models"))

    def of(self, problem: Problem) -> Place | None:
        if problem.kind == "metric":
            return place_of(self._dir, self._metrics.get(problem.name))
        model, _, part = problem.name.partition(".")
        return place_of(self._dir, self._models.get(model), part)


def _by_name(manifest: Mapping[str, Any], group: str) -> Iterator[tuple[str, Any]]:
    for node in (manifest.get(group) or {}).values():
        yield str(node["name"]), node
