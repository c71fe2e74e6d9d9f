"""What a recorded server may be asked to do, at random: each action returns its own fields and what it showed."""

from __future__ import annotations

import random
import re
import shutil
import time
from typing import Any

from simulator.lsn import format_lsn, parse_lsn
from simulator.records import CHECKPOINT, insert
from tests.recorders.throwaway_server import Server

Json = dict[str, Any]
STARTING = re.compile(r"LOG:  checkpoint starting: (.*)")
COMPLETE = re.compile(
    r"LOG:  checkpoint complete:.*?(\d+) WAL file\(s\) added, (\d+) removed, (\d+) recycled"
    r".*distance=(\d+) kB, estimate=(\d+) kB"
)
SHOWN = (
    "archive_mode archive_timeout checkpoint_completion_target checkpoint_timeout max_slot_wal_keep_size max_wal_size "
    "min_wal_size wal_keep_size wal_keep_segments wal_level wal_recycle wal_segment_size max_replication_slots"
).split()


class TraceActions:
    """A real server, and the actions that a trace may hold."""

    def __init__(self, server: Server, seed: int, seg_mb: int) -> None:
        self.server, self.random, self.seg = server, random.Random(seed), seg_mb << 20
        self.archive, self.broken, self.hold = (server.home / name for name in ("archive", "broken", "hold"))
        self.sessions: dict[str, Any] = {}
        self.read_to = 0
        self.slots = 0

    def prepare(self) -> list[str]:
        pick = self.random.choice
        self.archiving = pick([True, False])
        self.archive.mkdir()
        script = self.server.home / "archive.sh"
        script.write_text(
            f"#!/bin/sh\nwhile [ -f {self.hold} ]; do sleep 0.02; done\n"
            f'[ -f {self.broken} ] && exit 1\ncp "$1" {self.archive}/"$2"\n'
        )
        if self.server.user:
            shutil.chown(self.archive, self.server.user)
        mb = self.seg >> 20
        lines = [
            "checkpoint_timeout = 1d",
            "log_checkpoints = on",
            "max_replication_slots = 10",
            "max_wal_senders = 10",
            f"archive_mode = {'on' if self.archiving else 'off'}",
            f"archive_command = 'sh {script} %p %f'",
            f"max_wal_size = {pick([4, 6, 12, 30, 64]) * mb}MB",
            f"min_wal_size = {pick([2, 3, 5, 9]) * mb}MB",
            f"wal_recycle = {pick(['on', 'on', 'off'])}",
            f"checkpoint_completion_target = {pick(['0.0', '0.5', '0.9', '1.0'])}",
        ]
        if self.server.major == 12:
            lines.append(f"wal_keep_segments = {pick([0, 0, 2, 7])}")
        else:
            lines.append(f"wal_keep_size = {pick([0, 0, 2, 7]) * mb}MB")
            lines.append(f"max_slot_wal_keep_size = {pick([-1, -1, 0, 3, 8])}MB")
        return lines

    def sql(self, text: str, *args: object) -> Any:
        return self.main.execute(text, args or None).fetchone()

    def log(self) -> str:
        with self.server.log.open(encoding="utf-8") as file:
            file.seek(self.read_to)
            return file.read()

    def positions(self) -> tuple[str, str, str]:
        row = self.sql(
            "select pg_current_wal_insert_lsn()::text, pg_current_wal_flush_lsn()::text, pg_current_wal_lsn()::text"
        )
        return str(row[0]), str(row[1]), str(row[2])

    def settle(self) -> None:
        """Wait until no checkpoint runs and the archiver has done what it can."""
        until = time.time() + 70
        while time.time() < until:
            text = self.log()
            if len(STARTING.findall(text)) == len(COMPLETE.findall(text)):
                # No archiving between an action and the checkpoint that it provokes: only now may it go on.
                self.hold.unlink(missing_ok=True)
            waiting = (
                self.archiving and not self.broken.exists() and any(name.endswith(".ready") for name in self.status())
            )
            if len(STARTING.findall(text)) == len(COMPLETE.findall(text)) and not waiting:
                return
            time.sleep(0.02)
        raise RuntimeError("the server does not come to rest")

    def status(self) -> list[str]:
        return sorted(p.name for p in (self.server.data / "pg_wal/archive_status").iterdir())

    def listing(self) -> list[str]:
        hidden = {"archive_status", "summaries"}
        return sorted(p.name for p in (self.server.data / "pg_wal").iterdir() if p.name not in hidden)

    def control(self) -> Json:
        row = self.sql("select checkpoint_lsn::text, redo_lsn::text, timeline_id from pg_control_checkpoint()")
        return dict(zip(("checkpoint_lsn", "redo_lsn", "timeline_id"), row, strict=True))

    def observe(self) -> Json:
        columns = ["slot_name", "restart_lsn::text"]
        names = ["name", "restart_lsn"]
        if self.server.major >= 13:
            columns += ["wal_status", "safe_wal_size"]
            names += ["wal_status", "safe_wal_size"]
        if self.server.major >= 17:
            columns.append("invalidation_reason")
            names.append("invalidation_reason")
        rows = self.main.execute(f"select {', '.join(columns)} from pg_replication_slots order by 1").fetchall()
        insert_lsn, flush, write = self.positions()
        return {
            "insert_lsn": insert_lsn,
            "flush_lsn": flush,
            "write_lsn": write,
            "pg_wal": self.listing(),
            "archive_status": self.status(),
            "archive": sorted(p.name for p in self.archive.iterdir()),
            "control": self.control(),
            "slots": [dict(zip(names, row, strict=True)) for row in rows],
        }

    def checkpoints(self, text: str) -> tuple[list[Json], list[Json]]:
        causes, done = STARTING.findall(text), COMPLETE.findall(text)
        if not causes:
            return [], []
        assert len(causes) == 1, causes
        control = self.control()
        end = insert(parse_lsn(control["checkpoint_lsn"]), CHECKPOINT, self.seg).end
        row = {"cause": causes[0], "checkpoint_lsn": control["checkpoint_lsn"], "redo_lsn": control["redo_lsn"]}
        fields = ("added", "removed", "recycled", "distance_kb", "estimate_kb")
        return [{**row, "end_lsn": format_lsn(end)}], [dict(zip(fields, map(int, done[0]), strict=True))]

    # Actions: each returns (extra action fields, extra observed fields).
    def write(self) -> tuple[Json, Json]:
        wanted = self.random.choice([1000, 200_000, self.seg, 3 * self.seg, 9 * self.seg])
        sent = 0
        while sent < wanted:
            here = parse_lsn(self.positions()[1])
            piece = min(wanted - sent, max(100, self.seg - here % self.seg), 500_000)
            self.main.execute("select pg_logical_emit_message(true, 'x', repeat('x', %s))", (int(piece),))
            sent += piece
            if STARTING.search(self.log()) or (
                here // self.seg != parse_lsn(self.positions()[1]) // self.seg and self.paused()
            ):
                break
        return {"bytes": sent}, {}

    def paused(self) -> bool:
        time.sleep(0.15)
        return STARTING.search(self.log()) is not None

    def checkpoint(self) -> tuple[Json, Json]:
        self.main.execute("checkpoint")
        return {}, {}

    def switch_wal(self) -> tuple[Json, Json]:
        return {"result_lsn": self.sql("select pg_switch_wal()::text")[0]}, {}

    def restore_point(self) -> tuple[Json, Json]:
        return {"name": "rp", "result_lsn": self.sql("select pg_create_restore_point('rp')::text")[0]}, {}

    def slot_create(self) -> tuple[Json, Json]:
        self.slots += 1
        name, reserve = f"s{self.slots}", self.random.random() < 0.8
        self.main.execute("select pg_create_physical_replication_slot(%s, %s)", (name, reserve))
        return {"slot": name, "immediately_reserve": reserve}, {}

    def _slot(self) -> str | None:
        names = [row[0] for row in self.main.execute("select slot_name from pg_replication_slots").fetchall()]
        return self.random.choice(names) if names else None

    def slot_advance(self) -> tuple[Json, Json] | None:
        name = self._slot()
        if name is None:
            return None
        target = self.positions()[1]
        if self.random.random() < 0.2:
            target = format_lsn(max(1, parse_lsn(target) - 2 * self.seg))
        action = {"slot": name, "target_lsn": target}
        try:
            row = self.sql("select end_lsn::text from pg_replication_slot_advance(%s, %s::pg_lsn)", name, target)
        except Exception as error:  # noqa: BLE001  (the message is what is recorded)
            return action, {"error": str(error).split("\n")[0]}
        return action, {"advanced_to": row[0]}

    def slot_drop(self) -> tuple[Json, Json] | None:
        name = self._slot()
        if name is None:
            return None
        self.main.execute("select pg_drop_replication_slot(%s)", (name,))
        return {"slot": name}, {}

    def set(self) -> tuple[Json, Json]:
        mb = self.seg >> 20
        pick = self.random.choice
        choices = [
            ("max_wal_size", str(pick([4, 6, 12, 40]) * mb), "MB"),
            ("min_wal_size", str(pick([2, 4, 9]) * mb), "MB"),
            ("wal_recycle", pick(["on", "off"]), None),
            ("checkpoint_completion_target", pick(["0.1", "0.5", "0.9"]), None),
        ]
        if self.server.major == 12:
            choices.append(("wal_keep_segments", str(pick([0, 3, 8])), None))
        else:
            choices.append(("wal_keep_size", str(pick([0, 3, 8]) * mb), "MB"))
            choices.append(("max_slot_wal_keep_size", str(pick([-1, 0, 2, 6])), "MB"))
        name, value, unit = pick(choices)
        self.main.execute(f"alter system set {name} = '{value}{unit or ''}'")
        self.main.execute("select pg_reload_conf()")
        wanted = value
        for _ in range(100):
            if self.sql("select setting from pg_settings where name = %s", name)[0] == wanted:
                break
            time.sleep(0.02)
        return {"name": name, "value": value, "unit": unit}, {}

    def archive_break(self) -> tuple[Json, Json]:
        self.broken.touch()
        return {}, {}

    def archive_fix(self) -> tuple[Json, Json]:
        self.broken.unlink(missing_ok=True)
        return {}, {}

    def _restarted(self) -> None:
        self.sessions = {}
        self.server.start()
        self.main = self.server.connect()

    def restart(self) -> tuple[Json, Json]:
        change: Json = {}
        if self.random.random() < 0.3:
            self.archiving = not self.archiving
            change = {"archive_mode": "on" if self.archiving else "off"}
            self.main.execute(f"alter system set archive_mode = '{change['archive_mode']}'")
        self.server.stop()
        seen = {"shutdown_pg_wal": self.listing(), "shutdown_archive_status": self.status()}
        self._restarted()
        return ({"set": change} if change else {}), seen

    def crash_restart(self) -> tuple[Json, Json]:
        self.server.run("pg_ctl", "-D", self.server.data, "-w", "-m", "immediate", "stop")
        self._restarted()
        return {}, {}

    def backup_start(self) -> tuple[Json, Json]:
        name = f"b{len(self.sessions) + self.random.randrange(1000)}"
        session = self.server.connect()
        fast = True
        function = "pg_start_backup" if self.server.major < 15 else "pg_backup_start"
        last = ", false" if self.server.major < 15 else ""
        start = session.execute(f"select {function}(%s, %s{last})::text", (f"label {name}", fast)).fetchone()
        assert start is not None
        self.sessions[name] = session
        return {"backup": name, "label": f"label {name}", "fast": fast, "exclusive": False, "start_lsn": start[0]}, {}

    def backup_stop(self) -> tuple[Json, Json] | None:
        if not self.sessions or (self.archiving and self.broken.exists()):
            return None
        name = self.random.choice(list(self.sessions))
        session = self.sessions.pop(name)
        call = "pg_stop_backup(false, false)" if self.server.major < 15 else "pg_backup_stop(false)"
        row = session.execute(f"select lsn::text, labelfile, spcmapfile from {call}").fetchone()
        session.close()
        masked = re.sub(r"(START|STOP) TIME: .*", r"\1 TIME: <TIME>", row[1])
        names = [n for n in self.listing() if n.endswith(".backup")]
        kept = [n for n in names if f"label {name}\n" in (self.server.data / "pg_wal" / n).read_text()]
        history = None
        if kept:
            text = (self.server.data / "pg_wal" / kept[0]).read_text()
            history = {"name": kept[0], "text": re.sub(r"(START|STOP) TIME: .*", r"\1 TIME: <TIME>", text)}
        action = {"backup": name, "exclusive": False, "wait_for_archive": False, "stop_lsn": row[0]}
        return action, {"backup_label": masked, "tablespace_map": row[2] or "", "history_file": history}
