"""COMMENT and SECURITY LABEL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host.catalog import Sequence, Table, change
from host.sql import roles
from host.sql.reader import Reader
from host.sql.reply import Reply, fail, lacking
from host.sql.transactions import need_writable

if TYPE_CHECKING:
    from host.sql.context import Context
from host.sql.grants import _WAL, _object, _store


def comment(ctx: Context, reader: Reader) -> Reply:
    """COMMENT ON kind name IS 'text'."""
    need_writable(ctx, "COMMENT")
    reader.expect("ON")
    if reader.accept("LARGE", "OBJECT"):
        kind = "LARGE OBJECT"
    elif reader.accept("MATERIALIZED", "VIEW"):
        kind = "VIEW"
    else:
        kind = reader.word
        reader.at += 1
    if kind in ("COLUMN", "CONSTRAINT", "INDEX", "TRIGGER"):
        _comment_part(ctx, reader, kind)
    elif kind in (
        "TABLE",
        "VIEW",
        "SEQUENCE",
        "SCHEMA",
        "DATABASE",
        "TABLESPACE",
        "FUNCTION",
        "PROCEDURE",
        "TYPE",
        "ROLE",
        "EXTENSION",
        "LARGE OBJECT",
    ):
        _comment_on(ctx, reader, kind)
    elif kind:
        raise lacking(f"COMMENT ON {kind}")
    else:
        raise reader.wrong()
    reader.end()
    return Reply("COMMENT")


def _said(reader: Reader) -> str:
    reader.expect("IS")
    return "" if reader.accept("NULL") else reader.string()


def _comment_on(ctx: Context, reader: Reader, kind: str) -> None:
    if kind == "ROLE":
        role = roles.need_role(ctx, reader.name())
        ctx.write(change.with_role(ctx.catalog, replace(role, comment=_said(reader))), _WAL)
        return
    if kind == "EXTENSION":
        name = reader.name()
        found = ctx.database.extensions.get(name)
        if found is None:
            raise fail(f'extension "{name}" does not exist', "42704")
        ctx.write_database(change.with_extension(ctx.database, replace(found, comment=_said(reader))), _WAL)
        return
    if kind == "LARGE OBJECT":
        from host.sql.functions_objects import large_object

        one: Any = large_object(ctx, reader.number())
    else:
        kind, one = _object(ctx, reader, {"VIEW": "TABLE", "PROCEDURE": "FUNCTION"}.get(kind, kind))
    text = _said(reader)
    if one is None or isinstance(one, str):
        return
    if not ctx.has_role(one.owner):
        raise fail(
            f"must be owner of {'relation' if kind in ('TABLE', 'SEQUENCE') else kind.lower()} {one.name}", "42501"
        )
    _store(ctx, kind, replace(one, comment=text))


def _comment_part(ctx: Context, reader: Reader, kind: str) -> None:
    """A column, constraint, index or trigger: kept in its table."""
    if kind == "COLUMN":
        parts = [reader.name()]
        while reader.accept("."):
            parts.append(reader.name())
        found = ctx.relation(parts[-3] if len(parts) > 2 else None, parts[-2])
        name = parts[-1]
        text = _said(reader)
        if not isinstance(found, Sequence):
            if all(column.name != name for column in found.columns):
                raise fail(f'column "{name}" of relation "{found.name}" does not exist', "42703")
            columns = tuple(replace(c, comment=text) if c.name == name else c for c in found.columns)
            changed: Any = replace(found, columns=columns)
            ctx.write_database(change.with_relation(ctx.database, changed), _WAL)
        return
    schema, name = reader.qualified()
    if kind == "INDEX":
        table = next((t for s in ctx.candidates(schema) if (t := ctx.database.index_owner(s, name)) is not None), None)
        if table is None:
            raise fail(f'relation "{name}" does not exist', "42P01")
    else:
        reader.expect("ON")
        relation = ctx.relation(*reader.qualified())
        table = relation if isinstance(relation, Table) else None
    text = _said(reader)
    if table is not None:
        changed = replace(
            table,
            constraints=tuple(replace(c, comment=text) if c.name == name else c for c in table.constraints),
            indexes=tuple(replace(i, comment=text) if i.name == name else i for i in table.indexes),
            triggers=tuple(replace(t, comment=text) if t.name == name else t for t in table.triggers),
        )
        ctx.write_database(change.with_relation(ctx.database, changed), _WAL)


def security_label(_ctx: Context, reader: Reader) -> Reply:
    """SECURITY LABEL: nobody has loaded a provider."""
    reader.expect("LABEL")
    raise fail("no security label providers have been loaded", "22023")
