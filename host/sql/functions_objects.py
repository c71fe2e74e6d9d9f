"""Functions of sequences, large objects and sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host.catalog import Database, LargeObject, Sequence, Table, change
from host.catalog.sizes import index_bytes, table_bytes, toast_bytes, total_bytes
from host.sql.casts import split_name
from host.sql.reply import fail
from host.sql.rights import need_relation
from host.sql.transactions import need_writable

if TYPE_CHECKING:
    from host.sql.context import Context

_SEQUENCE_WAL = 99
_EMPTY_DATABASE = 7_600_000
_READ, _WRITE = 0x40000, 0x20000


def _by_oid(ctx: Context, oid: int) -> Any:
    for relation in ctx.database.relations.values():
        if relation.oid == oid:
            return relation
    return None


def _sequence_by_oid(ctx: Context, oid: int) -> Sequence:
    found = _by_oid(ctx, oid)
    if not isinstance(found, Sequence):
        name = getattr(found, "name", str(oid))
        raise fail(f'"{name}" is not a sequence', "42809")
    return found


def next_value(ctx: Context, oid: int) -> int:
    """Nextval."""
    need_writable(ctx, "nextval()")
    found = _sequence_by_oid(ctx, oid)
    if not ctx.allowed("SEQUENCE", found.owner, found.acl, "U"):
        need_relation(ctx, found, "w")
    value = found.last_value + found.increment if found.is_called else found.last_value
    if value > found.maximum or value < found.minimum:
        if not found.cycle:
            raise fail(f'nextval: reached maximum value of sequence "{found.name}" ({found.maximum})', "2200H")
        value = found.minimum if value > found.maximum else found.maximum
    moved = replace(found, last_value=value, is_called=True)
    ctx.write_database(change.with_relation(ctx.database, moved), _SEQUENCE_WAL)
    _remember(ctx, oid, value)
    return value


def _remember(ctx: Context, oid: int, value: int) -> None:
    others = tuple(one for one in ctx.session.sequences if one[0] != oid)
    ctx.update_session(sequences=(*others, (oid, value)))


def _current_value(ctx: Context, oid: int) -> int:
    found = _sequence_by_oid(ctx, oid)
    if not ctx.allowed("SEQUENCE", found.owner, found.acl, "U"):
        need_relation(ctx, found, "r")
    known = dict(ctx.session.sequences)
    if oid not in known:
        raise fail(f'currval of sequence "{found.name}" is not yet defined in this session', "55000")
    return known[oid]


def _last_value(ctx: Context) -> int:
    if not ctx.session.sequences:
        raise fail("lastval is not yet defined in this session", "55000")
    return ctx.session.sequences[-1][1]


def _set_value(ctx: Context, oid: int, value: int, called: bool) -> int:
    need_writable(ctx, "setval()")
    found = _sequence_by_oid(ctx, oid)
    need_relation(ctx, found, "w")
    if not found.minimum <= value <= found.maximum:
        message = (
            f'setval: value {value} is out of bounds for sequence "{found.name}" ({found.minimum}..{found.maximum})'
        )
        raise fail(message, "22003")
    moved = replace(found, last_value=value, is_called=called)
    ctx.write_database(change.with_relation(ctx.database, moved), _SEQUENCE_WAL)
    if called and oid in dict(ctx.session.sequences):
        _remember(ctx, oid, value)
    return value


def large_object(ctx: Context, oid: int) -> LargeObject:
    """A large object; raises Raised."""
    found = ctx.database.large_objects.get(oid)
    if found is None:
        raise fail(f"large object {oid} does not exist", "42704")
    return found


def lo_create(ctx: Context, oid: int) -> int:
    """lo_create; 0: any free OID."""
    need_writable(ctx, "lo_create()")
    if not oid:
        oid = ctx.new_oid()
    if oid in ctx.database.large_objects:
        constraint = "pg_largeobject_metadata_oid_index"
        message = f'duplicate key value violates unique constraint "{constraint}"'
        raise fail(message, "23505", detail=f"Key (oid)=({oid}) already exists.")
    ctx.write_database(change.with_large_object(ctx.database, LargeObject(oid, ctx.user)), 200)
    return oid


def _open(ctx: Context, oid: int, mode: int) -> int:
    if not mode & (_READ | _WRITE):
        raise fail(f"invalid flags for opening a large object: {mode}", "22023")
    if mode & _WRITE:
        need_writable(ctx, "lo_open(INV_WRITE)")
    large_object(ctx, oid)
    fd = len(ctx.session.descriptors)
    ctx.update_session(descriptors=(*ctx.session.descriptors, (oid, 0)))
    return fd


def _descriptor(ctx: Context, fd: int) -> tuple[int, int]:
    known = ctx.session.descriptors
    if not 0 <= fd < len(known) or known[fd][0] == 0:
        raise fail(f"invalid large-object descriptor: {fd}", "42704")
    return known[fd]


def _moved(ctx: Context, fd: int, state: tuple[int, int]) -> None:
    known = list(ctx.session.descriptors)
    known[fd] = state
    ctx.update_session(descriptors=tuple(known))


def _write(ctx: Context, fd: int, data: bytes) -> int:
    oid, at = _descriptor(ctx, fd)
    found = large_object(ctx, oid)
    body = found.data[:at].ljust(at, b"\0") + data + found.data[at + len(data) :]
    ctx.write_database(change.with_large_object(ctx.database, replace(found, data=body)), len(data) + 100)
    _moved(ctx, fd, (oid, at + len(data)))
    return len(data)


def _read(ctx: Context, fd: int, length: int) -> bytes:
    oid, at = _descriptor(ctx, fd)
    part = large_object(ctx, oid).data[at : at + length]
    _moved(ctx, fd, (oid, at + len(part)))
    return part


def _close(ctx: Context, fd: int) -> int:
    _descriptor(ctx, fd)
    _moved(ctx, fd, (0, 0))
    return 0


def _unlink(ctx: Context, oid: int) -> int:
    need_writable(ctx, "lo_unlink()")
    found = large_object(ctx, oid)
    if not ctx.has_role(found.owner):
        raise fail(f"must be owner of large object {oid}", "42501")
    ctx.write_database(change.without_large_object(ctx.database, oid), 200)
    return 1


def _from_bytea(ctx: Context, oid: int, data: bytes) -> int:
    made = lo_create(ctx, oid)
    found = large_object(ctx, made)
    ctx.write_database(change.with_large_object(ctx.database, replace(found, data=data)), len(data))
    return made


def database_bytes(database: Database) -> int:
    """pg_database_size: an empty one, and its tables."""
    return _EMPTY_DATABASE + sum(total_bytes(table) for table in database.tables())


def _database_size(ctx: Context, name: str) -> int:
    found = ctx.catalog.databases.get(name)
    if found is None:
        raise fail(f'database "{name}" does not exist', "3D000")
    return database_bytes(found)


def _database_size_by_oid(ctx: Context, oid: int) -> int | None:
    return next((database_bytes(one) for one in ctx.catalog.databases.values() if one.oid == oid), None)


def _sized(ctx: Context, oid: int, what: str) -> int:
    found = _by_oid(ctx, oid)
    if isinstance(found, Table):
        indexes = len(found.index_names()) * index_bytes(found)
        whole = table_bytes(found) + toast_bytes(found)
        return {"total": total_bytes(found), "indexes": indexes, "table": whole}.get(what, table_bytes(found))
    if found is None:
        owner = next(
            (
                one
                for one in ctx.database.tables()
                if any(c.index_oid == oid for c in one.constraints) or any(i.oid == oid for i in one.indexes)
            ),
            None,
        )
        return index_bytes(owner) if owner is not None else 8192
    return 8192 if isinstance(found, Sequence) else 0


def _tablespace_size(ctx: Context, name: str) -> int:
    if name not in ctx.catalog.tablespaces:
        raise fail(f'tablespace "{name}" does not exist', "42704")
    plain = name == "pg_default"
    return sum(
        (_EMPTY_DATABASE if plain else 0)
        + sum(total_bytes(table) for table in database.tables() if (table.tablespace or "pg_default") == name)
        for database in ctx.catalog.databases.values()
    )


def file_path(ctx: Context, oid: int) -> str | None:
    """pg_relation_filepath."""
    from host.server.layout import place_of

    found = _by_oid(ctx, oid)
    space, node = "", oid
    if isinstance(found, Table):
        space, node = found.tablespace, found.filenode or oid
    return f"{place_of(ctx.instance.facts, ctx.catalog, space)}/{ctx.database.oid}/{node}"


def _serial_sequence(ctx: Context, table: str, column: str) -> str | None:
    from host.catalog.names import qualified

    found = ctx.relation(*split_name(table))
    for one in ctx.database.sequences():
        if one.owned_by == (found.schema, found.name, column):
            return qualified(one.schema, one.name)
    return None


def _restore_stats(_ctx: Context, *_pairs: Any) -> bool:
    """pg_restore_relation_stats: taken, as the planner's figures matter to nobody here."""
    return True


