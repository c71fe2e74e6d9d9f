"""A real server whose whole life is recorded: its directory, its process, its log, the WAL that it wrote."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg

from simulator.lsn import parse_lsn
from tests.recorders.record_recovery_logs import COMPLETE, STARTING
from tests.recorders.record_recovery_wal import WalReader, collapsed, control_file

Json = dict[str, Any]
FILES = ("backup_label", "backup_label.old", "recovery.signal", "standby.signal", "postmaster.pid")
PORT = 5432  # only names the socket file: no server here listens on TCP
PATIENCE = 40.0


def environment() -> dict[str, str]:
    """What a server and its tools see: nothing of the caller's PG variables."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def children_of(pid: int) -> list[int]:
    """The processes that a postmaster started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class RealServer:
    """One data directory of the recording."""

    def __init__(self, name: str, bins: Path, home: Path, user: str | None, size: int) -> None:
        self.name, self.bins, self.user, self.size = name, bins, user, size
        self.data, self.socket, self.log = home / name / "data", home / name / "s", home / name / "log"
        (home / name).mkdir(exist_ok=True)
        self.socket.mkdir(exist_ok=True)
        self.own(home / name)
        self.own(self.socket)
        self.process: subprocess.Popen[bytes] | None = None
        self.read_to = 0
        self.written_to = self.last_end = self.last_record = 0
        self.aside = home / name / "aside"
        self.auto_conf: Mapping[str, str] = {}
        self.main: psycopg.Connection[Any] | None = None
        self.second: psycopg.Connection[Any] | None = None

    def own(self, path: Path) -> None:
        if self.user:
            shutil.chown(path, self.user, pwd.getpwnam(self.user).pw_gid)

    def put(self, name: str, text: str) -> None:
        (self.data / name).write_text(text)
        self.own(self.data / name)

    # --- the process

    def launch(self) -> None:
        """Start the postmaster; what comes of it is for the caller to see."""
        self.read_to = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.bins / "postgres"), "-D", str(self.data), "-k", str(self.socket)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                cwd=self.data.parent,
                env=environment(),
                start_new_session=True,
            )

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.socket), port=PORT, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5
        )

    def sql(self, text: str, *args: object) -> list[tuple[Any, ...]]:
        """Ask in the main session, which is opened where there is none."""
        if self.main is None or self.main.closed:
            self.main = self.connect()
        cursor = self.main.execute(text, args or None)
        return cursor.fetchall() if cursor.description else []

    def alone(self) -> None:
        """Close all sessions."""
        for session in (self.main, self.second):
            if session is not None:
                with contextlib.suppress(psycopg.Error):
                    session.close()
        self.main = self.second = None

    def end(self, how: signal.Signals) -> None:
        """SIGINT: fast, SIGQUIT: immediate."""
        assert self.process is not None
        self.mark()
        self.alone()
        self.background_writer(signal.SIGCONT)
        self.process.send_signal(how)
        self.process.wait(PATIENCE)

    def power_loss(self) -> None:
        """SIGKILL to the postmaster and everything it started, which cannot react to one another."""
        assert self.process is not None
        pids = [self.process.pid]
        os.kill(self.process.pid, signal.SIGSTOP)
        pids += children_of(self.process.pid)
        for pid in pids[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.alone()
        until = time.time() + 5
        while time.time() < until and any(alive(pid) for pid in pids[1:]):
            time.sleep(0.02)

    def background_writer(self, how: signal.Signals) -> None:
        """Stop it, or let it go on: every 15 seconds it notes the running transactions, in whose event nobody knows."""
        assert self.process is not None
        for pid in children_of(self.process.pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if b"background writer" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, how)

    def give_up(self) -> None:
        """Whatever happened: no process stays."""
        if self.running():
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                self.power_loss()

    # --- what it shows

    def said(self) -> str:
        with self.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(self.read_to)
            return file.read()

    def mark(self) -> None:
        """Before an event: the log is read from here, and WAL files that it may remove stay readable."""
        shutil.rmtree(self.aside, ignore_errors=True)
        self.aside.mkdir()
        for path in (self.data / "pg_wal").glob("0*"):
            with contextlib.suppress(FileNotFoundError):
                os.link(path, self.aside / path.name)
        self.read_to = self.log.stat().st_size if self.log.exists() else 0

    def checkpointing(self) -> bool:
        text = self.said()
        return len(STARTING.findall(text)) > len(COMPLETE.findall(text))

    def in_recovery(self) -> bool:
        return bool(self.sql("select pg_is_in_recovery()")[0][0])

    def listing(self) -> list[str]:
        hidden = {"archive_status", "summaries", "RECOVERYXLOG"}
        return sorted(path.name for path in (self.data / "pg_wal").iterdir() if path.name not in hidden)

    def files_and_log(self) -> object:
        return self.listing(), self.status(), self.said()

    def status(self) -> list[str]:
        return sorted(path.name for path in (self.data / "pg_wal/archive_status").iterdir())

    def timeline(self) -> int:
        """The one that a primary writes on."""
        return int(self.sql("select pg_walfile_name(pg_current_wal_lsn())")[0][0][:8], 16)

    def flushed(self) -> int:
        return parse_lsn(self.sql("select pg_current_wal_flush_lsn()::text")[0][0])

    def rows(self) -> dict[str, int]:
        names = [
            row[0]
            for row in self.sql(
                "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
            )
        ]
        return {name: self.sql(f"select count(*) from {name}")[0][0] for name in names}

    def control(self) -> Json:
        return control_file(self.data)

    def files(self) -> list[str]:
        return [name for name in FILES if (self.data / name).exists()]

    def histories(self) -> dict[str, str]:
        return {name: (self.data / "pg_wal" / name).read_text() for name in self.listing() if name.endswith(".history")}

    def wal(self, timeline: int, until: int | None = None) -> list[Json]:
        """What it wrote since the last time, up to `until` or to the end of what is in its files."""
        reader = WalReader(self.data / "pg_wal", timeline, self.size, self.aside)
        before = self.last_record if self.last_end == self.written_to else None
        found = list(reader.records(self.written_to, until, before))
        if found:
            last = found[-1]
            self.last_record = last.start
            self.written_to = last.end
            if last.row["r"] == "switch":
                self.written_to += -last.end % self.size
            self.last_end = self.written_to
        return collapsed(found, self.size)

    def go_on_behind_its_checkpoint(self) -> None:
        """It writes from where the record ends that pg_control names."""
        control = self.control()
        reader = WalReader(self.data / "pg_wal", control["timeline"], self.size)
        found = reader.record_at(parse_lsn(control["checkpoint"]))
        assert found is not None
        self.written_to = self.last_end = found.end
        self.last_record = found.start


def alive(pid: int) -> bool:
    """Is it there and not only waiting to be collected?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def steady(look: Callable[[], object], seconds: float, limit: float = PATIENCE) -> None:
    """Wait until what `look` sees has stayed the same for so long."""
    until, since, before = time.time() + limit, time.time(), look()
    while time.time() - since < seconds and time.time() < until:
        time.sleep(0.04)
        now = look()
        if now != before:
            since, before = time.time(), now
