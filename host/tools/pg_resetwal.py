"""pg_resetwal on the host: a last resort, which makes a server start and loses what its WAL had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypedDict

from host import options, tree
from host.call import Call, Done
from host.content import text_of
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_resetwal
from host.options.checks.pg_resetwal import ResetwalSettings
from host.server.boot import FIRST_SYSTEM_IDENTIFIER, WAL_SEGMENT
from host.server.files import ControlFile, WalFile
from host.server.layout import CATALOG_VERSIONS
from host.tools.pg_controldata import compiled_in, counters, layout_of, same_structure
from host.tree import Dir, File
from simulator.lsn import insert_position, is_segment_name, parse_segment_name, segment_name
from simulator.records import shutdown_checkpoint
from simulator.recovery.journal import SHUTDOWN, Branch, Journal, Record
from simulator.versions import same, since

NAME = "pg_resetwal"
_GUESSED_REDO = 40
"""SizeOfXLogLongPHD: the redo point of the very first segment."""
_FIRST_NORMAL_XID, _FIRST_GENBKI_OID = 3, 10000


def main(call: Call) -> Done:
    """Make pg_control and pg_wal anew, behind all WAL that is there."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_resetwal.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    top = tree.find(host.root, host.path(wanted.directory))
    if not isinstance(top, Dir):
        verb = f'could not read permissions of directory "{wanted.directory}": {tree.NO_ENTRY}'
        return Done(host, 1, "", f"{NAME}: error: {verb}\n")
    refused = _refused(host, top)
    if refused:
        return Done(host, 1, "", refused)
    shared = top.entries.get("global")
    node = shared.entries.get("pg_control") if isinstance(shared, Dir) else None
    control = node.content if isinstance(node, File) and isinstance(node.content, ControlFile) else None
    if not isinstance(node, File):
        reason = f'could not open file "global/pg_control" for reading: {tree.NO_ENTRY}\n'
        prefix = since(host.client.major, {12: f"{NAME}: ", 15: f"{NAME}: hint: "}) if node is None else ""
        hint = f"{prefix}If you are sure the data directory path is correct, execute\n"
        hint += "  touch global/pg_control\nand try again.\n"
        return Done(host, 1, "", f"{NAME}: error: {reason}{hint if node is None else ''}")
    if control is None or not same_structure(control.major, host.client.major):
        return _guessing(host, wanted, top)
    if wanted.dry_run:
        return Done(host, 0, _values(wanted, control))
    if control.state != "shut down" and not wanted.force:
        said, prints = _not_clean(host), since(host.client.major, {12: True, 17: False})
        return Done(host, 1, said if prints else "", "" if prints else said)
    return Done(_reset(host, wanted, control), 0, "Write-ahead log reset\n")


def _guessing(host: Host, wanted: ResetwalSettings, top: Dir) -> Done:
    """read_controlfile() makes nothing of it: guess_control_values(), which are used with -f only."""
    major = host.client.major
    warning = f"{NAME}: warning: pg_control exists but is broken or wrong version; ignoring it\n"
    control = ControlFile(
        major=major,
        system_identifier=FIRST_SYSTEM_IDENTIFIER + host.next_pid,
        segment_size=WAL_SEGMENT,
        state="shut down",
        checkpoint=_GUESSED_REDO,
        redo=_GUESSED_REDO,
        timeline=1,
        next_xid=_FIRST_NORMAL_XID,
        next_oid=_FIRST_GENBKI_OID,
        oldest_xid=_FIRST_NORMAL_XID,
        oldest_multixact=1,
        checkpoint_time=host.clock,
        time=host.clock,
        wal_level="minimal",
        full_page_writes=False,
    )
    if wanted.force and not wanted.dry_run:
        return Done(_reset(host, wanted, control), 0, "Write-ahead log reset\n", warning)
    wal = tree.find(top, "/pg_wal")
    names = tuple(wal.entries) if isinstance(wal, Dir) else ()
    said = _values(wanted, control, "Guessed", names)
    if wanted.dry_run:
        return Done(host, 0, said, warning)
    printed = {
        12: ("\nIf these values seem acceptable, use -f to force reset.\n", ""),
        17: (
            "",
            (
                f"{NAME}: error: not proceeding because control file values were guessed\n"
                f"{NAME}: hint: If these values seem acceptable, use -f to force reset.\n"
            ),
        ),
    }
    stdout, stderr = since(major, printed)
    return Done(host, 1, said + stdout, warning + stderr)


