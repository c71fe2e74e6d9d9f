"""What the recorder's server kept from the cases before: a few groups were run one after the other on one server.

Such recordings say nothing in `setup`; what came before shows in their names and in what they found.
"""

from __future__ import annotations

from host.conformance import steps
from host.conformance.record import Case, spelled_out
from host.machine import Host
from host.server import work
from simulator.lsn import format_lsn

PORT = 5432
_SLOT = "rw1"
_BACKED_UP = (12, 14)
"""Servers of other majors that were backed up before: their last checkpoint is one of a running server."""
_ARCHIVING = ("-Xn", "-Xf", "-Xs", "--no-slot")
"""The base backups of one server that archives, in their order."""


def kept(host: Host, case: Case) -> Host:
    """The host after the cases that were run on this server before."""
    if case.case.endswith("-again"):
        return steps.run(host, spelled_out(case.line, case.client), sh=case.in_sh).host
    if case.case.endswith("-notrunning"):
        return steps.done(host, "pg_ctl -D $RESTORE -m fast stop > /dev/null")
    words = case.cmd.split()
    if case.behaviour == "receivewal" and _SLOT in words:
        makes = "--create-slot" in words and "--if-not-exists" not in words
        return host if makes else steps.done(host, f"pg_receivewal --create-slot -S {_SLOT}")
    if case.behaviour == "other server version" and case.tool == "pg_receivewal":
        # A base backup came before: it ends with a switch, so there is no WAL to receive yet.
        return work.switch_wal(host, PORT)[0]
    if case.behaviour == "other server version" and case.tool == "pg_controldata" and case.server in _BACKED_UP:
        return work.checkpoint(host, PORT)
    if case.behaviour == "archiving" and case.settings.get("archive_command", "").startswith("test ! -f"):
        return _earlier_backups(host, words)
    return host


def _earlier_backups(host: Host, words: list[str]) -> Host:
    if "pg_basebackup" not in words:
        return host
    count = max((place for place, word in enumerate(_ARCHIVING) if word in words), default=0)
    for _ in range(count):
        host = steps.done(host, "pg_basebackup -D $BACKUP/earlier -c fast", "rm -r $BACKUP/earlier")
    return host


def with_positions(line: str, host: Host) -> str:
    """A recorded command line with a position that the server has passed in the place of <LSN>."""
    server = host.instance(PORT)
    return line.replace("<LSN>", format_lsn(server.cluster.insert_lsn - 1)) if server else line
