"""The tables of the history, in a schema of their own. `migrations/` makes them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "metricspeak_history"
metadata = MetaData(schema=SCHEMA)

answers = Table(
    "answers",
    metadata,
    Column("trace_id", Text, primary_key=True),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("surface", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("planner", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("governed", Boolean, nullable=False),
    Column("error_code", Text),
    Column("sql", Text),
    Column("total_ms", Float),
    Column("row_count", Integer, nullable=False),
    # The answer as the contract has it, with the first rows only.
    Column("answer", JSONB, nullable=False),
    Index("answers_asked_at", "project", "asked_at"),
    Index("answers_asked_by", "project", "asked_by", "asked_at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Text, primary_key=True),
    # No foreign key: an opinion may come before its answer, or outlive it.
    Column("trace_id", Text, nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("given_by", Text, nullable=False),
    Column("liked", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
)

pins = Table(
    "pins",
    metadata,
    Column("trace_id", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("pinned", Boolean, nullable=False),
)

verified = Table(
    "verified",
    metadata,
    Column("id", Text, primary_key=True),
    Column("trace_id", Text, nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    # Of the test question that the answer was saved as.
    Column("question_id", Text, nullable=False),
)