def _known(ctx: Context, name: str) -> int | None:
    from host.sql.casts import find_oid

    return find_oid(ctx, name)


OBJECTS: Mapping[str, Callable[..., Any]] = {
    "nextval(regclass) -> bigint": next_value,
    "currval(regclass) -> bigint": _current_value,
    "lastval() -> bigint": _last_value,
    "setval(regclass, bigint) -> bigint": lambda ctx, oid, value: _set_value(ctx, oid, value, True),
    "setval(regclass, bigint, boolean) -> bigint": _set_value,
    "pg_get_serial_sequence(text, text) -> text": _serial_sequence,
    "lo_create(oid) -> oid": lo_create,
    "lo_creat(integer) -> oid": lambda ctx, _mode: lo_create(ctx, 0),
    "lo_open(oid, integer) -> integer": _open,
    "lowrite(integer, bytea) -> integer": _write,
    "loread(integer, integer) -> bytea": _read,
    "lo_close(integer) -> integer": _close,
    "lo_unlink(oid) -> integer": _unlink,
    "lo_get(oid) -> bytea": lambda ctx, oid: large_object(ctx, oid).data,
    "lo_from_bytea(oid, bytea) -> oid": _from_bytea,
    "pg_database_size(name) -> bigint": _database_size,
    "pg_database_size(oid) -> bigint": _database_size_by_oid,
    "pg_relation_size(regclass) -> bigint": lambda ctx, oid: _sized(ctx, oid, "main"),
    "pg_table_size(regclass) -> bigint": lambda ctx, oid: _sized(ctx, oid, "table"),
    "pg_indexes_size(regclass) -> bigint": lambda ctx, oid: _sized(ctx, oid, "indexes"),
    "pg_total_relation_size(regclass) -> bigint": lambda ctx, oid: _sized(ctx, oid, "total"),
    "pg_tablespace_size(name) -> bigint": _tablespace_size,
    "pg_relation_filepath(regclass) -> text": file_path,
    "pg_relation_filenode(regclass) -> oid": lambda ctx, oid: int((file_path(ctx, oid) or "0").rpartition("/")[2]),
    "to_regclass(text) -> regclass": _known,
    "pg_restore_relation_stats(variadic any) -> boolean [18+]": _restore_stats,
    "pg_restore_attribute_stats(variadic any) -> boolean [18+]": _restore_stats,
}
