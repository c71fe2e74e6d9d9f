"""What a transaction sees of the others: the newest state at each statement, or that of its first one.

A transaction that is REPEATABLE READ or SERIALIZABLE keeps the state that its first query saw (its snapshot). Names and
definitions are nevertheless the newest ones, as a real server looks them up: a table that was made later is there, and
empty; one that was dropped is not.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING

from host.catalog import Catalog, Relation, Rows, Table, change
from host.catalog.rows import Row
from host.server import work
from host.server.instance import Instance, Session
from host.sql import hot_standby
from host.sql.merging import difference, key_places, merged
from host.sql.reply import Raised, fail
from host.sql.transactions import IMPLICIT, IN_TRANSACTION, in_block
from simulator.frozen import replace
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.sql.context import Context

ISOLATION = "transaction_isolation"
DEFAULT_ISOLATION = "default_transaction_isolation"
LEVELS = ("serializable", "repeatable read", "read committed", "read uncommitted")
_KEEPING = frozenset(LEVELS[:2])
_WITHOUT = frozenset(
    """
    BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE SET RESET SHOW LOCK CHECKPOINT LISTEN NOTIFY UNLISTEN
    """.split()
)
"""Statements that look at no rows (PlannedStmtRequiresSnapshot)."""
_CONSTANT = re.compile(r"(-?\d[\d.]*)|'((?:[^']|'')*)'(?:::.*)?")
_IDENTIFIER = re.compile(r"[0-9A-F-]+")
_MISSING = {12: 'invalid snapshot identifier: "{}"', 17: 'snapshot "{}" does not exist'}
_MISSING_STATE = {12: "22023", 17: "42704"}


def keeps_snapshot(session: Session) -> bool:
    """Its transaction is REPEATABLE READ or SERIALIZABLE."""
    return in_block(session) and session.local_settings.get(ISOLATION) in _KEEPING


def seen(session: Session, instance: Instance) -> Catalog:
    """What a statement of the session sees."""
    if session.catalog is not None and session.xid:
        return session.catalog
    old = _old(session)
    return as_of(old, instance.catalog, session.database) if old is not None else instance.catalog


def listed(session: Session, instance: Instance) -> Catalog:
    """What the system tables tell the session: rows like others, those of its snapshot."""
    return _old(session) or seen(session, instance)


def reading_catalog(ctx: Context) -> Context:
    """The statement as it reads system tables."""
    old = _old(ctx.session)
    return ctx if old is None else dataclasses.replace(ctx, catalog=old)


def _old(session: Session) -> Catalog | None:
    return session.snapshot if keeps_snapshot(session) and not session.xid else None


def at_statement(host: Host, port: int, pid: int, word: str) -> tuple[Host, Catalog]:
    """A statement begins: the host in which its session has its snapshot, and what it sees."""
    instance = work.running(host, port)
    session = instance.session(pid)
    assert session is not None, "a statement runs in a session"
    if session.state == IN_TRANSACTION and word not in _WITHOUT:
        if keeps_snapshot(session):
            session = replace(session, snapshot=session.snapshot or instance.catalog)
        elif session.base is not None and session.base is not instance.catalog:
            session = _brought_up(session, session.base, instance.catalog)
        session = replace(session, queried=True)
        host = host.with_instance(instance.with_session(session))
    return host, seen(session, instance)


def _brought_up(session: Session, base: Catalog, now: Catalog) -> Session:
    """READ COMMITTED: beside its own changes it sees what others have committed since its last statement."""
    catalog = merged(base, session.catalog or base, now)
    points = tuple((name, merged(base, before, now)) for name, before in session.savepoints)
    return replace(session, base=now, catalog=catalog, savepoints=points)


def as_of(then: Catalog, now: Catalog, database: str) -> Catalog:
    """The newest definitions of a database with the rows of an older state."""
    before, current = then.databases.get(database), now.databases.get(database)
    if before is None or current is None or before is current:
        return now
    old = {one.oid: one for one in before.relations.values()}
    relations = {key: _with_rows(one, old.get(one.oid)) for key, one in current.relations.items()}
    made = replace(current, relations=MappingProxyType(relations), large_objects=before.large_objects)
    return change.with_database(now, made)


def _with_rows(now: Relation, then: Relation | None) -> Relation:
    if not isinstance(now, Table) or now is then:
        return now
    if not isinstance(then, Table):
        return dataclasses.replace(now, rows=Rows())
    if then.columns != now.columns:
        return dataclasses.replace(now, rows=_reshaped(then, now))
    if then.filenode != now.filenode and then.rows is not now.rows:
        return dataclasses.replace(now, rows=Rows())  # TRUNCATE: the new file has no old rows
    return dataclasses.replace(now, rows=then.rows)


def _reshaped(then: Table, now: Table) -> Rows:
    """Old rows in new columns: those that were added have the constant that was their default."""
    rows, kept = then.rows, list(then.column_names())
    for place in reversed(range(len(kept))):
        if now.column(kept[place]) is None:
            rows = rows.without_column(place)
            del kept[place]
    for column in now.columns:
        if column.name not in kept:
            rows = rows.with_column(_constant(column.default))
            kept.append(column.name)
    return rows if tuple(kept) == now.column_names() else Rows()


def _constant(default: str | None) -> str | None:
    found = _CONSTANT.fullmatch(default or "")
    return None if found is None else found[1] or found[2].replace("''", "'")


def begun(ctx: Context) -> None:
    """BEGIN: the transaction is as default_transaction_isolation says."""
    from host.sql.parameters import show

    level = show(ctx, DEFAULT_ISOLATION)
    if level != LEVELS[2]:
        _kept(ctx, level)


def _kept(ctx: Context, level: str) -> None:
    ctx.update_session(local_settings=MappingProxyType({**ctx.session.local_settings, ISOLATION: level}))


def check_level(name: str, text: str) -> None:
    """The value of a parameter that is an isolation level; raises Raised."""
    if name in (ISOLATION, DEFAULT_ISOLATION) and text.lower() not in LEVELS:
        hint = f"Available values: {', '.join(LEVELS)}."
        raise fail(f'invalid value for parameter "{name}": "{text}"', "22023", hint=hint)


def isolate(ctx: Context, level: str) -> None:
    """ISOLATION LEVEL of the transaction (check_transaction_isolation)."""
    session = ctx.session
    before = session.local_settings.get(ISOLATION, LEVELS[2])
    if level != before and in_block(session):
        if session.queried:
            raise fail("SET TRANSACTION ISOLATION LEVEL must be called before any query", "25001")
        if session.savepoints:
            raise fail("SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction", "25001")
    if level == LEVELS[0]:
        hot_standby.serializable(ctx)
    if in_block(session) or session.state == IMPLICIT:
        _kept(ctx, level)


def warn_outside(ctx: Context) -> None:
    """SET TRANSACTION where there is none that it could be about."""
    if not in_block(ctx.session) and ctx.session.state != IMPLICIT:
        ctx.notice("SET TRANSACTION can only be used in transaction blocks", "WARNING")


def exported(ctx: Context) -> str:
    """pg_export_snapshot(): a name under which another transaction may take this one's snapshot."""
    session = ctx.session
    if session.savepoints:
        raise fail("cannot export a snapshot from a subtransaction", "25001")
    name = f"{session.pid:08X}-{session.transactions + 1:08X}-{len(session.exported) + 1}"
    if in_block(session) or session.state == IMPLICIT:
        state = session.snapshot if keeps_snapshot(session) and session.snapshot else ctx.instance.catalog
        ctx.update_session(exported=(*session.exported, (name, state)))
    return name


