"""Backups under way: held base backups, sessions with a low-level backup, clients that wait for the archive."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lab import NotHere, ToolFailed
from lab.archiving import archive_stuck, settle_archiver
from lab.clients import HeldBackup, Session
from lab.cluster import Lab
from lab.deed import Deed
from lab.server import PATIENCE, Mark, wait_for
from lab.statements import sql_of
from lab.streams import wait_until_sent
from simulator.commands import BackupStart, BackupStop, PgBasebackup
from simulator.lsn import is_segment_name

_LABEL_LINES = (
    "START WAL LOCATION", "CHECKPOINT LOCATION", "BACKUP METHOD", "BACKUP FROM", "START TIME", "LABEL",
    "START TIMELINE",
)  # fmt: skip
_LABEL = re.compile(rf"((?:{'|'.join(_LABEL_LINES)}): .*?)\s*\+?\s*(?:\||$)")
_TOO_MUCH = """SELECT coalesce(bool_or(to_jsonb(s) ->> 'wal_status' IN ('unreserved', 'lost')), false)
               FROM pg_replication_slots s WHERE active"""


@dataclass(slots=True)
class Backups:
    """Every client that has begun and not ended."""

    lab: Lab
    held: dict[str, HeldBackup] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    waiting: dict[str, Session] = field(default_factory=dict)
    label: str = ""
    """The label file that the last stop function returned."""

    def basebackup(self, command: PgBasebackup) -> Deed:
        """Start pg_basebackup and hold it, or give its failure back."""
        lender = self.lab.installation.borrowed
        if command.write_recovery_conf and lender:
            raise NotHere("borrowed_conninfo", major=lender)
        backup = HeldBackup.begin(self.lab, command)
        if backup.ended:
            return Deed(backup.process.returncode, *backup.output())
        self.held[command.client] = backup
        return Deed()

    def known(self, client: str) -> bool:
        """Is this client still there?"""
        return client in self.held or client in self.waiting

    def finish(self, client: str) -> Deed:
        """A client goes on to its end, or until it waits for an archive that is stuck."""
        if client in self.waiting:
            return self._finish_wait(client)
        backup = self.held[client]
        before = self.lab.server.mark() if self.lab.server.postmaster is not None else None
        if backup.cut_off:
            backup.miss_server()
        elif before is not None and not backup.waits_for_archive:
            try:
                self._end_before_checkpoint(backup, before)
            finally:  # a server that ends with the backup is told elsewhere
                self.lab.server.go_on("checkpointer")
        backup.go_on()
        self._serve_archive(before, lambda: backup.ended, lambda: backup.waits_for_archive)
        if not backup.ended:
            return Deed(None, *backup.output())
        del self.held[client]
        self._leave_last_unmarked(backup)
        return Deed(backup.process.returncode, *backup.output())

    def _end_before_checkpoint(self, backup: HeldBackup, before: Mark) -> None:
        """The end of a backup switches, which may ask for a checkpoint.  What else happens then is no race here:

        -Xf has sent its WAL before a file is removed, and the slot of a receiver, which goes a few milliseconds
        later, still holds WAL back; unless it holds more than it may, when the receiver would be ended.
        """
        server, command = self.lab.server, backup.command
        backup.hold_receiver(held=False)  # it takes what was written meanwhile before the end is written
        wait_until_sent(server.hand())
        trigger = server.next_trigger()
        asks = before.flush_lsn < trigger <= (before.flush_lsn // server.segment_size + 1) * server.segment_size
        slotted = asks and command.wal_method == "stream" and not command.no_slot
        server.hold("checkpointer")
        backup.hold_receiver(held=slotted)
        backup.go_on(receiver=False)
        wait_for("the end of a backup", lambda: backup.ended or self._moved(before))
        if server.postmaster is None or server.log.count("PANIC:"):
            return
        if slotted and not server.one(_TOO_MUCH):
            server.go_on("checkpointer")
            server.settle_checkpoints(before)
            backup.hold_receiver(held=False)
            return
        backup.hold_receiver(held=False)
        if command.wal_method != "none":
            wait_for("a backup and its WAL", lambda: backup.ended, seconds=60)
        wait_until_sent(server.hand())
        server.go_on("checkpointer")

    def _leave_last_unmarked(self, backup: HeldBackup) -> None:
        """A receiver leaves its last segment at the backup's end and does not mark it .done.

        With segments of 1 MB it may be through with it before it hears of the end: here it never is, as with 16 MB.
        """
        command = backup.command
        if command.wal_method != "stream" or backup.process.returncode != 0:
            return
        folder = self.lab.paths.real(command.directory) / "pg_wal"
        names = sorted(entry.name for entry in folder.glob("?" * 24) if is_segment_name(entry.name))
        for name in names[-1:]:
            (folder / "archive_status" / f"{name}.done").unlink(missing_ok=True)

    def _moved(self, before: Mark) -> bool:
        """Was WAL written since, or is there no server to ask any more?"""
        import psycopg

        try:
            return self.lab.server.mark().flush_lsn != before.flush_lsn
        except psycopg.Error:
            return True

    def hold_receiver(self, client: str, *, held: bool) -> Deed:
        """The WAL receiver of a running pg_basebackup is stopped or goes on; no name: the first one's."""
        found = self.held.get(client) or next(iter(self.held.values()), None)
        if found is not None:
            found.hold_receiver(held=held)
        return Deed()

    def start(self, command: BackupStart) -> Deed:
        """The start function, in a session that stays when it has a name."""
        if self.lab.server.postmaster is None:
            return self._no_server(command)
        statement = sql_of(self.lab, command)
        session = self._session(command.session)
        session.send(statement)
        self._serve_archive(None, lambda: session.answered, lambda: False)
        return self._answer(command.session, session)

    def stop(self, command: BackupStop) -> Deed:
        """The stop function; it may go on waiting for the archive."""
        if self.lab.server.postmaster is None:
            return self._no_server(command)
        statement = sql_of(self.lab, command)
        session, before = self._session(command.session), self.lab.server.mark()
        session.send(statement)
        self._serve_archive(before, lambda: session.answered, lambda: session.waits_for_archive)
        if not session.answered:
            self.waiting[command.client or command.session or "psql"] = session
            return Deed(None, *session.take()[1:])
        deed = self._answer(command.session, session)
        self._keep_label(deed)
        return deed

    def _no_server(self, command: BackupStart | BackupStop) -> Deed:
        """A psql that cannot connect is no session."""
        return Deed.of(self.lab.runner.run([self.lab.tool("psql"), "-X", "-c", sql_of(self.lab, command)]))

    def _finish_wait(self, client: str) -> Deed:
        session = self.waiting[client]
        self._serve_archive(None, lambda: session.answered, self._stuck)
        if not session.answered:
            return Deed()
        del self.waiting[client]
        name = next((name for name, kept in self.sessions.items() if kept is session), "")
        deed = self._answer(name, session)
        self._keep_label(deed)
        return deed

    def close(self, session: str) -> Deed:
        """A session ends."""
        found = self.sessions.pop(session, None)
        if found is not None:
            found.close()
        return Deed()

    def server_ended(self) -> None:
        """The server is down: sessions are of no use any more; base backups find out when they go on."""
        for backup in self.held.values():
            backup.cut_off = True
        for session in (*self.sessions.values(), *self.waiting.values()):
            session.close()
        self.sessions.clear()
        self.waiting.clear()

    def end(self) -> None:
        """Nothing of this stays behind."""
        for backup in self.held.values():
            backup.kill()
        self.server_ended()

    def _session(self, name: str) -> Session:
        if name in self.sessions:
            return self.sessions[name]
        session = Session.open(self.lab)
        if name:
            self.sessions[name] = session
        return session

    def _answer(self, name: str, session: Session) -> Deed:
        deed = Deed(*session.take())
        if not name:
            session.close()
        return deed

    def _keep_label(self, deed: Deed) -> None:
        lines = [match[1] for line in deed.stdout.splitlines() for match in _LABEL.finditer(line)]
        if deed.exit_code == 0 and lines:
            self.label = "".join(f"{line}\n" for line in lines)

    def _stuck(self) -> bool:
        waiting = self.lab.server.waiting_files()
        return bool(waiting) and archive_stuck(self.lab.server, waiting[0])

    def _serve_archive(self, before: Mark | None, done: Callable[[], bool], waits: Callable[[], bool]) -> None:
        """Wait for a client.  When it has finished a backup's WAL, checkpoints come first, then the archiver's turn."""
        end = time.monotonic() + PATIENCE
        served = 0.0
        while not done() and not (waits() and self._stuck()):
            if time.monotonic() > end:
                raise ToolFailed(f"a client does not end: {self.lab.server.log.tail()}")
            history = [name for name in self.lab.server.waiting_files() if name.endswith(".backup")]
            if history and time.monotonic() - served > 0.5:
                if before is not None:
                    self.lab.server.settle_checkpoints(before)
                settle_archiver(self.lab.server)
                served = time.monotonic()
            time.sleep(0.01)
