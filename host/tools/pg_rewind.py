"""pg_rewind on the host: a server that went another way is made a copy of its source, from the fork on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from host import options, tree
from host.basebackup import sent
from host.call import Call, Done
from host.content import text_of
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_rewind
from host.options.checks.pg_rewind import RewindSettings
from host.options.connection import port_fault, read_string
from host.options.conninfo import ConninfoFault
from host.server import clock, connect, directory, settings, single_user
from host.server.files import ControlFile
from host.server.work import running
from host.tree import Dir, File
from simulator.lsn import format_lsn, segment_name, timeline_history_name
from simulator.recovery.files import WalFiles
from simulator.recovery.journal import CHECKPOINTS, Journal, Record
from simulator.recovery.timelines import History, read_history
from simulator.versions import same, since, version

NAME = "pg_rewind"
_RESTORE_COMMAND = {12: "restore_command", 17: '"restore_command"'}
_PORT = 5432
_CLEAN = ("shut down", "shut down in recovery")


@dataclass(frozen=True, slots=True)
class Side:
    """The target or the source."""

    path: str
    top: Dir
    control: ControlFile
    end: int = 0
    """The source: up to where its WAL is needed."""


class Ended(Exception):
    """The tool ends; `lines` are whole, `status` its exit code."""

    def __init__(self, *lines: str, status: int = 1) -> None:
        super().__init__(*lines)
        self.lines, self.status = lines, status

    def done(self, host: Host) -> Done:
        """The end of the tool on this host."""
        return Done(host, self.status, "", "".join(f"{line}\n" for line in self.lines))


def _fail(message: str) -> Ended:
    return Ended(f"{NAME}: error: {message}")


def main(call: Call) -> Done:
    """Look at both sides, find where they parted, copy."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_rewind.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    try:
        _restore_command(host, wanted)
        port = _source_port(host, wanted)
        begin = _ensured(host, wanted)
    except Ended as ended:
        return ended.done(host)
    try:
        return begin.then(_rewound(begin.host, wanted, port))
    except Ended as ended:
        return begin.then(ended.done(begin.host))


def _rewound(host: Host, wanted: RewindSettings, port: int | None) -> Done:
    target, source = _side(host, wanted.target), _source(host, wanted, port)
    _comparable(host, wanted, target, source)
    said: list[str] = []
    if target.control.timeline == source.control.timeline:
        said += [f"{NAME}: source and target cluster are on the same timeline", f"{NAME}: no rewind required"]
        return Done(_configured(host, wanted), 0, "", "".join(f"{line}\n" for line in said))
    fork, timeline = _fork(target, source)
    said.append(f"{NAME}: servers diverged at WAL location {format_lsn(fork)} on timeline {timeline}")
    files = directory.wal_listing(host, host.path(wanted.target), target.control.segment_size)[1]
    if target.control.checkpoint < fork and target.control.timeline == timeline:
        said.append(f"{NAME}: no rewind required")
        return Done(_configured(host, wanted), 0, "", "".join(f"{line}\n" for line in said))
    last = _last_checkpoint(host.journal, files, target, fork)
    if gone := _unread(wanted, target, last, fork):
        raise Ended(*said, *gone)
    where = f"{format_lsn(last.start)} on timeline {last.timeline}"
    said.append(f"{NAME}: rewinding from last common checkpoint at {where}")
    if not wanted.dry_run:
        host = _copied(host, wanted, target, source, last)
    return Done(host, 0, "", "".join(f"{line}\n" for line in [*said, f"{NAME}: Done!"]))


def _side(host: Host, path: str) -> Side:
    top = tree.find(host.root, host.path(path))
    shared = top.entries.get("global") if isinstance(top, Dir) else None
    node = shared.entries.get("pg_control") if isinstance(shared, Dir) else None
    if not isinstance(top, Dir) or not isinstance(node, File) or not isinstance(node.content, ControlFile):
        raise _fail(f'could not open file "{tree.own(path)}/global/pg_control" for reading: {tree.NO_ENTRY}')
    return Side(path, top, node.content)


