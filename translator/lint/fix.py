"""Writes what can be mended into the project's YAML, leaving every other byte as it is.

ruamel.yaml says where an entry is; lines are put in below its name. What came out is read again as
dbt reads it and has to be what was there plus the fix; otherwise the file is left alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from translator.artifact.files import FileChange, new_or_changed
from translator.lint.finding import Finding, Fix, Problem


def fixes(
    findings: Iterable[Finding], manifest: Mapping[str, Any], project_dir: Path
) -> tuple[tuple[FileChange, ...], tuple[Finding, ...]]:
    """Changes of files, and the findings that they mend.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    texts: dict[Path, str] = {}
    mended = []
    for finding in findings:
        problem = finding.problem
        file = _file(problem, manifest)
        if problem.fix is None or file is None:
            continue
        path = project_dir / file
        try:
            text = texts[path] if path in texts else path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        after = with_fix(text, problem, problem.fix)
        if after is not None:
            texts[path] = after
            mended.append(finding)
    changes = [new_or_changed(project_dir, path, text) for path, text in texts.items()]
    return tuple(c for c in changes if c.before != c.after), tuple(mended)


def with_fix(text: str, problem: Problem, fix: Fix) -> str | None:
    """The file's text with the fix in the problem's entry; None where that cannot be done."""
    try:
        before = yaml.safe_load(text)
        document = YAML().load(text)
    except (yaml.YAMLError, YAMLError):
        return None
    steps = _steps(before, problem)
    if steps is None:
        return None
    wanted = copy.deepcopy(before)
    entry, commented = _at(wanted, steps), _at(document, steps)
    if not isinstance(commented, CommentedMap) or commented.fa.flow_style():
        return None
    # As deep as the keys of the fix are there already; only what is missing is written.
    depth, holder = 0, entry
    while depth < len(fix.path) - 1 and isinstance(holder.get(fix.path[depth]), dict):
        holder, commented = holder[fix.path[depth]], commented[fix.path[depth]]
        depth += 1
    rest = fix.path[depth:]
    if rest[0] in holder or commented.fa.flow_style():
        return None
    value: Any = fix.value
    for key in reversed(rest[1:]):
        value = {key: value}
    holder[rest[0]] = value
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(newline)
    anchor = "name" if depth == 0 else next(iter(commented))
    row, column = commented.lc.key(anchor)
    after_row = row + 1 if depth == 0 else row
    added = yaml.safe_dump({rest[0]: value}, allow_unicode=True, sort_keys=False).splitlines()
    lines[after_row:after_row] = [" " * column + line for line in added]
    result = newline.join(lines)
    try:
        return result if yaml.safe_load(result) == wanted else None
    except yaml.YAMLError:
        return None


def _file(problem: Problem, manifest: Mapping[str, Any]) -> str | None:
    group = "metrics" if problem.kind == "metric" else "semantic_models"
    name = problem.name.partition(".")[0]
    for node in (manifest.get(group) or {}).values():
        if node.get("name") == name:
            return str(node["original_file_path"])
    return None


def _steps(content: Any, problem: Problem) -> tuple[str | int, ...] | None:
    """Keys and positions that lead to the problem's entry."""
    if problem.kind == "metric":
        return _named(content, (), "metrics", problem.name)
    model, _, part = problem.name.partition(".")
    found = _named(content, (), "semantic_models", model)
    if found is None or not part:
        return found
    return _named(content, found, f"{problem.kind}s", part)


def _named(
    content: Any, steps: tuple[str | int, ...], key: str, name: str
) -> tuple[str | int, ...] | None:
    holder = _at(content, steps)
    items = holder.get(key) if isinstance(holder, dict) else None
    for position, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and item.get("name") == name:
            return (*steps, key, position)
    return None


def _at(content: Any, steps: Iterable[str | int]) -> Any:
    for step in steps:
        content = content[step]
    return content
