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

_TYPED_FILTERS = ("as_number", "as_bool", "as_native")


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
    content = _read(path)
    found = content.get(profile)
    if not isinstance(found, dict) or not isinstance(found.get("outputs"), dict):
        known = ", ".join(sorted(str(k) for k in content if k != "config")) or "none"
        raise ConfigurationError(
            f"{path} has no profile '{profile}' with outputs (it has: {known}).",
            "Add it, or correct `profile:` in dbt_project.yml.",
        )
    name = target or str(_render(found.get("target", "default"), path))
    output = found["outputs"].get(name)
    if not isinstance(output, dict):
        known = ", ".join(sorted(map(str, found["outputs"]))) or "none"
        raise ConfigurationError(
            f"Profile '{profile}' in {path} has no target '{name}' (it has: {known}).",
            "Choose one by --target.",
        )
    fields = {str(key): _render(value, path) for key, value in output.items()}
    kind = fields.pop("type", None)
    if not isinstance(kind, str) or not kind:
        raise ConfigurationError(
            f"Target '{name}' of profile '{profile}' in {path} has no `type`.",
            "Add the adapter, for example `type: postgres`.",
        )
    return ConnectionProfile(profile, name, kind, fields)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no {path}.", "Give its folder by --profiles-dir or DBT_PROFILES_DIR."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", "Make it readable.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path} is not valid YAML{where}.", "Correct it there.") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path} holds no profiles.", "`dbt init` writes one.")
    return content


def _render(value: Any, path: Path) -> Any:
    if isinstance(value, dict):
        return {k: _render(v, path) for k, v in value.items()}
    if isinstance(value, list):
        return [_render(v, path) for v in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    typed: list[str] = []
    environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined)
    environment.globals["env_var"] = _env_var
    environment.filters["as_text"] = str
    for name in _TYPED_FILTERS:
        environment.filters[name] = _noting(name, typed)
    try:
        text = environment.from_string(value).render()
    except jinja2.TemplateError as error:
        raise ConfigurationError(
            f"A value in {path} cannot be rendered: {error}",
            "Profiles know `env_var` and the filters as_text, as_number, as_bool, as_native.",
        ) from None
    return _typed(text, typed[-1], path) if typed else text


def _noting(name: str, typed: list[str]) -> Any:
    def note(value: Any) -> Any:
        typed.append(name)
        return value

    return note


def _typed(text: str, wanted: str, path: Path) -> Any:
    """The rendered text as the last typed filter wants it."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = text
    is_bool = isinstance(value, bool)
    fits = {
        "as_number": isinstance(value, int | float) and not is_bool,
        "as_bool": is_bool,
        "as_native": True,
    }[wanted]
    if not fits:
        kind = "a number" if wanted == "as_number" else "true or false"
        raise ConfigurationError(
            f"A value in {path} with the filter {wanted} is not {kind}.",
            "Correct the environment variable that it reads.",
        )
    return value


def _env_var(name: str, default: str | None = None) -> str:
    found = os.environ.get(name, default)
    if found is None:
        raise ConfigurationError(
            f"The profile needs the environment variable {name}, which is not set.",
            f"Set it: export {name}=…",
        )
    return found
