"""What SQL statements do on the primary; backups' statements stand in low_level.py."""

from __future__ import annotations

import re

from simulator import slots
from simulator.basebackup_output import connection_failed
from simulator.cluster import Tablespace, WalLimits
from simulator.commands import (
    AlterSystem,
    Checkpoint,
    CreateDatabase,
    CreateTablespace,
    DropTable,
    InsertRows,
    Query,
    ReloadConf,
    RestorePoint,
    Show,
    SlotAdvance,
    SlotCreate,
    SlotDrop,
    SwitchWal,
)
from simulator.events import (
    Answered,
    DatabaseCreated,
    NothingToSwitch,
    Refused,
    RestorePointMade,
    RowsChanged,
    SettingsReloaded,
    SettingWritten,
    SlotAdvanced,
    SlotCreated,
    SlotDropped,
    TablespaceCreated,
)
from simulator.frozen import replace
from simulator.low_level import refused
from simulator.lsn import KB, format_lsn
from simulator.messages import error_lines, message
from simulator.psql import table
from simulator.records import COMMIT, RESTORE_POINT
from simulator.settings import UnmodelledParameter, parameter
from simulator.settings_values import InvalidValue
from simulator.views import VIEWS, view_rows
from simulator.world import Commit, Outcome, World, rows_at
from simulator.writing import append_record, run_checkpoint, switch_segment, write_until

ROW_BYTES = 120
"""WAL of one inserted row, about: heap tuple and index entry."""
DDL_BYTES = 64 * KB
"""WAL of CREATE or DROP TABLE, at most: pages of catalogs, whole at their first change since a checkpoint."""


def checkpoint(world: World, command: Checkpoint) -> Outcome:
    """CHECKPOINT."""
    outcome = run_checkpoint(world, "immediate force wait")
    return replace(outcome, stdout=("CHECKPOINT",)) if outcome.exit_code == 0 else outcome


def switch_wal(world: World, command: SwitchWal) -> Outcome:
    """SELECT pg_switch_wal()."""
    outcome, result = switch_segment(world)
    if outcome.exit_code != 0:
        return outcome
    events = outcome.events or (NothingToSwitch(result),)
    return replace(outcome, events=events, stdout=table(("pg_switch_wal",), ((format_lsn(result),),)))


def restore_point(world: World, command: RestorePoint) -> Outcome:
    """SELECT pg_create_restore_point(name)."""
    outcome, end = append_record(world, RESTORE_POINT)
    events = (*outcome.events, RestorePointMade(command.name, end))
    return replace(outcome, events=events, stdout=table(("pg_create_restore_point",), ((format_lsn(end),),)))


def alter_system(world: World, command: AlterSystem) -> Outcome:
    """ALTER SYSTEM SET or RESET: checked at once, in force after a reload or a restart."""
    data = world.primary.data
    try:
        settings = data.settings.alter_system(command.name, command.value)
    except InvalidValue as error:
        lines = [f"ERROR:  {error.message}"]
        lines += [f"DETAIL:  {error.detail}"] if error.detail else []
        lines += [f"HINT:  {error.hint}"] if error.hint else []
        return Outcome(world, (Refused("invalid_setting", lines[0]),), exit_code=1, stderr=tuple(lines))
    except UnmodelledParameter as error:
        return Outcome(world, (Refused("unmodelled_setting", str(error)),), exit_code=1, stderr=(f"dojo: {error}",))
    everything = command.name.lower() == "all"
    context = "sighup" if everything else parameter(data.facts.major, command.name).context
    event = SettingWritten(command.name, command.value if command.value is not None else "DEFAULT", context)
    world = world.with_primary(world.primary.with_data(settings=settings))
    return Outcome(world, (event,), stdout=("ALTER SYSTEM",))


def reload_conf(world: World, command: ReloadConf) -> Outcome:
    """SELECT pg_reload_conf()."""
    cluster = world.primary
    data = cluster.data
    settings, log = data.settings.reload()
    before = data.settings.values
    changed = [name for name, value in settings.values.items() if value != before[name]]
    limits = WalLimits.of(settings, data.facts, data.segment_size)
    cluster = cluster.with_data(settings=settings).with_server(limits=limits)
    event = SettingsReloaded(", ".join(changed) or "-", ", ".join(sorted(settings.pending_restart)) or "-")
    return Outcome(world.with_primary(cluster), (event,), stdout=table(("pg_reload_conf",), (("t",),)), log=tuple(log))


