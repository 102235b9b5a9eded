"""A small English lemmatiser: plural, third person, -ing and -ed, with the e put back.

Not a stemmer: the result is a word ("companies" is "company", "shipping" is "ship").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

_VOWEL = re.compile(r"[aeiouy]")
_SHORT = re.compile(r"^[^aeiou]*[aeiou][^aeiouwxy]$")  # one syllable, one vowel, one consonant
_MEMO_SIZE = 50_000  # a long-running server sees any text
_DOUBLED = re.compile(r"([bdgklmnprt])\1$")
_LOST_E = re.compile(
    r"(?:v|u|iz|yz|[nra]c|uc|[nrlpaeiou]s|[dra]g|ang"  # serve, value, size, dance, use, change
    r"|[^aeiou](?:at|ut)"  # donate, pollute; not treat
    r"|[^aeiou]u?[iau]d|[^aeiou][aio]k|[^aeiou]ap"  # decide, invoke, escape
    r"|[^aeioulrw]l|(?:[^aeo]i|[^aeo]u)r)$"  # handle, require, measure
)
_SIBILANT = ("sses", "shes", "ches", "xes", "zzes")
# "-ise" words that are not the British spelling of "-ize".
_TRUE_ISE = frozenset(
    [
        "advertise",
        "advise",
        "appraise",
        "arise",
        "braise",
        "bruise",
        "chastise",
        "circumcise",
        "comprise",
        "compromise",
        "concise",
        "cruise",
        "demise",
        "despise",
        "devise",
        "disguise",
        "enterprise",
        "excise",
        "exercise",
        "expertise",
        "franchise",
        "guise",
        "improvise",
        "likewise",
        "merchandise",
        "noise",
        "otherwise",
        "paradise",
        "poise",
        "praise",
        "precise",
        "premise",
        "promise",
        "raise",
        "reprise",
        "revise",
        "rise",
        "supervise",
        "surprise",
        "surmise",
        "televise",
        "treatise",
        "turquoise",
        "wise",
    ]
)


class Lemmatiser:
    """Lemmas by table first, then by rules; `known` words decide between candidates."""

    def __init__(
        self,
        irregular: Mapping[str, str],
        invariant: Set[str],
        spelling: Mapping[str, str],
        known: Set[str],
    ) -> None:
        """Take the tables; they are not copied."""
        self._irregular = irregular
        self._invariant = invariant
        self._spelling = spelling
        self._known = known
        self._memo: dict[str, str] = {}

    def phrase(self, phrase: str) -> str:
        """A phrase with each word as its lemma."""
        if " " not in phrase:
            return self.lemma(phrase)
        return " ".join([self.lemma(word) for word in phrase.split(" ")])

    def lemma(self, word: str) -> str:
        """The dictionary form of a word, in American spelling, in lower case."""
        found = self._memo.get(word)
        if found is None:
            found = self._find(word)
            if len(self._memo) < _MEMO_SIZE:
                self._memo[word] = found
        return found

    def _find(self, word: str) -> str:
        word = word.lower().replace("’", "'")
        if word.endswith("'s"):
            word = word[:-2]
        elif word.endswith("s'"):
            word = word[:-1]
        if word in self._irregular:
            return self._irregular[word]
        uninflected = word[-1:] not in ("s", "d", "g")
        if uninflected or word in self._invariant or len(word) <= 3 or not word.isalpha():
            return self._american(word)
        return self._american(self._inflection(word))

    def _american(self, word: str) -> str:
        if word in self._spelling:
            return self._spelling[word]
        if word.endswith(("ise", "yse")) and len(word) > 5 and word not in _TRUE_ISE:
            return word[:-2] + "ze"
        if word.endswith("isation") and len(word) > 8:
            return word[:-7] + "ization"
        return word

    def _inflection(self, word: str) -> str:
        if word.endswith("s"):
            return self._singular(word)
        if word.endswith("ing") and len(word) > 4 and _VOWEL.search(word[:-3]):
            return self._base(word[:-3])
        if word.endswith("ied") and len(word) > 4:
            return word[:-3] + "y"
        if word.endswith("ed") and not word.endswith("eed") and _VOWEL.search(word[:-2]):
            return self._base(word[:-2])
        return word

    def _singular(self, word: str) -> str:
        if word.endswith(("ss", "us", "is")):
            return word
        if word.endswith("ies") and len(word) > 4:
            return word[:-3] + "y"
        # "statuses", "gases": the singular itself ends in s.
        if word.endswith("es") and (word[:-2] in self._invariant or word.endswith(_SIBILANT)):
            return word[:-2]
        if word.endswith("uses") and word[:-1] not in self._known and len(word) > 7:
            return word[:-2] if word[-5] not in "aeio" else word[:-1]
        if word.endswith("oes"):
            return word[:-2]
        return word[:-1]

    def _base(self, stem: str) -> str:
        """Verb of a stem left by -ing or -ed: "hir" is hire, "shipp" is ship, "order" is order."""
        single = stem[:-1] if _DOUBLED.search(stem) else stem
        if stem in self._invariant:  # focus, process, bias
            return stem
        for candidate in (stem, stem + "e", single):
            if candidate in self._known or candidate in self._spelling:
                return candidate
        if single != stem:
            # "sell", "call" keep a double l; "cancelled", "travelled" (two syllables) do not.
            keeps = stem.endswith("ll") and len(_VOWEL.findall(single)) == 1
            return stem if keeps else single
        return stem + "e" if _wants_e(stem) else stem


def _wants_e(stem: str) -> bool:
    """Whether an unknown stem lost an e: English words rarely end in these letters without one."""
    return bool(_LOST_E.search(stem) or _SHORT.match(stem))
