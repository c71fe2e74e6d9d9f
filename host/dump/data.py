"""The rows of tables, the state of sequences, and large objects."""

from __future__ import annotations

from itertools import groupby

from host.catalog import acl
from host.catalog.objects import LargeObject, Sequence, Table, View
from host.dump import privileges
from host.dump.items import Dumping, Item, Name, relation_name
from host.dump.relations import acl_entry, comment_entry, sql_string
from host.dump.toc import (
    CLASS_LARGE_OBJECT,
    DATA,
    GENERATED,
    POST_DATA,
    PRE_DATA,
    CopyData,
    Data,
    InsertData,
    LargeObjectData,
    TocEntry,
)

_GROUP = 1000


def data_item(d: Dumping, relation: Table | Sequence | View) -> Item:
    """TABLE DATA, SEQUENCE SET or MATERIALIZED VIEW DATA."""
    key = (relation.schema, relation.name)
    name = d.qq(*key)
    if isinstance(relation, Table):
        copy, data = _rows(d, relation)
        entry = TocEntry(relation.name, "TABLE DATA", DATA, oid=relation.oid, copy=copy, data=data)
        kind, depends = "table data", _foreign(d, relation)
    elif isinstance(relation, Sequence):
        called = "true" if relation.is_called else "false"
        text = f"SELECT pg_catalog.setval({sql_string(name)}, {relation.last_value}, {called});\n"
        entry = TocEntry(relation.name, "SEQUENCE SET", DATA, definition=text)
        kind, depends = "sequence set", frozenset()
    else:
        text = f"REFRESH MATERIALIZED VIEW {name};\n"
        entry = TocEntry(relation.name, "MATERIALIZED VIEW DATA", POST_DATA, oid=relation.oid, definition=text)
        kind, depends = "refresh", frozenset()
    own = relation_name(key)
    placed = _placed(entry, relation)
    return Item(kind, (kind, *key), relation.schema, relation.name, (placed,), depends | {own})


def _placed(entry: TocEntry, relation: Table | Sequence | View) -> TocEntry:
    return TocEntry(
        entry.tag,
        entry.desc,
        entry.section,
        oid=entry.oid,
        schema=relation.schema,
        owner=relation.owner,
        definition=entry.definition,
        copy=entry.copy,
        data=entry.data,
    )


def _foreign(d: Dumping, table: Table) -> frozenset[Name]:
    """In a data-only dump the rows that a foreign key refers to come first."""
    if d.options.output.wants_schema:
        return frozenset()
    needs = {one.references for one in table.constraints if one.references is not None}
    return frozenset(("table data", *key) for key in needs if key != (table.schema, table.name))


def _rows(d: Dumping, table: Table) -> tuple[str, Data]:
    """COPY statement and data; INSERT statements have no COPY."""
    name, options = d.qq(table.schema, table.name), d.options
    kept = [n for n, column in enumerate(table.columns) if column.generated is None]
    if not options.as_inserts:
        rows = table.rows
        for number in reversed(range(len(table.columns))):
            if number not in kept:
                rows = rows.without_column(number)
        columns = ", ".join(d.q(table.columns[number].name) for number in kept)
        return f"COPY {name} {f'({columns})' if columns else ''} FROM stdin;\n", CopyData(rows)
    listed, rows = table.columns, table.rows
    if options.column_inserts:
        listed = tuple(table.columns[number] for number in kept)
        for number in reversed(range(len(table.columns))):
            if number not in kept:
                rows = rows.without_column(number)
    columns = f" ({', '.join(d.q(column.name) for column in listed)})" if options.column_inserts and listed else ""
    overriding = " OVERRIDING SYSTEM VALUE" if any(column.identity == "a" for column in listed) else ""
    return "", InsertData(
        rows,
        f"INSERT INTO {name}{columns}{overriding} VALUES",
        tuple(GENERATED if column.generated is not None else column.type for column in listed),
        max(1, options.rows_per_insert),
        options.rows_per_insert > 1,
        options.on_conflict_do_nothing,
    )


def large_object_items(d: Dumping) -> list[Item]:
    """Large objects: from 17 on in groups of one owner and one list of privileges, before that one by one."""
    objects = sorted(d.database.large_objects.values(), key=lambda one: one.oid)
    if not objects:
        return []
    if not d.tool.metadata_of_large_objects:
        every = tuple((one.oid, one.data) for one in objects)
        entry = TocEntry("BLOBS", "BLOBS", DATA, data=LargeObjectData(every))
        data = Item("large object data", ("large object data",), None, "BLOBS", (entry,))
        return [*(_single(d, one) for one in objects), data]
    made: list[Item] = []
    by_rights = sorted(objects, key=lambda one: (_owner_oid(d, one), one.acl is None, _acl_text(one), one.oid))
    for _, same in groupby(by_rights, key=lambda one: (one.owner, one.acl)):
        group = tuple(same)
        for start in range(0, len(group), _GROUP):
            made += _group(d, group[start : start + _GROUP])
    return made


def _owner_oid(d: Dumping, one: LargeObject) -> int:
    role = d.catalog.roles.get(one.owner)
    return role.oid if role else 0


def _acl_text(one: LargeObject) -> str:
    return ",".join(map(str, one.acl or ()))


def _single(d: Dumping, one: LargeObject) -> Item:
    name = str(one.oid)
    main = TocEntry(
        name,
        "BLOB",
        PRE_DATA,
        class_oid=CLASS_LARGE_OBJECT,
        oid=one.oid,
        owner=one.owner,
        definition=f"SELECT pg_catalog.lo_create('{name}');\n",
        drop=f"SELECT pg_catalog.lo_unlink('{name}');\n",
    )
    entries = (main, *_comment(one), *_acl(d, (one,), f"LARGE OBJECT {name}"))
    return Item("large object before data", ("large object", name), None, name, entries)


def _group(d: Dumping, group: tuple[LargeObject, ...]) -> list[Item]:
    oids = tuple(one.oid for one in group)
    name = str(oids[0]) if len(oids) == 1 else f"{oids[0]}..{oids[-1]}"
    owner = group[0].owner
    main = TocEntry(
        name,
        "BLOB METADATA",
        DATA,
        class_oid=CLASS_LARGE_OBJECT,
        oid=oids[0],
        owner=owner,
        definition="".join(f"{oid}\n" for oid in oids),
        drop="--dummy--",
        large_objects=oids,
    )
    kind = "LARGE OBJECTS" if len(oids) > 1 else "LARGE OBJECT"
    comments = [entry for one in group for entry in _comment(one)]
    entries = (main, *comments, *_acl(d, group, f"{kind} {name}"))
    data = LargeObjectData(tuple((one.oid, one.data) for one in group))
    blobs = TocEntry(name, "BLOBS", DATA, owner=owner, data=data)
    key: Name = ("large object", name)
    return [
        Item("large object", key, None, name, entries),
        Item("large object data", ("large object data", name), None, name, (blobs,), frozenset({key}), again=(key,)),
    ]


def _comment(one: LargeObject) -> list[TocEntry]:
    name = str(one.oid)
    return [comment_entry("LARGE OBJECT", name, name, one.comment, None, one.owner)] if one.comment else []


def _acl(d: Dumping, group: tuple[LargeObject, ...], tag: str) -> list[TocEntry]:
    owner = group[0].owner
    base = acl.default("LARGE OBJECT", owner)
    texts = (privileges.commands("LARGE OBJECT", str(one.oid), one.acl, base, owner, always=d.always) for one in group)
    text = "".join(texts)
    return [acl_entry(tag, text, None, owner)] if text else []
