"""Findings in SARIF 2.1.0, the form that code-scanning services read.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from semantic.places import Place

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


@dataclass(frozen=True)
class SarifRule:
    """A kind of finding. `level` is SARIF's: error, warning, note."""

    id: str
    text: str
    level: str
    help: str = ""


@dataclass(frozen=True)
class SarifResult:
    """One finding. `subject` tells it apart from others of its rule, over time."""

    rule: str
    level: str
    message: str
    subject: str
    place: Place | None = None


def sarif_log(rules: Iterable[SarifRule], results: Iterable[SarifResult]) -> dict[str, Any]:
    """A log of one run, as JSON content."""
    rules = tuple(rules)
    positions = {rule.id: number for number, rule in enumerate(rules)}
    driver = {
        "name": "metricspeak",
        "version": version("metricspeak"),
        "rules": [_rule(rule) for rule in rules],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(result, positions[result.rule]) for result in results],
            }
        ],
    }


def _rule(rule: SarifRule) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.text},
        "defaultConfiguration": {"level": rule.level},
    }
    return content | ({"help": {"text": rule.help}} if rule.help else {})


def _result(result: SarifResult, position: int) -> dict[str, Any]:
    digest = hashlib.blake2b(f"{result.rule}\0{result.subject}".encode(), digest_size=12)
    content: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": position,
        "level": result.level,
        "message": {"text": result.message},
        "partialFingerprints": {"metricspeak/v1": digest.hexdigest()},
    }
    if result.place is not None:
        uri = quote(result.place.file)
        where = {
            "artifactLocation": {"uri": f"file://{uri}" if uri.startswith("/") else uri},
            "region": {"startLine": result.place.line},
        }
        content["locations"] = [{"physicalLocation": where}]
    return content