def show(world: World, command: Show) -> Outcome:
    """SHOW name."""
    data = world.primary.data
    try:
        value = data.settings.show(command.name)
    except InvalidValue as error:
        line = f"ERROR:  {error.message}"
        return Outcome(world, (Refused("unknown_setting", error.message),), exit_code=1, stderr=(line,))
    except UnmodelledParameter as error:
        return Outcome(world, (Refused("unmodelled_setting", str(error)),), exit_code=1, stderr=(f"dojo: {error}",))
    return Outcome(world, (Answered(f"SHOW {command.name}"),), stdout=table((command.name,), ((value,),)))


def slot_create(world: World, command: SlotCreate) -> Outcome:
    """SELECT pg_create_physical_replication_slot(name, immediately_reserve)."""
    cluster = world.primary
    if (none := _no_slots(world)) is not None:
        return none
    if _BAD_NAME.search(command.name):
        return refused(world, "slot_name", {"slot": command.name})
    if cluster.data.slot(command.name) is not None:
        return refused(world, "slot_exists", {"slot": command.name})
    if len(cluster.data.slots) >= int(cluster.data.settings.value("max_replication_slots")):
        return refused(world, "slots_in_use")
    cluster = slots.create(cluster, command.name, reserve=command.reserve)
    position = cluster.data.control.redo_lsn if command.reserve else 0
    shown = f"({command.name},{format_lsn(position) if command.reserve else ''})"
    event = SlotCreated(command.name, command.reserve, position)
    return Outcome(
        world.with_primary(cluster),
        (event,),
        stdout=table(("pg_create_physical_replication_slot",), ((shown,),)),
    )


_BAD_NAME = re.compile(r"[^a-z0-9_]")


def _no_slots(world: World) -> Outcome | None:
    """CheckSlotRequirements: the refusal where there can be no slots, None where there can."""
    settings = world.primary.data.settings
    if int(settings.value("max_replication_slots")) == 0:
        return refused(world, "no_slots_at_all")
    return refused(world, "slots_under_minimal") if settings.value("wal_level") == "minimal" else None


def slot_advance(world: World, command: SlotAdvance) -> Outcome:
    """SELECT pg_replication_slot_advance(name, lsn)."""
    cluster = world.primary
    data = cluster.data
    slot = data.slot(command.name)
    if slot is None:
        return refused(world, "slot_missing", {"slot": command.name})
    target = data.wal_end if command.lsn is None else command.lsn
    code = slots.why_not_advance(data, slot, target)
    if code is not None:
        return refused(world, code, dict(slots.message_facts(slot, data, target)))
    cluster = slots.advance(cluster, slot, target)
    end = min(target, data.wal_end)
    shown = table(("pg_replication_slot_advance",), ((f"({command.name},{format_lsn(end)})",),))
    return Outcome(world.with_primary(cluster), (SlotAdvanced(command.name, end),), stdout=shown)


def slot_drop(world: World, command: SlotDrop) -> Outcome:
    """SELECT pg_drop_replication_slot(name)."""
    if (none := _no_slots(world)) is not None:
        return none
    slot = world.primary.data.slot(command.name)
    if slot is None:
        return refused(world, "slot_missing", {"slot": command.name})
    if slot.active:
        return refused(world, "slot_active", {"slot": command.name, "pid": "<PID>"})
    world = world.with_primary(slots.drop(world.primary, command.name))
    return Outcome(world, (SlotDropped(command.name),), stdout=table(("pg_drop_replication_slot",), (("",),)))


def insert_rows(world: World, command: InsertRows) -> Outcome:
    """INSERT … SELECT generate_series: rows, their WAL and a commit record."""
    if command.database not in world.databases:
        return no_database(world, "psql", command.database)
    data = world.primary.data
    if (command.database, command.table) not in rows_at(world, data.wal_end, data.timeline):
        return refused(world, "no_relation", {"relation": command.table})
    volume = write_until(world, world.primary.data.wal_end + command.rows * ROW_BYTES)
    if not volume.world.primary.running:
        return volume
    outcome, end = append_record(volume.world, COMMIT)
    outcome = volume.and_then(outcome)
    timeline = outcome.world.primary.data.timeline
    commit = Commit(end, timeline, command.database, command.table, command.rows)
    world = replace(outcome.world, commits=(*outcome.world.commits, commit))
    event = RowsChanged(command.database, command.table, command.rows, end)
    return replace(outcome, world=world, events=(*outcome.events, event), stdout=(f"INSERT 0 {command.rows}",))