def _refused(host: Host, top: Dir) -> str:
    """CheckDataVersion, and the lock file."""
    node = top.entries.get("PG_VERSION")
    said = text_of(node.content).strip() if isinstance(node, File) else ""
    hint = since(host.client.major, {12: f"{NAME}: ", 15: f"{NAME}: detail: "})
    if not same(said, host.client.major):
        text = f'File "PG_VERSION" contains "{said}", which is not compatible with this program\'s version '
        return f'{NAME}: error: data directory is of wrong version\n{hint}{text}"{host.client.major}".\n'
    if "postmaster.pid" in top.entries:
        hint = since(host.client.major, {12: f"{NAME}: ", 15: f"{NAME}: hint: "})
        return (
            f'{NAME}: error: lock file "postmaster.pid" exists\n'
            f"{hint}Is a server running?  If not, delete the lock file and try again.\n"
        )
    return ""


def _not_clean(host: Host) -> str:
    return since(
        host.client.major,
        {
            12: "The database server was not shut down cleanly.\n"
            "Resetting the write-ahead log might cause data to be lost.\n"
            "If you want to proceed anyway, use -f to force reset.\n",
            17: f"{NAME}: error: database server was not shut down cleanly\n"
            f"{NAME}: detail: Resetting the write-ahead log might cause data to be lost.\n"
            f"{NAME}: hint: If you want to proceed anyway, use -f to force reset.\n",
        },
    )


def _values(wanted: ResetwalSettings, control: ControlFile, how: str = "Current", names: tuple[str, ...] = ()) -> str:
    """PrintControlValues and PrintNewControlValues."""
    size = (wanted.segment_mb or 0) * 2**20 or control.segment_size
    timeline, segment = control.timeline, _next_segment(control, names, size)
    if wanted.next_wal_file:
        asked, number = parse_segment_name(wanted.next_wal_file, size)
        timeline, segment = max(timeline, asked), max(segment, number)
    old: list[tuple[str, object]] = [
        ("pg_control version number", layout_of(control.major)),
        ("Catalog version number", since(control.major, CATALOG_VERSIONS)),
        ("Database system identifier", control.system_identifier),
        ("Latest checkpoint's TimeLineID", timeline),
        *counters(control),
        *compiled_in(control, control.major),
    ]
    new = [("First log segment after reset", segment_name(timeline, segment, size)), *_asked(wanted)]
    return f"{how} pg_control values:\n\n{_lines(old)}\n\nValues to be changed:\n\n{_lines(new)}"


def _lines(rows: Sequence[tuple[str, object]]) -> str:
    return "".join(f"{name + ':':<38}{value}\n" for name, value in rows)


def _asked(wanted: ResetwalSettings) -> list[tuple[str, object]]:
    """What the options change."""
    given: tuple[tuple[str, object | None], ...] = (
        ("NextMultiXactId", wanted.multixacts[0] if wanted.multixacts else None),
        ("OldestMultiXid", wanted.multixacts[1] if wanted.multixacts else None),
        ("OldestMulti's DB", 0 if wanted.multixacts else None),
        ("NextMultiOffset", wanted.multixact_offset),
        ("NextOID", wanted.next_oid),
        ("NextXID", wanted.next_xid),
        ("OldestXID", wanted.oldest_xid),
        ("OldestXID's DB", 0 if wanted.oldest_xid else None),
        ("NextXID epoch", wanted.epoch),
        ("oldestCommitTsXid", wanted.commit_timestamps[0] if wanted.commit_timestamps else None),
        ("newestCommitTsXid", wanted.commit_timestamps[1] if wanted.commit_timestamps else None),
        ("Bytes per WAL segment", wanted.segment_mb * 2**20 if wanted.segment_mb else None),
    )
    return [(name, value) for name, value in given if value is not None]


