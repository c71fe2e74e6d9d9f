"""pg_waldump on the host: the records that matter, segment by segment."""

from __future__ import annotations

from dataclasses import replace

from host import options
from host.call import Call, Done
from host.content import text_of
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_waldump
from host.options.checks.pg_waldump import WaldumpSettings
from host.waldump import finding, lines, reading, statistics
from host.waldump.finding import Span
from host.waldump.reading import NAME, Fault
from simulator.lsn import format_lsn
from simulator.recovery.journal import Record
from simulator.versions import since

_SKIPPED_ON_STDERR = {12: False, 18: True}


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
    done = _printed(host, wanted, span, records, stopped)
    skipped = _skipped(span, records[0].start) if records else ""
    if since(host.client.major, _SKIPPED_ON_STDERR):
        return replace(done, stderr=(f"{NAME}: {skipped}" if skipped else "") + done.stderr)
    return replace(done, stdout=skipped + text_of(done.stdout))


def _skipped(span: Span, first: int) -> str:
    """A start that is neither a record's nor a segment's."""
    more = first - span.start
    if not more or not span.start % span.found.segment_size:
        return ""
    where = f"first record is after {format_lsn(span.start)}, at {format_lsn(first)}"
    return f"{where}, skipping over {more} byte{'s' if more > 1 else ''}\n"


def _printed(host: Host, wanted: WaldumpSettings, span: Span, records: list[Record], stopped: str) -> Done:
    shown = [one for one in records if _asked(wanted, one)]
    limited = wanted.limit if wanted.limit > 0 else None
    if limited is not None and len(shown) >= limited:
        shown, stopped = shown[:limited], ""
    stderr = f"{NAME}: {stopped}\n" if stopped else ""
    status = int(bool(stopped))
    if wanted.quiet:
        return Done(host, status, "", stderr)
    major = host.client.major
    if wanted.stats:
        end = span.end or (records[-1].end if records else span.start)
        start = records[0].start if records else span.start
        table = statistics.table(shown, start, end, major, by_record=wanted.stats == "record")
        return Done(host, status, table, stderr)
    before = reading.record_before(host, span.found, span.timeline, records[0].start) if records else None
    previous, text = before.last_start if before else 0, ""
    for record in records:
        if record in shown:
            text += lines.line(record, previous, major)
        previous = record.last_start
    return Done(host, status, text, stderr)


def _asked(wanted: WaldumpSettings, record: Record) -> bool:
    if wanted.relation:  # The records that matter touch no relation's blocks.
        return False
    if wanted.managers and lines.manager(record) not in wanted.managers:
        return False
    return wanted.xid is None or record.xid == wanted.xid
