"""Text from data and errors, made safe for a terminal."""

from __future__ import annotations

import re

# C0 and C1 controls (escape sequences start there) and the marks that reorder bidirectional text.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_C1 = re.compile("[\x7f-\x9f]")


def printable(text: str, lines: bool = False) -> str:
    r"""`text` with every control character replaced by a visible sign.

    >>> printable("a\x1b[31mb")
    'a␛[31mb'

    Args:
        text: Anything.
        lines: Whether line ends stay.
    """
    return _UNSAFE.sub(lambda m: m[0] if lines and m[0] == "\n" else _sign(m[0]), text)


def printable_json(text: str) -> str:
    r"""JSON text in which controls that JSON allows raw are written as \u00XX: the same value."""
    return _C1.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def _sign(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"