def _next_segment(control: ControlFile, names: tuple[str, ...], size: int) -> int:
    """FindEndOfXLOG: behind the checkpoint and behind every file that is there."""
    numbers = [parse_segment_name(name, size)[1] for name in names if is_segment_name(name)]
    return max([control.redo // size, *numbers]) + 1


class _Counters(TypedDict):
    next_xid: int
    next_oid: int
    epoch: int
    oldest_xid: int | None
    next_multixact: int
    next_multixact_offset: int
    oldest_multixact: int | None
    commit_timestamps: tuple[int, int]


def _counters(wanted: ResetwalSettings, control: ControlFile) -> _Counters:
    """The numbers of pg_control, each as it was or as an option says."""
    multixacts = wanted.multixacts or (control.next_multixact, control.oldest_multixact)
    before, offset = control.commit_timestamps, wanted.multixact_offset
    given = wanted.commit_timestamps or before
    return {
        "next_xid": wanted.next_xid or control.next_xid,
        "next_oid": wanted.next_oid or control.next_oid,
        "epoch": control.epoch if wanted.epoch is None else wanted.epoch,
        "oldest_xid": wanted.oldest_xid or control.oldest_xid,
        "next_multixact": multixacts[0],
        "next_multixact_offset": control.next_multixact_offset if offset is None else offset,
        "oldest_multixact": multixacts[1],
        "commit_timestamps": (given[0] or before[0], given[1] or before[1]),
    }


def _emptied(folder: Dir) -> Dir:
    """Without segments, partial ones too, their archive status and WAL summaries; history files stay."""
    kept: dict[str, tree.Node] = {}
    for name, node in folder.entries.items():
        bare = name.removesuffix(".ready").removesuffix(".done").removesuffix(".partial")
        if isinstance(node, Dir):
            kept[name] = _emptied(node)
        elif not is_segment_name(bare) and not name.endswith(".summary"):
            kept[name] = node
    return replace(folder, entries=MappingProxyType(kept))


def _reset(host: Host, wanted: ResetwalSettings, control: ControlFile) -> Host:
    size = (wanted.segment_mb or 0) * 2**20 or control.segment_size
    at = tree.resolve(host.root, f"{host.path(wanted.directory)}/pg_wal")
    here = tree.find(host.root, at)
    names = tuple(here.entries) if isinstance(here, Dir) else ()
    segment = _next_segment(control, names, size)
    timeline = control.timeline
    if wanted.next_wal_file:
        asked, number = parse_segment_name(wanted.next_wal_file, size)
        timeline, segment = max(timeline, asked), max(segment, number)
    place = shutdown_checkpoint(insert_position(segment * size, size), size)
    branch = f"{control.system_identifier}/reset{len(host.journal.branches)}"
    record = Record(place.record, place.end, SHUTDOWN, redo=place.redo, timeline=timeline, previous=timeline)
    made = Journal(MappingProxyType({**host.journal.branches, branch: Branch(timeline)}))
    file = File(WalFile(timeline, segment, branch, place.end, size), mtime=host.clock)
    before = here if isinstance(here, Dir) else Dir()
    root = tree.put(host.root, at, _emptied(before).with_entry(segment_name(timeline, segment, size), file))
    changed = replace(
        control,
        state="shut down",
        time=host.clock,
        checkpoint=place.record,
        redo=place.redo,
        timeline=timeline,
        segment_size=size,
        min_recovery=0,
        backup_start=0,
        backup_end_required=False,
        prev_timeline=control.prev_timeline if timeline == control.timeline else timeline,
        **_counters(wanted, control),
    )
    host = replace(host, root=root, journal=made.written(branch, (record,)))
    return host.write(f"{wanted.directory}/global/pg_control", changed)
