"""The folder of a session's run: the world of the host's fixture on a real server, made once and copied for each run.

What is loaded into the server is the simulated host's own pg_dumpall, so both sides begin with the same objects and
rows by construction; and a fault of either shows itself in the first comparison.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from host.conformance.builds import client_build, server_build
from host.conformance.record import PLACES, pghome
from host.content import text_of
from host.machine import Host
from host.options import table
from host.shell import run_line
from host.worlds import made, world
from lab import NotHere, ToolFailed, templates
from lab.binaries import Installation
from lab.cluster import Lab, bare
from lab.limits import DEFAULTS, Limits, Wish, never
from lab.paths import Paths
from lab.processes import Done
from lab.settings import shown
from lab.terminal.configs import Configs
from lab.terminal.places import server_options
from simulator.lsn import MB
from simulator.scenario import ServerPlan

WORLD = "fixture-without-tablespace"
PGDATA = PLACES["PGDATA"]
LOG = f"{PGDATA}.log"
SOCKET = PLACES["SOCKET"]
HOME = "/dojo/home"
_FOLDERS = (*(path for name, path in PLACES.items() if name not in ("LOGFILE", "PGDATA", "ROOT")), HOME)
_SEGMENT = "pg_walfile_name(pg_current_wal_lsn())"
_INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

_PRIMARY = "ALTER TABLE ONLY public.customers\n    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);\n"
_UNIQUE = "ALTER TABLE ONLY public.customers\n    ADD CONSTRAINT customers_email_key UNIQUE (email);\n"

_ARCHIVE = """#!/bin/sh
# archive_command of a session: $1 is %p, $2 is %f, $3 the form that was recognised.
to="$(dirname "$0")/../root/dojo/archive/$2"
test "$3" != copy && test -f "$to" && exit 1
exec cp "$1" "$to"
"""
_RESTORE = """#!/bin/sh
# restore_command of a session: $1 is %f, $2 is %p.
exec cp "$(dirname "$0")/../root/dojo/archive/$1" "$2"
"""


def host_of(major: int) -> Host:
    """The simulated side of the same world."""
    return world(WORLD, server_build(major, major), client_build(major))


@dataclass(frozen=True, slots=True)
class Ground:
    """A run's folder with the world in it, its server running."""

    lab: Lab
    configs: Configs

    @property
    def major(self) -> int:
        """Of server and tools."""
        return self.lab.installation.major

    def tool(self, name: str) -> Path:
        """A program; raises NotHere when this PostgreSQL has not got it."""
        found = self.lab.installation.folder / name
        if name not in self.lab.installation.tools and found.exists():
            return found
        return self.lab.tool(name)

    @property
    def path(self) -> str:
        """PATH of a session: this PostgreSQL's programs before the system's."""
        return f"{self.lab.installation.folder}{os.pathsep}{os.defpath}"

    def program(self, name: str, typed: str = "") -> str:
        """What starts a tool of PostgreSQL, or an ordinary command (by its name, as it says it); raises NotHere.

        A tool is told its name as it was typed: initdb says what to do next with the same path before pg_ctl.
        """
        if table(name, self.major) is not None:
            return str(self.tool(name)) if "/" in typed or self.tool(name).name != name else name
        for folder in os.defpath.split(os.pathsep):
            if folder and (Path(folder) / name).exists():
                return name
        raise NotHere("program", name=name)

    def shown(self, text: str) -> str:
        """What a tool printed, as the host's user would read it."""
        lab = self.lab
        text = shown(lab.home, text).replace(str(lab.installation.folder), f"{pghome(self.major)}/bin")
        text = text.replace(f"{lab.home}/.pgpass", f"{HOME}/.pgpass")
        ours = [f' "{word}"' for word in _words(lab.paths)]
        for word in ours:
            text = text.replace(word, "")
        return lab.paths.shown(text)


def _words(paths: Paths) -> tuple[str, ...]:
    """Options that the lab gives each server, as postmaster.opts and pg_ctl status have them."""
    settings = ("autovacuum=off", "dynamic_shared_memory_type=mmap", "listen_addresses=",
                f"unix_socket_directories={paths.sockets}")  # fmt: skip
    return ("-c", *settings)


@contextmanager
def ground(installation: Installation, limits: Limits = DEFAULTS, cancelled: Wish = never) -> Iterator[Ground]:
    """A run, gone afterwards.  Raises NotHere, LimitReached, Cancelled and ToolFailed."""
    major = installation.major
    plan = ServerPlan(major, frozenset({major}), 16 * MB, {}, {}, None, archive_command=False, slots=())
    with bare(installation, plan, limits, cancelled) as lab:
        lab.paths = Paths(lab.home / "root", lab.home / "root" / SOCKET[1:])
        (lab.home / "root" / "archive").rmdir()
        for name, text in (("archive", _ARCHIVE), ("restore", _RESTORE)):
            (lab.home / "programs" / name).write_text(text, encoding="utf-8")
        maker = _Maker(lab)
        templates.lay_world(lab, maker.recipe(), maker.make)
        yield maker.begun()


