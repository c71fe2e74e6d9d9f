"""Transactions: begin, write, commit, roll back, savepoints."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from host.server import work
from host.server.instance import Session
from host.sql import synchronous
from host.sql.merging import merged
from host.sql.reply import fail
from simulator.frozen import replace

if TYPE_CHECKING:
    from host.machine import Host
    from host.sql.context import Context

IN_TRANSACTION = "idle in transaction"
ABORTED = "idle in transaction (aborted)"
IMPLICIT = "implicit"
"""Several statements of one text are one transaction, although nobody said BEGIN."""
_NONE: Mapping[str, str] = MappingProxyType({})


def need_writable(ctx: Context, command: str) -> None:
    """Refuse on a standby and in a read-only transaction."""
    if ctx.instance.recovery is not None:
        raise fail(f"cannot execute {command} in a read-only transaction", "25006")
    if ctx.setting("transaction_read_only", ctx.setting("default_transaction_read_only", "off")) in ("on", "true", "1"):
        raise fail(f"cannot execute {command} in a read-only transaction", "25006")


def in_block(session: Session) -> bool:
    """BEGIN was said."""
    return session.state in (IN_TRANSACTION, ABORTED)


def hold(ctx: Context, *names: tuple[str, str]) -> None:
    """A statement has locked tables against everybody (ACCESS EXCLUSIVE), until the open transaction ends."""
    if in_block(ctx.session) and names:
        held = (*ctx.session.holds_lock_on, *(f"{schema}.{name}" for schema, name in names))
        ctx.update_session(holds_lock_on=tuple(dict.fromkeys(held)))


def not_in_block(ctx: Context, command: str) -> None:
    """PreventInTransactionBlock."""
    if in_block(ctx.session) or ctx.session.state == IMPLICIT:
        raise fail(f"{command} cannot run inside a transaction block", "25001")


def assign_xid(ctx: Context) -> int:
    """The transaction gets its number at its first write."""
    session = ctx.session
    if session.xid:
        return session.xid
    xid = ctx.instance.next_xid
    ctx.host = ctx.host.with_instance(replace(ctx.instance, next_xid=xid + 1))
    from host.sql import snapshots

    base = snapshots.seen(session, ctx.instance)
    ctx.update_session(xid=xid, base=base, catalog=base)
    return xid


def begin(ctx: Context) -> None:
    """BEGIN."""
    if in_block(ctx.session):
        ctx.notice("there is already a transaction in progress", "WARNING")
        return
    ctx.update_session(state=IN_TRANSACTION, catalog=ctx.catalog)


def keep(ctx: Context) -> None:
    """After a statement that wrote: its changes belong to the open transaction, or are committed at once."""
    if ctx.written:
        assign_xid(ctx)
        ctx.update_session(catalog=ctx.catalog, wal_bytes=ctx.session.wal_bytes + ctx.written)
    if ctx.session.xid and ctx.session.state not in (IN_TRANSACTION, ABORTED, IMPLICIT):
        finished(ctx)


def finished(ctx: Context, *, ok: bool = True) -> None:
    """The session's transaction commits, and its client waits for synchronous standbys; not `ok`: it rolls back."""
    if not ok:
        ctx.host = rollback(ctx.host, ctx.port, ctx.pid)
        return
    waits = synchronous.waits(ctx)
    ctx.host = commit(ctx.host, ctx.port, ctx.pid)
    if waits:
        synchronous.wait(ctx)


def commit(host: Host, port: int, pid: int) -> Host:
    """What the session's transaction wrote becomes what everybody sees; may raise work.ServerGone."""
    instance = work.running(host, port)
    session = instance.session(pid)
    assert session is not None, "the session commits"
    after = ended(session)
    host = host.with_instance(instance.with_session(after))
    if not session.xid:
        return host
    catalog = session.catalog or instance.catalog
    if session.base is not None and session.base is not instance.catalog:
        catalog = merged(session.base, catalog, instance.catalog)
    return work.commit(host, port, catalog, session.wal_bytes, session.xid)


def rollback(host: Host, port: int, pid: int) -> Host:
    """What the session's transaction wrote is forgotten."""
    instance = work.running(host, port)
    session = instance.session(pid)
    assert session is not None, "the session rolls back"
    host = host.with_instance(instance.with_session(replace(ended(session), settings=session.settings)))
    return work.abort(host, port, session.xid) if session.xid and instance.recovery is None else host


def ended(session: Session) -> Session:
    """The session with no transaction open."""
    return replace(
        session,
        state="idle",
        catalog=None,
        base=None,
        xid=0,
        wal_bytes=0,
        savepoints=(),
        descriptors=(),
        local_settings=_NONE,
        snapshot=None,
        queried=False,
        exported=(),
        transactions=session.transactions + 1,
        holds_lock_on=(),
    )


def fail_block(host: Host, port: int, pid: int) -> Host:
    """An error in a transaction block: nothing but its end is taken from now on."""
    instance = host.instance(port)
    session = instance.session(pid) if instance is not None else None
    if instance is None or session is None or session.state != IN_TRANSACTION:
        return host
    return host.with_instance(instance.with_session(replace(session, state=ABORTED)))
