"""What each backup needs and what became of it, followed over the steps of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from simulator.commands import PgBasebackup
from simulator.events import (
    BackupAborted,
    BackupStopped,
    BasebackupDone,
    BasebackupFailed,
    Event,
    SlotLost,
    WalLost,
)
from simulator.lsn import segment_of
from simulator.ranges import EMPTY, Ranges
from simulator.world import World
from ui import frames
from ui.frames import as_lists, folded

FORMATS = {"plain": "-Fp", "tar": "-Ft"}
METHODS = {"stream": "-Xs", "fetch": "-Xf", "none": "-Xn"}


@dataclass(frozen=True, slots=True)
class Bracket:
    """One backup: from its first segment to its last (None while it runs)."""

    name: str
    options: str
    low: int
    high: int | None = None
    state: str = "running"
    lost: Ranges = EMPTY

    def sent(self) -> dict[str, Any]:
        """As the stage reads it."""
        return {
            "n": self.name,
            "o": self.options,
            "lo": self.low,
            "hi": self.high,
            "lost": as_lists(self.lost),
            "st": self.state,
        }


@dataclass(frozen=True, slots=True)
class Backups:
    """All backups so far, and every segment that was lost while somebody needed it."""

    brackets: tuple[Bracket, ...] = ()
    lost: Ranges = EMPTY
    fallen: tuple[tuple[str, int], ...] = ()
    """Slots that were invalidated, and where they stood (LSN): the server itself forgets it."""

    def after(self, world: World, events: tuple[Event, ...]) -> Backups:
        """Follow one step."""
        found = {bracket.name: bracket for bracket in self.brackets}
        lost, fallen = self.lost, self.fallen
        for fresh in _running(world):
            old = found.get(fresh.name)
            if old is None or old.state != "running" or old.low != fresh.low:
                found[fresh.name] = fresh
        for event in events:
            match event:
                case WalLost(files=files, needed_by=who):
                    gone = folded(files.numbers)
                    lost |= gone
                    if who in found:
                        found[who] = replace(found[who], lost=found[who].lost | gone)
                case SlotLost(slot=slot, restart_lsn=lsn):
                    fallen = (*fallen, (slot, lsn))
                    lost |= frames.behind(world, lsn)
                case BasebackupDone(directory=name, files=files):
                    found |= _ended(found, name, "done", folded(files.numbers))
                case BackupStopped(files=files):
                    name = next(
                        (b.name for b in found.values() if b.state == "running" and not b.options.startswith("-")), ""
                    )
                    found |= _ended(found, name, "done", folded(files.numbers))
                case BasebackupFailed(directory=name) | BackupAborted(label=name):
                    here = segment_of(world.primary.data.wal_end, world.primary.data.segment_size)
                    found |= _ended(found, name, "failed", Ranges.span(0, here + 1))
                case _:
                    pass
        return Backups(tuple(found.values()), lost, fallen)


def _ended(found: dict[str, Bracket], name: str, state: str, files: Ranges) -> dict[str, Bracket]:
    bracket = found.get(name)
    if bracket is None or bracket.state != "running":
        return {}
    last = files.last + 1 if files else bracket.low + 1
    return {name: replace(bracket, state=state, high=max(last, bracket.low + 1))}


def _running(world: World) -> list[Bracket]:
    size = world.primary.data.segment_size
    found = []
    for client in world.clients:
        command = client.command
        if isinstance(command, PgBasebackup) and client.label is not None and client.phase in {"copying", "waiting"}:
            options = f"{FORMATS.get(command.format, '')} {METHODS.get(command.wal_method, '')}".strip()
            found.append(Bracket(command.directory, options, segment_of(client.label.redo_lsn, size)))
    if world.primary.running:
        clients = {client.name for client in world.clients}
        for backup in world.primary.live.backups:
            if backup.session not in clients or not backup.session:
                function = world.primary.data.facts.backup_start_function
                found.append(Bracket(backup.label.label, function, segment_of(backup.label.redo_lsn, size)))
    return found
