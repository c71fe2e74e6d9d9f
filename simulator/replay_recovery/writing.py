"""What a recorded primary does: write, check, switch, archive, stop."""

from __future__ import annotations

from simulator import slots, wal
from simulator.archiver import drained_at_shutdown
from simulator.cluster import Cluster, WalLimits
from simulator.frozen import replace
from simulator.lsn import is_segment_name, parse_segment_name
from simulator.pg_wal import archive_order, file_number
from simulator.ranges import Ranges
from simulator.recovery import server as recovery_server
from simulator.recovery.files import own_timeline
from simulator.recovery.journal import ONLINE, SHUTDOWN
from simulator.recovery.reading import say_waiting
from simulator.recovery.restartpoint import restartpoint
from simulator.replay_recovery.records import end_of, journaled, place_of
from simulator.replay_recovery.world import Change, Json, Machine, World, archived_file, sources

READ_ONLY = "cannot execute txid_current() during recovery"
IN_RECOVERY = "recovery is in progress"


def _online(cluster: Cluster, action: Json) -> Cluster:
    """The event's online checkpoints, and then the rest of its WAL."""
    rows = action.get("wal", [])
    for row in rows:
        if row["r"] == ONLINE:
            cluster = _checkpointed(cluster, row)
    return wal.write_to(cluster, end_of(rows, cluster.data.segment_size)) if rows else cluster


def _checkpointed(cluster: Cluster, row: Json, *, shutdown: bool = False) -> Cluster:
    state = "shut down" if shutdown else "in production"
    cluster, _ = wal.checkpoint(cluster, place_of(row), online=not shutdown, state=state)
    return cluster.with_data(control=own_timeline(cluster.data.control))


def written(world: World, action: Json) -> World:
    """A primary writes the WAL of this event."""
    name = action["server"]
    world = journaled(world, name, action)
    machine = world.machine(name)
    if machine.server is None:  # the prediction went wrong before
        return world
    return world.with_machine(name, machine.running(_online(machine.cluster, action)))


def wrote(world: World, action: Json) -> World:
    """A primary wrote the WAL of this event; its archiver and its standbys take it."""
    return settled(written(world, action), action["server"])


def settled(world: World, name: str) -> World:
    """What others do after an event: the archiver of this server, and who streams from it."""
    return streamed(archived(world, name), name)


def archived(world: World, name: str) -> World:
    """PgarchArchiverCopyLoop: stop at the first file that archive_command refuses, because its name is taken."""
    machine = world.machine(name)
    if not _archives(machine):
        return world
    data, taken, sent = machine.place.data, dict(world.archive), []
    for file in archive_order(data.pg_wal, data.segment_size):
        if file in taken:
            break
        taken[file] = archived_file(machine.place, file)
        sent.append(file)
    if not sent:
        return world
    pg_wal, size = data.pg_wal, data.segment_size
    numbers = Ranges.of(file_number(*parse_segment_name(file, size)) for file in sent if is_segment_name(file))
    others = tuple(replace(o, status="done") if o.name in sent else o for o in pg_wal.others)
    pg_wal = replace(pg_wal, ready=pg_wal.ready - numbers, done=pg_wal.done | numbers, others=others)
    place = machine.place.with_data(pg_wal=pg_wal)
    recovery = None if machine.recovery is None else replace(machine.recovery, place=place)
    return replace(world.with_machine(name, replace(machine, place=place, recovery=recovery)), archive=taken)


def _archives(machine: Machine) -> bool:
    """An archiver runs: on a primary, and with archive_mode = always where recovery has begun to replay."""
    if machine.recovery is not None:
        return machine.recovery.request.always and machine.recovery.redoing
    return machine.server is not None and machine.server.limits.archiving


def streamed(world: World, name: str) -> World:
    """Standbys with a WAL receiver get what the server has written."""
    for other, machine in world.machines.items():
        recovery = machine.recovery
        if (
            recovery is not None
            and recovery.receiving
            and f"$SOCKET({name})" in machine.auto_conf.get("primary_conninfo", "")
        ):
            outcome = recovery_server.catch_up(recovery, sources(world, machine))
            kept = replace(outcome.recovery, log=())
            world = world.with_machine(other, replace(machine, recovery=kept, place=outcome.place))
            world = confirmed(archived(world, other), other)
    return world


def confirmed(world: World, name: str) -> World:
    """A streaming standby reports its position, and its slot moves on."""
    standby = world.machine(name)
    recovery, slot_name = standby.recovery, standby.auto_conf.get("primary_slot_name", "")
    named = standby.auto_conf.get("primary_conninfo", "").partition("$SOCKET(")[2].partition(")")[0]
    primary = world.machines.get(named)
    slot = None if primary is None else primary.place.data.slot(slot_name)
    if primary is None or slot is None:
        return world
    active = recovery is not None and recovery.receiving and primary.server is not None
    reached = recovery.received[1] if active and recovery is not None else slot.restart_lsn
    moved = replace(slot, restart_lsn=reached, active=active)
    data = primary.place.data.with_slot(moved)
    return world.with_machine(named, replace(primary, place=replace(primary.place, data=data)))