def drop_table(world: World, command: DropTable) -> Outcome:
    """DROP TABLE."""
    if command.database not in world.databases:
        return no_database(world, "psql", command.database)
    key = (command.database, command.table)
    if key not in rows_at(world, world.primary.data.wal_end, world.primary.data.timeline):
        return refused(world, "no_table", {"table": command.table})
    volume = write_until(world, world.primary.data.wal_end + DDL_BYTES)
    outcome, end = append_record(volume.world, COMMIT)
    outcome = volume.and_then(outcome)
    commit = Commit(end, outcome.world.primary.data.timeline, *key, None)
    world = replace(outcome.world, commits=(*outcome.world.commits, commit))
    event = RowsChanged(command.database, command.table, 0, end)
    return replace(outcome, world=world, events=(*outcome.events, event), stdout=("DROP TABLE",))


def no_database(world: World, tool: str, name: str) -> Outcome:
    """A client asked for a database that is not there; psql ends with 2, other tools with 1."""
    facts = world.primary.data.facts
    lines = connection_failed(facts, message("no_database", facts.major, {"database": name}), tool)
    return Outcome(world, (Refused("no_database", lines[0]),), exit_code=2 if tool == "psql" else 1, stderr=lines)


def create_database(world: World, command: CreateDatabase) -> Outcome:
    """CREATE DATABASE, or createdb."""
    if command.name in world.databases:
        major = world.primary.data.facts.major
        lines = error_lines("database_exists", major, {"database": command.name})
        if not command.sql:
            lines = (f"createdb: error: database creation failed: {lines[0]}",)
        return Outcome(world, (Refused("database_exists", lines[0]),), exit_code=1, stderr=lines)
    facts = world.primary.data.facts
    outcome = write_until(world, world.primary.data.wal_end + facts.create_database_bytes)
    if facts.create_database_checkpoints:
        outcome = write_until(world, world.primary.data.wal_end + DDL_BYTES // 2)
        for cause in ("immediate force wait flush-all", "immediate force wait"):
            if outcome.world.primary.running:
                outcome = outcome.and_then(run_checkpoint(outcome.world, cause))
    world = replace(outcome.world, databases=outcome.world.databases | {command.name})
    events = (*outcome.events, DatabaseCreated(command.name))
    return replace(outcome, world=world, events=events, stdout=("CREATE DATABASE",) if command.sql else ())


def create_tablespace(world: World, command: CreateTablespace) -> Outcome:
    """CREATE TABLESPACE name LOCATION 'dir'."""
    data = world.primary.data
    if any(space.name == command.name for space in data.tablespaces):
        return refused(world, "tablespace_exists", {"tablespace": command.name})
    outcome, _ = append_record(world, COMMIT)
    cluster = outcome.world.primary
    spaces = (*cluster.data.tablespaces, Tablespace(world.next_oid, command.name, command.location))
    world = replace(outcome.world.with_primary(cluster.with_data(tablespaces=spaces)), next_oid=world.next_oid + 1)
    events = (*outcome.events, TablespaceCreated(command.name, command.location))
    return replace(outcome, world=world, events=events, stdout=("CREATE TABLESPACE",))


def query(world: World, command: Query) -> Outcome:
    """SELECT columns FROM a view, or count(*) FROM a table."""
    if command.database not in world.databases:
        return no_database(world, "psql", command.database)
    event = Answered(f"SELECT FROM {command.source}")
    if command.columns == ("count",):
        rows = rows_at(world, world.primary.data.wal_end, world.primary.data.timeline)
        found = rows.get((command.database, command.source))
        if found is None:
            return refused(world, "no_relation", {"relation": command.source})
        return Outcome(world, (event,), stdout=table(("count",), ((str(found),),), right=(0,)))
    if command.source not in VIEWS:
        return refused(world, "no_relation", {"relation": command.source})
    columns, rows_shown, numbers = view_rows(world, command.source)
    wanted = command.columns or columns
    unknown = [name for name in wanted if name not in columns]
    if unknown:
        return refused(world, "no_column", {"column": unknown[0]})
    at = [columns.index(name) for name in wanted]
    shown = [[row[index] for index in at] for row in rows_shown]
    right = [place for place, name in enumerate(wanted) if name in numbers]
    return Outcome(world, (event,), stdout=table(wanted, shown, right=right))
