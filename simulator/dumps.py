"""Logical backups: pg_dump and pg_dumpall read a snapshot taken at their start; psql and pg_restore replay it."""

from __future__ import annotations

from simulator.basebackup_output import no_server
from simulator.commands import PgDump, PgDumpall, PgRestore, PsqlFile
from simulator.dump_output import script_output
from simulator.events import DumpRestored, DumpTaken, Refused
from simulator.frozen import replace
from simulator.records import COMMIT
from simulator.sql import DDL_BYTES, ROW_BYTES, no_database
from simulator.tool_messages import tell
from simulator.world import Commit, Dump, Outcome, World, rows_at
from simulator.writing import append_record, write_until


def pg_dump(world: World, command: PgDump) -> Outcome:
    """pg_dump of one database: tables and rows, no roles, no tablespaces."""
    if command.database not in world.databases:
        return left_behind(command, no_database(world, "pg_dump", command.database))
    if command.format == "directory" and _dumped_there(world, command.file):
        line = tell("dump_directory_exists", path=command.file)
        return Outcome(world, (Refused("dump_exists", line),), exit_code=1, stderr=(line,))
    if _is_directory(world, command.file):
        return _no_output(world, "pg_dump", command.file)
    at = world.primary.data.wal_end
    tables = tuple(
        (database, name, rows)
        for (database, name), rows in sorted(rows_at(world, at, world.primary.data.timeline).items())
        if database == command.database
    )
    dump = Dump(command.format, command.database, tables)
    event = DumpTaken(command.file, command.format, sum(rows for _, _, rows in tables), at)
    return Outcome(world.with_place(command.file, dump), (event,))


def left_behind(command: PgDump, failed: Outcome) -> Outcome:
    """An archive file or directory is made before the connection, which failed; a text file after it."""
    if command.format == "plain" or _is_directory(failed.world, command.file):
        return failed
    empty = Dump(command.format, command.database, (), empty=True)
    return replace(failed, world=failed.world.with_place(command.file, empty))


def _dumped_there(world: World, path: str) -> bool:
    """A directory that is not empty."""
    place = world.place(path)
    return place is not None and not (isinstance(place, Dump) and place.empty and place.format == "directory")


def pg_dumpall(world: World, command: PgDumpall) -> Outcome:
    """pg_dumpall: every database and the global objects, always as text."""
    if _is_directory(world, command.file):
        return _no_output(world, "pg_dumpall", command.file)
    at = world.primary.data.wal_end
    there = rows_at(world, at, world.primary.data.timeline)
    tables = tuple((database, name, rows) for (database, name), rows in sorted(there.items()))
    dump = Dump("plain", "", () if command.globals_only else tables, command.globals_only, roles=True)
    event = DumpTaken(command.file, "plain", sum(rows for _, _, rows in dump.tables), at)
    return Outcome(world.with_place(command.file, dump), (event,))


def _is_directory(world: World, path: str) -> bool:
    place = world.place(path)
    return place is not None and (not isinstance(place, Dump) or place.format == "directory")


def _no_output(world: World, tool: str, file: str) -> Outcome:
    line = f'{tool}: error: could not open output file "{file}": Is a directory'
    return Outcome(world, (Refused("dump_exists", line),), exit_code=1, stderr=(line,))


def pg_restore(world: World, command: PgRestore) -> Outcome:
    """pg_restore -d: custom, directory and tar archives only; it looks at the file before it connects."""
    dump = world.place(command.file)
    if not isinstance(dump, Dump):
        line = tell("restore_no_file", path=command.file)
        return Outcome(world, (Refused("dump_missing", line),), exit_code=1, stderr=(line,))
    if dump.empty:
        line = tell(f"restore_empty_{dump.format}", path=command.file)
        return Outcome(world, (Refused("dump_missing", line),), exit_code=1, stderr=(line,))
    if dump.format == "plain":
        line = tell("restore_text_dump")
        return Outcome(world, (Refused("text_dump", line),), exit_code=1, stderr=(line,))
    if not world.primary.running:
        lines = no_server(world, "pg_restore")
        return Outcome(world, (Refused("no_server", lines[0]),), exit_code=1, stderr=lines)
    if command.database not in world.databases:
        return no_database(world, "pg_restore", command.database)
    return _replay(world, dump, command.file, command.database)


