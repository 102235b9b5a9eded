"""Compares a project with its base: selects the questions that a change can reach, runs those."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from eval.case import Case
from eval.ci.asked import Asker, Ran
from eval.ci.base import Base, BaseAnswer, read_base, settings_that_matter
from eval.ci.figures import differing, same_values
from eval.ci.finding import Figure, Finding, GateReport, Kind, NameImpact
from eval.ci.impact import impacts
from eval.ci.lineage import QuestionLineage
from eval.ci.plans import PlanData, plan_changes, plan_data, plan_question, same_plan
from eval.ci.sources import source_versions
from semantic.artifacts import SEMANTIC_MANIFEST, ensure_artifacts, read_artifacts
from semantic.build import build_catalog
from semantic.catalog import Relation, SemanticCatalog
from semantic.errors import MetricSpeakError
from semantic.places import Place, place_of, shown_path
from semantic.project import Project
from semantic.state import Graph, NodeChange, StateChanges, changes_since
from translator.pipeline import Translator
from translator.planning.embedded.planner import EmbeddedPlanner
from translator.questions.question import VerifiedQuestion

Progress = Callable[[int, int], None]
"""Told how many questions are done, of how many."""
_NAMED = 3
"""Changed nodes that are named as the reason for a question."""


@dataclass(frozen=True)
class _Planned:
    """A question with its plans: now, and on the base (None where that is not known)."""

    question: VerifiedQuestion
    as_of: date
    now: PlanData
    before: PlanData | None

    @property
    def changed(self) -> bool:
        return self.before is not None and not same_plan(self.before, self.now)


@dataclass(frozen=True)
class _Why:
    """Why a question is run: in words, and where the nearest change is written."""

    reasons: tuple[str, ...]
    place: Place | None = None


class Gate:
    """One comparison of a project with what is in a state folder."""

    def __init__(
        self,
        project: Project,
        translator: Translator,
        questions: Sequence[VerifiedQuestion],
        state: Path | None,
        workers: int = 2,
        fail_on_changed: bool = False,
    ) -> None:
        """Read the base.

        Args:
            project: the project, built by dbt.
            translator: answers its questions.
            questions: the test questions.
            state: folder with the base's `manifest.json` and stored answers; None has no base.
            workers: questions at the same time.
            fail_on_changed: whether a changed answer fails, too.

        Raises:
            ArtifactError: what is in the folder cannot be read.
        """
        self.project = project
        self.translator = translator
        self.questions = tuple(questions)
        self.workers = max(1, workers)
        self.fail_on_changed = fail_on_changed
        self.manifest = ensure_artifacts(project).manifest
        self.changes: StateChanges | None = None
        self.base: Base | None = None
        self._base_catalog: SemanticCatalog | None = None
        self._notes: list[str] = []
        if state is not None:
            self.base = read_base(state)
            self.changes = changes_since(project, self.manifest, state)
            if (state / SEMANTIC_MANIFEST).is_file():
                self._base_catalog = build_catalog(read_artifacts(state))
            self._note_what_is_missing()
        settings = translator.settings
        self.as_of = settings.as_of or (self.base.as_of if self.base else date.today())
        self.asker = Asker(translator)

    def run(self, progress: Progress | None = None) -> GateReport:
        """Plan every question, run the selected ones, and compare.

        Raises:
            ServiceDownError: the warehouse cannot be reached.
        """
        planned = [self._plan(question) for question in self.questions]
        reasons = self._reasons(planned)
        selected = [p for p in planned if p.question.id in reasons]
        ran = dict(self._ran(selected, progress))
        findings = [self._finding(p, reasons.get(p.question.id), ran) for p in planned]
        findings += self._removed()
        return GateReport(
            findings=tuple(findings),
            changes=tuple(self.changes.nodes.values()) if self.changes else (),
            impacts=self._impacts(planned),
            notes=(*self._notes, *self._note_on_data(findings)),
            has_base=self.changes is not None,
        )

    def answers(self, progress: Progress | None = None) -> Base:
        """Every question's answer, to be stored as a base.

        Raises:
            ServiceDownError: the warehouse cannot be reached.
        """
        planned = [self._plan(question) for question in self.questions]
        ran = dict(self._ran(planned, progress))
        return Base(
            as_of=self.as_of,
            settings=settings_that_matter(self.translator.settings),
            answers={p.question.id: ran[p.question.id].as_base(p.now) for p in planned},
            sources=source_versions(self.translator, self.manifest),
        )

    def _note_what_is_missing(self) -> None:
        assert self.changes is not None
        if self.base is None:
            self._notes.append(
                "The state has no stored answers, so figures cannot be compared with the base; "
                "store them on the main branch with `metricspeak ci --store DIR`."
            )
            if self._base_catalog is None:
                self._notes.append(
                    "It has no semantic_manifest.json either, so plans cannot be compared."
                )

    def _note_on_data(self, findings: Iterable[Finding]) -> Iterator[str]:
        """Whether figures can differ because the raw data does."""
        if self.base is None or not any(f.figures for f in findings):
            return
        now = source_versions(self.translator, self.manifest)
        if self.base.sources and self.base.sources == now:
            yield "The raw data is that of the base: figures differ because of the project alone."
        else:
            yield (
                "The raw data may not be that of the base: where it is not, figures can differ for "
                "that reason, too."
            )

    def _plan(self, question: VerifiedQuestion) -> _Planned:
        as_of = question.as_of or self.as_of
        planner = self.translator.planner
        now = _safely(lambda: plan_data(plan_question(planner, question, as_of)))
        return _Planned(question, as_of, now, self._plan_before(question, as_of, now))

    def _plan_before(
        self, question: VerifiedQuestion, as_of: date, now: PlanData
    ) -> PlanData | None:
        if self._base_planner is not None:
            planner = self._base_planner
            return _safely(lambda: plan_data(plan_question(planner, question, as_of)))
        if self._base_catalog is not None:
            return now
        stored = self.base.answers.get(question.id) if self.base else None
        return stored.plan if stored is not None and stored.text == _text(question) else None

    @property
    def _base_planner(self) -> EmbeddedPlanner | None:
        """The planner over the base's catalog; None where it could plan nothing differently."""
        if not hasattr(self, "_made_planner"):
            self._made_planner: EmbeddedPlanner | None = None
            base, planner = self._base_catalog, self.translator.planner
            if (
                base is not None
                and isinstance(planner, EmbeddedPlanner)
                and _as_planned(base) != _as_planned(self.translator.catalog)
            ):
                self._made_planner = EmbeddedPlanner(
                    base, planner.values, planner.calendar, planner.clarify_threshold
                )
        return self._made_planner

    def _reasons(self, planned: Iterable[_Planned]) -> dict[str, _Why]:
        """Why each selected question is selected, by its id."""
        if self.changes is None:
            return {p.question.id: _Why(("there is no base",)) for p in planned}
        manifests = (self.manifest, self.changes.base)
        graph = Graph(manifests)
        lineages = [QuestionLineage(self.translator.catalog, self.manifest)]
        if self._base_catalog is not None:
            lineages.append(QuestionLineage(self._base_catalog, self.changes.base))
        settings = self._settings_changed()
        found: dict[str, _Why] = {}
        for p in planned:
            roots: set[str] = set()
            for lineage in lineages:
                for plan in self._plans(p):
                    roots |= lineage.of_plan(plan)
                if p.question.expect.sql:
                    roots |= lineage.of_sql(p.question.expect.sql)
            below = graph.upstream(roots)
            near = _nearest(self.changes.nodes, roots, below)
            reasons = [c.sentence for c in near]
            if p.changed:
                reasons.append("its plan changed")
            reasons += settings
            if self.base is not None and self._stored(p.question) is None:
                reasons.append("it is new")
            if reasons:
                found[p.question.id] = _Why(tuple(reasons), self._place(near))
        return found

    def _place(self, near: Iterable[NodeChange]) -> Place | None:
        """Where the first of the changes that are still in the project is written."""
        for change in near:
            node = next(
                (g[change.unique_id] for g in _groups(self.manifest) if change.unique_id in g), None
            )
            found = place_of(self.project.project_dir, node)
            if found is not None:
                return found
        return None

    def _plans(self, p: _Planned) -> Iterator[PlanData]:
        yield p.now
        if p.before is not None:
            yield p.before
        if p.question.expect.query is not None:
            yield plan_data(p.question.expect.query)

    def _settings_changed(self) -> list[str]:
        if self.base is None:
            return []
        now = settings_that_matter(self.translator.settings)
        changed = [k for k, v in now.items() if self.base.settings.get(k) != v]
        return [f"setting {name} changed" for name in changed]

    def _stored(self, question: VerifiedQuestion) -> BaseAnswer | None:
        """The base's answer to the question as it is worded now."""
        found = self.base.answers.get(question.id) if self.base else None
        return found if found is not None and found.text == _text(question) else None

    def _ran(
        self, planned: Sequence[_Planned], progress: Progress | None
    ) -> Iterator[tuple[str, Ran]]:
        with ThreadPoolExecutor(self.workers, thread_name_prefix="ci") as pool:
            cases = [Case(replace(p.question, as_of=p.as_of), p.question.text) for p in planned]
            try:
                for done, ran in enumerate(pool.map(self.asker.ask, cases), 1):
                    if progress is not None:
                        progress(done, len(cases))
                    yield ran.id, ran
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.translator.warehouse.cancel()
                raise

    def _finding(self, p: _Planned, why: _Why | None, ran: Mapping[str, Ran]) -> Finding:
        question = p.question
        file, line = shown_path(question.file), question.line
        if why is None:
            reason = "nothing below it changed"
            return Finding(
                question.id, _text(question), Kind.UNAFFECTED, reason, file=file, line=line
            )
        now = ran[question.id].as_base(p.now)
        old = self._stored(question)
        moved = plan_changes(p.before, p.now) if p.before is not None and p.changed else ()
        figures: tuple[Figure, ...] = ()
        more = 0
        if old is not None and not same_values(old, now):
            figures, more = differing(old, now)
        different = bool(moved) or (old is not None and not same_values(old, now))
        kind, reason = self._kind(old, now, different, bool(moved))
        return Finding(
            id=question.id,
            text=_text(question),
            kind=kind,
            reason=reason,
            failed=kind is Kind.BROKEN
            or (kind is Kind.NEW and not now.right)
            or (kind is Kind.CHANGED and self.fail_on_changed),
            because=why.reasons[:_NAMED],
            cause=why.place,
            plan_changes=moved,
            figures=figures,
            more_figures=more,
            file=file,
            line=line,
            seconds=ran[question.id].seconds,
        )

    def _kind(
        self, old: BaseAnswer | None, now: BaseAnswer, different: bool, plan_moved: bool
    ) -> tuple[Kind, str]:
        if old is None:
            if self.base is not None:
                return Kind.NEW, now.reason
            if not now.right:
                return Kind.BROKEN, f"not as expected: {now.reason}"
            if plan_moved:
                return Kind.CHANGED, "another plan, still as expected"
            return Kind.SAME, now.reason
        if old.right and not now.right:
            return Kind.BROKEN, f"not as expected any more: {now.reason}"
        if not old.right:
            kind = Kind.MENDED if now.right else Kind.STILL_FAILING
            return kind, now.reason
        if different:
            what = "another plan" if plan_moved else "other figures"
            if plan_moved and not same_values(old, now):
                what = "another plan and other figures"
            return Kind.CHANGED, f"{what}, and as expected"
        return Kind.SAME, "the same plan and figures as on the base"

    def _removed(self) -> Iterator[Finding]:
        if self.base is None:
            return
        known = {question.id for question in self.questions}
        for answer in self.base.answers.values():
            if answer.id not in known:
                yield Finding(answer.id, answer.text, Kind.REMOVED, "it is not asked any more")

    def _impacts(self, planned: Iterable[_Planned]) -> tuple[NameImpact, ...]:
        if self.changes is None or self._base_catalog is None:
            return ()
        plans = {p.question.id: tuple(self._plans(p)) for p in planned}
        return impacts(
            self._base_catalog,
            self.translator.catalog,
            self.changes.base,
            self.manifest,
            plans,
        )


