"""The first form of the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _learners()
    _answers()
    _papers()


def _learners() -> None:
    op.create_table(
        "learners",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wishes", sa.JSON, nullable=False),
        sa.Column("before_import", sa.JSON, nullable=True),
    )
    op.create_table(
        "bookmarks",
        sa.Column("learner", sa.String(32), sa.ForeignKey("learners.code", ondelete="CASCADE"), primary_key=True),
        sa.Column("question", sa.String(80), primary_key=True),
    )


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("learner", sa.String(32), sa.ForeignKey("learners.code", ondelete="CASCADE"), primary_key=True),
        sa.Column("question", sa.String(80), nullable=False),
        sa.Column("objective", sa.String(16), nullable=False),
        sa.Column("major", sa.Integer, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("given", sa.JSON, nullable=False),
        sa.Column("right", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paper", sa.String(36), nullable=True),
    )
    op.create_index("answers_of_learner", "answers", ["learner", "at"])
    op.create_table(
        "cards",
        sa.Column("learner", sa.String(32), sa.ForeignKey("learners.code", ondelete="CASCADE"), primary_key=True),
        sa.Column("question", sa.String(80), primary_key=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("in_a_row", sa.Integer, nullable=False),
    )
    op.create_index("cards_due", "cards", ["learner", "due"])


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("learner", sa.String(32), sa.ForeignKey("learners.code", ondelete="CASCADE"), nullable=False),
        sa.Column("exam", sa.String(16), nullable=False),
        sa.Column("major", sa.Integer, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("begun", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Float, nullable=True),
    )
    op.create_index("papers_of_learner", "papers", ["learner", "begun"])
    op.create_table(
        "items",
        sa.Column("paper", sa.String(36), sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("question", sa.String(80), nullable=False),
        sa.Column("objective", sa.String(16), nullable=False),
        sa.Column("given", sa.JSON, nullable=True),
        sa.Column("right", sa.Boolean, nullable=True),
        sa.Column("flagged", sa.Boolean, nullable=False),
    )
