"""The recordings of the real command line tools, replayed: how much is right, by field; and that a fault is noticed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import cli
from host.conformance.builds import client_build
from host.conformance.record import PLACES, Case
from host.conformance.states import apply, prepared, sorted_by_time
from host.conformance.steps import NotBuilt
from host.machine import Host
from host.replay_cli import Field, replay
from host.tree import Dir, PathError, make_dirs, need_dir
from host.weather import Weather
from host.worlds import world
from tests.host.cli_recordings import case, cases, lines
from tests.host.floors import reached

FLOORS = {"exit": 0.998, "stdout": 0.99, "stderr": 0.985, "files": 0.99, "stdout_tar": 1.0, "content": 1.0, "log": 0.85}
"""Share of the observations of each field that must be right: raised as the tools get better, never lowered."""
SEGMENT = re.compile(r"[0-9A-F]{24}")
EVERY = 4
"""The suite replays one case in so many; `waldojo conform` replays all."""


@pytest.fixture(scope="module")
def fields() -> list[tuple[Case, Field]]:
    """The observations of a sample of the recordings."""
    sample = [each for each in cases() if each.stable][::EVERY]
    return [(each, field) for each in sample for field in replay(each)]


@pytest.mark.parametrize("name", FLOORS)
def test_no_field_falls_below_what_was_reached(name: str, fields: list[tuple[Case, Field]]) -> None:
    share, wrong = reached(name, fields)
    assert share >= FLOORS[name], wrong


def test_every_circumstance_of_the_readme_can_be_built() -> None:
    """A state that no rule knows would be refused, and none of the recorded ones is."""
    unknown = set()
    for each in cases():
        for state in sorted_by_time(each.states)[1]:
            try:
                apply(Host(), state, each)
            except NotBuilt:
                unknown.add(state)
            except Exception:  # noqa: BLE001
                continue  # A tool may be at fault; the rule was found.
    assert unknown == set()
    with pytest.raises(NotBuilt):
        apply(Host(), "the moon is full", cases()[0])


def test_the_kit_has_six_segments_its_moments_in_order_and_no_running_server() -> None:
    """Segment 0 is older than the backup, 1 holds it, 5 the shutdown; a segment taken out is gone from the archive."""
    host = world("fixture-without-tablespace", client_build(16), client_build(16))
    kit, words = prepared(host, "kit: base backup of the running server")
    segments = [name for name in need_dir(kit.root, PLACES["ARCHIVE"]).entries if SEGMENT.fullmatch(name)]
    assert len(segments) == 6
    assert kit.instances == ()
    moments = [words[name] for name in ("T_PREBACKUP", "T_EARLY", "T_BEFORE", "T_END", "T_FUTURE")]
    assert moments == sorted(set(moments))
    fewer, _ = prepared(kit, "removed from the archive: segment number(s) [0, 4] of 6 (counting from 0)")
    left = set(need_dir(fewer.root, PLACES["ARCHIVE"]).entries)
    assert sorted(set(segments) - left) == [min(segments), sorted(segments)[4]]


def test_a_full_file_system_takes_nothing_and_keeps_what_was_tried_before() -> None:
    full = case("fulldisk-dump-Fd", 16)
    host = apply(Host(root=make_dirs(Dir(), PLACES["SMALL"], Dir())), full.states[0], full)
    assert sorted(need_dir(host.root, PLACES["SMALL"]).entries) == ["fill", "x.dump", "x.sql"]
    with pytest.raises(PathError, match="No space left on device"):
        host.write(f"{PLACES['SMALL']}/x.sql", "x")


def test_two_words_of_the_weather_may_hold_at_once() -> None:
    churn = next(state for each in cases() for state in each.states if "SIGSTOP" in state)
    assert apply(Host(), churn, cases()[0]).weather == {Weather.WAL_CHURN, Weather.RECEIVER_PAUSED}


def test_a_case_that_cannot_be_replayed_is_missed_in_all_its_fields() -> None:
    broken = replace(case("bb-down-Xs", 16), states=("the moon is full",))
    found = replay(broken)
    assert [field.name for field in found] == list(broken.observations)
    assert all(not field.equal and "the moon is full" in field.fault for field in found)


def test_a_changed_message_is_noticed() -> None:
    """The same case with another recorded text, exit status or listing is a miss in that field, and only there."""
    whole = case("bb-down-Xs", 16)
    before = {field.name: field.equal for field in replay(whole)}
    for name, value in (("exit", 9), ("stderr", "pg_basebackup: fatal: nothing here\n"), ("files", {"kind": "moon"})):
        changed = replay(replace(whole, expected={**whole.expected, name: value}))
        after = {field.name: field.equal for field in changed}
        assert after == {**before, name: False}


def test_a_case_that_varies_is_listed_and_not_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`"stable": false` counts as unknown on the line of its major."""
    told = next(line for line in lines() if line["case"] == "bb-down-Xs" and line["client_major"] == 16)
    file = tmp_path / "16.jsonl"
    file.write_text(json.dumps(told) + "\n" + json.dumps({**told, "stable": False}) + "\n", encoding="utf-8")
    cli.main(["conform", str(file), "--lang", "en"])
    out = capsys.readouterr().out
    fields = len(case("bb-down-Xs", 16).observations)
    assert f"of {fields} observations" in out.splitlines()[-1]


def test_the_misses_are_told_with_the_case_and_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = next(line for line in lines() if line["case"] == "bb-down-Xs" and line["client_major"] == 16)
    file = tmp_path / "16.jsonl"
    file.write_text(json.dumps({**told, "exit": 77}) + "\n", encoding="utf-8")
    assert cli.main(["conform", str(file), "--misses", "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "16 bb-down-Xs: exit" in out
    assert "-77" in out
