"""ALTER … OWNER TO for an entry (_getObjectDescription)."""

from __future__ import annotations

from collections.abc import Iterator

from host.catalog.names import qualified, quoted
from host.dump.toc import TocEntry

_NAMED_WITH_SCHEMA = ("TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "TYPE", "DOMAIN", "FOREIGN TABLE")
_NAMED_ALONE = ("DATABASE", "SCHEMA")
_BY_DROP = ("FUNCTION", "PROCEDURE", "AGGREGATE")
_RELATIONS = ("VIEW", "MATERIALIZED VIEW", "SEQUENCE")


def owner_statement(entry: TocEntry, own_word: bool, always: bool = False) -> Iterator[str]:
    """The statements, none for objects that have no owner of their own."""
    to = f" OWNER TO {quoted(entry.owner or '', always)};\n"
    if entry.large_objects:
        yield from (f"ALTER LARGE OBJECT {oid}{to}" for oid in entry.large_objects)
        yield "\n"
        return
    described = _description(entry, own_word, always)
    if described:
        yield f"ALTER {described}{to}\n"


def _description(entry: TocEntry, own_word: bool, always: bool) -> str:
    kind = entry.desc
    if kind in _NAMED_WITH_SCHEMA:
        word = kind if own_word or kind not in _RELATIONS else "TABLE"
        return f"{word} {qualified(entry.schema or '', entry.tag, always)}"
    if kind in _NAMED_ALONE:
        return f"{kind} {quoted(entry.tag, always)}"
    if kind == "BLOB":
        return f"LARGE OBJECT {entry.tag}"
    if kind in _BY_DROP:
        return entry.drop.removeprefix("DROP ").rstrip("\n").removesuffix(";")
    return ""
