"""pg_file_settings: what stands in the configuration files, and whether a reload would take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.server.settings import SYNTAX, Item, items
from simulator.settings import InvalidValue, UnknownParameter, UnmodelledParameter, parameter, parse_value

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance

UNKNOWN = "unrecognized configuration parameter"
REFUSED = "setting could not be applied"


@dataclass(frozen=True, slots=True)
class FileSetting:
    """A line of pg_file_settings; a line without a name is one that cannot be read."""

    path: str
    number: int
    name: str | None
    value: str | None
    applied: bool
    error: str | None


def file_settings(host: Host, instance: Instance) -> Iterator[FileSetting]:
    """In the order in which they are read."""
    found = [
        item
        for name in ("postgresql.conf", "postgresql.auto.conf")
        for item in _until_fault(items(host, f"{instance.pgdata}/{name}"))
    ]
    faults = [item.error or _unknown(item, instance.major) for item in found]
    last = {item.line.name: number for number, item in enumerate(found) if item.line is not None}
    for number, (item, fault) in enumerate(zip(found, faults, strict=True)):
        counts = not any(faults) and item.line is not None and last[item.line.name] == number
        error = REFUSED if counts and not _taken(item, instance) else fault
        name, value = (item.line.name, item.line.value) if item.line is not None else (None, None)
        yield FileSetting(item.path, item.number, name, value, counts and not error, error or None)


def _until_fault(read: Iterator[Item]) -> Iterator[Item]:
    """The reading ends with the first line that cannot be read."""
    for item in read:
        yield item
        if item.error == SYNTAX:
            return


def _unknown(item: Item, major: int) -> str:
    try:
        if item.line is not None:
            parameter(major, item.line.name)
    except UnmodelledParameter:
        return ""
    except UnknownParameter:
        return UNKNOWN
    return ""


def _taken(item: Item, instance: Instance) -> bool:
    """A reload would put it in force, or it is in force already."""
    assert item.line is not None, "a line that can be read"
    name = item.line.name
    try:
        known = parameter(instance.major, name)
        value = parse_value(known, item.line.value)
    except UnmodelledParameter:
        return True
    except InvalidValue:
        return False
    if known.context != "postmaster" or name in dict(instance.options):
        return True
    return value in (instance.settings.value(known.name), -1)
