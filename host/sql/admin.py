"""Statements that act on the server or the transaction: BEGIN and its kin, CHECKPOINT, VACUUM, LOCK, DO …"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host.catalog import Statistics, Table, View, change
from host.catalog.sizes import PAGE, table_bytes
from host.server import standbys, tidying, work
from host.sql import hot_standby, snapshots
from host.sql.reader import Reader
from host.sql.reply import Raised, Reply, fail, lacking
from host.sql.rights import need_owner, need_relation
from host.sql.transactions import (
    ABORTED,
    IMPLICIT,
    IN_TRANSACTION,
    begin,
    finished,
    in_block,
    need_writable,
    not_in_block,
)
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context

TRANSACTION = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"})
_EXCLUSIVE = "ACCESS EXCLUSIVE"
_NO_BLOCK = "there is no transaction in progress"


def transaction(ctx: Context, reader: Reader, word: str) -> Reply:
    """BEGIN, COMMIT, ROLLBACK, SAVEPOINT …"""
    if word == "SAVEPOINT":
        return _savepoint(ctx, reader)
    if word == "RELEASE":
        reader.accept("SAVEPOINT")
        return _release(ctx, reader)
    if word == "START":
        reader.expect("TRANSACTION")
    else:
        reader.accept("WORK") or reader.accept("TRANSACTION")
    if word in ("BEGIN", "START"):
        nested = in_block(ctx.session)
        begin(ctx)
        if ctx.session.state != IN_TRANSACTION or ctx.session.catalog is None:
            ctx.update_session(state=IN_TRANSACTION, catalog=ctx.catalog)
        if not nested:
            snapshots.begun(ctx)
        try:
            _modes(ctx, reader)
        except Raised as refused:
            raise refused if nested else hot_standby.not_begun(ctx, refused) from None
        return Reply("START TRANSACTION" if word == "START" else "BEGIN")
    if word == "ROLLBACK" and reader.accept("TO"):
        reader.accept("SAVEPOINT")
        return _rollback_to(ctx, reader)
    if reader.accept("PREPARED"):
        raise lacking("prepared transactions")
    reader.accept("AND", "NO", "CHAIN")
    reader.end()
    return _finish(ctx, ok=word in ("COMMIT", "END"))


def _modes(ctx: Context, reader: Reader) -> None:
    from host.sql.parameters import set_value_unchecked

    while reader.token is not None:
        if reader.accept("READ", "ONLY"):
            set_value_unchecked(ctx, "transaction_read_only", "on")
        elif reader.accept("ISOLATION", "LEVEL"):
            snapshots.isolate(ctx, isolation_level(reader))
        elif reader.accept("READ", "WRITE"):
            hot_standby.read_write(ctx)
        elif not (reader.accept("NOT", "DEFERRABLE") or reader.accept("DEFERRABLE") or reader.accept(",")):
            raise reader.wrong()


def isolation_level(reader: Reader) -> str:
    """SERIALIZABLE, REPEATABLE READ … as the parameters have it; raises Raised."""
    for level in snapshots.LEVELS:
        if reader.accept(*level.upper().split()):
            return level
    raise reader.wrong()


def _finish(ctx: Context, *, ok: bool) -> Reply:
    session = ctx.session
    tag = "COMMIT" if ok and session.state != ABORTED else "ROLLBACK"
    if not in_block(session):
        ctx.notice(_NO_BLOCK, "WARNING")
        if session.state == IMPLICIT:
            finished(ctx, ok=ok)
        return Reply("COMMIT" if ok else "ROLLBACK")
    finished(ctx, ok=tag == "COMMIT")
    ctx.catalog = ctx.instance.catalog
    return Reply(tag)


def _savepoint(ctx: Context, reader: Reader) -> Reply:
    name = reader.name()
    reader.end()
    if not in_block(ctx.session):
        raise fail("SAVEPOINT can only be used in transaction blocks", "25P01")
    ctx.update_session(savepoints=(*ctx.session.savepoints, (name, ctx.catalog)))
    return Reply("SAVEPOINT")


def _find(ctx: Context, name: str, command: str) -> int:
    if not in_block(ctx.session):
        raise fail(f"{command} can only be used in transaction blocks", "25P01")
    points = ctx.session.savepoints
    found = next((n for n in range(len(points) - 1, -1, -1) if points[n][0] == name), None)
    if found is None:
        raise fail(f'savepoint "{name}" does not exist', "3B001")
    return found


def _release(ctx: Context, reader: Reader) -> Reply:
    name = reader.name()
    reader.end()
    at = _find(ctx, name, "RELEASE SAVEPOINT")
    ctx.update_session(savepoints=ctx.session.savepoints[:at])
    return Reply("RELEASE")


def _rollback_to(ctx: Context, reader: Reader) -> Reply:
    name = reader.name()
    reader.end()
    at = _find(ctx, name, "ROLLBACK TO SAVEPOINT")
    points = ctx.session.savepoints
    ctx.catalog = points[at][1]
    ctx.update_session(savepoints=points[: at + 1], catalog=ctx.catalog, state=IN_TRANSACTION)
    return Reply("ROLLBACK")


def checkpoint(ctx: Context, reader: Reader) -> Reply:
    """CHECKPOINT; on a standby a restartpoint."""
    if reader.word == "(":
        if not since(ctx.major, {12: False, 18: True}):
            raise reader.wrong()
        reader.parenthesised()
    reader.end()
    if not ctx.superuser and not ("pg_checkpoint" in ctx.catalog.roles and ctx.has_role("pg_checkpoint")):
        raise _may_not(ctx)
    if tidying.checkpoint_fault(ctx.host, ctx.instance.pgdata):
        raise fail("checkpoint request failed", hint="Consult recent messages in the server log for details.")
    if ctx.instance.recovery is None:
        ctx.host = work.checkpoint(ctx.host, ctx.port)
    else:
        ctx.host = standbys.restartpoint(ctx.host, ctx.port)
    return Reply("CHECKPOINT")


def _may_not(ctx: Context) -> Exception:
    message = since(
        ctx.major,
        {
            12: "must be superuser to do CHECKPOINT",
            15: "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT",
            16: "permission denied to execute CHECKPOINT command",
        },
    )
    detail = since(
        ctx.major, {12: "", 16: 'Only roles with privileges of the "pg_checkpoint" role may execute this command.'}
    )
    return fail(message, "42501", detail=detail)


def nothing(tag: str) -> Callable[[Context, Reader], Reply]:
    """A statement that changes nothing anybody here can see."""

    def act(ctx: Context, reader: Reader) -> Reply:
        if tag != "UNLISTEN":
            hot_standby.forbid(ctx, tag)
        reader.rest()
        return Reply(tag)

    return act


def _option_words(reader: Reader) -> set[str]:
    words = set()
    if reader.word == "(":
        words = {one.split()[0].upper() for one in reader.parenthesised().split(",") if one.split()}
    while (word := reader.one_of("FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE")) != "":
        words.add(word)
    return words


def _tables(ctx: Context, reader: Reader) -> list[Table]:
    found = []
    while reader.token is not None:
        relation = ctx.relation(*reader.qualified())
        if reader.word == "(":
            reader.parenthesised()
        if isinstance(relation, Table):
            found.append(relation)
        if not reader.accept(","):
            break
    reader.end()
    return found or [one for one in ctx.database.tables() if ctx.has_role(one.owner)]


def vacuum(ctx: Context, reader: Reader) -> Reply:
    """VACUUM: the place of dead rows is free again; FULL writes a new file."""
    hot_standby.forbid(ctx, "VACUUM")
    words = _option_words(reader)
    chosen = _tables(ctx, reader)
    not_in_block(ctx, "VACUUM")
    _counted(ctx, chosen, full="FULL" in words, vacuumed=True)
    return Reply("VACUUM")


def analyze(ctx: Context, reader: Reader) -> Reply:
    """ANALYZE."""
    hot_standby.forbid(ctx, "ANALYZE")
    _option_words(reader)
    chosen = _tables(ctx, reader)
    _counted(ctx, chosen, full=False, vacuumed=False)
    return Reply("ANALYZE")


def _counted(ctx: Context, chosen: list[Table], *, full: bool, vacuumed: bool) -> None:
    database = ctx.database
    for table in chosen:
        made = replace(table, dead_rows=0) if vacuumed else table
        if full:
            made = replace(made, filenode=ctx.new_oid())
        pages = table_bytes(made) // PAGE
        seen = pages if vacuumed else made.statistics.all_visible
        made = replace(made, statistics=Statistics(pages, float(made.rows.count), seen, 0))
        if made != table:
            database = change.with_relation(database, made)
    if database is not ctx.database:
        ctx.write_database(database, 200 * len(chosen))


def reindex(ctx: Context, reader: Reader) -> Reply:
    """REINDEX TABLE | INDEX | DATABASE …"""
    hot_standby.forbid(ctx, "REINDEX")
    if reader.word == "(":
        reader.parenthesised()
    kind = reader.one_of("TABLE", "INDEX", "DATABASE", "SCHEMA", "SYSTEM")
    if not kind:
        raise reader.wrong()
    reader.accept("CONCURRENTLY")
    schema, name = reader.qualified()
    if kind == "TABLE":
        ctx.relation(schema, name)
    elif kind == "INDEX" and not any(ctx.database.index_owner(s, name) for s in ctx.candidates(schema)):
        raise fail(f'relation "{name}" does not exist', "42P01")
    reader.end()
    ctx.written += 2000
    return Reply("REINDEX")


def refresh(ctx: Context, reader: Reader) -> Reply:
    """REFRESH MATERIALIZED VIEW name [WITH [NO] DATA]."""
    from host.sql.creating import _kept, _planned
    from host.sql.parsing import statements

    need_writable(ctx, "REFRESH MATERIALIZED VIEW")
    reader.expect("MATERIALIZED", "VIEW")
    reader.accept("CONCURRENTLY")
    found = ctx.relation(*reader.qualified())
    if not isinstance(found, View) or not found.materialized:
        raise fail(f'"{found.name}" is not a materialized view', "0A000")
    need_owner(ctx, found)
    reader.rest()
    rows = _kept(ctx, _planned(ctx, statements(found.query or found.definition)[0]))
    ctx.write_database(change.with_relation(ctx.database, replace(found, rows=rows)), 1000 + 100 * rows.count)
    return Reply("REFRESH MATERIALIZED VIEW")


def lock(ctx: Context, reader: Reader) -> Reply:
    """LOCK [TABLE] a, b [IN mode MODE]."""
    reader.accept("TABLE")
    names = []
    while True:
        reader.accept("ONLY")
        names.append(reader.qualified())
        if not reader.accept(","):
            break
    mode = _lock_mode(reader) if reader.accept("IN") else _EXCLUSIVE
    reader.accept("NOWAIT")
    reader.end()
    hot_standby.forbid_lock(ctx, mode, classified=True)
    if not in_block(ctx.session) and ctx.session.state != IMPLICIT:
        raise fail("LOCK TABLE can only be used in transaction blocks", "25P01")
    hot_standby.forbid_lock(ctx, mode, classified=False)
    held = list(ctx.session.holds_lock_on)
    for name in names:
        found = ctx.relation(*name)
        need_relation(ctx, found, "r")
        if mode == _EXCLUSIVE:
            held.append(f"{found.schema}.{found.name}")
    ctx.update_session(holds_lock_on=tuple(held))
    return Reply("LOCK TABLE")


def _lock_mode(reader: Reader) -> str:
    words = []
    while reader.token is not None and reader.word not in ("MODE", "NOWAIT"):
        words.append(reader.word)
        reader.at += 1
    reader.accept("MODE")
    return " ".join(words)


def discard(ctx: Context, reader: Reader) -> Reply:
    """DISCARD ALL and its kin."""
    word = reader.one_of("ALL", "PLANS", "SEQUENCES", "TEMP", "TEMPORARY")
    if not word:
        raise reader.wrong()
    reader.end()
    if word == "ALL":
        not_in_block(ctx, "DISCARD ALL")
        ctx.update_session(settings=MappingProxyType({}))
    return Reply(f"DISCARD {'TEMP' if word == 'TEMPORARY' else word}")


def do_block(_ctx: Context, reader: Reader) -> Reply:
    """DO: there is no procedural language here."""
    reader.string()
    raise lacking("procedural languages (DO)")


def explain(ctx: Context, reader: Reader) -> Reply:
    """EXPLAIN: the dojo has no planner; what is explained must be right, though."""
    from host.sql.creating import _planned, _query_after

    if reader.word == "(":
        reader.parenthesised()
    while reader.one_of("ANALYZE", "VERBOSE"):
        continue
    body = _query_after(reader)
    if body.tokens and str(body.tokens[0].text).upper() in ("SELECT", "WITH", "VALUES", "TABLE"):
        _planned(ctx, body)
    raise lacking("query plans (EXPLAIN)")
