"""Room for the files of tables: rows make them longer at once, though the tree gets them at a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from host import tree
from host.catalog.objects import Table
from host.catalog.sizes import index_bytes, table_bytes
from host.server.layout import place_of
from host.tree import Dir, File

if TYPE_CHECKING:
    from host.catalog.model import Catalog, Database
    from host.machine import Host
    from host.server.instance import Instance


def unextended(host: Host, instance: Instance, catalog: Catalog, changed: Database) -> str:
    """The file, as messages show it, that finds no room to become as long as `changed` has it; '' when all do."""
    before = catalog.databases.get(changed.name)
    for table in changed.tables():
        was = before.relations.get((table.schema, table.name)) if before is not None else None
        if was is table or table_bytes(table) <= (table_bytes(was) if isinstance(was, Table) else 0):
            continue
        place = place_of(instance.facts, catalog, table.tablespace)
        disk = _file_system(host, f"{instance.pgdata}/{place}")
        if disk is not None and not _fits(host, instance, catalog, changed, disk):
            return f"{place}/{changed.oid}/{table.oid}"
    return ""


def _file_system(host: Host, path: str) -> tuple[str, Dir] | None:
    """The small file system that a directory is on; None when there is room enough."""
    parts = tree.resolve(host.root, path).strip("/").split("/")
    for count in range(len(parts), -1, -1):
        at = "/" + "/".join(parts[:count])
        node = tree.find(host.root, at)
        if isinstance(node, Dir) and node.capacity is not None:
            return at.rstrip("/"), node
    return None


def _fits(host: Host, instance: Instance, catalog: Catalog, changed: Database, disk: tuple[str, Dir]) -> bool:
    """Is there room for what is written already, and for what the next checkpoint will write?"""
    at, node = disk
    more = 0
    for database in (*(one for one in catalog.databases.values() if one.name != changed.name), changed):
        for path, size in _files(instance, catalog, database):
            real = tree.resolve(host.root, path)
            if real.startswith(f"{at}/"):
                there = tree.find(host.root, real)
                more += max(0, size - (there.size if isinstance(there, File) else 0))
    return node.capacity is None or tree.used(node) + more <= node.capacity


def _files(instance: Instance, catalog: Catalog, database: Database) -> Iterator[tuple[str, int]]:
    """Every file of a table or an index, and how long it is."""
    for table in database.tables():
        yield _path(instance, catalog, table.tablespace, database, table.oid), table_bytes(table)
        for oid, space in table.index_files():
            yield _path(instance, catalog, space, database, oid), index_bytes(table)


def _path(instance: Instance, catalog: Catalog, space: str, database: Database, oid: int) -> str:
    return f"{instance.pgdata}/{place_of(instance.facts, catalog, space)}/{database.oid}/{oid}"
