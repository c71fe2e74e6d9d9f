"""A server's settings from the files in its directory: postgresql.conf with includes, postgresql.auto.conf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host import tree
from host.content import text_of
from host.server import conf
from simulator.frozen import replace
from simulator.settings import InvalidValue, ServerSettings, UnknownParameter, UnmodelledParameter, parameter

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance

_DEPTH = 10
_INCLUDES = ("include", "include_if_exists", "include_dir")
_SEGMENT = 16 * 2**20
SYNTAX = "syntax error"
RELOADING = "LOG:  received SIGHUP, reloading configuration files"


@dataclass(frozen=True, slots=True)
class Read:
    """What the files say: lines the model knows, the others, and what is wrong."""

    conf: tuple[tuple[str, str], ...]
    auto: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    """Parameters that the model leaves out."""
    faults: tuple[str, ...]
    """Lines for the log, 'LOG:  …' each; with any of them the files are not taken."""
    faulty_file: str = ""


def read_files(host: Host, pgdata: str, major: int, options: tuple[tuple[str, str], ...] = ()) -> Read:
    """Read both files (ProcessConfigFile); `options` of the command line win over them."""
    faults: list[str] = []
    faulty = ""
    main: dict[str, str] = {}
    auto: dict[str, str] = {}
    others: dict[str, str] = {}
    parsed = []
    for name, into in (("postgresql.conf", main), ("postgresql.auto.conf", auto)):
        path = f"{pgdata}/{name}"
        parsed.append((into, _lines(host, path, faults)))
        if faults:  # what cannot be parsed is not looked at any further
            return Read((), (), (), tuple(faults), path if into is main else name)
    for into, lines in parsed:
        for line, where in lines:
            try:
                known = parameter(major, line.name).name
            except UnmodelledParameter:
                others[line.name] = line.value
            except UnknownParameter as error:
                faults.append(f'LOG:  {error.message} in file "{where}" line {line.number}')
                faulty = where
            else:
                into.pop(known, None)
                into[known] = line.value
    for name, _ in options:
        main.pop(name, None)
        auto.pop(name, None)
    main = {**dict(options), **main}  # the command line is read before the files
    return Read(tuple(main.items()), tuple(auto.items()), tuple(others.items()), tuple(faults), faulty)


def _lines(host: Host, path: str, faults: list[str]) -> list[tuple[conf.Line, str]]:
    """Every setting with the file it stands in."""
    found: list[tuple[conf.Line, str]] = []
    for item in items(host, path):
        if item.line is None:
            faults.append(f"LOG:  {item.fault}")
        else:
            found.append((item.line, item.path))
    return found


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a configuration file: a setting, or what is wrong with it."""

    path: str
    number: int
    line: conf.Line | None
    fault: str = ""
    """As it is logged."""
    error: str = ""
    """As pg_file_settings has it."""


def items(host: Host, path: str, depth: int = 0) -> Iterator[Item]:
    """The lines of a file in order (ParseConfigFile); include directives followed."""
    node = tree.find(host.root, path)
    if not isinstance(node, tree.File):
        return
    lines, broken = conf.read(text_of(node.content))
    every: tuple[conf.Line | conf.Broken, ...] = (*lines, *broken)
    for line in sorted(every, key=lambda one: one.number):
        if isinstance(line, conf.Broken):
            yield Item(path, line.number, None, line.message(path), SYNTAX)
        elif line.name in _INCLUDES and depth < _DEPTH:
            yield from _included(host, path, line, depth)
        else:
            yield Item(path, line.number, line)


def _included(host: Host, path: str, line: conf.Line, depth: int) -> Iterator[Item]:
    below = tree.absolute(line.value, path.rpartition("/")[0])
    here = tree.find(host.root, below)
    if line.name == "include_dir":
        for name in sorted(here.entries) if isinstance(here, tree.Dir) else ():
            if name.endswith(".conf") and not name.startswith("."):
                yield from items(host, f"{below}/{name}", depth + 1)
        return
    if line.name == "include" and here is None:
        fault = f'could not open configuration file "{below}": No such file or directory'
        yield Item(path, line.number, None, fault, f'could not open file "{below}"')
    yield from items(host, below, depth + 1)


def option_faults(major: int, pgdata: str, options: tuple[tuple[str, str], ...]) -> list[str]:
    """What is wrong with the options of the command line."""
    found = (option_fault(major, pgdata, name, value) for name, value in options)
    return [fault for fault in found if fault]


def option_fault(major: int, pgdata: str, name: str, value: str) -> str:
    """What is wrong with one option of the command line: SetConfigOption() ends the postmaster with it."""
    try:
        parameter(major, name)
        ServerSettings(major, _SEGMENT, pgdata, False, ((name, value),), ()).restarted()
    except UnmodelledParameter:
        return ""
    except InvalidValue as error:
        return error.message
    return ""


def settings_from(read: Read, major: int, segment_bytes: int, pgdata: str, *, checksums: bool) -> ServerSettings:
    """The settings as the files say them, not yet in force (`restarted()` puts them in force)."""
    return ServerSettings(major, segment_bytes, pgdata, checksums, read.conf, read.auto)


def reread(host: Host, instance: Instance) -> tuple[ServerSettings, tuple[str, ...]]:
    """The settings after a SIGHUP, and what is logged: where the files have a fault, nothing of them is taken."""
    read = read_files(host, instance.pgdata, instance.major, instance.options)
    if read.faults:
        refused = f'LOG:  configuration file "{read.faulty_file}" contains errors; no changes were applied'
        return instance.settings, (RELOADING, *read.faults, refused)
    return replace(instance.settings, conf=read.conf, auto_conf=read.auto).reload()
