"""Perform a command on the real server: the second `match` over the same union as the model's step."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from lab import NotHere, copy_server, disk, files
from lab.archiving import set_slow, settle_archiver
from lab.backups import Backups
from lab.clock import Clock
from lab.cluster import Lab
from lab.copying import Copies
from lab.crashes import settle_crash
from lab.deed import Deed
from lab.observe import tables
from lab.processes import Done
from lab.server import wait_for
from lab.statements import sql_of
from lab.streams import settle_streams, unhurried
from lab.words import ending, name
from lab.writer import after_commit, write_exactly
from simulator import commands as c
from simulator.sql import DDL_BYTES, ROW_BYTES
from simulator.versions import version
from simulator.views import VIEWS, view_rows
from simulator.world import PRIMARY
from simulator.writing import LEAST_REST

_REAL_ROW, _REAL_PAGES = 72, 64 << 10
"""What a row of the lab's tables costs in WAL, and pages that are written whole."""
_RESTARTPOINT = "restartpoint complete"
"""How many of them an archive recovery makes depends on its speed, and with them which files are left for later."""
LOOKS_ONLY = c.Show | c.Query
"""Commands that change nothing: what comes after one that was not performed can still be compared."""


@dataclass(slots=True)
class Performer:
    """Performs one command after the other and leaves the server quiet after each."""

    lab: Lab
    backups: Backups
    copies: Copies
    clock: Clock

    def known(self, client: str) -> bool:
        """Is this client still there?"""
        return self.copies.known(client) or self.backups.known(client)

    def under_way(self) -> list[str]:
        """Directories that a client is still writing."""
        return [held.command.directory for held in self.backups.held.values()] + self.copies.under_way()

    def perform(self, command: c.Command) -> Deed:
        """Do it, then wait for the checkpoints it asked for, then let the archiver take its turn.  Raises NotHere."""
        server = self.lab.server
        before = server.mark() if server.postmaster is not None else None
        with unhurried(server, command):
            deed = self._act(command)
        if server.log.count(_RESTARTPOINT):
            deed = replace(deed, unknown=deed.unknown | {"pg_wal", "archive_status"})
        crashed = settle_crash(server)
        if crashed:
            self.backups.server_ended()
        if server.postmaster is not None:
            settle_streams(self.lab)
            if before is not None and not crashed:
                server.settle_checkpoints(before)
            settle_archiver(server)
        return deed

    def _act(self, command: c.Command) -> Deed:
        match command:
            case c.BackupStart():
                return self.backups.start(command)
            case c.BackupStop():
                return self.backups.stop(command)
            case c.CloseSession():
                return self.backups.close(command.session)
            case c.InsertRows():
                return self._insert_rows(command)
            case c.CreateDatabase():
                return self._create_database(command)
            case c.ReloadConf():
                return self._reload(command)
            case c.Query():
                return self._query(command)
            case c.DropTable():
                return self._drop_table(command)
            case (
                c.Checkpoint() | c.SwitchWal() | c.RestorePoint() | c.AlterSystem() | c.Show() | c.SlotCreate()
                | c.SlotAdvance() | c.SlotDrop() | c.CreateTablespace()
            ):  # fmt: skip
                return self._psql(sql_of(self.lab, command))
            case _:
                return self._tool(command)

    def _tool(self, command: c.Tool | c.Shell | c.Environment) -> Deed:
        match command:
            case c.PgBasebackup():
                return self.backups.basebackup(command)
            case c.ClientFinishes():
                finishing = self.copies if self.copies.known(command.client) else self.backups
                return finishing.finish(command.client)
            case c.PgDump():
                return self._pg_dump(command)
            case c.PgDumpall():
                return self._pg_dumpall(command)
            case c.PgRestore():
                file = self.lab.dumps.check(self.lab.paths.real(command.file), command.file)
                return self._restoring("pg_restore", command.database, "-d", name(command.database), file)
            case c.PsqlFile():
                file = self.lab.dumps.check(self.lab.paths.real(command.file), command.file)
                words = ("-X", "-d", name(command.database), "-f", file)
                return self._restoring("psql", command.database, *words)
            case c.PgCtl():
                return self._pg_ctl(command)
            case c.Copy():
                return self.copies.begin(command)
            case c.Remove():
                disk.refuse_removal(self.lab, command)
                return self._remove(command)
            case c.RemoveOldest():
                return files.remove_oldest(self.lab, command)
            case c.TouchSignal():
                return files.touch_signal(self.lab, command)
            case c.Configure():
                return files.configure(self.lab, command)
            case c.SaveLabel():
                return files.save_label(self.lab, command, self.backups.label)
            case _:
                return self._environment(command)

    def _environment(self, command: c.Environment) -> Deed:
        match command:
            case c.WriteWal():
                return self._write(command)
            case c.Crash():
                self.lab.server.crash()
                self.backups.server_ended()
                return Deed()
            case c.SetArchive():
                return self._set_archive(command)
            case c.HoldReceiver():
                return self.backups.hold_receiver(command.client, held=command.held)
            case c.Wait():
                return self.clock.pass_by(command)
            case c.ResizeDisk():
                disk.resize(self.lab, command)
                return Deed()
            case _:
                assert_never(command)

    def _run(self, tool: str, *words: str | Path) -> Done:
        return self.lab.runner.run([self.lab.tool(tool), *words])

    def _psql(self, statement: str, database: str = "postgres") -> Deed:
        return Deed.of(self._run("psql", "-X", "-d", name(database), "-c", statement))

    def _query(self, command: c.Query) -> Deed:
        """Of a view the columns that the dojo has, also when `*` asks for all: others are never in the prediction."""
        world = self.clock.world
        if command.source in VIEWS and not command.columns and world.primary.running:
            command = replace(command, columns=view_rows(world, command.source)[0])
        deed = self._psql(sql_of(self.lab, command), command.database)
        if "failed_count" in command.columns and not self.lab.server.failures_known:
            return Deed(deed.exit_code, deed.stdout, deed.stderr, unknown=frozenset({"stdout"}))
        return deed

    def _write(self, command: c.WriteWal) -> Deed:
        server = self.lab.server
        if server.postmaster is None:
            return Deed()
        before = server.mark()
        if trouble := write_exactly(server, min(before.flush_lsn + command.bytes, server.next_trigger())):
            return Deed(stderr=trouble)
        if not server.settle_checkpoints(before):
            return Deed()
        left = before.flush_lsn + command.bytes - server.mark().flush_lsn
        return Deed(rest=c.WriteWal(left) if left > LEAST_REST else None)

    def _insert_rows(self, command: c.InsertRows) -> Deed:
        """A row costs what it costs in the model: the lab's tables are cheaper, and messages make up for it."""
        server = self.lab.server
        if server.postmaster is None or f"{command.database}.{command.table}" not in dict(tables(server)):
            return self._psql(sql_of(self.lab, command), command.database)
        goal = server.mark().flush_lsn + command.rows * ROW_BYTES
        deed: Deed | None = None
        fits = server.mark().flush_lsn + command.rows * _REAL_ROW + _REAL_PAGES < server.next_trigger()
        if fits and not server.small_disk:  # a client whose server dies must not have committed before
            deed = self._psql(sql_of(self.lab, command), command.database)
        while server.next_trigger() <= goal:
            before = server.mark()
            if trouble := write_exactly(server, server.next_trigger()):
                return Deed(2, stderr=trouble)
            if not server.settle_checkpoints(before):
                return _DIED
        deed = deed or self._psql(sql_of(self.lab, command), command.database)
        if deed.exit_code == 0 and write_exactly(server, after_commit(goal, server.segment_size)):
            return _DIED
        return deed

    def _restoring(self, tool: str, database: str, *words: str | Path) -> Deed:
        """pg_restore or psql -f: as with single rows, their WAL is filled up to what rows cost in the model."""
        server = self.lab.server
        if server.postmaster is None:
            return Deed.of(self._run(tool, *words))
        start, before = server.mark().flush_lsn, dict(tables(server))
        deed = Deed.of(self._run(tool, *words))
        self._read_catalogs(database)
        added = {name: rows - before.get(name, 0) for name, rows in tables(server) if rows != before.get(name)}
        goal = start + sum(added.values()) * ROW_BYTES + len(added) * DDL_BYTES
        for _ in added:
            goal = after_commit(goal, server.segment_size)
        if added and write_exactly(server, goal):
            return _DIED
        return deed

    def _drop_table(self, command: c.DropTable) -> Deed:
        def act() -> Deed:
            deed = self._psql(sql_of(self.lab, command), command.database)
            self._read_catalogs(command.database)
            return deed

        return self._filled_up(DDL_BYTES, act)

    def _read_catalogs(self, database: str) -> None:
        """With checksums the first who reads a changed catalog writes WAL (hint bits): that is here, and not later."""
        server = self.lab.server
        if server.postmaster is not None and server.one("SHOW data_checksums") == "on":
            self._run("pg_dump", "--schema-only", "-d", name(database), "-f", os.devnull)

    def _create_database(self, command: c.CreateDatabase) -> Deed:
        size = version(self.lab.installation.major).create_database_bytes
        if command.sql:
            return self._filled_up(size, lambda: self._psql(sql_of(self.lab, command)))
        return self._filled_up(size, lambda: Deed.of(self._run("createdb", name(command.name))))

    def _filled_up(self, size: int, act: Callable[[], Deed]) -> Deed:
        """How many pages of the catalogs go into the WAL is a server's own affair; the model has a round figure."""
        server = self.lab.server
        if server.postmaster is None:
            return act()
        start = server.mark().flush_lsn
        deed = act()
        if deed.exit_code == 0 and write_exactly(server, start + size):
            return _DIED
        return deed

    def _reload(self, command: c.ReloadConf) -> Deed:
        server = self.lab.server
        if server.postmaster is None:
            return self._psql(sql_of(self.lab, command))
        loaded = server.one("SELECT pg_conf_load_time()")
        deed = self._psql(sql_of(self.lab, command))
        wait_for("the reload", lambda: bool(server.one("SELECT pg_conf_load_time()") != loaded))
        return deed

    def _pg_dump(self, command: c.PgDump) -> Deed:
        words = ("-d", name(command.database), f"-F{command.format[0]}")
        return self._dumping("pg_dump", command.file, *words)

    def _pg_dumpall(self, command: c.PgDumpall) -> Deed:
        return self._dumping("pg_dumpall", command.file, *(["-g"] if command.globals_only else []))

    def _dumping(self, tool: str, path: str, *words: str) -> Deed:
        self.lab.paths.new(path)
        file = self.lab.paths.parent_made(path, self.lab.runner.user)
        done = self._run(tool, *words, "-f", file)
        self.lab.dumps.note(file)
        return Deed.of(done)

    def _set_archive(self, command: c.SetArchive) -> Deed:
        self.lab.set_archive(works=command.works, fails_for=tuple(map(ending, command.fails_for)))
        set_slow(self.lab.server, on=command.seconds_per_file > 0)
        return Deed()

    def _remove(self, command: c.Remove) -> Deed:
        """Without its directory a postmaster shuts down within a minute; here it need not be waited for."""
        server = self.lab.server
        first = server.postmaster
        deed = files.remove(self.lab, command)
        if first is not None and not server.data.exists():
            server.missed_its_directory(first)
            self.backups.server_ended()
        return deed

    # Servers

    def _pg_ctl(self, command: c.PgCtl) -> Deed:
        if command.directory != PRIMARY:
            return copy_server.pg_ctl(self.lab, command)
        server = self.lab.server
        starts = command.action == "restart" or (command.action == "start" and server.postmaster is None)
        if starts and (server.data / "standby.signal").exists():
            raise NotHere("standby_here")
        if command.action == "start":
            return Deed.of(server.start())
        if server.postmaster is None:
            options = ("-l", str(server.log.path)) if command.action == "restart" else ("-m", command.mode)
            return Deed.of(server.pg_ctl(command.action, *options))
        if command.mode == "smart" and (self.backups.sessions or self.backups.waiting):
            raise NotHere("smart_waits")
        stopped = server.stop(command.mode, gives_up=self.clock.pg_ctl_gives_up)
        self.backups.server_ended()
        if command.action == "stop" or stopped.exit_code != 0:
            return Deed.of(stopped)
        return Deed.of(stopped, server.start())


_DIED = Deed(2, unknown=frozenset({"exit_code", "stdout", "stderr", "tables"}))
"""The disk got full while the lab filled up what the command's WAL takes in the model: its client had ended well."""
