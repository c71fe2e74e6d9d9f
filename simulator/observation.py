"""What a DBA could see after a step, in the same form from the model and from a real server; and how runs compare."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from simulator import slots
from simulator.cluster import Cluster
from simulator.commands import Command, PgBasebackup
from simulator.events import Event
from simulator.frozen import quick
from simulator.lsn import format_lsn
from simulator.pg_wal import PgWal
from simulator.slots import SlotRow
from simulator.world import Dump, Outcome, World, rows_at

How = Literal["exact", "relative", "shown"]


@quick
@dataclass(frozen=True)
class Observation:
    """One look at everything; None in a field means: this backend does not know."""

    exit_code: int | None
    stdout: tuple[str, ...]
    stderr: tuple[str, ...]
    server_log: tuple[str, ...]
    running: bool
    segment_size: int
    pg_wal: PgWal | None
    archive: PgWal | None
    """The archive directory: its segments and other files, without a status."""
    wal_lsn: int | None
    redo_lsn: int | None
    control_state: str | None
    slots: tuple[SlotRow, ...] | None
    places: tuple[tuple[str, str], ...] | None
    """Directories and files besides PGDATA and the archive: path and what is there."""
    tables: tuple[tuple[str, int], ...] | None
    archived_count: int | None
    failing_file: str | None


@quick
@dataclass(frozen=True)
class Step:
    """A command, what happened, and what could be seen afterwards."""

    command: Command
    typed: str
    events: tuple[Event, ...]
    observation: Observation
    entry: int
    """Index of the scenario's timeline entry that it belongs to."""
    depth: int = 0
    unknown: frozenset[str] = frozenset()
    """Fields about which this backend says nothing here."""
    skipped: str = ""
    """Why this backend did not perform the command (then nothing is known about the step); '' when it did."""


@dataclass(frozen=True)
class Run:
    """All steps of a scenario, from either backend ('model' or 'server')."""

    backend: str
    scenario: str
    major: int
    segment_size: int
    origin_lsn: int
    steps: tuple[Step, ...]


def observe(world: World, outcome: Outcome, last: tuple[World, Observation] | None = None) -> Observation:
    """The model's observation of a world after an outcome.

    `last`: the world and the observation of the step before; an archive that is the same object looks as it did, and
    without a commit so do the tables.
    """
    archive, data, server = world.archive, world.primary.data, world.primary.server
    rows: tuple[SlotRow, ...] | None = None
    if server is not None:
        rows = tuple(slots.rows(data, server.limits, server.last_removed, data.wal_end)) if data.slots else ()
    shown = last[1].archive if last and last[0].archive is archive else PgWal(archive.segments, others=archive.others)
    return Observation(  # by place, which is the quickest: every step makes one
        outcome.exit_code,
        outcome.stdout,
        outcome.stderr,
        outcome.log,
        server is not None,
        data.segment_size,
        data.pg_wal,
        shown,
        data.wal_end,
        data.control.redo_lsn,
        data.control.state,
        rows,
        _places(world) if world.others else (),
        last[1].tables if last and _same_rows(last[0], world) else _tables(world),
        archive.archived_count,
        archive.last_failed or None,
    )


def _places(world: World) -> tuple[tuple[str, str], ...]:
    """Finished things only: what a client is still writing is not one yet."""
    under_way = [client.command.directory for client in world.clients if isinstance(client.command, PgBasebackup)]
    seen = [(path, _kind(place)) for path, place in world.others if not _invisible(place)]
    return tuple([each for each in seen if each[0] not in under_way] if under_way else seen)


def _same_rows(before: World, now: World) -> bool:
    """The same commits, and the last of them in the WAL that there was and in the one that there is."""
    one, two, commits = before.primary.data, now.primary.data, now.commits
    if commits is not before.commits or one.erased or two.erased or one.control.timeline != two.control.timeline:
        return False
    return not commits or commits[-1].end_lsn <= min(one.wal_end, two.wal_end)


def _tables(world: World) -> tuple[tuple[str, int], ...]:
    data = world.primary.data
    if data.erased:
        return ()
    found = rows_at(world, data.wal_end, data.control.timeline)
    return tuple([(f"{database}.{table}", found[database, table]) for database, table in sorted(found)])


def _kind(place: object) -> str:
    running = isinstance(place, Cluster) and place.running
    return type(place).__name__ + (" (running)" if running else "")


