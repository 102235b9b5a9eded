"""What an answer says of an error: a code for programs, a message and a hint for people."""

from __future__ import annotations

from semantic.errors import (
    ConfigurationError,
    MetricSpeakError,
    QueryError,
    ServiceDownError,
    WarehouseError,
)
from translator.answer import AnswerError
from translator.progress import QuestionStopped
from translator.query import QueryIssue
from translator.question_text import BadQuestion

OUR_FAULT = AnswerError(
    "internal",
    "MetricSpeak failed on this question.",
    "This is a fault of MetricSpeak: report it with the question. Asking in other words may help.",
)
"""What is said of an error that nobody foresaw."""


def answer_error(error: MetricSpeakError) -> AnswerError:
    """The error as an answer holds it."""
    if isinstance(error, BadQuestion):
        code = "bad_question"
    elif isinstance(error, QueryError):
        reasons = [i.message for i in error.issues if isinstance(i, QueryIssue)]
        return AnswerError("bad_query", " ".join([error.message, *reasons]), error.hint)
    elif isinstance(error, QuestionStopped):
        code = "stopped"
    elif isinstance(error, ConfigurationError):
        code = "configuration"
    elif isinstance(error, ServiceDownError):
        code = "service_down"
    elif isinstance(error, WarehouseError):
        code = "timeout" if "took longer" in error.message else "warehouse"
    else:
        code = "internal"
    return AnswerError(code, error.message, error.hint)
