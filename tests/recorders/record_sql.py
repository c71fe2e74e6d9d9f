"""Record the logical tools (pg_dump … psql) on a throw-away server, in the format of ../shared/cli/README.md.

    .venv/bin/python tests/recorders/record_sql.py CASES OUT --client 16 [--server 15]

CASES is either a recording (its own cases are made again) or a text: a command line each.  Before it may stand lines
that start with '# ' (behaviour), '@' (run before; '@dumps': the usual dumps and an empty database copy), '%' (fixture
without tablespace), '<' (a line of standard input); after it '!' (a place whose tree is recorded), '>' (a follow-up).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from host.conformance.normalise import Names
from host.conformance.record import PLACES, pghome
from lab.binaries import usable

USER = "pgdojo"
PORTS = {"5432": "6432", "5433": "6433"}
SECONDS = 15
DUMPS = (
    "pg_dump -f $DUMPS/shop.sql shop",
    "pg_dump -Fc -f $DUMPS/shop.dump shop",
    "pg_dump -Fd -f $DUMPS/shop.dir shop",
    "pg_dump -Ft -f $DUMPS/shop.tar shop",
    "createdb -T template0 copy",
)
SECOND = "initdb -D $RESTORE, started on port 5433 (empty server without the roles and the tablespace)"
_SHELL = re.compile(r"[|<>;&`*?()]|\$\(|~")
_PLACE = re.compile(r"\$(RESTORE_FAST|" + "|".join((*PLACES, "PGHOME")) + r")(?!\w)")
FIXTURE = Path(__file__).with_name("fixture.sql")
EVENTS = "create table events (id integer, note text) tablespace fast; alter table events owner to app;"
ROWS = " insert into events values (1,'first'),(2,'second');"


@dataclass
class Asked:
    """A command line to record, and what surrounds it."""

    cmd: str
    behaviour: str = "mine"
    case: str = ""
    tool: str = ""
    fixture: str = "default"
    before: tuple[str, ...] = ()
    stdin: str = ""
    places: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def asked(path: Path) -> list[Asked]:
    """What a file asks for."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".jsonl":
        return [_again(json.loads(line)) for line in lines]
    found: list[Asked] = []
    pending: dict[str, Any] = {}
    behaviour = "mine"
    for line in filter(str.strip, lines):
        mark, rest = line[0], line[1:].strip()
        if mark == "#":
            behaviour = rest
        elif mark == "@":
            pending["before"] = (*pending.get("before", ()), *(DUMPS if rest == "dumps" else (rest,)))
        elif mark == "%":
            pending["fixture"] = "without tablespace"
        elif mark == "<":
            pending["stdin"] = pending.get("stdin", "") + line[1:].removeprefix(" ") + "\n"
        elif mark == "!":
            found[-1].places.append(rest)
        elif mark == ">":
            found[-1].after.append(rest)
        else:
            name = f"{path.stem}-{len(found) + 1}"
            found.append(Asked(line, behaviour, name, _tool(line), **pending))
            pending = {}
    return found


def _again(told: Mapping[str, Any]) -> Asked:
    setup = told["setup"]
    before = tuple(setup.get("before", ()))
    after = [each["cmd"] for each in told.get("after", ())]
    names = (told["behaviour"], told["case"], told["tool"], setup["fixture"])
    return Asked(told["cmd"], *names, before, told.get("stdin", ""), [], after)


def _tool(line: str) -> str:
    words = re.findall(r"\b(?:pg_\w+|psql|createdb|dropdb|createuser|dropuser)\b", line)
    return words[0] if words else line.split(maxsplit=1)[0]