def _restore_command(host: Host, wanted: RewindSettings) -> None:
    """-c: `postgres -C restore_command` says what the target has."""
    if not wanted.restore_wal:
        return
    read = settings.read_files(host, host.path(wanted.target), host.client.major)
    values = dict(read.conf) | dict(read.auto)
    if not values.get("restore_command"):
        raise _fail(f"{since(host.client.major, _RESTORE_COMMAND)} is not set in the target cluster")


def _source_port(host: Host, wanted: RewindSettings) -> int | None:
    """The server that --source-server means; None when the source is a directory."""
    if not wanted.source_server:
        return None
    try:
        words = read_string(wanted.source_server, host.client.major)
    except ConninfoFault as wrong:
        raise _fail(str(wrong)) from None
    given = words.get("port", "") or host.env.get("PGPORT", "") or str(_PORT)
    fault = port_fault(given)
    if fault:
        raise _fail(fault)
    port = int(given)
    socket, user = words.get("host", host.env.get("PGHOST", "")), words.get("user", host.user)
    asked = connect.Wanted(socket, port, user, words.get("dbname", user))
    made = connect.connect(host, asked)
    if isinstance(made, connect.NotConnected):
        raise Ended(f"{NAME}: error: {made.message[:-1]}")
    return made.instance.port


def _ensured(host: Host, wanted: RewindSettings) -> Done:
    """Says that it is connected; from 13 on a target that was not shut down cleanly is recovered first."""
    said = f"{NAME}: connected to server\n" if wanted.source_server and wanted.progress else ""
    target = _side(host, wanted.target)
    can = since(host.client.major, {12: False, 13: True})
    if target.control.state in _CLEAN or not wanted.ensure_shutdown or not can:
        return Done(host, 0, "", said)
    postgres = f"{host.client.folder}/postgres"
    said += f'{NAME}: executing "{postgres}" for target server to complete crash recovery\n'
    if wanted.dry_run:
        return Done(host, 0, "", said)
    single = single_user.recovered(host, host.path(wanted.target))
    if single.exit:
        command = f"Command was: {postgres} --single -F -D {wanted.target} template1 < /dev/null"
        level = since(host.client.major, {12: "fatal", 14: "error", 15: "detail"})
        failed = f"{NAME}: error: postgres single-user mode in target cluster failed"
        raise Ended(said + single.stderr + failed, f"{NAME}: {level}: {command}")
    release = host.client.release or version(host.client.major).release
    return Done(single.host, 0, f"\nPostgreSQL stand-alone backend {release}\nbackend> ", said + single.stderr)


def _source(host: Host, wanted: RewindSettings, port: int | None) -> Side:
    """A directory, or a running server."""
    if port is None:
        found = _side(host, wanted.source_directory)
        return replace(found, end=found.control.checkpoint)
    instance = running(host, port)
    found = _side(host, instance.pgdata)
    kept = found.top.entries["pg_wal"]
    top = sent.data_directory(host, instance).with_entry("pg_wal", kept)
    return replace(found, end=instance.cluster.data.wal_end, top=top)


def _comparable(host: Host, wanted: RewindSettings, target: Side, source: Side) -> None:
    """What sanityChecks() wants."""
    if target.control.system_identifier != source.control.system_identifier:
        raise _fail("source and target clusters are from different systems")
    if not same(target.control.major, source.control.major) or not same(target.control.major, host.client.major):
        raise _fail("clusters are not compatible with this version of pg_rewind")
    if not target.control.checksums and not target.control.wal_log_hints:
        raise _fail('target server needs to use either data checksums or "wal_log_hints = on"')
    if target.control.state not in _CLEAN:
        raise _fail("target server must be shut down cleanly")
    if wanted.source_directory and source.control.state not in _CLEAN:
        raise _fail("source data directory must be shut down cleanly")


def _history(side: Side) -> History:
    wal = side.top.entries.get("pg_wal")
    node = wal.entries.get(timeline_history_name(side.control.timeline)) if isinstance(wal, Dir) else None
    return read_history(side.control.timeline, text_of(node.content) if isinstance(node, File) else None)


