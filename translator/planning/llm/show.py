"""The prompt and grammar of a question, for people who review prompts. Asks no model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from translator.plan import Question
from translator.planning.llm.chat import Message
from translator.planning.llm.grammar import plan_schema
from translator.planning.llm.open import settings_window
from translator.planning.llm.parts import LlmParts
from translator.planning.llm.prompt import prompt_version


@dataclass(frozen=True)
class ShownPrompt:
    """What would be sent. `tokens` are estimated; `catalog` says how much of it is shown."""

    version: str
    tokens: int
    catalog: str
    messages: tuple[Message, ...]
    grammar: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON, with messages as servers take them."""
        return {
            "prompt_version": self.version,
            "estimated_tokens": self.tokens,
            "catalog": self.catalog,
            "messages": [{"role": m.role, "content": m.content} for m in self.messages],
            "grammar": dict(self.grammar),
        }

    def to_text(self) -> str:
        """The same to read: the messages as they are, then the grammar."""
        parts = [f"# prompt {self.version}, about {self.tokens:,} tokens, {self.catalog}"]
        parts += [f"## {m.role}\n\n{m.content}" for m in self.messages]
        parts.append(f"## grammar\n\n{json.dumps(self.grammar)}")
        return "\n\n".join(parts)


def show_prompt(parts: LlmParts, question: Question) -> ShownPrompt:
    """The first prompt of a question, within the window of the settings."""
    prompt = parts.prompter().prompt(question, settings_window(parts.settings.llm))
    excerpt = prompt.excerpt
    shown = (
        "the whole catalog"
        if excerpt.whole
        else f"{len(excerpt.metrics)} of {excerpt.metrics_in_catalog} metrics"
    )
    return ShownPrompt(prompt_version(), prompt.tokens, shown, prompt.messages, plan_schema())
