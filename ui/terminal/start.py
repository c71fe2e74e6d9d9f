"""Where a sitting begins: a version, lines for postgresql.conf, and the host that these make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from host.machine import Build, Host
from host.server import conf
from host.worlds import made, world
from simulator.settings import ServerSettings, UnknownParameter, UnmodelledParameter, parameter
from simulator.settings_values import InvalidValue
from simulator.versions import DEFAULT, version

WORLD = "default"
WORLDS = (WORLD, "three-machines", "empty")
"""What the sandbox may begin with; ui/texts/terminal.toml says what each is (`world_…`)."""
NO_SERVER = frozenset({"empty"})
"""Worlds whose server the learner makes: there is no postgresql.conf yet."""
SEGMENT_BYTES = 16 << 20
LONGEST = 2000
"""Characters of lines for postgresql.conf: more is no starting world, but a file."""
# The dojo reaches the server where these say; a learner changes them at the terminal, where they can be seen.
_KEPT = frozenset({"data_directory", "config_file", "hba_file", "ident_file", "port", "unix_socket_directories"})

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Start:
    """A starting world."""

    major: int = DEFAULT
    lines: Lines = ()
    """For postgresql.conf, in order."""
    world: str = WORLD

    def on(self, major: int) -> Start:
        """The same on another version."""
        return replace(self, major=major)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line: the key of a sentence in texts/terminal.toml, and what it names."""

    key: str
    line: int
    said: str


def worlds() -> tuple[tuple[str, str], ...]:
    """The worlds to choose from, each with the key of its name in ui/texts/terminal.toml."""
    return tuple((name, f"world_{name.replace('-', '_')}") for name in WORLDS)


def read_lines(text: str, major: int, world: str = WORLD) -> tuple[Lines, tuple[Fault, ...]]:
    """Lines as they may stand in postgresql.conf, and what the server would refuse of them."""
    if len(text) > LONGEST:
        return (), (Fault("conf_too_long", 0, str(LONGEST)),)
    good, broken = conf.read(text)
    faults = [Fault("conf_broken", each.number, each.token) for each in broken]
    found: dict[str, str] = {}
    for each in good:
        fault = _fault(each, major)
        if fault is not None:
            faults.append(fault)
        else:
            found.pop(each.name, None)
            found[each.name] = each.value
    if found and world in NO_SERVER:
        faults.append(Fault("conf_no_server", 0, world))
    if not faults:
        faults += _together(found, major, world)
    return tuple(found.items()), tuple(sorted(faults, key=lambda fault: fault.line))


def _fault(line: conf.Line, major: int) -> Fault | None:
    if line.name in _KEPT or line.name.startswith("include"):
        return Fault("conf_kept", line.number, line.name)
    try:
        ServerSettings.initial(major, SEGMENT_BYTES, {line.name: line.value})
    except (InvalidValue, UnknownParameter) as refused:
        return Fault("conf_refused", line.number, str(getattr(refused, "message", refused)))
    except UnmodelledParameter:
        return None
    return None


def _together(found: dict[str, str], major: int, world: str) -> Iterator[Fault]:
    """Each value is good; the server may still not start with all of them."""
    try:
        _host(Start(major, tuple(found.items()), world))
    except made.NotMade as refused:
        yield Fault("conf_together", 0, str(refused).strip().splitlines()[-1] if str(refused).strip() else "")


def known_to_model(name: str, major: int) -> bool:
    """Whether the model does something with a parameter."""
    try:
        parameter(major, name)
    except (UnmodelledParameter, UnknownParameter):
        return False
    return True


def shown(lines: Lines) -> str:
    """The lines as one would write them."""
    return "".join(f"{name} = {conf.quoted(value)}\n" for name, value in lines)


def first_host(start: Start) -> Host:
    """The host of a starting world; with lines that no server starts with, the world without them."""
    try:
        return _host(start)
    except made.NotMade:
        return _host(replace(start, lines=()))


@lru_cache(maxsize=32)
def _host(start: Start) -> Host:
    build = Build(version(start.major).major)
    host = world(start.world, build, build)
    if not start.lines or not host.servers:
        return host
    pgdata = host.servers[0].pgdata
    quoted = tuple((name, conf.quoted(value)) for name, value in start.lines)
    return made.started(made.with_lines(made.down(host), pgdata, quoted), pgdata)
