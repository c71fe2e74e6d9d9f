"""What a recorded event shows, from the model's world."""

from __future__ import annotations

import re

from simulator.lsn import format_lsn
from simulator.recovery.files import Place
from simulator.replay_recovery.world import Json, Machine, World

_FILES = ("backup_label", "backup_label.old", "recovery.signal", "standby.signal", "postmaster.pid")
_LEVEL = re.compile(r"^([A-Z]+):  ")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00")


def control_json(place: Place) -> Json:
    """pg_control as the recording has it."""
    control = place.control
    return {
        "state": control.state,
        "checkpoint": format_lsn(control.checkpoint_lsn),
        "redo": format_lsn(control.redo_lsn),
        "timeline": control.timeline,
        "prev_timeline": control.previous,
        "min_recovery": format_lsn(control.min_recovery),
        "min_recovery_timeline": control.min_recovery_timeline,
        "backup_start": format_lsn(control.backup_start),
        "backup_end": format_lsn(control.backup_end),
        "backup_end_required": control.backup_end_required,
    }


def shown_log(lines: tuple[str, ...]) -> list[str]:
    """Each distinct line once, with one space after the level and a mark for each time."""
    return list(dict.fromkeys(timeless(_LEVEL.sub(r"\1: ", line)) for line in lines))


def timeless(text: str) -> str:
    """A text as the recordings keep it: they have the times of commits by their distance from the beginning."""
    return _TIME.sub("<TIME>", text)


def observe(world: World, action: Json) -> Json:
    """Everything that the recording could show after this event."""
    machine = world.machines.get(action["server"] or "")
    seen: Json = {"archive": sorted(world.archive), "server": action["server"]}
    if machine is not None:
        seen |= _directory(machine, world.size) | _running(world, machine)
    answers = dict(world.answers)
    for key in ("log", "log_async"):
        if key in answers:
            answers[key] = shown_log(answers[key])
    return seen | answers


def _directory(machine: Machine, size: int) -> Json:
    place = machine.place
    data = place.data
    there = {
        "backup_label": data.label is not None,
        "backup_label.old": data.label_renamed,
        "postmaster.pid": machine.pid_file or machine.server is not None or machine.recovery is not None,
    }
    return {
        "control": control_json(place),
        "pg_wal": data.pg_wal.listing(size),
        "archive_status": data.pg_wal.status_listing(size),
        "history": {one.name: timeless(one.text) for one in data.pg_wal.others if one.name.endswith(".history")},
        "files": [name for name in _FILES if there.get(name, name in data.signals)],
    }


def _running(world: World, machine: Machine) -> Json:
    if machine.server is None and machine.recovery is None:
        return {}
    seen: Json = {"in_recovery": machine.recovery is not None, "rows": dict(sorted(world.rows(machine).items()))}
    if machine.recovery is not None:
        seen |= {
            "replay_lsn": format_lsn(machine.recovery.replayed),
            "replay_paused": machine.recovery.stop is not None,
            "log": [],
        }
    return seen
