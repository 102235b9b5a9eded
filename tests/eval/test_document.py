"""The written report: made of a stored run and the benchmarks' files, and of nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from eval.benchmarks.corpus import plain
from eval.case import cases_of
from eval.judge import Judge
from eval.report.document import main
from eval.runner import run_cases
from eval.store import RunStore, header_of
from eval.summary import figures
from semantic.project import Project
from translator.opening import open_translator
from translator.questions.read import read_questions
from translator.settings import Settings

QUESTIONS = """
version: 1
questions:
  - id: by_channel
    question: revenue by channel in 2024
    tags: [group_by]
    expect:
      query:
        metrics: [revenue]
        group_by: [order__channel]
        time_range: {start: 2024-01-01, end: 2025-01-01}
  - id: wrong_on_purpose
    question: revenue | in <b>2024</b>
    as_of: 2025-03-15
    tags: [simple]
    expect:
      query: {metrics: [revenue], time_range: {start: 2023-01-01, end: 2024-01-01}}
"""
OUTSIDE = {
    "somewhere": {
        "overall": {"n": 40, "accuracy": 0.5, "precision": 0.9, "wrong": 3, "clarified": 9}
        | {"unsupported": 8, "error": 0},
        "by_expressible": {"metrics": {"correct": 18, "answerable": 30}},
    }
}


def test_the_report_is_made_of_what_was_stored(shop_built: Project, tmp_path: Path) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(QUESTIONS, encoding="utf-8")
    translator = open_translator(shop_built, Settings())
    try:
        cases = tuple(cases_of(read_questions([file], translator.catalog.grains)))
        run = RunStore(tmp_path / "runs").open(header_of(translator, "embedded", cases))
        run_cases(cases, Judge(translator, "embedded"), run)
    finally:
        translator.close()
    found = plain(figures(list(run.outcomes.values())))
    corpus, outside = tmp_path / "corpus.json", tmp_path / "outside.json"
    corpus.write_text(json.dumps({"a_trade": found, "all": found}), encoding="utf-8")
    outside.write_text(json.dumps(OUTSIDE), encoding="utf-8")
    arguments = ["--runs", str(tmp_path / "runs"), "--corpus", str(corpus)]
    arguments += ["--into", str(tmp_path / "docs")]

    assert main([*arguments, "--outside", str(outside)]) == 0

    text = (tmp_path / "docs" / "REPORT.md").read_text(encoding="utf-8")
    assert run.header.id in text
    assert "| group_by | 1 | 100 % (100–100) |" in text
    assert "| a_trade | 2 | 50 % (0–100) |" in text
    assert "| somewhere | 40 | 50 % | 60 % | 90 % | 3 | 9 | 8 |" in text
    assert "*revenue by channel in 2024*" in text
    assert "<b>" not in text.replace("\\<b", "")
    for line in text.splitlines():
        if line.startswith("!["):
            image = tmp_path / "docs" / line.partition("](")[2].rstrip(")")
            assert image.read_text(encoding="utf-8").startswith("<svg")

    # Without the outside sets, which are not part of the repository.
    assert main(arguments) == 0
    assert "somewhere" not in (tmp_path / "docs" / "REPORT.md").read_text(encoding="utf-8")
