"""`replace` and the `quick` __init__ of the model do what those of dataclasses do."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from simulator.frozen import quick, replace
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


def _kind(*, slots: bool) -> type[Any]:
    """Fields with each kind of default."""
    wanted: list[Any] = [
        ("first", int),
        ("second", str, dataclasses.field(default="two")),
        ("third", list[int], _FRESH),
    ]
    return dataclasses.make_dataclass("Kind", wanted, frozen=True, slots=slots)


_FRESH: Any = dataclasses.field(default_factory=list)


@pytest.mark.parametrize("slots", [True, False])
def test_a_quick_init_makes_what_that_of_dataclasses_makes(slots: bool) -> None:
    usual, kind = _kind(slots=slots), quick(_kind(slots=slots))
    for given, named in (((1,), {}), ((1, "b", [3]), {}), ((), {"third": [4], "first": 1})):
        assert dataclasses.asdict(kind(*given, **named)) == dataclasses.asdict(usual(*given, **named))
    assert kind(1) == kind(1)
    assert kind(1).third is not kind(1).third
    with pytest.raises(dataclasses.FrozenInstanceError):
        kind(1).first = 2
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'first'"):
        kind()
