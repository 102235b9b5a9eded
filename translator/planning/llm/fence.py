"""Text of the catalog, of values and of people, made fit to stand in a prompt as data.

Such text may hold anything: control tokens of a chat format, tags that would close our own
sections, line breaks that would start a new one. Nothing here decides what is hostile; all of it
is made harmless.
"""

from __future__ import annotations

import json
import re
import unicodedata

# What chat formats give a meaning: "<|eot_id|>" (Llama 3), "<s>" and "[INST]" (Llama 2, Mistral),
# "<<SYS>>", and tags such as our own "</question>".
_OPENING = re.compile(r"<(?=[|/!?a-zA-Z])|<(?=<)|(?<=<)<")
_CLOSING = re.compile(r"(?<=\|)>|>(?=>)|(?<=>)>")
_INSTRUCTION = re.compile(
    r"\[(/?\s*(?:INST|SYS|SYSTEM|ASSISTANT|USER)\b[^\]]{0,20})\]", re.IGNORECASE
)
_FENCES = re.compile(r"`{3,}|~{3,}|-{4,}|={4,}|#{2,}")
_CUT = "…"


def as_data(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters that no chat format and no section of ours reads."""
    line = " ".join(_visible(unicodedata.normalize("NFC", text)).split())
    line = _OPENING.sub("‹", line)
    line = _CLOSING.sub("›", line)
    line = _INSTRUCTION.sub(r"(\1)", line)
    line = _FENCES.sub(lambda found: found.group()[0], line)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + _CUT


def as_quoted(text: str, limit: int = 80) -> str:
    """The same in double quotes, with those inside escaped as in JSON."""
    return json.dumps(as_data(text, limit), ensure_ascii=False)


def _visible(text: str) -> str:
    """Without control and format characters (zero width, direction); other spaces become plain."""
    return "".join(
        " " if unicodedata.category(c) in {"Zs", "Zl", "Zp"} or c in "\t\r\n" else c
        for c in text
        if c in "\t\r\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
