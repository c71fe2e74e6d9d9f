"""The DROP statements of --clean, with IF EXISTS where --if-exists asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from host.dump.toc import TocEntry

_CONSTRAINTS = ("CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT")


def drop_statement(entry: TocEntry, if_exists: bool) -> Iterator[str]:
    """The statements for one entry."""
    if entry.large_objects:
        yield from (_unlink(oid, if_exists) for oid in entry.large_objects)
        yield "\n"
    elif not if_exists or entry.drop.startswith("--"):
        yield entry.drop
    elif entry.desc == "BLOB":
        yield _unlink(entry.oid, True)
    else:
        yield _guarded(entry)


def _unlink(oid: int, if_exists: bool) -> str:
    if if_exists:
        where = f"FROM pg_catalog.pg_largeobject_metadata WHERE oid = '{oid}'"
        return f"SELECT pg_catalog.lo_unlink(oid) {where};\n"
    return f"SELECT pg_catalog.lo_unlink('{oid}');\n"


def _guarded(entry: TocEntry) -> str:
    text = entry.drop
    if text.startswith("ALTER TABLE"):
        text = text.replace("ALTER TABLE", "ALTER TABLE IF EXISTS", 1)
    if entry.desc in ("DEFAULT", "DATABASE PROPERTIES"):
        return text
    if entry.desc in _CONSTRAINTS:
        return text.replace("DROP CONSTRAINT", "DROP CONSTRAINT IF EXISTS", 1)
    mark = f"DROP {entry.desc}"
    return text.replace(mark, f"{mark} IF EXISTS", 1)
