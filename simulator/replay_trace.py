"""Replay a recorded trace: exact positions go in, listings, slots, counters and texts come out.

The format and the order inside one event are those of the traces' README.  Nothing here decides anything: it feeds
the same functions that a scenario's commands use, and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulator import backup, slots, wal
from simulator.archiver import archive_everything, drained_at_shutdown
from simulator.cluster import Cluster, Control, DataDirectory, Pages, Server, Tablespace, WalLimits
from simulator.lsn import check_segment_size, format_lsn, parse_lsn
from simulator.messages import message
from simulator.pg_wal import archive_order, from_listing
from simulator.records import RESTORE_POINT, CheckpointPlace, insert
from simulator.settings import ServerSettings
from simulator.settings_table import parameters
from simulator.versions import version

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """One compared field of one event."""

    event: int
    kind: str
    field: str
    predicted: object
    observed: object

    @property
    def equal(self) -> bool:
        """Was it predicted?"""
        return bool(self.predicted == self.observed)


@dataclass(frozen=True, slots=True)
class Replay:
    """A cluster, its archive, and what the recorded event has answered so far."""

    cluster: Cluster
    archive: tuple[str, ...]
    archive_works: bool
    answers: Mapping[str, object]


def replay(trace: Json) -> Iterator[Compared]:
    """Yield every compared field of every event of a trace (format 1)."""
    state = _initial(trace)
    for event in trace["events"]:
        action = event["action"]
        state = replace(state, answers={})
        state = _ACTIONS[action["kind"]](state, action)
        state = _rest(state, action)
        predicted = _observe(state, action)
        for field, observed in event["observed"].items():
            yield Compared(event["n"], action["kind"], field, predicted.get(field), observed)


def _initial(trace: Json) -> Replay:
    facts, size, seen = version(trace["major"]), check_segment_size(trace["wal_segment_size"]), trace["initial"]
    known = parameters(facts.major)
    shown = {
        name: _with_unit(row["setting"], row["unit"])
        for name, row in trace["settings"].items()
        if name in known and known[name].context != "internal" and name != "archive_command"
    }
    settings = ServerSettings.initial(facts.major, size, shown)
    control = _control(seen["control"])
    data = DataDirectory(
        facts=facts,
        segment_size=size,
        system_identifier=0,
        settings=settings,
        control=control,
        pg_wal=from_listing(seen["pg_wal"], seen["archive_status"], size),
        wal_end=parse_lsn(seen["flush_lsn"]),
        pages=Pages(control.redo_lsn, control.checkpoint_lsn),
    )
    limits = WalLimits.of(settings, facts, size)
    return Replay(Cluster("$PGDATA", data, Server(limits)), tuple(seen["archive"]), True, {})


def _with_unit(setting: str, unit: str | None) -> str:
    """A row of pg_settings as one writes it: '64' MB is 64MB, '512' of 8kB is 4096kB."""
    if unit is None or not unit[:1].isdigit():
        return setting + (unit or "")
    times, name = int(unit.rstrip("kMGB")), unit.lstrip("0123456789")
    return f"{int(setting) * times}{name}"


def _control(row: Json) -> Control:
    return Control("in production", parse_lsn(row["checkpoint_lsn"]), parse_lsn(row["redo_lsn"]), row["timeline_id"])


def _place(row: Json) -> CheckpointPlace:
    return CheckpointPlace(parse_lsn(row["redo_lsn"]), parse_lsn(row["checkpoint_lsn"]), parse_lsn(row["end_lsn"]))


def _log(done: wal.CheckpointDone) -> Json:
    return {
        "added": done.added,
        "removed": done.removed,
        "recycled": done.recycled,
        "distance_kb": int(done.distance / 1024),
        "estimate_kb": int(done.estimate / 1024),
    }


def _answer(state: Replay, **answers: object) -> Replay:
    return replace(state, answers={**state.answers, **answers})


def _logged(state: Replay, done: wal.CheckpointDone) -> Replay:
    logs = state.answers.get("checkpoint_logs", [])
    assert isinstance(logs, list)
    return _answer(state, checkpoint_logs=[*logs, _log(done)])


def _online_checkpoints(state: Replay, action: Json) -> Replay:
    for row in action.get("checkpoints", []):
        cluster, done = wal.checkpoint(state.cluster, _place(row))
        state = _logged(replace(state, cluster=cluster), done)
    return state


def _rest(state: Replay, action: Json) -> Replay:
    """The rest of the action's WAL, then the archiver."""
    cluster = wal.write_to(state.cluster, parse_lsn(action["to_flush_lsn"]))
    return _archiver(replace(state, cluster=cluster))


