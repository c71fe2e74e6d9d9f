"""One query text from a client: its statements one after the other, in the session's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from host import effort
from host.network import at_server
from host.server import work
from host.sql import admin, alter, comments, create, drop, grants, hot_standby, parameters, roles, snapshots
from host.sql.casts import shown
from host.sql.context import Context
from host.sql.copying import copy_statement
from host.sql.modify import insert
from host.sql.modify_rows import delete, update
from host.sql.parsing import Statement, statements, tree_of, unexpected, word_of
from host.sql.query import plan
from host.sql.reader import Reader
from host.sql.reply import Raised, Reply, ServerError, fail, lacking
from host.sql.transactions import ABORTED, IMPLICIT, IN_TRANSACTION, commit, fail_block, in_block, keep, rollback
from host.sql.truncating import truncate

if TYPE_CHECKING:
    from host.machine import Host

Utility = Callable[[Context, Reader], Reply]
_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "("})
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE"})
_UTILITIES: Mapping[str, Utility] = {
    "ALTER": alter.alter,
    "ANALYZE": admin.analyze,
    "ANALYSE": admin.analyze,
    "CHECKPOINT": admin.checkpoint,
    "CLUSTER": admin.nothing("CLUSTER"),
    "COMMENT": comments.comment,
    "COPY": copy_statement,
    "CREATE": create.create,
    "DISCARD": admin.discard,
    "DO": admin.do_block,
    "DROP": drop.drop,
    "GRANT": grants.grant,
    "LOCK": admin.lock,
    "NOTIFY": admin.nothing("NOTIFY"),
    "LISTEN": admin.nothing("LISTEN"),
    "UNLISTEN": admin.nothing("UNLISTEN"),
    "REASSIGN": roles.reassign,
    "REFRESH": admin.refresh,
    "REINDEX": admin.reindex,
    "RESET": parameters.reset_statement,
    "REVOKE": grants.revoke,
    "SECURITY": comments.security_label,
    "SET": parameters.set_statement,
    "SHOW": parameters.show_statement,
    "TRUNCATE": truncate,
    "VACUUM": admin.vacuum,
    "EXPLAIN": admin.explain,
}
_KNOWN_TO_GRAMMAR = frozenset("CALL CLOSE DEALLOCATE DECLARE EXECUTE FETCH IMPORT LOAD MERGE MOVE PREPARE".split())
_ENDS = frozenset({"COMMIT", "END", "ROLLBACK", "ABORT"})


@at_server
def execute(host: Host, port: int, pid: int, sql: str, data: str | None = None) -> tuple[Host, tuple[Reply, ...]]:
    """Run a query text as one message of the simple protocol; never raises.

    Several statements are one transaction of their own, unless they say otherwise; the first error ends the text.
    `data`: what the client sends when the statement is COPY … FROM STDIN (None: ask for it with `wants_copy`).
    """
    instance = host.instance(port)
    if instance is None or instance.session(pid) is None:
        gone = ServerError("terminating connection due to administrator command", "57P01", "FATAL")
        return host, (Reply(error=gone, ended=True),)
    try:
        effort.spend(len(sql) // effort.SQL_LETTERS)
        found = statements(sql)
        for statement in found if len(found) > 1 else ():
            _grammatical(statement)
    except effort.ShellError:
        return _failed(host, port, pid, Reply(error=_stopped().error))
    except Raised as raised:
        return _failed(host, port, pid, Reply(error=raised.error))
    replies: list[Reply] = []
    opened = len(found) > 1 and not in_block(instance.session(pid))  # type: ignore[arg-type]
    if opened:
        host = _implicit(host, port, pid)
    for number, statement in enumerate(found):
        host, reply = _one(host, port, pid, statement, data)
        replies.append(reply)
        if reply.error is not None or reply.ended or reply.wants_copy:
            break
        if opened and number < len(found) - 1 and _idle(host, port, pid):
            host = _implicit(host, port, pid)
    if opened and not replies[-1].ended:
        host = _close_implicit(host, port, pid, ok=replies[-1].error is None)
    return host, tuple(replies) if replies else (Reply(),)


def _grammatical(statement: Statement) -> None:
    """The whole text is parsed before any of it is done; raises Raised."""
    word = word_of(statement.tokens[0])
    if word in _QUERIES or word in _CHANGES:
        tree_of(statement)
    elif word not in _UTILITIES and word not in _KNOWN_TO_GRAMMAR and word not in admin.TRANSACTION:
        raise unexpected(statement.text, statement.tokens[0])


def _implicit(host: Host, port: int, pid: int) -> Host:
    """Several statements of one text: a transaction that nobody asked for."""
    instance = work.running(host, port)
    session = instance.session(pid)
    assert session is not None
    return host.with_instance(instance.with_session(replace(session, state=IMPLICIT, catalog=instance.catalog)))


def _idle(host: Host, port: int, pid: int) -> bool:
    instance = host.instance(port)
    session = instance.session(pid) if instance is not None else None
    return session is not None and session.state == "idle"


def _close_implicit(host: Host, port: int, pid: int, *, ok: bool) -> Host:
    instance = host.instance(port)
    session = instance.session(pid) if instance is not None else None
    if session is None or session.state != IMPLICIT:
        return host
    try:
        return commit(host, port, pid) if ok else rollback(host, port, pid)
    except work.ServerGone as gone:
        return gone.host


def _failed(host: Host, port: int, pid: int, reply: Reply) -> tuple[Host, tuple[Reply, ...]]:
    host = fail_block(host, port, pid)
    return host, (replace(reply, transaction=status(host, port, pid)),)


def status(host: Host, port: int, pid: int) -> str:
    """I, T or E, as ReadyForQuery says."""
    instance = host.instance(port)
    session = instance.session(pid) if instance is not None else None
    return {IN_TRANSACTION: "T", ABORTED: "E"}.get(session.state if session is not None else "", "I")


def _one(host: Host, port: int, pid: int, statement: Statement, data: str | None) -> tuple[Host, Reply]:
    try:
        host, seen = snapshots.at_statement(host, port, pid, word_of(statement.tokens[0]))
    except effort.ShellError:
        return fail_block(host, port, pid), Reply(error=_stopped().error)
    ctx = Context(host, port, pid, statement, seen, data=data)
    try:
        reply = _run(ctx)
        if not reply.wants_copy:
            keep(ctx)
    except Raised as raised:
        return _undone(ctx, host, raised)
    except work.ServerGone as gone:
        lost = ServerError("server closed the connection unexpectedly", "08006", "FATAL")
        return gone.host, Reply(error=lost, ended=True)
    except effort.ShellError:
        return _undone(ctx, host, _stopped())
    except RecursionError:
        return _undone(ctx, host, fail("stack depth limit exceeded", "54001"))
    except Exception:  # noqa: BLE001 - trees of texts that are no SQL can have any shape: the server must go on
        return _undone(ctx, host, lacking("statements like this one"))
    host = ctx.host
    if host.instance(port) is None or work.running(host, port).session(pid) is None:
        gone_error = ServerError("terminating connection due to administrator command", "57P01", "FATAL")
        return host, Reply(error=gone_error, ended=True)
    done = replace(reply, notices=tuple(ctx.notices), seconds=ctx.seconds, transaction=status(host, port, pid))
    return host, done


def _stopped() -> Raised:
    """The line has done so much work as one line may."""
    return fail(effort.STOPPED_STATEMENT, "57014", hint=effort.STOPPED_HINT)


def _undone(ctx: Context, before: Host, raised: Raised) -> tuple[Host, Reply]:
    """A statement failed: what it did to WAL and clock stays, what it did to the catalogue does not."""
    host = ctx.host
    if raised.error.sqlstate == "57P01":
        from host.server.connect import close

        error = replace(raised.error, severity="FATAL")
        return close(host, ctx.port, ctx.pid), Reply(notices=tuple(ctx.notices), error=error, ended=True)
    host = fail_block(host, ctx.port, ctx.pid)
    if host is ctx.host and _stray_xid(host, before, ctx):
        host = rollback(host, ctx.port, ctx.pid)
    reply = Reply(notices=tuple(ctx.notices), error=raised.error, seconds=ctx.seconds)
    return host, replace(reply, transaction=status(host, ctx.port, ctx.pid))


def _stray_xid(host: Host, _before: Host, ctx: Context) -> bool:
    """A lone statement took a transaction number before it failed."""
    instance = host.instance(ctx.port)
    session = instance.session(ctx.pid) if instance is not None else None
    return session is not None and session.state == "idle" and bool(session.xid)


def _run(ctx: Context) -> Reply:
    effort.spend(effort.STATEMENT + effort.TOKEN * len(ctx.statement.tokens))
    word = word_of(ctx.statement.tokens[0])
    if ctx.session.state == ABORTED and not _may_end(ctx, word):
        message = "current transaction is aborted, commands ignored until end of transaction block"
        raise fail(message, "25P02")
    if word in admin.TRANSACTION:
        return admin.transaction(ctx, Reader(ctx.statement, 1), word)
    if word in _QUERIES or word in _CHANGES:
        effort.spend(effort.QUERY)
    if word in _QUERIES:
        return _query(ctx)
    if word in _CHANGES:
        return _change(ctx, tree_of(ctx.statement))
    if word in _UTILITIES:
        return _UTILITIES[word](ctx, Reader(ctx.statement, 1))
    if word in _KNOWN_TO_GRAMMAR:
        raise lacking(f"the command {word}")
    raise unexpected(ctx.statement.text, ctx.statement.tokens[0])


def _may_end(_ctx: Context, word: str) -> bool:
    return word in _ENDS


def _query(ctx: Context) -> Reply:
    tree = tree_of(ctx.statement)
    if isinstance(tree, exp.Insert | exp.Update | exp.Delete):
        return _change(ctx, tree)
    if tree.args.get("into") is not None:
        return create.select_into(ctx, tree)
    hot_standby.forbid_row_locks(ctx, tree)
    made = plan(ctx, tree)
    kinds = [field.type for field in made.fields]
    rows = []
    for row in made.run():
        cells = tuple([shown(ctx, kind, value) for kind, value in zip(kinds, row, strict=True)])
        ctx.look_at_row(cells)
        rows.append(cells)
    return Reply(f"SELECT {len(rows)}", made.fields, tuple(rows))


def _change(ctx: Context, tree: exp.Expression) -> Reply:
    if isinstance(tree, exp.Insert):
        return insert(ctx, tree)
    if isinstance(tree, exp.Update):
        return update(ctx, tree)
    if isinstance(tree, exp.Delete):
        return delete(ctx, tree)
    raise lacking("statements of this form")
