"""What each question cost and how it went at the language model, kept where a person finds it.

One JSON object a question, one a line, in `llm_trace.jsonl` in the project's cache folder, found
by the answer's `trace_id`. The file is bounded: when it is full it is renamed to
`llm_trace.old.jsonl`, and what was there before is let go. Neither prompts nor keys are written; a
disk that fails costs the trace and never the answer.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from translator.plan import LlmUsage
from translator.planning.llm.chat import ChatReply
from translator.query import QueryIssue

_LOG = logging.getLogger(__name__)
TRACE_FILE = "llm_trace.jsonl"
_MOST_BYTES = 5_000_000
_MOST_TEXT = 4_000


@dataclass(frozen=True)
class Prices:
    """Prices of a million tokens, in any one currency; None where unknown."""

    per_million_input_tokens: float | None = None
    per_million_output_tokens: float | None = None

    def cost(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """What a call cost; None if a price or a count is not known."""
        counted = (
            (prompt_tokens, self.per_million_input_tokens),
            (completion_tokens, self.per_million_output_tokens),
        )
        total = 0.0
        for count, price in counted:
            if count is None or price is None:
                return None
            total += count * price / 1_000_000
        return total


@dataclass(frozen=True)
class LlmCall:
    """One generation: `purpose` is plan, vote or repair; `issues` are what decoding found."""

    purpose: str
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float
    first_token_seconds: float | None
    attempts: int
    finish_reason: str
    issues: tuple[str, ...] = ()
    output: str = ""
    cost: float | None = None

    @classmethod
    def of(
        cls, purpose: str, reply: ChatReply, issues: tuple[QueryIssue, ...], prices: Prices
    ) -> LlmCall:
        """The record of a reply."""
        return cls(
            purpose=purpose,
            model=reply.model,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=round(reply.seconds, 3),
            first_token_seconds=reply.first_token_seconds,
            attempts=reply.attempts,
            finish_reason=reply.finish_reason.value,
            issues=tuple(f"{i.kind}: {i.message}"[:300] for i in issues),
            output=reply.text[:_MOST_TEXT],
            cost=prices.cost(reply.prompt_tokens, reply.completion_tokens),
        )


@dataclass(frozen=True)
class LlmTrace:
    """All calls for one question. `prompt_tokens` are estimated before sending."""

    prompt_version: str
    prompt_tokens: int
    catalog: str
    calls: tuple[LlmCall, ...] = ()
    error: str = ""
    outcome: str = ""

    @property
    def usage(self) -> LlmUsage:
        """All calls together; None for what one of them does not tell."""

        def total(counts: list[int | None]) -> int | None:
            known = [n for n in counts if n is not None]
            return sum(known) if len(known) == len(counts) else None

        costs = [c.cost for c in self.calls if c.cost is not None]
        return LlmUsage(
            len(self.calls),
            total([c.prompt_tokens for c in self.calls]),
            total([c.completion_tokens for c in self.calls]),
            sum(costs) if costs and len(costs) == len(self.calls) else None,
        )

    @property
    def summary(self) -> str:
        """One line for the answer: model, calls, tokens, time, cost."""
        model = self.calls[-1].model if self.calls else "no reply"
        count = len(self.calls)
        text = f"{model}: {count} call{'s' if count != 1 else ''}"
        tokens = [
            [n for c in self.calls if (n := getattr(c, name)) is not None]
            for name in ("prompt_tokens", "completion_tokens")
        ]
        if all(tokens):
            text += f", {sum(tokens[0]):,} tokens in, {sum(tokens[1]):,} out"
        if self.calls:
            text += f", {sum(c.seconds for c in self.calls):.1f} s"
        retries = sum(c.attempts - 1 for c in self.calls)
        if retries:
            text += f", {retries} retr{'ies' if retries > 1 else 'y'}"
        costs = [c.cost for c in self.calls if c.cost is not None]
        if costs and len(costs) == count:
            text += f", cost {sum(costs):.4f}"
        return f"{text}; prompt {self.prompt_version}."


class TraceSink(Protocol):
    """Where traces go."""

    def write(self, trace_id: str, question: str, trace: LlmTrace) -> None:
        """Keep one trace. Never raises."""
        ...


@dataclass
class TraceFile:
    """A bounded file of traces. Safe to use from several threads."""

    folder: Path
    most_bytes: int = _MOST_BYTES
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def path(self) -> Path:
        """The file that is written to."""
        return self.folder / TRACE_FILE

    def write(self, trace_id: str, question: str, trace: LlmTrace) -> None:
        """Append one line; what a disk says against it goes to the log."""
        record: dict[str, Any] = {
            "trace_id": trace_id,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "question": question[:2_000],
            **asdict(trace),
        }
        line = json.dumps(record, ensure_ascii=False) + "\n"
        try:
            with self._lock:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._make_room(len(line.encode()))
                # Questions may be confidential: the file is the person's own.
                descriptor = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
                with open(descriptor, "a", encoding="utf-8") as file:
                    file.write(line)
        except (OSError, UnicodeError) as error:
            _LOG.warning("trace %s could not be written: %s", trace_id, error)

    def _make_room(self, size: int) -> None:
        try:
            full = self.path.stat().st_size + size > self.most_bytes
        except FileNotFoundError:
            return
        if full:
            os.replace(self.path, self.path.with_name("llm_trace.old.jsonl"))


class NoTrace:
    """Keeps nothing."""

    def write(self, trace_id: str, question: str, trace: LlmTrace) -> None:
        """Let it go."""
