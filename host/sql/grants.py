"""GRANT, REVOKE, COMMENT and SECURITY LABEL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from host.catalog import Membership, Sequence, Table, acl, change
from host.sql import roles, system_functions
from host.sql.reader import Reader
from host.sql.reply import Reply, fail, lacking
from host.sql.transactions import need_writable
from simulator.versions import spans

if TYPE_CHECKING:
    from host.sql.context import Context

_WAL = 250
_MAINTAIN = spans("17+")


@dataclass
class _Order:
    """What a GRANT or REVOKE says."""

    privileges: dict[str, tuple[str, ...]]
    """Words, with the columns they are limited to; ALL stands alone."""
    grantees: list[str]
    option: bool = False


def grant(ctx: Context, reader: Reader) -> Reply:
    """GRANT privileges ON object TO roles, GRANT role TO role."""
    need_writable(ctx, "GRANT")
    return _both(ctx, reader, "GRANT")


def revoke(ctx: Context, reader: Reader) -> Reply:
    """REVOKE …"""
    need_writable(ctx, "REVOKE")
    return _both(ctx, reader, "REVOKE")


def _both(ctx: Context, reader: Reader, tag: str) -> Reply:
    option_only = reader.accept("GRANT", "OPTION", "FOR") or reader.accept("ADMIN", "OPTION", "FOR")
    privileges = _privileges(reader)
    if reader.accept("ON"):
        objects = _objects(ctx, reader)
        reader.expect("TO" if tag == "GRANT" else "FROM")
        order = _Order(privileges, _grantees(ctx, reader), option_only)
        if reader.accept("WITH", "GRANT", "OPTION"):
            order.option = True
        if reader.accept("GRANTED", "BY"):
            roles.role_name(ctx, reader)
        reader.one_of("CASCADE", "RESTRICT")
        reader.end()
        for kind, one in objects:
            _apply(ctx, tag, order, kind, one)
        return Reply(tag)
    reader.expect("TO" if tag == "GRANT" else "FROM")
    return _membership(ctx, reader, tag, privileges, option_only)


def _privileges(reader: Reader) -> dict[str, tuple[str, ...]]:
    if reader.accept("ALL"):
        reader.accept("PRIVILEGES")
        return {"ALL": _columns(reader)}
    found: dict[str, tuple[str, ...]] = {}
    while True:
        if reader.accept("ALTER", "SYSTEM"):
            word = "ALTER SYSTEM"
        elif reader.word in acl.LETTERS or reader.word == "TEMP":
            word = "TEMPORARY" if reader.word == "TEMP" else reader.word
            reader.at += 1
        else:
            word = f"role {reader.name()}"
        found[word] = _columns(reader)
        if not reader.accept(","):
            return found


def _columns(reader: Reader) -> tuple[str, ...]:
    if not reader.accept("("):
        return ()
    names = tuple(reader.names())
    reader.expect(")")
    return names


def _grantees(ctx: Context, reader: Reader) -> list[str]:
    found = []
    while True:
        reader.accept("GROUP")
        name = roles.role_name(ctx, reader)
        found.append("" if name == "public" else name)
        if not reader.accept(","):
            break
    for name in found:
        if name:
            roles.need_role(ctx, name)
    return found


_EVERY = {"TABLES": "TABLE", "SEQUENCES": "SEQUENCE", "FUNCTIONS": "FUNCTION", "ROUTINES": "FUNCTION"}


def _objects(ctx: Context, reader: Reader) -> list[tuple[str, Any]]:
    if reader.accept("ALL"):
        kind = _EVERY.get(reader.one_of(*_EVERY))
        if kind is None:
            raise reader.wrong()
        reader.expect("IN", "SCHEMA")
        return [pair for name in reader.names() for pair in _all_in(ctx, kind, ctx.schema(name).name)]
    if reader.accept("LARGE", "OBJECT"):
        from host.sql.functions_objects import large_object

        return [("LARGE OBJECT", large_object(ctx, reader.number()))]
    kind = (
        reader.one_of(
            "SEQUENCE",
            "DATABASE",
            "SCHEMA",
            "TABLESPACE",
            "FUNCTION",
            "PROCEDURE",
            "ROUTINE",
            "TYPE",
            "DOMAIN",
            "TABLE",
        )
        or "TABLE"
    )
    if reader.word in ("LANGUAGE", "FOREIGN", "PARAMETER"):
        raise lacking(f"privileges on a {reader.word.lower()}")
    found = []
    while True:
        found.append(_object(ctx, reader, "FUNCTION" if kind in ("PROCEDURE", "ROUTINE") else kind))
        if not reader.accept(","):
            return found


def _all_in(ctx: Context, kind: str, schema: str) -> list[tuple[str, Any]]:
    database = ctx.database
    if kind == "FUNCTION":
        return [(kind, one) for one in database.functions.values() if one.schema == schema]
    wanted = [one for one in database.relations.values() if one.schema == schema]
    return [(kind, one) for one in wanted if isinstance(one, Sequence) == (kind == "SEQUENCE")]


def _object(ctx: Context, reader: Reader, kind: str) -> tuple[str, Any]:
    if kind == "DATABASE":
        name = reader.name()
        if name not in ctx.catalog.databases:
            raise fail(f'database "{name}" does not exist', "3D000")
        return kind, ctx.catalog.databases[name]
    if kind == "SCHEMA":
        return kind, ctx.schema(reader.name())
    if kind == "TABLESPACE":
        name = reader.name()
        if name not in ctx.catalog.tablespaces:
            raise fail(f'tablespace "{name}" does not exist', "42704")
        return kind, ctx.catalog.tablespaces[name]
    schema, name = reader.qualified()
    if kind == "FUNCTION":
        return kind, _function(ctx, reader, schema, name)
    if kind in ("TYPE", "DOMAIN"):
        key = next(((s, name) for s in ctx.candidates(schema) if (s, name) in ctx.database.types), None)
        if key is None:
            raise fail(f'type "{name}" does not exist', "42704")
        return "TYPE", ctx.database.types[key]
    if schema == "pg_catalog" and ctx.find(schema, name) is None:
        return "SYSTEM", name
    found = ctx.relation(schema, name)
    if kind == "SEQUENCE" and not isinstance(found, Sequence):
        raise fail(f'"{found.name}" is not a sequence', "42809")
    return ("SEQUENCE" if isinstance(found, Sequence) else "TABLE"), found


def _function(ctx: Context, reader: Reader, schema: str | None, name: str) -> Any:
    from host.sql.routines import argument_types

    kinds = argument_types(ctx, reader)[1] if reader.word == "(" else None
    for key, one in ctx.database.functions.items():
        if key[0] in ctx.candidates(schema) and key[1] == name and kinds in (None, key[2]):
            return one
    if schema in (None, "pg_catalog") and (own := system_functions.find(ctx, name, kinds)) is not None:
        return own
    if schema == "pg_catalog":
        return None
    shown = f"{schema}.{name}" if schema else name
    raise fail(f"function {shown}({kinds or ''}) does not exist", "42883")


def _letters(ctx: Context, order: _Order, kind: str) -> str:
    every = acl.every(kind, maintain=ctx.major in _MAINTAIN)
    if "ALL" in order.privileges:
        return every
    letters = ""
    for word in order.privileges:
        letter = acl.LETTERS.get(word, "")
        if not letter or letter not in every + ("m" if ctx.major in _MAINTAIN else ""):
            if word.startswith("role "):
                raise fail(f'unrecognized privilege type "{word[5:]}"', "42601")
            raise fail(f"invalid privilege type {word} for {_PLURAL.get(kind, kind.lower())}", "0LP01")
        letters += letter
    return letters


_PLURAL = {"TABLE": "relation", "LARGE OBJECT": "large object"}


def _apply(ctx: Context, tag: str, order: _Order, kind: str, one: Any) -> None:
    if kind == "SYSTEM" or one is None:
        return
    letters = _letters(ctx, order, kind)
    if not ctx.has_role(one.owner):
        name = getattr(one, "name", None) or str(one.oid)
        shown = "table" if kind == "TABLE" else kind.lower()
        raise fail(f"permission denied for {shown} {name}", "42501")
    columns = next(iter(order.privileges.values())) if isinstance(one, Table) else ()
    if columns:
        made = tuple(
            replace(c, acl=_changed(tag, order, c.acl or (), letters, one.owner) or None) if c.name in columns else c
            for c in one.columns
        )
        _store(ctx, kind, replace(one, columns=made))
        return
    maintain = ctx.major in _MAINTAIN
    items = one.acl if one.acl is not None else acl.default(kind, one.owner, maintain)
    _store(ctx, kind, replace(one, acl=_changed(tag, order, items, letters, one.owner)))


def _changed(tag: str, order: _Order, items: Any, letters: str, owner: str) -> Any:
    for grantee in order.grantees:
        if tag == "GRANT":
            items = acl.granted(items, grantee, letters, owner, letters if order.option else "")
        elif order.option:
            items = tuple(
                replace(i, grantable="".join(x for x in i.grantable if x not in letters)) if i.grantee == grantee else i
                for i in items
            )
        else:
            items = acl.revoked(items, grantee, letters)
    return items


def _store(ctx: Context, kind: str, one: Any) -> None:
    if isinstance(one, system_functions.SystemFunction):
        system_functions.store(ctx, one, _WAL)
    elif kind == "DATABASE":
        ctx.write(change.with_database(ctx.catalog, one), _WAL)
    elif kind == "TABLESPACE":
        ctx.write(change.with_tablespace(ctx.catalog, one), _WAL)
    else:
        put = {
            "SCHEMA": change.with_schema,
            "FUNCTION": change.with_function,
            "TYPE": change.with_type,
            "LARGE OBJECT": change.with_large_object,
        }.get(kind, change.with_relation)
        ctx.write_database(put(ctx.database, one), _WAL)  # type: ignore[operator]


def _membership(
    ctx: Context, reader: Reader, tag: str, privileges: dict[str, tuple[str, ...]], option_only: bool
) -> Reply:
    names = [word.removeprefix("role ") if word.startswith("role ") else word.lower() for word in privileges]
    members = _grantees(ctx, reader)
    options = {"admin": False, "inherit": None, "set": True}
    if reader.accept("WITH"):
        while True:
            key = reader.name()
            word = "true" if reader.accept("OPTION") else reader.value()
            options[key] = word in ("true", "option")
            if not reader.accept(","):
                break
    grantor = ctx.user
    if reader.accept("GRANTED", "BY"):
        grantor = roles.role_name(ctx, reader)
    reader.one_of("CASCADE", "RESTRICT")
    reader.end()
    catalog = ctx.catalog
    for role in names:
        roles.need_role(ctx, role)
        for member in members:
            if tag == "REVOKE":
                if not any((one.role, one.member) == (role, member) for one in catalog.memberships):
                    ctx.notice(_never(ctx, role, member, grantor), "WARNING")
                catalog = _without_member(catalog, role, member, option_only)
                continue
            if catalog.is_member(role, member):
                raise fail(f'role "{role}" is a member of role "{member}"', "0LP01")
            inherit = ctx.catalog.roles[member].inherit if options["inherit"] is None else bool(options["inherit"])
            made = Membership(role, member, grantor, bool(options["admin"]), inherit, bool(options["set"]))
            known = next((one for one in catalog.memberships if (one.role, one.member) == (role, member)), None)
            if known is not None and not options["admin"]:
                ctx.notice(_already(ctx, role, member, known.grantor))
                continue
            catalog = change.with_membership(catalog, made)
    ctx.write(catalog, _WAL)
    return Reply(f"{tag} ROLE")


def _already(ctx: Context, role: str, member: str, grantor: str) -> str:
    if ctx.major in spans("16+"):
        return f'role "{member}" has already been granted membership in role "{role}" by role "{grantor}"'
    return f'role "{member}" is already a member of role "{role}"'


def _never(ctx: Context, role: str, member: str, grantor: str) -> str:
    if ctx.major in spans("16+"):
        return f'role "{member}" has not been granted membership in role "{role}" by role "{grantor}"'
    return f'role "{member}" is not a member of role "{role}"'


def _without_member(catalog: Any, role: str, member: str, option_only: bool) -> Any:
    kept = []
    for one in catalog.memberships:
        if (one.role, one.member) != (role, member):
            kept.append(one)
        elif option_only:
            kept.append(replace(one, admin=False))
    return replace(catalog, memberships=tuple(kept))
