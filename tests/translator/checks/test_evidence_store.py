"""Evidence about whole models outlives the process that asked for it, and not the rows."""

from __future__ import annotations

import json
import threading
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlglot import exp

from semantic.project import Project, cache_dir
from tests.translator.checks.conftest import TODAY, by, checks
from translator.checks.evidence_store import CACHE_FILE, EvidenceStore
from translator.checks.inquiry import Inquiry
from translator.opening import open_translator
from translator.settings import Settings

INQUIRY = Inquiry("keys", None, exp.select("a", "b").from_("t"), (), ("keys", "t"))
ROWS = ((1, Decimal("12.50"), None), (date(2025, 1, 2), datetime(2025, 1, 2, 3, 4), 2))


def written(folder: Path, rows: tuple[tuple[object, ...], ...] = ROWS) -> Path:
    store = EvidenceStore(folder, "postgres")
    store.put(INQUIRY, ["v1"], rows)
    store.save_soon()
    settle()
    return folder / CACHE_FILE


def settle() -> None:
    for thread in threading.enumerate():
        if thread.name == "metricspeak-evidence-file":
            thread.join(30)


def test_the_next_process_knows_the_same_rows(tmp_path: Path) -> None:
    written(tmp_path)
    assert EvidenceStore(tmp_path, "postgres").get(INQUIRY, ["v1"]) == ROWS


def test_rows_that_changed_and_another_definition_are_not_known(tmp_path: Path) -> None:
    written(tmp_path)
    store = EvidenceStore(tmp_path, "postgres")
    other = Inquiry("keys", None, exp.select("a", "c").from_("t"), (), INQUIRY.key)
    assert store.get(INQUIRY, ["v2"]) is None
    assert EvidenceStore(tmp_path, "postgres").get(other, ["v1"]) is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"format": 99, "entries": {}}', '{"format": 1, "entries": 3}'],
)
def test_a_damaged_file_is_as_none(tmp_path: Path, content: str) -> None:
    path = written(tmp_path)
    path.write_text(content, encoding="utf-8")
    assert EvidenceStore(tmp_path, "postgres").get(INQUIRY, ["v1"]) is None


@pytest.mark.parametrize("row", ["3", '"x"', '[{"n": "x"}]', '[{"d": 3}]', "[[1]]"])
def test_a_damaged_entry_is_as_none(tmp_path: Path, row: str) -> None:
    path = written(tmp_path)
    (key,) = json.loads(path.read_bytes())["entries"]
    path.write_text(f'{{"format": 1, "entries": {{"{key}": [{row}]}}}}', encoding="utf-8")
    assert EvidenceStore(tmp_path, "postgres").get(INQUIRY, ["v1"]) is None


def test_what_json_cannot_keep_stays_in_memory(tmp_path: Path) -> None:
    path = written(tmp_path, ((b"bytes",),))
    assert json.loads(path.read_bytes())["entries"] == {}


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = EvidenceStore(tmp_path / "file" / "below", "postgres")
    store.put(INQUIRY, ["v1"], ROWS)
    store.save_soon()
    settle()
    assert store.get(INQUIRY, ["v1"]) == ROWS


@pytest.mark.dbt
@pytest.mark.postgres
def test_an_answer_is_proven_with_what_an_earlier_process_asked(faults_project: Project) -> None:
    """The file is changed, so that it shows where the evidence comes from."""
    query = by("revenue", "store__district")
    first = open_translator(faults_project, Settings(as_of=TODAY))
    first.forget_evidence()
    (asked,) = checks(first.run(query), "keys")
    first.close()
    settle()
    path = cache_dir(faults_project) / CACHE_FILE
    rows = asked.detail.split(" rows of fct_sales")[0].split()[-1]
    text = path.read_text("utf-8")
    assert f'{{"n":"{rows}"}}' in text, "sums of counts are numerics in Postgres"
    path.write_text(text.replace(f'{{"n":"{rows}"}}', '{"n":"4711"}'), encoding="utf-8")
    try:
        second = open_translator(faults_project, Settings(as_of=TODAY))
        (known,) = checks(second.run(query), "keys")
        second.close()
        settle()
    finally:
        path.unlink()
    assert known.detail == asked.detail.replace(rows, "4,711")
