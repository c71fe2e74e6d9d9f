"""Every lesson on the wheel's servers: what they did is what the model says, in every field that can be compared.

WALDOJO_LAB_ALL=1 adds every other PostgreSQL that is found.  The matrix is printed after the last test.
"""

import os
from collections.abc import Callable, Iterator

import pytest

from lab import NotHere
from lab.binaries import Installation
from lab.check import Checked, checked, of_the_wheel, timed, usable
from lab.jobs import JobDone, JobRefused
from lab.run import lab_run
from tests.lab.staged import can_mount
from tests.lab_matrix import tell
from tests.simulator.as_recorded import SCENARIOS, scenario_of

EVERY = bool(os.environ.get("WALDOJO_LAB_ALL"))
USABLE = usable()
MAJORS = USABLE if EVERY else of_the_wheel(USABLE)
BY_ID = {path.stem: path for path in SCENARIOS}
LEAST_EQUAL = 20
"""Fields of the shortest lesson that must be equal."""

NOT_PERFORMED = {} if can_mount() else {"archive-fills-the-disk": "disk", "disk-full-recovered": "disk"}
"""Lessons of which a real server performs nothing here, and why; any other must be performed to its end."""
IN_PART: dict[str, str] = {}
"""Lessons that a real server performs up to some step, and why not further."""


def _wanted() -> Iterator[object]:
    for name, path in BY_ID.items():
        for number in sorted(MAJORS):
            if number in scenario_of(path).server.versions:
                # Each in a group of its own: the workers share them.
                group = pytest.mark.xdist_group(f"check-{name}-{number}")
                yield pytest.param(name, number, marks=group, id=f"{name}-{number}")


def _checked(name: str, one: Installation) -> Checked:
    scenario = scenario_of(BY_ID[name])
    try:
        return timed(checked(scenario, one, JobDone(lab_run(scenario, one.major))))
    except NotHere as reason:
        return checked(scenario, one, JobRefused(reason.code, {key: str(fact) for key, fact in reason.facts.items()}))


@pytest.mark.server
@pytest.mark.parametrize(("name", "number"), list(_wanted()))
def test_a_server_does_what_the_model_says(
    name: str, number: int, record_property: Callable[[str, object], None]
) -> None:
    found = _checked(name, MAJORS[number])
    tell(record_property, found)
    assert not found.misses
    assert not [ending for ending in found.endings if not ending.met]
    if MAJORS[number].borrowed and found.row.reason == "borrowed_conninfo":
        return
    assert found.row.reason == (NOT_PERFORMED | IN_PART).get(name, "")
    assert found.row.equal >= (0 if name in NOT_PERFORMED else LEAST_EQUAL)


def test_the_wheel_has_two_majors() -> None:
    assert len(of_the_wheel(USABLE)) >= 2, "install the lab extra"


def test_what_is_not_performed_is_a_lesson() -> None:
    assert set(NOT_PERFORMED) | set(IN_PART) <= set(BY_ID)


def test_nearly_every_lesson_is_performed() -> None:
    assert len(NOT_PERFORMED) + len(IN_PART) <= len(BY_ID) // 10
