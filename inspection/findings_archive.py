"""What is risky about archiving."""

from __future__ import annotations

from collections.abc import Iterator

from inspection.archive_commands import archive_form
from inspection.facts import Rate, ServerFacts
from inspection.words import BAD, INFO, RELOAD, WARN, Finding, Mend, alter

TEMPLATE = "test ! -f /path/to/archive/%f && cp %p /path/to/archive/%f"
"""The manual's own example; the path is for whoever runs the line to fill in."""
ARCHIVE_TIMEOUT = "5min"
LONG_SEGMENT = 900.0
"""A segment that takes longer to fill (seconds) is worth a word about archive_timeout."""
ENDLESS = 10 * 365 * 86400.0
"""A rate so low that a segment takes longer than this says nothing but 'idle'."""


def archive_state(facts: ServerFacts) -> str:
    """'off', 'nowhere' (nothing set), 'discards', 'failing', 'works', or 'unknown'."""
    mode = facts.value("archive_mode")
    if mode is None:
        return "unknown"
    if mode == "off":
        return "off"
    if facts.standby and mode == "on":
        return "unknown"  # a standby archives with 'always' only; what its primary does is not seen from here
    command, library = facts.value("archive_command"), facts.value("archive_library")
    if command is None and not library:
        return "unknown"
    form = "tool" if library else archive_form(str(command))
    if form in {"empty", "nothing"}:
        return "nowhere" if form == "empty" else "discards"
    if facts.archiver is None or facts.archiver.failing is None:
        return "unknown"
    if facts.archiver.failing:
        return "failing"
    return "works" if facts.archiver.archived_count else "unknown"


def findings(facts: ServerFacts, rate: Rate | None) -> Iterator[Finding]:
    """Everything about the archive, worst first within its kind."""
    state = archive_state(facts)
    command = Mend(f"ALTER SYSTEM SET archive_command = '{TEMPLATE}';", RELOAD)
    form = archive_form(str(facts.value("archive_command") or ""))
    if state == "off":
        if facts.standby:
            return
        mends = (alter(facts, "archive_mode", "on"), command)
        yield Finding("archive_off", WARN, {}, ("archive_mode",), mends, "archive_mode")
        return
    if state == "nowhere":
        yield Finding("archive_nowhere", BAD, {}, ("archive_mode", "archive_command"), (command,), "archive_command")
    if state == "discards":
        yield Finding("archive_discards", BAD, {}, ("archive_command",), (command,), "archive_command")
    if state in {"failing", "works", "unknown"} and not facts.value("archive_library"):
        if form == "ignores":
            yield Finding("archive_ignores", BAD, {}, ("archive_command",), (command,), "archive_command")
        if form == "overwrites":
            yield Finding("archive_overwrites", WARN, {}, ("archive_command",), (command,), "archive_command")
    yield from _behind(facts, state)
    yield from _rarely(facts, rate, state)


def _behind(facts: ServerFacts, state: str) -> Iterator[Finding]:
    archiver = facts.archiver
    if state == "failing" and archiver is not None:
        since = archiver.last_archived_time or archiver.stats_reset
        known = {"file": archiver.last_failed_wal or "?", "count": archiver.failed_count or 0}
        waiting = facts.ready_files
        if since is None or facts.seen_at is None:
            yield Finding("archive_failing", BAD, known, ("archive_command",), (), "archiving")
        else:
            told = {**known, "since_seconds": max(0.0, (facts.seen_at - since).total_seconds())}
            more = {"waiting": waiting, "waiting_bytes": waiting * facts.segment_size} if waiting is not None else {}
            code = "archive_failing_since" if waiting is None else "archive_failing_waiting"
            yield Finding(code, BAD, {**told, **more}, ("archive_command",), (), "archiving")
        return
    limits = facts.limits()
    if facts.ready_files is None or limits is None or facts.ready_files <= limits.checkpoint_segments:
        return
    told = {"waiting": facts.ready_files, "waiting_bytes": facts.ready_files * facts.segment_size}
    yield Finding("archive_slow", WARN, told, ("archive_command",), (), "archiving")


def _rarely(facts: ServerFacts, rate: Rate | None, state: str) -> Iterator[Finding]:
    """How long a segment stays unarchived on a server that writes little: the recovery point of the archive."""
    timeout = facts.value("archive_timeout")
    if state not in {"works", "failing"} or timeout is None or int(timeout) or rate is None:
        return
    seconds = facts.segment_size / rate.bytes_per_second if rate.bytes_per_second > 0 else ENDLESS
    if seconds < LONG_SEGMENT:
        return
    a_day = int(86400 / 300 * facts.segment_size)
    told = {"segment_bytes": facts.segment_size, "every_seconds": seconds, "day_bytes": a_day}
    code = "archive_rarely" if seconds < ENDLESS else "archive_rarely_idle"
    severity = INFO if facts.senders else WARN
    mends = (alter(facts, "archive_timeout", ARCHIVE_TIMEOUT),)
    yield Finding(code, severity, told, ("archive_timeout",), mends, "archive_timeout")