def _invisible(place: object) -> bool:
    """An empty directory that a failed pg_dump left."""
    return isinstance(place, Dump) and place.empty and place.format == "directory"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one step in which prediction and reality were compared."""

    step: int
    field: str
    how: How
    predicted: object
    real: object
    equal: bool | None
    """None: shown only, or unknown to one side; never counted as a success or a failure."""


_LSN = re.compile(r"\b[0-9A-F]{1,8}/[0-9A-F]{1,8}\b")
_PROGRESS = re.compile(r"\d+/\d+ kB \(\d+%\), \d+/\d+ (tablespaces?)")
_PID = re.compile(r"(pg_basebackup_|xlogtemp\.|PID:? )(?:\d+|<PID>)")
_SCRIPT_LINE = re.compile(r"^(psql:[^:]+):(?:\d+|<LINE>): ")
_ECHO = re.compile(
    r"LINE \d+: |\s*\^$"
    r"|pg_basebackup: error: (background process terminated unexpectedly|child process exited with exit code 1)$"
)
"""psql repeats the statement and points into it: what was typed, not what was answered.  And pg_basebackup says of its
second process that it is gone, or its own copy fails first: which of them, only the clock decides."""
_SOCKET = re.compile(r'on socket "[^"]*"')


def masked(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Output with what differs from run to run taken out: LSNs, sizes, process ids, sockets, rulers of tables."""
    found = []
    last = max((number for number, line in enumerate(lines) if _PROGRESS.search(line)), default=-1)
    for number, line in enumerate(lines):
        # A client that is not at a terminal reports once a second: how often, and how far it was, is the clock's.
        if _ECHO.match(line) or (number != last and _PROGRESS.search(line)):
            continue
        text = _PROGRESS.sub(r"<N>/<N> kB (<N>%), <N>/<N> \1", line)
        text = _LSN.sub("<LSN>", text)
        text = _PID.sub(r"\1<PID>", text)
        text = _SCRIPT_LINE.sub(r"\1:<LINE>: ", text)
        text = _SOCKET.sub("on socket <SOCKET>", text)
        text = re.sub(r"-{3,}", "---", text)
        found.append(" ".join(text.split()))
    return tuple(found)


def _slot_facts(seen: Observation) -> object:
    if seen.slots is None:
        return None
    return tuple((row.name, row.restart_lsn is None, row.wal_status, row.active, row.temporary) for row in seen.slots)


_FIELDS: Mapping[str, tuple[How, Callable[[Observation], object]]] = {
    "exit_code": ("exact", lambda seen: seen.exit_code),
    "stdout": ("exact", lambda seen: masked(seen.stdout)),
    "stderr": ("exact", lambda seen: masked(seen.stderr)),
    "running": ("exact", lambda seen: seen.running),
    "pg_wal": ("exact", lambda seen: seen.pg_wal and seen.pg_wal.listing(seen.segment_size)),
    "archive_status": ("exact", lambda seen: seen.pg_wal and seen.pg_wal.status_listing(seen.segment_size)),
    "archive": ("exact", lambda seen: seen.archive and seen.archive.listing(seen.segment_size)),
    "slots": ("exact", _slot_facts),
    "tables": ("exact", lambda seen: seen.tables),
    "places": ("exact", lambda seen: seen.places),
    "wal_lsn": ("relative", lambda seen: seen.wal_lsn),
    "redo_lsn": ("relative", lambda seen: seen.redo_lsn),
    "server_log": ("shown", lambda seen: seen.server_log),
    "control_state": ("shown", lambda seen: seen.control_state),
    "archived_count": ("shown", lambda seen: seen.archived_count),
}


def compare(predicted: Run, real: Run) -> list[Difference]:
    """Compare two runs of one scenario step by step and field by field.

    exact fields must be equal; relative ones (LSNs) must be in the same segment and within a page of each other,
    counted from each run's origin; an unknown is never a failure and never a success.
    """
    found: list[Difference] = []
    for index, (one, two) in enumerate(zip(predicted.steps, real.steps, strict=False)):
        for field, (how, read) in _FIELDS.items():
            ours, theirs = _known(one, field, read), _known(two, field, read)
            equal: bool | None = None
            if ours is not None and theirs is not None and how != "shown":
                equal = _close(ours, theirs, predicted, real) if how == "relative" else ours == theirs
            found.append(Difference(index, field, how, _shown(ours, how), _shown(theirs, how), equal))
    if len(predicted.steps) != len(real.steps):
        counts = (len(predicted.steps), len(real.steps))
        found.append(Difference(min(counts), "steps", "exact", counts[0], counts[1], equal=False))
    return found


def _known(step: Step, field: str, read: Callable[[Observation], object]) -> object:
    return None if step.skipped or field in step.unknown else read(step.observation)


def _close(ours: object, theirs: object, predicted: Run, real: Run) -> bool:
    if not isinstance(ours, int) or not isinstance(theirs, int):
        return False
    one, two = ours - predicted.origin_lsn, theirs - real.origin_lsn
    return abs(one - two) <= _PAGES


_PAGES = 8 * 8192
"""A real writer aims at a position and misses it by a record, and whole pages of catalogs go into the WAL at their
first change since a checkpoint; LSNs further apart than this are a difference."""


def _shown(value: object, how: How) -> object:
    return format_lsn(value) if how == "relative" and isinstance(value, int) else value
