"""pg_waldump on the host: the records that matter, segment by segment."""

from __future__ import annotations

from collections import Counter

from host import options, tree
from host.call import Call, Done
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_waldump
from host.options.checks.pg_waldump import WaldumpSettings
from host.tree import Dir, File
from host.waldump import lines, reading
from host.waldump.reading import NAME, Fault, Found
from simulator.lsn import format_lsn, is_segment_name, parse_segment_name
from simulator.recovery.journal import Record


def main(call: Call) -> Done:
    """Find the segment or the directory, read, print."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_waldump.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    try:
        found, timeline, start, end = _where(host, wanted)
        records, stopped = reading.records(host, found, timeline, start, end)
    except Fault as fault:
        hint = f'{NAME}: hint: Try "{NAME} --help" for more information.\n' if fault.usage else ""
        return Done(host, 1, "", f"{NAME}: {fault}\n{hint}")
    return _printed(host, wanted, records, stopped)


def _where(host: Host, wanted: WaldumpSettings) -> tuple[Found, int, int, int]:
    """Directory, timeline, where to start and end; raises Fault."""
    if not wanted.segments:
        found = reading.directory(host, wanted.path or _default(host))
        if not wanted.start:
            raise Fault("error: no start WAL location given", usage=True)
        return found, wanted.timeline, wanted.start, wanted.end
    folder, _, name = wanted.segments[0].rpartition("/")
    candidates = [folder or "."] if folder else [wanted.path or ".", "pg_wal", _default(host)]
    for path in candidates:
        node = tree.find(host.root, host.path(f"{path}/{name}"))
        if isinstance(node, File):
            break
    else:
        raise Fault(f"error: {_not_there(host, folder, name)}")
    size = reading.header_size(name, node)
    if not is_segment_name(name):
        raise Fault(f'error: invalid WAL file name: "{name}"')
    timeline, segment = parse_segment_name(name, size)
    last = segment
    if len(wanted.segments) > 1:
        last = parse_segment_name(wanted.segments[1].rpartition("/")[2], size)[1]
    here = tree.need_dir(host.root, host.path(path))
    return Found(path, here, size), timeline, wanted.start or segment * size, wanted.end or (last + 1) * size


def _not_there(host: Host, folder: str, name: str) -> str:
    if not folder:
        return f'could not locate WAL file "{name}"'
    if tree.find(host.root, host.path(folder)) is None:
        return f'could not open directory "{folder}": {tree.NO_ENTRY}'
    if isinstance(tree.find(host.root, host.path(f"{folder}/{name}")), Dir):
        return f'could not read file "{name}": {tree.IS_A_DIR}'
    return f'could not open file "{name}": {tree.NO_ENTRY}'


def _default(host: Host) -> str:
    return f"{host.env.get('PGDATA', '')}/pg_wal"


def _printed(host: Host, wanted: WaldumpSettings, records: list[Record], stopped: str) -> Done:
    shown = [one for one in records if _asked(wanted, one)]
    limited = wanted.limit if wanted.limit > 0 else None
    cut = limited is not None and len(shown) > limited
    shown = shown[:limited]
    told = bool(stopped) and not cut and (not wanted.quiet or "invalid record length" in stopped)
    where = f" at {format_lsn(records[-1].start)}" if records and "invalid record length" in stopped else ""
    stderr = f"{NAME}: error: error in WAL record{where}: {stopped}\n" if told else ""
    status = int(bool(stopped) and not cut)
    if wanted.quiet:
        return Done(host, status, "", stderr)
    if wanted.stats:
        counted = Counter(lines.manager(one) for one in shown)
        return Done(host, status, "".join(f"{name:<20} {count:>10}\n" for name, count in counted.items()), stderr)
    previous, text = 0, ""
    for record in records:
        if record in shown:
            text += lines.line(record, previous)
        previous = record.start
    return Done(host, status, text, stderr)


def _asked(wanted: WaldumpSettings, record: Record) -> bool:
    if wanted.managers and lines.manager(record) not in wanted.managers:
        return False
    return wanted.xid is None or record.xid == wanted.xid
