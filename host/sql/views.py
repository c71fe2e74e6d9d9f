"""The system's own tables and views by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from host.effort import CELL, spend
from host.sql import snapshots
from host.sql.compiled import RowValues, Source, SourceColumn
from host.sql.reply import fail
from host.sql.views_catalog import CATALOG_VIEWS
from host.sql.views_information import INFORMATION_VIEWS
from host.sql.views_server import SERVER_VIEWS
from host.sql.views_wal import WAL_VIEWS
from simulator.versions import spans

if TYPE_CHECKING:
    from host.sql.context import Context

ViewRows = Callable[["Context"], Iterable[tuple[Any, ...]]]
_ALL: Mapping[str, tuple[str, ViewRows]] = {**CATALOG_VIEWS, **SERVER_VIEWS, **WAL_VIEWS}
_FIXED = {
    "pg_class": 1259,
    "pg_attribute": 1249,
    "pg_proc": 1255,
    "pg_type": 1247,
    "pg_database": 1262,
    "pg_namespace": 2615,
    "pg_tablespace": 1213,
    "pg_authid": 1260,
}
OIDS: Mapping[str, int] = {name: _FIXED.get(name, 12000 + number) for number, name in enumerate(sorted(_ALL))}
"""An OID for each of them, as `'pg_class'::regclass` prints it."""
_KNOWN = frozenset(
    """
    pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_auth_members pg_authid pg_cast pg_collation pg_conversion
    pg_cursors pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_file_settings pg_foreign_server
    pg_foreign_table pg_group pg_hba_file_rules pg_inherits pg_init_privs pg_language pg_largeobject pg_opclass
    pg_operator pg_partitioned_table pg_policy pg_prepared_statements pg_prepared_xacts pg_publication
    pg_range pg_rewrite pg_rules pg_seclabel pg_shadow pg_shdepend pg_shdescription pg_statio_all_tables
    pg_statistic pg_stats pg_subscription pg_timezone_names pg_trigger pg_ts_config pg_user_mappings
    """.split()
)


def _fields(spec: str, major: int) -> tuple[tuple[int, SourceColumn], ...]:
    """The columns of a view that this major has, with their places in its rows: `name type [13+], …`."""
    found = []
    for place, one in enumerate(spec.split(",")):
        text, _, span = one.strip().partition(" [")
        name, _, kind = text.partition(" ")
        if not span or major in spans(span.rstrip("]")):
            found.append((place, SourceColumn(name, kind)))
    return tuple(found)


def system_view(ctx: Context, schema: str | None, name: str) -> Source | None:
    """A system table or view as a source; None when this major has none of that name."""
    known = INFORMATION_VIEWS if schema == "information_schema" else _ALL
    found = known.get(name)
    if found is None:
        if name in _KNOWN and schema != "information_schema":
            raise fail(f"the dojo does not have the system table {name}", "0A000")
        return None
    spec, rows = found
    head, _, body = spec.partition(": ")
    if body and ctx.major not in spans(head):
        return None
    fields = _fields(body or spec, ctx.major)
    places = [place for place, _ in fields]

    reader = ctx if name in SERVER_VIEWS or name in WAL_VIEWS else snapshots.reading_catalog(ctx)

    def run(_row: RowValues) -> Iterator[RowValues]:
        for row in rows(reader):
            ctx.look_at()
            spend(CELL * len(row))
            yield tuple([row[place] for place in places])

    return Source(name, tuple(column for _, column in fields), run)
