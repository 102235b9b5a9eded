"""What a statement may be written with, before it is parsed.

The tree check is only worth something if sqlglot and the warehouse read the same words. They differ
at the edges of SQL's lexical rules (escape strings, dollar quoting, Unicode escapes, nested
comments, invisible characters), so a statement keeps to the plain part, on which all agree
(https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from translator.query import QueryIssue

MAX_CHARACTERS = 200_000
MAX_TOKENS = 30_000
MAX_NESTING = 60
"""Of parentheses and brackets; sqlglot's parser recurses about ten calls deep for each."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<line>--[^\r\n]*)
    |(?P<block>/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")+")
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>[-+*/<>=~!%^&|:.,;()\[\]])""",
    re.VERBOSE | re.DOTALL,
)
_BEGINS = frozenset({"select", "with", "(", "values"})
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def lexical_issues(sql: str) -> tuple[QueryIssue, ...]:
    """Why a statement is not even parsed; empty when it may be."""
    if len(sql) > MAX_CHARACTERS:
        return (QueryIssue("too_long", f"The SQL has more than {MAX_CHARACTERS:,} characters."),)
    if "\0" in sql:
        return (_odd("a NUL character"),)
    return tuple(_issues(sql))[:1]


def _issues(sql: str) -> Iterator[QueryIssue]:
    position = count = depth = 0
    before, before_end = "", -1  # the token before, and where it ended
    before_kind = ""
    begun = ended = False
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            yield _unreadable(sql, position)
            return
        kind, text, start = str(match.lastgroup), match.group(), position
        position = match.end()
        if kind == "space" or kind in {"line", "block"}:
            yield from _blank_issues(kind, text)
            continue
        count += 1
        if count > MAX_TOKENS:
            yield QueryIssue("too_complex", f"The SQL has more than {MAX_TOKENS:,} words.")
            return
        if ended:
            yield QueryIssue("statements", "The SQL has more than one statement: write one SELECT.")
            return
        if not begun and text != ";" and text.lower() not in _BEGINS:
            yield QueryIssue(
                "statements", f"The SQL begins with {_shown(text)}: only a SELECT is run."
            )
            return
        begun = True
        yield from _token_issues(kind, text, (before_kind, before), before_end == start)
        if text in "([":
            depth += 1
            if depth > MAX_NESTING:
                yield QueryIssue("too_complex", f"The SQL is nested over {MAX_NESTING} deep.")
                return
        elif text in ")]":
            depth -= 1
        ended = text == ";"
        before, before_kind, before_end = text, kind, position
    if not begun or before == ";" and count == 1:
        yield QueryIssue("statements", "There is no statement: write one SELECT.")


def _blank_issues(kind: str, text: str) -> Iterator[QueryIssue]:
    if "\r" in text.replace("\r\n", ""):
        yield _odd("a carriage return without a line feed")
    if kind == "block" and ("/*" in text[2:] or text[2:3] in {"+", "!"}):
        # Nested comments end elsewhere in other dialects; hints change how a statement runs.
        yield QueryIssue("characters", "The SQL has a nested comment or a hint: leave it out.")


def _token_issues(
    kind: str, text: str, before: tuple[str, str], adjacent: bool
) -> Iterator[QueryIssue]:
    before_kind, before_text = before
    if kind in {"string", "name"} and adjacent and before_kind in {"word", "number", kind}:
        yield QueryIssue(
            "characters",
            f"{_shown(before_text + text)} is written with a prefix: use a plain '…' text.",
        )
    elif kind in {"string", "name"} and adjacent and before_text == "&":
        yield QueryIssue("characters", "Unicode escapes (U&) are not allowed: write the character.")
    elif kind == "string" and before_kind == "string":
        yield QueryIssue("characters", "Two texts follow each other: join them with ||.")
    elif kind == "word" and adjacent and before_kind in {"number", "name", "string"}:
        yield QueryIssue(
            "characters", f"{_shown(before_text + text)} runs together: put a space between."
        )
    elif kind == "name" and any(unicodedata.category(c) in _UNSEEN for c in text):
        yield _odd("an invisible character in a quoted name")
    elif kind == "word" and not text.isascii() and unicodedata.normalize("NFKC", text) != text:
        yield _odd(f"look-alike letters in {_shown(text)}")


def _unreadable(sql: str, position: int) -> QueryIssue:
    found = sql[position]
    if found in "'\"":
        return QueryIssue("syntax", f"A text or name that begins with {found} does not end.")
    if sql.startswith("/*", position):
        return QueryIssue("syntax", "A comment does not end.")
    if found == "$":
        return QueryIssue("characters", "'$' is not allowed: no dollar quoting, no parameters.")
    name = unicodedata.name(found, f"U+{ord(found):04X}")
    return _odd(f"{_shown(found)} ({name.lower()})" if found.isprintable() else name.lower())


def _odd(what: str) -> QueryIssue:
    return QueryIssue("characters", f"The SQL has {what}, which is not allowed: leave it out.")


def _shown(text: str) -> str:
    short = text if len(text) <= 40 else text[:39] + "…"
    return "'" + "".join(c if c.isprintable() else "�" for c in short) + "'"