def change(world: World, action: Json) -> World:
    """create_table, insert, delete, drop_table, rollback: one transaction."""
    machine = world.machine(action["server"])
    if machine.recovery is not None:
        return world.answer(error=READ_ONLY)
    table, rows, kind = action["table"], action.get("rows", 0), action["kind"]
    more: int | None = rows
    if kind == "delete":
        more = -min(rows, world.rows(machine).get(table, 0))
    elif kind == "drop_table":
        more = None
    pending: tuple[Change, ...] = (*machine.pending, (action["xid"], table, more))
    machine = replace(machine, pending=pending)
    return wrote(world.with_machine(action["server"], machine), action)


def begin(world: World, action: Json) -> World:
    """A second session opens a transaction."""
    machine = world.machine(action["server"])
    pending: tuple[Change, ...] = (*machine.pending, (action["xid"], action["table"], action["rows"]))
    return wrote(world.with_machine(action["server"], replace(machine, pending=pending)), action)


def writes(world: World, action: Json) -> World:
    """bulk, switch_wal, idle, commit."""
    if world.machine(action["server"]).recovery is not None:
        return world.answer(error=IN_RECOVERY) if action["kind"] == "switch_wal" else world
    return wrote(world, action)


def restore_point(world: World, action: Json) -> World:
    """Its record is written with what comes next."""
    if world.machine(action["server"]).recovery is not None:
        return world.answer(error=IN_RECOVERY)
    return wrote(world, action)


def checkpoint(world: World, action: Json) -> World:
    """A checkpoint, or of a server in recovery a restartpoint."""
    machine = world.machine(action["server"])
    if machine.recovery is None:
        return wrote(world, action)
    recovery = restartpoint(replace(machine.recovery, log=()))
    if recovery.standby and recovery.stop is None and not recovery.delayed:
        recovery = say_waiting(recovery)  # it says so again after each wal_retrieve_retry_interval
    done = replace(machine, recovery=replace(recovery, log=()), place=recovery.place)
    world = world.with_machine(action["server"], done)
    return world.answer(log=recovery.log) if recovery.log else world


def set_parameter(world: World, action: Json) -> World:
    """ALTER SYSTEM and a reload."""
    name = action["server"]
    machine = world.machine(name)
    data = machine.place.data
    settings, _ = data.settings.alter_system(action["name"], action["value"]).reload()
    machine = replace(
        machine,
        auto_conf={**machine.auto_conf, action["name"]: action["value"]},
        place=machine.place.with_data(settings=settings),
    )
    if machine.server is not None:
        limits = WalLimits.of(settings, data.facts, data.segment_size)
        machine = replace(machine, server=replace(machine.server, limits=limits))
    return wrote(world.with_machine(name, machine), action)


def slot_create(world: World, action: Json) -> World:
    """A physical slot that reserves nothing yet."""
    name = action["server"]
    machine = world.machine(name)
    cluster = slots.create(machine.cluster, action["slot"], reserve=False)
    return wrote(world.with_machine(name, machine.running(cluster)), action)


def stop(world: World, action: Json) -> World:
    """A fast shutdown: switch, shutdown checkpoint, the archiver's last turn; in recovery a restartpoint."""
    name = action["server"]
    machine = world.machine(name)
    if machine.recovery is not None:
        recovery = recovery_server.shut_down(machine.recovery)
        down = replace(machine, recovery=None, place=recovery.place, pid_file=False)
        return confirmed(world.with_machine(name, down), name)
    world = journaled(world, name, action)
    machine = world.machine(name)
    if machine.server is None:  # the prediction went wrong before
        return world
    cluster = machine.cluster
    for row in action.get("wal", []):
        if row["r"] in (ONLINE, SHUTDOWN):
            cluster = _checkpointed(cluster, row, shutdown=row["r"] == SHUTDOWN)
    world = world.with_machine(name, machine.running(cluster))
    if drained_at_shutdown(cluster):
        world = archived(world, name)
    return _down(streamed(world, name), name, label_goes=True)


def crash(world: World, action: Json) -> World:
    """An immediate shutdown, or a loss of power, after which nobody could clean up."""
    lost = action["kind"] == "power_loss"
    if action.get("wal"):  # written since the last event, and on its way before the end came
        world = streamed(written(world, action), action["server"])
    return _down(world, action["server"], label_goes=not lost, pid_stays=lost)


def _down(world: World, name: str, *, label_goes: bool, pid_stays: bool = False) -> World:
    machine = world.machine(name)
    data = machine.place.data
    if label_goes and data.label is not None and machine.server is not None:
        data = replace(data, label=None, tablespace_map=None, label_renamed=True)
    place = replace(machine.place, data=data)
    machine = replace(machine, place=place, server=None, recovery=None, pid_file=pid_stays, pending=())
    return confirmed(world.with_machine(name, machine), name)