def _archiver(state: Replay) -> Replay:
    if not state.archive_works or not state.cluster.live.limits.archiving:
        return state
    data = state.cluster.data
    pg_wal, sent = archive_everything(data.pg_wal), archive_order(data.pg_wal, data.segment_size)
    return replace(
        state, cluster=state.cluster.with_data(pg_wal=pg_wal), archive=tuple(sorted({*state.archive, *sent}))
    )


def _writes(state: Replay, action: Json) -> Replay:
    return _online_checkpoints(state, action)


def _restore_point(state: Replay, action: Json) -> Replay:
    size = state.cluster.data.segment_size
    end = insert(parse_lsn(action["from_lsn"]), RESTORE_POINT, size).end
    return replace(state, cluster=state.cluster.with_server(inserted=end))


def _slot_create(state: Replay, action: Json) -> Replay:
    cluster = slots.create(state.cluster, action["slot"], reserve=action["immediately_reserve"])
    return replace(state, cluster=cluster)


def _slot_advance(state: Replay, action: Json) -> Replay:
    data, target = state.cluster.data, parse_lsn(action["target_lsn"])
    slot = data.slot(action["slot"])
    assert slot is not None, f"the trace advances an unknown slot {action['slot']}"
    code = slots.why_not_advance(data, slot, target)
    if code is not None:
        return _answer(state, error=message(code, data.facts.major, slots.message_facts(slot, data, target)))
    cluster = slots.advance(state.cluster, slot, target)
    return _answer(replace(state, cluster=cluster), advanced_to=format_lsn(min(target, data.wal_end)))


def _slot_drop(state: Replay, action: Json) -> Replay:
    return replace(state, cluster=slots.drop(state.cluster, action["slot"]))


def _set(state: Replay, action: Json) -> Replay:
    data = state.cluster.data
    text = _with_unit(str(action["value"]), action["unit"])
    settings, _ = data.settings.alter_system(action["name"], text).reload()
    cluster = state.cluster.with_data(settings=settings)
    return replace(state, cluster=cluster.with_server(limits=WalLimits.of(settings, data.facts, data.segment_size)))


def _archive_break(state: Replay, action: Json) -> Replay:
    return replace(state, archive_works=False)


def _archive_fix(state: Replay, action: Json) -> Replay:
    return replace(state, archive_works=True)


def _restart(state: Replay, action: Json) -> Replay:
    size = state.cluster.data.segment_size
    for row in action["checkpoints"]:
        cluster, done = wal.checkpoint(state.cluster, _place(row), online=False, state="shut down")
        state = _logged(replace(state, cluster=cluster), done)
    if drained_at_shutdown(state.cluster):
        state = _archiver(state)
    data = state.cluster.data
    state = _answer(
        state,
        shutdown_pg_wal=data.pg_wal.listing(size),
        shutdown_archive_status=data.pg_wal.status_listing(size),
    )
    settings = data.settings
    for name, value in (action.get("set") or {}).items():
        settings = settings.alter_system(name, str(value))
    return replace(state, cluster=wal.start_cleanly(replace(data, settings=settings), state.cluster.path))


def _crash_restart(state: Replay, action: Json) -> Replay:
    (row,) = action["checkpoints"]
    cluster, done = wal.start_after_crash(state.cluster.data, state.cluster.path, _place(row))
    return _logged(replace(state, cluster=cluster), done)


