"""A server's settings from the files in its directory: postgresql.conf with includes, postgresql.auto.conf."""

from __future__ import annotations

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
_SEGMENT = 16 * 2**20


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
    for name, into in (("postgresql.conf", main), ("postgresql.auto.conf", auto)):
        path = f"{pgdata}/{name}"
        for line, where in _lines(host, path, faults, 0):
            try:
                known = parameter(major, line.name).name
            except UnmodelledParameter:
                others[line.name] = line.value
            except UnknownParameter as error:
                faults.append(f'LOG:  {error.message} in file "{where}" line {line.number}')
                faulty = path
            else:
                into.pop(known, None)
                into[known] = line.value
        if faults and not faulty:  # the name of a file that cannot be parsed
            faulty = path if name == "postgresql.conf" else name
    for name, _ in options:
        main.pop(name, None)
        auto.pop(name, None)
    main = {**dict(options), **main}  # the command line is read before the files
    return Read(tuple(main.items()), tuple(auto.items()), tuple(others.items()), tuple(faults), faulty)


def _lines(host: Host, path: str, faults: list[str], depth: int) -> list[tuple[conf.Line, str]]:
    """Every setting with the file it stands in; include directives followed."""
    node = tree.find(host.root, path)
    if not isinstance(node, tree.File):
        return []
    lines, broken = conf.read(text_of(node.content))
    faults += [f"LOG:  {one.message(path)}" for one in broken]
    found: list[tuple[conf.Line, str]] = []
    for line in lines:
        if line.name in ("include", "include_if_exists") and depth < _DEPTH:
            below = tree.absolute(line.value, path.rpartition("/")[0])
            if line.name == "include" and tree.find(host.root, below) is None:
                faults.append(f'LOG:  could not open configuration file "{below}": No such file or directory')
            found += _lines(host, below, faults, depth + 1)
        elif line.name == "include_dir" and depth < _DEPTH:
            below = tree.absolute(line.value, path.rpartition("/")[0])
            here = tree.find(host.root, below)
            for name in sorted(here.entries) if isinstance(here, tree.Dir) else ():
                if name.endswith(".conf") and not name.startswith("."):
                    found += _lines(host, f"{below}/{name}", faults, depth + 1)
        else:
            found.append((line, path))
    return found


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


def reread(host: Host, instance: Instance) -> ServerSettings:
    """The settings in force with the files' lines as they are now (ServerSettings.reload() takes them in)."""
    read = read_files(host, instance.pgdata, instance.major, instance.options)
    return replace(instance.settings, conf=read.conf, auto_conf=read.auto)