def _nearest(
    changes: Mapping[str, NodeChange], roots: set[str], below: frozenset[str]
) -> list[NodeChange]:
    """Changed nodes below a question: what it names itself first, then what those are built from.

    A metric before its semantic model: it says most about what happened.
    """
    order = ("metric", "semantic_model", "model", "snapshot", "seed", "source", "macro")
    found = [changes[i] for i in below if i in changes]
    ranked = {name: rank for rank, name in enumerate(order)}
    return sorted(
        found,
        key=lambda c: (
            c.unique_id not in roots,
            ranked.get(c.resource_type, len(order)),
            c.unique_id,
        ),
    )


def _groups(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Mapping[str, Any]]]:
    for name in ("metrics", "semantic_models", "nodes", "sources", "macros"):
        yield manifest.get(name) or {}


def _as_planned(catalog: SemanticCatalog) -> SemanticCatalog:
    """The catalog without what says nothing to a planner: where rows are."""
    nowhere = Relation(None, "", "")
    models = {name: replace(m, relation=nowhere) for name, m in catalog.models.items()}
    return replace(catalog, fingerprint="", models=models)


def _text(question: VerifiedQuestion) -> str:
    return " → ".join((*question.turns, question.text))


def _safely(plan: Callable[[], PlanData]) -> PlanData:
    try:
        return plan()
    except MetricSpeakError as error:
        return {"status": "error", "message": error.message}
