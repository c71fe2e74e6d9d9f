"""Recorded backups, copies and restores, and what is done to the archive by hand."""

from __future__ import annotations

from simulator import backup
from simulator.cluster import BackupLabel, RunningBackup
from simulator.frozen import replace
from simulator.lsn import format_lsn, is_segment_name, parse_lsn, parse_segment_name, timeline_history_name
from simulator.messages import notice
from simulator.pg_wal import OtherFile, PgWal, file_number, from_listing, span_files
from simulator.recovery.files import HistoryText, WalFile, WalFiles
from simulator.recovery.journal import ONLINE
from simulator.replay_recovery.observed import control_json
from simulator.replay_recovery.records import place_of
from simulator.replay_recovery.world import Backup, Json, Machine, World
from simulator.replay_recovery.writing import archived, settled, written

COMBINE_REFUSES = (
    'pg_combinebackup: error: backup at "$BACKUPS/{name}" is an incremental backup, but the first backup should be '
    "a full backup"
)
COMBINE_FULL = (
    'pg_combinebackup: error: backup at "$BACKUPS/{name}" is a full backup, but only the first backup should be '
    "a full backup"
)
COMBINE_TIMELINE = (
    'pg_combinebackup: error: backup at "$BACKUPS/{name}" starts on timeline {found}, but expected {expected}'
)
COMBINE_LSN = 'pg_combinebackup: error: backup at "$BACKUPS/{name}" starts at LSN {found}, but expected {expected}'


def start_backup(world: World, action: Json, label: str, *, exclusive: bool) -> World:
    """The start checkpoint and the label."""
    world = written(world, action)
    machine = world.machine(action["server"])
    row = [row for row in action["wal"] if row["r"] == ONLINE][-1]
    session = str(action["backup"])
    cluster = backup.begin(machine.cluster, place_of(row), label, session=session, exclusive=exclusive)
    return world.with_machine(action["server"], machine.running(cluster))


def backup_start(world: World, action: Json) -> World:
    """pg_backup_start()."""
    world = start_backup(world, action, action["label"], exclusive=action["exclusive"])
    return settled(world, action["server"])


def _finish(world: World, action: Json, session: str) -> tuple[World, RunningBackup]:
    """The history file is written once the end record and the switch are."""
    name = action["server"]
    machine = world.machine(name)
    running = backup.running(machine.cluster, session)
    if running is None:
        raise LookupError(f"the recording ends an unknown backup {session}")
    cluster, _ = backup.finish(machine.cluster, running, parse_lsn(action["stop_lsn"]))
    return settled(world.with_machine(name, machine.running(cluster)), name), running


def backup_stop(world: World, action: Json) -> World:
    """pg_backup_stop(): the label that belongs into the copy."""
    session = "" if action["exclusive"] else str(action["backup"])
    world, running = _finish(written(world, action), action, session)
    kept = world.backups.get(action["backup"])
    if kept is not None and not action["exclusive"]:
        place = kept.place.with_data(label=running.label)
        world = replace(world, backups={**world.backups, action["backup"]: replace(kept, place=place)})
    return world.answer(backup_label=backup.label_text(running.label, world.size))


def basebackup(world: World, action: Json) -> World:
    """pg_basebackup: start, copy and stop in one, and the WAL that it brings along."""
    name, kept_as, method = action["server"], action["backup"], action["wal_method"]
    world = archived(start_backup(world, action, f"base {kept_as}", exclusive=False), name)
    at_copy = world.machine(name).place
    world, running = _finish(world, action, str(kept_as))
    machine = world.machine(name)
    parent = world.backups.get(action.get("incremental", ""))
    previous = None if parent is None or parent.place.data.label is None else _start_of(parent.place.data.label)
    files, pg_wal = _brought(machine, running.label, action)
    data = replace(
        machine.place.data,
        control=at_copy.data.control,
        pg_wal=pg_wal,
        label=running.label,
        slots=(),
        summarized=0,
        signals=frozenset({"standby.signal"} if "-R" in action["options"] else ()),
        wal_end=at_copy.data.wal_end,
    )
    place = replace(at_copy, data=data, files=files, incremental=previous is not None)
    extra = tuple(sorted(data.signals)) + (("backup_manifest",) if data.facts.backup_manifest else ())
    copy = Backup(place, extra, previous)
    world = replace(world, backups={**world.backups, kept_as: copy})
    if method == "none":
        code = "all_archived" if machine.server is not None and machine.server.limits.archiving else "not_archiving"
        world = world.answer(output=[notice(code, data.facts.major)])
    return world.answer(
        exit_code=0,
        backup_label=label_of(copy, world.size),
        copied={"pg_wal": pg_wal.listing(world.size), "files": list(extra)},
    )


