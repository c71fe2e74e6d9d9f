"""The store: every answer is committed before anything is said about it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from progress import tables as t
from progress.engine import writing
from progress.records import Answered, Card, Item, Learner, Paper
from progress.schedule import RETENTION, reviewed

CODE_BYTES = 12


class Store:
    """What learners answered.  Every method is one transaction; any number of processes may use one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def new_learner(self, now: datetime) -> Learner:
        """Somebody new, with a code that cannot be guessed."""
        learner = Learner(secrets.token_urlsafe(CODE_BYTES), now)
        with writing(self.engine) as connection:
            connection.execute(insert(t.learners).values(code=learner.code, created=now, wishes={}))
        return learner

    def learner(self, code: str) -> Learner | None:
        """Whoever has this code."""
        with self.engine.connect() as connection:
            row = connection.execute(select(t.learners).where(t.learners.c.code == code)).first()
        return None if row is None else Learner(row.code, utc(row.created), row.wishes, row.before_import is not None)

    def wish(self, code: str, wishes: dict[str, Any]) -> None:
        """Keep what a learner wants (merged with what was wanted before)."""
        with writing(self.engine) as connection:
            kept = _locked(connection, code)
            merged = {**kept.wishes, **wishes}
            connection.execute(update(t.learners).where(t.learners.c.code == code).values(wishes=merged))

    def answer(self, given: Answered) -> bool:
        """Keep an answer and the date on which its question is due again; False when it was there already."""
        with writing(self.engine) as connection:
            learner = _locked(connection, given.learner)
            if not _added(connection, t.answers, _values(given)):
                return False
            self._reviewed(connection, given, float(learner.wishes.get("retention", RETENTION)))
        return True

    def _reviewed(self, connection: Connection, given: Answered, retention: float) -> None:
        mine = (t.cards.c.learner == given.learner) & (t.cards.c.question == given.question)
        row = connection.execute(select(t.cards).where(mine)).first()
        card = reviewed(
            _card(row) if row else None, given.question, right=given.right, at=given.at, retention=retention
        )
        if row:
            connection.execute(
                update(t.cards).where(mine).values(due=card.due, state=card.state, in_a_row=card.in_a_row)
            )
        else:
            connection.execute(insert(t.cards).values(learner=given.learner, **_values(card)))

    def answers(self, code: str) -> tuple[Answered, ...]:
        """Everything that a learner answered, the oldest first."""
        wanted = select(t.answers).where(t.answers.c.learner == code).order_by(t.answers.c.at, t.answers.c.id)
        with self.engine.connect() as connection:
            rows = connection.execute(wanted).mappings().all()
        return tuple(Answered(**{**row, "at": utc(row["at"])}) for row in rows)

    def cards(self, code: str) -> tuple[Card, ...]:
        """The questions that a learner has seen, the one that is due first first."""
        wanted = select(t.cards).where(t.cards.c.learner == code).order_by(t.cards.c.due, t.cards.c.question)
        with self.engine.connect() as connection:
            return tuple(_card(row) for row in connection.execute(wanted))

    def bookmarks(self, code: str) -> frozenset[str]:
        """Questions with a bookmark."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(t.bookmarks.c.question).where(t.bookmarks.c.learner == code))
            return frozenset(row.question for row in rows)

    def bookmark(self, code: str, question: str, *, on: bool) -> None:
        """Set or take away a bookmark."""
        mine = (t.bookmarks.c.learner == code) & (t.bookmarks.c.question == question)
        with writing(self.engine) as connection:
            if on:
                _added(connection, t.bookmarks, {"learner": code, "question": question})
            else:
                connection.execute(delete(t.bookmarks).where(mine))

    def begin_paper(self, paper: Paper) -> None:
        """A paper begins: its questions are fixed from now on."""
        head = {key: value for key, value in _values(paper).items() if key != "items"}
        with writing(self.engine) as connection:
            _locked(connection, paper.learner)
            connection.execute(insert(t.papers).values(**head))
            connection.execute(insert(t.items), [{"paper": paper.id, **_values(one)} for one in paper.items])

    def paper(self, code: str, paper: str) -> Paper | None:
        """A learner's own paper."""
        return next((one for one in self.papers(code) if one.id == paper), None)

    def papers(self, code: str) -> tuple[Paper, ...]:
        """A learner's papers, the oldest first."""
        heads = select(t.papers).where(t.papers.c.learner == code).order_by(t.papers.c.begun, t.papers.c.id)
        rows = select(t.items).join(t.papers).where(t.papers.c.learner == code).order_by(t.items.c.position)
        with self.engine.connect() as connection:
            found = connection.execute(heads).all()
            items = connection.execute(rows).all()
        return tuple(_paper(head, [one for one in items if one.paper == head.id]) for head in found)

    def note(
        self, paper: str, position: int, *, now: datetime, given: dict[str, Any] | None = None, flag: bool | None = None
    ) -> bool:
        """Keep an answer or a flag of a paper; False when it was handed in or its time is over."""
        with writing(self.engine) as connection:
            head = connection.execute(select(t.papers).where(t.papers.c.id == paper).with_for_update()).first()
            if head is None or head.finished is not None or _paper(head, []).left(now) <= 0:
                return False
            values: dict[str, Any] = {} if given is None else {"given": given}
            values |= {} if flag is None else {"flagged": flag}
            here = (t.items.c.paper == paper) & (t.items.c.position == position)
            return bool(values) and connection.execute(update(t.items).where(here).values(**values)).rowcount == 1

    def finish(self, paper: Paper, graded: Iterable[Answered], *, now: datetime, score: float) -> bool:
        """Hand a paper in, its answers with it; False when that was done already."""
        with writing(self.engine) as connection:
            learner = _locked(connection, paper.learner)
            here = (t.papers.c.id == paper.id) & t.papers.c.finished.is_(None)
            if connection.execute(update(t.papers).where(here).values(finished=now, score=score)).rowcount == 0:
                return False
            places = {one.question: one.position for one in paper.items}
            for one in graded:
                if _added(connection, t.answers, _values(one)):
                    self._reviewed(connection, one, float(learner.wishes.get("retention", RETENTION)))
                item = (t.items.c.paper == paper.id) & (t.items.c.position == places[one.question])
                connection.execute(update(t.items).where(item).values(right=one.right))
        return True

    def forget(self, code: str) -> None:
        """Delete everything about a learner."""
        with writing(self.engine) as connection:
            connection.execute(delete(t.learners).where(t.learners.c.code == code))


def utc(moment: datetime) -> datetime:
    """SQLite gives moments back without their zone: they were UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _locked(connection: Connection, code: str) -> Row[Any]:
    """A learner's row, held until the transaction ends: two tabs of one learner take turns."""
    row = connection.execute(select(t.learners).where(t.learners.c.code == code).with_for_update()).first()
    if row is None:
        raise UnknownLearner(code)
    return row


class UnknownLearner(Exception):
    """No learner has this code: it was deleted, or mistyped."""


def _added(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert a row unless it is there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(row).first() is not None


def _values(record: Answered | Card | Item | Paper) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


def _card(row: Row[Any]) -> Card:
    return Card(row.question, utc(row.due), row.state, row.in_a_row)


def _paper(head: Row[Any], rows: Iterable[Row[Any]]) -> Paper:
    items = tuple(Item(row.position, row.question, row.objective, row.given, row.right, row.flagged) for row in rows)
    finished = None if head.finished is None else utc(head.finished)
    return Paper(
        head.id,
        head.learner,
        head.exam,
        head.major,
        head.seed,
        utc(head.begun),
        head.seconds,
        items,
        finished,
        head.score,
    )
