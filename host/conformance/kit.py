"""The recovery kit of the recordings: a base backup, an archive with all later WAL, and moments with names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from host import tree
from host.conformance.record import PLACES
from host.conformance.steps import done
from host.machine import Host
from host.server import work
from host.worlds import made
from simulator.lsn import format_lsn

_ARCHIVE = (("archive_mode", "on"), ("archive_command", f"'cp %p {PLACES['ARCHIVE']}/%f'"))
PORT = 5432
_RUNNING_XACTS = 50
_FAR = 400 * 86400.0
_SEGMENT = re.compile(r"[0-9A-F]{24}\Z")


def made_kit(host: Host, *, recovered_before: bool) -> tuple[Host, Mapping[str, str]]:
    """The host with $KIT/base and $ARCHIVE, the old server stopped; and what T_BEFORE and its like stand for."""
    host = made.with_lines(made.down(host), PLACES["PGDATA"], _ARCHIVE)
    host = made.started(host, PLACES["PGDATA"])
    words = {"T_PREBACKUP": _moment(host.clock - _FAR), "T_FUTURE": _moment(host.clock + 10 * _FAR)}
    host = done(host, "pg_basebackup -D $KIT/base -c fast -Xs")
    host = _order(host, 201)
    words["T_EARLY"], host = _now(host)
    host, _ = work.switch_wal(host, PORT)
    host = _order(host, 202)
    host, _ = work.restore_point(host, PORT, "before_mistake")
    server = work.running(host, PORT)
    words["LSN_BEFORE"] = format_lsn(server.cluster.insert_lsn)
    words["T_BEFORE"], host = _now(host)
    words["XID_MISTAKE"] = str(work.running(host, PORT).next_xid)
    host = _later(done(host, 'psql -Xqd shop -c "delete from orders"'))
    host, _ = work.switch_wal(host, PORT)
    host = _order(host, 203)
    host, _ = work.switch_wal(host, PORT)
    words["T_END"], host = _now(host)
    # The background writer logs the running transactions: so the shutdown has a segment to switch and to archive.
    host = made.down(work.write_wal(host, PORT, _RUNNING_XACTS))
    return (_recovered_once(host) if recovered_before else host), words


def _order(host: Host, number: int) -> Host:
    line = """psql -Xqd shop -c "insert into orders values (NUMBER,1,'2024-05-01',1)\""""
    return _later(done(host, line.replace("NUMBER", str(number))))


def _later(host: Host, seconds: float = 2.0) -> Host:
    return replace(host, clock=host.clock + seconds)


def _now(host: Host) -> tuple[str, Host]:
    host = _later(host)
    return _moment(host.clock), _later(host)


def _moment(clock: float) -> str:
    return datetime.fromtimestamp(clock, UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")


def _recovered_once(host: Host) -> Host:
    """A copy of the kit was recovered to before_mistake and promoted; it archived its timeline 2."""
    before = host.root
    host = done(
        host,
        "cp -a $KIT/base/. $RESTORE/",
        "echo \"restore_command = 'cp $ARCHIVE/%f %p'\" >> $RESTORE/postgresql.auto.conf",
        "echo \"recovery_target_name = 'before_mistake'\" >> $RESTORE/postgresql.auto.conf",
        "echo \"recovery_target_action = 'promote'\" >> $RESTORE/postgresql.auto.conf",
        "touch $RESTORE/recovery.signal",
        "pg_ctl -D $RESTORE -o '-p 5433' -l $ROOT/first.log -w start > /dev/null",
        'psql -XAtq -p 5433 -c "select pg_switch_wal()" > /dev/null',
        "pg_ctl -D $RESTORE -m fast stop > /dev/null",
    )
    emptied = tree.need_dir(before, PLACES["RESTORE"])
    return host.with_root(tree.put(host.root, PLACES["RESTORE"], emptied))


def without_segments(host: Host, numbers: list[int], count: int) -> Host:
    """Segments taken out of the archive; they are counted from 0 in the last `count` that are there."""
    archive = tree.need_dir(host.root, PLACES["ARCHIVE"])
    segments = sorted(name for name in archive.entries if _SEGMENT.match(name))[-count:]
    gone = [segments[number] for number in numbers if number < len(segments)]
    return host.with_root(tree.put(host.root, PLACES["ARCHIVE"], archive.without(*gone)))
