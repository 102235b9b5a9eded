"""Reads an artifact that another dbt may be writing at this moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Unusable(Exception):
    """Why an artifact says nothing, in words that can follow a colon."""


def read_artifact(path: Path, kind: str, versions: range) -> Mapping[str, Any]:
    """The content of dbt's `kind` artifact.

    Raises:
        Unusable: it is cut off, is none of dbt's, or has a version that we do not know.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise Unusable(f"there is no {path.name} beside the manifest") from None
    except OSError as error:
        raise Unusable(f"{path.name} cannot be read ({error.strerror or error})") from None
    except (ValueError, RecursionError):
        raise Unusable(f"{path.name} is cut off or is not dbt's") from None
    if not isinstance(content, Mapping) or not isinstance(content.get("results"), list):
        raise Unusable(f"{path.name} is not dbt's")
    metadata = content.get("metadata")
    schema = str(metadata.get("dbt_schema_version")) if isinstance(metadata, Mapping) else ""
    number = schema.rpartition("/v")[2].removesuffix(".json")
    if f"/{kind}/" not in schema or not number.isdigit():
        raise Unusable(f"{path.name} does not say which version of dbt's it is")
    if int(number) not in versions:
        raise Unusable(f"{path.name} is of version {number}, which we do not know")
    return content


def moment(value: Any) -> datetime | None:
    """A time that dbt wrote, in UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