def psql_file(world: World, command: PsqlFile) -> Outcome:
    """Psql -f: text dumps only; it connects before it looks for the file."""
    if command.database not in world.databases:
        return no_database(world, "psql", command.database)
    dump = world.place(command.file)
    if not isinstance(dump, Dump):
        line = tell("psql_no_file", path=command.file)
        return Outcome(world, (Refused("dump_missing", line),), exit_code=1, stderr=(line,))
    if dump.format == "custom":
        lines = (
            "The input is a PostgreSQL custom-format dump.",
            "Use the pg_restore command-line client to restore this dump to a database.",
        )
        return Outcome(world, (Refused("custom_dump", lines[0]),), exit_code=1, stdout=lines)
    if dump.format != "plain":
        line = tell("psql_directory", path=command.file)
        return Outcome(world, (Refused("custom_dump", line),), exit_code=1, stderr=(line,))
    return _replay(world, dump, command.file, command.database if dump.database else "")


def _replay(world: World, dump: Dump, file: str, database: str) -> Outcome:
    """Run the dump's SQL: `database` '' puts every table into its own database (pg_dumpall).

    A table that is there already is not made again, but its rows are added all the same: no script stops by itself.
    """
    targets = [(database or own, name, rows) for own, name, rows in dump.tables]
    present = rows_at(world, world.primary.data.wal_end, world.primary.data.timeline)
    clashes = [(own, name) for own, name, _ in targets if (own, name) in present]
    total = sum(rows for _, _, rows in targets)
    changed = [target for target in targets if target[2] or target[:2] not in present]
    volume = total * ROW_BYTES + len(changed) * DDL_BYTES
    outcome = write_until(world, world.primary.data.wal_end + volume)
    for own, name, rows in changed:
        if not outcome.world.primary.running:
            break
        done, end = append_record(outcome.world, COMMIT)
        commit = Commit(end, done.world.primary.data.timeline, own, name, rows)
        added = replace(done, world=replace(done.world, commits=(*done.world.commits, commit)))
        outcome = outcome.and_then(added)
    databases = outcome.world.databases | {own for own, _, _ in targets}
    event = DumpRestored(file, database or "*", total)
    there = sorted(outcome.world.databases & {own for own, _, _ in targets}) if dump.roles else []
    lines = _already_there(f"psql:{file}:<LINE>: ", dump, there, clashes)
    if dump.format != "plain":
        lines = _not_restored([name for _, name in clashes])
    code = 1 if clashes and dump.format != "plain" else 0
    said: tuple[str, ...] = ()
    if dump.format == "plain":
        said = script_output(dump, world.primary.data.facts.major, outcome.world.databases, clashes, database)
    world = replace(outcome.world, databases=databases)
    return replace(outcome, world=world, events=(*outcome.events, event), stdout=said, stderr=lines, exit_code=code)


def _not_restored(tables: list[str]) -> tuple[str, ...]:
    """pg_restore shows the command that failed and goes on; the dojo's tables have one column."""
    found: list[str] = []
    for name in tables:
        found += [
            f'pg_restore: error: could not execute query: ERROR:  relation "{name}" already exists',
            f"Command was: CREATE TABLE public.{name} (",
            "    id integer",
            ");",
            "",
            "",
        ]
    return (*found, f"pg_restore: warning: errors ignored on restore: {len(tables)}") if found else ()


def _already_there(prefix: str, dump: Dump, databases: list[str], tables: list[tuple[str, str]]) -> tuple[str, ...]:
    """What cannot be made again, in the order of the script: roles, then a database with its tables, then the next."""
    names = ['role "postgres"'] if dump.roles else []
    for own in sorted({*databases, *(own for own, _ in tables)}):
        names += [f'database "{own}"'] if own in databases else []
        names += [f'relation "{name}"' for its, name in tables if its == own]
    return tuple(f"{prefix}ERROR:  {name} already exists" for name in names)
