"""The quick `replace` of the model does what that of dataclasses does, to the values that the model replaces."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from simulator.frozen import replace
from simulator.loader import load
from simulator.play import predict

SCENARIO = Path(__file__).parents[2] / "scenarios" / "fetch-loses-wal.yaml"


def test_a_changed_copy_is_what_dataclasses_would_have_made() -> None:
    for world in predict(load(SCENARIO)).worlds:
        assert replace(world, clock=9.0) == dataclasses.replace(world, clock=9.0)
        assert hash(replace(world.archive, works=False)) == hash(dataclasses.replace(world.archive, works=False))


def test_the_original_stays_as_it_was_and_the_copy_is_frozen_too() -> None:
    world = predict(load(SCENARIO)).worlds[0]
    copy = replace(world, clock=9.0)
    assert (world.clock, copy.clock) == (0.0, 9.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.clock = 1.0  # type: ignore[misc]


def test_a_name_that_is_no_field_is_refused() -> None:
    data = predict(load(SCENARIO)).worlds[0].primary
    with pytest.raises(TypeError, match="DataDirectory"):
        data.with_data(sigals=frozenset())
