"""Asks the warehouse for evidence beside the answer's own query, and remembers what it said.

Evidence about whole models (keys, joins, days) holds until their rows change, so it is paid for
once and not with each question. What is not there in time is told, and never holds the answer up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from semantic.catalog import Model, SemanticCatalog
from semantic.errors import MetricSpeakError
from translator.checks.evidence_store import EvidenceStore
from translator.checks.inquiry import Finding, Inquiry
from translator.warehouse.warehouse import Warehouse

_WORKERS = 2


class Gathering:
    """Inquiries under way. `findings` waits for them, but not beyond the time allowed."""

    def __init__(self, inquiries: Sequence[Inquiry], seconds: float) -> None:
        self.inquiries = tuple(inquiries)
        self.deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._found: dict[int, Finding] = {}
        self._next = 0
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)

    def take(self) -> int | None:
        """The number of an inquiry that nobody works on yet."""
        with self._lock:
            number = self._next
            self._next += 1
        return number if number < len(self.inquiries) else None

    def put(self, number: int, finding: Finding) -> None:
        """Say what came of it."""
        with self._change:
            self._found[number] = finding
            self._change.notify_all()

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order of the inquiries."""
        with self._change:
            self._change.wait_for(lambda: len(self._found) == len(self.inquiries), self.left())
            late = f"it took longer than {self._seconds:g} s"
            return tuple(
                self._found.get(number, Finding(inquiry, problem=late))
                for number, inquiry in enumerate(self.inquiries)
            )


class Evidence:
    """Runs inquiries on one warehouse. Safe to use from several threads."""

    def __init__(
        self, warehouse: Warehouse, catalog: SemanticCatalog, folder: Path | None = None
    ) -> None:
        """Keep all; nothing runs yet. A folder lets the next process know what this one asked."""
        self._warehouse = warehouse
        self._by_id = {m.unique_id: m for m in catalog.models.values()}
        self._store = EvidenceStore(folder, warehouse.dialect)

    def forget(self) -> None:
        """Ask for everything anew, as after the models changed."""
        self._store.forget()

    def gather(self, inquiries: Sequence[Inquiry], seconds: float) -> Gathering:
        """Start to ask, on threads of its own; all together may take `seconds`."""
        gathering = Gathering(inquiries, seconds)
        versions = _Once(self._versions_of(inquiries))
        for number in range(min(_WORKERS, len(inquiries))):
            threading.Thread(
                target=self._work,
                args=(gathering, versions),
                name=f"metricspeak-evidence-{number}",
                daemon=True,
            ).start()
        return gathering

    def _work(self, gathering: Gathering, versions: _Once) -> None:
        while (number := gathering.take()) is not None:
            inquiry = gathering.inquiries[number]
            finding = self._safely(
                inquiry,
                lambda i=inquiry: self._find(i, versions, gathering.left()),  # type: ignore[misc]
            )
            gathering.put(number, finding)
        self._store.save_soon()

    def _safely(self, inquiry: Inquiry, find: Callable[[], Finding]) -> Finding:
        try:
            return find()
        except MetricSpeakError as error:
            return Finding(inquiry, problem=_words(error))
        except Exception as error:  # evidence never fails an answer
            return Finding(inquiry, problem=f"{type(error).__name__}: {error}"[:300])

    def _ask(self, inquiry: Inquiry, seconds: float) -> Finding:
        if seconds <= 0:
            return Finding(inquiry, problem="the time for evidence was over")
        return Finding(
            inquiry, tuple(tuple(row) for row in self._warehouse.rows(inquiry.tree, seconds))
        )

    def _find(self, inquiry: Inquiry, versions: _Once, seconds: float) -> Finding:
        if inquiry.key is None:
            return self._ask(inquiry, seconds)
        known = [versions.get().get(m.unique_id) for m in inquiry.models]
        current = [version for version in known if version is not None]
        if len(current) < len(known):  # data of unknown version is asked for anew each time
            return self._ask(inquiry, seconds)
        rows = self._store.get(inquiry, current)
        if rows is not None:
            return Finding(inquiry, rows)
        finding = self._ask(inquiry, seconds)
        if finding.problem is None:
            self._store.put(inquiry, current, finding.rows)
        return finding

    def _versions_of(self, inquiries: Iterable[Inquiry]) -> Callable[[], dict[str, str | None]]:
        models = {m.unique_id: m for i in inquiries if i.key for m in i.models}

        def look() -> dict[str, str | None]:
            seen: dict[str, str | None] = {}
            return {name: self._version(model, seen) for name, model in models.items()}

        return look

    def _version(self, model: Model, seen: dict[str, str | None]) -> str | None:
        """A view's rows are as new as those of all that it selects from."""
        if model.unique_id in seen:
            return seen[model.unique_id]
        seen[model.unique_id] = None
        own = self._warehouse.data_version(model.relation)
        if own is None and model.depends_on and model.resource_type != "source":
            parents = [self._by_id.get(name) for name in model.depends_on]
            below = [self._version(p, seen) if p is not None else None for p in parents]
            if None not in below:
                own = " ".join(str(v) for v in below)
        seen[model.unique_id] = own
        return own


class _Once:
    """A value that the first worker to need it looks up, and the others wait for."""

    def __init__(self, look: Callable[[], dict[str, str | None]]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._value: dict[str, str | None] | None = None

    def get(self) -> dict[str, str | None]:
        with self._lock:
            if self._value is None:
                self._value = {}
                with suppress(MetricSpeakError):
                    self._value = self._look()
            return self._value


def _words(error: MetricSpeakError) -> str:
    text = error.message.rstrip(".")
    return text[:1].lower() + text[1:] if text[:2].istitle() or text[:1].isupper() else text