@dataclass(frozen=True, slots=True)
class _Maker:
    lab: Lab

    @property
    def data(self) -> Path:
        return self.lab.paths.real(PGDATA)

    def recipe(self) -> str:
        """On what the world depends: the host's own dump of it, and this module."""
        said = (
            self.dump()
            + self.first_segment()
            + json.dumps([_FOLDERS, _INITDB])
            + Path(__file__).read_text(encoding="utf-8")
        )
        return hashlib.sha256(said.encode()).hexdigest()

    def dump(self) -> str:
        """What loads the server: the simulated pg_dumpall, without the role that initdb has made."""
        done = run_line(host_of(self.lab.installation.major), "pg_dumpall --restrict-key=fixture")
        if done.exit != 0:
            raise ToolFailed(f"the simulated pg_dumpall: {done.stderr}")
        text = text_of(done.stdout).replace("CREATE ROLE postgres;\n", "")
        # The fixture's table got its primary key first, and a server checks unique keys in that order.
        return text.replace(_UNIQUE, "").replace(_PRIMARY, _PRIMARY + _UNIQUE)

    def make(self) -> Path:
        """initdb, the fixture's objects, a clean stop."""
        lab = self.lab
        lab.runner.run(["mkdir", "-p", "-m", "700", lab.home / "root" / "dojo"])
        for path in sorted(_FOLDERS):
            lab.runner.run(["mkdir", "-p", "-m", "700", lab.paths.real(path)])
        self._need(lab.runner.run([lab.installation.tools["initdb"], "-D", self.data, *_INITDB]))
        conf = lab.home / "as_made.conf"
        shutil.copyfile(self.data / "postgresql.conf", conf)
        self._configure(conf.read_text(encoding="utf-8"))
        self._pg_ctl("start")
        script = lab.home / "output" / "world.sql"
        script.write_text(self.dump(), encoding="utf-8")
        lab.own(script)
        self._psql("-f", script)
        self._catch_up()
        self._pg_ctl("stop")
        script.unlink()
        lab.paths.real(LOG).unlink()
        return conf

    def _catch_up(self) -> None:
        """To load the same objects takes a little more or less WAL: the session begins in the segment of the host."""
        wanted, here = self.first_segment(), ""
        while here < wanted:
            here = self._psql("-At", "-c", f"select {_SEGMENT}").stdout.strip()
            if here < wanted:
                self._psql("-c", "select pg_switch_wal()")

    def first_segment(self) -> str:
        """The name of the segment in which the host's session begins."""
        done = run_line(host_of(self.lab.installation.major), f"psql -At -c 'select {_SEGMENT}'")
        return text_of(done.stdout).strip()

    def _psql(self, *words: str | Path) -> Done:
        lab = self.lab
        done = lab.runner.run([lab.tool("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", lab.paths.sockets,
                               "-U", "postgres", "-d", "postgres", *words])  # fmt: skip
        self._need(done)
        return done

    def begun(self) -> Ground:
        """The world of this run, its server running."""
        conf = self._configure((self.lab.home / "initdb.conf").read_text(encoding="utf-8"))
        hba = (self.data / "pg_hba.conf").read_text(encoding="utf-8")
        self._pg_ctl("start")
        lab = self.lab
        trusted = frozenset(conf.split("\n"))
        return Ground(lab, Configs(lab.home, lab.home / "root", trusted, hba))

    def _configure(self, initial: str) -> str:
        """postgresql.conf: initdb's, then the fixture's lines with this run's socket."""
        lines = made.settings(5432)
        real = {"unix_socket_directories": f"'{self.lab.paths.sockets}'"}
        text = initial + "".join(f"{name} = {real.get(name, value)}\n" for name, value in lines)
        (self.data / "postgresql.conf").write_text(text, encoding="utf-8")
        return text

    def _pg_ctl(self, action: str) -> None:
        lab = self.lab
        words: list[str | Path] = [lab.installation.tools["pg_ctl"], "-D", self.data, "-w"]
        if action == "start":
            words += ["-o", server_options(lab.paths), "-l", lab.paths.real(LOG)]
        self._need(lab.runner.run([*words, action]))

    def _need(self, done: Done) -> None:
        if done.exit_code != 0:
            raise ToolFailed(f"the session's world: {done.stderr or done.stdout}")
