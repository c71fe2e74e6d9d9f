"""The SQL of a command, written anew from its parsed form: no text of a learner reaches a server as it is."""

from __future__ import annotations

from lab import NotHere
from lab.cluster import Lab
from lab.settings import real_value
from lab.words import constant, name
from simulator import commands as c
from simulator.lsn import format_lsn
from simulator.views import VIEWS

_ORDERED = {
    "pg_ls_waldir()": "name",
    "pg_replication_slots": "slot_name",
    "pg_stat_replication": "application_name, state",
}
"""Views whose rows a server gives in no order of its own; the model's are in this one."""


def literal(text: str) -> str:
    """A string constant.  A backslash means itself: no scenario turns standard_conforming_strings off."""
    return "'" + constant(text).replace("'", "''") + "'"


def _bool(value: bool) -> str:
    return "true" if value else "false"


def sql_of(lab: Lab, command: c.Sql) -> str:
    """One statement.  Raises NotHere."""
    match command:
        case c.Checkpoint():
            return "CHECKPOINT"
        case c.SwitchWal():
            return "SELECT pg_switch_wal()"
        case c.RestorePoint():
            return f"SELECT pg_create_restore_point({literal(command.name)})"
        case c.BackupStart():
            return _start(command)
        case c.BackupStop():
            return _stop(command)
        case c.AlterSystem():
            return _alter(lab, command)
        case c.ReloadConf():
            return "SELECT pg_reload_conf()"
        case c.Show():
            return f"SHOW {name(command.name)}"
        case c.SlotCreate():
            more = ", true" if command.reserve else ""
            return f"SELECT pg_create_physical_replication_slot({literal(command.name)}{more})"
        case c.SlotAdvance():
            target = "pg_current_wal_lsn()" if command.lsn is None else literal(format_lsn(command.lsn))
            return f"SELECT pg_replication_slot_advance({literal(command.name)}, {target})"
        case c.SlotDrop():
            return f"SELECT pg_drop_replication_slot({literal(command.name)})"
        case c.Query():
            return _query(command)
        case _:
            return _changes(lab, command)


def _changes(
    lab: Lab, command: c.CloseSession | c.InsertRows | c.DropTable | c.CreateDatabase | c.CreateTablespace
) -> str:
    match command:
        case c.InsertRows():
            return f"INSERT INTO {name(command.table)} SELECT generate_series(1, {command.rows})"
        case c.DropTable():
            return f"DROP TABLE {name(command.table)}"
        case c.CreateDatabase():
            return f"CREATE DATABASE {name(command.name)}"
        case c.CreateTablespace():
            place = lab.paths.new(command.location.rstrip("/"))
            lab.paths.parent_made(f"{command.location.rstrip('/')}/x", lab.runner.user)
            return f"CREATE TABLESPACE {name(command.name)} LOCATION {literal(str(place))}"
        case c.CloseSession():
            raise NotHere("statement", text="")


def _start(command: c.BackupStart) -> str:
    arguments = [literal(command.label)]
    old = name(command.function) == "pg_start_backup"
    if command.fast or (old and not command.exclusive):
        arguments.append(_bool(command.fast))
    if old and not command.exclusive:
        arguments.append("false")
    return f"SELECT {command.function}({', '.join(arguments)})"


def _stop(command: c.BackupStop) -> str:
    old = name(command.function) == "pg_stop_backup"
    arguments = ["false"] if old and not command.exclusive else []
    if not command.wait_for_archive:
        arguments = [*(arguments or (["true"] if old else [])), "false"]
    return f"SELECT {'* FROM ' if command.expanded else ''}{command.function}({', '.join(arguments)})"


def _alter(lab: Lab, command: c.AlterSystem) -> str:
    if command.value is None:
        return f"ALTER SYSTEM RESET {name(command.name)}"
    if command.name.lower() == "log_checkpoints":  # from these lines the lab knows when a checkpoint is complete
        raise NotHere("setting_ours", name=command.name)
    value = literal(real_value(lab.home, command.name, command.value))
    return f"ALTER SYSTEM SET {name(command.name)} = {value}"


def _query(command: c.Query) -> str:
    source = command.source if command.source in VIEWS else name(command.source)
    if command.columns == ("count",):
        return f"SELECT count(*) FROM {source}"
    order = f" ORDER BY {_ORDERED[source]}" if source in _ORDERED else ""
    return f"SELECT {', '.join(map(name, command.columns)) or '*'} FROM {source}{order}"
