"""An answer as an exposure: where the project's models and metrics are used."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from translator.artifact.artifact import (
    Artifact,
    CannotSave,
    Kind,
    Saving,
    check_free,
    in_words,
    plain,
)

TYPES = ("dashboard", "notebook", "analysis", "ml", "application")
_OWNER = re.compile(r"\s*([^<>]*?)\s*(?:<([^<>\s]+@[^<>\s]+)>)?\s*\Z")


def exposure_artifact(
    saving: Saving, type_: str = "analysis", owner: str | None = None, url: str | None = None
) -> Artifact:
    """The exposure of the answer, in the file that has the project's other ones.

    Args:
        saving: the answer.
        type_: one of dbt's types of exposures.
        owner: as `Name <address>`; git's user of the project by default.
        url: where it can be seen.

    Raises:
        CannotSave: type, owner or URL is not one.
    """
    if type_ not in TYPES:
        raise CannotSave(f"'{type_}' is no type of exposure.", f"dbt has {', '.join(TYPES)}.")
    if url is not None and not re.match(r"https?://\S+\Z", url):
        raise CannotSave(f"'{url}' is no URL.", "It begins with http:// or https://.")
    check_free(saving, "exposure")
    answer = saving.answer
    said = [f'Answers "{saving.question}".'] if saving.question else []
    entry: dict[str, Any] = {
        "name": saving.name,
        "label": in_words(saving.name),
        "type": type_,
        **({"url": url} if url else {}),
        "description": plain(" ".join([*said, answer.explanation or ""])),
        "depends_on": [
            *(_reference(name, saving) for name in answer.models),
            *(f"metric('{m}')" for m in (answer.query.metrics if answer.query else ())),
        ],
        "owner": _owner(owner, saving.layout.project.project_dir),
    }
    layout = saving.layout
    file = layout.file_of("exposures")
    folder = PurePosixPath(file).parent if file else layout.models_folder
    new = folder / layout.new_yaml_name("exposures" if file is None else saving.name)
    return Artifact(Kind.EXPOSURE, saving.name, (layout.add_or_new(file, new, "exposures", entry),))


def _reference(name: str, saving: Saving) -> str:
    model = saving.catalog.models[name]
    if model.resource_type == "source":
        source, table = model.unique_id.split(".")[-2:]
        return f"source('{source}', '{table}')"
    return f"ref('{name}')"


def _owner(given: str | None, folder: Path) -> Mapping[str, str]:
    if given is not None:
        found = _OWNER.match(given)
        name, email = (found.group(1), found.group(2)) if found else ("", None)
        if not name and not email:
            raise CannotSave(
                f"'{given}' is no owner.", 'Write --owner "Name <name@company.example>".'
            )
    else:
        name, email = _git(folder, "user.name"), _git(folder, "user.email") or None
        if not name and not email:
            raise CannotSave(
                "An exposure needs an owner, and git has no user here.",
                'Give --owner "Name <name@company.example>", or set git config user.name.',
            )
    return {**({"name": name} if name else {}), **({"email": email} if email else {})}


def _git(folder: Path, key: str) -> str:
    try:
        run = subprocess.run(
            ["git", "config", "--get", key],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip()