def _fork(target: Side, source: Side) -> tuple[int, int]:
    """findCommonAncestorTimeline: the last timeline that both have, and where the first of them left it."""
    mine, theirs = reversed(_history(target)), reversed(_history(source))
    found: tuple[int, int] | None = None
    for one, other in zip(mine, theirs, strict=False):
        if one.timeline != other.timeline or one.begin != other.begin:
            break
        ends = [end for end in (one.end, other.end) if end]
        found = (min(ends) if ends else source.end, one.timeline)
    if found is None:
        raise _fail("could not find common ancestor of the source and target cluster's timelines")
    return found


def _last_checkpoint(journal: Journal, files: WalFiles, target: Side, fork: int) -> Record:
    """findLastCheckpoint: backwards from the fork in the target's WAL."""
    size = target.control.segment_size
    branch = next((one.branch for one in files if one.branch and one.segment == target.control.checkpoint // size), "")
    found: Record | None = None
    at = 0
    while branch and (record := journal.next_record(branch, at)) is not None and record.start < fork:
        if record.kind in CHECKPOINTS:
            found = record
        at = record.end
    if found is None:
        raise _fail(f"could not find previous WAL record at {format_lsn(fork)}")
    return found


def _unread(wanted: RewindSettings, target: Side, last: Record, fork: int) -> tuple[str, ...]:
    """What it says when WAL between the fork and the common checkpoint is no longer in the target's pg_wal."""
    size, wal = target.control.segment_size, target.top.entries.get("pg_wal")
    there = wal.entries if isinstance(wal, Dir) else {}
    numbers = range((fork - 1) // size, last.start // size - 1, -1)
    names = (segment_name(target.control.timeline, number, size) for number in numbers)
    gone = next((name for name in names if name not in there), "")
    if wanted.restore_wal or not gone:
        return ()
    return (
        f'{NAME}: error: could not open file "{wanted.target}/pg_wal/{gone}": {tree.NO_ENTRY}',
        f"{NAME}: error: could not find previous WAL record at {format_lsn(last.start)}",
    )


def _copied(host: Host, wanted: RewindSettings, target: Side, source: Side, last: Record) -> Host:
    """The source's files, its WAL, and a label that makes the server replay from the common checkpoint on."""
    size = target.control.segment_size
    segment = segment_name(last.timeline, last.redo // size, size)
    label = (
        f"START WAL LOCATION: {format_lsn(last.redo)} (file {segment})\n"
        f"CHECKPOINT LOCATION: {format_lsn(last.start)}\n"
        "BACKUP METHOD: pg_rewind\nBACKUP FROM: standby\n"
        f"START TIME: {clock.plain(host.clock)}\n"
    )
    shared = source.top.entries["global"]
    assert isinstance(shared, Dir), "its pg_control has been read"
    control = replace(
        source.control,
        state="in archive recovery",
        time=host.clock,
        min_recovery=source.end,
        min_recovery_timeline=source.control.timeline,
        backup_end_required=False,
    )
    real = tree.find(host.root, f"{host.path(source.path)}/pg_wal")
    entries = dict(source.top.entries)
    entries.pop("postmaster.pid", None)
    entries["global"] = shared.with_entry("pg_control", File(control, mtime=host.clock))
    entries["backup_label"] = File(label, mtime=host.clock)
    entries["pg_wal"] = real if isinstance(real, Dir) else Dir()
    host = host.with_root(
        tree.put(host.root, tree.resolve(host.root, host.path(wanted.target)), target.top.with_entries(entries))
    )
    return _configured(host, wanted)


def _configured(host: Host, wanted: RewindSettings) -> Host:
    """-R: WriteRecoveryConfig."""
    if not wanted.write_recovery_conf or wanted.dry_run:
        return host
    conf = f"{wanted.target}/postgresql.auto.conf"
    text = text_of(host.read(conf)) + f"primary_conninfo = '{wanted.source_server}'\n"
    return host.write(conf, text).write(f"{wanted.target}/standby.signal", "")
