"""A line performed: the real programs by their words, and what a shell would do between them done by the lab itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from host.conformance.record import PLACES, pghome
from host.shell.syntax import Pipeline, Script, Simple
from lab import NotHere
from lab.limits import LimitReached, heed
from lab.processes import restricted
from lab.terminal.allowed import LOOKS
from lab.terminal.arguments import Writer, Written
from lab.terminal.configs import CONFS
from lab.terminal.ground import HOME, SOCKET, Ground
from lab.terminal.places import Places
from lab.terminal.reading import Order, Redirection, globbed, order, script_of, simples
from lab.terminal.settling import servers, settle
from lab.words import name, told

_PORTS = ("5432", "5433", "5434")
_NULL = "/dev/null"
_UMASK = 0o077


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a line."""

    exit: int
    stdout: bytes
    stderr: str


@dataclass(slots=True)
class State:
    """What the session remembers from line to line."""

    cwd: str = PLACES["WORK"]
    variables: dict[str, str] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)
    status: int = 0

    def copy(self) -> State:
        """Its like, to try a line on."""
        return State(self.cwd, dict(self.variables), dict(self.exported), self.status)

    def seen(self) -> Mapping[str, str]:
        """What `$name` stands for."""
        return {**self.variables, **self.exported, "?": str(self.status), "PWD": self.cwd}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A simple command that may be performed: words of a builtin, or a program's."""

    order: Order
    written: Written | None
    environment: Mapping[str, str]


