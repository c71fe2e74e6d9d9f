"""The ending of a lesson is asked of the real run too, as far as having seen the server answers it."""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.endings import SEEN, endings
from simulator.observation import Observation, Step
from simulator.recording import Reality, Recording, held_against
from tests.simulator.as_recorded import SCENARIOS, as_recorded, scenario_of

BY_ID = {path.stem: path for path in SCENARIOS}


def _recorded(name: str, major: int = 16) -> Recording:
    return as_recorded(BY_ID[name], major)


def _with_last(recording: Recording, **changes: object) -> Reality:
    """Something else was seen in the last step."""
    *before, last = recording.run.steps
    seen = replace(last.observation, **changes)  # type: ignore[arg-type]
    return _with_steps(recording, (*before, replace(last, observation=seen)))


def _with_steps(recording: Recording, steps: tuple[Step, ...]) -> Reality:
    return held_against(replace(recording, run=replace(recording.run, steps=steps)))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_server_that_does_what_the_model_says_reaches_every_ending(path: Path) -> None:
    """And only conditions of the kinds that an observation answers are asked."""
    for major in scenario_of(path).server.versions:
        asked = endings(held_against(as_recorded(path, major)))
        assert all(ending.met for ending in asked)
        assert {ending.kind for ending in asked} <= set(SEEN)


def test_most_lessons_have_a_condition_that_is_asked() -> None:
    asked = [path for path in SCENARIOS if endings(held_against(as_recorded(path, 16 if _is_about(path) else 13)))]
    assert len(asked) > len(SCENARIOS) * 0.7


def _is_about(path: Path) -> bool:
    return 16 in scenario_of(path).server.versions


def test_another_exit_code_or_message_is_an_ending_not_reached() -> None:
    """The comparison masks positions and names in messages; an ending names the very segment."""
    fails = _recorded("fetch-loses-wal")
    assert not _met(_with_last(fails, exit_code=0))["exit"]
    said = tuple(line.replace("000000010000000000000", "0000000100000000000FF") for line in _last(fails).stderr)
    assert said != _last(fails).stderr
    assert not _met(_with_last(fails, stderr=said))["stderr"]


def _last(recording: Recording) -> Observation:
    return recording.run.steps[-1].observation


def _met(reality: Reality) -> dict[str, bool]:
    return {ending.kind: ending.met for ending in endings(reality)}


def test_the_log_is_asked_although_the_comparison_only_shows_it() -> None:
    recording = _recorded("hot-copy-without-pg-wal")
    silent = tuple(replace(step, observation=replace(step.observation, server_log=())) for step in recording.run.steps)
    reality = _with_steps(recording, silent)
    assert reality.wrong == 0
    assert not _met(reality)["log"]


def test_what_the_archiver_says_after_its_third_try_is_not_asked() -> None:
    kinds = {check.kind for check in scenario_of(BY_ID["archive-mended-in-time"]).ending}
    assert "log" in kinds
    assert "log" not in _met(held_against(_recorded("archive-mended-in-time")))


def test_an_unknown_output_answers_nothing() -> None:
    fails = _recorded("fetch-loses-wal")
    steps = tuple(replace(step, unknown=frozenset({"stderr"})) for step in fails.run.steps)
    assert set(_met(_with_steps(fails, steps))) == {"exit"}


def test_a_run_that_stopped_early_answers_nothing() -> None:
    fails = _recorded("fetch-loses-wal")
    stopped = replace(fails, run=replace(fails.run, steps=fails.run.steps[:3]), reason="setting", facts={"name": "x"})
    assert endings(held_against(stopped)) == ()
