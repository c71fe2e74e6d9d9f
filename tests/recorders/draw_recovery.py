"""A drawn recording: a primary that writes, backups of every kind, damage, and recoveries with drawn settings."""

from __future__ import annotations

from tests.recorders.draw_recovery_settings import drawn, recovery_settings
from tests.recorders.draw_recovery_standby import DrawnStandby
from tests.recorders.record_recovery_copies import Unsummarized
from tests.recorders.record_recovery_wal import Json
from tests.recorders.record_recovery_world import ARCHIVE_COMMAND, SEGMENT, SHOWN

BACKUPS = {"low": 30, "exclusive": 12, "base": 26, "cold": 10, "hot": 8, "hot_parts": 7, "incremental": 7}
AFTER_BACKUPS = {"nothing": 50, "remove": 14, "truncate": 6, "stop": 10, "crash": 6, "power_loss": 8, "put_back": 6}
SETTINGS = {
    "checkpoint_completion_target": "0.5",
    "wal_recycle": "off",
    "min_wal_size": "2MB",
    "full_page_writes": "off",
    "wal_level": "logical",
}


class DrawnRecovery(DrawnStandby):
    """One recording."""

    def recording(self, recoveries: int) -> Json:
        """The whole of it."""
        more = {name: value for name, value in SETTINGS.items() if self.random.random() < 0.12}
        if self.summarizes:
            more["summarize_wal"] = "on"
        primary = self.servers["primary"]
        primary.put("postgresql.conf", self.conf(more))
        initial = self.opened()
        names = primary.sql("select name from pg_settings where name = any(%s) order by 1", list(SHOWN))
        settings = {name: primary.sql(f"show {name}")[0][0] for (name,) in names}
        self.script(recoveries)
        return {
            "format": 2,
            "server_version": self.version,
            "major": self.major,
            "wal_segment_size": SEGMENT,
            "seed": self.seed,
            "profile": "drawn",
            "settings": settings,
            "archive_command": ARCHIVE_COMMAND,
            "initial": initial,
            "events": self.events,
        }

    def script(self, recoveries: int) -> None:
        self.create_table("primary", self.number("t"), self.random.randint(5, 40))
        for _ in range(self.random.randint(1, 3)):
            self.write("primary", 4)
            self.back_up("primary")
        self.restore_point("primary", self.number("p"))
        self.write("primary", 6)
        for _ in range(recoveries):
            self.damage()
            self.recover()
            if self.random.random() < 0.5:
                self.write("primary", 3)
        if self.up("primary") and self.random.random() < 0.4:
            self.standby_story()

    # --- backups

    def back_up(self, name: str) -> None:
        kind = drawn(self.random, BACKUPS)
        if kind == "exclusive" and self.major >= 15:
            kind = "low"
        if kind == "incremental" and not (self.summarizes and self.incremental_from and self.major == 18):
            kind = "base"
        if self.up(name) and not self.blocked(self.servers[name]):
            getattr(self, f"back_up_{kind}")(name, self.number("b"))

    def back_up_low(self, name: str, backup: str, *, exclusive: bool = False) -> None:
        self.backup_start(name, backup, exclusive=exclusive)
        self.write(name, 3)
        self.copied("backup_copy", name, backup, with_pg_wal=self.random.random() < 0.3)
        self.write(name, 3)
        if exclusive and self.random.random() < 0.3:
            getattr(self, self.random.choice(("crash", "power_loss")))(name)
            self.recovered_primary(name)
        else:
            self.backup_stop(name, backup, exclusive=exclusive)
        self.kept.append(backup)

    def recovered_primary(self, name: str) -> None:
        """Start again; where a leftover label forbids it, without the label."""
        if self.start(name)["observed"]["result"] == "exited" and (self.servers[name].data / "backup_label").exists():
            self.remove_file(name, "backup_label")
            self.start(name)

    def back_up_exclusive(self, name: str, backup: str) -> None:
        self.back_up_low(name, backup, exclusive=True)

    def back_up_base(self, name: str, backup: str) -> None:
        method = self.random.choice(("stream", "stream", "fetch", "none"))
        self.basebackup(name, backup, method, ["-R"] if self.random.random() < 0.15 else [])
        self.kept.append(backup)
        self.incremental_from.append(backup)

    def back_up_incremental(self, name: str, backup: str) -> None:
        before = self.random.choice(self.incremental_from)
        try:
            self.basebackup(name, backup, "stream", [], before)
        except Unsummarized:
            return
        chain = [before, backup] if self.random.random() < 0.8 else [backup]
        output = self.number("b")
        if self.combinebackup(name, chain, output)["observed"]["exit_code"] == 0:
            self.kept.append(output)
        self.kept.append(backup)

    def back_up_cold(self, name: str, backup: str) -> None:
        down = self.random.choice(("stop", "stop", "crash", "power_loss"))
        getattr(self, down)(name)
        self.copied("cold_copy", name, backup, with_pg_wal=self.random.random() < 0.85)
        self.start(name)
        self.kept.append(backup)

    def back_up_hot(self, name: str, backup: str) -> None:
        self.copied("hot_copy", name, backup, with_pg_wal=self.random.random() < 0.8)
        self.kept.append(backup)

    def back_up_hot_parts(self, name: str, backup: str) -> None:
        self.copied("hot_copy", name, backup, with_pg_wal=True, part="pg_wal")
        self.write(name, 3)
        self.copied("hot_copy", name, backup, with_pg_wal=True, part="rest")
        self.kept.append(backup)

    # --- damage

    def damage(self) -> None:
        kind = drawn(self.random, AFTER_BACKUPS)
        primary = self.servers["primary"]
        segments = [name for name in self.archived() if not name.endswith(".backup")]
        if kind == "truncate":
            segments = [name for name in segments if not name.endswith(".history")]
        if kind in ("remove", "truncate") and segments:
            file = self.random.choice(segments)
            self.put_aside.append(file)
            if kind == "remove":
                self.archive_remove(file)
            else:
                self.archive_truncate(file, self.random.choice((0, 4096, 500_000)))
        elif kind == "put_back" and self.put_aside:
            self.archive_put_back(self.put_aside.pop())
        elif kind in ("stop", "crash", "power_loss"):
            if primary.running():
                getattr(self, kind)("primary")
            else:
                self.start("primary")

    # --- recoveries

    def recover(self) -> None:
        name, stopped = self.number("r"), not self.servers["primary"].running()
        streams = "" if stopped or self.random.random() < 0.8 else "primary"
        conf, signals = recovery_settings(self.random, self.marks, streams_from=streams)
        label = "remove" if self.random.random() < 0.06 else "keep"
        salvage = "primary" if stopped and self.random.random() < 0.5 else None
        self.restore(name, self.random.choice(self.kept), conf, signals, label=label, salvage=salvage)
        self.started(name, self.start(name)["observed"]["result"], 4)
        if name in self.servers and self.random.random() < 0.85:
            self.destroy(name)

    def started(self, name: str, result: str, more: int) -> None:
        """Go on with what came of a start."""
        if more and self.random.random() < 0.7:
            getattr(self, f"when_{result.partition(',')[0]}")(name, more - 1)

    def again(self, name: str, more: int) -> None:
        """Other settings, or the same ones, and another start."""
        if self.random.random() < 0.7:
            conf, signals = recovery_settings(self.random, self.marks)
            self.configure(name, conf, signals)
        self.started(name, self.start(name)["observed"]["result"], more)

    def when_exited(self, name: str, more: int) -> None:
        if self.put_aside and self.random.random() < 0.3:
            self.archive_put_back(self.put_aside.pop())
        if self.random.random() < 0.6:
            self.again(name, more)

    def when_paused(self, name: str, more: int) -> None:
        what = self.random.choice(("resume", "promote", "down", "checkpoint"))
        if what == "checkpoint":
            self.checkpoint(name)
            self.started(name, "paused", more)
        elif what == "down":
            self.down_and_again(name, more)
        else:
            self.started(name, getattr(self, what)(name)["observed"]["result"], more)

    def down_and_again(self, name: str, more: int) -> None:
        getattr(self, self.random.choice(("stop", "crash", "power_loss")))(name)
        self.again(name, more)

    def when_waiting(self, name: str, more: int) -> None:
        what = self.random.choice(("write", "write", "promote", "down", "checkpoint"))
        try:
            self.servers[name].in_recovery()
        except Exception:  # noqa: BLE001  it refuses connections: only its end is left
            self.servers[name].alone()
            what = "down"
        if what == "write" and self.upstream(self.servers[name]) is self.servers["primary"]:
            self.write("primary", 4)
            row = self.catchup(name, "primary")
            self.started(name, "waiting" if row["observed"].get("in_recovery") else "running", more)
        elif what == "promote":
            self.started(name, self.promote(name)["observed"]["result"], more)
        elif what == "down":
            self.down_and_again(name, more)
        else:
            self.checkpoint(name)

    def when_running(self, name: str, more: int) -> None:
        self.write(name, 4)
        if self.random.random() < 0.3:
            self.back_up(name)
        if self.random.random() < 0.3 and self.servers[name].running():
            getattr(self, self.random.choice(("stop", "crash", "power_loss")))(name)
            self.started(name, self.start(name)["observed"]["result"], more)
