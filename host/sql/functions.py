"""Every function of the server by name: plain ones, and those that ask or change the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.sql import scalars
from host.sql.functions_admin import ADMIN, ADMIN_NOT_STRICT
from host.sql.functions_catalog import CATALOG, CATALOG_NOT_STRICT
from host.sql.functions_objects import OBJECTS
from host.sql.functions_wal import WAL
from host.sql.reply import fail
from host.sql.rights import DENIED
from host.sql.signatures import Signature, table

if TYPE_CHECKING:
    from host.sql.context import Context


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
    ):
        found.setdefault(one.name, []).append(one)
    return found


FUNCTIONS = _by_name()
_RESTRICTED = frozenset(
    """
    pg_create_restore_point pg_switch_wal pg_wal_replay_pause pg_wal_replay_resume pg_reload_conf pg_rotate_logfile
    pg_promote pg_start_backup pg_stop_backup pg_backup_start pg_backup_stop pg_ls_dir pg_read_file
    """.split()
)
_FOR_MONITOR = frozenset({"pg_ls_waldir", "pg_ls_logdir", "pg_ls_tmpdir", "pg_ls_archive_statusdir"})


def check_allowed(ctx: Context, name: str) -> None:
    """Functions whose EXECUTE right PUBLIC does not have; raises Raised."""
    if ctx.superuser:
        return
    if name in _RESTRICTED or (name in _FOR_MONITOR and not ctx.has_role("pg_monitor")):
        raise fail(f"permission denied for function {name}", DENIED)
