"""Record what the real command line tools print, return and leave: lines in the format of ../shared/cli/README.md.

    python -m tests.recorders.record_cli CASES.jsonl OUT.jsonl --client BIN [--server BIN] [--other 14=BIN …]

A line of CASES says `case`, `tool`, `cmd`, and what it needs of `setup` and `after`; a recording may be recorded anew.
It runs in namespaces of its own (network, processes), so ports 5432 and 5433 and every process in them are its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from host.conformance.listing import place
from host.conformance.normalise import Names
from host.conformance.record import PLACES, pghome
from tests.recorders.cli_listing import Listing, magic_of
from tests.recorders.cli_world import World, told_settings

RETRIES = 4.0
"""A standby looks for WAL again after five seconds: the log of one has two rounds, as those in ../shared/cli."""
INSIDE = "RECORD_CLI_INSIDE"
_NEEDS_SHELL = re.compile(r"[|<>;&`*?~]|\$\(|\$(?!(?:" + "|".join((*PLACES, "PGHOME")) + r")\b)")
_WITH_FILES = {"pg_basebackup", "pg_combinebackup"}


class Recorder:
    """Cases, one after the other, each on a world of its own."""

    def __init__(self, world: World, client: int, server: int, others: dict[int, Path]) -> None:
        self.world, self.client, self.server, self.others = world, client, server, others

    def record(self, told: dict[str, Any]) -> dict[str, Any]:
        """The line of one case."""
        setup = {
            "fixture": "without tablespace",
            "settings": {},
            "state": [],
            "before": [],
            **(told.get("setup") or {}),
        }
        self._prepare(setup)
        cmd, env = told["cmd"], setup.get("env") or {}
        argv = ["sh", "-c", cmd] if _NEEDS_SHELL.search(cmd) else shlex.split(cmd)
        names = self._names(told)
        exit_, out, err = self.world.run([self.world.spelled(word) for word in argv], told.get("stdin", ""), env)
        names = Names(names.client, names.tablespaces | self._names(told).tablespaces, names.keep_segments)
        line: dict[str, Any] = {
            "tool": told["tool"],
            "client_major": self.client,
            "server_major": told.get("server_major", self.server) if setup["state"] else self.server,
            "case": told["case"],
            "behaviour": told.get("behaviour", "new"),
            "setup": setup,
            "cmd": cmd,
            "argv": argv,
            **({"stdin": told["stdin"]} if told.get("stdin") else {}),
            "exit": exit_,
            **self._output(out, names),
            "stderr": self._text(err, names),
        }
        log = self.world.path("LOGFILE")
        if "$LOGFILE" in cmd:
            _settled(log)
            line["log"] = names.log(self._bare(log.read_text(errors="replace") if log.exists() else ""))
        if told.get("files") or (told["tool"] in _WITH_FILES and " --help" not in cmd and " -D -" not in cmd):
            line["files"] = self._files(told, names)
        if told.get("after"):
            line["after"] = [
                self._after(each if isinstance(each, str) else each["cmd"], names) for each in told["after"]
            ]
        self.world.end()
        return line

    def _prepare(self, setup: dict[str, Any]) -> None:
        world, states = self.world, setup["state"]
        states = [states] if isinstance(states, str) else states
        world.words = {}
        kit = next((each for each in states if each.startswith("kit:")), None)
        if kit:
            world.kit(recovered="already recovered" in kit)
        else:
            world.fixture(setup["fixture"])
            world.configure(told_settings(setup), setup.get("pg_hba") or "default")
            if "server stopped" not in states:
                world.start()
        for state in states:
            if gone := re.search(r"segment number\(s\) \[([\d, ]*)\] of (\d+)", state):
                world.without_segments([int(each) for each in gone[1].split(",")], int(gone[2]))
        for entry in setup["before"]:
            world.sh(entry)
        for state in states:
            self._circumstance(state)

    def _circumstance(self, state: str) -> None:
        world = self.world
        if state == "$RESTORE is a running standby on port 5433":
            world.sh("pg_ctl -D $RESTORE -o '-p 5433' -l $ROOT/standby.log -w start > /dev/null; sleep 0.5")
        elif clean := re.fullmatch(r"\$RESTORE is a cleanly stopped data directory of major (\d+)", state):
            world.clean_directory(self.others[int(clean[1])])
        elif state == "another session is connected and idle in a transaction":
            world.sh("(echo 'begin; select 1;'; sleep 20) | psql -Xq -d shop > /dev/null 2>&1 & sleep 0.5")
        elif state == "while it runs two WAL segments are filled and switched":
            threading.Thread(target=self._switches, daemon=True).start()
        elif not state.startswith(("kit:", "removed from", "server stopped")):
            raise RuntimeError(f"circumstance not known: {state}")

    def _switches(self) -> None:
        time.sleep(1)
        line = (
            "psql -XAtqc 'create table if not exists t_fill (n int)' -c 'select pg_switch_wal()' > /dev/null; sleep 0.3"
        )
        self.world.sh(line.replace("psql", str(self.world.client / "psql")))

    def _names(self, told: dict[str, Any]) -> Names:
        spaces = {
            each.name
            for top in ("PGDATA", "RESTORE")
            if (links := self.world.path(top) / "pg_tblspc").is_dir()
            for each in links.iterdir()
        }
        return Names(self.client, frozenset(spaces), keep_segments=told.get("behaviour") == "archive cleanup")

    def _bare(self, said: str) -> str:
        said = said.replace(str(self.world.client.parent), pghome(self.client))
        return said.replace(str(self.world.root), PLACES["ROOT"])

    def _text(self, said: str, names: Names) -> str:
        return names.text(self._bare(said))

    def _listing(self, names: Names) -> Listing:
        return Listing(names.name, lambda said: self._text(said, names))

    def _files(self, told: dict[str, Any], names: Names) -> dict[str, Any]:
        recorded = told["files"] if isinstance(told.get("files"), dict) else {}
        listing = self._listing(names)
        if recorded and all(each.startswith("$") for each in recorded):
            return {each: listing.of(Path(self.world.spelled(each))) for each in recorded}
        return listing.of(Path(self.world.spelled(place(told["cmd"], told["tool"], recorded))))

    def _output(self, out: bytes, names: Names) -> dict[str, Any]:
        kind = magic_of(out[:512]) if out else "text"
        if kind == "text":
            return {"stdout": self._text(out.decode(errors="replace"), names)}
        file = self.world.store / "output.tar"
        file.write_bytes(out)
        told: dict[str, Any] = {"stdout": f"<BINARY: {kind}>"}
        if kind == "tar":
            told["stdout_tar"] = self._listing(names).archive(file)
        return told

    def _after(self, cmd: str, names: Names) -> dict[str, Any]:
        exit_, out, err = self.world.run(["sh", "-c", self.world.spelled(cmd)])
        return {"cmd": cmd, "exit": exit_, **self._output(out, names), "stderr": self._text(err, names)}


def _settled(log: Path) -> None:
    """Wait until a recovery has come to its end or its pause: the log grows no more."""
    size = -1
    for _ in range(8):
        now = log.stat().st_size if log.exists() else 0
        if now == size:
            break
        size = now
        time.sleep(1.2)
    if log.exists() and "entering standby mode" in log.read_text(errors="replace"):
        time.sleep(RETRIES)


def _major(folder: Path) -> int:
    said = os.popen(f"{folder}/postgres --version").read()
    return int(re.findall(r"\) (\d+)", said)[0])


def main() -> None:
    """Record all cases of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--client", type=Path, required=True)
    parser.add_argument("--server", type=Path)
    parser.add_argument("--other", action="append", default=[], metavar="MAJOR=BIN")
    parser.add_argument("--user", default="postgres", help="who runs servers and tools: its name shows in messages")
    parser.add_argument("--only", help="a regular expression of cases")
    args = parser.parse_args()
    if INSIDE not in os.environ:
        command = [
            "sh",
            "-c",
            'ip link set lo up; "$@"; exit $?',
            "sh",
            sys.executable,
            "-m",
            __spec__.name,
            *sys.argv[1:],
        ]
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-n", "-m", "-p", "-f", "--mount-proc", *command])
    server = args.server or args.client
    others = {int(major): Path(folder) for major, _, folder in (each.partition("=") for each in args.other)}
    with tempfile.TemporaryDirectory(prefix="rc") as home, args.out.open("w", encoding="utf-8") as out:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", home], check=True)
        world = World(Path(home) / "r", args.client, server, args.user)
        recorder = Recorder(world, _major(args.client), _major(server), others)
        for text in args.cases.read_text(encoding="utf-8").splitlines():
            told = json.loads(text)
            if args.only and not re.search(args.only, told["case"]):
                continue
            try:
                out.write(json.dumps(recorder.record(told)) + "\n")
            except (RuntimeError, OSError, LookupError, ValueError) as error:
                print(f"{told['case']}: {type(error).__name__}: {error}")
                world.end()
            out.flush()
        subprocess.run(["umount", "-l", home], check=True)


if __name__ == "__main__":
    main()
