"""The log of a recovery as it is written: the startup process's lines, and what the postmaster and the reader add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host import tree
from host.content import Damaged
from host.server import clock, directory
from host.server.files import ControlFile
from host.server.layout import tablespace_directory
from host.server.logs import BARE
from host.server.tidying import missing_base, missing_tablespaces
from host.tree import File
from simulator.lsn import XLOG_BLCKSZ, format_lsn, segment_name
from simulator.pg_wal import file_number
from simulator.recovery import server as startup
from simulator.recovery.server import Outcome
from simulator.recovery.state import Recovery
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.starting import Postmaster

_USAGE = {12: "", 14: " system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.00 s"}
_TERMINATING = {12: (), 15: ("LOG:  terminating any other active server processes",)}
_SHORT = {
    12: "LOG:  invalid record length at {lsn}: wanted 24, got 0",
    16: "LOG:  invalid record length at {lsn}: expected at least 24, got 0",
}
_OTHER_PAGE = {
    12: "LOG:  unexpected pageaddr {page} in log segment {file}, offset {offset}",
    16: "LOG:  unexpected pageaddr {page} in WAL segment {file}, LSN {lsn}, offset {offset}",
}
_NO_MAGIC = {
    12: "LOG:  invalid magic number 0000 in log segment {file}, offset {offset}",
    16: "LOG:  invalid magic number 0000 in WAL segment {file}, LSN {lsn}, offset {offset}",
}

_SHORT_FILE = {
    12: "LOG:  could not read from log segment {file}, offset {offset}: read {found} of {page}",
    16: "LOG:  could not read from WAL segment {file}, LSN {lsn}, offset {offset}: read {found} of {page}",
}

_TAKES_A_WHILE = (
    "restored log file",
    "could not stat file",
    "shutdown at recovery target",
    "selected new timeline",
    "waiting for WAL to",
)
"""The postmaster has said what it has to say before these: a command was run, or files were written."""
_HINT = "HINT:  If you are restoring from a backup, touch"
_HINT_GOES_ON = (
    '\nIf you are not restoring from a backup, try removing the file "{directory}/backup_label".\n'
    'Be careful: removing "{directory}/backup_label" will result in a corrupt cluster if restoring from a backup.'
)


def terminating(major: int) -> tuple[str, ...]:
    """What the postmaster says when its startup process has died."""
    return since(major, _TERMINATING)


def lines(master: Postmaster, outcome: Outcome, before: Recovery | None = None) -> tuple[str, ...]:
    """What the startup process said, times filled in, with everything that others wrote in between.

    `before`: the startup process as it was until now.
    """
    major = master.facts.major
    read_only = startup.read_only_line(outcome.recovery)
    end = end_of_wal(master.host, master.path, outcome.recovery)
    own = tablespace_directory(master.facts)
    base = missing_base(master.host, master.path)
    lost = base + missing_tablespaces(master.host, master.path, own)
    found = list(base) if before is None else []
    first = len(found)
    waiting: tuple[str, ...] = ()
    for line in outcome.log:
        if waiting and _comes_late(outcome, line):
            found += waiting
            waiting = ()
        if "redo starts at" in line:
            found += lost
        if end and ("redo done at" in line or "redo is not required" in line):
            found.append(end)
        if line.startswith(("LOG:  invalid primary checkpoint", "LOG:  invalid checkpoint record")):
            unread = _unread_checkpoint(master.host, master.path, outcome.recovery)
            found += [unread] if unread else []
        said = dated(line, master.control)
        if "redo done at" in line:
            said += since(major, _USAGE)
        if line.startswith(_HINT):
            said += _HINT_GOES_ON.format(directory=master.start.pgdata)
        found.append(said)
        if len(found) == first + 1:
            found += master.created
        if "redo done at" in line:
            found += lost
        if "consistent recovery state reached" in line:
            waiting = read_only
        if "startup process (PID" in line:
            found += since(major, _TERMINATING)
    found += waiting
    if outcome.recovery.receiving and not _streamed(before, outcome.recovery):
        timeline, at = outcome.recovery.received
        start = format_lsn(at // outcome.recovery.size * outcome.recovery.size)
        streams = f"LOG:  started streaming WAL from primary at {start} on timeline {timeline}"
        found.insert(_streams_from(found, has_first=master.has_first or before is not None), streams)
    return tuple(found)


def dated(line: str, control: ControlFile) -> str:
    """What is said of the state that was found: the time in pg_control, or that of its checkpoint ('log time')."""
    return line.replace("<TIME>", clock.plain(control.checkpoint_time if "log time" in line else control.time))


def _comes_late(outcome: Outcome, line: str) -> bool:
    """The postmaster has said what it has to say before this line: a command was run before it, or files written."""
    if line.startswith(BARE) or any(words in line for words in _TAKES_A_WHILE):
        return True
    if outcome.result == "exited" and line.startswith(("LOG:  redo done at", "FATAL", "PANIC")):
        return True
    stops = any("recovery stopping" in each for each in outcome.log)
    return line.startswith("LOG:  redo done at") and outcome.recovery.request.restore_command and not stops


def _streams_from(lines: list[str], *, has_first: bool) -> int:
    """At the end of what is there, or before replay begins when not even its first segment is."""
    begins = next((at for at, line in enumerate(lines) if "redo starts at" in line), len(lines))
    restored = any("restored log file" in line for line in lines[:begins])
    return len(lines) if has_first or restored else begins


def before_waiting(log: tuple[str, ...], complaint: tuple[str, ...], *, first: bool) -> tuple[str, ...]:
    """The log with what the WAL receiver says: before the startup process says that it waits.

    `first`: for the first time it looks everywhere again at once (WaitForWALToBecomeAvailable).
    """
    at = next((number for number, line in enumerate(log) if "waiting for WAL to become" in line), len(log))
    begins = at
    while begins and log[begins - 1].startswith(BARE):
        begins -= 1
    round_ = (*log[begins:at], *complaint)
    return (*log[:begins], *round_, *(round_ if first else ()), *log[at:])


def _streamed(before: Recovery | None, now: Recovery) -> bool:
    """The same WAL receiver as before goes on."""
    return before is not None and before.receiving and before.received[0] == now.received[0]


def _short_read(node: object, name: str, at: int, recovery: Recovery) -> str:
    """XLogPageRead: the file of the page at a position ends before it, or within it; '' when it does not."""
    if not isinstance(node, File) or node.size >= recovery.size:
        return ""
    offset = at % recovery.size // XLOG_BLCKSZ * XLOG_BLCKSZ if node.size >= XLOG_BLCKSZ else 0
    if node.size >= offset + XLOG_BLCKSZ:
        return ""
    found = max(0, node.size - offset)
    page = format_lsn(at // recovery.size * recovery.size + offset)
    facts = {"file": name, "lsn": page, "offset": offset, "found": found, "page": XLOG_BLCKSZ}
    return since(recovery.major, _SHORT_FILE).format(**facts)


def _unread_checkpoint(host: Host, path: str, recovery: Recovery) -> str:
    """Why the checkpoint record could not be read, when its file is too short or its first page none."""
    label, control = recovery.place.data.label, recovery.place.control
    at, timeline = (label.checkpoint_lsn, label.timeline) if label else (control.checkpoint_lsn, control.timeline)
    name = segment_name(timeline, at // recovery.size, recovery.size)
    node = tree.find(host.root, f"{path}/pg_wal/{name}")
    return _short_read(node, name, at, recovery) or _no_first_page(node, name, at, recovery)


def _no_first_page(node: object, name: str, at: int, recovery: Recovery) -> str:
    """The first page of a file is looked at first, and holds zeros; '' when it is one."""
    if not isinstance(node, File) or not isinstance(node.content, Damaged) or node.content.start:
        return ""
    start = at // recovery.size * recovery.size
    return since(recovery.major, _NO_MAGIC).format(file=name, lsn=format_lsn(start), offset=0)


def end_of_wal(host: Host, path: str, recovery: Recovery) -> str:
    """Why the reader found no more record in a file that is there, '' when it ran out of files."""
    at, size = recovery.position, recovery.size
    timeline = recovery.replayed_timeline or recovery.place.control.timeline
    segments = recovery.place.data.pg_wal.segments
    if recovery.stop is not None or file_number(timeline, at // size) not in segments:
        return ""
    name = segment_name(timeline, at // size, size)
    node = tree.find(host.root, f"{path}/pg_wal/{name}")
    if short := _short_read(node, name, at, recovery):
        return short
    if zeros := _no_first_page(node, name, at, recovery):
        return zeros
    content = directory.sound(node.content)[0] if isinstance(node, File) else None
    if content is None or content.system_identifier not in (0, recovery.place.data.system_identifier):
        return ""  # the reader itself has said what is wrong
    if content.segment == at // size and (content.upto > at // size * size or at % size > XLOG_BLCKSZ):
        return since(recovery.major, _SHORT).format(lsn=format_lsn(at))
    table = _NO_MAGIC if content.segment == at // size else _OTHER_PAGE
    page = format_lsn(content.segment * size)
    start = at // size * size
    return since(recovery.major, table).format(page=page, file=name, lsn=format_lsn(start), offset=0)
