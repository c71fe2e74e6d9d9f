"""`waldojo inspect`: a report on somebody's own server, from a read-only session or from pasted output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspection.facts import ServerFacts
from inspection.pasted import LIMIT_BYTES, PasteFault, Unread, read
from inspection.rates import COPY_RATE, Assumptions, amount
from inspection.report import Report, as_json, manual_of, report
from inspection.session import NoSession, look, looks_like_dsn, wish_of
from inspection.statements import asked_of
from inspection.texts import text
from inspection.words import BAD, BackupAnswer, Filler, Finding
from simulator.versions import DEFAULT, KNOWN, UnknownVersion

FINE, DANGER, MALFORMED = 0, 1, 2
SHOWN_LINES = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options as they were typed."""

    disk: str | None = None
    rate: str | None = None
    copy_rate: str | None = None
    pg: str | None = None
    watch: float = 0.0
    as_json: bool = False
    show_statements: bool = False


class _Wrong(Exception):
    """Something that was typed cannot be used; the text is for whoever typed it."""


def inspect(given: str | None, wanted: Wanted, language: str) -> int:
    """Print the report; 0 fine, 1 something dangerous was found, 2 nothing could be made of what was given."""
    try:
        major = _major(wanted.pg, language)
        if wanted.show_statements or given is None:
            print("\n".join(_statements(major or DEFAULT, language)))
            return FINE
        assumed = _assumed(wanted, language)
        facts, unread = _facts(given, wanted, major, language)
        told = report(facts, assumed)
    except _Wrong as wrong:
        print(wrong, file=sys.stderr)
        return MALFORMED
    except (PasteFault, NoSession) as fault:
        print(fault.told(language), file=sys.stderr)
        return MALFORMED
    except UnknownVersion as unknown:
        print(_unknown_version(unknown.wrong, language), file=sys.stderr)
        return MALFORMED
    if wanted.as_json:
        print(json.dumps(as_json(told), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(told, unread, language)))
    return DANGER if any(finding.severity == BAD for finding in told.findings) else FINE


def _major(given: str | None, language: str) -> int | None:
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and int(given) in KNOWN):
        raise _Wrong(_unknown_version(given, language))
    return int(given)


def _unknown_version(given: str, language: str) -> str:
    return text("cli.unknown_version", language, given=given, known=", ".join(map(str, KNOWN)))


def _assumed(wanted: Wanted, language: str) -> Assumptions:
    found = []
    for option, given in (("--disk", wanted.disk), ("--rate", wanted.rate), ("--copy-rate", wanted.copy_rate)):
        size = amount(given) if given is not None else None
        if given is not None and size is None:
            raise _Wrong(text("cli.bad_amount", language, option=option, given=given))
        found.append(size)
    disk, rate, copy_rate = found
    return Assumptions(wal_rate=rate, copy_rate=copy_rate or COPY_RATE, free_bytes=disk)


def _facts(given: str, wanted: Wanted, major: int | None, language: str) -> tuple[ServerFacts, tuple[Unread, ...]]:
    if looks_like_dsn(given):
        wish = wish_of(given, from_page=False)
        print("\n".join(_statements(major or DEFAULT, language)), file=sys.stderr)
        return look(wish, watch_seconds=wanted.watch), ()
    pasted = read(_content(given, language), major=major)
    if pasted.facts.major is None:
        raise _Wrong(text("cli.no_version", language))
    return pasted.facts, pasted.unread


def _content(given: str, language: str) -> str:
    """One byte more than may be pasted is read: then it is too long, and nobody waits for the rest."""
    try:
        if given == "-":
            return sys.stdin.read(LIMIT_BYTES + 1)
        with Path(given).open("rb") as file:
            return file.read(LIMIT_BYTES + 1).decode("utf-8", "replace")
    except (OSError, ValueError):
        raise _Wrong(text("cli.no_file", language, given=given)) from None


def _statements(major: int, language: str) -> Iterator[str]:
    statements = asked_of(major)
    yield f"-- {text('cli.statements', language, count=len(statements))}"
    for statement, sql in statements:
        role = text("cli.asked_by", language, role=statement.role)
        yield f"-- {statement.purpose(language)} ({role})"
        yield f"{sql};"


# --- the report as text


