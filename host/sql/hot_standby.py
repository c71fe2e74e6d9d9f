"""What a server in recovery does not let a session do (PreventCommandDuringRecovery and its kin)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.sql.reply import Raised, fail
from host.sql.transactions import need_writable, rollback
from simulator.versions import since

if TYPE_CHECKING:
    from sqlglot import exp

    from host.sql.context import Context

_SHARED_LOCKS = frozenset({"ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE"})
_CLASSIFIED = {12: False, 13: True}
"""ClassifyUtilityCommandAsReadOnly: a command is refused before anything else of it is looked at."""


def forbid(ctx: Context, command: str) -> None:
    """A command that a read-only transaction may use, and a standby not."""
    if ctx.instance.recovery is not None:
        raise fail(f"cannot execute {command} during recovery", "25006")


def forbid_copy_in(ctx: Context) -> None:
    """COPY … FROM: from 13 on refused as a command, before as a change of its table."""
    if since(ctx.major, _CLASSIFIED):
        forbid(ctx, "COPY")
    need_writable(ctx, "COPY FROM")


def forbid_lock(ctx: Context, mode: str, *, classified: bool) -> None:
    """LOCK TABLE: only what changes of rows take; `classified`: asked before it is known whether there is a block."""
    if classified == since(ctx.major, _CLASSIFIED) and mode not in _SHARED_LOCKS:
        forbid(ctx, "LOCK TABLE")


def forbid_row_locks(ctx: Context, tree: exp.Expression) -> None:
    """SELECT … FOR UPDATE and its kin write into the rows that they lock."""
    locks: list[Any] = tree.args.get("locks") or []
    if not locks or not (tree.args.get("from_") or tree.args.get("from")):
        return
    strength = "UPDATE" if locks[0].args.get("update") else "SHARE"
    key = bool(locks[0].args.get("key"))
    words = {("SHARE", True): "KEY SHARE", ("UPDATE", True): "NO KEY UPDATE"}.get((strength, key), strength)
    need_writable(ctx, f"SELECT FOR {words}")


def read_write(ctx: Context) -> None:
    """READ WRITE of a transaction (check_transaction_read_only)."""
    if ctx.instance.recovery is not None:
        raise fail("cannot set transaction read-write mode during recovery", "0A000")


def serializable(ctx: Context) -> None:
    """ISOLATION LEVEL SERIALIZABLE of a transaction (check_transaction_isolation)."""
    if ctx.instance.recovery is not None:
        hint = "You can use REPEATABLE READ instead."
        raise fail("cannot use serializable mode in a hot standby", "0A000", hint=hint)


def not_begun(ctx: Context, refused: Raised) -> Raised:
    """A BEGIN whose modes are refused has begun nothing."""
    ctx.host = rollback(ctx.host, ctx.port, ctx.pid)
    return refused
