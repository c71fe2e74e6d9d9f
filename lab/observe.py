"""Look at the real server: the same Observation that the model gives."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lab import settings
from lab.cluster import Lab
from lab.deed import Deed
from lab.processes import alive, title
from lab.server import Server
from lab.server_log import ServerLog
from simulator.lsn import is_segment_name, parse_lsn
from simulator.observation import Observation
from simulator.pg_wal import from_listing
from simulator.slots import SlotRow
from simulator.world import ARCHIVE, PRIMARY

_TEMPORARY_SLOT = re.compile(r"pg_basebackup_\d+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? UTC")
_DOTS = re.compile(r"(server to (?:start|shut down))\.{3,}")
_CONTROL = re.compile(r"^(Database cluster state|Latest checkpoint's REDO location):\s+(.*)$", re.MULTILINE)


@dataclass(slots=True)
class Observer:
    """Looks after each step; remembers in which order things appeared, as the model does."""

    lab: Lab
    places: list[str] = field(default_factory=list)
    logs: dict[int, ServerLog] = field(default_factory=dict)
    """Of the servers on copies, by their ports."""

    def look(self, deed: Deed, under_way: Iterable[str] = ()) -> Observation:
        """Everything a DBA could see now; `under_way`: directories that a client is still writing."""
        lab, server = self.lab, self.lab.server
        running = server.postmaster is not None
        archived = sorted(entry.name for entry in lab.paths.real(ARCHIVE).iterdir())
        state, redo = self._control()
        wal_lsn, count, failing = None, None, None
        if running:
            wal_lsn = server.mark().flush_lsn
            count, failing = server.ask("SELECT archived_count, last_failed_wal FROM pg_stat_archiver")[0]
        return Observation(
            exit_code=deed.exit_code,
            stdout=self._lines(deed.stdout),
            stderr=self._lines(deed.stderr),
            server_log=self._lines("\n".join([*server.log.fresh(), *self._copies_logs()])),
            running=running,
            segment_size=lab.plan.segment_size,
            pg_wal=server.pg_wal(),
            archive=from_listing(archived, [], lab.plan.segment_size),
            wal_lsn=wal_lsn,
            redo_lsn=redo,
            control_state=state,
            slots=slots(server) if running else None,
            places=self._places(set(under_way)),
            tables=tables(server) if running else None,
            archived_count=count,
            failing_file=failing,
        )

    def _copies_logs(self) -> Iterable[str]:
        for port in self.lab.copies.values():
            yield from self.logs.setdefault(port, ServerLog(self.lab.copy_log(port))).fresh()

    def _lines(self, text: str) -> tuple[str, ...]:
        """Output with the lab's folders, programs and clock taken out, and without empty lines at its end."""
        shown = self.lab.paths.shown(settings.shown(self.lab.home, text))
        shown = _DOTS.sub(r"\1....", _TIME.sub("<TIME>", shown))  # pg_ctl prints a dot a second
        return tuple(shown.rstrip("\n").splitlines())

    def _control(self) -> tuple[str | None, int | None]:
        tool = self.lab.installation.tool("pg_controldata")
        if tool is None or self.lab.installation.borrowed:
            running = self.lab.server.postmaster is not None
            return None, self.lab.server.mark().redo_lsn if running else None
        said = self.lab.runner.run([tool, "-D", self.lab.server.data]).stdout
        found = dict(_CONTROL.findall(said))
        redo = found.get("Latest checkpoint's REDO location")
        return found.get("Database cluster state"), parse_lsn(redo) if redo else None

    def _places(self, under_way: set[str]) -> tuple[tuple[str, str], ...]:
        root = self.lab.paths.root
        skip = {str(self.lab.paths.real(path)) for path in (PRIMARY, ARCHIVE, *under_way)}
        there = {"/" + str(path.relative_to(root)): what for path, what in _walk(root, skip)}
        self.places = [path for path in self.places if path in there]
        self.places += sorted(path for path in there if path not in self.places)
        return tuple((path, there[path]) for path in self.places)


def _walk(root: Path, skip: set[str]) -> Iterable[tuple[Path, str]]:
    for folder, below, names in os.walk(root):
        here = Path(folder)
        below[:] = [name for name in below if str(here / name) not in skip]
        kind = _kind(here, names)
        if kind is not None:
            below.clear()
            yield here, kind
        elif any(name.startswith("PG_") for name in below):  # a tablespace
            below.clear()
        elif here.name == "archive_status":  # of a --waldir
            continue
        else:
            yield from ((here / name, "Dump") for name in names if not is_segment_name(name))


def _kind(folder: Path, names: list[str]) -> str | None:
    if "PG_VERSION" in names:
        return "Cluster (running)" if runs(folder) else "Cluster"
    if "base.tar" in names:
        return "TarBackup"
    return "Dump" if "toc.dat" in names else None


def runs(folder: Path) -> bool:
    """Does a server run on this directory?  (A postmaster.pid that was copied names one on another.)"""
    try:
        pid = int((folder / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return False
    return alive(pid) and str(folder) in title(pid)


def slots(server: Server) -> tuple[SlotRow, ...]:
    """pg_replication_slots, whatever columns the major has."""
    rows = []
    for (row,) in server.ask("SELECT to_jsonb(s) FROM pg_replication_slots s"):
        at = row["restart_lsn"]
        rows.append(
            SlotRow(
                name=_TEMPORARY_SLOT.sub("pg_basebackup_<PID>", row["slot_name"]),
                restart_lsn=None if at is None else parse_lsn(at),
                wal_status=row.get("wal_status"),
                safe_wal_size=row.get("safe_wal_size"),
                invalidation_reason=row.get("invalidation_reason"),
                active=row["active"],
                temporary=row["temporary"],
            )
        )
    return tuple(sorted(rows, key=lambda row: row.name))  # a view has no order


def tables(server: Server) -> tuple[tuple[str, int], ...]:
    """Rows of every user table of every database."""
    from psycopg import sql

    found = []
    query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    for (database,) in server.ask("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate"):
        with server.connect(database) as connection:
            for (table,) in connection.execute(query).fetchall():
                counted = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
                row = connection.execute(counted).fetchone()
                found.append((f"{database}.{table}", int(row[0]) if row else 0))
    return tuple(sorted(found))