def _start_of(label: BackupLabel) -> tuple[int, int]:
    return label.timeline, label.redo_lsn


def label_of(copy: Backup, size: int) -> str:
    """The label's text; that of an incremental backup says where its WAL summaries begin."""
    label = copy.place.data.label
    assert label is not None
    text = backup.label_text(label, size)
    if copy.previous is not None:
        timeline, lsn = copy.previous
        text += f"INCREMENTAL FROM LSN: {format_lsn(lsn)}\nINCREMENTAL FROM TLI: {timeline}\n"
    return text


def _brought(machine: Machine, label: BackupLabel, action: Json) -> tuple[WalFiles, PgWal]:
    """The segments from the start of the backup to its end, and the timeline's history file."""
    if action["wal_method"] == "none":
        return WalFiles(), PgWal()
    data = machine.place.data
    size, timeline = data.segment_size, data.control.timeline
    first, last = label.redo_lsn // size, (parse_lsn(action["stop_lsn"]) - 1) // size
    files, here = WalFiles(), span_files(timeline, first, last + 1)
    for segment in range(first, last + 1):
        files = files.put(machine.place.files.get(timeline, segment))
    histories = [other for other in data.pg_wal.others if other.name.endswith(".history")]
    if action["wal_method"] == "stream":
        histories = [other for other in histories if other.name == timeline_history_name(timeline)]
    listed = from_listing(PgWal(here).listing(size), action["copied_archive_status"], size)
    marks = set(action["copied_archive_status"])
    for other in histories:
        status = "done" if f"{other.name}.done" in marks else ""
        listed = listed.with_other(OtherFile(other.name, other.text, status))
    return files, listed


def copy(world: World, action: Json) -> World:
    """backup_copy, cold_copy, hot_copy: what is in the directory now, in one or two parts."""
    world = written(world, action)
    machine, name, part = world.machine(action["server"]), action["backup"], action["part"]
    place = replace(machine.place, data=replace(machine.place.data, slots=()))
    if not action["with_pg_wal"]:
        place = replace(place, data=replace(place.data, pg_wal=PgWal(), summarized=0), files=WalFiles())
    before = world.backups.get(name)
    if part == "rest" and before is not None:
        there = before.place
        place = replace(place, data=replace(place.data, pg_wal=there.data.pg_wal), files=there.files)
    world = replace(world, backups={**world.backups, name: Backup(place)})
    shown: Json = {
        "pg_wal": place.data.pg_wal.listing(world.size),
        "archive_status": place.data.pg_wal.status_listing(world.size),
    }
    if part != "pg_wal":
        shown |= {"control": control_json(place), "backup_label": place.data.label is not None}
    return world.answer(copied=shown)


def combinebackup(world: World, action: Json) -> World:
    """pg_combinebackup: check the chain from its end (check_backup_label_files), then make a full backup."""
    names = action["backups"]
    refused = _broken_chain(world, names)
    if refused:
        return world.answer(exit_code=1, output=[refused])
    last = world.backups[names[-1]]
    data = last.place.data
    pg_wal = replace(data.pg_wal, ready=data.pg_wal.ready - data.pg_wal.ready, done=data.pg_wal.done - data.pg_wal.done)
    place = replace(last.place, data=replace(data, pg_wal=pg_wal, signals=frozenset()), incremental=False)
    made = Backup(place, last.extra)
    return replace(world, backups={**world.backups, action["output"]: made}).answer(
        exit_code=0,
        backup_label=label_of(made, world.size),
        copied={"pg_wal": pg_wal.listing(world.size), "archive_status": pg_wal.status_listing(world.size)},
    )


def _broken_chain(world: World, names: list[str]) -> str:
    expected: tuple[int, int] | None = None
    for at in range(len(names) - 1, -1, -1):
        each, name = world.backups[names[at]], names[at]
        label = each.place.data.label
        assert label is not None
        if at > 0 and each.previous is None:
            return COMBINE_FULL.format(name=name)
        if at == 0 and each.previous is not None:
            return COMBINE_REFUSES.format(name=name)
        if expected is not None and label.timeline != expected[0]:
            return COMBINE_TIMELINE.format(name=name, found=label.timeline, expected=expected[0])
        if expected is not None and label.redo_lsn != expected[1]:
            found, wanted = format_lsn(label.redo_lsn), format_lsn(expected[1])
            return COMBINE_LSN.format(name=name, found=found, expected=wanted)
        expected = each.previous
    return ""