def found(instance: Instance, database: str, name: str, *, serializable: bool = False) -> Catalog:
    """The state that a snapshot shows, for a transaction in a database; raises Raised."""
    if not _IDENTIFIER.fullmatch(name):
        raise fail(f'invalid snapshot identifier: "{name}"', "22023")
    owner, state = next(
        ((one, state) for one in instance.sessions for known, state in one.exported if known == name), (None, None)
    )
    if owner is None or state is None:
        raise fail(since(instance.major, _MISSING).format(name), since(instance.major, _MISSING_STATE))
    if serializable and owner.local_settings.get(ISOLATION) != LEVELS[0]:
        said = "a serializable transaction cannot import a snapshot from a non-serializable transaction"
        raise fail(said, "0A000")
    if owner.database != database:
        raise fail("cannot import a snapshot from a different database", "0A000")
    return state


def take_over(ctx: Context, name: str) -> None:
    """SET TRANSACTION SNAPSHOT 'name'."""
    session = ctx.session
    if session.queried or session.savepoints:
        raise fail("SET TRANSACTION SNAPSHOT must be called before any query", "25001")
    if not keeps_snapshot(session):
        said = "a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ"
        raise fail(said, "0A000")
    serializable = session.local_settings.get(ISOLATION) == LEVELS[0]
    state = found(ctx.instance, session.database, name, serializable=serializable)
    ctx.update_session(snapshot=state, queried=True)


def unseen_rows(ctx: Context, table: Table) -> list[Row]:
    """Rows that others have committed since the transaction's snapshot: their keys are taken all the same."""
    pair = _then_and_now(ctx, table)
    return difference(*pair)[1] if pair is not None else []


def refuse_concurrent(ctx: Context, table: Table, rows: Iterable[Row]) -> None:
    """A row is to be changed that somebody else has changed since the snapshot; raises Raised."""
    pair = _then_and_now(ctx, table)
    if pair is None:
        return
    gone, come = difference(*pair)
    places = key_places(table)
    keys = {tuple(row[place] for place in places) for row in come}
    for row in rows:
        if gone[row]:
            raise _concurrent(tuple(row[place] for place in places) in keys)


def _concurrent(updated: bool) -> Raised:
    return fail(f"could not serialize access due to concurrent {'update' if updated else 'delete'}", "40001")


def _then_and_now(ctx: Context, table: Table) -> tuple[Rows, Rows] | None:
    """Its rows at the snapshot and as they are committed now; None when both are the same, or there is no snapshot."""
    session = ctx.session
    if session.snapshot is None or not keeps_snapshot(session):
        return None
    key = table.schema, table.name
    then = (session.base or as_of(session.snapshot, ctx.instance.catalog, session.database)).databases[session.database]
    before, now = then.table(*key), ctx.instance.catalog.databases[session.database].table(*key)
    if before is None or now is None or before.rows is now.rows or before.filenode != now.filenode:
        return None
    return before.rows, now.rows
