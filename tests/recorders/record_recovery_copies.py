"""What a recording may do with copies: backups of each kind, restores, surgery on the archive."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from simulator.lsn import format_lsn
from tests.recorders.record_recovery_server import RealServer, steady
from tests.recorders.record_recovery_wal import Json, control_file
from tests.recorders.record_recovery_world import RecordedWorld

WORDS = {"recovery": "recovery.signal", "standby": "standby.signal"}


class Unsummarized(Exception):
    """An incremental backup found no summaries of its WAL."""


class RecoveryCopies(RecordedWorld):
    """Each method but the helpers is one event."""

    def after(self, kind: str, server: RealServer, action: Json, observed: Json) -> Json:
        """Wait, collect WAL, let the standbys follow, look."""
        if not server.in_recovery():
            self.at_rest(server)
            action |= self.wrote(server)
            self.followed(server.name)
        return self.event(kind, server.name, action, observed)

    # --- backups

    def backup_start(self, name: str, backup: str, *, exclusive: bool = False) -> Json:
        server, label = self.servers[name], f"backup {backup}"
        server.mark()
        call = "pg_backup_start(%s, true)" if self.major >= 15 else f"pg_start_backup(%s, true, {exclusive})"
        start = server.sql(f"select {call}::text", label)[0][0]
        action = {"backup": backup, "label": label, "exclusive": exclusive, "start_lsn": start}
        return self.after("backup_start", server, action, {})

    def backup_stop(self, name: str, backup: str, *, exclusive: bool = False) -> Json:
        server = self.servers[name]
        server.mark()
        if exclusive:
            text = (server.data / "backup_label").read_text()
            stop = server.sql("select pg_stop_backup()::text")[0][0]
        else:
            call = "pg_backup_stop(false)" if self.major >= 15 else "pg_stop_backup(false, false)"
            stop, text = server.sql(f"select lsn::text, labelfile from {call}")[0]
            if (self.backups / backup).exists():
                (self.backups / backup / "backup_label").write_text(text)
                server.own(self.backups / backup / "backup_label")
        action = {"backup": backup, "exclusive": exclusive, "stop_lsn": stop}
        return self.after("backup_stop", server, action, {"backup_label": self.label(text)})

    def copied(self, kind: str, name: str, backup: str, *, with_pg_wal: bool, part: str = "all") -> Json:
        """backup_copy, hot_copy, cold_copy."""
        server, target = self.servers[name], self.backups / backup
        action: Json = {"backup": backup, "with_pg_wal": with_pg_wal, "part": part}
        if server.running():
            server.mark()
            steady(server.flushed, 0.4)  # the WAL writer is done with what nobody waited for
            action["flush_lsn"] = format_lsn(server.flushed())
            action |= self.wrote(server)
        if part == "pg_wal":
            target.mkdir()
            server.own(target)
            self.copy(server.data / "pg_wal", target / "pg_wal")
        elif part == "rest":
            aside = self.home / "pg_wal_first"
            (target / "pg_wal").rename(aside)
            shutil.rmtree(target)
            self.copy(server.data, target)
            shutil.rmtree(target / "pg_wal")
            aside.rename(target / "pg_wal")
        else:
            self.copy(server.data, target)
        if not with_pg_wal:
            self.emptied(target / "pg_wal")
        (target / "postmaster.pid").unlink(missing_ok=True)
        if (target / "pg_replslot").exists():
            self.emptied(target / "pg_replslot", dirs=True)
        return self.event(kind, name, action, {"copied": self.shown_copy(target, part)})

    def emptied(self, folder: Path, *, dirs: bool = False) -> None:
        for path in [*folder.glob("*"), *folder.glob("archive_status/*"), *folder.glob("summaries/*")]:
            if path.is_file():
                path.unlink()
            elif dirs:
                shutil.rmtree(path)

    def shown_copy(self, target: Path, part: str) -> Json:
        hidden = {"archive_status", "summaries"}
        shown: Json = {
            "pg_wal": sorted(path.name for path in (target / "pg_wal").iterdir() if path.name not in hidden),
            "archive_status": sorted(path.name for path in (target / "pg_wal/archive_status").iterdir()),
        }
        if part != "pg_wal":
            shown |= {"control": control_file(target), "backup_label": (target / "backup_label").exists()}
        return shown

    def basebackup(self, name: str, backup: str, method: str, options: list[str], incremental: str = "") -> Json:
        server, target = self.servers[name], self.backups / backup
        server.mark()
        command: list[object] = [self.clients / "pg_basebackup", "-h", server.socket, "-U", "postgres", "-D", target]
        command += ["-X", method, "-c", "fast", "-l", f"base {backup}", *options]
        if incremental:
            command += ["-i", self.backups / incremental / "backup_manifest"]
        done = self.run(command)
        if done.returncode:
            raise RuntimeError(done.stderr) if not incremental else Unsummarized(done.stderr)
        label = (target / "backup_label").read_text()
        found = re.search(r"START WAL LOCATION: (\S+)", label)
        assert found is not None
        shown = self.shown_copy(target, "pg_wal")
        self.at_rest(server)
        action: Json = {"backup": backup, "wal_method": method, "options": options, "start_lsn": found[1]}
        action["copied_archive_status"] = shown["archive_status"]
        if incremental:
            action["incremental"] = incremental
        action |= self.wrote(server)
        action["stop_lsn"] = next(row["e"] for row in action["wal"] if row["r"] == "backup_end")
        self.followed(name)
        extra = [each for each in ("standby.signal", "backup_manifest") if (target / each).exists()]
        seen: Json = {
            "exit_code": 0,
            "backup_label": self.label(label),
            "copied": {"pg_wal": shown["pg_wal"], "files": extra},
        }
        if done.stderr.strip():
            seen["output"] = done.stderr.strip().splitlines()
        if "-R" in options:  # what it wrote there is replaced by every restore
            (target / "postgresql.auto.conf").write_text("")
        return self.event("basebackup", name, action, seen)

    def combinebackup(self, name: str, backups: list[str], output: str) -> Json:
        target = self.backups / output
        done = self.run([self.clients / "pg_combinebackup", *(self.backups / each for each in backups), "-o", target])
        seen: Json = {"exit_code": done.returncode}
        if done.returncode:
            seen["output"] = [masked_paths(self, line) for line in done.stderr.strip().splitlines()]
        else:
            shown = self.shown_copy(target, "pg_wal")
            seen |= {"backup_label": self.label((target / "backup_label").read_text()), "copied": shown}
        return self.event("combinebackup", name, {"backups": backups, "output": output}, seen)

    # --- new directories

    def restore(
        self,
        name: str,
        backup: str,
        auto_conf: dict[str, str],
        signals: list[str],
        *,
        label: str = "keep",
        salvage: str | None = None,
    ) -> Json:
        server = self.server(name)
        self.copy(self.backups / backup, server.data)
        for each in (*WORDS.values(), "postmaster.opts"):
            (server.data / each).unlink(missing_ok=True)
        if label == "remove":
            (server.data / "backup_label").unlink(missing_ok=True)
        action: Json = {"backup": backup, "backup_label": label, "keep_pg_wal": True, "salvage": salvage}
        if salvage:
            names = self.servers[salvage].listing()
            for each in names:
                self.copy(self.servers[salvage].data / "pg_wal" / each, server.data / "pg_wal" / each)
            action["salvaged"] = names
        self.configured(server, auto_conf, signals)
        return self.event("restore", name, {**action, "auto_conf": auto_conf, "signals": signals}, {})

    def configured(self, server: RealServer, auto_conf: dict[str, str], signals: list[str]) -> None:
        server.auto_conf = auto_conf
        lines = [f"{key} = '{self.real(value)}'\n" for key, value in auto_conf.items()]
        server.put("postgresql.auto.conf", "".join(lines))
        for word, file in WORDS.items():
            (server.data / file).unlink(missing_ok=True)
            if word in signals:
                server.put(file, "")

    def configure(self, name: str, auto_conf: dict[str, str], signals: list[str]) -> Json:
        self.configured(self.servers[name], auto_conf, signals)
        return self.event("configure", name, {"auto_conf": auto_conf, "signals": signals}, {})

    def remove_file(self, name: str, file: str) -> Json:
        (self.servers[name].data / file).unlink()
        return self.event("remove_file", name, {"file": file}, {})

    def destroy(self, name: str) -> Json:
        server = self.servers.pop(name)
        server.alone()
        server.give_up()
        shutil.rmtree(server.data.parent, ignore_errors=True)
        return self.event("destroy", name, {}, None)

    # --- surgery on the archive

    def archive_remove(self, file: str) -> Json:
        shutil.move(self.archive / file, self.aside / file)
        return self.event("archive_remove", None, {"file": file}, None)

    def archive_truncate(self, file: str, size: int) -> Json:
        shutil.copy2(self.archive / file, self.aside / file)
        with (self.archive / file).open("r+b") as opened:
            opened.truncate(size)
        return self.event("archive_truncate", None, {"file": file, "bytes": size}, None)

    def archive_put_back(self, file: str) -> Json:
        shutil.copy2(self.aside / file, self.archive / file)
        self.servers["primary"].own(self.archive / file)
        return self.event("archive_put_back", None, {"file": file}, None)


def masked_paths(world: RecordedWorld, text: str) -> str:
    return text.replace(str(world.backups), "$BACKUPS")
