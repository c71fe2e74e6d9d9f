"""What a scenario asks of its server before the first command: looked at before anything is made or started."""

from __future__ import annotations

import re
from pathlib import Path

from lab import NotHere
from lab.settings import real_value
from lab.words import name, told
from simulator.scenario import ServerPlan

_SLOT = re.compile(r"[a-z0-9_]{1,63}")
_TEMPLATES = frozenset({"template0", "template1"})
MOST_ROWS, MOST_DATABASES = 10_000_000, 10


def check(plan: ServerPlan) -> None:
    """Raises NotHere for the first thing that does not go to a server."""
    for database, tables in plan.databases.items():
        if name(database) in _TEMPLATES:
            raise NotHere("name", text=database)
        for table in tables:
            name(table)
    if len(plan.databases) > MOST_DATABASES:
        raise NotHere("too_many_databases", limit=MOST_DATABASES)
    rows = sum(sum(tables.values()) for tables in plan.databases.values())
    if rows > MOST_ROWS:
        raise NotHere("too_many_rows", rows=rows, limit=MOST_ROWS)
    for slot in plan.slots:
        if _SLOT.fullmatch(slot) is None:
            raise NotHere("name", text=told(slot))
    for setting, value in plan.settings.items():
        real_value(Path("/"), setting, value)