def _lines(told: Report, unread: Sequence[Unread], language: str) -> Iterator[str]:
    yield text(told.headline.code, language, **told.headline.facts)
    yield ""
    yield text("cli.server", language, release=told.facts.release or told.facts.major)
    yield from _assumptions(told, language)
    yield f"\n# {text('cli.backups', language)}"
    for answer in told.backups:
        yield from _backup(answer, language)
    if told.fillers:
        yield f"\n# {text('cli.fillers', language)}"
        for filler in told.fillers:
            yield f"  {_filler(filler, language)}"
    yield f"\n# {text('cli.findings', language)}"
    if not told.findings:
        yield f"  {text('cli.findings_none', language)}"
    if not told.can_alter:
        yield f"  {text('cli.cannot_alter', language)}"
    for finding in told.findings:
        yield from _finding(finding, told, language)
    yield from _not_known(told, unread, language)
    yield f"\n# {text('cli.plays', language)}"
    for play in told.plays:
        yield f"  {play.title(language)}\n    {play.address()}"
        if play.left_out:
            yield f"    {text('cli.left_out', language, names=', '.join(play.left_out))}"


def _assumptions(told: Report, language: str) -> Iterator[str]:
    if told.rate is not None:
        over = {} if told.rate.over_seconds is None else {"over_seconds": told.rate.over_seconds}
        source = text(f"rate_source.{told.rate.source}", language, **over)
        yield text("cli.rate", language, wal_rate=told.rate.bytes_per_second, source=source)
    if told.need_bytes is not None and told.facts.database_bytes is not None:
        yield text(
            "cli.backup",
            language,
            database_bytes=told.facts.database_bytes,
            copy_rate=told.assumed.copy_rate,
            backup_seconds=told.backup_seconds,
            need_bytes=told.need_bytes,
        )


def _backup(answer: BackupAnswer, language: str) -> Iterator[str]:
    known = [text(f"verdict.{answer.verdict}", language)]
    if answer.guaranteed_bytes is not None:
        key = "cli.guaranteed" if answer.guaranteed_bytes else "cli.guaranteed_none"
        known.append(text(key, language, bytes_bytes=answer.guaranteed_bytes))
    elif answer.unlimited:
        known.append(text("cli.unlimited", language))
    if answer.typical_bytes is not None:
        facts = {"bytes_bytes": answer.typical_bytes, "time_seconds": answer.typical_seconds}
        known.append(text("cli.typical", language, **facts))
    yield f"  {text(f'kind.{answer.kind}', language)}: {' · '.join(known)}"
    yield f"    {text(f'reason.{answer.reason.code}', language, **answer.reason.facts)}"


def _filler(filler: Filler, language: str) -> str:
    parts = [text(f"filler.{filler.code}", language, name=filler.name)]
    if filler.held_bytes is not None:
        parts.append(text("cli.held", language, bytes_bytes=filler.held_bytes))
    limit = "cli.no_limit" if filler.most_bytes is None else "cli.most"
    parts.append(text(limit, language, bytes_bytes=filler.most_bytes))
    if filler.full_seconds is not None:
        parts.append(text("cli.full", language, time_seconds=filler.full_seconds))
    if not filler.happening:
        parts.append(text("cli.if_stops", language))
    return " · ".join(parts)


def _finding(finding: Finding, told: Report, language: str) -> Iterator[str]:
    title = text(f"finding.{finding.code}.title", language, **finding.facts)
    yield f"\n  [{text(f'severity.{finding.severity}', language)}] {title}"
    yield f"    {text(f'finding.{finding.code}.text', language, **finding.facts)}"
    for mend in finding.mends:
        yield f"      {mend.line}  -- {text(f'needs.{mend.needs}', language)}"
    cost = finding_cost(finding, language)
    if cost:
        yield f"    {text('cli.cost', language, text=cost)}"
    page = manual_of(finding, language, told.facts.version.major)
    if page is not None:
        yield f"    {page[1]}: {page[0]}"


def finding_cost(finding: Finding, language: str) -> str:
    """What the mending costs; '' where it costs nothing worth a word."""
    try:
        return text(f"finding.{finding.code}.cost", language, **finding.facts)
    except KeyError:
        return ""


def _not_known(told: Report, unread: Sequence[Unread], language: str) -> Iterator[str]:
    said = [text(each.code, language, **each.facts) for each in told.unknowns]
    said += [text("cli.refused", language, id=each, message=why) for each, why in told.facts.refused.items()]
    if unread:
        lines = ", ".join(f"{each.line} ({each.text[:40]})" for each in unread[:SHOWN_LINES])
        said.append(text("cli.unread", language, lines=lines + (" …" if len(unread) > SHOWN_LINES else "")))
    if said:
        yield f"\n# {text('cli.unknowns', language)}"
        yield from (f"  {each}" for each in said)
