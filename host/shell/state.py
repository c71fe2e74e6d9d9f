"""A shell while it reads a line: variables, where it is, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import MappingProxyType

from host.effort import ShellError
from host.files import Files
from host.machine import Host
from host.shell.streams import Sink, Source, World
from host.shell.voice import Voice
from simulator.frozen import replace

Fds = dict[int, Sink | Source]
Running = Generator[float, None, int]
"""A command that runs: it yields the moment it sleeps until, and ends with its exit status."""

__all__ = ["Exit", "Fds", "Jump", "Running", "Shell", "ShellError"]

SHELL_PID = "812"
LONGEST_VALUE = 512 << 10
HIDDEN = frozenset({"?", "-", "umask"})
"""Kept among the variables, and no variables."""


class Exit(Exception):
    """The shell (or subshell) ends."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Jump(Exception):
    """`break` (or `continue`) out of so many loops."""

    def __init__(self, loops: int, again: bool) -> None:
        super().__init__(loops)
        self.loops, self.again = loops, again


class Shell:
    """One shell; a subshell is a copy that shares the world."""

    def __init__(self, world: World, voice: Voice) -> None:
        host = world.host
        self.world, self.voice = world, voice
        self.cwd, self.user = host.cwd, host.user
        self.env: dict[str, str] = dict(host.env)
        self.variables: dict[str, str] = {k: v for k, v in host.variables.items() if k not in ("?", "-")}
        self.options: set[str] = set(host.variables.get("-", "").split())
        self.status = int(host.variables.get("?", "0"))
        self.args: list[str] = []
        self.name = voice.name
        self.line = 1
        self.last_job = ""
        self.loops = 0
        self.substituted: int | None = None

    def child(self) -> Shell:
        """A subshell."""
        copy = Shell.__new__(Shell)
        copy.__dict__.update(self.__dict__)
        copy.env, copy.variables = dict(self.env), dict(self.variables)
        copy.options, copy.args = set(self.options), list(self.args)
        copy.loops = 0
        return copy

    def host(self) -> Host:
        """The host as a program sees it that this shell starts."""
        return replace(
            self.world.host,
            cwd=self.cwd,
            user=self.user,
            env=MappingProxyType(self.env),
            variables=MappingProxyType(self.variables),
        )

    def files(self) -> Files:
        """The files as this shell may use them."""
        return Files(self.host())

    def ended(self) -> Host:
        """The host after the line: what the login shell remembers goes with it."""
        kept = {**self.variables, "?": str(self.status)}
        if self.options:
            kept["-"] = " ".join(sorted(self.options))
        return replace(
            self.world.host,
            cwd=self.cwd,
            user=self.user,
            env=MappingProxyType(dict(self.env)),
            variables=MappingProxyType(kept),
        )

    def get(self, name: str) -> str | None:
        """A variable or parameter; None when it is not set."""
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self)
        if name.isdecimal():
            place = int(name) - 1
            if place < 0:  # ${00}
                return self.name
            return self.args[place] if place < len(self.args) else None
        if name in self.env:
            return self.env[name]
        if name in HIDDEN:
            return None
        value = self.variables.get(name)
        return _computed(self, name) if value is None else value

    def set(self, name: str, value: str) -> None:
        """Assign; an exported variable stays exported."""
        if len(value) > LONGEST_VALUE:
            raise ShellError(f"{name}: the dojo holds no longer value\n")
        if name in self.env:
            self.env[name] = value
        else:
            self.variables[name] = value

    def export(self, name: str, value: str | None) -> None:
        """Show a variable to programs."""
        kept = value if value is not None else self.variables.get(name, self.env.get(name))
        if kept is not None:
            self.env[name] = kept
            self.variables.pop(name, None)

    def unset(self, name: str) -> None:
        """Forget a variable."""
        self.env.pop(name, None)
        self.variables.pop(name, None)

    def substitution_status(self) -> int:
        """Of the last command substitution of this command; 0 when it had none."""
        return self.substituted or 0

    def say(self, text: str) -> str:
        """A message of a builtin, with the shell's name before it."""
        return f"{self.voice.at(self.line)}{text}\n"


def _computed(shell: Shell, name: str) -> str | None:
    match name:
        case "PWD":
            return shell.cwd
        case "RANDOM":
            return str(int(shell.world.host.clock * 7919) % 32768)
        case "SECONDS":
            return str(int(shell.world.host.clock - START))
        case "IFS":
            return " \t\n"
        case "PPID":
            return "1"
        case "UID" | "EUID":
            return "0" if shell.user == "root" else "999"
        case "HOSTNAME":
            return "dojo"
        case "LINENO":
            return str(shell.line)
        case _:
            return None


START = 1_790_000_000.0
_SPECIAL: dict[str, Callable[[Shell], str]] = {
    "?": lambda shell: str(shell.status),
    "$": lambda shell: SHELL_PID,  # noqa: ARG005
    "#": lambda shell: str(len(shell.args)),
    "0": lambda shell: shell.name,
    "!": lambda shell: shell.last_job,
    "-": lambda shell: "".join(
        {"errexit": "e", "nounset": "u", "xtrace": "x"}.get(o, "") for o in sorted(shell.options)
    ),
}
