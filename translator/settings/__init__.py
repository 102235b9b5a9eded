"""The settings of MetricSpeak: one group of them a file, and how they are read."""

from translator.settings.groups import (
    CheckSettings,
    ExplorerSettings,
    LintSettings,
    ValueSettings,
    WarehouseSettings,
)
from translator.settings.history import HistorySettings
from translator.settings.llm import ANY_MODEL, LlmServer, LlmSettings
from translator.settings.load import load_settings
from translator.settings.serve import ServeSettings
from translator.settings.settings import Settings, Weekday, embedded_home

__all__ = [
    "ANY_MODEL",
    "CheckSettings",
    "ExplorerSettings",
    "HistorySettings",
    "LintSettings",
    "LlmServer",
    "LlmSettings",
    "ServeSettings",
    "Settings",
    "ValueSettings",
    "WarehouseSettings",
    "Weekday",
    "embedded_home",
    "load_settings",
]
