"""Row-level security and pg_dump: it refuses to dump a part of a table, unless it is asked to."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from host.catalog import Catalog
from host.catalog.names import qualified, quoted
from host.dump.access import Refused
from host.dump.toc import CopyData, DumpArchive, InsertData
from host.server.connect import Connected
from host.sql import row_security
from host.sql.context import Context
from host.sql.parsing import statements
from host.sql.reply import Raised
from simulator.frozen import replace

if TYPE_CHECKING:
    from host.machine import Host


def settled(host: Host, made: Connected, role: str, *, enabled: bool) -> Host:
    """SET ROLE and SET row_security (setup_connection)."""
    given = {"row_security": "on" if enabled else "off", **({"role": role} if role else {})}
    session = replace(made.session, settings=MappingProxyType({**made.session.settings, **given}))
    return host.with_instance(made.instance.with_session(session))


def _context(host: Host, made: Connected, catalog: Catalog) -> Context:
    return Context(host, made.port, made.pid, statements("COPY")[0], catalog)


def seen(host: Host, made: Connected, catalog: Catalog) -> Catalog:
    """--enable-row-security: the rows that the role may see."""
    return row_security.visible_catalog(_context(host, made, catalog), catalog)


def failure(host: Host, made: Connected, catalog: Catalog, archive: DumpArchive, *, always: bool) -> Refused | None:
    """The first table, in the order of the dump, whose rows the role does not all see."""
    ctx = _context(host, made, catalog)
    for entry in archive.entries:
        table = ctx.database.table(entry.schema or "", entry.tag)
        if not isinstance(entry.data, CopyData | InsertData) or table is None:
            continue
        try:
            row_security.is_subject(ctx, table)
        except Raised as raised:
            hint = f"\nHINT:  {raised.error.hint}" if raised.error.hint else ""
            query = entry.copy.replace(" FROM stdin;\n", " TO stdout;")
            if not query:
                columns = ", ".join(quoted(one.name, always) for one in table.columns if one.generated is None)
                name = qualified(table.schema, table.name, always)
                query = f"DECLARE _pg_dump_cursor CURSOR FOR SELECT {columns} FROM ONLY {name}"  # noqa: S608
            return Refused(f"query failed: ERROR:  {raised.error.message}{hint}", query, table=entry.dump_id)
    return None
