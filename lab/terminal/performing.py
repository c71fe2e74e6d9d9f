"""A line performed: the real programs by their words, and what a shell would do between them done by the lab itself."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from host.conformance.record import PLACES, pghome
from host.shell.syntax import Pipeline, Script, Simple
from lab import NotHere
from lab.limits import LimitReached, heed
from lab.processes import restricted
from lab.terminal.arguments import Written
from lab.terminal.configs import CONFS
from lab.terminal.ground import HOME, SOCKET, Ground
from lab.terminal.places import Places
from lab.terminal.preparing import NULL, Preparer, Ready, State
from lab.terminal.reading import Order, Redirection, script_of
from lab.terminal.settling import go_on, hold, settle
from lab.words import told

_UMASK = 0o077
_SOON = 3.0
"""Seconds in which nearly every command has ended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a line."""

    exit: int
    stdout: bytes
    stderr: str


@dataclass(slots=True)
class Terminal:
    """One session on one ground."""

    ground: Ground
    state: State = field(default_factory=State)
    preparer: Preparer = field(init=False)

    def __post_init__(self) -> None:
        self.preparer = Preparer(self.ground)
        major = self.ground.major
        self.state.variables = {**PLACES, "PGHOME": pghome(major)}
        self.state.exported = {"HOME": HOME, "PGHOST": SOCKET, "PGPORT": "5432", "TZ": "UTC", "LC_ALL": "C",
                               "USER": "postgres", "LOGNAME": "postgres"}  # fmt: skip

    def run(self, line: str) -> Answer:
        """Perform a line.  Raises NotHere, before anything is performed where that can be known, and LimitReached."""
        script = script_of(line)
        self.preparer.rehearse(script, self.state)
        go_on(self.ground, line)
        with tempfile.TemporaryDirectory(prefix="line-", dir=self.ground.lab.home / "output") as name_:
            own = self.ground.lab.own(Path(name_))
            with (own / "out").open("w+b") as out, (own / "err").open("w+b") as err:
                self._script(script, _Streams(own, out, err))
                said = (own / "err").read_text("utf-8", "replace")
                answer = Answer(self.state.status, (own / "out").read_bytes(), said)
        settle(self.ground)
        hold(self.ground)
        return replace(answer, stderr=self.ground.shown(answer.stderr))

    def only_looks(self, line: str) -> bool:
        """Does the line change nothing (as far as its programs' names tell)?"""
        return self.preparer.only_looks(line, self.state)

    # Performing

    def _script(self, script: Script, streams: _Streams) -> None:
        for one in script.lists:
            self.state.status = self._pipeline(one.first, streams)
            for operator, pipeline in one.rest:
                if (self.state.status == 0) == (operator == "&&"):
                    self.state.status = self._pipeline(pipeline, streams)

    def _pipeline(self, node: Pipeline, streams: _Streams) -> int:
        status, source = 0, None
        for number, command in enumerate(node.commands):
            assert isinstance(command, Simple), "script_of has seen to it"
            last = number == len(node.commands) - 1
            if last:
                status = self._simple(command, streams, source)
            else:
                between = streams.between(number)
                with between.open("wb") as out:
                    self._simple(command, replace(streams, out=out), source)
                source = between
        return status

    def _simple(self, simple: Simple, streams: _Streams, source: Path | None) -> int:
        state = self.state
        ready = self.preparer.ready(simple, state)
        places = self.preparer.places(state)
        with ExitStack() as opened:
            out, err, made = streams.out, streams.err, None
            for each in ready.order.redirections:
                if each.op == ">&":
                    err = out
                elif each.op == "<":
                    source = None if each.target == NULL else places.real(each.target)
                    if source is not None and not source.is_file():
                        raise NotHere("redirect", path=told(each.target))
                elif each.fd == 1:
                    out, made = self._opened(each, places, opened), each
                else:
                    err = self._opened(each, places, opened)
            if ready.written is None:
                self.preparer.remember(ready, state)
                return self._builtin(ready.order, made, out, places)
            status = self._program(ready, ready.written, source, out, err)
        if ready.written.dumps and status == 0:
            self._note(ready.written, made, streams, out)
        return status

    def _opened(self, each: Redirection, places: Places, opened: ExitStack) -> IO[bytes]:
        if each.target == NULL:
            return opened.enter_context(Path(NULL).open("wb"))
        lab = self.ground.lab
        try:
            mode = "ab" if each.op == ">>" else "wb"
            return opened.enter_context(lab.paths.opened(places.absolute(each.target), mode, lab.runner.user))  # type: ignore[arg-type]
        except OSError:
            raise NotHere("redirect", path=told(each.target)) from None

    def _builtin(self, said: Order, made: Redirection | None, out: IO[bytes], places: Places) -> int:
        words = said.words
        if words[:1] == ("echo",):
            rest = words[2:] if words[1:2] == ("-n",) else words[1:]
            text = " ".join(rest) + ("" if words[1:2] == ("-n",) else "\n")
            if made is not None and made.target.rpartition("/")[2] in CONFS:
                text = self.ground.configs.rewritten(text)
            elif made is not None and places.inside(made.target) is not None and "\\" in text:
                raise NotHere("inside_cluster", path=told(made.target))
            out.write(text.encode("utf-8", "surrogateescape"))
            out.flush()
        elif words[:1] == ("pwd",):
            out.write(f"{self.state.cwd}\n".encode())
            out.flush()
        return int(words[:1] == ("false",))

    def _program(self, ready: Ready, written: Written, source: Path | None, out: IO[bytes], err: IO[bytes]) -> int:
        lab, heard = self.ground.lab, source
        self._may_read(written.tool, source)
        program = self.ground.program(written.tool, typed=ready.order.words[0])
        heed()
        with (heard or Path(NULL)).open("rb") as stdin:
            process = subprocess.Popen(
                restricted([program, *written.words], lab.runner.limits), stdin=stdin, stdout=out, stderr=err,
                cwd=lab.paths.real(self.state.cwd), env=self._environment(ready.environment), user=lab.runner.user,
                group=_group(lab.runner.user), extra_groups=[] if lab.runner.user else None, umask=_UMASK,
                start_new_session=True,
            )  # fmt: skip
        try:
            status = self._waited(process)
        except subprocess.TimeoutExpired:
            heed()
            raise LimitReached("time", seconds=f"{lab.runner.limits.seconds:g}") from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        heed()
        return status if status >= 0 else 128 - status

    def _waited(self, process: subprocess.Popen[bytes]) -> int:
        """Its status; what takes long may wait for a process that is held."""
        try:
            return process.wait(timeout=_SOON)
        except subprocess.TimeoutExpired:
            go_on(self.ground)
        return process.wait(timeout=self.ground.lab.runner.limits.seconds)

    def _may_read(self, tool: str, source: Path | None) -> None:
        """What psql and pg_restore are given on standard input is a script too."""
        if source is None:
            return
        places = self.preparer.places(self.state)
        if tool == "psql":
            places.runs(source, "-")
        elif tool == "pg_restore":
            self.ground.lab.dumps.check(source, "-")

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What a tool sees: nothing of the caller's, and of the session's only what was judged."""
        lab, places = self.ground.lab, self.preparer.places(self.state)
        seen = {key: value for key, value in given.items() if key in _VARIABLES}
        if "PGDATA" in seen:
            seen["PGDATA"] = str(places.real(seen["PGDATA"]))
        ours = {"PATH": self.ground.path, "HOME": str(lab.home), "TMPDIR": str(lab.home / "output"), "LC_ALL": "C"}
        return {**ours, "TZ": "UTC", "PGUSER": "postgres", **seen, "PGHOST": str(lab.paths.sockets)}

    def _note(self, written: Written, made: Redirection | None, streams: _Streams, out: IO[bytes]) -> None:
        """What was dumped may be run; not what was written behind something else."""
        dumps, places = self.ground.lab.dumps, self.preparer.places(self.state)
        if written.made:
            dumps.note(places.real(written.made))
        if made is not None and made.op == ">" and made.target != NULL:
            dumps.note(places.real(made.target))
        elif made is None and out is not streams.err and str(out.name).startswith(f"{streams.own}/between"):
            out.flush()
            dumps.note(Path(out.name))


@dataclass(frozen=True, slots=True)
class _Streams:
    """Where a line prints: files of the run's own."""

    own: Path
    out: IO[bytes]
    err: IO[bytes]

    def between(self, number: int) -> Path:
        """What one command prints for the next; a name that was not there."""
        return self.own / f"between-{number}-{time.monotonic_ns()}"


_VARIABLES = frozenset({"PGPORT", "PGDATABASE", "PGUSER", "PGDATA", "PGAPPNAME"})


def _group(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd  # Unix only

    return pwd.getpwnam(user).pw_gid
