"""Casts between types, and how a value is shown with the catalogue's names."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from host.catalog import Table
from host.catalog.names import quoted
from host.sql import types
from host.sql.context_clock import naive
from host.sql.reply import fail
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context


def split_name(text: str) -> tuple[str | None, str]:
    """'audit.log' or '"Odd".x' as schema and name, folded as the parser folds them."""
    parts: list[str] = []
    word, inside, was_quoted = "", False, False
    for letter in text.strip():
        if letter == '"':
            inside, was_quoted = not inside, True
        elif letter == "." and not inside:
            parts.append(word if was_quoted else word.lower())
            word, was_quoted = "", False
        else:
            word += letter
    parts.append(word if was_quoted else word.lower())
    return (parts[-2], parts[-1]) if len(parts) > 1 else (None, parts[0])


_LOOKS_AT_SCHEMA = {12: True, 16: False}
"""A schema that there is not is told before the relation in it."""


def relation_oid(ctx: Context, text: str) -> int:
    """to_regclass, but raises Raised when there is nothing of that name."""
    if text.strip().isdigit():
        return int(text)
    found = find_oid(ctx, text)
    schema = split_name(text)[0]
    if found is None and schema is not None and since(ctx.major, _LOOKS_AT_SCHEMA):
        ctx.schema(schema)
    if found is None:
        raise fail(f'relation "{text}" does not exist', "42P01")
    return found


def find_oid(ctx: Context, text: str) -> int | None:
    """The OID of a table, sequence, view or index; of a system view one made from its name."""
    from host.sql.views import OIDS

    schema, name = split_name(text)
    if schema in (None, "pg_catalog", "information_schema") and name in OIDS:
        return OIDS[name]
    relation = ctx.find(schema, name)
    if relation is not None:
        return relation.oid
    for place in ctx.candidates(schema):
        table = ctx.database.index_owner(place, name)
        if table is not None:
            return next(oid for known, oid, _ in table_indexes(table) if known == name)
    return None


def table_indexes(table: Table) -> list[tuple[str, int, bool]]:
    """Name, OID and whether unique, of every index of a table."""
    found = [(one.name, one.index_oid, True) for one in table.constraints if one.index_oid]
    return found + [(one.name, one.oid, one.unique) for one in table.indexes]


def relation_name(ctx: Context, oid: int) -> str:
    """regclassout: the name, with its schema when that is not on the path."""
    from host.sql.views import OIDS

    for name, known in OIDS.items():
        if known == oid:
            return name
    for relation in ctx.database.relations.values():
        names = [(relation.oid, relation.name)]
        if isinstance(relation, Table):
            names += [(number, name) for name, number, _ in table_indexes(relation)]
        for number, name in names:
            if number == oid:
                visible = relation.schema in ctx.search_path
                return quoted(name) if visible else f"{quoted(relation.schema)}.{quoted(name)}"
    return str(oid) if oid else "-"


def shown(ctx: Context, kind: str, value: Any) -> str | None:
    """A value as the client sees it."""
    if value is None:
        return None
    if kind in types.REGS and isinstance(value, int):
        return _reg_name(ctx, kind, value)
    return types.output(kind, value)


def _reg_name(ctx: Context, kind: str, value: int) -> str:
    if kind == "regrole":
        return next((quoted(role.name) for role in ctx.catalog.roles.values() if role.oid == value), str(value))
    if kind == "regnamespace":
        return next((quoted(one.name) for one in ctx.database.schemas.values() if one.oid == value), str(value))
    return relation_name(ctx, value) if kind == "regclass" else str(value)


def allowed(given: str, wanted: str) -> bool:
    """There is an explicit cast from one type to the other."""
    given, wanted = types.base(given), types.base(wanted)
    if given == wanted or given in types.TEXTS or wanted in types.TEXTS:
        return True
    groups: tuple[frozenset[str], ...] = (
        frozenset({*types.NUMBERS, "money"}),
        frozenset({"oid", *types.REGS, *types.INTEGERS}),
        frozenset({"boolean", "integer"}),
        frozenset({"date", "timestamp with time zone", "timestamp without time zone"}),
        frozenset({"timestamp with time zone", "timestamp without time zone", "time without time zone"}),
        frozenset({"numeric", "pg_lsn"}),
        frozenset({"xid", "xid8", "bigint"}),
    )
    if given.endswith("[]") and wanted.endswith("[]"):
        return allowed(given[:-2], wanted[:-2])
    return any(given in group and wanted in group for group in groups)


def convert(ctx: Context, given: str, wanted: str, value: Any) -> Any:
    """A value of one type as another's; raises Raised."""
    if value is None:
        return None
    given, plain = types.base(given), types.base(wanted)
    if given in types.TEXTS and plain not in types.TEXTS:
        return types.sized(wanted, _read(ctx, plain if not wanted.endswith("[]") else wanted, str(value)))
    if plain in types.TEXTS:
        text = value if isinstance(value, str) else shown(ctx, given, value)
        if given == "boolean":
            text = "true" if value else "false"
        return types.sized(wanted, text[:63] if plain == "name" and text else text, column=False)
    if plain in types.INTEGERS:
        if isinstance(value, float | Decimal):
            value = _rounded(plain, value)
        return types.in_range(plain, int(value))
    if plain == "numeric":
        return types.sized(wanted, Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
    if plain in ("real", "double precision"):
        return float(value)
    if plain == "boolean":
        return bool(value)
    return _time(plain, value)


def _rounded(kind: str, value: Any) -> int:
    try:
        return int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP)) if isinstance(value, Decimal) else round(value)
    except (InvalidOperation, OverflowError, ValueError):
        raise fail(f"{kind} out of range", "22003") from None


def _time(wanted: str, value: Any) -> Any:
    if wanted == "date" and isinstance(value, datetime):
        return value.date()
    if wanted.startswith("timestamp") and type(value) is date:
        return naive(value.year, value.month, value.day)
    if wanted.startswith("time ") and isinstance(value, datetime):
        return value.time()
    return value


_TODAY = {"now": timedelta(0), "today": timedelta(0), "yesterday": timedelta(days=-1), "tomorrow": timedelta(days=1)}


def _read(ctx: Context, kind: str, text: str) -> Any:
    if kind == "regclass":
        return relation_oid(ctx, text)
    if kind == "regrole":
        role = ctx.catalog.roles.get(split_name(text)[1])
        if role is None:
            raise fail(f'role "{text}" does not exist', "42704")
        return role.oid
    if kind == "regnamespace":
        return ctx.schema(split_name(text)[1]).oid
    if kind in ("date", "timestamp with time zone", "timestamp without time zone") and text.strip().lower() in _TODAY:
        from host.sql.context_clock import now

        word = text.strip().lower()
        at = now(ctx) + _TODAY[word]
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        return at.date() if kind == "date" else at if word == "now" else midnight
    return types.parse(kind, text)
