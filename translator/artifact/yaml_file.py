"""An entry into a list of a YAML file, leaving every other byte as it is.

ruamel.yaml says where the list and its entries are and writes the new one; the file's own text
stays. A round trip of the whole file would rewrap long lines and reindent. What came out is read
again as dbt reads it, and has to be what was there plus the entry.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)

from semantic.errors import ConfigurationError

WIDTH = 100
Path = tuple[str | int, ...]
"""Keys and positions that lead to a list: `("models",)`, `("semantic_models", 2, "measures")`."""


class UneditableYaml(ConfigurationError):
    """The file cannot be extended without changing more than the entry."""


@dataclass(frozen=True)
class _Style:
    """Where the dashes stand below their key, and what is between two entries."""

    offset: int = 2
    blank_lines: bool = True


def new_file(section: str, entry: Mapping[str, Any], offset: int, version: int | None) -> str:
    """A new YAML file with one entry."""
    head = f"version: {version}\n\n" if version is not None else ""
    return head + f"{section}:\n" + "\n".join(_block(entry, offset, offset)) + "\n"


def dash_offset(text: str) -> int | None:
    """How far the dashes of this file's lists are indented, None if it has no list."""
    found = re.search(r"^([A-Za-z_]+):[ \t]*\n(?:[ \t]*(?:#.*)?\n)*( *)- ", text, re.MULTILINE)
    return len(found.group(2)) if found else None


