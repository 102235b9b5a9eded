"""What one person asked in one sitting: turns, the one shown, and the way back from changes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import date

from translator.answer import Answer


@dataclass(frozen=True)
class Turn:
    """A question and its answer. `earlier` are the answers before changes by hand, latest last."""

    id: str
    question: str
    as_of: date
    answer: Answer
    earlier: tuple[Answer, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the shown answer is to more than the words of the question."""
        return bool(self.earlier)

    @property
    def version(self) -> str:
        """Differs for each answer: part of the keys of widgets that show it."""
        return f"{self.id}-{len(self.earlier)}-{self.answer.trace_id[:8]}"


@dataclass
class Conversation:
    """Turns of one session of the translator, in order."""

    session_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    turns: list[Turn] = field(default_factory=list)
    shown: int = -1

    @property
    def current(self) -> Turn | None:
        """The turn on the page."""
        return self.turns[self.shown] if self.turns else None

    def add(self, question: str, as_of: date, answer: Answer) -> Turn:
        """A new turn, shown from now on."""
        turn = Turn(uuid.uuid4().hex[:12], question, as_of, answer)
        self.turns.append(turn)
        self.shown = len(self.turns) - 1
        return turn

    def change(self, answer: Answer) -> Turn:
        """The shown turn with another answer; `undo` brings the one before back."""
        turn = self.turns[self.shown]
        turn = replace(turn, answer=answer, earlier=(*turn.earlier, turn.answer))
        self.turns[self.shown] = turn
        return turn

    def undo(self) -> Turn:
        """The shown turn with the answer before its last change."""
        turn = self.turns[self.shown]
        turn = replace(turn, answer=turn.earlier[-1], earlier=turn.earlier[:-1])
        self.turns[self.shown] = turn
        return turn
