"""A recording of a run: written and read again it is the same, and it is held against its own scenario only."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given

from simulator.faults import ScenarioError
from simulator.recording import NotItsScenario, Recording, from_json, held_against, to_json
from tests.simulator.as_recorded import SCENARIOS, as_recorded, bent_recordings, plain_recordings, scenario_of

LONG = next(path for path in SCENARIOS if path.stem == "fetch-loses-wal")


@given(bent_recordings())
def test_what_is_written_is_read_again(recording: Recording) -> None:
    """Through the text of a file and back: every field of every step, whatever was seen."""
    assert from_json(json.loads(json.dumps(to_json(recording)))) == recording


def test_the_scenario_inside_is_the_scenario() -> None:
    for path in SCENARIOS:
        scenario = scenario_of(path)
        again = from_json(to_json(as_recorded(path, min(scenario.server.versions)))).scenario
        assert replace(again, source="") == replace(scenario, source="")


@given(plain_recordings())
def test_a_server_that_does_what_the_model_says_agrees_with_it(recording: Recording) -> None:
    """Nothing wrong, nothing unknown, and something was compared at every step."""
    reality = held_against(recording)
    assert (reality.wrong, reality.unknown) == (0, 0)
    assert {one.step for one in reality.differences if one.equal} == set(range(len(recording.run.steps)))


def test_steps_that_were_not_performed_are_unknown() -> None:
    whole = as_recorded(LONG, 16)
    for length in range(len(whole.run.steps)):
        run = replace(whole.run, steps=whole.run.steps[:length])
        reality = held_against(replace(whole, run=run, reason="wait"))
        assert reality.wrong == 0
        assert {one.step for one in reality.differences if one.equal} == set(range(length))
        assert len(reality.run.steps) == len(whole.run.steps)
        assert reality.unknown > 0


def test_steps_that_are_missing_without_a_reason_are_a_difference() -> None:
    whole = as_recorded(LONG, 16)
    reality = held_against(replace(whole, run=replace(whole.run, steps=whole.run.steps[:-1])))
    assert [one.field for one in reality.differences if one.equal is False] == ["steps"]


@pytest.mark.parametrize("field", ["typed", "entry", "depth"])
def test_a_step_of_another_scenario_is_told_by_its_number(field: str) -> None:
    told = to_json(as_recorded(LONG, 16))
    told["steps"][2][field] = "pg_basebackup -D /elsewhere" if field == "typed" else told["steps"][2][field] + 1
    with pytest.raises(NotItsScenario) as caught:
        from_json(told)
    assert caught.value.step == 3


def test_steps_in_another_order_are_told() -> None:
    told = to_json(as_recorded(LONG, 16))
    told["steps"][0], told["steps"][1] = told["steps"][1], told["steps"][0]
    with pytest.raises(NotItsScenario):
        from_json(told)


def test_a_scenario_that_was_cut_is_told_with_its_line() -> None:
    told = to_json(as_recorded(LONG, 16))
    told["scenario"] = told["scenario"][: len(told["scenario"]) // 2]
    with pytest.raises(ScenarioError) as caught:
        from_json(told)
    assert caught.value.faults[0].line > 0
