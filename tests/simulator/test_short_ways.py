"""Where the model takes a short way for what is usual, the long way gives the same."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from simulator import archiver, observation
from simulator.loader import load
from simulator.observation import Step
from simulator.play import predict
from simulator.records import SWITCH, byte_position, end_lsn, switch
from simulator.world import Outcome

SCENARIOS = sorted((Path(__file__).resolve().parents[2] / "scenarios").glob("*.yaml"))
COMMANDS = ("test ! -f /archive/%f && cp %p /archive/%f", "cp %p /archive/%f", "/bin/true", "false", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_archiver_that_looks_at_every_name_does_the_same(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {"archive_mode": "on", "archive_command": command}
    scenarios = [load(path) for path in SCENARIOS[::3]]
    short = [predict(scenario, None, changed) for scenario in scenarios]
    taken: list[int] = []
    monkeypatch.setattr(archiver, "_plain_turn", lambda _world, ready: taken.append(len(ready)))
    assert [predict(scenario, None, changed) for scenario in scenarios] == short
    assert bool(taken) == bool(command)


def test_an_observation_that_shares_nothing_with_the_one_before_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = [load(path) for path in SCENARIOS]
    sharing = [predict(scenario).run for scenario in scenarios]
    alone = observation.observe
    monkeypatch.setattr("simulator.play.observe", lambda world, outcome, _last: alone(world, outcome))
    assert [predict(scenario).run for scenario in scenarios] == sharing


@pytest.mark.parametrize("kind", [Outcome, Step])
def test_an_init_of_its_own_takes_the_fields_in_their_order_with_their_defaults(kind: type) -> None:
    taken = [(one.name, one.default) for one in inspect.signature(kind).parameters.values()]
    nothing = inspect.Parameter.empty
    assert taken == [(one.name, nothing if one.default is MISSING else one.default) for one in fields(kind)]


@pytest.mark.parametrize("size", [1 << 20, 1 << 24])
def test_a_switch_does_nothing_at_a_segment_start_and_only_there(size: int) -> None:
    """Also just behind the header of a page, where only the long arithmetic says which."""
    for page in (3 * size, 3 * size + 8192, 4 * size - 8192):
        for at in (page, page + 24, page + 40, page + 48, page + 8192 - SWITCH, page + 8192 - 8):
            begin = end_lsn(byte_position(at, size), size)
            assert switch(at, size).switched == (begin % size != 0)
