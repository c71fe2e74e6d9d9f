"""The servers, backups and the archive of a recorded recovery, as values of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.cluster import Cluster, Server
from simulator.frozen import replace
from simulator.lsn import is_segment_name, parse_lsn, segment_name, timeline_history_name
from simulator.recovery.files import HistoryText, Place, Restored, RestoreFailure, Upstream, WalFile, WalFiles
from simulator.recovery.journal import Journal
from simulator.recovery.state import Recovery, Sources
from simulator.settings import ServerSettings

Json = dict[str, Any]
Rows = dict[str, int]
Change = tuple[int, str, int | None]
"""What a transaction does: its xid, a table, so many rows more; None: the table is dropped."""


@dataclass(frozen=True)
class Machine:
    """One server of the recording: its directory, and what runs on it."""

    place: Place
    conf: ServerSettings
    """postgresql.conf; every copy has the same."""
    auto_conf: Mapping[str, str] = field(default_factory=dict)
    server: Server | None = None
    """A primary runs."""
    recovery: Recovery | None = None
    """A server in recovery runs."""
    pid_file: bool = False
    pending: tuple[Change, ...] = ()
    """Transactions not committed yet."""
    open_xid: int = 0
    """That of the second session."""
    connected: bool = True
    """Somebody can connect."""

    @property
    def cluster(self) -> Cluster:
        """The running primary."""
        return Cluster("$PGDATA", self.place.data, self.server)

    def running(self, cluster: Cluster, branch: str | None = None) -> Machine:
        """The primary after something it did; what it wrote is in its files."""
        data, old = cluster.data, self.place
        name = old.branch if branch is None else branch
        files = old.files.kept(data.pg_wal.segments)
        files = files.written(name, data.control.timeline, old.data.wal_end, data.wal_end, data.segment_size)
        return replace(self, place=replace(old, data=data, files=files, branch=name), server=cluster.server)

    @property
    def rows_end(self) -> int:
        """Up to where its tables show WAL."""
        return self.place.data.wal_end if self.recovery is None else self.recovery.replayed

    @property
    def rows_branch(self) -> str:
        """Whose WAL its tables show."""
        return self.place.branch if self.recovery is None else self.recovery.replayed_branch


@dataclass(frozen=True)
class Backup:
    """A copy of a data directory."""

    place: Place
    extra: tuple[str, ...] = ()
    """Other files that came along."""
    previous: tuple[int, int] | None = None
    """Timeline and LSN of the backup that an incremental one builds on."""


@dataclass(frozen=True)
class World:
    """Everything at one moment of the recording."""

    size: int
    journal: Journal
    machines: Mapping[str, Machine]
    backups: Mapping[str, Backup] = field(default_factory=dict)
    archive: Mapping[str, WalFile | HistoryText] = field(default_factory=dict)
    removed: Mapping[str, WalFile | HistoryText] = field(default_factory=dict)
    """Files taken out of the archive, or truncated, to be put back."""
    branches: int = 0
    answers: Json = field(default_factory=dict)

    def machine(self, name: str) -> Machine:
        """A server by its name."""
        return self.machines[name]

    def with_machine(self, name: str, machine: Machine) -> World:
        """Put a server in its place."""
        return replace(self, machines={**self.machines, name: machine})

    def answer(self, **answers: object) -> World:
        """Add to what this event shows."""
        return replace(self, answers={**self.answers, **answers})

    def rows(self, machine: Machine) -> Rows:
        """Rows per table, as somebody sees them who connects."""
        state = self.journal.state_at(machine.rows_branch, machine.rows_end)
        return dict(state) if isinstance(state, dict) else {}


def upstream_of(world: World, machine: Machine) -> Upstream | None:
    """The running server that primary_conninfo names."""
    conninfo = machine.auto_conf.get("primary_conninfo", "")
    named = conninfo.partition("$SOCKET(")[2].partition(")")[0]
    other = world.machines.get(named)
    if other is None or (other.server is None and other.recovery is None):
        return None
    data = other.place.data
    prefix = len(timeline_history_name(1)) - len(".history")
    histories = {int(o.name[:prefix], 16): o.text for o in data.pg_wal.others if o.name.endswith(".history")}
    if other.recovery is not None:
        received = max(other.recovery.replayed, other.recovery.received[1])
        return Upstream(other.place, received, other.recovery.replayed_timeline, histories)
    return Upstream(other.place, data.wal_end, data.control.timeline, histories)


_COPYING = ("cp ", "cat ", "rsync ")
_NOTHING = ("false", "exit 1", "test -f /nonexistent", "")


def sources(world: World, machine: Machine) -> Sources:
    """Where a server in recovery gets WAL from."""
    command = str(machine.place.data.settings.value("restore_command"))

    def restore(name: str) -> Restored:
        if any(word in command for word in _COPYING):
            return world.archive.get(name)
        if command in _NOTHING:
            return None
        return RestoreFailure("command not found")

    return Sources(world.journal, restore, upstream_of(world, machine))


def archived_file(place: Place, name: str) -> WalFile | HistoryText:
    """What archive_command copies."""
    size = place.data.segment_size
    if is_segment_name(name):
        for file in place.files:
            if segment_name(file.timeline, file.segment, size) == name:
                return file
    text = next((other.text for other in place.data.pg_wal.others if other.name == name), "")
    return HistoryText(text)


def position(row: Json, name: str) -> int:
    """An LSN of a recorded record."""
    return parse_lsn(row[name])


def no_files() -> WalFiles:
    """A directory without WAL."""
    return WalFiles()
