"""What a recording may do to its servers: writing, copying, restoring, starting, and surgery on the archive."""

from __future__ import annotations

import contextlib
import signal
import time
from typing import Any

import psycopg

from simulator.lsn import format_lsn, parse_lsn
from tests.recorders.record_recovery_copies import RecoveryCopies
from tests.recorders.record_recovery_logs import sorted_out
from tests.recorders.record_recovery_server import RealServer, steady
from tests.recorders.record_recovery_wal import Json, WalReader

PIECE = 120_000


class RecoveryActions(RecoveryCopies):
    """Each method is one event."""

    def writing(self, kind: str, name: str, action: Json, *statements: str, **seen: Any) -> Json:
        """Some SQL on a server that may be a primary, and the WAL that came of it."""
        server = self.servers[name]
        server.mark()
        observed: Json = dict(seen)
        try:
            for statement in statements:
                rows = server.sql(statement)
                if "current_xact_id" in statement or "txid_current" in statement:
                    action["xid"] = rows[0][0] & 0xFFFFFFFF
        except psycopg.Error as error:
            observed["error"] = str(error).splitlines()[0]
            with contextlib.suppress(psycopg.Error):
                server.sql("rollback")
        return self.after(kind, server, action, observed)

    # --- writing

    def create_table(self, server: str, table: str, rows: int) -> Json:
        return self.writing(
            "create_table",
            server,
            {"table": table, "rows": rows},
            "begin",
            "select txid_current()",
            f"create table {table} as select generate_series(1, {rows}) as i",
            "commit",
        )

    def change(self, kind: str, server: str, table: str, rows: int) -> Json:
        """insert, delete, drop_table, rollback."""
        what = {
            "insert": f"insert into {table} select generate_series(1, {rows})",
            "rollback": f"insert into {table} select generate_series(1, {rows})",
            "delete": f"delete from {table} where ctid in (select ctid from {table} limit {rows})",
            "drop_table": f"drop table {table}",
        }[kind]
        action: Json = {"table": table} if kind == "drop_table" else {"table": table, "rows": rows}
        end = "rollback" if kind == "rollback" else "commit"
        return self.writing(kind, server, action, "begin", "select txid_current()", what, end)

    def begin(self, name: str, table: str, rows: int) -> Json:
        server = self.servers[name]
        server.mark()
        server.second = server.connect()
        server.second.execute("begin")
        row = server.second.execute("select txid_current()").fetchone()
        server.second.execute(f"insert into {table} select generate_series(1, {rows})")
        assert row is not None
        return self.event("begin", name, {"table": table, "rows": rows, "xid": row[0]}, {})

    def commit(self, name: str) -> Json:
        server = self.servers[name]
        server.mark()
        assert server.second is not None
        server.second.execute("commit")
        server.second.close()
        server.second = None
        return self.after("commit", server, {}, {})

    def bulk(self, server: str, size: int) -> Json:
        pieces = [min(PIECE, size - at) for at in range(0, size, PIECE)]
        calls = [f"select pg_logical_emit_message(true, 'x', repeat('x', {piece}))" for piece in pieces]
        return self.writing("bulk", server, {"bytes": size}, "begin", *calls, "commit")

    def restore_point(self, server: str, name: str) -> Json:
        return self.writing("restore_point", server, {"name": name}, f"select pg_create_restore_point('{name}')")

    def switch_wal(self, server: str) -> Json:
        return self.writing("switch_wal", server, {}, "select pg_switch_wal()")

    def checkpoint(self, name: str) -> Json:
        server = self.servers[name]
        server.mark()
        server.sql("checkpoint")
        time.sleep(0.3 if server.in_recovery() else 0)  # wal_retrieve_retry_interval: who waits says so once more
        self.at_rest(server)
        lines = sorted_log(self, server)
        action: Json = {}
        if not server.in_recovery():
            action = self.wrote(server)
            self.followed(name)
            lines = []
        return self.event("checkpoint", name, action, {"log": lines} if lines else {})

    def idle(self, server: str, seconds: float) -> Json:
        time.sleep(seconds)
        return self.writing("idle", server, {"seconds": seconds})

    def set(self, name: str, setting: str, value: str) -> Json:
        server = self.servers[name]
        server.mark()
        server.sql(f"alter system set {setting} = '{self.real(value)}'")
        server.sql("select pg_reload_conf()")
        server.auto_conf = {**server.auto_conf, setting: value}
        steady(lambda: server.sql(f"show {setting}"), 0.3)
        return self.after("set", server, {"name": setting, "value": value}, {})

    def slot_create(self, name: str, slot: str) -> Json:
        self.servers[name].sql("select pg_create_physical_replication_slot(%s)", slot)
        return self.event("slot_create", name, {"slot": slot}, {})

    # --- starting and stopping

    def calm(self, name: str) -> None:
        """What a standby would stream belongs to an event of its own, before it."""
        upstream = self.upstream(self.servers[name])
        if upstream is not None and upstream.running() and not upstream.in_recovery():
            self.idle(upstream.name, 0.5)

    def start(self, name: str) -> Json:
        server = self.servers[name]
        self.calm(name)
        before = server.control()["timeline"]
        server.launch()
        wal, seen = self.outcome(server, before)
        self.followed(name)
        return self.event("start", name, wal, seen)

    def resume(self, name: str) -> Json:
        return self.called("resume", name, "select pg_wal_replay_resume()", 0)

    def promote(self, name: str) -> Json:
        return self.called("promote", name, "select pg_promote(false)", 1)

    def called(self, kind: str, name: str, call: str, checkpoints: int) -> Json:
        server = self.servers[name]
        server.mark()
        before = server.control()["timeline"]
        server.sql(call)
        wal, seen = self.outcome(server, before, expects=checkpoints)
        self.followed(name)
        return self.event(kind, name, wal, seen)

    def stop(self, name: str) -> Json:
        server = self.servers[name]
        primary, timeline = self.writer(server)
        server.end(signal.SIGINT)
        action = self.left(server, timeline) if primary else {}
        for each in self.servers.values():
            if f"$SOCKET({name})" in each.auto_conf.get("primary_conninfo", "") and each.running():
                steady(each.files_and_log, 0.8)
        return self.event("stop", name, action, {})

    def crash(self, name: str) -> Json:
        return self.down("crash", name)

    def power_loss(self, name: str) -> Json:
        return self.down("power_loss", name)

    def down(self, kind: str, name: str) -> Json:
        server = self.servers[name]
        primary, timeline = self.writer(server)
        if kind == "crash":
            server.end(signal.SIGQUIT)
        else:
            server.power_loss()
        return self.event(kind, name, self.left(server, timeline) if primary else {}, {})

    def writer(self, server: RealServer) -> tuple[bool, int]:
        """Does it write, and on which timeline?"""
        try:
            return (False, 0) if server.in_recovery() else (True, server.timeline())
        except psycopg.Error:
            return False, 0

    def catchup(self, name: str, primary: str) -> Json:
        server, above = self.servers[name], self.servers.get(primary)
        self.calm(name)
        flush = 0
        server.mark()
        if above is not None and above.running():
            flush = self.reached(above)

        def moved() -> object:
            return server.said(), server.sql("select pg_last_wal_replay_lsn()::text"), server.listing()

        steady(moved, 1.2, 8.0)
        receiver = [row[0] for row in server.sql("select status from pg_stat_wal_receiver")]
        slots: list[list[object]] = []
        if above is not None and above.running():
            rows = above.sql("select slot_name, active from pg_replication_slots order by 1")
            slots = [list(row) for row in rows]
        seen: Json = {"receiver": receiver, "slots": slots, "log": sorted_log(self, server)}
        return self.event("catchup", name, {"primary": primary, "flush_lsn": format_lsn(flush)}, seen)

    def reached(self, server: RealServer) -> int:
        if server.in_recovery():
            return parse_lsn(server.sql("select pg_last_wal_replay_lsn()::text")[0][0])
        return server.flushed()

    def opened(self) -> Json:
        """The primary's first start: `initial` of the recording."""
        server = self.servers["primary"]
        server.launch()
        while not (server.running() and "ready to accept connections" in server.said()):
            steady(lambda: None, 0.1)
            if not server.running():
                raise RuntimeError(server.said())
        server.background_writer(signal.SIGSTOP)
        self.at_rest(server)
        checkpoint = parse_lsn(server.control()["checkpoint"])
        server.written_to = checkpoint
        found = WalReader(server.data / "pg_wal", 1, server.size)
        rows = [each.row for each in found.records(checkpoint, server.flushed())]
        server.go_on_behind_its_checkpoint()
        self.wrote(server)
        return {"tli": 1, "wal": rows, "observed": self.observe(server)}


def sorted_log(world: RecoveryActions, server: RealServer) -> list[str]:
    return sorted_out(server.said(), world.places(server))["log"]
