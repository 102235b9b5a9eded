"""Whose the files of the embedded Postgres are: the server runs as their owner."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from semantic.errors import ConfigurationError

SERVICE_USER = "pgserver"
"""Postgres refuses to run as root: for root the library makes this user."""


def server_user(data_dir: Path) -> str | None:
    """The system user to run the server as; None for the user of this process.

    Root may start what belongs to somebody else. The files stay theirs: given to another user, the
    owner could not read them any more.

    Raises:
        ConfigurationError: the files belong to another user, and this one is not root.
    """
    owner = _owner(data_dir)
    if os.geteuid() == 0:
        if owner is not None and owner.isdigit():
            raise ConfigurationError(
                f"The embedded Postgres in {data_dir.parent} belongs to user {owner}, who is not "
                "known on this machine.",
                "Give the folder to a user of this machine (chown -R), or name another with "
                "METRICSPEAK_HOME.",
            )
        return owner if owner not in (None, "root") else SERVICE_USER
    if owner is not None and owner != _name(os.geteuid()):
        raise ConfigurationError(
            f"The embedded Postgres in {data_dir.parent} belongs to {owner}, not to you.",
            f"Run the command as {owner}, or name a folder of your own with METRICSPEAK_HOME.",
        )
    return None


def _owner(data_dir: Path) -> str | None:
    try:
        return _name((data_dir / "PG_VERSION").stat().st_uid)
    except FileNotFoundError:
        return None
    except PermissionError:
        return _name(data_dir.stat().st_uid)
    except OSError:
        return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user without an entry
        return str(uid)
