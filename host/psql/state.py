"""What one psql has in its memory: connection, variables, printing options, where its input and output are."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from host.content import Content, joined
from host.effort import LINE, spend
from host.options.psql_values import boolean
from host.psql.printing import Grid, Look, printed
from host.psql.scanner import Scanner
from host.server import connect, hosts
from host.server.instance import Instance
from host.sql.types import version_number
from host.tree import PathError

if TYPE_CHECKING:
    from host.machine import Host
    from host.options.connection import Target

_VERBOSE = {"default", "verbose", "terse", "sqlstate"}


@dataclass
class Source:
    """Lines that are read as input; name '' is standard input, or a text of -c."""

    name: str
    lines: list[str]
    at: int = 0

    def take(self) -> str | None:
        """The next line, None at the end."""
        if self.at >= len(self.lines):
            return None
        self.at += 1
        return self.lines[self.at - 1]


def lines_of(text: str) -> list[str]:
    """The lines of a text, without their newlines."""
    spend(LINE * text.count("\n"))
    lines = text.split("\n")
    return lines[:-1] if lines and lines[-1] == "" else lines


@dataclass
class Psql:
    """psql at work; what it prints is collected."""

    host: Host
    target: Target
    port: int = 0
    pid: int = 0
    variables: dict[str, str] = field(default_factory=dict)
    look: Look = field(default_factory=Look)
    sources: list[Source] = field(default_factory=list)
    pieces: list[Content] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    out_file: str = ""
    stdin: Source = field(default_factory=lambda: Source("", []))
    conditions: list[str] = field(default_factory=list)
    """\\if: 'on', 'off', 'done' (a branch was taken), 'ignored'."""
    last_error: tuple[str, str] | None = None
    last_query: str = ""
    timing: bool = False
    slept: float = 0.0
    """Seconds that the statements of this action took."""
    quit: bool = False
    lost: bool = False
    """The server closed the connection: psql ends."""
    scripted: bool = True
    """By -c, -f or standard input (not -l): messages do without the name of the program."""
    unnamed: bool = False
    """Standard input is read as by -f, and its messages name no file."""
    terse: bool = False
    """A -c, or standard input, is carried out: a file that is not there is told without the name of the program."""
    log_file: str = ""
    """-L: queries and what they print go there too."""
    restricted: str = ""
    """The key of \\restrict: until \\unrestrict names it, no other backslash command is taken."""

    def __post_init__(self) -> None:
        self.scanner = Scanner(self.variables)

    @property
    def major(self) -> int:
        """Of the client."""
        return self.host.client.major

    @property
    def connected(self) -> bool:
        """There is a session."""
        return self.instance is not None

    @property
    def instance(self) -> Instance | None:
        """The server that it is connected to."""
        found = self.host.instance(self.port) if self.pid else None
        return found if found is not None and found.session(self.pid) is not None else None

    def on(self, name: str) -> bool:
        """A variable that is on or off."""
        text = self.variables.get(name)
        return text is not None and bool(boolean(text or "on"))

    @property
    def quiet(self) -> bool:
        r"""-q or \\set QUIET."""
        return self.on("QUIET")

    @property
    def stops(self) -> bool:
        """ON_ERROR_STOP."""
        return self.on("ON_ERROR_STOP")

    @property
    def verbosity(self) -> str:
        """VERBOSITY."""
        word = self.variables.get("VERBOSITY", "default").lower()
        return word if word in _VERBOSE else "default"

    def log(self, text: Content) -> None:
        """A copy for the file of -L."""
        if self.log_file:
            with suppress(PathError):
                self.host = self.host.write(self.log_file, joined((self.host.read(self.log_file), text)))

    def say(self, text: Content) -> None:
        r"""Print on standard output, or into the file of \\o."""
        self.log(text)
        if not self.out_file:
            self.pieces.append(text)
            return
        try:
            before = self.host.read(self.out_file)
            self.host = self.host.write(self.out_file, joined((before, text)))
        except PathError as error:
            self.complain(f"{error.path}: {error.reason}")

    def out(self, text: str) -> None:
        r"""Print on standard output whatever \\o says."""
        self.pieces.append(text)

    def show(self, grid: Grid, **changes: object) -> None:
        """Print a table."""
        look = replace(self.look, **changes) if changes else self.look  # type: ignore[arg-type]
        self.say(printed(grid, look))

    @property
    def locus(self) -> str:
        """psql:FILE:LINE: of messages while a file is read."""
        source = self.sources[-1] if self.sources else None
        return f"psql:{source.name}:{source.at}: " if source is not None and source.name else ""

    def complain(self, text: str) -> None:
        """An error of psql itself."""
        locus = self.locus
        self.errors.append(f"{locus}error: {text}\n" if locus else f"{text}\n")

    def server_says(self, text: str) -> None:
        """A message of the server."""
        self.errors.append(self.locus + text)

    def connect(self, target: Target) -> str:
        """Connect anew; '' when that went well, else libpq's message."""
        if target.fault:
            return target.fault
        wanted = connect.Wanted(
            target.host,
            target.number,
            target.user,
            target.dbname,
            password=target.password,
            application=target.parameters.get("application_name", "psql"),
        )
        made = hosts.connect(self.host, wanted, target)
        if isinstance(made, connect.NotConnected):
            return made.message
        if self.pid:
            made = replace(made, host=connect.close(made.host, self.port, self.pid))
        if made.to is not None:
            target = replace(target, host=made.to[0], port=str(made.to[1]))
        self.host, self.port, self.pid, self.target = made.host, made.port, made.pid, target
        self.variables.update(self.connection_variables())
        return ""

    def connection_variables(self) -> dict[str, str]:
        """DBNAME, USER, HOST, PORT, versions."""
        instance = self.instance
        release = instance.build_release if instance is not None else ""
        return {
            "DBNAME": self.target.dbname,
            "USER": self.target.user,
            "HOST": self.target.host,
            "PORT": self.target.port,
            "ENCODING": "UTF8",
            "SERVER_VERSION_NAME": release,
            "SERVER_VERSION_NUM": version_number(instance.major if instance else 0, release),
        }

    def disconnect(self) -> None:
        """End the session."""
        if self.pid:
            self.host = connect.close(self.host, self.port, self.pid)
            self.pid = 0
