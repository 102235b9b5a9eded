"""Questions from a JSONL file, answers as JSON lines in the same order."""

from __future__ import annotations

import io
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from semantic.errors import ConfigurationError, MetricSpeakError, ServiceDownError
from translator.answer import Answer, AnswerError, Status
from ui.cli import exit_codes
from ui.render.json_lines import to_json
from ui.render.text import printable

Ask = Callable[[str, str | None], Answer]


class _BadLine(ValueError):
    """A line that holds no question."""


def answer_file(name: str, ask: Ask) -> int:
    """Answer every line of the file `name` ('-': standard input) on standard output.

    A line that cannot be read, or whose question fails, gets an error answer; the rest goes on.
    Each answer is flushed, so a program can hold a conversation through a pipe.

    Returns:
        The exit status: that of a service that is down if one was, else 1 if a line has an error,
        else 0. Asking back and refusing are answers.

    Raises:
        ConfigurationError: when the file cannot be opened.
    """
    code = exit_codes.ANSWERED
    with _opened(name) as lines:
        for line in lines:
            if not line.strip():
                continue
            answer = _answer(line, ask)
            sys.stdout.write(to_json(answer.to_dict()) + "\n")
            sys.stdout.flush()
            if answer.status is Status.ERROR and code != exit_codes.SERVICE_DOWN:
                down = exit_codes.exit_code(answer) == exit_codes.SERVICE_DOWN
                code = exit_codes.SERVICE_DOWN if down else exit_codes.FAILED
    return code


def _answer(line: bytes, ask: Ask) -> Answer:
    question, session = "", None
    try:
        question, session = _read(line)
        return ask(question, session)
    except _BadLine as error:
        return _failed(
            "bad_question", str(error), _LINE_HINT, line.decode("utf-8", "replace").strip()
        )
    except ConfigurationError as error:
        return _failed("configuration", error.message, error.hint, question, session)
    except ServiceDownError as error:
        return _failed("service_down", error.message, error.hint, question, session)
    except MetricSpeakError as error:
        return _failed("warehouse", error.message, error.hint, question, session)
    except Exception as error:
        # One question must not cost the answers to the others.
        message = printable(f"{type(error).__name__}: {error}"[:300])
        return _failed("internal", message, "Please report this.", question, session)


_LINE_HINT = 'Write one JSON object a line: {"question": "…", "session_id": null}.'


def _read(line: bytes) -> tuple[str, str | None]:
    try:
        content = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _BadLine(f"The line is not JSON: {str(error)[:200]}.") from None
    if not isinstance(content, dict) or not isinstance(content.get("question"), str):
        raise _BadLine("The line has no 'question' that is text.")
    session = content.get("session_id")
    if session is not None and not isinstance(session, str):
        raise _BadLine("'session_id' is neither text nor null.")
    return content["question"], session


def _failed(
    code: str, message: str, hint: str, question: str, session: str | None = None
) -> Answer:
    return Answer(
        status=Status.ERROR,
        question=question,
        trace_id=uuid.uuid4().hex,
        session_id=session,
        error=AnswerError(code, message, hint),
    )


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes] | io.BufferedReader]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        handle = open(name, "rb")  # noqa: SIM115
    except OSError as error:
        raise ConfigurationError(
            f"Cannot read {name}: {error.strerror}.",
            "Name a JSONL file, or '-' for standard input.",
        ) from None
    with handle:
        yield handle
