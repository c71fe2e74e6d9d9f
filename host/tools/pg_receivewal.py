"""pg_receivewal on the host: an archive filled by streaming."""

from __future__ import annotations

from dataclasses import dataclass, replace

from host import options, tree
from host.basebackup import server
from host.call import Call, Done
from host.content import Gzip
from host.effort import LINE, spend
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_receivewal
from host.options.checks.pg_receivewal import ReceivewalSettings
from host.server import connect, hosts, work
from host.server.files import WalFile
from host.tree import Dir, File
from host.weather import Weather
from simulator.lsn import format_lsn, is_segment_name, parse_segment_name, segment_name
from simulator.versions import since, spans, version

NAME = "pg_receivewal"
_PARTIAL = ".partial"
_ENDINGS = {"none": "", "gzip": ".gz", "lz4": ".lz4", "zstd": ".zst"}
_INTERRUPTED = {12: "received interrupt signal, exiting"}
_SLOT_COMMAND = {12: 'CREATE_REPLICATION_SLOT "{name}" PHYSICAL'}
_BY_SIGNAL = 130
_RETRY_SECONDS = 5
_RETRIES = f"disconnected; waiting {_RETRY_SECONDS} seconds to try again"
_ASKS_FOR_SLOT = {12: False, 15: True}
"""READ_REPLICATION_SLOT: it begins where the slot is."""
_MESSAGE = 16 * 8192
"""MAX_SEND_SIZE of a WAL sender."""


@dataclass(frozen=True, slots=True)
class Run:
    """How far it is."""

    host: Host
    wanted: ReceivewalSettings
    port: int
    pid: int
    said: str = ""

    def info(self, line: str) -> Run:
        """A line that only -v shows."""
        return self.say(line) if self.wanted.verbose else self

    def say(self, line: str) -> Run:
        """A line on stderr."""
        spend(LINE)
        return replace(self, said=f"{self.said}{NAME}: {line}\n")

    def ended(self, status: int) -> Done:
        """The program ends, and its connection with it."""
        return Done(connect.close(self.host, self.port, self.pid), status, "", self.said)


