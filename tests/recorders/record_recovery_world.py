"""The servers, backups and the archive of one recording: how an event is performed, waited for, and observed."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from simulator.lsn import parse_lsn, timeline_history_name
from tests.recorders.record_recovery_logs import STARTING, masked, sorted_out
from tests.recorders.record_recovery_server import PATIENCE, RealServer, environment, steady
from tests.recorders.record_recovery_wal import Json

EPOCH = 946684800  # 2000-01-01 in seconds of Unix
SEGMENT = 1 << 20
SHOWN = (
    "archive_mode checkpoint_completion_target checkpoint_timeout data_checksums full_page_writes hot_standby "
    "max_replication_slots max_slot_wal_keep_size max_wal_size min_wal_size recovery_prefetch summarize_wal "
    "wal_keep_size wal_keep_segments wal_level wal_recycle wal_retrieve_retry_interval"
).split()
# An archiver that is never quicker than a checkpoint: which of them wins is no rule.
ARCHIVE_COMMAND = "sleep 0.25; test ! -f $ARCHIVE/%f && cp %p $ARCHIVE/%f"


class RecordedWorld:
    """What is on the machine while one recording is made."""

    def __init__(self, bins: Path, clients: Path, home: Path, user: str | None, *, checksums: bool = False) -> None:
        self.bins, self.clients, self.home, self.user = bins, clients, home, user
        self.archive, self.backups, self.aside = home / "archive", home / "backups", home / "aside"
        self.servers: dict[str, RealServer] = {}
        self.events: list[Json] = []
        self.zero = int((time.time() - EPOCH) * 1_000_000)
        primary = self.server("primary")
        for folder in (self.archive, self.backups, self.aside):
            folder.mkdir()
            primary.own(folder)
        options = ["-U", "postgres", "-A", "trust", "-N", "--no-locale", "-E", "UTF8", "--wal-segsize=1"]
        version = self.run([self.bins / "postgres", "--version"]).stdout
        self.version = version.split()[2]
        self.major = int(self.version.split(".")[0])
        if checksums:
            options.append("-k")
        elif self.major >= 18:
            options.append("--no-data-checksums")
        done = self.run([self.bins / "initdb", "-D", primary.data, *options])
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def server(self, name: str) -> RealServer:
        self.servers[name] = RealServer(name, self.bins, self.home, self.user, SEGMENT)
        return self.servers[name]

    def run(self, command: list[object]) -> subprocess.CompletedProcess[str]:
        """One tool as the server's user."""
        return subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            user=self.user,
            cwd=self.home,
            env=environment(),
            check=False,
            timeout=PATIENCE,
        )

    def conf(self, more: dict[str, str]) -> str:
        """postgresql.conf, which every copy shares."""
        keep = {"wal_keep_segments": "0"} if self.major == 12 else {"wal_keep_size": "0"}
        lines = {
            "listen_addresses": "",
            "log_line_prefix": "",
            "log_timezone": "UTC",
            "timezone": "UTC",
            "lc_messages": "C",
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_connections": "20",
            "autovacuum": "off",
            "bgwriter_lru_maxpages": "0",
            "log_checkpoints": "on",
            "wal_level": "replica",
            "archive_mode": "on",
            "archive_command": self.real(ARCHIVE_COMMAND),
            "checkpoint_timeout": "1d",
            "checkpoint_completion_target": "0.9",
            "max_wal_size": "64MB",
            "min_wal_size": "5MB",
            "max_wal_senders": "10",
            "max_replication_slots": "10",
            "wal_retrieve_retry_interval": "200ms",
            **keep,
            **({"recovery_prefetch": "off"} if self.major >= 15 else {}),
            **more,
        }
        return "".join(f"{name} = '{value}'\n" for name, value in lines.items())

    # --- names in the recording and on the machine

    def real(self, text: str) -> str:
        """Paths in the place of their names; '@N' becomes the time it means."""
        if re.fullmatch(r"@-?\d+", text):
            seconds, rest = divmod(self.zero + int(text[1:]), 1_000_000)
            return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds + EPOCH)) + f".{rest:06d}+00"
        text = re.sub(r"\$SOCKET\((\w+)\)", lambda found: str(self.home / found[1] / "s"), text)
        return text.replace("$ARCHIVE", str(self.archive)).replace("$CLIENTS", str(self.clients))

    def places(self, server: RealServer) -> dict[str, str]:
        sockets = {str(self.home / name / "s"): f"$SOCKET({name})" for name in self.servers}
        return {
            **sockets,
            str(server.data): "$PGDATA",
            str(self.archive): "$ARCHIVE",
            str(self.backups): "$BACKUPS",
            str(self.clients): "$CLIENTS",
        }

    def label(self, text: str) -> str:
        return masked(text, {})

    # --- waiting

    def at_rest(self, server: RealServer) -> None:
        """No checkpoint runs, the archiver has done what it can, and nothing more moves in the files."""

        def seen() -> object:
            return server.listing(), server.status(), self.archived(), server.checkpointing()

        until = time.time() + PATIENCE
        quiet = 0.12
        while time.time() < until:
            steady(seen, quiet)
            blocked = self.blocked(server)
            if not server.checkpointing() and (not blocked or quiet > 0.12):
                return
            quiet = 0.7 if blocked else 0.12

    def blocked(self, server: RealServer) -> bool:
        """Something waits for the archiver."""
        return server.running() and any(name.endswith(".ready") for name in server.status())

    def archived(self) -> list[str]:
        return sorted(path.name for path in self.archive.iterdir())

    def followers(self, name: str) -> list[RealServer]:
        """Who streams from a server."""
        wanted = f"$SOCKET({name})"
        return [
            each
            for each in self.servers.values()
            if each.running() and wanted in each.auto_conf.get("primary_conninfo", "") and self.receives(each)
        ]

    def upstream(self, server: RealServer) -> RealServer | None:
        """Whom it streams from."""
        found = re.search(r"\$SOCKET\((\w+)\)", server.auto_conf.get("primary_conninfo", ""))
        return self.servers.get(found[1]) if found else None

    def receives(self, server: RealServer) -> bool:
        try:
            return bool(server.sql("select 1 from pg_stat_wal_receiver where status = 'streaming'"))
        except Exception:  # noqa: BLE001  nobody can connect: then nothing is to be waited for
            server.alone()
            return False

    def followed(self, name: str) -> None:
        """Wait until the standbys have what the server flushed."""
        for each in self.followers(name):

            def seen(each: RealServer = each) -> object:
                return each.sql("select pg_last_wal_receive_lsn()::text, pg_last_wal_replay_lsn()::text")

            steady(seen, 0.25, 6)
            self.followed(each.name)

    # --- the event

    def event(self, kind: str, server: str | None, action: Json, observed: Json | None, **more: Any) -> Json:
        """Note what was done and what is to be seen; `observed` None: nobody looks at the server's directory."""
        if server is not None and observed is not None:
            seen = self.observe(self.servers[server])
        else:
            seen = {"archive": self.archived()}
        wal: Json = {key: action.pop(key) for key in ("tli", "wal") if key in action}
        asked: Json = {"kind": kind, "server": server}
        row: Json = {
            "n": len(self.events) + 1,
            "action": asked | action | wal,
            "observed": {**seen, **(observed or {}), **more},
        }
        self.events.append(row)
        return row

    def observe(self, server: RealServer) -> Json:
        seen: Json = {
            "server": server.name,
            "control": server.control(),
            "pg_wal": server.listing(),
            "archive_status": server.status(),
            "files": server.files(),
            "archive": self.archived(),
        }
        histories = server.histories()
        if histories:
            seen["history"] = {name: self.label(text) for name, text in histories.items()}
        return seen | self.asked(server)

    def asked(self, server: RealServer) -> Json:
        """What only somebody sees who connects."""
        if not server.running():
            return {}
        try:
            recovering = server.in_recovery()
        except Exception:  # noqa: BLE001  refusing connections is one of the results
            server.alone()
            return {}
        seen: Json = {"in_recovery": recovering, "rows": server.rows()}
        if recovering:
            row = server.sql("select pg_last_wal_replay_lsn()::text, pg_is_wal_replay_paused()")[0]
            seen |= {"replay_lsn": row[0], "replay_paused": row[1]}
        return seen

    def wrote(self, server: RealServer) -> Json:
        """The `wal` of an event of a running primary."""
        timeline = server.timeline()
        rows = self.dated(server.wal(timeline, server.flushed()))
        return {"tli": timeline, "wal": rows} if rows else {}

    def left(self, server: RealServer, timeline: int) -> Json:
        """The `wal` of a server that has stopped."""
        rows = self.dated(server.wal(timeline))
        return {"tli": timeline, "wal": rows} if rows else {}

    def dated(self, rows: list[Json]) -> list[Json]:
        return [row | {"t": row["t"] - self.zero} if "t" in row else row for row in rows]

    # --- a start, and how it goes on

    def outcome(self, server: RealServer, recovered_from: int, *, expects: int = 0) -> tuple[Json, Json]:
        """Wait for what comes of a start, resume or promote: (action's wal, observed)."""
        result = self.settled(server, expects)
        wal: Json = {}
        if result == "running":
            server.background_writer(signal.SIGSTOP)
            self.at_rest(server)
            timeline = server.timeline()
            history = server.data / "pg_wal" / timeline_history_name(timeline)
            if timeline != recovered_from and history.exists():
                words = [line.split() for line in history.read_text().splitlines() if "/" in line]
                server.written_to = parse_lsn(words[-1][1])
            elif "redo done at" in server.said() or "redo is not required" in server.said():
                server.written_to = parse_lsn(server.control()["checkpoint"])
            else:
                server.go_on_behind_its_checkpoint()
            wal = self.wrote(server)
        elif server.running():
            self.at_rest(server)
        told = sorted_out(server.said(), self.places(server))
        seen: Json = {"result": result, "log": told.pop("log")}
        if result == "exited":
            assert server.process is not None
            seen["exit_code"] = server.process.returncode
        else:
            seen["checkpoints"] = STARTING.findall(server.said())
        return wal, seen | {name: lines for name, lines in told.items() if lines}

    def settled(self, server: RealServer, expects: int) -> str:
        """exited, running, paused, waiting, or waiting and refusing connections."""
        until, since, before = time.time() + PATIENCE, time.time(), None
        while time.time() < until:
            time.sleep(0.05)
            if not server.running():
                return "exited"
            distinct = sorted_out(server.said(), {})["log"]  # a line may be repeated for ever
            now: object = (distinct, server.listing(), server.control())
            try:
                if not server.in_recovery():
                    if "ready to accept connections" not in server.said():
                        continue
                    if server.checkpointing() or len(STARTING.findall(server.said())) < expects:
                        continue
                    return "running"
                if re.search("pausing at the end of recovery|recovery has paused", server.said()):
                    steady(server.control, 0.15)
                    return "paused"
                wait, result = 1.6, "waiting"
                now = now, server.sql("select pg_last_wal_replay_lsn()::text, pg_last_wal_receive_lsn()::text")
                if self.receives(server):
                    wait = 0.9
            except Exception:  # noqa: BLE001  nobody can connect yet, or ever
                server.alone()
                wait, result = 2.6, "waiting, refusing connections"
            if now != before:
                since, before = time.time(), now
            elif time.time() - since > wait:
                return result
        raise RuntimeError(f"{server.name} does not come to rest: {server.said()}")

    def copy(self, source: Path, target: Path) -> None:
        """A copy as the server's user; what vanishes meanwhile is not missed."""
        self.run(["cp", "-a", source, target])

    def close(self) -> None:
        for server in self.servers.values():
            server.alone()
            server.give_up()
        shutil.rmtree(self.home, ignore_errors=True)
