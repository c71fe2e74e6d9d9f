"""A real server in a temporary folder, for the recorders: initdb, configure, start, ask, stop, forget."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PORT = 5899  # only names the socket file: no server here listens on TCP
BASE_CONF = f"log_line_prefix = ''\nlisten_addresses = ''\nport = {PORT}\nautovacuum = off\nfsync = off\n"


@contextmanager
def home_for(user: str | None) -> Iterator[Path]:
    """Yield an empty folder that belongs to the user who runs the server; it is removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="record-"))
    try:
        if user:
            shutil.chown(home, user)
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Server:
    """One throw-away cluster of one server, in a folder of its own."""

    def __init__(self, bin_dir: Path, home: Path, user: str | None, seg_mb: int = 16) -> None:
        self.bin, self.home, self.user = bin_dir, home, user
        self.data, self.log = home / "data", home / "log"
        home.mkdir(exist_ok=True)
        if user:
            shutil.chown(home, user)
        options = [
            "-U",
            "postgres",
            "-A",
            "trust",
            "-N",
            "--no-locale",
            "-E",
            "UTF8",
            f"--wal-segsize={seg_mb}",
        ]
        self.run("initdb", "-D", self.data, *options)
        self.pristine_conf = (self.data / "postgresql.conf").read_text()
        self.major = int((self.data / "PG_VERSION").read_text())

    def run(self, tool: str, *args: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [str(self.bin / tool), *map(str, args)]
        done = subprocess.run(
            command, capture_output=True, text=True, user=self.user, cwd=self.home, check=False, timeout=60
        )
        if check and done.returncode:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
        return done

    def configure(self, lines: str, base: str = BASE_CONF) -> None:
        extra = f"unix_socket_directories = '{self.home}'\n"
        (self.data / "postgresql.conf").write_text(self.pristine_conf + base + extra + lines)

    def start(self) -> None:
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self.log, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.home), port=PORT, user="postgres", dbname="postgres", autocommit=True)

    @contextmanager
    def running(self) -> Iterator[psycopg.Connection[Any]]:
        self.start()
        try:
            with self.connect() as connection:
                yield connection
        finally:
            self.stop()
