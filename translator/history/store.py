"""Events into the database, entries out of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from translator.history.database import failure
from translator.history.entry import Entry, Page, Selection
from translator.history.spool import Event
from translator.history.tables import answers, feedback, pins, verified

_LOG = logging.getLogger(__name__)
_EXPORT_PAGE = 500


class Store:
    """The history of one project in a database. Safe to use from several threads."""

    def __init__(self, engine: Engine, project: str) -> None:
        """Keep them.

        Args:
            engine: its tables are up to date.
            project: name of the dbt project; others may share the database.
        """
        self._engine = engine
        self._project = project

    def write(self, events: Sequence[Event], refused: Callable[[Event], None]) -> None:
        """Take events in, all or none; those that are there already are left out.

        Args:
            events: of any project.
            refused: is told of each event that the database can never take.

        Raises:
            ServiceDownError: the database cannot be reached.
        """
        with self._connected() as connection:
            try:
                with connection.begin_nested():
                    for event in events:
                        _take(connection, event)
                return
            except (DBAPIError, KeyError, TypeError, ValueError) as error:
                if isinstance(error, OperationalError):
                    raise
            # One of them is broken: the others must not wait for it for ever.
            for event in events:
                try:
                    with connection.begin_nested():
                        _take(connection, event)
                except (DBAPIError, KeyError, TypeError, ValueError) as error:
                    if isinstance(error, OperationalError):
                        raise
                    _LOG.error("the history cannot take an event: %s", type(error).__name__)
                    refused(event)

    def page(self, wanted: Selection, limit: int, offset: int) -> Page:
        """Entries, latest first.

        Raises:
            ServiceDownError: the database cannot be reached.
        """
        where = _where(wanted, self._project)
        with self._connected() as connection:
            total = connection.scalar(select(func.count()).select_from(_JOINED).where(where))
            rows = connection.execute(_entries(where).limit(limit).offset(offset)).mappings()
            return Page(tuple(_entry(row) for row in rows), int(total or 0))

    def entry(self, trace_id: str, asked_by: str | None) -> Entry | None:
        """The entry whose trace is this or, if it is the only one, begins so.

        Args:
            trace_id: at least its first characters.
            asked_by: only what this person asked; None for anybody's.

        Raises:
            ServiceDownError: the database cannot be reached.
        """
        where = and_(
            _where(Selection(asked_by=asked_by), self._project),
            answers.c.trace_id.startswith(trace_id, autoescape=True),
        )
        with self._connected() as connection:
            rows = connection.execute(_entries(where).limit(2)).mappings().all()
        exact = [row for row in rows if row["trace_id"] == trace_id]
        found = exact or rows
        return _entry(found[0]) if len(found) == 1 else None

    def export(self, wanted: Selection) -> Iterator[Entry]:
        """All entries, oldest first, a page at a time in memory.

        Raises:
            ServiceDownError: the database cannot be reached.
        """
        where = _where(wanted, self._project)
        last: tuple[datetime, str] | None = None
        while True:
            after = (
                where
                if last is None
                else and_(
                    where,
                    or_(
                        answers.c.asked_at > last[0],
                        and_(answers.c.asked_at == last[0], answers.c.trace_id > last[1]),
                    ),
                )
            )
            query = (
                _entries(after)
                .order_by(None)
                .order_by(answers.c.asked_at, answers.c.trace_id)
                .limit(_EXPORT_PAGE)
            )
            with self._connected() as connection:
                found = [_entry(row) for row in connection.execute(query).mappings()]
            yield from found
            if len(found) < _EXPORT_PAGE:
                return
            last = (found[-1].asked_at, found[-1].trace_id)

    def prune(self, before: datetime) -> int:
        """Forget what was asked before, with its feedback; pinned and verified answers stay.

        Returns:
            How many answers there were.

        Raises:
            ServiceDownError: the database cannot be reached.
        """
        kept = select(pins.c.trace_id).where(pins.c.pinned)
        with self._connected() as connection:
            gone: Sequence[str] = (
                connection.execute(
                    delete(answers)
                    .where(
                        answers.c.project == self._project,
                        answers.c.asked_at < before,
                        answers.c.trace_id.not_in(kept),
                        answers.c.trace_id.not_in(select(verified.c.trace_id)),
                    )
                    .returning(answers.c.trace_id)
                )
                .scalars()
                .all()
            )
            connection.execute(delete(feedback).where(feedback.c.trace_id.in_(gone)))
            connection.execute(delete(pins).where(pins.c.trace_id.in_(gone)))
        return len(gone)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise failure(error) from None


_OPINIONS = (
    select(feedback.c.trace_id, feedback.c.liked, feedback.c.reason)
    .ext(distinct_on(feedback.c.trace_id))
    .order_by(feedback.c.trace_id, feedback.c.at.desc())
    .subquery()
)
_VERIFIED = (
    select(verified.c.trace_id, verified.c.question_id)
    .ext(distinct_on(verified.c.trace_id))
    .order_by(verified.c.trace_id, verified.c.at.desc())
    .subquery()
)
_JOINED = (
    answers.outerjoin(_OPINIONS, _OPINIONS.c.trace_id == answers.c.trace_id)
    .outerjoin(pins, pins.c.trace_id == answers.c.trace_id)
    .outerjoin(_VERIFIED, _VERIFIED.c.trace_id == answers.c.trace_id)
)


def _entries(where: Any) -> Select[Any]:
    return (
        select(
            answers,
            _OPINIONS.c.liked,
            _OPINIONS.c.reason,
            pins.c.pinned,
            _VERIFIED.c.question_id,
        )
        .select_from(_JOINED)
        .where(where)
        .order_by(answers.c.asked_at.desc(), answers.c.trace_id)
    )


def _where(wanted: Selection, project: str) -> Any:
    parts = [answers.c.project == project]
    for column, value in (
        (answers.c.asked_by, wanted.asked_by),
        (answers.c.status, wanted.status),
        (answers.c.surface, wanted.surface),
        (_OPINIONS.c.liked, wanted.liked),
    ):
        if value is not None:
            parts.append(column == value)
    if wanted.search:
        parts.append(answers.c.question.icontains(wanted.search, autoescape=True))
    if wanted.pinned is not None:
        parts.append(func.coalesce(pins.c.pinned, False) == wanted.pinned)
    if wanted.before is not None:
        parts.append(answers.c.asked_at < wanted.before)
    return and_(*parts)


def _entry(row: Any) -> Entry:
    return Entry(
        trace_id=row["trace_id"],
        asked_at=row["asked_at"],
        asked_by=row["asked_by"],
        surface=row["surface"],
        question=row["question"],
        as_of=row["as_of"],
        status=row["status"],
        content=row["answer"],
        liked=row["liked"],
        reason=row["reason"] or "",
        pinned=bool(row["pinned"]),
        verified_as=row["question_id"],
    )


def _take(connection: Connection, event: Event) -> None:
    at = datetime.fromisoformat(event["at"])
    kind, trace_id = event["kind"], event["trace_id"]
    if kind == "answer":
        content = event["answer"]
        _put(
            connection,
            answers,
            trace_id=trace_id,
            asked_at=at,
            asked_by=event["by"],
            surface=event["surface"],
            project=event["project"],
            question=event["question"],
            as_of=date.fromisoformat(event["as_of"]),
            status=content["status"],
            planner=content["planner"],
            confidence=content["confidence"],
            governed=content["governed"],
            error_code=content["error"]["code"] if content["error"] else None,
            sql=content["sql"],
            total_ms=content["timings_ms"].get("total"),
            row_count=content["row_count"],
            answer=content,
        )
    elif kind == "feedback":
        _put(
            connection,
            feedback,
            id=event["id"],
            trace_id=trace_id,
            at=at,
            given_by=event["by"],
            liked=event["liked"],
            reason=event["reason"],
        )
    elif kind == "verified":
        _put(
            connection,
            verified,
            id=event["id"],
            trace_id=trace_id,
            at=at,
            question_id=event["question_id"],
        )
    elif kind == "pin":
        said = insert(pins).values(trace_id=trace_id, at=at, pinned=event["pinned"])
        # The latest word counts, in whatever order the two come.
        connection.execute(
            said.on_conflict_do_update(
                index_elements=[pins.c.trace_id],
                set_={"at": said.excluded.at, "pinned": said.excluded.pinned},
                where=pins.c.at <= said.excluded.at,
            )
        )
    else:
        raise ValueError(f"no such event: {kind}")


def _put(connection: Connection, table: Table, **values: Any) -> None:
    connection.execute(insert(table).values(**values).on_conflict_do_nothing())
