"""The text of a question, before anyone plans it: cleaned, or refused as no question."""

from __future__ import annotations

import unicodedata

from semantic.errors import ConfigurationError

MAX_QUESTION = 2_000
"""Length of a question at most, in characters."""


class BadQuestion(ConfigurationError):
    """What was typed is not a question."""


def clean_question(question: str) -> str:
    """The question as the planners may have it.

    Raises:
        ConfigurationError: it is empty, too long, or not text.
    """
    text = unicodedata.normalize("NFC", question).strip()
    if not text:
        raise BadQuestion("The question is empty.", "Ask, for example: revenue by month this year.")
    if len(text) > MAX_QUESTION:
        raise BadQuestion(
            f"The question has {len(text):,} characters; at most {MAX_QUESTION:,} are read.",
            "Ask one shorter question.",
        )
    odd = sum(
        unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} and c not in "\t\r\n" for c in text
    )
    if odd:
        raise BadQuestion("The question holds characters that are not text.", "Type it again.")
    return " ".join(text.split())
