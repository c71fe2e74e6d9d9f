"""The tables of the store, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

CODE, ID, QUESTION = 32, 36, 80
"""Lengths: a learner's code, an answer's or paper's UUID, a question's id."""

metadata = MetaData()

learners = Table(
    "learners",
    metadata,
    Column("code", String(CODE), primary_key=True),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("wishes", JSON, nullable=False),
    Column("before_import", JSON(none_as_null=True), nullable=True),
)
answers = Table(
    "answers",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("learner", String(CODE), ForeignKey("learners.code", ondelete="CASCADE"), primary_key=True),
    Column("question", String(QUESTION), nullable=False),
    Column("objective", String(16), nullable=False),
    Column("major", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("given", JSON, nullable=False),
    Column("right", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("paper", String(ID), nullable=True),
    Index("answers_of_learner", "learner", "at"),
)
cards = Table(
    "cards",
    metadata,
    Column("learner", String(CODE), ForeignKey("learners.code", ondelete="CASCADE"), primary_key=True),
    Column("question", String(QUESTION), primary_key=True),
    Column("due", DateTime(timezone=True), nullable=False),
    Column("state", JSON, nullable=False),
    Column("in_a_row", Integer, nullable=False),
    Index("cards_due", "learner", "due"),
)
bookmarks = Table(
    "bookmarks",
    metadata,
    Column("learner", String(CODE), ForeignKey("learners.code", ondelete="CASCADE"), primary_key=True),
    Column("question", String(QUESTION), primary_key=True),
)
papers = Table(
    "papers",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("learner", String(CODE), ForeignKey("learners.code", ondelete="CASCADE"), nullable=False),
    Column("exam", String(16), nullable=False),
    Column("major", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("begun", DateTime(timezone=True), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("finished", DateTime(timezone=True), nullable=True),
    Column("score", Float, nullable=True),
    Index("papers_of_learner", "learner", "begun"),
)
items = Table(
    "items",
    metadata,
    Column("paper", String(ID), ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("question", String(QUESTION), nullable=False),
    Column("objective", String(16), nullable=False),
    Column("given", JSON(none_as_null=True), nullable=True),
    Column("right", Boolean, nullable=True),
    Column("flagged", Boolean, nullable=False),
)
