"""A whole paste: what went wrong first, what followed from it, what only looks bad, and what is not known here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from diagnosis.catalogue import Entry
from diagnosis.forms import LONGEST_LINE, tokens
from diagnosis.matching import Match, among, match, match_record
from diagnosis.reading import read
from diagnosis.records import BAD, Record
from diagnosis.similar import similar

LIMIT_CHARS = 5_000_000
LIMIT_LINES = 40_000
"""More is cut: the end of a log is where it stopped."""
MOST_WRAPPED = 2000
"""Among more records than these no wrapped lines are looked for: a file is not wrapped, a terminal is."""
MOST_WRAPS = 3
"""A message that a terminal wrapped is looked for on so many more lines."""
MOST_UNKNOWN = 8
SHORT_PASTE = 40
"""Up to so many records were chosen by somebody: each of them deserves an answer."""


@dataclass(slots=True, eq=False)
class Finding:
    """An entry that is in the paste."""

    entry: Entry
    facts: Mapping[str, str]
    first: Record
    count: int = 1
    last_line: int = 0
    because: Finding | None = None
    """What in the same paste this one follows from."""
    others: dict[str, None] = field(default_factory=dict)
    """Further names it was said about, in their order."""

    def title(self, lang: str) -> str:
        """The title with the paste's own names."""
        return filled(self.entry.words[lang].title, self.facts)

    @staticmethod
    def bare_title(entry: Entry, lang: str) -> str:
        """The title of an entry where nothing was pasted that could fill its gaps."""
        return filled(entry.words[lang].title, {})

    def cause(self, lang: str) -> str:
        """The cause with the paste's own names."""
        return filled(self.entry.words[lang].cause, self.facts)

    def remedy(self, lang: str) -> tuple[str, ...]:
        """The steps with the paste's own names."""
        return tuple(filled(step, self.facts) for step in self.entry.words[lang].remedy)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message that no entry has, and the entries that share its words."""

    record: Record
    count: int
    near: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What there is to say about a paste."""

    findings: tuple[Finding, ...] = ()
    """Problems: each first cause, then what followed from it."""
    normal: tuple[Finding, ...] = ()
    """Messages that look bad and are none."""
    unknown: tuple[Unknown, ...] = ()
    unknown_count: int = 0
    near: tuple[Entry, ...] = ()
    """For words that are no message: entries about them."""
    lines: int = 0
    cut: bool = False


_NO_DIGITS = str.maketrans("", "", "0123456789")


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def filled(text: str, facts: Mapping[str, str]) -> str:
    """A text of the catalogue with the paste's names in its gaps."""
    return text.format_map(_Gaps(facts))


def diagnose(text: str) -> Diagnosis:
    """Explain a paste. Whatever it is, nothing is raised."""
    lines, cut = _lines_of(text)
    records = list(read(_without_routine(lines)))
    found, missed = _collect(records)
    problems = [each for each in found.values() if each.entry.kind != "normal"]
    normal = tuple(each for each in found.values() if each.entry.kind == "normal")
    unknown = _unknown(missed, short=len(records) <= SHORT_PASTE)
    only_words = not found and not any(each.near for each in unknown)
    return Diagnosis(
        findings=tuple(_in_order(problems)),
        normal=normal,
        unknown=tuple(unknown[:MOST_UNKNOWN]),
        unknown_count=sum(each.count for each in unknown),
        near=tuple(similar(text, 5)) if only_words else (),
        lines=len(lines),
        cut=cut,
    )


def _lines_of(text: str) -> tuple[list[str], bool]:
    cut = len(text) > LIMIT_CHARS
    if cut:
        text = text[-LIMIT_CHARS:].partition("\n")[2] or text[-LONGEST_LINE:]
    lines = text.splitlines()
    return lines[-LIMIT_LINES:], cut or len(lines) > LIMIT_LINES


def _without_routine(lines: Sequence[str]) -> Iterator[str]:
    """The lines; of a LOG line that differs from an uninteresting one in its numbers only, nothing but its place."""
    routine: dict[str, bool] = {}
    for line in lines:
        if "LOG: " in line:
            shape = line[:LONGEST_LINE].translate(_NO_DIGITS)
            if shape not in routine:
                routine[shape] = match(line[:LONGEST_LINE]) is None
            if routine[shape]:
                yield "LOG:"
                continue
        yield line


def _collect(records: Sequence[Record]) -> tuple[dict[str, Finding], list[Record]]:
    found: dict[str, Finding] = {}
    missed = []
    at = 0
    while at < len(records):
        record = records[at]
        met = match_record(record)
        if met is None and len(records) <= MOST_WRAPPED:
            met = _wrapped(records, at)
        at += 1 + record.joined
        if met is None:
            missed.append(record)
            continue
        finding = found.get(met.entry.code)
        if finding is None:
            found[met.entry.code] = Finding(met.entry, met.facts, record, last_line=record.line)
            continue
        finding.count += 1
        finding.last_line = record.line
        if met.facts != finding.facts and len(finding.others) < 5:
            finding.others |= dict.fromkeys(
                value for name, value in met.facts.items() if value != finding.facts.get(name)
            )
    return found, missed


def _wrapped(records: Sequence[Record], at: int) -> Match | None:
    """The entry of a record whose rest stands on the next lines, where a terminal or a mail program broke it."""
    record = records[at]
    text, words = record.text, set(tokens(record.text))
    for following in records[at + 1 : at + 1 + MOST_WRAPS]:
        if not following.bare or len(text) > LONGEST_LINE or match(following.text) is not None:
            return None
        words |= set(tokens(f"{text[-40:]}{following.text}")) | set(tokens(following.text))
        text += following.text
        record.joined += 1
        met = among(text, words)
        if met is not None:
            record.text = text
            return met
    record.joined = 0
    return None


def _in_order(problems: Iterable[Finding]) -> Iterator[Finding]:
    """First causes by their line; after each what followed from it."""
    problems = list(problems)
    for finding in problems:
        finding.because = _cause_of(finding, problems)
    told: set[str] = set()
    for finding in problems:
        if finding.because is None:
            yield from _with_consequences(finding, problems, told)


def _with_consequences(finding: Finding, problems: Sequence[Finding], told: set[str]) -> Iterator[Finding]:
    if finding.entry.code in told:
        return
    told.add(finding.entry.code)
    yield finding
    for each in problems:
        if each.because is finding:
            yield from _with_consequences(each, problems, told)


def _cause_of(finding: Finding, problems: Sequence[Finding]) -> Finding | None:
    """What explains a finding: something before it that leads to it; for the end of a chain, whatever went wrong."""
    before = [each for each in problems if each.first.line < finding.first.line and each is not finding]
    for each in reversed(before):
        if finding.entry.code in each.entry.leads_to:
            return each
    if finding.entry.kind != "follows":
        return None
    for each in (*reversed(before), *problems):
        if each.entry.kind == "problem":
            return each
    return None


def _unknown(missed: Iterable[Record], *, short: bool) -> list[Unknown]:
    """Each kind of unknown message once: those that say they are bad, and every line of a short paste."""
    kinds: dict[str, list[Record]] = {}
    for record in missed:
        if record.severity in BAD or (short and record.severity not in {"LOG", "INFO", "DEBUG"}):
            kinds.setdefault("".join(each for each in record.text if not each.isdigit())[:300], []).append(record)
    first = [(records[0], len(records)) for records in kinds.values()]
    asked = [
        (record, count, tuple(similar(record.text)) if number < MOST_UNKNOWN else ())
        for number, (record, count) in enumerate(first)
    ]
    return [Unknown(record, count, near) for record, count, near in asked]
