"""Conditions held against a host: one function a kind says whether it holds, and if not, what stands in the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from host import tree
from host.catalog import Table
from host.content import text_of
from host.machine import Host
from host.server.files import ControlFile, WalFile
from host.server.instance import Instance
from host.shell import run_line
from host.tree import Dir, File, Link, Node
from levels import conditions as c
from levels.dumps import fault_of
from levels.trials import tried
from simulator.lsn import is_segment_name, parse_segment_name

_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds; `reason` is the key of a sentence that says why not."""

    holds: bool
    reason: str = ""
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


HOLDS = Verdict(holds=True)


def lacks(reason: str, **facts: object) -> Verdict:
    """It does not hold, because."""
    return Verdict(False, reason, facts)


def holds_if(yes: bool, reason: str, **facts: object) -> Verdict:
    """It holds, or the reason why not."""
    return HOLDS if yes else lacks(reason, **facts)


def judge(condition: c.Condition, host: Host, line: str = "") -> Verdict:
    """Whether a condition holds on a host; `line` is what was typed last."""
    if isinstance(condition, c.Typed):
        return holds_if(re.search(condition.pattern, line) is not None, "still")
    return _JUDGES[type(condition)](condition, host)


def path_on(host: Host, text: str) -> str:
    """A path of a condition: ~ and $PGDATA stand for what they are on this host."""
    home = host.env.get("HOME", "/")
    return host.path(re.sub(r"^~(?=/|$)", home, text).replace("$PGDATA", host.env.get("PGDATA", "/nowhere")))


def _node(host: Host, text: str) -> Node | None:
    return tree.find(host.root, path_on(host, text))


def _with_catalog(host: Host, port: int) -> Instance | Verdict:
    """A server that answers, or why none does."""
    instance = host.instance(port)
    if instance is None:
        return lacks("no_server", port=port)
    if instance.recovery is not None and not instance.recovery.accepts:
        return lacks("not_accepting", port=port)
    return instance


def _table(host: Host, name: str, port: int) -> Table | Verdict:
    instance = _with_catalog(host, port)
    if isinstance(instance, Verdict):
        return instance
    database, _, rest = name.partition(".")
    schema, _, table = rest.rpartition(".")
    there = instance.catalog.database(database)
    if there is None:
        return lacks("no_database", name=database, port=port)
    return there.table(schema or "public", table) or lacks("no_table", table=name)


def _rows(wanted: c.Rows, host: Host) -> Verdict:
    table = _table(host, wanted.table, wanted.port)
    if isinstance(table, Verdict):
        return table
    return holds_if(table.rows.count == wanted.count, "other_count", now=table.rows.count)


def _table_there(wanted: c.TableThere, host: Host) -> Verdict:
    table = _table(host, wanted.table, wanted.port)
    return table if isinstance(table, Verdict) else HOLDS


def _database(wanted: c.DatabaseThere, host: Host) -> Verdict:
    instance = _with_catalog(host, wanted.port)
    if isinstance(instance, Verdict):
        return instance
    return holds_if(instance.catalog.database(wanted.name) is not None, "no_database", name=wanted.name)


def _role(wanted: c.RoleThere, host: Host) -> Verdict:
    instance = _with_catalog(host, wanted.port)
    if isinstance(instance, Verdict):
        return instance
    return holds_if(wanted.name in instance.catalog.roles, "no_role")


def _state(instance: Instance | None) -> frozenset[str]:
    """Every word for what a server does."""
    if instance is None:
        return frozenset({"down"})
    recovery = instance.recovery
    if recovery is None:
        return frozenset({"running", "writable"})
    words = {"running"} if recovery.accepts else set()
    words |= {"standby"} if recovery.standby else {"recovering"}
    words |= {"streaming"} if recovery.streaming else set()
    return frozenset(words | ({"paused"} if recovery.paused else set()))


STATES = ("down", "paused", "streaming", "standby", "recovering", "writable", "running")
"""What a server does, the most telling word first."""


