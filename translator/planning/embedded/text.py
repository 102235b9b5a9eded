"""A question as tokens that know where they stand in the text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from translator.planning.embedded.lexicon import Lexicon

# A word keeps inner apostrophes, hyphens and ampersands ("don't", "e-mail", "R&D") and inner dots
# between letters or digits ("U.S.A", "2.5"); numbers keep thousands separators.
_TOKEN = re.compile(
    r"""
    \d+(?:,\d{3})*(?:\.\d+)?%?     # 30,000  2.5  10%
    | [^\W\d_](?:[\w]|['’&.\-/](?=\w))*   # words
    | \#(?=\s|\w)
    | >=|<=|!=|[><=%$€£¥+?,;:.!()"“”'‘’\-/&]
    """,
    re.VERBOSE,
)
# Possessives and contractions carry nothing that a plan needs.
_TAILS = tuple(mark + tail for mark in "'’" for tail in ("s", "d", "re", "ll", "ve", "m"))
_QUOTED = re.compile(r"\"([^\"]{1,80})\"|“([^”]{1,80})”|(?<!\w)['‘]([^'’]{1,80})['’](?!\w)")


@dataclass(frozen=True)
class Token:
    """One word, number or mark. `start` and `end` are character offsets, half-open."""

    index: int
    text: str
    lower: str
    lemma: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it has letters."""
        return any(c.isalpha() for c in self.text)

    @property
    def number(self) -> float | None:
        """Its value if it is a number, else None."""
        try:
            return float(self.text.rstrip("%").replace(",", ""))
        except ValueError:
            return None


@dataclass(frozen=True)
class Phrasing:
    """The tokens of a question, and the spans that stand in quotation marks."""

    text: str
    tokens: tuple[Token, ...]
    quoted: tuple[tuple[int, int], ...]

    def indices(self, start: int, end: int) -> frozenset[int]:
        """Indices of the tokens within a character span."""
        return frozenset(t.index for t in self.tokens if t.start >= start and t.end <= end)

    def words(self, indices: frozenset[int]) -> str:
        """The tokens of `indices` in reading order, as text."""
        return " ".join(self.tokens[i].text for i in sorted(indices))


def tokenise(text: str, lexicon: Lexicon) -> Phrasing:
    """Split a question into tokens with lemmas. Any text is accepted."""
    text = unicodedata.normalize("NFC", text)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        for word, start in _split(match.group(), match.start(), lexicon):
            # The country, where capitals mean something: not "us".
            country = word == "US" and not text.isupper()
            lower = "u.s." if country else word.lower().replace("’", "'")
            lemma = lexicon.lemma(lower) if word[0].isalpha() else lower
            tokens.append(Token(len(tokens), word, lower, lemma, start, start + len(word)))
    quoted = tuple(
        (m.start(g), m.end(g))
        for m in _QUOTED.finditer(text)
        for g in (1, 2, 3)
        if m.group(g) is not None
    )
    return Phrasing(text, tuple(tokens), quoted)


def _split(word: str, start: int, lexicon: Lexicon) -> list[tuple[str, int]]:
    """Take off a possessive 's, and split compounds that the lexicon does not know as one word."""
    for tail in _TAILS:
        if word.lower().endswith(tail) and len(word) > len(tail):
            word = word[: -len(tail)]
    if word and word != "." and word[-1] in "-./&'’":
        word = word[:-1]
    if any(c in word for c in "-/_") and not word[0].isdigit():
        if "_" not in word and (lexicon.related(word.lower()) or len(word) <= 3):
            return [(word, start)]
        parts = [(m.group(), start + m.start()) for m in re.finditer(r"[^\-/_]+", word)]
        return [p for p in parts if p[0]]
    return [(word, start)] if word else []


def identifier_words(name: str) -> list[str]:
    """Words of a column or metric name: `totalAmount_usd` → total, amount, usd."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [w.lower() for w in re.split(r"[^A-Za-z0-9]+", spaced) if w]
