"""The WAL records that matter, by who wrote them.

Two servers may both write a timeline 2, and a copy that goes on alone writes other records under the names of the
original.  So records are kept by *branch*: one writer on one timeline, which continues its parent's WAL from a fork.
What a WAL file holds is then a branch and how far it is valid (`simulator/recovery/files.py`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from simulator.frozen import replace
from simulator.lsn import XLOG_BLCKSZ
from simulator.settings_table import Value

COMMIT, ABORT, RESTORE_POINT, BACKUP_END, SWITCH = "commit", "abort", "restore_point", "backup_end", "switch"
PARAMETER_CHANGE, FPW_CHANGE = "parameter_change", "fpw_change"
REDO, RUNNING = "checkpoint_redo", "running_xacts"
ONLINE, SHUTDOWN, END_OF_RECOVERY, OTHER = "checkpoint_online", "checkpoint_shutdown", "end_of_recovery", "other"
CHECKPOINTS = frozenset({ONLINE, SHUTDOWN})
_RUNNING = 56
"""Bytes of a RUNNING_XACTS record with at most one transaction."""
ROOT = ""
"""The branch of a cluster's first server."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record, or several of no interest side by side (`last` is the start of the last of them)."""

    start: int
    end: int
    kind: str = OTHER
    xid: int = 0
    time: int = 0
    """When the transaction ended, microseconds."""
    name: str = ""
    """Of a restore point."""
    redo: int = 0
    """Of a checkpoint its redo point, of the end of a backup its start."""
    timeline: int = 1
    previous: int = 1
    """Of a checkpoint: the timeline before it, another one at the end of recovery only."""
    next_xid: int = 0
    """Of a checkpoint, and of a list of running transactions: the next one's number."""
    next_oid: int = 0
    wal_level: str = ""
    """Of a checkpoint, its redo point and the end of a recovery."""
    state: object = None
    """Of a commit: what the database holds afterwards."""
    drops_files: bool = False
    """A commit that deletes files: its replay flushes, so the minimum recovery point moves."""
    full_page_writes: bool = True
    """Of a checkpoint, and of an XLOG_FPW_CHANGE."""
    needed: tuple[tuple[str, Value], ...] = ()
    """Of an XLOG_PARAMETER_CHANGE: what pg_control says from now on."""
    last: int = -1
    blocks: int = -1
    """Pages that it refers to; -1: as many as its length suggests."""

    @property
    def last_start(self) -> int:
        """The start of the last record in here."""
        return self.start if self.last < 0 else self.last

    @property
    def references(self) -> int:
        """Pages that a reader running ahead would have to look at."""
        if self.blocks >= 0 or self.kind != OTHER:
            return max(0, self.blocks)
        return max(1, -(-(self.end - self.start) // XLOG_BLCKSZ))

    @property
    def dirties(self) -> bool:
        """Its replay leaves pages to be written; a list of running transactions (RUNNING_XACTS) does not."""
        return self.kind == COMMIT or (self.kind == OTHER and self.blocks != 0 and self.end - self.start > _RUNNING)


@dataclass(frozen=True)
class Branch:
    """What one writer wrote on one timeline, in order; before `fork` it shares its parent's WAL."""

    timeline: int
    parent: str | None = None
    fork: int = 0
    records: tuple[Record, ...] = ()
    starts: tuple[int, ...] = ()
    states: tuple[tuple[int, object], ...] = ()
    """Ends of the commits, and what each led to."""
    initial: object = None


@dataclass(frozen=True)
class Journal:
    """All branches of a cluster and of its copies."""

    branches: Mapping[str, Branch] = field(default_factory=lambda: MappingProxyType({ROOT: Branch(1)}))

    def branch(self, name: str) -> Branch:
        """A branch by its name."""
        return self.branches[name]

    def forked(self, name: str, parent: str, at: int, timeline: int) -> Journal:
        """A new writer begins at `at`, where the parent's WAL was replayed to."""
        return self._with(name, Branch(timeline, parent, at))

    def written(self, name: str, records: Iterable[Record]) -> Journal:
        """Append records to a branch."""
        added = tuple(records)
        if not added:
            return self
        old = self.branches[name]
        commits = tuple((each.end, each.state) for each in added if each.kind == COMMIT)
        return self._with(
            name,
            replace(
                old,
                records=old.records + added,
                starts=old.starts + tuple(each.start for each in added),
                states=old.states + commits,
            ),
        )

    def _with(self, name: str, branch: Branch) -> Journal:
        return Journal(MappingProxyType({**self.branches, name: branch}))

    def next_record(self, name: str, at: int) -> Record | None:
        """The first record that starts at or after `at` in the WAL of a branch."""
        branch = self.branches[name]
        if at < branch.fork and branch.parent is not None:
            found = self.next_record(branch.parent, at)
            if found is not None and found.end <= branch.fork:
                return found
        place = bisect_left(branch.starts, at)
        return branch.records[place] if place < len(branch.records) else None

    def record_at(self, name: str, at: int) -> Record | None:
        """The record that starts exactly there."""
        found = self.next_record(name, at)
        return found if found is not None and found.start == at else None

    def record_before(self, name: str, at: int) -> Record | None:
        """The last record that starts before `at` in the WAL of a branch."""
        branch = self.branches[name]
        place = bisect_left(branch.starts, at)
        if place:
            return branch.records[place - 1]
        return None if branch.parent is None else self.record_before(branch.parent, min(at, branch.fork))

    def state_at(self, name: str, at: int) -> object:
        """What the database holds after all WAL of a branch up to `at`."""
        branch = self.branches[name]
        place = bisect_right(branch.states, at, key=lambda pair: pair[0]) - 1
        if place >= 0:
            return branch.states[place][1]
        if branch.parent is None:
            return branch.initial
        return self.state_at(branch.parent, min(at, branch.fork))
