"""The report's plots, as SVG that needs no script and no network."""

from __future__ import annotations

from typing import Any

from eval.outcome import Verdict
from eval.report.figures import VERDICTS
from eval.summary import Summary

# Okabe and Ito's palette: told apart by people with any colour vision.
_COLOURS = {
    Verdict.RIGHT: "#009E73",
    Verdict.WRONG: "#D55E00",
    Verdict.ASKED_BACK: "#E69F00",
    Verdict.REFUSED: "#999999",
    Verdict.FAILED: "#000000",
}
_WIDTH = 560


def accuracy_by_kind(summary: Summary) -> str:
    """How the cases of each tag ended, as stacked bars; the largest tags first."""
    import altair

    groups = sorted(summary.by_tag.items(), key=lambda item: -item[1].n)
    rows = [
        {
            "kind": f"{tag} ({found.n})",
            "verdict": VERDICTS[v],
            "cases": found.verdicts[v],
            "order": i,
        }
        for tag, found in groups
        for i, v in enumerate(Verdict)
    ]
    chart = (
        altair.Chart(_data(rows))
        .mark_bar()
        .encode(
            y=altair.Y("kind:N", sort=[f"{t} ({f.n})" for t, f in groups], title=None),
            x=altair.X("cases:Q", stack="normalize", title="share of cases", axis=_percent(altair)),
            color=_colour(altair),
            order="order:Q",
        )
        .properties(width=_WIDTH, height=altair.Step(18))
    )
    return _svg(chart)


def calibration(summary: Summary) -> str | None:
    """Share of right answers against confidence, with the diagonal; None without answers."""
    import altair

    if summary.calibration is None:
        return None
    rows = [
        {"confidence": b.confidence, "right": b.right, "answers": b.n}
        for b in summary.calibration.bins
    ]
    scale = altair.Scale(domain=[0, 1])
    points = (
        altair.Chart(_data(rows))
        .mark_circle(color="#0072B2", opacity=0.9)
        .encode(
            x=altair.X("confidence:Q", scale=scale, title="confidence", axis=_percent(altair)),
            y=altair.Y("right:Q", scale=scale, title="right", axis=_percent(altair)),
            size=altair.Size(
                "answers:Q",
                scale=altair.Scale(domainMin=0, range=[20, 600]),
                legend=altair.Legend(tickCount=4),
            ),
        )
    )
    ends = _data([{"x": 0, "y": 0}, {"x": 1, "y": 1}])
    diagonal = (
        altair.Chart(ends)
        .mark_line(color="#999999", strokeDash=[4, 4])
        .encode(x=altair.X("x:Q", title="confidence"), y=altair.Y("y:Q", title="right"))
    )
    return _svg((diagonal + points).properties(width=320, height=320))


def latency(summary: Summary) -> str:
    """Median and 95th percentile of each stage."""
    import altair

    rows = [
        {"stage": stage, "milliseconds": value, "figure": name}
        for stage, found in summary.latency_ms.items()
        for name, value in (("median", found.median), ("95th percentile", found.p95))
    ]
    chart = (
        altair.Chart(_data(rows))
        .mark_bar()
        .encode(
            y=altair.Y("stage:N", sort=list(summary.latency_ms), title=None),
            yOffset=altair.YOffset("figure:N", sort=["median", "95th percentile"]),
            x=altair.X("milliseconds:Q"),
            color=altair.Color(
                "figure:N",
                scale=altair.Scale(
                    domain=["median", "95th percentile"], range=["#0072B2", "#56B4E9"]
                ),
                title=None,
            ),
        )
        .properties(width=_WIDTH, height=altair.Step(14))
    )
    return _svg(chart)


def _data(rows: list[dict[str, Any]]) -> Any:
    import altair

    return altair.Data(values=rows)  # type: ignore[no-untyped-call]


def _percent(altair: Any) -> Any:
    return altair.Axis(format="%")


def _colour(altair: Any) -> Any:
    scale = altair.Scale(
        domain=[VERDICTS[v] for v in Verdict], range=[_COLOURS[v] for v in Verdict]
    )
    return altair.Color("verdict:N", scale=scale, title=None)


def _svg(chart: Any) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_json()))
