"""What the warehouse said about whole models, remembered until their rows change.

In memory, and in a file for the next run: a command asks one question a process, and would pay for
the same evidence each time. The file may be deleted, damaged or impossible to write; what cannot be
read from it is asked for anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from semantic.artifacts import write_atomically
from translator.checks.inquiry import Inquiry

_LOG = logging.getLogger(__name__)
CACHE_FILE = "evidence.json"
_FORMAT = 1
_MOST_ENTRIES = 2_000
_MOST_ROWS = 200_000
"""Rows of all entries in the file together; the longest unused are left out of it first."""

Rows = tuple[tuple[Any, ...], ...]


class EvidenceStore:
    """Rows of inquiries by their SQL and the versions of the data. Safe to use from threads."""

    def __init__(self, folder: Path | None, dialect: str) -> None:
        """Nothing is read before it is needed.

        Args:
            folder: where the file is (`semantic.project.cache_dir`); None keeps memory only.
            dialect: sqlglot's name of the warehouse's SQL.
        """
        self._path = folder / CACHE_FILE if folder else None
        self._dialect = dialect
        self._entries: OrderedDict[str, Rows] | None = None
        self._names: dict[tuple[str, ...], str] = {}
        self._changed = False
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def get(self, inquiry: Inquiry, versions: Sequence[str]) -> Rows | None:
        """What is known; None where the data changed or nobody asked yet."""
        key = self._key(inquiry, versions)
        with self._lock:
            entries = self._loaded()
            if key in entries:
                entries.move_to_end(key)
            return entries.get(key)

    def put(self, inquiry: Inquiry, versions: Sequence[str], rows: Rows) -> None:
        """Remember it."""
        key = self._key(inquiry, versions)
        with self._lock:
            entries = self._loaded()
            entries[key] = rows
            while len(entries) > _MOST_ENTRIES:
                entries.popitem(last=False)
            self._changed = True

    def forget(self) -> None:
        """Remember nothing any more, the file's entries neither."""
        with self._lock:
            self._entries = OrderedDict()

    def save_soon(self) -> None:
        """Write the file, if there is news, on a thread that the process waits for at its end."""
        if self._path is not None and self._changed:
            threading.Thread(target=self._save, name="metricspeak-evidence-file").start()

    def _save(self) -> None:
        with self._writing:
            with self._lock:
                if not self._changed or self._path is None:
                    return
                self._changed = False
                newest_first = list(reversed((self._entries or {}).items()))
            kept: dict[str, list[list[Any]]] = {}
            room = _MOST_ROWS
            for key, rows in newest_first:
                written = _written(rows)
                room -= len(rows)
                if room < 0:
                    break
                if written is not None:
                    kept[key] = written
            content = {"format": _FORMAT, "entries": dict(reversed(kept.items()))}
            try:
                text = json.dumps(content, separators=(",", ":"))
                write_atomically(self._path, text.encode())
            except (OSError, ValueError) as error:
                _LOG.debug("evidence cannot be kept for the next run: %s", error)

    def _loaded(self) -> OrderedDict[str, Rows]:
        if self._entries is None:
            self._entries = _read(self._path) if self._path is not None else OrderedDict()
        return self._entries

    def _key(self, inquiry: Inquiry, versions: Sequence[str]) -> str:
        """A digest of the SQL, as the file outlives the project's definitions, and of versions."""
        assert inquiry.key is not None, "only evidence of whole models is remembered"
        name = self._names.get(inquiry.key)
        if name is None:
            if len(self._names) >= _MOST_ENTRIES:
                self._names.clear()
            name = self._names[inquiry.key] = inquiry.tree.sql(dialect=self._dialect)
        digest = hashlib.blake2b(digest_size=16)
        for part in (name, *versions):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
        return digest.hexdigest()


def _read(path: Path) -> OrderedDict[str, Rows]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return OrderedDict()
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        return OrderedDict()
    entries = content.get("entries")
    found: OrderedDict[str, Rows] = OrderedDict()
    for key, raw in entries.items() if isinstance(entries, dict) else ():
        try:
            found[key] = tuple(tuple(_value(value) for value in row) for row in raw)
        except (TypeError, ValueError, ArithmeticError):
            continue
    return found


def _written(rows: Rows) -> list[list[Any]] | None:
    """The rows as JSON; None where a value is of a type that would not come back the same."""
    try:
        return [[_json(value) for value in row] for row in rows]
    except TypeError:
        return None


def _json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return {"n": str(value)}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    raise TypeError(type(value).__name__)


def _value(raw: Any) -> Any:
    if raw is None or isinstance(raw, bool | int):
        return raw
    if isinstance(raw, dict) and len(raw) == 1:
        ((kind, text),) = raw.items()
        if kind == "n":
            return Decimal(text)
        if kind == "t":
            return datetime.fromisoformat(text)
        if kind == "d":
            return date.fromisoformat(text)
    raise TypeError("not a value of evidence")
