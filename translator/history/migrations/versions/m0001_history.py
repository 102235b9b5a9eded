"""Answers, feedback, pins and verified questions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SCHEMA = "metricspeak_history"


def upgrade() -> None:
    """Make them."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "answers",
        sa.Column("trace_id", sa.Text, primary_key=True),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("surface", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("planner", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("governed", sa.Boolean, nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("sql", sa.Text),
        sa.Column("total_ms", sa.Float),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("answer", JSONB, nullable=False),
        schema=_SCHEMA,
    )
    op.create_index("answers_asked_at", "answers", ["project", "asked_at"], schema=_SCHEMA)
    op.create_index(
        "answers_asked_by", "answers", ["project", "asked_by", "asked_at"], schema=_SCHEMA
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("trace_id", sa.Text, nullable=False, index=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("liked", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        schema=_SCHEMA,
    )
    op.create_table(
        "pins",
        sa.Column("trace_id", sa.Text, primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False),
        schema=_SCHEMA,
    )
    op.create_table(
        "verified",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("trace_id", sa.Text, nullable=False, index=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("question_id", sa.Text, nullable=False),
        schema=_SCHEMA,
    )


def downgrade() -> None:
    """Take them away, with what they hold."""
    for table in ("verified", "pins", "feedback", "answers"):
        op.drop_table(table, schema=_SCHEMA)
