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
    found = []
    for position, metric in enumerate(catalog.metrics.values()):
        label = metric_label(metric.name, catalog)
        elements = [
            e
            for e in catalog.group_bys_by_metric.get(metric.name, ())
            if e.dimension is not None and not e.is_time and not e.dimension.sensitive
        ]
        nearest = min(elements, key=lambda e: e.hops, default=None)
        if nearest is not None and position % 2:
            found.append(f"{label} by {element_label(nearest).lower()}")
        else:
            found.append(f"{label} by month this year")
        if len(found) == most:
            break
    return found
