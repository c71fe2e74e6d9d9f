"""Recordings without a server: the model plays the server, so both agree until a test doctors one."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from simulator.observation import observe
from simulator.observed_world import FirstLook
from simulator.play import first_world
from simulator.recording import Recording, predicted, to_json
from simulator.scenario import Scenario
from simulator.world import Outcome
from ui import shelf

Json = dict[str, Any]
Doctor = Callable[[list[Json]], None]


def pretended(scenario: Scenario, major: int) -> Recording:
    """The recording that a server would give that does what the model says."""
    world = first_world(scenario.server, major, {})
    first = FirstLook(observe(world, Outcome(world)), world.primary.data.control.checkpoint_lsn, world.next_oid)
    run = replace(predicted(scenario, major, {}, first).run, backend="server")
    steps = tuple(replace(step, events=()) for step in run.steps)
    return Recording(
        scenario=scenario,
        major=major,
        release=f"{major}.0",
        origin="pretended",
        clients=major,
        settings={},
        first=first,
        run=replace(run, steps=steps),
        reason="",
        facts={},
        seconds=4.2,
        date="2026-01-02",
    )


@cache
def told(scenario_id: str = "fetch-loses-wal", major: int = 16) -> str:
    """A pretended recording as its file."""
    return json.dumps(to_json(pretended(shelf.scenarios()[scenario_id], major)))


def doctored(doctor: Doctor, scenario_id: str = "fetch-loses-wal", major: int = 16) -> bytes:
    """The same file with steps as a test wants them."""
    file = json.loads(told(scenario_id, major))
    doctor(file["steps"])
    return json.dumps(file).encode()


def as_it_is(steps: list[Json]) -> None:
    """Nothing is changed."""


def without_the_oldest_file(steps: list[Json]) -> None:
    """At the fifth step a file is not there that the prediction has; before and after everything agrees."""
    steps[4]["observed"]["pg_wal"].pop(0)


def with_another_error(steps: list[Json]) -> None:
    """At the last step the tool says something else."""
    steps[-1]["observed"]["stderr"][-1] = "pg_basebackup: something else"
