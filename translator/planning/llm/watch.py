"""A document while the model writes it: what can be known before its end."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_READING = 1_200
"""Characters before "kind", of a sentence of some 250 tokens. No grammar bounds it cheaply: each
character that is allowed is a state of TGI's automaton (`eval/benchmarks/grammar_size.py`)."""
_KIND = re.compile(r'"kind"\s*:\s*"(\w*)')


@dataclass
class Watch:
    """Reads along. Called on one thread with each piece of text as it streams.

    `before_sql` is called once as soon as the document turns out to be SQL over models. `enough` is
    set when the model writes on and on where one sentence was wanted; what follows is not waited
    for.
    """

    before_sql: Callable[[], None]
    enough: threading.Event = field(default_factory=threading.Event)
    text: str = ""
    _kind: str = ""

    def __call__(self, piece: str) -> None:
        """Take the next piece."""
        self.text += piece
        if self._kind:
            return
        found = _KIND.search(self.text)
        if found is None:
            if len(self.text) > _MOST_READING:
                self.enough.set()
        elif found.group(1) == "sql":
            self._kind = "sql"
            self.before_sql()
