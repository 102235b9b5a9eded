"""What is kept comes back, whatever happens between."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from semantic.errors import ConfigurationError, ServiceDownError
from tests.translator.history.conftest import Open
from translator.answer import Answer, AnswerColumn, AnswerError, Check, Status
from translator.history.database import REVISION
from translator.history.entry import Selection
from translator.plan import Clarification, Draft, ModelQuery, Option, Refusal
from translator.query import GroupByItem, SemanticQuery

QUERY = SemanticQuery(("revenue",), (GroupByItem.parse("metric_time__month"),))
ANSWER = Answer(
    Status.ANSWERED,
    "revenue by month",
    "a" * 32,
    confidence=0.9,
    query=QUERY,
    sql="select 1",
    dbt_sql="select 1",
    columns=(AnswerColumn("revenue", "number", "metric", "currency"),),
    rows=((Decimal("10.5"),), (Decimal("3"),)),
    explanation="Revenue by month.",
    checks=(Check("row cap", "pass", "All rows are shown."),),
    models=("orders",),
    timings_ms={"plan": 1.5, "total": 9.0},
)


def numbered(number: int, question: str = "revenue") -> Answer:
    return Answer(Status.ANSWERED, question, f"{number:032x}", query=QUERY)


def test_an_answer_comes_back_as_it_was(open_one: Open) -> None:
    open_one("api").add(ANSWER, as_of=date(2025, 3, 15), asked_by="ann")

    page = open_one().page()

    assert page.total == 1
    entry = page.entries[0]
    assert (entry.surface, entry.asked_by, entry.as_of) == ("api", "ann", date(2025, 3, 15))
    assert entry.question == "revenue by month"
    assert entry.answer(("month",)).to_dict() == {**ANSWER.to_dict(), "rows": [[10.5], [3]]}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(
            Status.CLARIFY,
            "sales",
            "b" * 32,
            clarification=Clarification(
                "Which?", (Option("Revenue", QUERY), Option("Rows", ModelQuery("select 2", "Rows")))
            ),
        ),
        Answer(
            Status.UNSUPPORTED,
            "weather",
            "b" * 32,
            refusal=Refusal("Nothing.", ("revenue",), Draft("metric", "m", "f.yml", "x", "y")),
        ),
        Answer(Status.ERROR, "x", "b" * 32, error=AnswerError("timeout", "Too slow.", "Wait.")),
    ],
)
def test_whatever_became_of_a_question_comes_back(open_one: Open, answer: Answer) -> None:
    history = open_one()
    history.add(answer)

    entry = history.page().entries[0]

    assert entry.status == answer.status
    assert entry.answer(("month",)).to_dict() == answer.to_dict()


def test_only_the_first_rows_are_kept(open_one: Open) -> None:
    open_one(rows=1).add(ANSWER)
    content = open_one().page().entries[0].content

    assert content["rows"] == [[10.5]]
    assert content["row_count"] == 2


def test_opinions_pins_and_verified_questions(open_one: Open) -> None:
    history = open_one()
    history.add(ANSWER)
    history.judge(ANSWER.trace_id, True)
    history.judge(ANSWER.trace_id, False, "Returns were not taken off.", "ann")
    history.pin(ANSWER.trace_id, False)
    history.pin(ANSWER.trace_id, True)
    history.verify(ANSWER.trace_id, "monthly_revenue")

    entry = history.entry("aaaa")

    assert entry is not None
    assert (entry.liked, entry.reason) == (False, "Returns were not taken off.")
    assert entry.pinned
    assert entry.verified_as == "monthly_revenue"
    assert history.page(Selection(liked=True)).total == 0
    assert history.page(Selection(liked=False, pinned=True)).total == 1


def test_selection_and_pages(open_one: Open) -> None:
    history = open_one()
    for number in range(5):
        history.add(numbered(number, f"revenue 100% {number}"), asked_by="ann" if number else "bob")
    history.add(Answer(Status.ERROR, "costs", "f" * 32, error=AnswerError("internal", "", "")))

    assert history.page(Selection(asked_by="bob")).total == 1
    assert history.page(Selection(search="REVENUE 100%")).total == 5
    assert history.page(Selection(search="%")).total == 5
    assert history.page(Selection(status="error")).entries[0].question == "costs"
    pages = [history.page(None, 4, offset) for offset in (0, 4)]
    assert [len(page.entries) for page in pages] == [4, 2]
    assert pages[0].entries[0].question == "costs"  # the latest
    assert history.entry("0" * 10) is None  # of several
    assert history.entry(f"{0:032x}", asked_by="ann") is None


def test_projects_in_one_database_do_not_see_each_other(open_one: Open, tmp_path: Path) -> None:
    ours, theirs = open_one(), open_one()
    theirs._project = "other"
    theirs.add(ANSWER)
    theirs.page()

    assert ours.page().total == 0


def test_odd_text_is_kept(open_one: Open) -> None:
    history = open_one()
    history.add(Answer(Status.ANSWERED, "a\0b \ud800 \\u0000 😀\n", "c" * 32))

    assert "😀" in history.page().entries[0].question


def test_what_the_database_refuses_is_set_aside(
    open_one: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history = open_one()
    history.add(numbered(1))
    history._spool.append({"kind": "answer", "at": "never", "trace_id": "x"})
    history.add(numbered(2))

    assert history.page().total == 2
    assert "never" in (tmp_path / "home" / "history" / "refused.jsonl").read_text("utf-8")


def test_a_database_that_is_down_loses_nothing(
    open_one: Open, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    down = open_one(url="postgresql://nobody:secret@127.0.0.1:1/none")
    down.add(ANSWER)
    down.judge(ANSWER.trace_id, True)
    with pytest.raises(ServiceDownError) as caught:
        down.page()
    assert "secret" not in str(caught.value)

    assert open_one().page().entries[0].liked is True


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/db", "postgresql+x y://"])
def test_an_address_of_no_postgres(open_one: Open, url: str) -> None:
    with pytest.raises(ConfigurationError, match="METRICSPEAK_HISTORY__URL"):
        open_one(url=url).page()


def test_a_folder_that_cannot_be_written_costs_no_answer(
    open_one: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    history = open_one()

    history.add(ANSWER)
    history.add(ANSWER)

    assert len(caplog.records) == 1  # said once
    with pytest.raises(ServiceDownError, match="could not be kept"):
        history.judge(ANSWER.trace_id, True)


_WRITER = """
import sys
from pathlib import Path
from translator.answer import Answer, Status
from translator.history.history import History
from translator.history.spool import Spool
from translator.settings.history import HistorySettings
history = History(Spool(Path(sys.argv[1])), lambda: None, HistorySettings(), "shop", "cli")
for number in range(10**9):
    trace = f"{number:032x}"
    history.add(Answer(Status.ANSWERED, "revenue " * 50, trace))
    sys.stdout.write(trace + "\\n")
    sys.stdout.flush()
