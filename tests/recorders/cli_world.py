"""The host of ../shared/cli/README.md, really: its directories, the fixture, the kit, the circumstances."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from host.conformance.record import PLACES
from host.conformance.states import _HBA

HERE = Path(__file__).resolve().parent
CONF = (
    "listen_addresses='127.0.0.1'\nport=5432\nmax_connections=30\nshared_buffers=32MB\nfsync=off\ntimezone='UTC'\n"
    "log_timezone='UTC'\nlc_messages='C'\nmax_wal_size=256MB\nlog_line_prefix='%m [%p] '\n"
)
ARCHIVING = {"archive_mode": "on", "archive_command": "cp %p $ARCHIVE/%f"}
SECONDS = 90
SNAPSHOT = 16
"""The background writer logs the running transactions every 15 seconds: so the shutdown has a segment to archive."""
_RECOVERED = (
    "cp -a $KIT/base/. $RESTORE/",
    "echo \"restore_command = 'cp $ARCHIVE/%f %p'\" >> $RESTORE/postgresql.auto.conf",
    "echo \"recovery_target_name = 'before_mistake'\" >> $RESTORE/postgresql.auto.conf",
    "echo \"recovery_target_action = 'promote'\" >> $RESTORE/postgresql.auto.conf",
    "touch $RESTORE/recovery.signal",
    "pg_ctl -D $RESTORE -o '-p 5433' -l $ROOT/first.log -w start > /dev/null",
    'psql -XAtq -p 5433 -c "select pg_switch_wal()" > /dev/null; sleep 1',
    "pg_ctl -D $RESTORE -m fast stop > /dev/null; rm -r $RESTORE; mkdir $RESTORE; rm $ROOT/first.log",
)


class World:
    """One folder that is $ROOT, and everything that runs in it."""

    def __init__(self, root: Path, client: Path, server: Path, user: str) -> None:
        self.root, self.client, self.server, self.user = root, client, server, user
        self.store = root.with_name(root.name + "-store")
        self.store.mkdir()
        shutil.chown(self.store, user)
        self.words: dict[str, str] = {}

    # Commands

    def path(self, name: str) -> Path:
        """Where a name of the README is."""
        return self.root / Path(PLACES[name]).relative_to(PLACES["ROOT"])

    def spelled(self, text: str) -> str:
        """A text with the README's names, and the words of the kit, replaced."""
        for word, value in self.words.items():
            text = re.sub(rf"\b{word}\b", value, text)
        for name in sorted(PLACES, key=len, reverse=True):
            text = re.sub(rf"\${name}(?!\w)|\${{{name}}}", str(self.path(name)), text)
        return text.replace("$PGHOME", str(self.client.parent))

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a tool."""
        known = {"PGHOST": str(self.path("SOCKET")), "PGPORT": "5432", "TZ": "UTC", "LC_ALL": "C"}
        who = {"USER": self.user, "LOGNAME": self.user, "HOME": str(self.root / "home")}
        return {"PATH": f"{self.client}:/usr/bin:/bin", **who, **known, **(more or {})}

    def run(
        self, argv: Sequence[str], stdin: str = "", env: Mapping[str, str] | None = None
    ) -> tuple[int | str, bytes, str]:
        """Exit status, standard output, standard error; a server that goes on does not keep us waiting."""
        out, err = self.store / "stdout", self.store / "stderr"
        with out.open("wb") as to_out, err.open("wb") as to_err:
            with contextlib.suppress(FileNotFoundError):
                self.store.chmod(0o755)
            try:
                done = subprocess.run(
                    argv, input=stdin.encode(), stdout=to_out, stderr=to_err, user=self.user, group=self.user,
                    extra_groups=(), cwd=self.path("WORK"), env=self.env(env), umask=0o077, check=False,
                    timeout=SECONDS,
                )  # fmt: skip
                status: int | str = done.returncode
            except subprocess.TimeoutExpired:
                status = "timeout"
            except FileNotFoundError:
                status = 127
        return status, out.read_bytes(), err.read_text(errors="replace")

    def sh(self, *lines: str) -> None:
        """Command lines, whatever they print."""
        for line in lines:
            status, _, said = self.run(["sh", "-c", self.spelled(line)])
            if status:
                print(f"  note: {line}: exit {status}: {said.strip()}")

    # The fixture

    def fresh(self) -> None:
        """Empty directories."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name in ("ROOT", *(name for name in PLACES if name not in {"ROOT", "LOGFILE", "PGDATA"})):
            self.path(name).mkdir(mode=0o700)
            shutil.chown(self.path(name), self.user, self.user)
        (self.root / "home").mkdir(mode=0o700)
        shutil.chown(self.root / "home", self.user, self.user)

    def stored(self, name: str) -> Iterator[None]:
        """Restore what was stored under a name; what is not stored is made by the caller and stored then."""
        folder = self.store / name
        if folder.exists():
            shutil.rmtree(self.root, ignore_errors=True)
            subprocess.run(["cp", "-a", folder, self.root], check=True)
            return
        yield
        subprocess.run(["cp", "-a", self.root, folder], check=True)

    def fixture(self, kind: str) -> None:
        """The fixture, its server stopped."""
        for _ in self.stored(f"fixture-{kind.replace(' ', '-')}"):
            self.fresh()
            self.new_cluster("PGDATA", 5432)
            self.start()
            space = "create tablespace fast location '$FAST';" if kind == "default" else ""
            events = (
                "create table events (id integer, note text) tablespace fast;\n"
                "insert into events values (1, 'first'), (2, 'second'); alter table events owner to app;"
            )
            text = (HERE / "cli_fixture.sql").read_text().replace("TABLESPACE", space)
            text = self.spelled(text.replace("EVENTS", events if space else ""))
            argv = [str(self.client / "psql"), "-XAtq", "-U", "postgres", "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
            status, _, said = self.run(argv, text)
            if status:
                raise RuntimeError(said)
            self.stop()

    def new_cluster(self, place: str, port: int) -> None:
        """initdb with the README's settings."""
        tool = self.server if self.server != self.client else self.client
        argv = [str(tool / "initdb"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        status, _, said = self.run([*argv, "-D", str(self.path(place))])
        if status:
            raise RuntimeError(said)
        lines = CONF.replace("5432", str(port)) + f"unix_socket_directories='{self.path('SOCKET')}'\n"
        self.append(self.path(place) / "postgresql.conf", lines)

    def append(self, path: Path, lines: str) -> None:
        """Lines added to a file."""
        with path.open("a") as file:
            file.write(lines)

    def configure(self, settings: Mapping[str, str], pg_hba: str) -> None:
        """The settings of a case."""
        lines = "".join(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items())
        self.append(self.path("PGDATA") / "postgresql.conf", self.spelled(lines))
        if pg_hba in _HBA:
            (self.path("PGDATA") / "pg_hba.conf").write_text(_HBA[pg_hba])

    def start(self) -> None:
        """Start the server of the fixture."""
        log = f"{self.path('PGDATA')}.log"
        self.run([str(self.server / "pg_ctl"), "-D", str(self.path("PGDATA")), "-w", "-l", log, "start"])

    def stop(self) -> None:
        """Stop it cleanly."""
        self.run([str(self.server / "pg_ctl"), "-D", str(self.path("PGDATA")), "-w", "-m", "fast", "stop"])

    def psql(self, sql: str, database: str = "postgres") -> str:
        """The answer of the fixture's server."""
        return self.run([str(self.client / "psql"), "-XAtq", "-d", database, "-c", sql])[1].decode().strip()

    # Circumstances

    def kit(self, *, recovered: bool) -> None:
        """$KIT/base and $ARCHIVE, the old server stopped, and the moments."""
        name = f"kit-{recovered}"
        for _ in self.stored(name):
            self.fixture("without tablespace")
            self.configure(ARCHIVING, "default")
            self.start()
            self.sh("pg_basebackup -D $KIT/base -c fast -Xs")
            insert = "insert into orders values (%d,1,'2024-05-01',1)"
            self.psql(insert % 201, "shop")
            words = {"T_PREBACKUP": "2020-01-01 00:00:00+00", "T_FUTURE": "2099-01-01 00:00:00+00"}
            words["T_EARLY"] = self.moment()
            self.psql("select pg_switch_wal()")
            self.psql(insert % 202, "shop")
            self.psql("select pg_create_restore_point('before_mistake')")
            words["LSN_BEFORE"] = self.psql("select pg_current_wal_insert_lsn()")
            words["T_BEFORE"] = self.moment()
            words["XID_MISTAKE"] = self.psql("begin; delete from orders; select txid_current(); commit", "shop")
            self.psql("select pg_switch_wal()")
            self.psql(insert % 203, "shop")
            self.psql("select pg_switch_wal()")
            words["T_END"] = self.moment()
            time.sleep(SNAPSHOT)
            self.stop()
            if recovered:
                self.words = words
                self.sh(*_RECOVERED)
            (self.root / "words").write_text("\n".join(f"{word}={value}" for word, value in words.items()))
        told = (self.root / "words").read_text().splitlines()
        (self.root / "words").unlink()
        self.words = dict(line.split("=", 1) for line in told)

    def moment(self) -> str:
        """Now, with a while before and after."""
        time.sleep(0.7)
        now = self.psql("select clock_timestamp()")
        time.sleep(0.7)
        return now

    def without_segments(self, numbers: Sequence[int], count: int) -> None:
        """Segments taken out of the archive."""
        names = [each for each in sorted(self.path("ARCHIVE").iterdir()) if re.fullmatch("[0-9A-F]{24}", each.name)]
        for number in numbers:
            names[-count:][number].unlink()

    def clean_directory(self, other: Path) -> None:
        """$RESTORE is a cleanly stopped data directory of another installation."""
        mine, self.server = self.server, other
        data, port = self.path("PGDATA"), 5432
        kept = data.with_name("kept")
        data.rename(kept)
        self.new_cluster("PGDATA", port)
        self.start()
        self.stop()
        shutil.rmtree(self.path("RESTORE"))
        data.rename(self.path("RESTORE"))
        Path(f"{data}.log").unlink()
        kept.rename(data)
        self.server = mine

    def end(self) -> None:
        """End every process of the case, each by its number: inside this namespace all are ours."""
        for _ in range(50):
            pids = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal() and _ours(each)]
            if not pids:
                return
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)


def _ours(process: Path) -> bool:
    try:
        running = "\nState:\tZ" not in (process / "status").read_text()
        return running and process.stat().st_uid != 0
    except OSError:
        return False


def told_settings(told: Mapping[str, Any]) -> dict[str, str]:
    """The settings of a recording."""
    return {str(name): str(value) for name, value in (told.get("settings") or {}).items()}
