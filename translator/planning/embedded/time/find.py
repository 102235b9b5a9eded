"""Finds the time expressions of a text: at each word the longest reading wins."""

from datetime import date

from translator.planning.embedded.time.model import Calendar, TimeMention
from translator.planning.embedded.time.others import Other, OtherReader
from translator.planning.embedded.time.periods import PeriodReader
from translator.planning.embedded.time.ranges import Range, RangeReader
from translator.planning.embedded.time.tokens import Token, tokens_of
from translator.planning.embedded.time.wording import (
    comparison_words,
    grain_words,
    part_words,
    range_words,
)


def find_times(text: str, as_of: date, calendar: Calendar) -> tuple[TimeMention, ...]:
    """The time expressions of a text, left to right, none overlapping.

    Args:
        text: Any text.
        as_of: The day the text is read on.
        calendar: The calendar of its writer.
    """
    tokens = tokens_of(text)
    found, rolling = _find(text, tokens, as_of, calendar, frozenset())
    # "tickets per week last 8 weeks" means eight whole weeks: a part of one would
    # show as a short first bar.
    aligned = frozenset(m.grain for m in found if m.kind == "grain" and m.grain) & rolling
    if aligned:
        found, _ = _find(text, tokens, as_of, calendar, aligned)
    return tuple(found)


def _find(
    text: str, tokens: list[Token], as_of: date, calendar: Calendar, aligned: frozenset[str]
) -> tuple[list[TimeMention], frozenset[str]]:
    periods = PeriodReader(tokens, as_of, calendar, aligned)
    ranges = RangeReader(periods)
    others = OtherReader(periods, ranges)
    mentions: list[TimeMention] = []
    rolling: set[str] = set()
    at = 0
    while at < len(tokens):
        best: Range | Other | None = None
        candidates: list[Range | Other] = [*others.read(at)]
        ranged = ranges.read(at)
        if ranged:
            candidates.append(ranged)
        best = max(candidates, key=lambda one: one.stop, default=None)
        if best is None or best.stop <= at:
            at += 1
            continue
        if isinstance(best, Range) and best.rolling:
            rolling.add(best.rolling)
        mentions.append(_mention(text, tokens, at, best))
        at = best.stop
    return mentions, frozenset(rolling)


def _mention(text: str, tokens: list[Token], at: int, found: Range | Other) -> TimeMention:
    if isinstance(found, Other) and tokens[at].word == ",":
        at += 1
    start, end = tokens[at].start, tokens[found.stop - 1].end
    words = text[start:end]
    if isinstance(found, Range):
        body = text[tokens[found.body].start : end].removeprefix("the ")
        return TimeMention(
            start, end, words, "range", found.start, found.end, found.grain,
            reading=range_words(body, found.start, found.end),
            preposition=found.preposition,
        )  # fmt: skip
    if found.comparison:
        reading = comparison_words(*found.comparison)
    elif found.date_part:
        reading = part_words(found.date_part, found.values, found.kind == "exclusion")
    elif found.kind == "exclusion":
        reading = range_words(words, found.start, found.end)
    else:
        reading = grain_words(found.grain)
    return TimeMention(
        start, end, words, found.kind, found.start, found.end, found.grain,
        found.comparison, found.date_part, found.values, reading,
    )  # fmt: skip
