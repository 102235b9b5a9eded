"""What all sessions of one explorer share: opened once a process, beside the pages."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from semantic.errors import ConfigurationError, MetricSpeakError
from semantic.project import Project
from translator.pipeline import Translator
from translator.questions.question import VerifiedQuestion
from translator.settings import Settings
from ui.explorer.history import History, KeptHistory, MemoryHistory
from ui.explorer.suggestions import verified_questions

_LOG = logging.getLogger(__name__)


@dataclass
class Resources:
    """One project, its settings and what answers questions about it."""

    project: Project
    settings: Settings
    translator: Translator
    history: History = field(default_factory=MemoryHistory)

    @cached_property
    def verified(self) -> tuple[VerifiedQuestion, ...]:
        """The project's questions with a known answer."""
        return verified_questions(self.project, self.translator)

    @property
    def today(self) -> date:
        """Today for relative dates."""
        return self.settings.as_of or date.today()


class Opening:
    """Opens the resources in a thread, so that pages appear at once; again after a failure."""

    def __init__(self, project: Project, settings: Settings) -> None:
        self.project = project
        self.settings = settings
        self.ready: Resources | None = None
        self.error: MetricSpeakError | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it has begun or is done."""
        with self._lock:
            running = self._thread is not None and self._thread.is_alive()
            if self.ready is not None or running:
                return
            self.error = None
            self._thread = threading.Thread(target=self._open, name="metricspeak-open", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> Resources | None:
        """The resources, if they are there within so many seconds."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return self.ready

    def _open(self) -> None:
        from translator.history.history import open_history
        from translator.opening import open_translator
        from translator.settings import embedded_home
        from translator.warehouse.embedded import ensure_embedded

        try:
            home = embedded_home(self.project.project_dir, self.settings)
            ensure_embedded(self.project, home)
            translator = open_translator(self.project, self.settings)
            kept = open_history(self.project, self.settings, "explorer")
            history: History = MemoryHistory()
            if kept is not None:
                kept.start()
                history = KeptHistory(kept, translator.catalog.grains)
            self.ready = Resources(self.project, self.settings, translator, history)
        except MetricSpeakError as error:
            self.error = error
        except Exception:
            _LOG.exception("the project could not be opened")
            self.error = MetricSpeakError(
                "MetricSpeak failed to open the project.",
                "The log of `metricspeak explore` says where; `metricspeak doctor` may tell why.",
            )


_opening: Opening | None = None


def serve(opening: Opening) -> None:
    """What this process's pages are about. Called once, before the first page."""
    global _opening
    _opening = opening


def opening() -> Opening:
    """What this process serves.

    Raises:
        ConfigurationError: the script was run by itself.
    """
    if _opening is None:
        raise ConfigurationError(
            "The explorer does not know which project it is for.",
            "Start it with `metricspeak explore`.",
        )
    return _opening
