"""The figures of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median, quantiles

from eval.outcome import Outcome, Verdict
from eval.statistics import Calibration, Estimate, calibration, share


@dataclass(frozen=True)
class Latency:
    """Milliseconds of a stage over the cases that went through it."""

    median: float
    p95: float
    n: int


@dataclass(frozen=True)
class GroupFigures:
    """The figures of some of the cases.

    accuracy: right of all. precision: right of those answered. coverage: answered of all.
    wrong: answers that are not the expected ones, of all.
    """

    n: int
    accuracy: Estimate
    precision: Estimate | None
    coverage: float
    wrong: float
    verdicts: Mapping[str, int]


@dataclass(frozen=True)
class Summary:
    """The figures of a run; `scores` are means with the number of cases that a score applies to.

    `usage` sums calls, tokens and cost of the language model, which `asked_model` cases asked.
    """

    overall: GroupFigures
    by_tag: Mapping[str, GroupFigures]
    held_out: GroupFigures | None
    rest: GroupFigures | None
    scores: Mapping[str, tuple[float, int]]
    calibration: Calibration | None
    latency_ms: Mapping[str, Latency]
    governed: float
    usage: Mapping[str, float]
    asked_model: int


def summarise(outcomes: Sequence[Outcome]) -> Summary:
    """The figures of at least one outcome."""
    by_tag: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for tag in outcome.tags:
            by_tag[tag].append(outcome)
    held_out = [o for o in outcomes if o.held_out]
    rest = [o for o in outcomes if not o.held_out]
    answered = [o for o in outcomes if o.status == "answered"]
    usage: Counter[str] = Counter()
    for outcome in outcomes:
        usage.update(outcome.usage)
    return Summary(
        overall=figures(outcomes),
        by_tag={tag: figures(by_tag[tag]) for tag in sorted(by_tag)},
        held_out=figures(held_out) if held_out and rest else None,
        rest=figures(rest) if held_out and rest else None,
        scores=_scores(outcomes),
        calibration=calibration(
            [o.confidence for o in answered], [o.verdict is Verdict.RIGHT for o in answered]
        ),
        latency_ms=_latency(outcomes),
        governed=sum(o.governed for o in answered) / len(answered) if answered else 0.0,
        usage=dict(usage),
        asked_model=sum(bool(o.usage) for o in outcomes),
    )


def figures(outcomes: Sequence[Outcome]) -> GroupFigures:
    """The figures of at least one outcome."""
    right = [o.verdict is Verdict.RIGHT for o in outcomes]
    answered = [o for o in outcomes if o.status == "answered"]
    accuracy = share(right, [o.id for o in outcomes])
    assert accuracy is not None
    return GroupFigures(
        n=len(outcomes),
        accuracy=accuracy,
        precision=share([o.verdict is Verdict.RIGHT for o in answered], [o.id for o in answered]),
        coverage=len(answered) / len(outcomes),
        wrong=sum(o.verdict is Verdict.WRONG for o in outcomes) / len(outcomes),
        verdicts={v.value: sum(o.verdict is v for o in outcomes) for v in Verdict},
    )


def _scores(outcomes: Iterable[Outcome]) -> dict[str, tuple[float, int]]:
    values: dict[str, list[float]] = defaultdict(list)
    for outcome in outcomes:
        for score in outcome.scores:
            if score.value is not None:
                values[score.name].append(score.value)
    return {name: (mean(found), len(found)) for name, found in sorted(values.items())}


def _latency(outcomes: Iterable[Outcome]) -> dict[str, Latency]:
    times: dict[str, list[float]] = defaultdict(list)
    for outcome in outcomes:
        for stage, milliseconds in outcome.timings_ms.items():
            times[stage].append(milliseconds)
    return {
        stage: Latency(
            median(found), quantiles(found, n=20)[-1] if len(found) > 1 else found[0], len(found)
        )
        # The whole after its parts; which stages there are depends on the case that came first.
        for stage, found in sorted(times.items(), key=lambda item: item[0] == "total")
    }
