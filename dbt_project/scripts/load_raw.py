"""Load the demonstration retailer's raw data into schema `raw` of a Postgres database.

Does nothing when this version of the data was loaded less than a day ago; loads it again when it is
older, as a nightly load would, so that `dbt source freshness` has something true to say.

    python scripts/load_raw.py [--host HOST --port PORT --user USER --dbname NAME]

Without options, METRICSPEAK_PGHOST, _PGPORT, _PGUSER, _PGPASSWORD and _PGDATABASE say where.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

SCRIPTS = Path(__file__).resolve().parent
if str(SCRIPTS) not in sys.path:  # also when another program loads this file by its path
    sys.path.insert(0, str(SCRIPTS))

from generate_seeds import OUT, VERSION, generate  # noqa: E402

_SCHEMA = SCRIPTS / "raw_schema.sql"
_RECORD = "metricspeak_demo_load"
_LOCK = 716_352_210  # any number that others are unlikely to take


def load_raw(
    dsn: Connection | str = "",
    *,
    seeds_dir: Path = OUT,
    force: bool = False,
    **parameters: str | int,
) -> bool:
    """Load the raw tables in one transaction.

    Args:
        dsn: An open connection, or a libpq connection string.
        seeds_dir: Where the CSV files are, or are written to when they are not there.
        force: Load even when the same data was loaded within a day.
        parameters: libpq keywords (host, port, user, password, dbname) instead of a string.

    Returns:
        Whether anything was loaded.
    """
    if not isinstance(dsn, str):
        with dsn:
            return _load(dsn, seeds_dir, force)
    given: dict[str, Any] = {
        name: value for name, value in parameters.items() if value not in ("", None)
    }
    connection = psycopg2.connect(dsn, **given)
    try:
        with connection:
            return _load(connection, seeds_dir, force)
    finally:
        connection.close()


def _load(connection: Connection, seeds_dir: Path, force: bool) -> bool:
    statements = re.findall(
        r"^create table raw\.(\w+) \(.*?^\);", _SCHEMA.read_text("utf-8"), re.M | re.S
    )
    with connection.cursor() as cursor:
        # Two commands at once: the second waits, and then finds the work done.
        cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        loaded = _loaded_version(connection, statements)
        if loaded == (VERSION, True) and not force:
            return False
        folder = _csv_files(seeds_dir)
        if loaded is None or loaded[0] != VERSION:
            _create_tables(connection, statements)
        else:
            cursor.execute("truncate " + ", ".join(f"raw.{t}" for t in statements))
        for table in statements:
            with (folder / f"{table}.csv").open(encoding="utf-8") as file:
                columns = file.readline().strip()
                cursor.copy_expert(
                    f"copy raw.{table} ({columns}) from stdin with (format csv)", file
                )
        cursor.execute(f"delete from raw.{_RECORD}")
        cursor.execute(f"insert into raw.{_RECORD} (version) values (%s)", (VERSION,))
        # Without statistics the first queries are planned badly.
        cursor.execute("analyze " + ", ".join(f"raw.{t}" for t in statements))
    return True


def _loaded_version(connection: Connection, tables: list[str]) -> tuple[str, bool] | None:
    """The version in the database, and whether it is recent; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(f"select to_regclass('raw.{_RECORD}')")
        found = cursor.fetchone()
        if found and found[0]:
            cursor.execute(
                f"select version, loaded_at > now() - interval '1 day' from raw.{_RECORD}"
            )
            row = cursor.fetchone()
            return (str(row[0]), bool(row[1])) if row else ("", False)
        cursor.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'raw' and table_name = any(%s)",
            (tables,),
        )
        foreign = [row[0] for row in cursor.fetchall()]
        if foreign:
            raise SystemExit(
                f"The database holds raw.{foreign[0]} already, and not from this loader: "
                "nothing was changed. Use an empty database for the demonstration project."
            )
    return None


def _create_tables(connection: Connection, tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create schema if not exists raw")
        # Views of dbt go with the old tables; `dbt build` makes them again.
        for table in (*tables, _RECORD):
            cursor.execute(f"drop table if exists raw.{table} cascade")
        cursor.execute(_SCHEMA.read_text("utf-8"))
        for table in tables:
            cursor.execute(
                f"alter table raw.{table} add column _loaded_at timestamptz not null default now()"
            )
        cursor.execute(
            f"create table raw.{_RECORD}"
            " (version text not null, loaded_at timestamptz not null default now())"
        )


def _csv_files(seeds_dir: Path) -> Path:
    try:
        return generate(seeds_dir)
    except PermissionError:
        # An installed project may lie where nobody may write.
        return generate(Path(tempfile.mkdtemp(prefix="metricspeak-seeds-")))


def main() -> None:
    """Load into the database that the options or the environment name."""
    parser = argparse.ArgumentParser(description="Load the demonstration retailer's raw data.")
    names = {"host": "HOST", "port": "PORT", "user": "USER", "dbname": "DATABASE"}
    for option, name in names.items():
        variable = f"METRICSPEAK_PG{name}"
        default = os.environ.get(variable, "")
        parser.add_argument(f"--{option}", default=default, help=f"default: {variable}")
    parser.add_argument("--force", action="store_true", help="load even what is there already")
    options = parser.parse_args()
    if not options.host:
        raise SystemExit('No database is named: run eval "$(metricspeak db env)" first.')
    parameters = {option: getattr(options, option) for option in names}
    # No option for the password: other people of the machine could read it.
    parameters["password"] = os.environ.get("METRICSPEAK_PGPASSWORD", "")
    try:
        loaded = load_raw(force=options.force, **parameters)
    except psycopg2.Error as error:
        raise SystemExit(f"Cannot load the raw data: {str(error).strip()}") from None
    print("raw data loaded" if loaded else "raw data is there already")


if __name__ == "__main__":
    main()
