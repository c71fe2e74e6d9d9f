"""pg_waldump on the host: the records that matter, segment by segment."""

from __future__ import annotations

from collections import Counter

from host import options
from host.call import Call, Done
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_waldump
from host.options.checks.pg_waldump import WaldumpSettings
from host.waldump import finding, lines, reading
from host.waldump.reading import NAME, Fault
from simulator.recovery.journal import Record


def main(call: Call) -> Done:
    """Find the segment or the directory, read, print."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_waldump.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    try:
        span = finding.span(host, wanted)
        records, stopped = reading.records(host, span.found, span.timeline, span.start, span.end)
    except Fault as fault:
        return Done(host, 1, "", fault.text())
    return _printed(host, wanted, records, stopped)


def _printed(host: Host, wanted: WaldumpSettings, records: list[Record], stopped: str) -> Done:
    shown = [one for one in records if _asked(wanted, one)]
    limited = wanted.limit if wanted.limit > 0 else None
    if limited is not None and len(shown) >= limited:
        shown, stopped = shown[:limited], ""
    stderr = f"{NAME}: {stopped}\n" if stopped else ""
    status = int(bool(stopped))
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
    if wanted.relation:  # The records that matter touch no relation's blocks.
        return False
    if wanted.managers and lines.manager(record) not in wanted.managers:
        return False
    return wanted.xid is None or record.xid == wanted.xid
