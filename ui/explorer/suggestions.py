"""Questions to begin with: verified ones of the project, then ones that its metrics can answer."""

from __future__ import annotations

import logging

from semantic.errors import MetricSpeakError
from semantic.project import Project
from translator.pipeline import Translator
from translator.questions.question import VerifiedQuestion
from translator.questions.read import read_questions
from ui.explorer.words import element_label, metric_label

_LOG = logging.getLogger(__name__)
_FOLDER = "questions"
_FEWEST, _MOST_VALUES = 3, 30


def verified_questions(project: Project, translator: Translator) -> tuple[VerifiedQuestion, ...]:
    """The project's questions with a known answer; none where their files cannot be read."""
    folder = project.project_dir / _FOLDER
    if not folder.is_dir():
        return ()
    try:
        found = read_questions([folder], translator.catalog.grains)
    except MetricSpeakError as error:
        _LOG.warning("verified questions: %s", error.message)
        return ()
    return tuple(q for q in found if not q.held_out)


def first_questions(
    translator: Translator, verified: tuple[VerifiedQuestion, ...], most: int = 8
) -> tuple[str, ...]:
    """Up to `most` questions: half of them verified where there are so many."""
    answered = [q.text for q in verified if not q.turns and q.expect.status is None]
    made = _made(translator, most)
    half = answered[: max(most // 2, most - len(made))]
    return tuple(dict.fromkeys((*half, *made)))[:most]


def _made(translator: Translator, most: int) -> list[str]:
    catalog = translator.catalog
    # Of what has one value, or as many as rows, nobody wants a breakdown first; nor of a yes or no.
    telling = {
        key
        for key, known in translator.values.items()
        if _FEWEST <= len(known.values) <= _MOST_VALUES and known.complete
    }
    found = []
    # What has a label was named for people.
    metrics = sorted(catalog.metrics.values(), key=lambda m: m.label in {None, m.name})
    for position, metric in enumerate(metrics):
        label = metric_label(metric.name, catalog)
        elements = [
            e
            for e in catalog.group_bys_by_metric.get(metric.name, ())
            if e.dimension is not None
            and not e.is_time
            and not e.dimension.sensitive
            and e.dimension.key in telling
        ]
        nearest = min(elements, key=lambda e: e.hops, default=None)
        if nearest is not None and position % 2:
            found.append(f"{label} by {element_label(nearest).lower()}")
        else:
            found.append(f"{label} by month this year")
        if len(found) == most:
            break
    return found