def _backup_start(state: Replay, action: Json) -> Replay:
    session = "" if action["exclusive"] else str(action["backup"])
    if backup.running(state.cluster, session) is not None:
        code = "session_backup_running" if session else "exclusive_backup_running"
        return _answer(state, error=message(code, state.cluster.data.facts.major))
    state = _online_checkpoints(state, action)
    place = _place(action["checkpoints"][-1])
    cluster = backup.begin(state.cluster, place, action["label"], session=session, exclusive=action["exclusive"])
    state = replace(state, cluster=cluster)
    if cluster.data.label is None:
        return state
    return _answer(
        state,
        backup_label=backup.label_text(cluster.data.label, cluster.data.segment_size),
        tablespace_map=cluster.data.tablespace_map,
    )


def _backup_stop(state: Replay, action: Json) -> Replay:
    session = "" if action["exclusive"] else str(action["backup"])
    running = None if action["backup"] is None else backup.running(state.cluster, session)
    facts = state.cluster.data.facts
    if running is None:
        code = "exclusive_backup_not_in_progress" if action["exclusive"] else "backup_not_in_progress"
        return _answer(state, error=message(code, facts.major))
    state = _online_checkpoints(state, action)
    cluster = wal.write_to(state.cluster, parse_lsn(action["to_flush_lsn"]))
    cluster, file = backup.finish(cluster, running, parse_lsn(action["stop_lsn"]))
    kept = any(other.name == file.name for other in cluster.data.pg_wal.others)
    space = running.tablespace_map
    return _answer(
        replace(state, cluster=cluster),
        backup_label=backup.label_text(running.label, cluster.data.segment_size),
        tablespace_map=(space or None) if action["exclusive"] else space,
        history_file={"name": file.name, "text": file.text} if kept else None,
    )


def _create_tablespace(state: Replay, action: Json) -> Replay:
    space = Tablespace(action["oid"], action["name"], action["location"])
    return replace(state, cluster=state.cluster.with_data(tablespaces=(*state.cluster.data.tablespaces, space)))


_ACTIONS: Mapping[str, Callable[[Replay, Json], Replay]] = {
    "write": _writes,
    "checkpoint": _writes,
    "switch_wal": _writes,
    "restore_point": _restore_point,
    "slot_create": _slot_create,
    "slot_advance": _slot_advance,
    "slot_drop": _slot_drop,
    "set": _set,
    "archive_break": _archive_break,
    "archive_fix": _archive_fix,
    "restart": _restart,
    "crash_restart": _crash_restart,
    "backup_start": _backup_start,
    "backup_stop": _backup_stop,
    "create_tablespace": _create_tablespace,
}


def _observe(state: Replay, action: Json) -> Json:
    data, server = state.cluster.data, state.cluster.live
    size = data.segment_size
    write = parse_lsn(action["to_write_lsn"])
    return {
        "insert_lsn": format_lsn(state.cluster.insert_lsn),
        "flush_lsn": format_lsn(data.wal_end),
        "write_lsn": format_lsn(max(write, data.wal_end)),
        "pg_wal": data.pg_wal.listing(size),
        "archive_status": data.pg_wal.status_listing(size),
        "archive": list(state.archive),
        "control": {
            "checkpoint_lsn": format_lsn(data.control.checkpoint_lsn),
            "redo_lsn": format_lsn(data.control.redo_lsn),
            "timeline_id": data.control.timeline,
        },
        "slots": [_slot(row, data) for row in slots.rows(data, server.limits, server.last_removed, write)],
        **state.answers,
    }


def _slot(row: slots.SlotRow, data: DataDirectory) -> Json:
    shown: Json = {
        "name": row.name,
        "restart_lsn": None if row.restart_lsn is None else format_lsn(row.restart_lsn),
    }
    if data.facts.slot_loss:
        shown |= {"wal_status": row.wal_status, "safe_wal_size": row.safe_wal_size}
    if data.facts.invalidation_reason:
        shown["invalidation_reason"] = row.invalidation_reason
    return shown
