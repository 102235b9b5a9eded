"""Every error that may reach a person: a message that says what is wrong, a hint what to do.

MetricSpeakError
├── ConfigurationError      wrong usage or settings (exit 2)
│   └── ArtifactError       dbt's artifacts cannot be made or read
├── QueryError              a query that the catalog cannot answer as asked
│   └── UnknownName         nothing in the catalog has the name that was given (exit 2)
├── WarehouseError          the warehouse refused or failed a statement (exit 1)
└── ServiceDownError        something that has to run does not (exit 5)
"""

from __future__ import annotations

from collections.abc import Iterable


class MetricSpeakError(Exception):
    """Root of all errors shown to people: `message` and, when something can be done, `hint`."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class ConfigurationError(MetricSpeakError):
    """Wrong usage, settings or project files."""


class ArtifactError(ConfigurationError):
    """dbt's artifacts cannot be made, read or understood."""


class WarehouseError(MetricSpeakError):
    """The warehouse refused or failed a statement."""


class ServiceDownError(MetricSpeakError):
    """A service that has to run does not."""


class QueryError(MetricSpeakError):
    """A query that cannot be answered as asked; `issues` are the typed reasons."""

    def __init__(self, message: str, hint: str = "", issues: Iterable[object] = ()) -> None:
        super().__init__(message, hint)
        self.issues = tuple(issues)


class UnknownName(QueryError):
    """Nothing in the catalog has the name that was given."""
