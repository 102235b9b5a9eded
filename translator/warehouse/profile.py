"""Reads the connection of a project's target from profiles.yml, without importing dbt.

dbt's own loader takes two seconds to import; a question should not wait for it. Rendering follows
https://docs.getdbt.com/docs/core/connect-data-platform/profiles.yml: Jinja with `env_var` and the
filters `as_number`, `as_bool`, `as_native`, `as_text`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml
from jinja2.sandbox import SandboxedEnvironment

from semantic.errors import ConfigurationError


@dataclass(frozen=True)
class ConnectionProfile:
    """The target's output: `type` is the adapter, `fields` the rendered rest."""

    name: str
    target: str
    type: str
    fields: Mapping[str, Any]


def read_profile(profiles_dir: Path, profile: str, target: str | None = None) -> ConnectionProfile:
    """The connection that dbt would use.

    Raises:
        ConfigurationError: file, profile, target, type or an environment variable is missing.
    """
    path = profiles_dir / "profiles.yml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no {path}.", "Give its folder by --profiles-dir or DBT_PROFILES_DIR."
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", "Correct the file.") from None
    found = content.get(profile) if isinstance(content, dict) else None
    if not isinstance(found, dict) or not isinstance(found.get("outputs"), dict):
        raise ConfigurationError(
            f"{path} has no profile '{profile}' with outputs.",
            "Add it, or correct `profile:` in dbt_project.yml.",
        )
    name = target or str(_render(found.get("target", "default"), path))
    output = found["outputs"].get(name)
    if not isinstance(output, dict) or "type" not in output:
        known = ", ".join(sorted(map(str, found["outputs"]))) or "none"
        raise ConfigurationError(
            f"Profile '{profile}' in {path} has no target '{name}' (it has: {known}).",
            "Choose one by --target.",
        )
    fields = {str(key): _render(value, path) for key, value in output.items()}
    return ConnectionProfile(profile, name, str(fields.pop("type")), fields)


def _render(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {k: _render(v, path) for k, v in value.items()}
    if isinstance(value, list):
        return [_render(v, path) for v in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined)
    environment.globals["env_var"] = _env_var
    for name in ("as_number", "as_native", "as_bool", "as_text"):
        environment.filters[name] = lambda given: given
    try:
        text = environment.from_string(value).render()
    except jinja2.TemplateError as error:
        raise ConfigurationError(
            f"A value in {path} cannot be rendered: {error}", "Correct the template."
        ) from None
    if "as_number" in value or "as_native" in value or "as_bool" in value:
        return yaml.safe_load(text)
    return text


def _env_var(name: str, default: str | None = None) -> str:
    found = os.environ.get(name, default)
    if found is None:
        raise ConfigurationError(
            f"The profile needs the environment variable {name}, which is not set.",
            f"Set it: export {name}=…",
        )
    return found
