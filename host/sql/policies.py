"""CREATE, ALTER and DROP POLICY."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host.catalog import Policy, Table, change
from host.sql.deparse import deparsed
from host.sql.expressions import truth
from host.sql.parsing import expression_of
from host.sql.reader import Reader
from host.sql.reply import Raised, Reply, fail
from host.sql.rights import not_owner
from host.sql.tables import scope_of

if TYPE_CHECKING:
    from host.sql.context import Context

COMMANDS = {"ALL": "*", "SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}
_WAL = 500


@dataclass(frozen=True, slots=True)
class _Said:
    """What CREATE and ALTER POLICY have in common; None: not said."""

    roles: tuple[str, ...] | None
    using: str | None
    check: str | None


def create_policy(ctx: Context, reader: Reader) -> Reply:
    """CREATE POLICY name ON table …"""
    name = reader.name()
    table = _on(ctx, reader)
    permissive = not reader.accept("AS", "RESTRICTIVE")
    if permissive:
        reader.accept("AS", "PERMISSIVE")
    command = _command(reader) if reader.accept("FOR") else "*"
    said = _said(ctx, reader, table, command)
    _need_owner(ctx, table, "table")
    if any(one.name == name for one in table.policies):
        raise fail(f'policy "{name}" for table "{table.name}" already exists', "42710")
    made = Policy(name, ctx.new_oid(), command, permissive, said.roles or (), said.using or "", said.check or "")
    _store(ctx, table, (*table.policies, made))
    return Reply("CREATE POLICY")


def _command(reader: Reader) -> str:
    word = reader.one_of(*COMMANDS)
    if not word:
        raise reader.wrong()
    return COMMANDS[word]


def _on(ctx: Context, reader: Reader) -> Table:
    reader.expect("ON")
    found = ctx.relation(*reader.qualified())
    if not isinstance(found, Table):
        raise fail(f'"{found.name}" is not a table', "42809")
    return found


def _need_owner(ctx: Context, table: Table, word: str) -> None:
    if not ctx.has_role(table.owner):
        raise not_owner(word, table.name)


def _said(ctx: Context, reader: Reader, table: Table, command: str) -> _Said:
    roles = _roles(ctx, reader) if reader.accept("TO") else None
    using = reader.parenthesised() if reader.accept("USING") else None
    check = reader.parenthesised() if reader.accept("WITH", "CHECK") else None
    reader.end()
    if check is not None and command in "rd":
        raise fail("WITH CHECK cannot be applied to SELECT or DELETE", "42601")
    if using is not None and command == "a":
        raise fail("only WITH CHECK expression allowed for INSERT", "42601")
    return _Said(roles, _kept(ctx, table, using), _kept(ctx, table, check))


def _roles(ctx: Context, reader: Reader) -> tuple[str, ...]:
    known = {"current_user": ctx.user, "current_role": ctx.user, "session_user": ctx.session_user}
    names = []
    while True:
        name = reader.name()
        names.append(known.get(name, name))
        if not reader.accept(","):
            break
    if "public" in names:
        return ()
    for name in names:
        if name not in ctx.catalog.roles:
            raise fail(f'role "{name}" does not exist', "42704")
    return tuple(names)


def _kept(ctx: Context, table: Table, written: str | None) -> str | None:
    """An expression as pg_get_expr prints it; raises Raised when it is none for this table."""
    if written is None:
        return None
    before, node, scope = ctx.statement, expression_of(written), replace(scope_of(table), clause="policy expressions")
    try:
        truth(ctx, scope, node, "POLICY")
        return deparsed(ctx, scope, node)
    except Raised as raised:
        raise Raised(replace(raised.error, position=0)) from None
    finally:
        ctx.statement = before


def alter_policy(ctx: Context, reader: Reader) -> Reply:
    """ALTER POLICY name ON table [TO …] [USING (…)] [WITH CHECK (…)] | RENAME TO name."""
    name = reader.name()
    table = _on(ctx, reader)
    new_name = ""
    if reader.accept("RENAME", "TO"):
        new_name = reader.name()
        reader.end()
    if new_name or not ctx.has_role(table.owner):
        _need_owner(ctx, table, "table")
    old = next((one for one in table.policies if one.name == name), None)
    if new_name and any(one.name == new_name for one in table.policies):
        raise fail(f'policy "{new_name}" for table "{table.name}" already exists', "42710")
    said = _Said(None, None, None) if new_name else _said(ctx, reader, table, old.command if old is not None else "*")
    if old is None:
        raise fail(f'policy "{name}" for table "{table.name}" does not exist', "42704")
    made = replace(
        old,
        name=new_name or old.name,
        roles=old.roles if said.roles is None else said.roles,
        using=old.using if said.using is None else said.using,
        check=old.check if said.check is None else said.check,
    )
    _store(ctx, table, tuple(made if one is old else one for one in table.policies))
    return Reply("ALTER POLICY")


def drop_policy(ctx: Context, reader: Reader) -> Reply:
    """DROP POLICY [IF EXISTS] name ON table."""
    skip = reader.accept("IF", "EXISTS")
    name = reader.name()
    table = _on(ctx, reader)
    reader.one_of("CASCADE", "RESTRICT")
    reader.end()
    kept = tuple(one for one in table.policies if one.name != name)
    if len(kept) == len(table.policies):
        if not skip:
            raise fail(f'policy "{name}" for table "{table.name}" does not exist', "42704")
        ctx.notice(f'policy "{name}" for relation "{table.name}" does not exist, skipping')
        return Reply("DROP POLICY")
    _need_owner(ctx, table, "relation")
    _store(ctx, table, kept)
    return Reply("DROP POLICY")


def _store(ctx: Context, table: Table, policies: tuple[Policy, ...]) -> None:
    ctx.write_database(change.with_relation(ctx.database, replace(table, policies=policies)), _WAL)
