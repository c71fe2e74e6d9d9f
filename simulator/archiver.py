"""The archiver: which files it takes, in which order, and what a failing or slow command does (pgarch.c)."""

from __future__ import annotations

from simulator.archive_forms import DISCARDING, FAILING, overwrites
from simulator.cluster import Cluster
from simulator.events import ArchiveFailed, ArchiverOutlasted, Event, SegmentsArchived
from simulator.frozen import replace
from simulator.lsn import is_segment_name, parse_segment_name
from simulator.messages import log_line
from simulator.pg_wal import PgWal, archive_order, file_name, file_number, in_turn, names
from simulator.ranges import EMPTY, Ranges
from simulator.settings import ServerSettings
from simulator.world import Archive, Outcome, World

_NOT_COPYING = FAILING | DISCARDING


def archive_everything(pg_wal: PgWal) -> PgWal:
    """A working archive_command takes all that is .ready."""
    others = pg_wal.others
    if others:
        others = tuple([replace(o, status="done") if o.status == "ready" else o for o in others])
    return replace(pg_wal, ready=EMPTY, done=pg_wal.done | pg_wal.ready, others=others)


def drained_at_shutdown(cluster: Cluster) -> bool:
    """A fast or smart shutdown runs the archiver once more after the shutdown checkpoint."""
    return cluster.live.limits.archiving


def last_turn(world: World) -> Outcome:
    """What the archiver does after the shutdown checkpoint: all that is left, however long it takes.

    That may be longer than pg_ctl waits: the server then goes down behind its back.
    """
    begun, outcome = world.clock, drain(world)
    if outcome.world.archive.done_at is None:
        return outcome
    outcome = outcome.and_then(slow_drain(outcome.world, float("inf")))
    took = outcome.world.clock - begun
    if took <= PG_CTL_WAITS:
        return outcome
    return outcome.and_then(Outcome(outcome.world, (ArchiverOutlasted(took, PG_CTL_WAITS),), exit_code=1))


PG_CTL_WAITS = 60.0
"""Seconds that pg_ctl waits for a stop (PGCTLTIMEOUT)."""


def fails(cluster: Cluster, archive: Archive, name: str) -> bool:
    """Does archive_command fail for this file at present?  The dojo's own command fails for a name that is there."""
    command = str(cluster.data.settings.value("archive_command"))
    if command in _NOT_COPYING or not archive.works:
        return _fails_for_all(cluster.data.settings, archive)
    if any(name.endswith(ending) for ending in archive.fails_for):
        return True
    return not overwrites(command) and in_archive(archive, name, cluster.data.segment_size)


def _fails_for_all(settings: ServerSettings, archive: Archive) -> bool:
    """Does archive_command fail whatever the file is?"""
    command = settings.value("archive_command")
    return command in FAILING if command in _NOT_COPYING else not archive.works


def in_archive(archive: Archive, name: str, segment_size: int) -> bool:
    """Is a file of that name in the archive?"""
    if is_segment_name(name):
        return file_number(*parse_segment_name(name, segment_size)) in archive.segments
    return any(other.name == name for other in archive.others)


def send_one(world: World, name: str) -> World:
    """archive_command takes one file: it is in the archive (unless the command keeps nothing), and .done."""
    cluster, archive = world.primary, world.archive
    data, pg_wal = cluster.data, cluster.data.pg_wal
    discards = data.settings.value("archive_command") in DISCARDING
    if is_segment_name(name):
        number = file_number(*parse_segment_name(name, data.segment_size))
        one = Ranges.span(number, number + 1)
        pg_wal = replace(pg_wal, ready=pg_wal.ready - one, done=pg_wal.done | one)
        if not discards:
            archive = replace(archive, segments=archive.segments | one, crossed=archive.crossed | data.crossed)
    else:
        file = next(other for other in pg_wal.others if other.name == name)
        pg_wal = pg_wal.with_other(replace(file, status="done"))
        kept = tuple(other for other in archive.others if other.name != name)
        archive = archive if discards else replace(archive, others=(*kept, replace(file, status="")))
    archive = replace(archive, archived_count=archive.archived_count + 1, last_archived=name)
    return replace(world.with_primary(cluster.with_data(pg_wal=pg_wal)), archive=archive)


def drain(world: World) -> Outcome:
    """pgarch_ArchiverCopyLoop: take everything that is .ready, stop at the first file that fails.

    Only a running server with archive_mode on archives; a slow command takes time and so works in `slow_drain`.
    """
    return turn(world) if has_work(world) else Outcome(world, exit_code=None)


