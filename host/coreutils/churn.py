"""Files that vanish below a copy: what others do while a directory is read (`Weather.TABLE_CHURN`)."""

from __future__ import annotations

from host.machine import Host
from host.tree import Dir, Node
from host.weather import Weather


def vanished(host: Host, path: str, node: Node) -> str | None:
    """The table file (relative to a data directory at `path`) that is gone when the copy comes to it; else None."""
    if Weather.TABLE_CHURN not in host.weather or not isinstance(node, Dir) or "PG_VERSION" not in node.entries:
        return None
    if not any(getattr(instance, "pgdata", None) == host.path(path).rstrip("/") for instance in host.instances):
        return None
    base = node.entries.get("base")
    if not isinstance(base, Dir):
        return None
    numbers = [int(name) for name in base.entries if name.isdecimal()]
    if not numbers:
        return None
    database = base.entries[str(max(numbers))]
    files = [int(name) for name in database.entries if name.isdecimal()] if isinstance(database, Dir) else []
    return f"base/{max(numbers)}/{max([*files, 16_384]) + 3}"
