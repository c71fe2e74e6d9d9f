"""What the shell does to files: copies of directories, WAL put into a copy, deletions by hand, signal files."""

from __future__ import annotations

from simulator.cluster import Cluster, DataDirectory
from simulator.commands import Configure, Copy, Remove, RemoveOldest, SaveLabel, TouchSignal
from simulator.copying import add_auto_conf, copy_of, with_wal
from simulator.events import (
    CopyingStarted,
    CopyMade,
    Event,
    Files,
    FilesRemoved,
    FileWritten,
    Refused,
    SegmentsDeletedByHand,
    ServerStopped,
)
from simulator.frozen import replace
from simulator.lsn import is_segment_name, parse_segment_name, segment_of
from simulator.messages import lines_of
from simulator.pg_wal import PgWal, file_number, on_timeline, span_files
from simulator.ranges import EMPTY, Ranges
from simulator.settings import UnmodelledParameter, parameter
from simulator.settings_values import UnknownParameter
from simulator.stopping import kill
from simulator.tool_messages import tell
from simulator.world import ARCHIVE, PRIMARY, Client, Dump, Outcome, TarBackup, World

PG_WAL, LABEL = "/pg_wal", "/backup_label"


def _missing(world: World, tool: str, path: str) -> Outcome:
    own = f"{tool}_no_file" if tool in ("rm", "touch") else "no_file"
    line = tell(own, tool=tool, path=path)
    return Outcome(world, (Refused("no_such_file", line),), exit_code=1, stderr=(line,))


def copy(world: World, command: Copy) -> Outcome:
    """Cp -a: a data directory to a new place, WAL segments into a copy's pg_wal, or a backup_label."""
    source, target = command.source.rstrip("/"), command.destination.rstrip("/")
    if target.endswith(PG_WAL):
        return _copy_wal(world, source, target)
    if source.endswith(LABEL):
        return _copy_label(world, source, target)
    place, there = world.place(source), world.place(target)
    if place is None:
        return _missing(world, "cp", command.source)
    if isinstance(there, Cluster) and there.running:
        return _in_use(world, target)
    if isinstance(place, TarBackup | Dump):
        if target == PRIMARY:  # cp puts it into that directory
            target = f"{PRIMARY}/{source.rpartition('/')[2]}"
        return Outcome(world.with_place(target, place), (CopyMade(source, target, "file"),))
    if command.client and place.running:
        client = Client(command.client, command, "reading", pages_redo=place.data.control.redo_lsn, read=place.data)
        return Outcome(world.with_client(client), (CopyingStarted(target, "cp"),), exit_code=None)
    return _copied(world, command, place, place.data.control.redo_lsn)


def _in_use(world: World, target: str) -> Outcome:
    """The dojo's own refusal: a real cp would ruin the running server's files."""
    line = f"dojo: a server is running on {target}"
    return Outcome(world, (Refused("target_in_use", line),), exit_code=1, stderr=(line,))


def finish_copy(world: World, client: Client) -> Outcome:
    """A copy that went on for a while is done; pg_control and pg_wal were read last, which is the worst order."""
    assert isinstance(client.command, Copy)
    place = world.place(client.command.source)
    world = world.without_client(client.name)
    if not isinstance(place, Cluster):
        return _missing(world, "cp", client.command.source)
    return _copied(world, client.command, place, client.pages_redo, client.read)


def _copied(world: World, command: Copy, place: Cluster, pages_redo: int, read: DataDirectory | None = None) -> Outcome:
    kind = "cold"
    if place.running:
        kind = "online" if place.live.backups else "hot"
    target = command.destination.rstrip("/")
    there = world.place(target)
    if isinstance(there, Cluster) and there.running:
        return _in_use(world, target)
    if read is not None and kind == "cold":
        kind = "hot"  # the server was stopped only while it was being copied
    made = copy_of(place, target, kind=kind, pages_redo=pages_redo, exclude=command.exclude, read=read)
    return Outcome(world.with_place(target, made), (CopyMade(place.path, target, kind),))


