"""The log of a recovery as it is written: the startup process's lines, and what the postmaster and the reader add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host import tree
from host.server import clock
from host.server.files import WalFile
from host.server.layout import tablespace_directory
from host.server.logs import BARE
from host.server.tidying import missing_tablespaces
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

_TAKES_A_WHILE = ("restored log file", "shutdown at recovery target", "selected new timeline")
"""The postmaster has said what it has to say before these: a command was run, or files were written."""
_HINT = "HINT:  If you are restoring from a backup, touch"
_HINT_GOES_ON = (
    '\nIf you are not restoring from a backup, try removing the file "{directory}/backup_label".\n'
    'Be careful: removing "{directory}/backup_label" will result in a corrupt cluster if restoring from a backup.'
)


def terminating(major: int) -> tuple[str, ...]:
    """What the postmaster says when its startup process has died."""
    return since(major, _TERMINATING)


def lines(master: Postmaster, outcome: Outcome) -> tuple[str, ...]:
    """What the startup process said, times filled in, with everything that others wrote in between."""
    major = master.facts.major
    now, checkpoint = clock.plain(master.host.clock), clock.plain(master.control.checkpoint_time)
    read_only = startup.read_only_line(outcome.recovery)
    end = end_of_wal(master.host, master.path, outcome.recovery)
    found: list[str] = []
    own = tablespace_directory(master.facts)
    lost = missing_tablespaces(master.host, master.path, own)
    waiting: tuple[str, ...] = ()
    for line in outcome.log:
        if waiting and (line.startswith(BARE) or any(words in line for words in _TAKES_A_WHILE)):
            found += waiting
            waiting = ()
        if "redo starts at" in line:
            found += lost
        if end and ("redo done at" in line or "redo is not required" in line):
            found.append(end)
        known = any(words in line for words in ("last known up at", "was shut down", "was interrupted"))
        said = line.replace("<TIME>", checkpoint if known else now)
        if "redo done at" in line:
            said += since(major, _USAGE)
        if line.startswith(_HINT):
            said += _HINT_GOES_ON.format(directory=master.start.pgdata)
        found.append(said)
        if not found[1:]:
            found += master.created
        if "redo done at" in line:
            found += lost
        if "consistent recovery state reached" in line:
            waiting = read_only
        if "startup process (PID" in line:
            found += since(major, _TERMINATING)
    found += waiting
    if outcome.recovery.receiving:
        timeline, at = outcome.recovery.received
        start = format_lsn(at // outcome.recovery.size * outcome.recovery.size)
        found.append(f"LOG:  started streaming WAL from primary at {start} on timeline {timeline}")
    return tuple(found)


def end_of_wal(host: Host, path: str, recovery: Recovery) -> str:
    """Why the reader found no more record in a file that is there, '' when it ran out of files."""
    at, size = recovery.position, recovery.size
    timeline = recovery.replayed_timeline or recovery.place.control.timeline
    segments = recovery.place.data.pg_wal.segments
    if recovery.stop is not None or file_number(timeline, at // size) not in segments:
        return ""
    name = segment_name(timeline, at // size, size)
    node = tree.find(host.root, f"{path}/pg_wal/{name}")
    content = node.content if isinstance(node, File) else None
    if not isinstance(content, WalFile):
        return ""
    if content.segment == at // size and (content.upto > at // size * size or at % size > XLOG_BLCKSZ):
        return since(recovery.major, _SHORT).format(lsn=format_lsn(at))
    table = _NO_MAGIC if content.segment == at // size else _OTHER_PAGE
    page = format_lsn(content.segment * size)
    start = at // size * size
    return since(recovery.major, table).format(page=page, file=name, lsn=format_lsn(start), offset=0)
