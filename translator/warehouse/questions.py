"""The warehouse as questions see it: the profile's target, through a user who can only read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from semantic.catalog import SemanticCatalog
from semantic.errors import ConfigurationError
from semantic.project import Project
from translator.settings import Settings, embedded_home
from translator.warehouse.embedded import EmbeddedPostgres
from translator.warehouse.profile import ConnectionProfile, read_profile
from translator.warehouse.warehouse import Warehouse, open_warehouse


def open_for_questions(
    project: Project, settings: Settings, catalog: SemanticCatalog, manifest: Mapping[str, Any]
) -> Warehouse:
    """The warehouse of a project's target; connects at first use.

    As `warehouse.user` of the settings; else, on the project's embedded Postgres, as a role that is
    made for it; else as the profile's own user. dbt itself always runs as the profile's user.

    Raises:
        ConfigurationError: the profile cannot be used, or a user is set for an adapter without any.
    """
    profile = read_profile(project.profiles_dir, project.profile, project.target)
    if settings.warehouse.user is not None:
        return open_warehouse(as_query_user(profile, settings), project.project_dir)
    if is_embedded(profile, project, settings):
        from translator.warehouse.embedded_reader import EmbeddedReader
        from translator.warehouse.postgres import PostgresWarehouse

        seconds = settings.statement_timeout_seconds
        reader = EmbeddedReader(profile, catalog, manifest, seconds)
        return PostgresWarehouse(reader.profile, reader.prepare)
    return open_warehouse(profile, project.project_dir)


def as_query_user(profile: ConnectionProfile, settings: Settings) -> ConnectionProfile:
    """The profile with the user of the settings, who takes on no role.

    Raises:
        ConfigurationError: the adapter has no users.
    """
    if profile.type != "postgres":
        raise ConfigurationError(
            f"'warehouse.user' is set, and the adapter '{profile.type}' has no users.",
            "Take it out of metricspeak.yml, or unset METRICSPEAK_WAREHOUSE__USER.",
        )
    fields = {k: v for k, v in profile.fields.items() if k not in {"password", "pass", "role"}}
    fields["user"] = settings.warehouse.user
    if settings.warehouse.password is not None:
        fields["password"] = settings.warehouse.password.get_secret_value()
    return replace(profile, fields=fields)


def is_embedded(profile: ConnectionProfile, project: Project, settings: Settings) -> bool:
    """Whether a profile leads to the project's embedded Postgres."""
    host = profile.fields.get("host")
    if profile.type != "postgres" or not str(host or "").startswith("/"):
        return False
    server = EmbeddedPostgres(embedded_home(project.project_dir, settings))
    return str(server.socket_dir()) == str(host)