def main(call: Call) -> Done:
    """Create or drop a slot, or receive WAL until a `timeout` or --endpos ends it."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_receivewal.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    if wanted.action == "stream" and not isinstance(tree.find(host.root, host.path(wanted.directory)), Dir):
        return Done(host, 1, "", f'{NAME}: error: could not open directory "{wanted.directory}": {tree.NO_ENTRY}\n')
    target = wanted.target
    if target.fault:
        return Done(host, 1, "", f"{NAME}: error: {target.fault}\n")
    asked = connect.Wanted(target.host, target.number, target.user, "", True, target.password, NAME)
    made = hosts.connect(host, asked, target)
    if isinstance(made, connect.NotConnected):
        return Done(host, 1, "", f"{NAME}: error: {made.message}")
    run = Run(made.host, wanted, made.port, made.pid)
    if wanted.action == "drop-slot":
        return _drop(run)
    if wanted.action == "create-slot":
        return _create(run)
    limit = call.variable("DOJO_TIMEOUT").split()
    return _stream(run, float(limit[1]) if len(limit) > 1 else None)


def _drop(run: Run) -> Done:
    slot = run.wanted.slot
    run = run.info(f'dropping replication slot "{slot}"')
    if work.running(run.host, run.port).cluster.data.slot(slot) is None:
        command = f'DROP_REPLICATION_SLOT "{slot}"'
        said = f'ERROR:  replication slot "{slot}" does not exist'
        return run.say(f'error: could not send replication command "{command}": {said}').ended(1)
    return replace(run, host=server.drop_slot(run.host, run.port, slot)).ended(0)


def _create(run: Run) -> Done:
    slot = run.wanted.slot
    run = run.info(f'creating replication slot "{slot}"')
    host, denied = server.create_slot(run.host, run.port, slot, temporary=False, reserve=False)
    if denied is not None:
        if run.wanted.if_not_exists and "already exists" in denied.text:
            return run.ended(0)
        command = since(run.host.client.major, _SLOT_COMMAND).format(name=slot)
        return run.say(f'error: could not send replication command "{command}": ERROR:  {denied.text}').ended(1)
    return replace(run, host=host).ended(0)


def _stream(run: Run, limit: float | None) -> Done:
    """StreamLog: where to begin, what comes, how it ends."""
    wanted, instance = run.wanted, work.running(run.host, run.port)
    mine = version(run.host.client.major)
    if instance.major not in spans(f"12-{mine.major}"):
        own = run.host.client.release or mine.release
        theirs = instance.build_release.split(" ")[0]
        text = "client does not support streaming from server versions newer than"
        return run.say(f"error: incompatible server version {theirs}; {text} {own}").ended(1)
    slot = instance.cluster.data.slot(wanted.slot) if wanted.slot else None
    if wanted.slot and slot is None:
        said = f'replication slot "{wanted.slot}" does not exist'
        if since(min(instance.major, run.host.client.major), _ASKS_FOR_SLOT):
            return _again(run, limit, f"error: {said}")
        return _again(run, limit, f'error: could not send replication command "START_REPLICATION": ERROR:  {said}')
    if slot is not None and (refused := server.slot_refused(instance, wanted.slot)):
        return _again(run, limit, f'error: could not send replication command "START_REPLICATION": {refused}')
    start = _start(run)
    timeline, size = instance.cluster.data.timeline, instance.cluster.data.segment_size
    run = run.info(f"starting log streaming at {format_lsn(start)} (timeline {timeline})")
    if wanted.end and wanted.end < start:  # before the first byte comes
        return run.info(f"stopped log streaming at {format_lsn(start)} (timeline {timeline})").ended(0)
    run = _meanwhile(run)
    instance = work.running(run.host, run.port)
    end = instance.cluster.data.wal_end
    stops = bool(wanted.end) and wanted.end < end
    reached = min(end, _end_of_message(start, wanted.end)) if stops else end
    if not stops and limit is None:
        return _endless(run)
    read = server.read_segments(run.host, instance, start, max(reached, start + 1))
    if read.missing and reached > start:
        said = f"ERROR:  {server.removed(read.missing)}"
        return _again(run, limit, f"error: unexpected termination of replication stream: {said}")
    run = _written(run, dict(read.files), reached, size)
    if wanted.slot:
        confirmed = _confirmed(run, start, reached, size, 0 if stops else limit or 0)
        run = replace(run, host=server.advance_slot(run.host, run.port, wanted.slot, confirmed))
    for boundary in range(start // size * size + size, reached + 1, size):
        run = run.info(f"finished segment at {format_lsn(boundary)} (timeline {timeline})")
    return _finished(run, reached, timeline, size, interrupted=not stops)


def _again(run: Run, limit: float | None, line: str) -> Done:
    """It is refused, and tries again every five seconds until a signal comes; -n: it ends at once."""
    run = run.say(line)
    if run.wanted.no_loop:
        return run.say("error: disconnected").ended(1)
    if limit is None:
        return _endless(run.say(_RETRIES))
    for _ in range(int(limit // _RETRY_SECONDS) + 1):
        run = run.say(_RETRIES).say(line)
    return run.ended(0)


def _end_of_message(start: int, wanted: int) -> int:
    """WAL comes in messages, and after each it looks whether it is past the wanted end."""
    return start + (wanted - start) // _MESSAGE * _MESSAGE + _MESSAGE


def _confirmed(run: Run, start: int, reached: int, size: int, seconds: float) -> int:
    """What the server has heard of: where it began, and after a status interval what was on disk by then."""
    if run.wanted.synchronous and seconds:
        return reached
    told = 0 < run.wanted.status_interval < seconds
    return max(start, reached // size * size) if told else start


def _endless(run: Run) -> Done:
    """Nobody ends it: the dojo says so instead of waiting."""
    return run.say("it would go on receiving until you end it; here: put `timeout 5` before it, or use --endpos").ended(
        130
    )


def _start(run: Run) -> int:
    """FindStreamingStart: behind the newest file in the directory; else the slot's position or the current segment."""
    instance = work.running(run.host, run.port)
    size = instance.cluster.data.segment_size
    directory = tree.find(run.host.root, run.host.path(run.wanted.directory))
    assert isinstance(directory, Dir), "it has been looked at"
    whole, partial = 0, 0
    for name in directory.entries:
        bare = name.partition(".")[0]
        if is_segment_name(bare):
            segment = parse_segment_name(bare, size)[1]
            if name.endswith(_PARTIAL):
                partial = max(partial, segment)
            else:
                whole = max(whole, segment + 1)
    if whole or partial:
        return max(whole, partial) * size
    asks = since(min(instance.major, run.host.client.major), _ASKS_FOR_SLOT)
    slot = instance.cluster.data.slot(run.wanted.slot) if run.wanted.slot and asks else None
    if slot is not None and slot.restart_lsn is not None:
        return slot.restart_lsn // size * size
    return instance.cluster.data.wal_end // size * size


def _meanwhile(run: Run) -> Run:
    """What others write while it runs."""
    if Weather.WAL_SWITCHES not in run.host.weather:
        return run
    host = run.host
    for _ in range(2):
        host = work.switch_wal(work.write_wal(host, run.port, 1024), run.port)[0]
    return replace(run, host=host)


def _written(run: Run, files: dict[str, File], reached: int, size: int) -> Run:
    """Whole segments under their names, the last one as .partial (padded to a whole segment)."""
    ending = _ENDINGS[run.wanted.compression.method]
    host, base = run.host, run.host.path(run.wanted.directory)
    for name, file in files.items():
        assert isinstance(file.content, WalFile), "pg_wal holds nothing else under such a name"
        segment = file.content.segment
        if reached <= segment * size:
            continue
        content = replace(file.content, upto=min(file.content.upto, reached))
        whole = reached >= (segment + 1) * size
        shown = f"{name}{ending}" if whole else f"{name}{ending}{_PARTIAL}"
        made = Gzip(content, run.wanted.compression.method) if ending else content
        host = host.with_root(tree.put(host.root, f"{base}/{shown}", File(made, mtime=host.clock)))
        old = f"{base}/{name}{ending}{_PARTIAL}"
        if whole and tree.find(host.root, old) is not None:
            host = host.with_root(tree.remove(host.root, old))
    return replace(run, host=host)


def _finished(run: Run, reached: int, timeline: int, size: int, *, interrupted: bool) -> Done:
    """Its last words: interrupted, or at the wanted end."""
    words = since(run.host.client.major, _INTERRUPTED)
    stopped = words if interrupted else f"stopped log streaming at {format_lsn(reached)} (timeline {timeline})"
    run = run.info(stopped)
    if reached % size:
        ending = _ENDINGS[run.wanted.compression.method]
        name = segment_name(timeline, reached // size, size) + ending + _PARTIAL
        run = run.say(f'not renaming "{name}", segment is not complete')
    return run.info(stopped).ended(0)