def restore(world: World, action: Json) -> World:
    """A new data directory from a backup, with settings and signal files."""
    copied, name = world.backups[action["backup"]], action["server"]
    place, conf = copied.place, next(iter(world.machines.values())).conf
    pg_wal, files = place.data.pg_wal, place.files
    if not action["keep_pg_wal"]:
        pg_wal, files = PgWal(), WalFiles()
    if action["salvage"]:
        pg_wal, files = _salvaged(world.machine(action["salvage"]), pg_wal, files, action["salvaged"])
    keep = action["backup_label"] == "keep"
    data = replace(
        place.data,
        pg_wal=pg_wal,
        label=place.data.label if keep else None,
        signals=signals_of(action),
        settings=conf,
    )
    place = replace(place, data=data, files=files, incremental=place.incremental and keep)
    return world.with_machine(name, Machine(place, conf, action["auto_conf"]))


def _salvaged(source: Machine, pg_wal: PgWal, files: WalFiles, names: list[str]) -> tuple[PgWal, WalFiles]:
    """WAL files of a stopped server, copied without their status."""
    size = source.place.data.segment_size
    for name in names:
        if is_segment_name(name):
            timeline, segment = parse_segment_name(name, size)
            number = file_number(timeline, segment)
            pg_wal = replace(pg_wal, segments=pg_wal.segments | span_files(timeline, segment, segment + 1))
            if number in source.place.files.held:
                files = files.put(source.place.files.get(timeline, segment))
        else:
            text = next((other.text for other in source.place.data.pg_wal.others if other.name == name), "")
            here = next((other.status for other in pg_wal.others if other.name == name), "")
            pg_wal = pg_wal.with_other(OtherFile(name, text, here))
    return pg_wal, files


def signals_of(action: Json) -> frozenset[str]:
    """The signal files of a restore or a new configuration."""
    return frozenset(f"{name}.signal" for name in action["signals"])


def configure(world: World, action: Json) -> World:
    """postgresql.auto.conf and the signal files are replaced."""
    name = action["server"]
    machine = world.machine(name)
    place = machine.place.with_data(signals=signals_of(action))
    return world.with_machine(name, replace(machine, place=place, auto_conf=action["auto_conf"]))


def remove_file(world: World, action: Json) -> World:
    """A file is deleted by hand."""
    name, file = action["server"], action["file"]
    machine = world.machine(name)
    place, data = machine.place, machine.place.data
    base = file.rpartition("/")[2]
    if base == "backup_label":
        place = replace(place.with_data(label=None), incremental=False)
    elif base == "backup_label.old":
        place = place.with_data(label_renamed=False)
    elif base.endswith(".signal"):
        place = place.with_data(signals=data.signals - {base})
    elif base == "postmaster.pid":
        machine = replace(machine, pid_file=False)
    elif is_segment_name(base):
        timeline, segment = parse_segment_name(base, data.segment_size)
        gone = span_files(timeline, segment, segment + 1)
        place = place.with_data(pg_wal=replace(data.pg_wal, segments=data.pg_wal.segments - gone))
    else:
        others = tuple(other for other in data.pg_wal.others if other.name != base)
        place = place.with_data(pg_wal=replace(data.pg_wal, others=others))
    return world.with_machine(name, replace(machine, place=place))


def destroy(world: World, action: Json) -> World:
    """The server and its files are gone."""
    kept = {name: machine for name, machine in world.machines.items() if name != action["server"]}
    return replace(world, machines=kept)


def archive_remove(world: World, action: Json) -> World:
    """A file of the archive is put aside."""
    file = action["file"]
    kept = {name: held for name, held in world.archive.items() if name != file}
    aside = {**world.removed, file: world.archive[file]} if file in world.archive else world.removed
    return replace(world, archive=kept, removed=aside)


def archive_truncate(world: World, action: Json) -> World:
    """A file of the archive is cut."""
    file = action["file"]
    held = world.archive[file]
    cut = held
    if isinstance(held, WalFile):
        length = action["bytes"]
        cut = WalFile(held.timeline, held.segment, held.branch, held.segment * world.size + length, length)
    elif isinstance(held, HistoryText):
        cut = HistoryText(held.text[: action["bytes"]])
    return replace(world, archive={**world.archive, file: cut}, removed={**world.removed, file: held})


def archive_put_back(world: World, action: Json) -> World:
    """What was put aside is there again."""
    file = action["file"]
    return replace(world, archive={**world.archive, file: world.removed[file]})
