"""The WAL of every running server as the Theatre's ruler draws it, read from the Host."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from host import programs, tree
from host.machine import Host
from host.server.instance import Instance
from host.server.work import world_of
from host.tree import Dir
from simulator.frozen import replace
from simulator.lsn import is_segment_name, parse_segment_name
from simulator.ranges import EMPTY, Ranges
from simulator.world import Archive
from ui import frames
from ui.brackets import Backups

MB = 1 << 20
_TARGET = re.compile(r"""((?:~|\$\w+|\$\{\w+\})?(?:/[^\s'";&|<>]*)?)/%f""")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


def archive_folder(host: Host, instance: Instance) -> str:
    """Where archive_command puts files, as far as its words tell; '' when they do not."""
    found = _TARGET.findall(str(instance.settings.value("archive_command")))
    words = found[-1] if found else ""
    if words.startswith("~"):
        words = "$HOME" + words[1:]
    return _VARIABLE.sub(lambda name: host.env.get(name[1], ""), words)


def idle(host: Host) -> str:
    """Why no server runs on this machine, and what would start one: the key of a text."""
    if not programs.is_tool("pg_ctl", host):
        return "no_server_programs"
    made = "PG_VERSION" in _entries(host, host.env.get("PGDATA", ""))
    return "no_server" if made else "no_server_yet"


def strips(now: Host, before: Host) -> list[dict[str, Any]]:
    """One for each server that runs on this machine: what to draw, and what was drawn before."""
    old = {one.pgdata: one for one in before.servers}
    found = []
    for one in sorted(now.servers, key=lambda each: each.port):
        was = old.get(one.pgdata)
        size = one.cluster.data.segment_size
        strip: dict[str, Any] = {"path": one.pgdata, "port": one.port, "segMB": size // MB}
        strip["role"] = "standby" if one.recovery is not None and one.recovery.standby else ""
        strip |= _archiving(now, one)
        strip["now"] = frame(now, one)
        strip["was"] = frame(before, was) if was is not None else None
        strip["tli"] = strip["now"]["tli"]
        found.append(strip)
    return found


def _archiving(host: Host, instance: Instance) -> dict[str, Any]:
    """Whether it archives, where to, and whether that fails: `archiving` is the end of a text's key."""
    folder = archive_folder(host, instance)
    facts: dict[str, Any] = {"archive": folder, "archiving": "at" if folder else "elsewhere"}
    if not instance.cluster.live.limits.archiving:
        facts |= {"archive": "", "archiving": "off"}
    elif instance.recovery is not None and instance.settings.value("archive_mode") != "always":
        facts["archiving"] = "standby"
    elif name := _failing(instance):
        facts |= {"archiving": "fails", "failing": name, "failed": instance.archiver.failed_count}
    return facts


def _failing(instance: Instance) -> str:
    """The file that archive_command fails on at present; '' when it does not."""
    archiver = instance.archiver
    over = archiver.last_archived and archiver.last_failed_at <= archiver.last_archived_at
    return "" if over else archiver.last_failed


def frame(host: Host, instance: Instance) -> dict[str, Any]:
    """What the ruler draws of a server (see ui/frames.py)."""
    stored = stored_in(host, archive_folder(host, instance), instance.cluster.data.segment_size)
    world = replace(world_of(host, instance), archive=Archive(segments=stored, last_failed=_failing(instance)))
    running = Backups().after(world, ()).brackets
    shown = frames.show(world, EMPTY, [each.sent() for each in running], {})
    if instance.recovery is not None:
        shown["ins"] = frames.position(instance.recovery.replay_lsn, instance.cluster.data.segment_size)
    return shown


def stored_in(host: Host, folder: str, segment_size: int) -> Ranges:
    """Segments in a folder, whatever their timeline: the ruler has one scale."""
    return Ranges.of(_numbers(_entries(host, folder), segment_size))


def _entries(host: Host, folder: str) -> Collection[str]:
    node = tree.find(host.root, folder) if folder else None
    return node.entries.keys() if isinstance(node, Dir) else ()


def _numbers(names: Collection[str], segment_size: int) -> Iterator[int]:
    for name in names:
        plain = name.partition(".")[0]
        if is_segment_name(plain) and name in (plain, f"{plain}.gz", f"{plain}.partial"):
            yield parse_segment_name(plain, segment_size)[1]