def turn(world: World) -> Outcome:
    """As `drain`, for an archiver that has work."""
    cluster = world.primary
    if world.archive.seconds_per_file:
        return _take_in_hand(world, world.clock)
    plain = _plain_turn(world, cluster.data.pg_wal.ready)
    if plain is not None:
        return plain
    waiting = archive_order(cluster.data.pg_wal, cluster.data.segment_size)
    first, usual = len(waiting), _takes_all(world, waiting)
    if not usual:
        first = next((at for at, name in enumerate(waiting) if _fails_there(cluster, world.archive, name)), first)
    world, orphans = _drop_orphans(world, frozenset(waiting[:first]))
    waiting = [name for name in waiting if name not in orphans]
    log = tuple(log_line("orphan_status", file=name) for name in orphans)
    if not waiting:
        return Outcome(world, exit_code=None, log=log)
    if usual or _takes_all(world, waiting):
        world, sent = _send_all(world, len(waiting), waiting[-1]), len(waiting)
    else:
        sent = first - len(orphans)
        for name in waiting[:sent]:
            world = send_one(world, name)
    events: list[Event] = [SegmentsArchived(_first_to_last(waiting[:sent]), sent)] if sent else []
    if sent == len(waiting):
        return Outcome(world, tuple(events), exit_code=None, log=log)
    failed = _failed(world, events, waiting[sent], len(waiting) - sent)
    return replace(failed, log=log + failed.log)


def has_work(world: World) -> bool:
    """Is there an archiver, and anything for it to do?"""
    cluster = world.primary
    if cluster.server is None or not cluster.server.limits.archiving:
        return False
    data = cluster.data
    if not data.settings.values["archive_command"]:
        return False
    pg_wal = data.pg_wal
    return bool(
        pg_wal.ready.runs
        or world.archive.seconds_per_file
        or (pg_wal.others and "ready" in [other.status for other in pg_wal.others])
    )


def _plain_turn(world: World, ready: Ranges) -> Outcome | None:
    """Segments that all are there, and a command that takes everything or nothing: only two names are needed.

    None: somebody has to look at every name.
    """
    data, size = world.primary.data, world.primary.data.segment_size
    if (ready - data.pg_wal.segments).runs:
        return None
    others = [other.name for other in data.pg_wal.others if other.status == "ready"]
    count = len(ready) + len(others)
    ends = [file_name(ready.first, size)] if ready.runs else []
    if count > 1 and ends:
        ends.append(file_name(ready.last, size))
    if others:
        ends = in_turn(ends + others)
    if _takes_all(world, others):
        event = SegmentsArchived(ends[0] if count == 1 else f"{ends[0]} … {ends[-1]}", count)
        return Outcome(_send_all(world, count, ends[-1]), (event,), None)
    return _failed(world, [], ends[0], count) if _fails_for_all(data.settings, world.archive) else None


def _fails_there(cluster: Cluster, archive: Archive, name: str) -> bool:
    """As `fails`, but for a file that is gone the command is not called."""
    return not _orphan(cluster, name) and fails(cluster, archive, name)


def _orphan(cluster: Cluster, name: str) -> bool:
    data = cluster.data
    if not is_segment_name(name):
        return False
    return file_number(*parse_segment_name(name, data.segment_size)) not in data.pg_wal.segments


def _takes_all(world: World, waiting: list[str]) -> bool:
    """The usual case, in which nobody has to look at every name."""
    archive, cluster = world.archive, world.primary
    if not archive.works or archive.fails_for or cluster.data.settings.value("archive_command") in _NOT_COPYING:
        return False
    if (archive.segments & cluster.data.pg_wal.ready).runs:
        return False
    size = cluster.data.segment_size
    return not any(in_archive(archive, name, size) for name in waiting if not is_segment_name(name))


def _drop_orphans(world: World, reached: frozenset[str]) -> tuple[World, tuple[str, ...]]:
    """A .ready whose segment somebody deleted is thrown away when it is its turn: a gap that nobody counts."""
    cluster = world.primary
    pg_wal, size = cluster.data.pg_wal, cluster.data.segment_size
    if not pg_wal.ready - pg_wal.segments:
        return world, ()
    gone = tuple(name for name in names(pg_wal.ready - pg_wal.segments, size) if name in reached)
    numbers = Ranges.of(file_number(*parse_segment_name(name, size)) for name in gone)
    return world.with_primary(cluster.with_data(pg_wal=replace(pg_wal, ready=pg_wal.ready - numbers))), gone


