"""pg_controldata on the host."""

from __future__ import annotations

from host import options, tree
from host.call import Call, Done
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_controldata
from host.server import clock
from host.server.boot import OLDEST_XID
from host.server.files import ControlFile
from host.server.layout import CATALOG_VERSIONS
from host.tree import Dir, File
from simulator.lsn import format_lsn, segment_name, segment_of
from simulator.versions import since

NAME = "pg_controldata"
CONTROL_VERSIONS = {12: 1201, 13: 1300, 17: 1700, 18: 1800}
_STRUCTURES = {12: "12", 17: "17", 18: "18"}
"""From which major on pg_control's structure is what it is (13 only changed its number)."""
_SEGMENT_BLOCKS, _BLOCK = 131072, 8192
_LABEL_WIDTH = 38
_WARNING = {
    12: "WARNING: Calculated CRC checksum does not match value stored in file.\n"
    "Either the file is corrupt, or it has a different layout than this program\n"
    "is expecting.  The results below are untrustworthy.\n\n",
    17: "",
}
_WARNING_ON_STDERR = {
    12: "",
    17: f"{NAME}: warning: calculated CRC checksum does not match value stored in control file\n"
    f"{NAME}: detail: Either the control file is corrupt, or it has a different layout than this program is "
    "expecting.  The results below are untrustworthy.\n",
}


def main(call: Call) -> Done:
    """Show pg_control, whatever major it is of."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_controldata.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    path = f"{wanted.directory}/global/pg_control"
    node = tree.find(host.root, host.path(path))
    if not isinstance(node, File):
        reason = tree.IS_A_DIR if isinstance(node, Dir) else tree.NO_ENTRY
        return Done(host, 1, "", f'{NAME}: error: could not open file "{path}" for reading: {reason}\n')
    if not isinstance(node.content, ControlFile):
        return Done(host, 1, "", f'{NAME}: error: could not read file "{path}": read {min(node.size, 296)} of 296\n')
    control, major = node.content, host.client.major
    foreign = not same_structure(control.major, major)
    stdout = since(major, _WARNING) if foreign else ""
    stderr = since(major, _WARNING_ON_STDERR) if foreign else ""
    return Done(host, 0, stdout + shown(host, control, node.mtime), stderr)


def same_structure(one: int, other: int) -> bool:
    """Can a program of one major make sense of the other's pg_control?"""
    return since(one, _STRUCTURES) == since(other, _STRUCTURES)


def layout_of(major: int) -> int:
    """The version number of pg_control's layout."""
    return since(major, CONTROL_VERSIONS)


def shown(host: Host, control: ControlFile, modified: float) -> str:
    """All lines."""
    rows = [*_head(control, modified), *_checkpoint(control), *_recovery(control), *_settings(host, control)]
    return "".join(f"{name + ':':<{_LABEL_WIDTH}}{value}\n" for name, value in rows)


def _head(control: ControlFile, modified: float) -> list[tuple[str, object]]:
    return [
        ("pg_control version number", layout_of(control.major)),
        ("Catalog version number", since(control.major, CATALOG_VERSIONS)),
        ("Database system identifier", control.system_identifier),
        ("Database cluster state", control.state),
        ("pg_control last modified", clock.locale_time(control.time or modified)),
    ]


def _checkpoint(control: ControlFile) -> list[tuple[str, object]]:
    size = control.segment_size
    words = "Latest checkpoint"
    return [
        (f"{words} location", format_lsn(control.checkpoint)),
        (f"{words}'s REDO location", format_lsn(control.redo)),
        (f"{words}'s REDO WAL file", segment_name(control.timeline, segment_of(control.redo, size), size)),
        (f"{words}'s TimeLineID", control.timeline),
        (f"{words}'s PrevTimeLineID", control.prev_timeline),
        *counters(control),
        ("Time of latest checkpoint", clock.locale_time(control.checkpoint_time)),
        ("Fake LSN counter for unlogged rels", "0/3E8"),
    ]


def counters(control: ControlFile) -> list[tuple[str, object]]:
    """The numbers that the next transactions and objects will get."""
    words = "Latest checkpoint"
    oldest = since(control.major, OLDEST_XID) if control.oldest_xid is None else control.oldest_xid
    running = control.next_xid if control.redo != control.checkpoint else 0  # a shutdown checkpoint has none
    return [
        (f"{words}'s full_page_writes", _on(control.full_page_writes)),
        (f"{words}'s NextXID", f"{control.epoch}:{control.next_xid}"),
        (f"{words}'s NextOID", control.next_oid),
        (f"{words}'s NextMultiXactId", control.next_multixact),
        (f"{words}'s NextMultiOffset", control.next_multixact_offset),
        (f"{words}'s oldestXID", oldest),
        (f"{words}'s oldestXID's DB", int(control.oldest_xid is None)),
        (f"{words}'s oldestActiveXID", running),
        (f"{words}'s oldestMultiXid", 1 if control.oldest_multixact is None else control.oldest_multixact),
        (f"{words}'s oldestMulti's DB", int(control.oldest_multixact is None)),
        (f"{words}'s oldestCommitTsXid", control.commit_timestamps[0]),
        (f"{words}'s newestCommitTsXid", control.commit_timestamps[1]),
    ]


def _recovery(control: ControlFile) -> list[tuple[str, object]]:
    return [
        ("Minimum recovery ending location", format_lsn(control.min_recovery)),
        ("Min recovery ending loc's timeline", control.min_recovery_timeline),
        ("Backup start location", format_lsn(control.backup_start)),
        ("Backup end location", format_lsn(control.backup_end)),
        ("End-of-backup record required", "yes" if control.backup_end_required else "no"),
    ]


def _settings(host: Host, control: ControlFile) -> list[tuple[str, object]]:
    rows = [
        ("wal_level setting", control.wal_level),
        ("wal_log_hints setting", _on(control.wal_log_hints)),
        ("max_connections setting", control.max_connections),
        ("max_worker_processes setting", control.max_worker_processes),
        ("max_wal_senders setting", control.max_wal_senders),
        ("max_prepared_xacts setting", control.max_prepared_xacts),
        ("max_locks_per_xact setting", control.max_locks_per_xact),
        ("track_commit_timestamp setting", _on(control.track_commit_timestamp)),
    ]
    nonce = f"{control.system_identifier:016x}" * 4
    return [*rows, *compiled_in(control, host.client.major), ("Mock authentication nonce", nonce)]


def compiled_in(control: ControlFile, major: int) -> list[tuple[str, object]]:
    """What initdb and the compiler fixed."""
    rows: list[tuple[str, object]] = [
        ("Maximum data alignment", 8),
        ("Database block size", _BLOCK),
        ("Blocks per segment of large relation", _SEGMENT_BLOCKS),
        ("WAL block size", _BLOCK),
        ("Bytes per WAL segment", control.segment_size),
        ("Maximum length of identifiers", 64),
        ("Maximum columns in an index", 32),
        ("Maximum size of a TOAST chunk", 1996),
        ("Size of a large-object chunk", 2048),
        ("Date/time type storage", "64-bit integers"),
        ("Float8 argument passing", "by value"),
        ("Data page checksum version", int(control.checksums)),
    ]
    if since(major, {12: False, 18: True}):
        rows.append(("Default char data signedness", "signed"))
    return rows


def _on(value: bool) -> str:
    return "on" if value else "off"
