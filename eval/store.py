"""Runs on disk: what made them, and every outcome as soon as it is there."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eval.case import Case
from eval.outcome import Outcome
from semantic.errors import ConfigurationError, WarehouseError
from translator.pipeline import Translator

_HEADER, _OUTCOMES = "run.json", "outcomes.jsonl"
_PACKAGES = ("metricspeak", "dbt-core", "metricflow", "sqlglot")


@dataclass(frozen=True)
class RunHeader:
    """What made a run. Two runs of one `key` would ask the same of the same.

    `catalog` and `data` are fingerprints of the project's semantic layer and of its models' rows
    (None where the warehouse cannot tell). `finished` is None while cases are missing.
    """

    id: str
    key: str
    started: str
    planner: str
    model: str | None
    cases: int
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    catalog: str
    data: str | None
    finished: str | None = None


class Run:
    """A run in its folder: outcomes are appended as they come, and survive a crash."""

    def __init__(self, folder: Path, header: RunHeader, outcomes: Iterable[Outcome]) -> None:
        """Use `RunStore` to make or read one."""
        self.folder = folder
        self.header = header
        self.outcomes = {outcome.key: outcome for outcome in outcomes}

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; it is on disk when this returns.

        Raises:
            ConfigurationError: the folder cannot be written to.
        """
        line = json.dumps(outcome.to_dict(), ensure_ascii=True) + "\n"
        try:
            with (self.folder / _OUTCOMES).open("ab+") as file:
                if file.tell():
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":  # cut off by a crash: not to be glued to
                        file.write(b"\n")
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(self.folder, error) from None
        self.outcomes[outcome.key] = outcome

    def finish(self) -> None:
        """Mark the run as complete."""
        self.header = replace(self.header, finished=_now())
        _write_header(self.folder, self.header)


class RunStore:
    """The runs below one folder, a folder each."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made yet."""
        self.folder = folder

    def open(self, header: RunHeader, resume: bool = True) -> Run:
        """The latest unfinished run of the same key to go on with, else a new one.

        Raises:
            ConfigurationError: the folder cannot be written to.
        """
        if resume:
            for known in self.runs():
                if known.header.key == header.key and known.header.finished is None:
                    return known
        folder = self.folder / header.id
        try:
            folder.mkdir(parents=True)
            (folder / _OUTCOMES).touch()
        except OSError as error:
            raise _unwritable(folder, error) from None
        _write_header(folder, header)
        return Run(folder, header, ())

    def runs(self) -> list[Run]:
        """All readable runs, latest first."""
        found = []
        for path in sorted(self.folder.glob(f"*/{_HEADER}"), reverse=True):
            try:
                found.append(_read(path.parent))
            except (OSError, ValueError, TypeError, KeyError):
                continue  # half written, or another version's
        return found

    def get(self, name: str) -> Run:
        """A run by its id, a path to its folder, or `latest`.

        Raises:
            ConfigurationError: there is none such.
        """
        runs = self.runs()
        if name == "latest" and runs:
            return runs[0]
        folder = next((r.folder for r in runs if r.header.id == name), Path(name))
        try:
            return _read(folder)
        except (OSError, ValueError, TypeError, KeyError):
            known = ", ".join(r.header.id for r in runs[:5]) or "none yet"
            raise ConfigurationError(
                f"There is no readable run '{name}'.", f"Runs in {self.folder}: {known}."
            ) from None


def header_of(translator: Translator, planner: str, cases: Iterable[Case]) -> RunHeader:
    """What would make a run over `cases` now."""
    cases = tuple(cases)
    settings = translator.settings.model_dump(mode="json")
    llm = settings.get("llm") or {}
    versions = {name: version(name) for name in _PACKAGES}
    header = RunHeader(
        id=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{planner}-{uuid.uuid4().hex[:4]}",
        key="",
        started=_now(),
        planner=planner,
        model=llm.get("model") if planner != "embedded" else None,
        cases=len(cases),
        settings=settings,
        versions=versions,
        catalog=translator.catalog.fingerprint,
        data=data_fingerprint(translator),
    )
    content = asdict(header) | {"id": "", "started": ""}
    content["asked"] = [(c.key, c.question.turns, c.text, str(c.question.as_of)) for c in cases]
    content["expected"] = [repr(c.question.expect) for c in cases]
    digest = hashlib.blake2b(json.dumps(content, default=str).encode(), digest_size=12)
    return replace(header, key=digest.hexdigest())


def data_fingerprint(translator: Translator) -> str | None:
    """Changes when the rows of a semantic model's relation do; None where that is not known."""
    digest = hashlib.blake2b(digest_size=12)
    models = {m.model for m in translator.catalog.semantic_models.values()}
    for model in sorted(translator.catalog.models.values(), key=lambda m: m.unique_id):
        if model.unique_id not in models and model.name not in models:
            continue
        try:
            found = translator.warehouse.data_version(model.relation)
        except WarehouseError:
            return None
        if found is None:
            return None
        digest.update(f"{model.unique_id}={found}\n".encode())
    return digest.hexdigest()


def _read(folder: Path) -> Run:
    header = RunHeader(**json.loads((folder / _HEADER).read_text(encoding="utf-8")))
    outcomes = []
    for line in (folder / _OUTCOMES).read_text(encoding="utf-8").splitlines():
        try:
            outcomes.append(Outcome.from_dict(json.loads(line)))
        except ValueError:
            continue  # the last line before a crash may be cut: its case is asked again
    return Run(folder, header, outcomes)


def _write_header(folder: Path, header: RunHeader) -> None:
    text = json.dumps(asdict(header), indent=2, default=str)
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, delete=False, encoding="utf-8"
        ) as temporary:
            temporary.write(text)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(temporary.name).replace(folder / _HEADER)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot write to {folder}: {error.strerror or error}.",
        "Free space there, or name another folder with --runs.",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
