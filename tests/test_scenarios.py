"""Every scenario reaches its ending on every version it names, and would not reach it otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from simulator.commands import PgBasebackup
from simulator.ending import evaluate
from simulator.loader import load
from simulator.play import Prediction, predict
from simulator.scenario import Scenario
from simulator.schema import size_of
from simulator.settings_values import InvalidValue
from simulator.versions import DEFAULT, version

FOLDER = Path(__file__).parents[1] / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
NAMES = [file.stem for file in FILES]
MOST_STEPS = 60

# What the shelf has to show: items of the list of failures, methods, -X modes, and lessons by name.
FAILURES = {
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    15,
    16,
    17,
    18,
    19,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    29,
    38,
    39,
    48,
    51,
    53,
}
METHODS = {"logical", "cold", "basebackup", "low-level", "wal"}
WAL_METHODS = {"stream", "fetch", "none"}
LESSONS: Mapping[str, str] = {
    "fetch loses": "fetch-loses-wal",
    "fetch is kept by wal_keep_size": "fetch-kept-by-wal-keep-size",
    "archiving does not rescue fetch": "fetch-archive-does-not-help",
    "archiving rescues none": "none-restored-from-archive",
    "max_wal_size keeps nothing": "fetch-max-wal-size-keeps-nothing",
    "a failing archive saves fetch": "fetch-saved-by-failing-archive",
    "an unrelated slot saves fetch": "fetch-saved-by-a-slot",
    "no slot loses": "stream-no-slot-loses",
    "the temporary slot protects": "stream-slot-protects",
    "a long clone": "standby-cannot-catch-up",
    "a long clone with a slot": "standby-slot-catches-up",
    "exclusive": "low-level-exclusive",
    "non-exclusive": "low-level-nonexclusive",
    "start and stop inside": "basebackup-is-start-and-stop",
    "label lost": "low-level-session-lost",
    "stop waits": "low-level-stop-waits",
    "disk full": "archive-fills-the-disk",
    "disk full, mended": "disk-full-recovered",
    "slot without limit": "slot-keeps-wal-without-limit",
    "slot lost": "slot-limit-loses-the-slot",
    "slot and wal_keep_size": "slot-saved-by-wal-keep-size",
    "deleted by hand": "delete-wal-then-crash",
    "archive_timeout": "archive-timeout-switches",
    "slow archive": "archive-slower-than-writing",
    "dump shows its start": "dump-start-backup-end",
    "pg_dumpall": "dump-one-or-all-databases",
    "cold copy": "cold-copy",
}


@cache
def scenario_of(name: str) -> Scenario:
    return load(FOLDER / f"{name}.yaml")


@cache
def played(name: str, major: int, setting: str = "", value: str = "") -> Prediction:
    return predict(scenario_of(name), major, {setting: value} if setting else {})


def unmet(scenario: Scenario, prediction: Prediction) -> list[str]:
    verdicts = evaluate(scenario, prediction)
    return [
        f"line {verdict.check.line}: {verdict.check.kind} {dict(verdict.check.facts)}; found {verdict.found}"
        for verdict in verdicts
        if not verdict.met
    ]


def altered(name: str, major: int) -> Iterator[tuple[str, Scenario, Prediction]]:
    """Runs that differ in one value of a condition, or in one entry left out."""
    scenario = scenario_of(name)
    for condition in scenario.conditions:
        for value in condition.values:
            yield f"{condition.name}={value}", scenario, played(name, major, condition.name, value)
    for entry in sorted({planned.entry for planned in scenario.timeline}):
        kept = tuple(planned for planned in scenario.timeline if planned.entry != entry)
        shorter = replace(scenario, timeline=kept)
        yield f"without entry {entry}", shorter, predict(shorter, major)


def shares(name: str) -> Iterator[tuple[str, str, str]]:
    """Every text of a scenario: where, in Japanese, in English."""
    scenario = scenario_of(name)
    for where in ("title", "outcome", "prose"):
        text = getattr(scenario, where)
        yield where, text.ja, text.en
    for planned in scenario.planned(scenario.server.version):
        if planned.say:
            yield f"say of entry {planned.entry}", planned.say.ja, planned.say.en


PLAYS = [(name, major) for name in NAMES for major in sorted(load(FOLDER / f"{name}.yaml").server.versions)]


@pytest.mark.parametrize(("name", "major"), PLAYS)
def test_a_scenario_reaches_its_ending_on_every_version_it_names(name: str, major: int) -> None:
    prediction = played(name, major)
    missed = unmet(scenario_of(name), prediction)
    assert not missed, "\n".join(missed)
    assert len(prediction.run.steps) <= MOST_STEPS


@pytest.mark.parametrize(("name", "major"), PLAYS)
def test_the_first_condition_decides_the_ending(name: str, major: int) -> None:
    scenario = scenario_of(name)
    for condition in scenario.conditions[:1]:
        if condition.name == "max_slot_wal_keep_size" and not version(major).slot_loss:
            continue
        broken = [value for value in condition.values if unmet(scenario, played(name, major, condition.name, value))]
        kept = [value for value in condition.values if value not in broken]
        assert broken, f"no value of {condition.name} changes the ending"
        assert kept, f"no value of {condition.name} reaches the ending"


@pytest.mark.parametrize("name", NAMES)
def test_at_least_two_conditions_of_an_ending_can_fail(name: str) -> None:
    scenario = scenario_of(name)
    major = scenario.server.version
    lines: set[int] = set()
    for _, changed, prediction in altered(name, major):
        lines |= {verdict.check.line for verdict in evaluate(changed, prediction) if not verdict.met}
    assert len(lines) >= 2, f"only lines {sorted(lines)} of the ending ever fail"


@pytest.mark.parametrize("name", NAMES)
def test_the_values_of_a_condition_ascend_and_hold_the_scenario_s_own(name: str) -> None:
    scenario = scenario_of(name)
    major = scenario.server.version
    own = played(name, major).run.steps
    for condition in scenario.conditions:
        assert list(condition.values) == sorted(condition.values, key=rank), condition.name
        assert any(played(name, major, condition.name, value).run.steps == own for value in condition.values), (
            f"{condition.name}: none of {condition.values} is what the scenario plays with"
        )


def rank(value: str) -> float:
    """Sizes by size; off before on; -1 is 'no limit' and so the largest."""
    words = {"off": 0.0, "on": 1.0, "-1": float("inf")}
    return words[value] if value in words else float(size_of(value))


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_the_server_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue):
        predict(scenario_of(name), DEFAULT, {"min_wal_size": "a little"})


@pytest.mark.parametrize("name", NAMES)
def test_an_id_is_the_name_of_its_file(name: str) -> None:
    assert scenario_of(name).id == name


@pytest.mark.parametrize("name", NAMES)
def test_prose_is_whole_in_both_languages(name: str) -> None:
    scenario = scenario_of(name)
    assert scenario.title.ja.endswith("か")
    assert scenario.title.en.endswith("?")
    assert sum(1 for planned in scenario.timeline if planned.say) >= 1
    sentences = len(re.findall(r"。", scenario.prose.ja))
    assert 2 <= sentences <= 5, f"prose of {sentences} sentences"
    for where, japanese, english in shares(name):
        assert re.search(r"[ぁ-んァ-ン一-龥]", japanese), where
        assert not re.search(r"[ぁ-んァ-ン一-龥]", english), where
        assert "　" not in japanese, f"{where}: an ideographic space"
        if where != "title":
            assert japanese.endswith(("。", "か。")), f"{where}: {japanese}"
            assert english.endswith((".", "?", ".)", "…)")), f"{where}: {english}"


@pytest.mark.parametrize("name", NAMES)
def test_no_step_repeats_the_words_of_another(name: str) -> None:
    spoken = [text for where, *texts in shares(name) if where.startswith("say") for text in texts]
    assert spoken
    assert len(set(spoken)) == len(spoken)


def test_the_shelf_covers_what_it_has_to() -> None:
    scenarios = [scenario_of(name) for name in NAMES]
    assert {item for scenario in scenarios for item in scenario.failures} >= FAILURES
    assert {scenario.method for scenario in scenarios} == METHODS
    used = {
        planned.command.wal_method
        for scenario in scenarios
        for planned in scenario.timeline
        if isinstance(planned.command, PgBasebackup)
    }
    assert used == WAL_METHODS
    assert set(LESSONS.values()) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_message_to_search_for_is_shown_with_some_version_and_value(name: str) -> None:
    scenario = scenario_of(name)
    runs = [played(name, major) for major in scenario.server.versions]
    runs += [
        played(name, major, condition.name, value)
        for major in scenario.server.versions
        for condition in scenario.conditions
        for value in condition.values
    ]
    shown = "\n".join(
        line
        for prediction in runs
        for step in prediction.run.steps
        for line in (*step.observation.stdout, *step.observation.stderr, *step.observation.server_log)
    )
    missing = [message for message in scenario.messages if message not in shown]
    assert not missing
