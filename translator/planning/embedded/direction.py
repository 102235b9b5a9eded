"""Which of two equal roles is meant: "to Dubai", "trips that began at", "treated by"."""

from __future__ import annotations

from semantic.catalog import GroupByElement
from translator.planning.embedded.lexicon import Lexicon
from translator.planning.embedded.mentions import Mention
from translator.planning.embedded.reading import Clues
from translator.planning.embedded.text import identifier_words
from translator.planning.embedded.weights import WEIGHTS

_TO = frozenset(["to", "into", "towards", "toward", "onto", "reaching", "entering", "arriving"])
_FROM = frozenset(["from", "out", "leaving", "departing", "ex", "off"])
_ENDING = frozenset(["end", "finish", "arrive", "land", "terminate", "drop"])
_STARTING = frozenset(["start", "begin", "originate", "depart", "leave", "take"])
_ENDS = frozenset(
    ["destination", "dest", "dst", "to", "target", "arrival", "recipient", "receiver", "end"]
    + ["consignee", "payee", "drop", "dropoff", "delivery", "final"]
)
_STARTS = frozenset(
    ["origin", "orig", "org", "source", "src", "from", "departure", "sender", "start", "pickup"]
    + ["consignor", "payer", "initial"]
)


class Direction:
    """Tells roles apart by prepositions, verbs and the words of the entities themselves."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Keep the lexicon, which writes abbreviations out."""
        self.lexicon = lexicon

    def fit(self, clues: Clues, mention: Mention, element: GroupByElement) -> float:
        """Positive where the words around and the entity agree, negative where they contradict."""
        tokens = clues.phrasing.tokens
        words = {
            spelling
            for part in (*element.entity_path[-1:], element.name)
            for word in identifier_words(part)
            for spelling in (word, *self.lexicon.expand_abbreviation(word))
        }
        roots = {self.lexicon.root(word) for word in words}
        said = {self.lexicon.root(t.lemma) for t in tokens if t.index not in mention.indices}
        # "treated by": the treating doctor, not the admitting one.
        fit = WEIGHTS.role_said * min(2, len(roots & said))
        end, start = bool(words & _ENDS), bool(words & _STARTS)
        if end == start:
            return fit
        before = {t.lower for t in tokens[max(0, mention.start - 2) : mention.start]}
        around = {t.lemma for t in tokens[max(0, mention.start - 3) : mention.end + 3]}
        going = bool(before & _TO or around & _ENDING)
        coming = bool(before & _FROM or around & _STARTING)
        if going == coming:
            return fit
        return fit + (WEIGHTS.direction if end == going else -WEIGHTS.direction)