def _server(wanted: c.ServerState, host: Host) -> Verdict:
    instance = host.instance(wanted.port)
    words = _state(instance)
    now = next(word for word in STATES if word in words)
    if wanted.state not in words:
        return lacks(f"server_{now}")
    if wanted.directory and instance is not None:
        there = tree.resolve(host.root, path_on(host, wanted.directory))
        return holds_if(instance.pgdata == there, "other_directory", now=instance.pgdata)
    return HOLDS


def _timeline(wanted: c.OnTimeline, host: Host) -> Verdict:
    instance = host.instance(wanted.port)
    if instance is None:
        return lacks("no_server")
    recovery = instance.recovery
    now = recovery.replay_timeline if recovery else instance.cluster.data.timeline
    return holds_if(now == wanted.number, "other_timeline", now=now)


def _setting(wanted: c.InForce, host: Host) -> Verdict:
    instance = host.instance(wanted.port)
    if instance is None:
        return lacks("no_server")
    now = instance.settings.show(wanted.name) if wanted.name in instance.settings.values else ""
    return holds_if(wanted.value in (now, now.replace(" ", "")), "other_value", now=now or "''")


def _matching(host: Host, text: str) -> list[tuple[str, Node]]:
    """What lies at a path, of which every part may be a pattern."""
    found: list[tuple[str, Node]] = [("", host.root)]
    for part in path_on(host, text).split("/")[1:]:
        deeper: list[tuple[str, Node]] = []
        for path, node in found:
            here = tree.find(host.root, path or "/") if isinstance(node, Link) else node
            if isinstance(here, Dir):
                deeper += [(f"{path}/{name}", one) for name, one in here.entries.items() if fnmatchcase(name, part)]
        found = deeper
    return found


def _file(wanted: c.FileThere, host: Host) -> Verdict:
    return holds_if(bool(_matching(host, wanted.path)), "no_file")


def _says(wanted: c.FileSays, host: Host) -> Verdict:
    node = _node(host, wanted.path)
    if not isinstance(node, File):
        return lacks("no_file")
    return holds_if(wanted.words in text_of(node.content), "words_missing")


def _link(wanted: c.LinksTo, host: Host) -> Verdict:
    links = [node for _, node in _matching(host, wanted.path) if isinstance(node, Link)]
    if not links:
        return lacks("no_link")
    target = path_on(host, wanted.target)
    return holds_if(any(link.target == target for link in links), "other_target", now=links[0].target)


def _restores(wanted: c.Restores, host: Host) -> Verdict:
    node = _node(host, wanted.path)
    if not isinstance(node, Dir):
        return lacks("no_file")
    if wanted.archive and not isinstance(_node(host, wanted.archive), Dir):
        return lacks("no_archive")
    trial = tried(host, path_on(host, wanted.path), wanted.archive and path_on(host, wanted.archive))
    if trial.port == 0:
        return lacks("not_started", said=trial.said)
    if not wanted.table:
        return HOLDS
    return _rows(c.Rows(wanted.table, wanted.count, trial.port), trial.host)


def _verifies(wanted: c.Verifies, host: Host) -> Verdict:
    if not isinstance(_node(host, wanted.path), Dir):
        return lacks("no_file")
    done = run_line(host, f"pg_verifybackup '{path_on(host, wanted.path)}'")
    said = (done.stderr.splitlines() or [""])[0]
    return holds_if(done.exit == 0, "not_verified", said=said)


def _clean(wanted: c.StoppedCleanly, host: Host) -> Verdict:
    node = _node(host, f"{wanted.path}/global/pg_control")
    if not isinstance(node, File) or not isinstance(node.content, ControlFile):
        return lacks("no_cluster")
    return holds_if(node.content.state == "shut down", "not_clean", now=node.content.state)


