"""A throw-away cluster: made in a folder of its own below the system's temporary one, and gone afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab import NotHere, disk, templates
from lab.archiving import settle_archiver
from lab.binaries import Installation
from lab.dumped import Dumps
from lab.folders import PREFIX, new_home
from lab.limits import DEFAULTS, Limits, Wish, never
from lab.owners import owned
from lab.paths import Paths
from lab.processes import Runner, server_user
from lab.server import Server
from lab.server_log import ServerLog
from lab.settings import conf_line, shown
from lab.sweeping import OWNER, remove, sweep
from lab.watch import watched
from simulator.lsn import MB
from simulator.observed_world import settings_of
from simulator.scenario import ServerPlan
from simulator.settings import ServerSettings
from simulator.world import ARCHIVE, PRIMARY

PORT = 5432  # only names the socket file: no server here listens on TCP
QUIET = {"autovacuum": "off", "fsync": "off", "checkpoint_timeout": "1d", "log_checkpoints": "on"}
"""What makes a run repeatable and legible; a scenario's own settings win."""
FILLER_BYTES = 40 * MB
"""A file in the data directory that makes a base backup longer than the socket's buffers: it can be held then."""

_ARCHIVE_PROGRAM = """#!/bin/sh
# archive_command of the lab: $1 is %p, $2 is %f, $3 the form that was recognised.
here=$(dirname "$0")
if test -e "$here/slow"; then
    printf %s "$2" > "$here/in_hand"
    while test -e "$here/slow" && ! test -e "$here/broken" && test "$(cat "$here/allowed" 2>&1)" != "$2"; do
        sleep 0.02
    done
    rm -f "$here/in_hand" "$here/allowed"
fi
test -e "$here/broken" && exit 1
if test -e "$here/fails_for"; then
    while read -r ending; do case "$2" in *"$ending") exit 1 ;; esac; done < "$here/fails_for"
fi
test "$3" != copy && test -f "$here/../root/archive/$2" && exit 1
cp "$1" "$here/../root/archive/$2"
"""
_RESTORE_PROGRAM = """#!/bin/sh
# restore_command of the lab: $1 is %f, $2 is %p.
exec cp "$(dirname "$0")/../root/archive/$1" "$2"
"""


@dataclass(slots=True)
class Lab:
    """The folder, the tools, the server, and the switches of the archive."""

    home: Path
    installation: Installation
    plan: ServerPlan
    settings: ServerSettings
    """The model's settings of this server: what is in its postgresql.conf."""
    runner: Runner
    paths: Paths
    server: Server
    fails_for: tuple[str, ...] = ()
    broken: bool = False
    copies: dict[str, int] = field(default_factory=dict)
    """Other data directories on which a server was started, and their ports."""
    dumps: Dumps = field(default_factory=Dumps)
    """What may be restored."""

    def tool(self, name: str) -> Path:
        """The path of a client tool; raises NotHere when no installation has it."""
        found = self.installation.tool(name)
        if found is None:
            raise NotHere("no_tool", tool=name)
        return found

    def copy_log(self, port: int) -> Path:
        """The log of a server on a copy."""
        return self.home / "logs" / f"{port}.log"

    def archive_fails(self, name: str) -> bool:
        """Does the lab's archive_command fail for this file at present?"""
        return self.broken or name.endswith(self.fails_for)

    def set_archive(self, *, works: bool, fails_for: tuple[str, ...]) -> None:
        """Make archive_command work, fail, or fail for some files."""
        self.broken, self.fails_for = not works, fails_for
        flag, listed = self.home / "programs" / "broken", self.home / "programs" / "fails_for"
        if works:
            flag.unlink(missing_ok=True)
        else:
            flag.touch()
        listed.write_text("".join(f"{ending}\n" for ending in fails_for))

    def own(self, path: Path) -> Path:
        """Give a file that the lab has made to the user who runs the server."""
        if self.runner.user:
            shutil.chown(path, self.runner.user)
        return path


@contextmanager
def throwaway(
    installation: Installation, plan: ServerPlan, limits: Limits = DEFAULTS, cancelled: Wish = never
) -> Iterator[Lab]:
    """A started, loaded and quiet server of a scenario's plan; folder and processes are gone afterwards.

    Raises NotHere for a plan that needs what a lab has not got, LimitReached, and Cancelled.
    """
    with bare(installation, plan, limits, cancelled) as lab:
        try:
            templates.lay(lab, conf_of(lab), load)
            disk.lay(lab)
            _begin(lab)
            yield lab
        finally:
            lab.server.let_go()