class Recorder:
    """A server of one major, tools of another, and a folder for both."""

    def __init__(self, root: Path, client: int, server: int) -> None:
        found = usable()
        self.root, self.client, self.server = root, client, server
        self.tools, self.bin = found[client].folder, found[server].folder
        self.places = {name: str(root) + path.removeprefix("/dojo") for name, path in PLACES.items()}
        self.names = Names(client, frozenset({"16387"}))
        self.stopping: list[str] = []
        self.clean = ""
        """The fixture that runs untouched."""

    # Running things

    def env(self) -> dict[str, str]:
        return {
            "PATH": f"{self.tools}:/usr/bin:/bin",
            "PGHOST": self.places["SOCKET"],
            "PGPORT": PORTS["5432"],
            "PGUSER": "postgres",
            "USER": "postgres",
            "LOGNAME": "postgres",
            "HOME": f"{self.root}/home",
            "TZ": "UTC",
            "LC_ALL": "C",
        }

    def spelled(self, line: str) -> str:
        """The README's names and ports as they are here."""
        home = {"PGHOME": str(self.tools.parent)}
        line = _PLACE.sub(lambda match: {**self.places, **home}[match[1]], line)
        return re.sub(r"\b543[23]\b", lambda match: PORTS[match[0]], line)

    def run(self, line: str, stdin: str = "") -> dict[str, Any]:
        """Run a command line; exit, stdout and stderr as recordings have them."""
        spelled = self.spelled(line)
        argv = ["sh", "-c", spelled] if _SHELL.search(line) else shlex.split(spelled)
        try:
            done = subprocess.run(
                argv, input=stdin.encode(), capture_output=True, env=self.env(), user=USER, group=USER,
                extra_groups=[], umask=0o077, cwd=self.places["WORK"], check=False, timeout=SECONDS,
            )  # fmt: skip
        except FileNotFoundError:
            return {"exit": 127, "stdout": "", "stderr": ""}
        except subprocess.TimeoutExpired:
            return {"exit": "timeout", "stdout": "", "stderr": ""}
        return {"exit": done.returncode, "stdout": self.output(done.stdout), "stderr": self.output(done.stderr)}

    def output(self, said: bytes) -> str:
        """Text normalised, or a word for the bytes."""
        if said.startswith(b"PGDMP"):
            return "<BINARY: pg_dump custom archive>"
        if said.startswith(b"\x1f\x8b"):
            return "<BINARY: gzip>"
        if said[257:262] == b"ustar":
            return "<BINARY: tar>"
        text = said.decode("utf-8", "replace").replace(str(self.root), "/dojo")
        text = text.replace(str(self.tools.parent), pghome(self.client))
        for here, there in {new: old for old, new in PORTS.items()}.items():
            text = re.sub(rf"\b{here}\b", there, text)
        return self.names.text(text)

    def must(self, *argv: object) -> None:
        """Run a program of the server's that has to succeed."""
        words = list(map(str, argv))
        done = subprocess.run(
            words, env=self.env(), user=USER, group=USER, extra_groups=[], umask=0o077,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, timeout=SECONDS,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stderr}")

    # Servers

    def start(self, place: str) -> None:
        """Start the server of a data directory."""
        pgdata = self.places[place]
        self.must(self.bin / "pg_ctl", "-D", pgdata, "-w", "-l", f"{pgdata}.log", "start")
        self.stopping.append(pgdata)

    def stop(self, mode: signal.Signals = signal.SIGQUIT) -> None:
        """Stop every server that was started."""
        for pgdata in self.stopping:
            file = Path(pgdata, "postmaster.pid")
            if file.exists():
                word = {signal.SIGQUIT: "immediate", signal.SIGINT: "fast"}[mode]
                self.must(self.bin / "pg_ctl", "-D", pgdata, "-w", "-m", word, "stop")
        self.stopping.clear()
        self.clean = ""

    def new_cluster(self, place: str, port: str) -> None:
        """initdb and the settings of the README."""
        pgdata = self.places[place]
        options = "-U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync".split()
        self.must(self.bin / "initdb", "-D", pgdata, *options)
        conf = (
            f"unix_socket_directories='{self.places['SOCKET']}'\nlisten_addresses='127.0.0.1'\nport={PORTS[port]}\n"
            "max_connections=30\nshared_buffers=32MB\nfsync=off\ntimezone='UTC'\nlog_timezone='UTC'\nlc_messages='C'\n"
            "max_wal_size=256MB\n"
        )
        with Path(pgdata, "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(conf)

    def template(self, fixture: str) -> Path:
        """A stopped fixture to copy from, made once."""
        kept = self.root / "kept" / fixture.replace(" ", "_")
        if kept.exists():
            return kept
        self.empty()
        self.new_cluster("PGDATA", "5432")
        self.start("PGDATA")
        fast = fixture == "default"
        place = f"create tablespace fast location '{self.places['FAST']}';" if fast else ""
        sql = FIXTURE.read_text(encoding="utf-8").format(tablespace=place, events=EVENTS + ROWS if fast else "")
        script = self.root / "fixture.sql"
        script.write_text(sql, encoding="utf-8")
        script.chmod(0o644)
        self.must(self.tools / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, "postgres")
        self.stop(signal.SIGINT)
        shutil.copytree(self.root, kept, symlinks=True, ignore=shutil.ignore_patterns("kept"))
        return kept

    def empty(self) -> None:
        """Every place made anew, with nothing in it."""
        for name in PLACES:
            path = Path(self.places[name])
            if name in {"ROOT", "LOGFILE"}:
                continue
            shutil.rmtree(path, ignore_errors=True)
            if name != "PGDATA":
                path.mkdir(mode=0o700)
                shutil.chown(path, USER, USER)
        home = self.root / "home"
        home.mkdir(exist_ok=True)
        shutil.chown(home, USER, USER)

    def begin(self, one: Asked) -> None:
        """The fixture runs, fresh."""
        if self.clean == one.fixture:
            return
        self.stop()
        kept = self.template(one.fixture)
        self.empty()
        for name in ("pgdata", "fast"):
            subprocess.run(["cp", "-a", f"{kept}/{name}", f"{self.root}/"], check=True)
            subprocess.run(["chown", "-R", f"{USER}:{USER}", f"{self.root}/{name}"], check=True)
        self.start("PGDATA")

    # One case

    def record(self, one: Asked) -> dict[str, Any]:
        """One line of the recording."""
        self.begin(one)
        for line in one.before:
            if line.startswith("initdb -D $RESTORE, started"):
                shutil.rmtree(self.places["RESTORE"])
                self.new_cluster("RESTORE", "5433")
                self.start("RESTORE")
            else:
                self.run(line)
        done = self.run(one.cmd, one.stdin)
        argv = ["sh", "-c", one.cmd] if _SHELL.search(one.cmd) else shlex.split(one.cmd)
        setup: dict[str, Any] = {"fixture": one.fixture}
        if one.before:
            setup["before"] = list(one.before)
        told = {
            "tool": one.tool,
            "client_major": self.client,
            "server_major": self.server,
            "case": one.case,
            "behaviour": one.behaviour,
            "setup": setup,
            "cmd": one.cmd,
            "argv": argv,
            **({"stdin": one.stdin} if one.stdin else {}),
            **done,
        }
        if one.places:
            told["files"] = {place: self.tree(Path(self.spelled(place))) for place in one.places}
        if one.after:
            told["after"] = [{"cmd": line, **self.run(line)} for line in one.after]
        harmless = not (one.before or one.after or one.places) and one.cmd.startswith("pg_dump")
        self.clean = one.fixture if harmless and not _SHELL.search(one.cmd) else ""
        return told

    def tree(self, path: Path) -> dict[str, Any]:
        """A file or a directory in the words of a recording."""
        if not path.exists():
            return {"exists": False}
        if path.is_file():
            head = path.read_bytes()[:512]
            return {"kind": "file", "empty": not head, "magic": _magic(head)}
        names = sorted(self.names.name(each.name) + "/" * each.is_dir() for each in path.iterdir())
        top = [name if names.count(name) == 1 else f"{name} x{names.count(name)}" for name in dict.fromkeys(names)]
        return {"kind": "directory", "top": top}


def _magic(head: bytes) -> str:
    for start, word in ((b"PGDMP", "PGDMP"), (b"\x1f\x8b", "gzip")):
        if head.startswith(start):
            return word
    if head[257:262] == b"ustar":
        return "tar"
    return "binary" if b"\0" in head else "text"


def recorded(cases: Iterable[Asked], client: int, server: int) -> Iterator[dict[str, Any]]:
    """Every case, one after the other, on a server of its own; nothing is left behind."""
    shm = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="rec-", dir=shm if shm.is_dir() and os.access(shm, os.W_OK) else None))
    root.chmod(0o755)
    shutil.chown(root, USER, USER)
    recorder = Recorder(root, client, server)
    try:
        for one in cases:
            yield recorder.record(one)
    finally:
        recorder.stop()
        shutil.rmtree(root, ignore_errors=True)


def main() -> None:
    """Read the cases, write the recording."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--client", type=int, required=True)
    parser.add_argument("--server", type=int)
    parser.add_argument("--port", type=int, default=6432, help="two ports from here on are used")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ended by somebody: the server must not stay behind
    PORTS.update({"5432": str(given.port), "5433": str(given.port + 1)})
    with given.out.open("w", encoding="utf-8") as out:
        for told in recorded(asked(given.cases), given.client, given.server or given.client):
            out.write(json.dumps(told, ensure_ascii=False) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