def with_entry(text: str, path: Path, entry: Mapping[str, Any], name: str) -> str:
    """The file's text with `entry` at the end of the list at `path`.

    An entry of the same `name` key is replaced. A list that is missing is added at the end of the
    mapping that should have it.

    Args:
        text: the file.
        path: leads to the list.
        entry: what to add; its strings may have several lines.
        name: the key that tells entries apart (`name` or `id`).

    Raises:
        UneditableYaml: it is not valid YAML, or the list cannot be extended as it is written.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    plain = text.removeprefix(mark).replace("\r\n", "\n")
    before = _as_dbt_reads(plain)
    document = _parse(plain)
    wanted = _expected(before, path, entry, name)
    lines = plain.split("\n")
    for start, end, added in _splices(lines, document, path, entry, name):
        candidate = "\n".join([*lines[:start], *added, *lines[end:]])
        if not candidate.endswith("\n"):
            candidate += "\n"
        try:
            if _as_dbt_reads(candidate) == wanted:
                return mark + candidate.replace("\n", newline)
        except UneditableYaml:
            continue
    raise UneditableYaml(
        f"The list '{path[-1]}' is written in a way that cannot be extended as it is.",
        "Write it as a block with one `- ` an entry, or name another file.",
    )


def entries(text: str, section: str) -> tuple[Mapping[str, Any], ...]:
    """What the list `section` of a file holds.

    Raises:
        UneditableYaml: it is not valid YAML.
    """
    content = _as_dbt_reads(text)
    found = content.get(section) if isinstance(content, dict) else None
    return tuple(e for e in found if isinstance(e, dict)) if isinstance(found, list) else ()


def _splices(
    lines: list[str], document: Any, path: Path, entry: Mapping[str, Any], name: str
) -> Iterator[tuple[int, int, list[str]]]:
    """Ways to change the text: lines from, lines to, what comes in their place."""
    parent = _at(document, path[:-1])
    if document is None and len(path) == 1:
        yield len(lines), len(lines), [f"{path[0]}:", *_block(entry, 2, 2)]
        return
    if not isinstance(parent, CommentedMap) or parent.fa.flow_style():
        return
    column, end = _extent(lines, document, path[:-1])
    key = str(path[-1])
    items = parent.get(key)
    if isinstance(items, CommentedSeq) and not items.fa.flow_style() and len(items):
        yield from _into(lines, document, path, items, entry, name)
    elif items is None and key not in parent:
        offset = dash_offset("\n".join(lines))
        style = _Style(2 if offset is None else offset)
        added = [" " * column + f"{key}:", *_block(entry, column + style.offset, style.offset)]
        if column == 0:
            added.insert(0, "")
        for at in _ends(lines, end, column):
            yield at, at, added


def _into(
    lines: list[str],
    document: Any,
    path: Path,
    items: CommentedSeq,
    entry: Mapping[str, Any],
    name: str,
) -> Iterator[tuple[int, int, list[str]]]:
    rows = [items.lc.item(i)[0] for i in range(len(items))]
    dash = lines[rows[0]].index("-")
    key_row, key_column = _at(document, path[:-1]).lc.key(path[-1])
    style = _Style(dash - key_column, len(rows) < 2 or not lines[rows[1] - 1].strip())
    if rows[0] == key_row:
        return
    block = _block(entry, dash, style.offset)
    _, end = _extent(lines, document, path)
    same = [i for i, e in enumerate(items) if isinstance(e, dict) and e.get(name) == entry[name]]
    if same:
        after = rows[same[0] + 1] if same[0] + 1 < len(rows) else end
        for stop in _ends(lines, after, dash + 1):
            yield rows[same[0]], stop, block
        return
    for at in _ends(lines, end, dash):
        yield at, at, [*([""] if style.blank_lines else []), *block]


def _ends(lines: Sequence[str], end: int, column: int) -> Iterator[int]:
    """Where a block that reaches to `end` may end: before the blank lines and comments after it.

    What looks like a comment can be a line of a text, so the very end is the second choice.
    """
    at = end
    while at and (
        not lines[at - 1].strip()
        or (lines[at - 1].lstrip().startswith("#") and _indent(lines[at - 1]) < max(column, 1))
    ):
        at -= 1
    yield at
    if at != end:
        yield end


def _extent(lines: Sequence[str], document: Any, path: Path) -> tuple[int, int]:
    """Column of the keys of the mapping at `path`, and the line that follows what is there."""
    end = len(lines)
    node, column = document, document.lc.col if isinstance(document, CommentedMap) else 0
    for step in path:
        if isinstance(node, CommentedMap):
            row = node.lc.key(step)[0]
            later = [node.lc.key(k)[0] for k in node if node.lc.key(k)[0] > row]
        else:
            row = node.lc.item(step)[0]
            later = [node.lc.item(i)[0] for i in range(len(node)) if node.lc.item(i)[0] > row]
        end = min([end, *later])
        node = node[step]
        if isinstance(node, CommentedMap):
            column = node.lc.col
    # `...` or `---` ends a document.
    for row, line in enumerate(lines[:end]):
        if row and line.rstrip() in {"...", "---"}:
            end = row
            break
    return column, end


def _at(document: Any, path: Path) -> Any:
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def _expected(content: Any, path: Path, entry: Mapping[str, Any], name: str) -> Any:
    result = copy.deepcopy(content) if content is not None else {}
    parent = _at(result, path[:-1])
    if not isinstance(parent, dict):
        raise UneditableYaml(f"The file has no mapping that could hold '{path[-1]}'.", "")
    items = parent.setdefault(path[-1], [])
    if not isinstance(items, list):
        raise UneditableYaml(f"'{path[-1]}' is not a list there.", "Make it a list.")
    data = _data(entry)
    for position, item in enumerate(items):
        if isinstance(item, dict) and item.get(name) == entry[name]:
            items[position] = data
            return result
    items.append(data)
    return result


def _data(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_data(item) for item in value]
    return _trimmed(value) if isinstance(value, str) else value


def _trimmed(text: str) -> str:
    """A text without blanks at the ends of its lines, which nobody sees in a file."""
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _block(entry: Mapping[str, Any], column: int, offset: int) -> list[str]:
    """The entry as lines, its dash in `column`, those of its own lists `offset` from their key."""
    emitter = YAML()
    emitter.width = max(WIDTH - column, 40)
    emitter.indent(mapping=2, sequence=offset + 2, offset=offset)
    stream = io.StringIO()
    emitter.dump(_styled(entry), stream)
    # A line that ruamel folds ends with the blank that it was folded at.
    lines = [line.rstrip() for line in stream.getvalue().rstrip("\n").split("\n")]
    first, rest = lines[0], lines[1:]
    margin = " " * (column + 2)
    return [f"{' ' * column}- {first}", *(margin + line if line else "" for line in rest)]


def _styled(value: Any) -> Any:
    if isinstance(value, Mapping):
        # A key `no` would be read as false, too.
        return CommentedMap((_text(str(key)), _styled(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        items = CommentedSeq(_styled(item) for item in value)
        # Names stand in one line, as people write them: `data_tests: [unique, not_null]`.
        names = [i for i in value if isinstance(i, str) and re.fullmatch(r"\w+", i)]
        if value and len(names) == len(value) and len(", ".join(names)) <= 60:
            items.fa.set_flow_style()
        return items
    return _text(_trimmed(value)) if isinstance(value, str) else value


def _text(value: str) -> str:
    if "\n" in value:
        return LiteralScalarString(value)
    try:
        # ruamel writes YAML 1.2; for dbt, which reads 1.1, `no` and `2024-01-01` need quotes.
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        read = None
    if read == value:
        return value
    return DoubleQuotedScalarString(value) if "'" in value else SingleQuotedScalarString(value)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _as_dbt_reads(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise UneditableYaml(f"It is not valid YAML{where}.", "Correct it there.") from None


def _parse(text: str) -> Any:
    try:
        return YAML().load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise UneditableYaml(
            f"It is not YAML that can be edited{where}: "
            f"{str(getattr(error, 'problem', '') or error).splitlines()[0]}.",
            "Correct it there.",
        ) from None
