"""Reads what a project's authors wrote under `meta` (or `config.meta`, its newer place).

Keys: `synonyms` (a list, or one text with commas), `format`, `label`, `sensitive`, `values` (a code
with what it means).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SENSITIVE_KEYS = ("sensitive", "pii", "contains_pii", "is_pii")
_SENSITIVE_TAGS = frozenset({"sensitive", "pii"})
_YES = frozenset({"true", "yes", "y", "1"})
_NO = frozenset({"false", "no", "n", "0", "none", ""})


def meta_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """`meta` and `config.meta` of an artifact's node as one mapping; the newer place wins."""
    merged: dict[str, Any] = {}
    config = node.get("config")
    for source in (node.get("meta"), config.get("meta") if isinstance(config, Mapping) else None):
        if isinstance(source, Mapping):
            merged.update({str(key): value for key, value in source.items()})
    return merged


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts, from a list or from one text with commas; empty for anything else."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        return ()
    cleaned = (str(item).strip() for item in value if isinstance(item, str | int | float))
    return tuple(dict.fromkeys(item for item in cleaned if item))


def synonyms(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The node's other names."""
    meta = meta_of(node)
    return tuple(dict.fromkeys(texts(meta.get("synonyms")) + texts(meta.get("aliases"))))


def text(value: Any) -> str | None:
    """A text without its outer white space, None when there is none."""
    return value.strip() or None if isinstance(value, str) else None


def label(node: Mapping[str, Any]) -> str | None:
    """The node's name for people."""
    return text(node.get("label")) or text(meta_of(node).get("label"))


def raw_description(node: Mapping[str, Any]) -> str:
    """The node's description as written: its lines can be a list of codes."""
    value = node.get("description")
    return value if isinstance(value, str) else ""


def description(node: Mapping[str, Any]) -> str:
    """The node's description, without line breaks that only the YAML file needed."""
    return " ".join(raw_description(node).split())


def value_format(node: Mapping[str, Any]) -> str | None:
    """How to show its numbers: `currency`, `percent`, `duration`, `count`."""
    return text(meta_of(node).get("format"))


def sensitive(node: Mapping[str, Any]) -> bool | None:
    """Whether its values must not be read out; None when nothing is said."""
    meta = meta_of(node)
    for key in _SENSITIVE_KEYS:
        if key in meta:
            return _truth(meta[key])
    config = node.get("config")
    tags = list(texts(node.get("tags")))
    if isinstance(config, Mapping):
        tags += texts(config.get("tags"))
    return True if _SENSITIVE_TAGS & {tag.lower() for tag in tags} else None


def _truth(value: Any) -> bool:
    if isinstance(value, str):
        # An unknown word ("restricted") is a mark, not a denial: when in doubt, keep values unread.
        return value.strip().lower() in _YES or value.strip().lower() not in _NO
    return bool(value)


def declared_values(node: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Codes with what they mean from `meta.values`: a mapping, or a list of `value` and `label`."""
    declared = meta_of(node).get("values")
    pairs: list[tuple[str, str]] = []
    if isinstance(declared, Mapping):
        for code, meaning in declared.items():
            found = meaning.get("label") if isinstance(meaning, Mapping) else meaning
            if found is not None:
                pairs.append((str(code), str(found)))
    elif isinstance(declared, list):
        for item in declared:
            if isinstance(item, Mapping) and "value" in item and item.get("label") is not None:
                pairs.append((str(item["value"]), str(item["label"])))
    return tuple(pairs)
