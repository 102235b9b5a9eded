"""What the process's exit status says: part of the outside contract."""

from __future__ import annotations

from translator.answer import Answer, Status

ANSWERED = 0
FAILED = 1
USAGE = 2
CLARIFY = 3
UNSUPPORTED = 4
SERVICE_DOWN = 5
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
BROKEN_PIPE = 141  # 128 + SIGPIPE

_BY_ERROR_CODE = {"bad_question": USAGE, "configuration": USAGE, "service_down": SERVICE_DOWN}


def exit_code(answer: Answer) -> int:
    """The exit status that tells how asking ended."""
    if answer.status is Status.ANSWERED:
        return ANSWERED
    if answer.status is Status.CLARIFY:
        return CLARIFY
    if answer.status is Status.UNSUPPORTED:
        return UNSUPPORTED
    return _BY_ERROR_CODE.get(answer.error.code if answer.error else "", FAILED)