@contextmanager
def bare(
    installation: Installation, plan: ServerPlan, limits: Limits = DEFAULTS, cancelled: Wish = never
) -> Iterator[Lab]:
    """The folder of a run with its programs and nothing made in it yet; gone afterwards, with whatever runs there."""
    sweep()
    home = new_home()
    try:
        with owned(home / OWNER), watched(home, limits, cancelled):
            yield _made(home, installation, plan, limits)
    finally:
        remove(home)


def _made(home: Path, installation: Installation, plan: ServerPlan, limits: Limits) -> Lab:
    try:
        user = server_user()
    except LookupError:
        raise NotHere("no_user") from None
    paths = Paths(home / "root", home / "sockets")
    for name in ("root", "root/archive", "sockets", "programs", "logs", "output"):
        (home / name).mkdir(mode=0o700)
    for name, text in (("archive", _ARCHIVE_PROGRAM), ("restore", _RESTORE_PROGRAM)):
        (home / "programs" / name).write_text(text)
        (home / "programs" / name).chmod(0o700)
    if user:
        for path in (home, *home.glob("*"), *home.glob("programs/*"), home / "root" / "archive"):
            shutil.chown(path, user)
    settings = settings_of(plan, installation.major, QUIET)
    runner = Runner(user, home, _environment(paths, home), limits)
    log = ServerLog(home / "logs" / "server.log")
    server = Server(installation, runner, paths, plan.segment_size, PORT, log, lambda name: lab.archive_fails(name))  # noqa: PLW0108  (there is no lab yet)
    lab = Lab(home, installation, plan, settings, runner, paths, server)
    return lab


def _environment(paths: Paths, home: Path) -> Mapping[str, str]:
    """Nothing of the caller's: a PGDATA or a service file of theirs must not lead a tool elsewhere."""
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(home / "output"),
        "LC_ALL": "C",
        "TZ": "UTC",
        "PGHOST": str(paths.sockets),
        "PGPORT": str(PORT),
        "PGUSER": "postgres",
        "PGDATABASE": "postgres",
    }


def conf_of(lab: Lab) -> str:
    """What stands in postgresql.conf behind initdb's own lines."""
    lines = [
        "# The lab's own",
        "listen_addresses = ''",
        f"unix_socket_directories = '{lab.paths.sockets}'",
        f"port = {PORT}",
        "log_line_prefix = ''",
        "dynamic_shared_memory_type = mmap",  # files below PGDATA: they go with it even when the server is killed
        "# The scenario's",
    ]
    plain = set(ServerSettings.initial(lab.installation.major, lab.plan.segment_size, data_directory=PRIMARY).conf)
    lines += [conf_line(lab.home, name, text) for name, text in lab.settings.conf if (name, text) not in plain]
    return "\n".join([*lines, ""])


def load(lab: Lab) -> None:
    """Databases and rows, then a clean stop: nothing is dirty, the estimate is 0, no hint bit is left to set."""
    from psycopg import sql

    _start(lab)
    for database, tables in lab.plan.databases.items():
        if not lab.server.ask("SELECT 1 FROM pg_database WHERE datname = %s", (database,)):
            lab.server.hand().execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        with lab.server.connect(database) as connection:
            for table, rows in tables.items():
                name = sql.Identifier(table)
                connection.execute(sql.SQL("CREATE TABLE {} (id integer)").format(name))
                connection.execute(
                    sql.SQL("INSERT INTO {} SELECT generate_series(1, {})").format(name, sql.Literal(rows))
                )
    for (database,) in lab.server.ask("SELECT datname FROM pg_database WHERE datallowconn"):
        with lab.server.connect(database) as connection:  # with checksums a reader who sets a hint bit writes WAL
            connection.execute("VACUUM (FREEZE)")
    settle_archiver(lab.server)
    lab.server.stop("fast")
    filler = lab.own(_filler(lab.paths.real(PRIMARY) / "filler"))
    filler.chmod(0o600)


def _start(lab: Lab) -> None:
    done = lab.server.start()
    if lab.server.postmaster is None:
        said = done.stderr.strip() + " " + lab.server.log.tail(3)
        raise NotHere("does_not_start", message=lab.paths.shown(shown(lab.home, said)))


def _begin(lab: Lab) -> None:
    """The start from which everything is seen."""
    _start(lab)
    for slot in lab.plan.slots:
        lab.server.ask("SELECT pg_create_physical_replication_slot(%s, true)", (slot,))
    settle_archiver(lab.server)
    lab.server.log.fresh()


def _filler(path: Path) -> Path:
    """Base backups copy every file below PGDATA; a sparse one costs nothing here."""
    with path.open("wb") as file:
        file.truncate(FILLER_BYTES)
    return path


__all__ = ["ARCHIVE", "PORT", "PREFIX", "Lab", "bare", "sweep", "throwaway"]
