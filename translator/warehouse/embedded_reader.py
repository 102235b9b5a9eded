"""The role for questions on the embedded Postgres, made and kept up by itself.

`dbt build` swaps tables, and a new table has no grants. So the grants are given again when they no
longer fit the project, and whenever the database denies something: once, before the denial counts.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg2
from psycopg2 import sql

from semantic.catalog import SemanticCatalog
from semantic.errors import ServiceDownError
from translator.warehouse.profile import ConnectionProfile
from translator.warehouse.roles import (
    ROLE,
    RoleGrants,
    columns_of,
    columns_query,
    readable,
    role_grants,
    statements,
)

# Two processes that change the rights of one role at once fail with "tuple concurrently updated".
_LOCK = 7_302_915_446
_KEPT = "select shobj_description(oid, 'pg_authid') from pg_catalog.pg_roles where rolname = %s"


class EmbeddedReader:
    """Makes the role of one project. `owner` is the profile of the user that dbt builds with."""

    def __init__(
        self,
        owner: ConnectionProfile,
        catalog: SemanticCatalog,
        manifest: Mapping[str, Any],
        timeout_seconds: float,
    ) -> None:
        self._owner = owner
        self._relations = readable(catalog, manifest)
        self._timeout = timeout_seconds
        self._database = str(owner.fields.get("dbname") or owner.fields.get("database"))
        # Several projects may live on one server; one must not take the other's rights away.
        schemas = sorted({r.relation.schema for r in self._relations})
        told = "\n".join((catalog.project_name, *schemas))
        self.role = f"{ROLE}_{hashlib.sha256(told.encode()).hexdigest()[:8]}"
        self._lock = threading.Lock()

    @property
    def profile(self) -> ConnectionProfile:
        """How to connect as the role."""
        fields = {**self._owner.fields, "user": self.role}
        for name in ("password", "pass", "role"):
            fields.pop(name, None)
        return replace(self._owner, fields=fields)

    def prepare(self, again: bool = False) -> None:
        """Make the role with its rights, unless they were given for the same relations before.

        Args:
            again: give the rights in any case: tables may be new ones.

        Raises:
            ServiceDownError: the server cannot be reached, or refuses.
        """
        fields = self._owner.fields
        with self._lock:
            try:
                with (
                    closing(
                        psycopg2.connect(
                            host=fields.get("host"),
                            port=fields.get("port"),
                            user=fields.get("user"),
                            dbname=self._database,
                            connect_timeout=10,
                        )
                    ) as connection,
                    connection,
                    connection.cursor() as cursor,
                ):
                    self._give(cursor, again)
            except psycopg2.Error as error:
                raise ServiceDownError(
                    f"The role for questions cannot be made: {str(error).strip()}",
                    "Look at the embedded Postgres: metricspeak db status.",
                ) from None

    def _give(self, cursor: Any, again: bool) -> None:
        cursor.execute(_KEPT, (self.role,))
        row = cursor.fetchone()
        wanted = hashlib.sha256(repr((self._relations, self._timeout)).encode()).hexdigest()
        if row and row[0] == wanted and not again:
            return
        cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        cursor.execute(columns_query(self._relations).sql(dialect="postgres"))
        columns = columns_of(cursor.fetchall())
        found: RoleGrants = role_grants(
            self._relations, columns, self._database, self.role, self._timeout
        )
        for statement in (*statements(found), *found.everybody):
            cursor.execute(statement)
        cursor.execute(
            sql.SQL("comment on role {} is %s").format(sql.Identifier(self.role)), (wanted,)
        )
