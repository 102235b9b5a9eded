"""Finds the time expressions of a text: at each word the longest reading wins."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from translator.planning.embedded.time.dated import Days
from translator.planning.embedded.time.model import Alternative, Calendar, TimeMention
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
    found = [m for m in found if not _set_side_by_side(m, found)]
    return tuple(_without_excluded(found))


def _without_excluded(found: list[TimeMention]) -> list[TimeMention]:
    """Ranges cut by the exclusions that take off an end of them.

    "Last week, not counting the current week" excludes what is out already: such words, and
    those of an exclusion that has been cut off, limit nothing more.
    """
    ranges = [m for m in found if m.kind == "range"]
    days = [m for m in found if m.kind == "exclusion" and not m.date_part]
    if len(ranges) != 1 or not days:
        return found
    kept, start, end = ranges[0], ranges[0].start, ranges[0].end
    if not start or not end:
        return found
    done: list[TimeMention] = []
    for out in days:
        if not out.start or not out.end:
            continue
        if out.end <= start or out.start >= end:
            done.append(out)
        elif start < out.start and out.end >= end:
            end, done = out.start, [*done, out]
        elif out.start <= start and out.end < end:
            start, done = out.end, [*done, out]
    if (start, end) != (kept.start, kept.end):
        body = kept.reading.partition(":")[0]
        words = range_words(body, start, end)
        kept = replace(kept, start=start, end=end, reading=words, alternatives=())
    return [
        kept if m is ranges[0] else replace(m, kind="inclusion") if m in done else m for m in found
    ]


def _set_side_by_side(mention: TimeMention, found: list[TimeMention]) -> bool:
    """Whether days of the week stand beside others ("so much on weekends, so much on weekdays").

    Each is then one side of the answer, not a filter; read as filters they leave no day at all.
    """
    days = {m.values for m in found if m.kind == "date_part" and m.date_part == "dow" and m.values}
    return mention.kind == "date_part" and mention.values in days and len(days) > 1


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
        if isinstance(best, Range):
            ranges.remember(best)
            if best.rolling:
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

        def spelt(days: Iterable[Days]) -> tuple[Alternative, ...]:
            return tuple(Alternative(*one, range_words(body, *one)) for one in days)

        return TimeMention(
            start, end, words, "range", found.start, found.end, found.grain,
            reading=range_words(body, found.start, found.end),
            preposition=found.preposition,
            fiscal=bool(found.grain and found.grain.startswith("fiscal_")),
            alternatives=spelt(found.alternatives),
            ambiguous=spelt(found.ambiguous),
            confidence=0.5 if found.ambiguous else 0.9 if found.alternatives else 1.0,
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
