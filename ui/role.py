"""The role for questions as text: SQL for the database, YAML for the dbt project."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from semantic.artifacts import ensure_artifacts
from semantic.build import build_catalog
from semantic.errors import ConfigurationError
from semantic.project import Project
from translator.settings import Settings
from translator.warehouse.profile import ConnectionProfile, read_profile
from translator.warehouse.roles import (
    Readable,
    columns_of,
    columns_query,
    dbt_configs,
    readable,
    role_grants,
)
from translator.warehouse.warehouse import open_warehouse

_HEAD = """\
-- The role that questions run as: project {project}, target {target}.
-- Run it as a user who may create roles and owns the relations (or as a superuser); it can be run
-- again at any time, and should be whenever models are added or columns marked as sensitive.
"""
_TAIL = """
-- Give it a password, then set METRICSPEAK_WAREHOUSE__USER and METRICSPEAK_WAREHOUSE__PASSWORD:
-- \\password {role}

-- `dbt build` makes tables anew, and grants do not outlive that:
-- `metricspeak db role --dbt` prints the configuration by which dbt grants again.

-- Rights that Postgres gives to everybody (PUBLIC). To revoke them is safest, and takes them from
-- every other user of this database, too: grant them again to those who need them.
"""


def check_name(role: str) -> None:
    """Refuse a name that dbt, which does not quote whom it grants to, would not find again.

    Raises:
        ConfigurationError: it needs quotes, or is too long.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise ConfigurationError(
            f"'{role}' cannot be the name of the role.",
            "Take at most 63 lower-case letters, digits and underscores, as metricspeak_reader.",
        )


def role_script(project: Project, settings: Settings, role: str) -> str:
    """The statements that make the role.

    Raises:
        ConfigurationError: the warehouse has no roles.
        ServiceDownError: it cannot be reached.
    """
    profile, relations, columns = _found(project)
    database = str(profile.fields.get("dbname") or profile.fields.get("database"))
    seconds = settings.statement_timeout_seconds
    found = role_grants(relations, columns, database, role, seconds)
    lines = [_HEAD.format(project=project.name, target=profile.target)]
    lines += [f"{statement};" for statement in (*found.role, *found.grants)]
    lines += [
        f"-- not there yet, so without a grant: {r.schema}.{r.identifier}" for r in found.missing
    ]
    lines.append(_TAIL.format(role=role))
    lines += [f"-- {statement};" for statement in found.everybody]
    return "\n".join(lines) + "\n"


def dbt_yaml(project: Project, role: str) -> str:
    """The configuration by which dbt gives the grants again after it made a relation.

    Raises:
        ConfigurationError: the warehouse has no roles.
        ServiceDownError: it cannot be reached.
    """
    _, relations, columns = _found(project)
    whole, partly = dbt_configs(relations, columns, role)
    text = f"# Into dbt_project.yml.\n{_yaml(whole)}"
    if partly:
        text += (
            "\n# Into the YAML of these, which have sensitive columns: the role gets the others."
            f"\n{_yaml(partly)}"
        )
    return text


def _found(
    project: Project,
) -> tuple[ConnectionProfile, tuple[Readable, ...], dict[tuple[str, str], tuple[str, ...]]]:
    profile = read_profile(project.profiles_dir, project.profile, project.target)
    if profile.type != "postgres":
        raise ConfigurationError(
            f"The adapter '{profile.type}' has no roles.",
            "`metricspeak db role` is for Postgres; a DuckDB file is opened read-only.",
        )
    artifacts = ensure_artifacts(project)
    relations = readable(build_catalog(artifacts), artifacts.manifest)
    warehouse = open_warehouse(profile, project.project_dir)
    try:
        return profile, relations, columns_of(warehouse.rows(columns_query(relations), 30.0))
    finally:
        warehouse.close()


def _yaml(content: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 1000
    writer.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    writer.dump(dict(content), text)
    return text.getvalue()