"""


def test_nothing_that_was_acknowledged_is_lost_when_the_writer_is_killed(
    open_one: Open, tmp_path: Path
) -> None:
    history = open_one()
    folder = tmp_path / "home" / "history"
    command = [sys.executable, "-c", _WRITER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().strip() for _ in range(500)]
        history.page()  # drains while it writes
        acknowledged += [writer.stdout.readline().strip() for _ in range(500)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]

    kept = {entry.trace_id for entry in history.export()}

    assert set(acknowledged) <= kept


def test_a_line_that_was_cut_short_costs_only_itself(open_one: Open, tmp_path: Path) -> None:
    history = open_one()
    history.add(numbered(1))
    with (tmp_path / "home" / "history" / "current.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"kind": "answ')
    history.add(numbered(2))

    assert history.page().total == 2


def test_a_batch_that_was_committed_but_not_taken_away_counts_once(
    open_one: Open, tmp_path: Path
) -> None:
    history = open_one()
    history.add(ANSWER)
    history.judge(ANSWER.trace_id, True)
    folder = tmp_path / "home" / "history"
    content = (folder / "current.jsonl").read_bytes()
    history.page()
    (folder / "batch.jsonl").write_bytes(content)  # as one leaves it that is killed just then
    history.add(numbered(2))

    assert history.page().total == 2
    assert not (folder / "batch.jsonl").exists()


def test_many_write_while_many_read(open_one: Open) -> None:
    histories = [open_one() for _ in range(4)]
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(40):
                histories[number].add(numbered(number * 1000 + step))
                if step % 8 == 0:
                    histories[number].page()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert histories[0].page().total == 160


def test_the_thread_takes_it_into_the_database(open_one: Open, tmp_path: Path) -> None:
    history = open_one()
    history.start()
    history.add(ANSWER)
    history.close()

    assert not (tmp_path / "home" / "history" / "current.jsonl").exists()
    assert open_one().page().total == 1


def test_old_answers_are_forgotten_but_for_pinned_and_verified_ones(open_one: Open) -> None:
    history = open_one()
    for number in range(4):
        history.add(numbered(number))
        history.judge(f"{number:032x}", True)
    history.pin(f"{1:032x}", True)
    history.verify(f"{2:032x}", "a_question")

    assert history.prune(1) == 0
    assert history.prune(0) == 2
    assert {entry.trace_id for entry in history.export()} == {f"{1:032x}", f"{2:032x}"}


def test_export_goes_over_all_pages(open_one: Open) -> None:
    history = open_one()
    for number in range(501):
        history.add(numbered(number))

    exported = [entry.to_dict() for entry in history.export()]

    assert [entry["trace_id"] for entry in exported] == [f"{n:032x}" for n in range(501)]
    json.dumps(exported[0])


def test_tables_of_a_newer_version_are_left_alone(open_one: Open, database: str) -> None:
    open_one().page()
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.begin() as connection:
        connection.execute(text("update metricspeak_history.alembic_version set version_num = '9'"))
    engine.dispose()
    history = open_one()
    history.add(ANSWER)

    with pytest.raises(ConfigurationError, match="up to date"):
        history.page()


def test_the_migrations_make_the_tables(open_one: Open, database: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    import translator.history.migrations
    from translator.history.tables import SCHEMA, metadata

    open_one().page()
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.connect() as connection:
        options = {"include_schemas": True, "version_table_schema": SCHEMA}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    config = Config()
    folder = Path(translator.history.migrations.__file__).parent
    config.set_main_option("script_location", str(folder))

    assert found == []
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION
