"""What the LLM planner of one project is made of, put together when it is first needed.

Most questions need no model: the embedded planner is sure of them. So neither the prompts' index
nor a server's client is loaded until a question asks for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semantic.project import Project
from semantic.value_index import DimensionValues
from translator.settings import Settings

if TYPE_CHECKING:
    from translator.plan import Planner
    from translator.planning.embedded.planner import EmbeddedPlanner
    from translator.planning.llm.chat import ChatModel
    from translator.planning.llm.planner import LlmPlanner
    from translator.planning.llm.probe import PlanProbe
    from translator.planning.llm.prompt import Prompter


@dataclass
class LlmParts:
    """The parts of one project. Safe to use from several threads.

    `open_model` gives the language model; None means that of the settings.
    """

    project: Project
    settings: Settings
    embedded: EmbeddedPlanner
    values: Mapping[str, DimensionValues]
    probe: PlanProbe
    open_model: Callable[[], ChatModel | None] | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _planner: LlmPlanner | None = field(default=None, repr=False)
    _prompter: Prompter | None = field(default=None, repr=False)

    @property
    def configured(self) -> bool:
        """Whether there is a model to ask."""
        return self.open_model is not None or self.settings.llm.server != "none"

    def prompter(self) -> Prompter:
        """What writes the prompts. Needs no model."""
        from translator.planning.llm.open import open_prompter

        with self._lock:
            if self._prompter is None:
                self._prompter = open_prompter(self.project, self.embedded, self.values)
            return self._prompter

    def planner(self) -> LlmPlanner:
        """The planner that asks the model.

        Raises:
            ConfigurationError: no model is configured, or the settings lack what its server needs.
        """
        from translator.planning.llm.open import open_llm_planner

        with self._lock:
            if self._planner is None:
                self._planner = open_llm_planner(self)
            return self._planner

    def auto(self) -> Planner:
        """The planner that asks the model only where the embedded one is not sure."""
        from translator.planning.auto import AutoPlanner

        return AutoPlanner(
            self.embedded.catalog,
            self.embedded,
            self.planner,
            self.settings.llm.auto_threshold,
            self.probe.rows,
        )

    def close(self) -> None:
        """Let go of the model's connections."""
        with self._lock:
            if self._planner is not None:
                self._planner.close()
                self._planner = None
