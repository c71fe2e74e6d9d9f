"""`waldojo lab check`: every scenario on every version found, as a matrix, with the time of both sides."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.files import SCENARIOS, load_or_tell
from console.performing import MALFORMED, interrupted, no_server, told
from console.words import word
from lab.texts import text
from simulator.psql import width
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from lab.binaries import Installation
    from lab.check import Checked, Miss, Row
    from lab.endings import Ending

AGREES, DIFFERENT = 0, 1
SHOWN = 20
GOOD, BAD, NOTHING, BROKEN = "✓", "≠", "–", "!"


def check(
    given: Sequence[str],
    majors: Sequence[str],
    jobs: str,
    write: str | None,
    *,
    every: bool,
    as_json: bool,
    language: str,
) -> int:
    """Run, print, write; returns the exit code: 1 for any difference, 2 when nothing could be run."""
    if not jobs.isdecimal() or not int(jobs):
        return _said("lab_bad_jobs", language, given=jobs)
    if write and (Path(write).is_dir() or not Path(write).parent.is_dir()):
        return _said("lab_no_folder", language, path=write)
    scenarios = _scenarios(given, language)
    if scenarios is None:
        return MALFORMED
    installed = _installed(majors, language, every=every)
    if isinstance(installed, int):
        return installed
    from lab import check as lab_check

    wanted = lab_check.runs(scenarios, installed)
    try:
        found = lab_check.check(wanted, int(jobs), _Watcher(len(wanted)))
    except KeyboardInterrupt:
        return interrupted(language)
    rows = [one.row for one in found]
    if write:
        told_rows = json.dumps(lab_check.report(rows), ensure_ascii=False, indent=1)
        Path(write).write_text(told_rows + "\n", encoding="utf-8")
    if as_json:
        print(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
    else:
        print("\n".join(summary(found, language)))
    if not any(row.counts for row in rows):
        return MALFORMED
    return AGREES if all(one.good for one in found) else DIFFERENT


def _said(key: str, language: str, **facts: object) -> int:
    print(word(key, language, **facts), file=sys.stderr)
    return MALFORMED


def _scenarios(given: Sequence[str], language: str) -> list[Scenario] | None:
    """Those that were named, or all that come with the dojo."""
    found = []
    for name in dict.fromkeys(given or [file.stem for file in sorted(SCENARIOS.glob("*.yaml"))]):
        scenario = load_or_tell(name, language)
        if scenario is None:
            return None
        found.append(scenario)
    return found


def _installed(majors: Sequence[str], language: str, *, every: bool) -> dict[int, Installation] | int:
    """What to run on, or an exit code after the reason was told."""
    wanted = [part for given in majors for part in given.split(",")]
    for part in wanted:
        if not part.isdecimal():
            return told("bad_major", language, given=part)
    from lab import check as lab_check

    usable = lab_check.usable()
    absent = [int(part) for part in wanted if int(part) not in usable]
    if absent or not usable:
        return no_server(absent[0] if absent else None, tuple(usable), language)
    if wanted:
        return {number: usable[number] for number in sorted({int(part) for part in wanted})}
    return usable if every else lab_check.of_the_wheel(usable)


class _Watcher:
    """A line a run on standard error, for somebody who watches."""

    def __init__(self, total: int) -> None:
        self.done, self.total, self.watched = 0, total, sys.stderr.isatty()

    def __call__(self, one: Checked) -> None:
        self.done += 1
        if self.watched:
            row = one.row
            words = f"[{self.done}/{self.total}] {row.scenario} {row.major}  {cell(row)}  {row.seconds:.1f} s"
            print(words, file=sys.stderr, flush=True)


# The matrix


def cell(row: Row) -> str:
    """What came of one scenario on one major, in a few letters."""
    if row.performed:
        count = f"{BAD} {row.different} of {row.equal + row.different}" if row.different else f"{GOOD} {row.equal}"
        return f"{count} {NOTHING} {row.reason}" if row.reason else count
    return f"{BROKEN if row.broke else NOTHING} {row.reason}"


def summary(found: Sequence[Checked], language: str) -> list[str]:
    """The matrix, what differs, why something was not performed, totals, times, and the closing line."""
    rows = [one.row for one in found]
    parts = [_matrix(rows), _misses(found, language), _reasons(rows, language), _totals(found, language)]
    return [line for part in [*parts, _times(rows, language)] for line in [*part, ""] if part] + [closing(rows)]


def _matrix(rows: Sequence[Row]) -> list[str]:
    majors = sorted({row.major for row in rows})
    cells = {(row.scenario, row.major): cell(row) for row in rows}
    names = list(dict.fromkeys(row.scenario for row in rows))
    table = [["", *map(str, majors)]]
    table += [[name, *(cells.get((name, number), "") for number in majors)] for name in names]
    return _columns(table)


def _columns(table: Sequence[Sequence[str]]) -> list[str]:
    wide = [max(width(row[index]) for row in table) for index in range(len(table[0]))]
    return ["  ".join(text + " " * (wide[i] - width(text)) for i, text in enumerate(row)).rstrip() for row in table]


def _misses(found: Sequence[Checked], language: str) -> list[str]:
    lines = []
    for one in found:
        place = f"{one.row.scenario}, PostgreSQL {one.row.major}"
        for miss in one.misses[:SHOWN]:
            where = word("lab_step", language, step=miss.step, typed=miss.typed)
            lines += [f"{BAD} {place}: {where}: {miss.field}", f"  - {miss.predicted}", f"  + {miss.real}"]
        if len(one.misses) > SHOWN:
            lines.append("  " + word("more_misses", language, count=len(one.misses) - SHOWN))
        lines += [
            f"{BAD} {place}: " + word("lab_ending", language, kind=end.kind, facts=end.facts, found=end.found)
            for end in one.endings
            if not end.met
        ]
    return lines


def _reasons(rows: Sequence[Row], language: str) -> list[str]:
    told = [(row, f"{row.reason}: {text(row.reason, language, **row.facts)}") for row in rows if row.reason]
    skipped = dict.fromkeys(f"{NOTHING} {line}" for row, line in told if not row.broke)
    return [*skipped, *(f"{BROKEN} {row.scenario}, PostgreSQL {row.major}: {line}" for row, line in told if row.broke)]


def _totals(found: Sequence[Checked], language: str) -> list[str]:
    by_major: dict[int, list[Checked]] = {}
    for one in found:
        by_major.setdefault(one.row.major, []).append(one)
    return [_total(by_major[number], language) for number in sorted(by_major)]


def _total(mine: Sequence[Checked], language: str) -> str:
    rows, first = [one.row for one in mine], mine[0].row
    ends = [end for one in mine for end in one.endings]
    facts: dict[str, object] = {
        "release": first.release,
        "origin": first.origin,
        "agree": sum(row.agrees for row in rows),
        "runs": sum(row.counts for row in rows),
        "equal": sum(row.equal for row in rows),
        "fields": sum(row.equal + row.different for row in rows),
        "unknown": sum(row.unknown for row in rows),
        "met": sum(end.met for end in ends),
        "endings": len(ends),
    }
    line = word("lab_major", language, **facts)
    borrowed = bool({first.clients} - {first.major})
    return f"{line} {text('borrowed', language, major=first.clients)}" if borrowed else line


def _times(rows: Sequence[Row], language: str) -> list[str]:
    from lab.check import row_times

    found = row_times(rows)
    if found is None:
        return []
    facts = {
        "real": f"{found.seconds:.2f}",
        "model": f"{found.prediction_ms:.3f}",
        "ratio": f"{found.ratio:,.0f}",
        "least": f"{found.least:,.0f}",
    }
    return [word("lab_times", language, **facts)]


def closing(rows: Sequence[Row]) -> str:
    """The last line."""
    from lab.check import report

    runs, equal = [row for row in rows if row.counts], sum(row.equal for row in rows)
    fields, unknown = sum(row.equal + row.different for row in rows), sum(row.unknown for row in rows)
    agree = sum(row.agrees for row in runs)
    return (
        f"lab: {agree} of {len(runs)} runs agree, {equal} of {fields} fields equal, {unknown} unknown"
        f" ({report(())['date']})"
    )


def _as_json(found: Sequence[Checked]) -> Any:
    from dataclasses import asdict

    from lab.check import report, row_times

    rows = [one.row for one in found]
    times = row_times(rows)

    def placed(one: Checked, each: Miss | Ending) -> Any:
        return {"scenario": one.row.scenario, "major": one.row.major, **asdict(each)}

    return {
        **report(rows),
        "misses": [placed(one, miss) for one in found for miss in one.misses],
        "endings": [placed(one, ending) for one in found for ending in one.endings],
        "times": asdict(times) if times else None,
    }
