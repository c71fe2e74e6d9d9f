"""What a step says: its title, the lines of the terminal, the explanation of its events, its marks on the time axis."""

from __future__ import annotations

from typing import Any

from simulator import commands as c
from simulator import events as e
from simulator.events import size_words
from simulator.observation import Step
from ui import explain
from ui.language import words

ERROR_WORDS = ("ERROR:", "FATAL:", "PANIC:", " error:", "fatal:")
# Which events stand on the time axis, and as what.
MARKS: tuple[tuple[type[e.Event], str], ...] = (
    (e.WalLost, "loss"),
    (e.SlotLost, "loss"),
    (e.BasebackupFailed, "failure"),
    (e.ServerPanicked, "crash"),
    (e.ServerCrashed, "crash"),
    (e.ServerNotStarted, "failure"),
    (e.StandbyWaits, "failure"),
    (e.StandbyRefused, "failure"),
    (e.Refused, "failure"),
    (e.BackupStarted, "backup_start"),
    (e.BackupStopped, "backup_end"),
    (e.BasebackupDone, "backup_end"),
    (e.CheckpointCompleted, "checkpoint"),
    (e.SettingWritten, "setting"),
)
MOVED: tuple[type[e.Event], ...] = (e.SegmentsRecycled, e.SegmentsRemoved, e.SegmentsKeptForArchive, e.SegmentsKept)


def title(step: Step, lang: str) -> str:
    """What somebody typed, or what the world did."""
    if step.typed:
        return f"`{step.typed}`"
    # A long write is several steps: each says what it wrote, not what is left.
    written = sum(event.written_bytes for event in step.events if isinstance(event, e.WalWritten))
    if written and isinstance(step.command, c.WriteWal):
        return world_title(c.WriteWal(written), lang)
    return world_title(step.command, lang)


def world_title(command: c.Command, lang: str) -> str:
    """A command that nobody types, in words."""
    said = words("steps", lang)
    match command:
        case c.WriteWal(bytes=size):
            return said["WriteWal"].format(size=size_words(size))
        case c.Wait(seconds=seconds, rate=rate) if rate:
            return said["Wait_writing"].format(seconds=f"{seconds:g}", rate=size_words(int(rate)))
        case c.Wait(seconds=seconds):
            return said["Wait"].format(seconds=f"{seconds:g}")
        case c.SetArchive(works=works, fails_for=names, seconds_per_file=seconds):
            if seconds:
                return said["SetArchive_slow"].format(seconds=f"{seconds:g}")
            return said["SetArchive_works" if works and not names else "SetArchive_fails"]
        case c.ResizeDisk(bytes=size):
            return said["ResizeDisk"].format(size=size_words(size))
        case c.HoldReceiver(held=held):
            return said["HoldReceiver_held" if held else "HoldReceiver_goes"]
        case c.RemoveOldest(count=count):
            return said["RemoveOldest"].format(count=count)
        case c.SaveLabel(directory=directory):
            return said["SaveLabel"].format(directory=directory)
        case _:
            return said.get(type(command).__name__, said["other"])


def terminal(step: Step, lang: str) -> list[list[str]]:
    """Lines as [kind, text]: $ typed, o output, e error, l server log, w what the world did."""
    lines = [["$", step.typed]] if step.typed else []
    if not step.typed and not isinstance(step.command, c.ClientFinishes):
        lines.append(["w", title(step, lang)])
    seen = step.observation
    lines += [["o", line] for line in seen.stdout]
    lines += [[kind_of(line), line] for line in seen.stderr]
    lines += [["l", line] for line in seen.server_log]
    return lines


def kind_of(line: str) -> str:
    """Of a line that a program printed: e error, o output."""
    return "e" if any(word in line for word in ERROR_WORDS) else "o"


def explanations(step: Step, major: int, lang: str) -> list[dict[str, str]]:
    """Every kind of event once, with how often it happened if that was more than once."""
    seen: dict[str, list[e.Event]] = {}
    for event in step.events:
        seen.setdefault(event.code, []).append(event)
    return [explain.event(same, major, lang) for same in sorted(seen.values(), key=_weight)]


def _weight(same: list[e.Event]) -> int:
    """What the eye should meet first: losses and failures, then what moved files, then the routine."""
    order = [*(kind for kind, name in MARKS if name != "checkpoint"), e.ArchiveFailed, *MOVED]
    late = [e.CheckpointCompleted, e.SegmentsFinished, e.SegmentPreallocated, e.WalWritten]
    if type(same[0]) in late:
        return len(order) + 1 + late.index(type(same[0]))
    return order.index(type(same[0])) if type(same[0]) in order else len(order)


def marks(step: Step, index: int, lang: str) -> list[dict[str, Any]]:
    """The strongest mark of a step, and backup marks beside it."""
    found: dict[str, dict[str, Any]] = {}
    said = words("steps", lang)
    for event in step.events:
        for kind, name in MARKS:
            if isinstance(event, kind):
                found.setdefault(name, {"i": index, "k": name, "t": said[f"mark_{name}"]})
    if step.observation.exit_code and not {"failure", "crash"} & found.keys():
        found["failure"] = {"i": index, "k": "failure", "t": said["mark_failure"]}
    return list(found.values())


def recycled(step: Step) -> list[list[int]]:
    """Pairs of segment numbers: which file was renamed to which."""
    pairs: list[list[int]] = []
    for event in step.events:
        if isinstance(event, e.SegmentsRecycled):
            old = [number for low, high in explain.runs(event.files) for number in range(low, high)]
            new = [number for low, high in explain.runs(event.new_files) for number in range(low, high)]
            pairs += [list(pair) for pair in zip(old, new, strict=False)]
    return pairs