def _dump(wanted: c.DumpHolds, host: Host) -> Verdict:
    node = _node(host, wanted.path)
    if node is None:
        return lacks("no_file")
    fault, facts = fault_of(node, wanted)
    return holds_if(not fault, fault, **facts)


def _archived(wanted: c.Archived, host: Host) -> Verdict:
    node = _node(host, wanted.path)
    if not isinstance(node, Dir):
        return lacks("no_archive", archive=wanted.path)
    instance = host.instance(wanted.port)
    if instance is None:
        return lacks("no_server")
    whole = sum(_is_whole(name, entry, instance) for name, entry in node.entries.items())
    if whole < wanted.at_least:
        return lacks("few_archived", now=whole)
    return _nothing_waits(c.NothingWaits(wanted.port), host)


def _is_whole(name: str, entry: Node, instance: Instance) -> bool:
    """A file under a segment's name that holds that segment, from beginning to end."""
    content = entry.content if isinstance(entry, File) else None
    if not isinstance(content, WalFile) or not is_segment_name(name) or content.truncated is not None:
        return False
    size = instance.cluster.data.segment_size
    return (content.timeline, content.segment) == parse_segment_name(name, size)


def _nothing_waits(wanted: c.NothingWaits, host: Host) -> Verdict:
    instance = host.instance(wanted.port)
    if instance is None:
        return lacks("no_server")
    pg_wal = instance.cluster.data.pg_wal
    waiting = len(pg_wal.ready) + sum(other.status == "ready" for other in pg_wal.others)
    return holds_if(waiting == 0, "waiting", now=waiting)


def _wal_files(wanted: c.WalFiles, host: Host) -> Verdict:
    instance = host.instance(wanted.port)
    if instance is None:
        return lacks("no_server")
    now = len(instance.cluster.data.pg_wal.segments)
    return holds_if(now <= wanted.at_most, "many_segments", now=now)


def _slot(wanted: c.SlotState, host: Host) -> Verdict:
    instance = host.instance(wanted.port)
    if instance is None:
        return lacks("no_server")
    slot = instance.cluster.data.slot(wanted.name)
    if slot is None:
        return lacks("no_slot")
    states = {"exists"}
    states |= {"lost"} if slot.lost else {"active"} if slot.active else {"inactive"}
    states |= {"reserved"} if slot.restart_lsn is not None and not slot.lost else set()
    return holds_if(wanted.state in states, "slot_lost" if slot.lost else "slot_other")


def _free(wanted: c.SpaceFree, host: Host) -> Verdict:
    parts = tree.resolve(host.root, path_on(host, wanted.path)).split("/")
    for depth in range(len(parts), 1, -1):
        node = tree.find(host.root, "/".join(parts[:depth]))
        if isinstance(node, Dir) and node.capacity is not None:
            free = max(0, node.capacity - tree.used(node)) // _MEGABYTE
            return holds_if(free >= wanted.megabytes, "little_space", now=free)
    return HOLDS


def _backup_open(wanted: c.BackupOpen, host: Host) -> Verdict:
    instance = host.instance(wanted.port)
    return holds_if(instance is not None and bool(instance.cluster.live.backups), "no_backup_open")


_JUDGES: Mapping[type[c.Condition], Callable[[Any, Host], Verdict]] = {
    c.Rows: _rows,
    c.TableThere: _table_there,
    c.DatabaseThere: _database,
    c.RoleThere: _role,
    c.ServerState: _server,
    c.OnTimeline: _timeline,
    c.InForce: _setting,
    c.FileThere: _file,
    c.FileSays: _says,
    c.LinksTo: _link,
    c.Restores: _restores,
    c.Verifies: _verifies,
    c.StoppedCleanly: _clean,
    c.DumpHolds: _dump,
    c.Archived: _archived,
    c.NothingWaits: _nothing_waits,
    c.WalFiles: _wal_files,
    c.SlotState: _slot,
    c.SpaceFree: _free,
    c.BackupOpen: _backup_open,
}