def _send_all(world: World, count: int, last: str) -> World:
    cluster, archive = world.primary, world.archive
    data, pg_wal = cluster.data, cluster.data.pg_wal
    others = archive.others
    if pg_wal.others:
        others += tuple([replace(other, status="") for other in pg_wal.others if other.status == "ready"])
    archive = replace(
        archive,
        segments=archive.segments | pg_wal.ready,
        crossed=archive.crossed | data.crossed,
        others=others,
        archived_count=archive.archived_count + count,
        last_archived=last,
    )
    data = replace(data, pg_wal=archive_everything(pg_wal))
    return replace(world, primary=Cluster(cluster.path, data, cluster.server), archive=archive)


def _failed(world: World, events: list[Event], name: str, waiting: int) -> Outcome:
    """Three tries a second apart, then a warning and a minute's pause; the model shows the first round of it."""
    if world.archive.last_failed == name:
        return Outcome(world, tuple(events), exit_code=None)
    archive = replace(world.archive, failed_count=world.archive.failed_count + 3, last_failed=name)
    log = (log_line("archive_failed"), log_line("archive_gave_up", file=name))
    return Outcome(replace(world, archive=archive), (*events, ArchiveFailed(name, waiting)), exit_code=None, log=log)


def _take_in_hand(world: World, now: float) -> Outcome:
    """A slow command begins with the first file that waits and is there, unless it has one in hand already."""
    log: tuple[str, ...] = ()
    waiting = archive_order(world.primary.data.pg_wal, world.primary.data.segment_size)
    if world.archive.done_at is None:
        at = next((at for at, name in enumerate(waiting) if not _orphan(world.primary, name)), len(waiting))
        world, orphans = _drop_orphans(world, frozenset(waiting[:at]))
        waiting, log = waiting[at:], tuple(log_line("orphan_status", file=name) for name in orphans)
    archive, done_at = world.archive, world.archive.done_at
    if not waiting or fails(world.primary, archive, waiting[0]):
        done_at = None
    elif done_at is None:
        done_at = now + archive.seconds_per_file
    return Outcome(replace(world, archive=replace(archive, done_at=done_at)), exit_code=None, log=log)


def drain_copy(world: World, path: str) -> Outcome:
    """A server on a copy has its original's archive_command, and so the same archive; a name that is there fails."""
    cluster, archive = world.cluster(path), world.archive
    data = cluster.data
    if not cluster.live.limits.archiving or not data.settings.value("archive_command"):
        return Outcome(world, exit_code=None)
    size, sent = data.segment_size, []
    for name in archive_order(data.pg_wal, size):
        if fails(cluster, archive, name):
            break
        sent.append(name)
    if not sent:
        return Outcome(world, exit_code=None)
    numbers = Ranges.of(file_number(*parse_segment_name(name, size)) for name in sent if is_segment_name(name))
    others = tuple(replace(other, status="") for other in data.pg_wal.others if other.name in sent)
    done = tuple(replace(o, status="done") if o.name in sent else o for o in data.pg_wal.others)
    pg_wal = replace(data.pg_wal, ready=data.pg_wal.ready - numbers, done=data.pg_wal.done | numbers, others=done)
    if data.settings.value("archive_command") not in DISCARDING:
        kept = tuple(other for other in archive.others if other.name not in sent)
        archive = replace(archive, segments=archive.segments | numbers, others=(*kept, *others))
    world = replace(world.with_place(path, cluster.with_data(pg_wal=pg_wal)), archive=archive)
    return Outcome(world, (SegmentsArchived(_first_to_last(sent), len(sent)),), exit_code=None)


def slow_drain(world: World, until: float) -> Outcome:
    """A slow command takes `seconds_per_file` for each file: all that are done by the clock `until` are sent."""
    outcome = Outcome(world, exit_code=None)
    while world.primary.running and world.archive.done_at is not None and world.archive.done_at <= until:
        done_at = world.archive.done_at
        name = archive_order(world.primary.data.pg_wal, world.primary.data.segment_size)[0]
        world = replace(world, archive=replace(world.archive, done_at=None), clock=max(world.clock, done_at))
        if _orphan(world.primary, name):
            done = _lost_in_hand(world, name)
        else:
            done = Outcome(send_one(world, name), (SegmentsArchived(name, 1),), exit_code=None)
        outcome = outcome.and_then(done).and_then(_take_in_hand(done.world, done_at))
        world = outcome.world
    return outcome


def _lost_in_hand(world: World, name: str) -> Outcome:
    """Somebody deleted the file that a slow command had in hand: it fails once, and is not called for it again."""
    archive = replace(world.archive, failed_count=world.archive.failed_count + 1, last_failed=name)
    return Outcome(replace(world, archive=archive), exit_code=None, log=(log_line("archive_failed"),))


def _first_to_last(sent: list[str]) -> str:
    return sent[0] if len(sent) == 1 else f"{sent[0]} … {sent[-1]}"
