"""Every function of the server by name: plain ones, and those that ask or change the server."""

from __future__ import annotations

from host.sql import scalars
from host.sql.functions_admin import ADMIN, ADMIN_NOT_STRICT
from host.sql.functions_catalog import CATALOG, CATALOG_NOT_STRICT
from host.sql.functions_objects import OBJECTS
from host.sql.functions_slots import LOGICAL
from host.sql.functions_wal import WAL
from host.sql.signatures import Signature, table


def _by_name() -> dict[str, list[Signature]]:
    found: dict[str, list[Signature]] = {}
    for one in (
        *table(scalars.PLAIN),
        *table(ADMIN, acts=True),
        *table(ADMIN_NOT_STRICT, acts=True, strict=False),
        *table(CATALOG, acts=True),
        *table(CATALOG_NOT_STRICT, acts=True, strict=False),
        *table(OBJECTS, acts=True),
        *table(WAL, acts=True),
        *table(LOGICAL, acts=True, strict=False),
    ):
        found.setdefault(one.name, []).append(one)
    return found


FUNCTIONS = _by_name()
