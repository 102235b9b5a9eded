"""Ctrl-C, or a person's stop, while a driver waits in C code, where Python cannot see it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from translator.progress import current

_T = TypeVar("_T")


def interruptible(work: Callable[[], _T], cancel: Callable[[], None]) -> _T:
    """Do `work`; on Ctrl-C call `cancel`, wait for `work` to end, and pass the interrupt on.

    The question that it is part of can be stopped meanwhile, which calls `cancel`, too. In the main
    thread the work runs beside it, as only a waiting main thread hears Ctrl-C at once.

    Raises:
        QuestionStopped: the question was stopped.
    """
    with current().statement(cancel):
        return _interruptible(work, cancel)


def _interruptible(work: Callable[[], _T], cancel: Callable[[], None]) -> _T:
    if threading.current_thread() is not threading.main_thread():
        return work()
    results: list[_T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # raised again below, in the thread that asked
            errors.append(error)

    thread = threading.Thread(target=run, name="metricspeak-statement", daemon=True)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        with suppress(Exception):
            cancel()
        thread.join(5.0)
        raise
    if errors:
        raise errors[0]
    return results[0]
