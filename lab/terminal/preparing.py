"""What a line would do, judged before anything is done: its words, its paths, its program, what a server would read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from host.conformance.record import PLACES
from host.shell.syntax import Script, Simple
from lab import NotHere
from lab.terminal.allowed import LOOKS
from lab.terminal.arguments import Writer, Written
from lab.terminal.ground import SOCKET, Ground
from lab.terminal.places import Places
from lab.terminal.reading import Order, Redirection, globbed, order, script_of, simples
from lab.terminal.settling import servers
from lab.words import name, told

NULL = "/dev/null"
_PORTS = ("5432", "5433", "5434")


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
class Ready:
    """A simple command that may be performed: words of a builtin, or a program's."""

    order: Order
    written: Written | None
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Preparer:
    """Judges the commands of one session."""

    ground: Ground

    def only_looks(self, line: str, state: State) -> bool:
        """Does the line change nothing (as far as its programs' names tell)?"""
        with suppress(NotHere):
            found = [self._order(simple, state) for simple in simples(script_of(line))]
            nowhere = all(to.target in (NULL, "1") or to.fd == 0 for each in found for to in each.redirections)
            return nowhere and all(each.words and each.words[0] in LOOKS for each in found)
        return False

    def places(self, state: State) -> Places:
        lab = self.ground.lab
        return Places(lab.paths, state.cwd, SOCKET, state.exported.get("PGDATA", ""), lab.dumps, self.ground.configs)

    def _order(self, simple: Simple, state: State) -> Order:
        places = self.places(state)
        return order(simple, state.seen(), lambda pattern: globbed(pattern, places.listed))

    def rehearse(self, script: Script, state: State) -> None:
        """Every command is judged before the first is performed."""
        state = state.copy()
        for simple in simples(script):
            self.remember(self.ready(simple, state), state)

    def ready(self, simple: Simple, state: State) -> Ready:
        found = self._order(simple, state)
        places = self.places(state)
        for each in found.redirections:
            self._judge(each, places)
        words = found.words
        own = {key: _variable(key, value, places) for key, value in found.assigned if words}
        environment = {**state.exported, **own}
        if not words:
            for key, value in found.assigned:
                if key.startswith(("PG", "LD_", "LC_")) or key in ("PATH", "HOME", "IFS", "TZ"):
                    _variable(key, value, places)
            return Ready(found, None, environment)
        match words[0]:
            case "echo" if not (len(words) > 1 and words[1].startswith("-") and words[1] != "-n"):
                return Ready(found, None, environment)
            case "true" | "false" | ":" | "pwd" if len(words) == 1:
                return Ready(found, None, environment)
            case "cd" if len(words) == 2 and places.real(words[1]).is_dir():
                return Ready(found, None, environment)
            case "export" if len(words) > 1 and all("=" in word for word in words[1:]):
                for word in words[1:]:
                    key, _, value = word.partition("=")
                    _variable(key, value, places)
                return Ready(found, None, environment)
        pgdata = environment.get("PGDATA", "")
        written = Writer(replace(places, pgdata=pgdata), self.ground.major).written(words)
        self.ground.program(written.tool)
        self._configured(written, places)
        return Ready(found, written, environment)

    def _judge(self, each: Redirection, places: Places) -> None:
        if each.op == ">&" or each.target == NULL:
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

    def remember(self, ready: Ready, state: State) -> None:
        words = ready.order.words
        if not words:
            state.variables.update((key, value) for key, value in ready.order.assigned if key not in state.exported)
            state.exported.update((key, value) for key, value in ready.order.assigned if key in state.exported)
        elif words[0] == "cd":
            state.cwd = self.places(state).absolute(words[1]).rstrip("/") or "/"
        elif words[0] == "export":
            state.exported.update((word.partition("=")[0], word.partition("=")[2]) for word in words[1:])


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