@dataclass(slots=True)
class Terminal:
    """One session on one ground."""

    ground: Ground
    state: State = field(default_factory=State)

    def __post_init__(self) -> None:
        major = self.ground.major
        self.state.variables = {**PLACES, "PGHOME": pghome(major)}
        self.state.exported = {"HOME": HOME, "PGHOST": SOCKET, "PGPORT": "5432", "TZ": "UTC", "LC_ALL": "C",
                               "USER": "postgres", "LOGNAME": "postgres"}  # fmt: skip

    def run(self, line: str) -> Answer:
        """Perform a line.  Raises NotHere, before anything is performed where that can be known, and LimitReached."""
        script = script_of(line)
        self._rehearse(script)
        with tempfile.TemporaryDirectory(prefix="line-", dir=self.ground.lab.home / "output") as name_:
            own = self.ground.lab.own(Path(name_))
            with (own / "out").open("w+b") as out, (own / "err").open("w+b") as err:
                self._script(script, _Streams(own, out, err))
                answer = Answer(self.state.status, (own / "out").read_bytes(), (own / "err").read_text("utf-8", "replace"))
        settle(self.ground)
        return replace(answer, stderr=self.ground.shown(answer.stderr))

    def only_looks(self, line: str) -> bool:
        """Does the line change nothing (as far as its programs' names tell)?"""
        with suppress(NotHere):
            found = [self._order(simple, self.state) for simple in simples(script_of(line))]
            return all(
                each.words and each.words[0] in LOOKS and all(to.target == _NULL or to.fd == 0 for to in each.redirections)
                for each in found
            )
        return False

    # Reading

    def _places(self, state: State) -> Places:
        lab = self.ground.lab
        return Places(lab.paths, state.cwd, SOCKET, state.exported.get("PGDATA", ""), lab.dumps, self.ground.configs)

    def _order(self, simple: Simple, state: State) -> Order:
        places = self._places(state)
        return order(simple, state.seen(), lambda pattern: globbed(pattern, places.listed))

    def _rehearse(self, script: Script) -> None:
        """Every command is judged before the first is performed."""
        state = self.state.copy()
        for simple in simples(script):
            self._remember(self._ready(simple, state), state)

    def _ready(self, simple: Simple, state: State) -> _Ready:
        found = self._order(simple, state)
        places = self._places(state)
        for each in found.redirections:
            self._judge(each, places)
        environment = {**state.exported, **{key: _variable(key, value, places) for key, value in found.assigned if found.words}}
        words = found.words
        if not words:
            for key, value in found.assigned:
                if key.startswith(("PG", "LD_", "LC_")) or key in ("PATH", "HOME", "IFS", "TZ"):
                    _variable(key, value, places)
            return _Ready(found, None, environment)
        match words[0]:
            case "echo" if not (len(words) > 1 and words[1].startswith("-") and words[1] != "-n"):
                return _Ready(found, None, environment)
            case "true" | "false" | ":" | "pwd" if len(words) == 1:
                return _Ready(found, None, environment)
            case "cd" if len(words) == 2 and places.real(words[1]).is_dir():
                return _Ready(found, None, environment)
            case "export" if len(words) > 1 and all("=" in word for word in words[1:]):
                for word in words[1:]:
                    key, _, value = word.partition("=")
                    _variable(key, value, places)
                return _Ready(found, None, environment)
        pgdata = environment.get("PGDATA", "")
        written = Writer(replace(places, pgdata=pgdata), self.ground.major).written(words)
        self.ground.tool(written.tool) if written.tool.startswith(("pg_", "psql", "create", "drop")) else None
        self._configured(written, places)
        return _Ready(found, written, environment)

    def _judge(self, each: Redirection, places: Places) -> None:
        if each.op == ">&" or each.target == _NULL:
            return
        if each.op == "<":
            places.real(each.target)
            return
        places.allow_in_cluster(each.target)
        if not places.real(each.target).parent.is_dir():
            raise NotHere("redirect", path=told(each.target))

    def _configured(self, written: Written, places: Places) -> None:
        """A server reads its files only after the lab has."""
        for path in written.server_reads:
            for data in servers(self.ground) if path == "*" else [places.real(path)]:
                self.ground.configs.check(data)

    def _remember(self, ready: _Ready, state: State) -> None:
        words = ready.order.words
        if not words:
            state.variables.update((key, value) for key, value in ready.order.assigned if key not in state.exported)
            state.exported.update((key, value) for key, value in ready.order.assigned if key in state.exported)
        elif words[0] == "cd":
            state.cwd = self._places(state).absolute(words[1]).rstrip("/") or "/"
        elif words[0] == "export":
            state.exported.update((word.partition("=")[0], word.partition("=")[2]) for word in words[1:])

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
        ready = self._ready(simple, state)
        places = self._places(state)
        with ExitStack() as opened:
            out, err, made = streams.out, streams.err, None
            for each in ready.order.redirections:
                if each.op == ">&":
                    err = out
                elif each.op == "<":
                    source = None if each.target == _NULL else places.real(each.target)
                    if source is not None and not source.is_file():
                        raise NotHere("redirect", path=told(each.target))
                elif each.fd == 1:
                    out, made = self._opened(each, places, opened), each
                else:
                    err = self._opened(each, places, opened)
            if ready.written is None:
                self._remember(ready, state)
                return self._builtin(ready.order, made, out, places)
            status = self._program(ready, ready.written, source, out, err)
        if ready.written.dumps and status == 0:
            self._note(ready.written, made, streams, places, out)
        return status

    def _opened(self, each: Redirection, places: Places, opened: ExitStack) -> IO[bytes]:
        if each.target == _NULL:
            return opened.enter_context(Path(_NULL).open("wb"))
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

    def _program(self, ready: _Ready, written: Written, source: Path | None, out: IO[bytes], err: IO[bytes]) -> int:
        lab, heard = self.ground.lab, source
        self._may_read(written.tool, source)
        program = self._path(written.tool)
        heed()
        with (heard or Path(_NULL)).open("rb") as stdin:
            process = subprocess.Popen(
                restricted([program, *written.words], lab.runner.limits), stdin=stdin, stdout=out, stderr=err,
                cwd=lab.paths.real(self.state.cwd), env=self._environment(ready.environment), user=lab.runner.user,
                group=_group(lab.runner.user), extra_groups=[] if lab.runner.user else None, umask=_UMASK,
                start_new_session=True,
            )  # fmt: skip
        try:
            status = process.wait(timeout=lab.runner.limits.seconds)
        except subprocess.TimeoutExpired:
            heed()
            raise LimitReached("time", seconds=f"{lab.runner.limits.seconds:g}") from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        heed()
        return status if status >= 0 else 128 - status

    def _path(self, tool: str) -> Path:
        if tool.startswith(("pg_", "psql", "create", "drop")):
            return self.ground.tool(tool)
        for folder in os.defpath.split(os.pathsep):
            if folder and (Path(folder) / tool).exists():
                return Path(folder) / tool
        raise NotHere("program", name=tool)

    def _may_read(self, tool: str, source: Path | None) -> None:
        """What psql and pg_restore are given on standard input is a script too."""
        if source is None:
            return
        places = self._places(self.state)
        if tool == "psql":
            places.runs(source, "-")
        elif tool == "pg_restore":
            self.ground.lab.dumps.check(source, "-")

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What a tool sees: nothing of the caller's, and of the session's only what was judged."""
        lab, places = self.ground.lab, self._places(self.state)
        seen = {key: value for key, value in given.items() if key in _VARIABLES}
        if "PGDATA" in seen:
            seen["PGDATA"] = str(places.real(seen["PGDATA"]))
        return {"PATH": os.defpath, "HOME": str(lab.home), "TMPDIR": str(lab.home / "output"), "LC_ALL": "C", "TZ": "UTC",
                "PGUSER": "postgres", **seen, "PGHOST": str(lab.paths.sockets)}  # fmt: skip

    def _note(self, written: Written, made: Redirection | None, streams: _Streams, places: Places, out: IO[bytes]) -> None:
        """What was dumped may be run; not what was written behind something else."""
        dumps = self.ground.lab.dumps
        if written.made:
            dumps.note(places.real(written.made))
        if made is not None and made.op == ">" and made.target != _NULL:
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


def _variable(key: str, value: str, places: Places) -> str:
    """A variable that a tool may see; raises NotHere for any other, and for a value that leads elsewhere."""
    match key:
        case "PGPORT" if value in _PORTS:
            return value
        case "PGDATABASE" | "PGUSER" | "PGAPPNAME":
            return name(value)
        case "PGDATA":
            places.real(value)
            return value
        case "PGHOST" if value == SOCKET:
            return value
    raise NotHere("variable", name=told(key), value=told(value))


def _group(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd  # Unix only

    return pwd.getpwnam(user).pw_gid
