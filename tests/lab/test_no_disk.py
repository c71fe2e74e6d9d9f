"""Where no disk of a given size can be made, a run says that it is skipped, and why; nothing of it counts."""

from pathlib import Path

import pytest

from lab import NotHere, disk
from lab.check import Row, checked, usable
from lab.jobs import JobRefused
from lab.run import lab_run
from lab.texts import text
from simulator.loader import load
from simulator.scenario import Scenario
from tests.lab.staged import can_mount, run, staged

pytestmark = pytest.mark.server
ROOT = Path(__file__).resolve().parents[2]
USABLE = usable()


@pytest.fixture(autouse=True)
def no_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does not let us mount anything, also when this one does."""
    monkeypatch.setattr(disk, "NOT_THE_CALLERS", {"PATH": str(tmp_path)})


def _row(scenario: Scenario, major: int) -> Row:
    """The row of `waldojo lab check` for a run that was refused."""
    with pytest.raises(NotHere) as caught:
        lab_run(scenario, major)
    facts = {key: str(fact) for key, fact in caught.value.facts.items()}
    return checked(scenario, USABLE[major], JobRefused(caught.value.code, facts)).row


@pytest.mark.parametrize("major", sorted(USABLE))
@pytest.mark.parametrize("name", ["archive-fills-the-disk", "disk-full-recovered"])
def test_a_scenario_about_a_full_disk_is_skipped(name: str, major: int) -> None:
    row = _row(load(ROOT / f"scenarios/{name}.yaml"), major)
    assert row.reason == "disk"
    assert not row.counts
    assert (row.equal, row.different) == (0, 0)


def test_a_disk_that_gets_a_size_later_is_asked_for_at_the_beginning() -> None:
    row = _row(staged({}, run("pg_ctl -D /pgdata stop"), {"disk": "8MB"}), max(USABLE))
    assert row.reason == "disk"


def test_the_sentence_says_what_would_help() -> None:
    assert "CAP_SYS_ADMIN" in text("disk", "en")
    assert "CAP_SYS_ADMIN" in text("disk", "ja")


def test_without_the_program_nothing_can_be_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert can_mount.__wrapped__() is False
