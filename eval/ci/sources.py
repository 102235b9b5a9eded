"""The state of the raw data below a project: tells a change of code from a change of data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semantic.catalog import Relation
from semantic.errors import MetricSpeakError
from translator.pipeline import Translator


def source_versions(translator: Translator, manifest: Mapping[str, Any]) -> dict[str, str]:
    """A version of the rows of each source by its name; none where the warehouse cannot tell."""
    found = {}
    for node in (manifest.get("sources") or {}).values():
        relation = Relation(
            node.get("database"), str(node.get("schema")), str(node.get("identifier"))
        )
        try:
            version = translator.warehouse.data_version(relation)
        except MetricSpeakError:
            return {}
        if version is not None:
            found[f"{node.get('source_name')}.{node.get('name')}"] = version
    return found
