"""One step: a command on a world gives a new world, events and what was seen.  Pure; a learner's input never raises."""

from __future__ import annotations

from typing import assert_never

from simulator import basebackup, dumps, low_level, shell, sql
from simulator import commands as c
from simulator.basebackup_output import no_server
from simulator.events import (
    Answered,
    ArchiveBroken,
    ArchiveMended,
    ArchiveSlow,
    DiskResized,
    ReceiverHeld,
    Refused,
    ServerCrashed,
    SessionClosed,
    WalWritten,
)
from simulator.frozen import replace
from simulator.settle import settle
from simulator.startup import pg_ctl
from simulator.stopping import kill
from simulator.waiting import wait
from simulator.world import PRIMARY, Outcome, World
from simulator.writing import LEAST_REST, next_trigger, write_until

NEEDS_SERVER = c.Sql | c.PgDump | c.PgDumpall | c.PsqlFile
"""Commands that connect to the primary."""


def perform(world: World, command: c.Command) -> Outcome:
    """Do the command and everything that follows from it at once."""
    if world.primary.server is None:
        if isinstance(command, c.CloseSession):
            return Outcome(world, (SessionClosed(command.session),), exit_code=None)
        if isinstance(command, NEEDS_SERVER):
            return _no_server(world, command)
    return settle(world, _act(world, command))


def _act(world: World, command: c.Command) -> Outcome:
    """The world first, then tools, then SQL: what scenarios do most is found soonest."""
    match command:
        case c.WriteWal():
            return _write(world, command)
        case c.Wait():
            return wait(world, command.seconds, command.rate)
        case c.Crash():
            return _crash(world)
        case c.SetArchive():
            return _set_archive(world, command)
        case c.ResizeDisk():
            resized = replace(world, disk_bytes=command.bytes)
            return Outcome(resized, (DiskResized(command.bytes),), exit_code=None)
        case c.HoldReceiver():
            return _hold(world, command)
        case _:
            return _tool(world, command)


def _tool(world: World, command: c.Sql | c.Tool | c.Shell) -> Outcome:
    match command:
        case c.PgBasebackup():
            return basebackup.begin(world, command)
        case c.ClientFinishes():
            return _finish(world, command)
        case c.PgCtl():
            return pg_ctl(world, command)
        case c.PgDump():
            return dumps.pg_dump(world, command)
        case c.PgDumpall():
            return dumps.pg_dumpall(world, command)
        case c.PgRestore():
            return dumps.pg_restore(world, command)
        case c.PsqlFile():
            return dumps.psql_file(world, command)
        case c.Copy():
            return shell.copy(world, command)
        case c.Remove():
            return shell.remove(world, command)
        case c.RemoveOldest():
            return shell.remove_oldest(world, command)
        case c.TouchSignal():
            return shell.touch_signal(world, command)
        case c.Configure():
            return shell.configure(world, command)
        case c.SaveLabel():
            return shell.save_label(world, command)
        case _:
            return _sql(world, command)


def _sql(world: World, command: c.Sql) -> Outcome:
    match command:
        case c.Checkpoint():
            return sql.checkpoint(world, command)
        case c.SwitchWal():
            return sql.switch_wal(world, command)
        case c.RestorePoint():
            return sql.restore_point(world, command)
        case c.BackupStart():
            return low_level.sql_start(world, command)
        case c.BackupStop():
            return low_level.sql_stop(world, command)
        case c.CloseSession():
            return _close(world, command)
        case c.AlterSystem():
            return sql.alter_system(world, command)
        case c.ReloadConf():
            return sql.reload_conf(world, command)
        case c.Show():
            return sql.show(world, command)
        case c.SlotCreate():
            return sql.slot_create(world, command)
        case c.SlotAdvance():
            return sql.slot_advance(world, command)
        case c.SlotDrop():
            return sql.slot_drop(world, command)
        case c.Query():
            return sql.query(world, command)
        case c.InsertRows():
            return sql.insert_rows(world, command)
        case c.DropTable():
            return sql.drop_table(world, command)
        case c.CreateDatabase():
            return sql.create_database(world, command)
        case c.CreateTablespace():
            return sql.create_tablespace(world, command)
        case _:
            assert_never(command)


def _no_server(world: World, command: c.Command) -> Outcome:
    tool = {
        c.PgDump: "pg_dump",
        c.PgDumpall: "pg_dumpall",
        c.CreateDatabase: "createdb",
    }.get(type(command), "psql")
    lines = no_server(world, tool)
    failed = Outcome(world, (Refused("no_server", lines[0]),), exit_code=2 if tool == "psql" else 1, stderr=lines)
    return dumps.left_behind(command, failed) if isinstance(command, c.PgDump) else failed


def _write(world: World, command: c.WriteWal) -> Outcome:
    if not world.primary.running:
        return Outcome(world, (Refused("no_server", ""),), exit_code=None)
    start = world.primary.data.wal_end
    edge, end = next_trigger(world.primary), start + command.bytes
    outcome = write_until(world, min(end, edge))
    after = outcome.world.primary
    reached = after.data.wal_end
    written = min(reached, edge)  # a checkpoint on the way has written more
    rest = c.WriteWal(end - reached) if end - reached > LEAST_REST and after.running else None
    events = (WalWritten(start, written, written - start), *outcome.events)
    return replace(outcome, events=events, exit_code=None, rest=rest)


def _crash(world: World) -> Outcome:
    if not world.primary.running:
        return Outcome(world, (Answered("crash"),), exit_code=None)
    outcome = kill(world, PRIMARY, label_stays=True)
    outcome = replace(outcome, world=outcome.world.with_primary(outcome.world.primary.with_data(pid_file=True)))
    outcome = replace(outcome, world=replace(outcome.world, socket_left=True))
    return replace(outcome, events=(*outcome.events, ServerCrashed(PRIMARY)), exit_code=None)


def _set_archive(world: World, command: c.SetArchive) -> Outcome:
    archive = replace(
        world.archive,
        works=command.works,
        fails_for=frozenset(command.fails_for),
        seconds_per_file=command.seconds_per_file,
        done_at=None,
        last_failed="" if command.works else world.archive.last_failed,
    )
    world = replace(world, archive=archive)
    if command.seconds_per_file:
        return Outcome(world, (ArchiveSlow(command.seconds_per_file),), exit_code=None)
    if command.works and not command.fails_for:
        return Outcome(world, (ArchiveMended(),), exit_code=None)
    return Outcome(world, (ArchiveBroken(", ".join(command.fails_for)),), exit_code=None)


def _hold(world: World, command: c.HoldReceiver) -> Outcome:
    client = world.client(command.client) or next((k for k in world.clients if k.phase == "copying"), None)
    if client is None:
        return Outcome(world, (Answered("hold"),), exit_code=None)
    world = world.with_client(replace(client, held=command.held))
    return Outcome(world, (ReceiverHeld(command.held),), exit_code=None)


def _finish(world: World, command: c.ClientFinishes) -> Outcome:
    client = world.client(command.client)
    if client is None:
        return Outcome(world, (), exit_code=None)
    if isinstance(client.command, c.PgBasebackup):
        return basebackup.finish(world, client)
    if isinstance(client.command, c.Copy):
        return shell.finish_copy(world, client)
    return low_level.finish_wait(world, client)


def _close(world: World, command: c.CloseSession) -> Outcome:
    outcome = low_level.abort(world, command.session)
    events = outcome.events or (SessionClosed(command.session),)
    world = replace(outcome.world, sessions=world.sessions - {command.session})
    return replace(outcome, world=world, events=events, exit_code=None)