def _copy_label(world: World, source: str, target: str) -> Outcome:
    """backup_label stands in PGDATA only during an exclusive backup."""
    owner, place = world.place(source.removesuffix(LABEL)), world.place(target.removesuffix(LABEL))
    if not isinstance(owner, Cluster) or owner.data.label is None:
        return _missing(world, "cp", source)
    if not isinstance(place, Cluster):
        return _missing(world, "cp", target)
    changed = place.with_data(label=owner.data.label)
    return Outcome(world.with_place(place.path, changed), (FileWritten(f"{place.path}{LABEL}"),))


def _copy_wal(world: World, source: str, target: str) -> Outcome:
    """SOURCE/* into a pg_wal: everything that is there, with the status files when they come from a pg_wal."""
    place, found = world.place(target.removesuffix(PG_WAL)), _wal_at(world, source)
    if found is None:
        return _missing(world, "cp", f"{source}/*")  # a shell leaves a pattern that fits nothing as it is
    if not isinstance(place, Cluster):
        return _missing(world, "cp", target)
    valid, end = _valid_wal(world, source, found, place)
    changed = with_wal(place, valid - place.data.pg_wal.segments, end)
    changed = with_wal(changed, valid, end)
    kept = changed.data.pg_wal
    pg_wal = replace(
        kept,
        segments=kept.segments | found.segments,
        ready=kept.ready | found.ready - kept.done,
        done=kept.done | found.done,
    )
    for other in found.others:
        pg_wal = pg_wal.with_other(other)
    return Outcome(world.with_place(place.path, changed.with_data(pg_wal=pg_wal)), (CopyMade(source, target, "wal"),))


def _wal_at(world: World, source: str) -> PgWal | None:
    """The files of the archive or of a pg_wal; None when a pattern finds nothing there."""
    owner = world.place(source.removesuffix(PG_WAL))
    if source == ARCHIVE:
        found = PgWal(segments=world.archive.segments, others=world.archive.others)
    elif isinstance(owner, Cluster):
        found = owner.data.pg_wal
    else:
        return None
    return found if found.segments or found.others else None


