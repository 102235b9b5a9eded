"""Finds and reads the time expressions of a question."""

from translator.planning.embedded.time.find import find_times
from translator.planning.embedded.time.model import Alternative, Calendar, TimeMention

__all__ = ["Alternative", "Calendar", "TimeMention", "find_times"]
