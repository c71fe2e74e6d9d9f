"""The commands of the model, from a recorded server's state, do what that server did: `perform`, not its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from simulator import commands as c
from simulator.lsn import format_lsn, parse_lsn
from simulator.observation import Observation, observe
from simulator.step import perform
from simulator.versions import KNOWN
from simulator.world import PRIMARY, Outcome
from tests.simulator.recordings import Json, Moment, moments, traces_of

PROFILES = "plain plain16 keep_size slots slots_keep boundary boundary_arch archive_ok archive_fail crash slot_crash"
PROFILES += " crash_prealloc start_prealloc toggles autockpt"


def _commands(moment: Moment) -> list[c.Command] | None:
    """The commands that do what the event did; None where positions depend on who was faster."""
    action, size = moment.action, moment.lsn("to_flush_lsn") - moment.lsn("from_flush_lsn")
    forced = moment.kind in ("checkpoint", "restart", "crash_restart")
    if moment.checkpoints and not forced:
        return None
    match moment.kind:
        case "write":
            return [c.WriteWal(size)]
        case "checkpoint":
            return [c.Checkpoint()]
        case "switch_wal":
            return [c.SwitchWal()]
        case "restore_point":
            # The function does not flush; the recorder then does, mostly with a small record of its own.
            more = moment.lsn("to_flush_lsn") - moment.lsn("result_lsn")
            return [c.RestorePoint(action["name"]), c.WriteWal(more)] if more >= 0 else None
        case "slot_create":
            return [c.SlotCreate(action["slot"], action["immediately_reserve"])]
        case "slot_advance":
            return [c.SlotAdvance(action["slot"], parse_lsn(action["target_lsn"]))]
        case "slot_drop":
            return [c.SlotDrop(action["slot"])]
        case "set":
            return [c.AlterSystem(action["name"], f"{action['value']}{action['unit'] or ''}"), c.ReloadConf()]
        case "archive_break":
            return [c.SetArchive(works=False)]
        case "archive_fix":
            return [c.SetArchive(works=True)]
        case "restart":
            changes = [c.AlterSystem(name, str(value)) for name, value in (action.get("set") or {}).items()]
            return [*changes, c.PgCtl("stop", PRIMARY), c.PgCtl("start", PRIMARY)]
        case "crash_restart":
            return [c.PgCtl("stop", PRIMARY, "immediate"), c.PgCtl("start", PRIMARY)]
        case _:
            return None


def _performed(moment: Moment, commands: list[c.Command]) -> tuple[Observation, Observation]:
    """What is seen after the first and after the last command."""
    world = moment.world()
    outcome = Outcome(world)
    first = last = outcome
    for each in commands:
        command: c.Command | None = each
        while command is not None:
            outcome = perform(world, command)
            world, command = outcome.world, outcome.rest
        first = outcome if each is commands[0] else first
        last = outcome
    return observe(first.world, first), observe(world, last)


def _differences(moment: Moment, seen: Observation) -> Iterator[str]:
    observed, size = moment.event["observed"], moment.trace["wal_segment_size"]
    assert seen.pg_wal is not None
    assert seen.archive is not None
    fields: dict[str, object] = {
        "pg_wal": seen.pg_wal.listing(size),
        "archive_status": seen.pg_wal.status_listing(size),
        "archive": seen.archive.listing(size),
        "flush_lsn": format_lsn(seen.wal_lsn or 0),
        "slots": [(row.name, row.restart_lsn and format_lsn(row.restart_lsn)) for row in seen.slots or ()],
    }
    if moment.state.cluster.data.facts.slot_loss:
        fields["status"] = [(row.wal_status, row.safe_wal_size) for row in seen.slots or ()]
    recorded: Json = {
        **observed,
        "slots": [(row["name"], row["restart_lsn"]) for row in observed["slots"]],
        "status": [(row.get("wal_status"), row.get("safe_wal_size")) for row in observed["slots"]],
    }
    for field, value in fields.items():
        if value != recorded[field]:
            yield f"{moment.name}: {field}: {value} != {recorded[field]}"


@pytest.mark.parametrize("major", KNOWN)
def test_commands_give_the_recorded_listings(major: int) -> None:
    """WriteWal, Checkpoint, SwitchWal, slots, settings, restarts and crashes from a recorded state."""
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    for trace in traces_of(major, *PROFILES.split()):
        for moment in moments(trace):
            commands = _commands(moment)
            if commands is None:
                continue
            counts[moment.kind] += 1
            wrong += _differences(moment, _performed(moment, commands)[1])
    assert wrong == []
    assert counts["write"] > 300
    assert counts["checkpoint"] > 100
    assert counts["switch_wal"] > 80
    assert counts.total() > 700


@pytest.mark.parametrize("major", KNOWN)
def test_what_commands_answer_is_what_the_server_answered(major: int) -> None:
    """The LSN of a switch or restore point and the first line of an error stand in psql's output."""
    told = 0
    for trace in traces_of(major):
        for moment in moments(trace):
            commands = _commands(moment)
            wanted = moment.action.get("result_lsn") or moment.event["observed"].get("error")
            if commands is None or wanted is None:
                continue
            seen, _ = _performed(moment, commands)
            assert wanted in "\n".join(seen.stdout + seen.stderr), moment.name
            told += 1
    assert told > 100