def _valid_wal(world: World, source: str, found: PgWal, place: Cluster) -> tuple[Ranges, int]:
    """Which of these segments hold valid WAL of the place's timeline, and where that WAL ends."""
    if source == ARCHIVE:
        mine = on_timeline(found.segments, place.data.timeline)
        return found.segments, (mine.last + 1) * place.data.segment_size if mine else 0
    data = world.cluster(source.removesuffix(PG_WAL)).data
    valid = span_files(data.timeline, 0, (data.wal_end - 1) // data.segment_size + 1)
    return found.segments & valid, data.wal_end


def remove(world: World, command: Remove) -> Outcome:
    """Rm -r of a directory, or rm of files in pg_wal."""
    outcome = Outcome(world)
    for path in command.paths:
        outcome = outcome.and_then(_remove_one(outcome.world, path.rstrip("/")))
        if outcome.exit_code:
            return outcome
    return outcome


def _remove_one(world: World, path: str) -> Outcome:
    name = path.rsplit("/", 1)[-1]
    if is_segment_name(name) and path.startswith(f"{PRIMARY}{PG_WAL}/"):
        number = file_number(*parse_segment_name(name, world.primary.data.segment_size))
        if number not in world.primary.data.pg_wal.segments:
            return _missing(world, "rm", path)
        return delete_segments(world, Ranges.span(number, number + 1))
    if name in ("backup_label", "tablespace_map", "postmaster.pid"):
        return _remove_label(world, path.removesuffix("/" + name), name, path)
    place = world.place(path)
    if place is None:
        return _missing(world, "rm", path)
    if path == PRIMARY:
        return _erase(world)
    standbys = tuple(standby for standby in world.standbys if standby.path != path)
    return Outcome(replace(world.without_place(path), standbys=standbys), (FilesRemoved(path),))


def _erase(world: World) -> Outcome:
    """Rm -r of PGDATA: a postmaster misses its lock file within a minute and shuts down at once."""
    outcome = Outcome(world)
    if world.primary.running:
        killed = replace(kill(world, PRIMARY), events=(ServerStopped(PRIMARY, "immediate"),))
        outcome = replace(killed, log=lines_of("data_directory_gone", world.primary.data.facts.major))
    empty = replace(
        outcome.world.primary.data,
        control=replace(world.primary.data.control, state=""),
        pg_wal=PgWal(),
        slots=(),
        label=None,
        tablespace_map=None,
        signals=frozenset(),
        erased=True,
    )
    gone = outcome.world.without_place(PRIMARY).with_primary(Cluster(PRIMARY, empty))
    return outcome.and_then(Outcome(gone, (FilesRemoved(PRIMARY),)))


def _remove_label(world: World, directory: str, name: str, path: str) -> Outcome:
    place = world.place(directory)
    field = {"backup_label": "label", "postmaster.pid": "pid_file"}.get(name, name)
    if not isinstance(place, Cluster) or not getattr(place.data, field):
        return _missing(world, "rm", path)
    gone = place.with_data(**{field: False if field == "pid_file" else None})
    return Outcome(world.with_place(directory, gone), (FilesRemoved(path),))


def remove_oldest(world: World, command: RemoveOldest) -> Outcome:
    """Somebody deletes the oldest files in pg_wal."""
    if not world.primary.data.pg_wal.segments:
        return _missing(world, "rm", f"{PRIMARY}{PG_WAL}")
    return delete_segments(world, world.primary.data.pg_wal.segments.take(command.count))


def delete_segments(world: World, gone: Ranges) -> Outcome:
    """Files in pg_wal are unlinked under the server's feet; their status files stay where they are."""
    cluster = world.primary
    data = cluster.data
    first_needed = file_number(data.timeline, segment_of(data.control.redo_lsn, data.segment_size))
    needed = bool(gone & span_files(data.timeline, first_needed - file_number(data.timeline, 0), 1 << 44))
    pg_wal = replace(data.pg_wal, segments=data.pg_wal.segments - gone)
    current = span_files(data.timeline, segment_of(data.wal_end, data.segment_size), 1 << 44) & gone
    damaged = data.damaged | (current.take(1) if data.wal_end % data.segment_size else EMPTY)
    event = SegmentsDeletedByHand(Files(gone, data.segment_size), needed)
    return Outcome(world.with_primary(cluster.with_data(pg_wal=pg_wal, damaged=damaged)), (event,))


def touch_signal(world: World, command: TouchSignal) -> Outcome:
    """Touch DIR/recovery.signal."""
    place = world.place(command.directory)
    if not isinstance(place, Cluster):
        return _missing(world, "touch", f"{command.directory}/{command.signal}")
    changed = place.with_data(signals=place.data.signals | {command.signal})
    event: Event = FileWritten(f"{command.directory}/{command.signal}")
    return Outcome(world.with_place(command.directory, changed), (event,))


def configure(world: World, command: Configure) -> Outcome:
    """A line is added to postgresql.auto.conf of a directory that is not running."""
    place = world.place(command.directory)
    if not isinstance(place, Cluster):
        return _missing(world, "cp", command.directory)
    try:
        parameter(place.data.facts.major, command.name)
    except UnmodelledParameter as error:
        return Outcome(world, (Refused("unmodelled_setting", str(error)),), exit_code=1, stderr=(f"dojo: {error}",))
    except UnknownParameter:
        pass  # nobody checks the file before the server starts; then it is refused
    settings = add_auto_conf(place.data.settings, command.name, command.value)
    event = FileWritten(f"{command.directory}/postgresql.auto.conf")
    return Outcome(world.with_place(command.directory, place.with_data(settings=settings)), (event,))


def save_label(world: World, command: SaveLabel) -> Outcome:
    """The labelfile column that the stop function returned is saved as DIR/backup_label."""
    place = world.place(command.directory)
    if not isinstance(place, Cluster) or world.last_label is None:
        return _missing(world, "cp", command.directory)
    changed = place.with_data(label=world.last_label)
    return Outcome(world.with_place(command.directory, changed), (FileWritten(f"{command.directory}/backup_label"),))
