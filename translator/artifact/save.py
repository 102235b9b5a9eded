"""Saves an answer: makes the artifact, tries it in a copy of the project, writes it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import sqlglot
from sqlglot import exp

from semantic.artifacts import ensure_artifacts
from semantic.catalog import SemanticCatalog
from semantic.errors import ArtifactError, WarehouseError
from semantic.project import Project
from translator.answer import Answer, Status
from translator.artifact import files
from translator.artifact.artifact import Artifact, CannotSave, Kind, Saving, check_name
from translator.artifact.draft import Drafter
from translator.artifact.exposure import exposure_artifact
from translator.artifact.layout import Layout
from translator.artifact.model import model_artifact
from translator.artifact.proposal import propose
from translator.artifact.question import DEFAULT_FILE, question_artifact
from translator.artifact.saved_query import saved_query_artifact
from translator.artifact.scratch import scratch_project
from translator.compile.metricflow import MetricFlowCompiler
from translator.pipeline import Translator
from translator.plan import ModelQuery, Question, Refusal
from translator.query import SemanticQuery
from translator.questions.gold import render_refs, same_rows
from translator.questions.question import VerifiedQuestion
from translator.questions.read import read_questions
from translator.results import json_value
from translator.warehouse.warehouse import Result


class FailedTrial(WarehouseError):
    """What was to be saved does not build, fails its tests, or does not give the answer's rows."""


@dataclass(frozen=True)
class SaveOptions:
    """What else a person may say about an artifact; see the command's help."""

    force: bool = False
    owner: str | None = None
    exposure_type: str = "analysis"
    url: str | None = None
    questions_file: PurePosixPath = DEFAULT_FILE
    pin: str | None = None


@dataclass(frozen=True)
class Asked:
    """What is to be saved: a plan that answered a question, or a plan alone."""

    question: str
    as_of: date
    plan: SemanticQuery | ModelQuery


@dataclass(frozen=True)
class Prepared:
    """An artifact with the answer that it is made of; a draft is made of none."""

    artifact: Artifact
    answer: Answer | None = None


