"""What a start finds lying about and puts right, and what recovery leaves in the directory."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.server import directory, labels
from host.server.files import Bytes, ControlFile, WalFile
from host.tree import Dir, File, Link, Node
from simulator.pg_wal import PgWal, file_name, file_number, segment_number
from simulator.recovery import files as recovery_files
from simulator.recovery.files import Place
from simulator.recovery.state import Recovery

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.starting import Postmaster

_TIMELINE = file_number(1, 0)
_INVALID_LABEL = 'FATAL:  invalid data in file "backup_label"'
_RECOVERY_CONF = 'FATAL:  using recovery command file "recovery.conf" is not supported'
_SCANNED = ("pg_tblspc", "pg_replslot", "pg_twophase")
"""Directories that a start reads once it knows what it begins with, and does not make again."""
_SNAPSHOTS = "pg_logical/snapshots"
_PAGE = 8192


def before(master: Postmaster, found: directory.Labels) -> tuple[Host, tuple[str, ...]]:
    """Missing directories, tablespace_map; lines with FATAL when that ends it."""
    host = master.host
    if found.recovery_conf:
        return host, (_RECOVERY_CONF,)
    if not isinstance(tree.find(host.root, f"{master.path}/pg_wal"), Dir):
        return host, ('FATAL:  required WAL directory "pg_wal" does not exist',)
    if found.backup_label is not None and labels.read(found.backup_label) is None:
        return host, (_INVALID_LABEL,)
    if found.backup_label is not None and (fault := _contradiction(found.backup_label, master.control.state)):
        return host, fault
    if found.backup_label is not None and _bad_map(found.tablespace_map or ""):
        return host, ('FATAL:  invalid data in file "tablespace_map"',)
    clean = master.control.state == "shut down" and found.backup_label is None
    if clean and (gone := untrimmed(host, master.path, master.control)):
        return host, gone
    if found.backup_label is not None and found.tablespace_map is not None:
        host = _linked(host, master.path, found.tablespace_map)
    return host, ()


def untrimmed(host: Host, path: str, control: ControlFile) -> tuple[str, ...]:
    """TrimCLOG and TrimMultiXact: the page of the next transaction has to be there, whole."""
    pages = {"pg_xact/0000": control.next_xid, "pg_multixact/offsets/0000": control.next_multixact}
    for file, xid in pages.items():
        node = tree.find(host.root, f"{path}/{file}")
        if isinstance(node, File) and node.size >= _PAGE:
            continue
        fault = f'open file "{file}": {tree.NO_ENTRY}'
        if isinstance(node, File):
            fault = f'read from file "{file}" at offset 0: read too few bytes'
        return (f"FATAL:  could not access status of transaction {xid}", f"DETAIL:  Could not {fault}.")
    return ()


def with_statuses(host: Host, path: str) -> Host:
    """Replay of a commit sets its status: where the file of its page is missing, it is made anew, with zeros before."""
    file = f"{path}/pg_xact/0000"
    if tree.find(host.root, file) is not None or not isinstance(tree.find(host.root, f"{path}/pg_xact"), Dir):
        return host
    return host.with_root(tree.put(host.root, file, File(Bytes("pg_xact"), mtime=host.clock)))


def _contradiction(label: str, state: str) -> tuple[str, ...]:
    """A label whose timeline is not that of its file, or of a standby's backup with a primary's pg_control."""
    file = re.search(r"^START WAL LOCATION: .*\(file ([0-9A-F]{8})", label, re.MULTILINE)
    told = re.search(r"^START TIMELINE: (\d+)", label, re.MULTILINE)
    if file and told and int(told[1]) != int(file[1], 16):
        detail = f"DETAIL:  Timeline ID parsed is {told[1]}, but expected {int(file[1], 16)}."
        return _INVALID_LABEL, detail
    if "\nBACKUP FROM: standby\n" in label and state not in ("in archive recovery", "shut down in recovery"):
        return (
            "FATAL:  backup_label contains data inconsistent with control file",
            "HINT:  This means that the backup is corrupted and you will have to use another backup for recovery.",
        )
    return ()


def _bad_map(text: str) -> bool:
    return any(not re.match(r"\S+ .", line) for line in text.splitlines())


def missing_directories(host: Host, path: str, *, summaries: bool) -> tuple[Host, tuple[str, ...]]:
    """ValidateXLOGDirectoryStructure: what pg_wal has inside is made again."""
    said = []
    for name in ("archive_status", *(("summaries",) if summaries else ())):
        at = f"{path}/pg_wal/{name}"
        if tree.find(host.root, at) is None:
            host = host.with_root(tree.put(host.root, at, Dir(mtime=host.clock)))
            said.append(f'LOG:  creating missing WAL directory "pg_wal/{name}"')
    return host, tuple(said)


def not_scanned(host: Host, path: str) -> tuple[str, ...]:
    """The end of a start that finds one of its directories gone."""
    gone = (name for name in _SCANNED if not isinstance(tree.find(host.root, f"{path}/{name}"), Dir))
    return tuple(f'FATAL:  could not open directory "{name}": {tree.NO_ENTRY}' for name in gone)[:1]


def checkpoint_fault(host: Host, path: str) -> str:
    """CheckPointSnapBuild: why no checkpoint can be made; '' when one can."""
    there = isinstance(tree.find(host.root, f"{path}/{_SNAPSHOTS}"), Dir)
    return "" if there else f'ERROR:  could not open directory "{_SNAPSHOTS}": {tree.NO_ENTRY}'


def missing_base(host: Host, path: str) -> tuple[str, ...]:
    """What everybody says who looks for files of no use, when there are no databases."""
    there = isinstance(tree.find(host.root, f"{path}/base"), Dir)
    return () if there else (f'LOG:  could not open directory "base": {tree.NO_ENTRY}',)


def missing_tablespaces(host: Host, path: str, own: str) -> tuple[str, ...]:
    """ResetUnloggedRelations: links in pg_tblspc that lead to no directory of this version (`own`: its name)."""
    links = tree.find(host.root, f"{path}/pg_tblspc")
    names = sorted(links.entries) if isinstance(links, Dir) else []
    wanted = (f"pg_tblspc/{name}/{own}" for name in names)
    return tuple(
        f'LOG:  could not open directory "{one}": {tree.NO_ENTRY}'
        for one in wanted
        if not isinstance(tree.find(host.root, f"{path}/{one}"), Dir)
    )


def _linked(host: Host, path: str, text: str) -> Host:
    """read_tablespace_map: each line becomes a link in pg_tblspc."""
    for line in text.splitlines():
        oid, _, location = line.partition(" ")
        at = f"{path}/pg_tblspc/{oid}"
        if oid.isdigit() and tree.find(host.root, f"{path}/pg_tblspc") is not None:
            if tree.find(host.root, at, follow=False) is not None:
                host = host.with_root(tree.remove(host.root, at))
            host = host.with_root(tree.put(host.root, at, Link(location, host.clock)))
    return host


def written_back(host: Host, path: str, place: Place, recovery: Recovery) -> Host:
    """The directory as recovery leaves it: pg_wal, the label, signal files, pg_control."""
    top = tree.find(host.root, path)
    if not isinstance(top, Dir):
        return host
    data = place.data
    if data.label_renamed:
        top = _renamed(top, "backup_label")
        top = _renamed(top, "tablespace_map")
    for name in ("recovery.signal", "standby.signal"):
        if name in top.entries and name not in data.signals:
            top = top.without(name)
    shared = top.entries.get("global")
    if isinstance(shared, Dir) and isinstance(control := _control(shared), ControlFile):
        changed = _with(control, place, recovery)
        changed = changed if changed == control else replace(changed, time=host.clock)
        top = top.with_entry("global", shared.with_entry("pg_control", File(changed, mtime=host.clock)))
    host = host.with_root(tree.put(host.root, path, top))
    return with_wal(host, path, data.pg_wal, place.files, data.segment_size)


def label_used(host: Host, path: str) -> Host:
    """The directory once its label has been read and renamed."""
    top = tree.find(host.root, path)
    if not isinstance(top, Dir) or "backup_label" not in top.entries:
        return host
    return host.with_root(tree.put(host.root, path, _renamed(_renamed(top, "backup_label"), "tablespace_map")))


def _renamed(top: Dir, name: str) -> Dir:
    node = top.entries.get(name)
    return top if node is None else top.without(name).with_entry(f"{name}.old", node)


def _control(shared: Dir) -> object:
    node = shared.entries.get("pg_control")
    return node.content if isinstance(node, File) else None


def _with(control: ControlFile, place: Place, _recovery: Recovery) -> ControlFile:
    now = place.control
    there = dict(now.needed)
    return replace(
        control,
        full_page_writes=now.full_page_writes,
        wal_level=str(there["wal_level"]),
        max_connections=int(there["max_connections"]),
        max_worker_processes=int(there["max_worker_processes"]),
        max_wal_senders=int(there["max_wal_senders"]),
        max_prepared_xacts=int(there["max_prepared_transactions"]),
        max_locks_per_xact=int(there["max_locks_per_transaction"]),
        state=now.state,
        checkpoint=now.checkpoint_lsn,
        redo=now.redo_lsn,
        timeline=now.timeline,
        prev_timeline=now.previous,
        min_recovery=now.min_recovery,
        min_recovery_timeline=now.min_recovery_timeline,
        backup_start=now.backup_start,
        backup_end=now.backup_end,
        backup_end_required=now.backup_end_required,
    )


def with_wal(host: Host, path: str, pg_wal: PgWal, held: recovery_files.WalFiles, size: int) -> Host:
    """pg_wal made to hold what the model says; files that are as they were stay the same."""
    at = tree.resolve(host.root, f"{path}/pg_wal")
    here = tree.find(host.root, at)
    if not isinstance(here, Dir):
        return host
    listed, before_files = directory.wal_listing(host, path, size)
    names = {file_name(number, size): number for number in pg_wal.segments}
    others = {other.name: other for other in pg_wal.others}
    gone = [file_name(n, size) for n in listed.segments if n not in pg_wal.segments]
    gone += [other.name for other in listed.others if other.name not in others]
    fresh: dict[str, Node] = {}
    for name, number in names.items():
        was, now = before_files.held.get(number), held.held.get(number)
        if number not in listed.segments or (now is not None and now != was):
            fresh[name] = File(_payload(now, number, size, host.server.major), mtime=host.clock)
    known = {other.name for other in listed.others}
    fresh |= {name: File(o.text, mtime=host.clock) for name, o in others.items() if name not in known}
    status = here.entries.get("archive_status")
    marks = MappingProxyType({name: File("", mtime=host.clock) for name in pg_wal.status_listing(size)})
    fresh["archive_status"] = replace(status if isinstance(status, Dir) else Dir(), entries=marks)
    return host.with_root(tree.put(host.root, at, here.without(*gone).with_entries(fresh)))


def _payload(file: recovery_files.WalFile | None, number: int, size: int, major: int) -> WalFile:
    timeline, segment = number // _TIMELINE, segment_number(number)
    if file is None or not file.valid:
        return WalFile(timeline, segment, "", segment * size, size)
    return WalFile(file.timeline, file.segment, file.branch, file.valid, size, file.size, major)
