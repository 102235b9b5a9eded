"""The explorer over a history that is kept in a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import SecretStr

from tests.translator.history.conftest import database
from tests.ui.explorer.conftest import Page
from translator.history.history import open_history
from translator.settings.history import HistorySettings
from ui.explorer.history import KeptHistory
from ui.explorer.resources import Opening

__all__ = ["database"]


def test_what_was_asked_is_there_for_the_next_explorer(
    served: Opening, database: str, tmp_path: Path
) -> None:
    resources = served.ready
    assert resources is not None
    kept = HistorySettings(enabled=True, url=SecretStr(database))
    settings = resources.settings.model_copy(update={"history": kept, "home": tmp_path})
    stored = open_history(resources.project, settings, "explorer")
    assert stored is not None
    resources.history = KeptHistory(stored, resources.translator.catalog.grains)

    Page().ask("revenue by month in 2024")

    again = open_history(resources.project, settings, "explorer")
    assert again is not None
    (entry,) = KeptHistory(again, resources.translator.catalog.grains).entries("")
    assert entry.question == "revenue by month in 2024"
    assert entry.as_of == date(2025, 3, 15)
    assert entry.answer.query is not None
    assert entry.complete
    resources.history.judge(entry.trace_id, False, "No.")
    resources.history.pin(entry.trace_id, True)
    (judged,) = KeptHistory(again, resources.translator.catalog.grains).entries()
    assert (judged.liked, judged.reason, judged.pinned) == (False, "No.", True)
    stored.close()
    again.close()