class Saver:
    """Saves answers of one project."""

    def __init__(self, project: Project, translator: Translator) -> None:
        """Keep both."""
        self.project = project
        self.translator = translator
        self.journal = project.target_path / files.JOURNAL

    def prepare(self, kind: Kind, name: str, asked: Asked, options: SaveOptions) -> Prepared:
        """The artifact, nothing of it tried or written.

        Raises:
            CannotSave: it cannot be made of this answer, or the name is taken.
            MetricSpeakError: the query does not run any more.
        """
        check_name(name)
        files.recover(self.journal)
        answer = answered(self.translator.run(asked.plan, as_of=asked.as_of))
        saving = Saving(
            name=name,
            question=asked.question,
            as_of=asked.as_of,
            answer=answer,
            catalog=self.translator.catalog,
            layout=Layout(self.project, ensure_artifacts(self.project).manifest),
            force=options.force,
        )
        artifact = self._make(kind, saving, options)
        if all(change.before == change.after for change in artifact.changes):
            raise CannotSave("The project has exactly this already.", "There is nothing to do.")
        failed = tuple(f"A check failed: {c.detail}" for c in answer.checks if c.status == "fail")
        return Prepared(replace(artifact, notes=(*failed, *artifact.notes)), answer)

    def prepare_draft(self, name: str, question: str, as_of: date) -> Prepared:
        """What would make a refused question answerable, nothing of it tried or written.

        Raises:
            CannotSave: the question is not refused, or nothing says what is missing.
        """
        check_name(name)
        files.recover(self.journal)
        planned = self.translator.planner.plan(Question(question, as_of))
        if not isinstance(planned.plan, Refusal):
            raise CannotSave(
                f"The question is not refused: {question}", "A draft is of what a refusal misses."
            )
        drafter = Drafter(self.project, self.translator.catalog)
        proposal = propose(question, planned.ignored or (), drafter.catalog)
        if proposal is None:
            raise CannotSave(
                f"Nothing in the project says what is missing for this question: {question}",
                "Write the metric or model by hand.",
            )
        return Prepared(drafter.artifact(proposal, name))

    def try_out(self, prepared: Prepared) -> tuple[str, ...]:
        """Whether the artifact works, in a copy of the project; sentences that say what was shown.

        Raises:
            FailedTrial: it does not.
        """
        artifact = prepared.artifact
        if artifact.kind is Kind.QUESTION:
            return self._ask_again(artifact)
        with scratch_project(self.project) as scratch:
            try:
                scratch.write(artifact.changes)
                semantic_manifest = scratch.parse()
            except OSError as error:
                raise FailedTrial(
                    f"The copy of the project cannot be written: {error.strerror or error}.",
                    "Free some space for temporary files, or set TMPDIR. Nothing was written.",
                ) from None
            except ArtifactError as error:
                raise FailedTrial(
                    f"With '{artifact.name}' the project does not parse. {error.message}",
                    "Nothing was written.",
                ) from None
            said = ["dbt parses the project with it."]
            compiler = MetricFlowCompiler(semantic_manifest, self.translator.catalog)
            if artifact.kind is Kind.DRAFT and not artifact.build:
                sql = compiler.sql((artifact.name,), ())
                self._rows(_plain(sql, self.translator.catalog.adapter_type))
                said.append("The warehouse computes the metric.")
            if artifact.kind is Kind.SAVED_QUERY and prepared.answer is not None:
                self._same_as_answer(compiler.saved_query_sql(artifact.name), prepared.answer)
                said.append("MetricFlow gives the rows of the answer for it.")
            if artifact.build:
                failures = scratch.build(artifact.build)
                if failures:
                    text = "; ".join(f"{f.name}: {f.message}" for f in failures)
                    raise FailedTrial(f"dbt build failed: {text}.", "Nothing was written.")
                said.append("dbt build passed in a scratch schema, tests included.")
            return tuple(said)

    def write(self, artifact: Artifact) -> None:
        """Write the files, all or none.

        Raises:
            ConfigurationError: that is not possible; the project is as it was.
        """
        files.apply(artifact.changes, self.journal)

    def _make(self, kind: Kind, saving: Saving, options: SaveOptions) -> Artifact:
        if kind is Kind.MODEL:
            return model_artifact(saving, self._query, self._sql)
        if kind is Kind.SAVED_QUERY:
            return saved_query_artifact(saving)
        if kind is Kind.EXPOSURE:
            return exposure_artifact(saving, options.exposure_type, options.owner, options.url)
        assert kind is Kind.QUESTION
        return question_artifact(saving, options.questions_file, options.pin)

    def _ask_again(self, artifact: Artifact) -> tuple[str, ...]:
        """The question as its file will have it, asked by itself, has to be answered as it says."""
        written = self._read_back(artifact)
        answer = self.translator.ask(written.text, as_of=written.as_of)
        expected = written.expect
        if answer.status is not Status.ANSWERED or (
            expected.query is not None and answer.query != expected.query
        ):
            became = answer.explanation or f"it ends with '{answer.status.value}'."
            raise FailedTrial(
                f"Asked again by itself, the question is answered differently: {became}",
                "It may have followed up on another one; put all of it into --question.",
            )
        if expected.sql is not None:
            sql = render_refs(expected.sql, self.translator.catalog.models)
            if not same_rows(self._rows(sql).rows, answer.rows):
                raise FailedTrial("What is pinned has other rows than the answer.", "Try again.")
        return ("Asked again by itself, the question is answered as it says.",)

    def _read_back(self, artifact: Artifact) -> VerifiedQuestion:
        with tempfile.TemporaryDirectory(prefix="metricspeak-") as folder:
            file = Path(folder) / artifact.changes[0].path.name
            file.write_bytes(artifact.changes[0].after)
            found = read_questions([file], self.translator.catalog.grains)
        return next(question for question in found if question.id == artifact.name)

    def _query(self, query: exp.Query) -> list[tuple[Any, ...]]:
        timeout = self.translator.settings.statement_timeout_seconds
        return self.translator.warehouse.rows(query, timeout)

    def _sql(self, query: SemanticQuery) -> str:
        return self.translator.compiler.compile(query).sql

    def _rows(self, sql: str) -> Result:
        settings = self.translator.settings
        return self.translator.warehouse.execute(
            sql, settings.row_limit, settings.statement_timeout_seconds
        )

    def _same_as_answer(self, sql: str, answer: Answer) -> None:
        dialect = self.translator.catalog.adapter_type
        names = [c.name.lower() for c in answer.columns]
        found = self._rows(_plain(sql, dialect))
        positions = {column.lower(): i for i, column in enumerate(found.columns)}
        if set(positions) == set(names):
            days = [c.type == "date" for c in answer.columns]
            rows = [
                tuple(
                    json_value(row[positions[n]], day) for n, day in zip(names, days, strict=True)
                )
                for row in found.rows
            ]
            if same_rows(rows, answer.rows) and not found.truncated:
                return
        raise FailedTrial(
            "MetricFlow by itself gives other rows for the saved query than the answer has.",
            "Save the answer with --as model.",
        )


def _plain(sql: str, dialect: str) -> str:
    """MetricFlow's SQL without its comments."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    assert isinstance(tree, exp.Query)
    return tree.sql(dialect=dialect, comments=False)


def answered(answer: Answer) -> Answer:
    """The answer, when it is one.

    Raises:
        MetricSpeakError: what went wrong instead.
    """
    if answer.status is Status.ANSWERED:
        return answer
    if answer.error is not None:
        raise CannotSave(answer.error.message, answer.error.hint)
    if answer.clarification is not None:
        options = "; ".join(o.label for o in answer.clarification.options)
        raise CannotSave(
            "The question has several readings.", f"Ask in the words of one of them: {options}."
        )
    reason = answer.refusal.reason if answer.refusal else "It has no answer."
    raise CannotSave(f"The question cannot be answered: {reason}", "Ask differently.")


def plan_of(answer: Answer) -> SemanticQuery | ModelQuery:
    """The plan that gave an answer.

    Raises:
        CannotSave: there is none.
    """
    found = answered(answer)
    if found.query is not None:
        return found.query
    return ModelQuery(found.dbt_sql or "", found.explanation or "")


def plan_of_json(content: object, catalog: SemanticCatalog) -> SemanticQuery:
    """A query in its JSON form, or an answer that has one.

    Raises:
        CannotSave: it is neither.
    """
    if isinstance(content, dict) and isinstance(content.get("query"), dict):
        content = content["query"]
    if not isinstance(content, dict):
        raise CannotSave("The file holds no query.", "Write `query` of an answer into it.")
    try:
        return SemanticQuery.from_dict(content, catalog.grains)
    except ValueError as error:
        raise CannotSave(f"The file's query cannot be read: {error}.", "Correct it.") from None
