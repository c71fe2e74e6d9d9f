"""What the clock brings about in the model is brought about on a real server, and both agree on what comes of it."""

import pytest

from lab.check import usable
from simulator.commands import PgCtl, Wait
from simulator.events import TimePassed
from simulator.play import predict
from simulator.recording import Reality
from tests.lab.staged import as_predicted, run, sql, staged

pytestmark = pytest.mark.server
MAJORS = tuple(sorted(usable()))
NEWEST = MAJORS[-1]
SLOW = {"archive": {"seconds_per_file": 30}}
STATISTICS = sql("SELECT archived_count, failed_count, last_archived_wal FROM pg_stat_archiver")
START, STOP = run("pg_ctl -D /pgdata start"), run("pg_ctl -D /pgdata stop")


def small(**settings: object) -> dict[str, object]:
    """A server with little room between checkpoints."""
    return {"settings": {"min_wal_size": "2MB", "max_wal_size": "6MB", **settings}}


def archiving(**settings: object) -> dict[str, object]:
    return {"archive": True, **small(**settings)}


def moments(reality: Reality) -> list[str]:
    """What each step of the waits brought."""
    events = [event for step in reality.prediction.run.steps for event in step.events]
    return [event.brings for event in events if isinstance(event, TimePassed)]


@pytest.mark.parametrize("major", MAJORS)
def test_checkpoints_and_switches_come_at_their_time_and_an_idle_server_rests(major: int) -> None:
    scenario = staged(
        archiving(checkpoint_timeout=60, archive_timeout=30),
        {"write": "100kB"},
        {"wait": "10min"},
        {"wait": "3min", "writing": "1kB/s"},
    )
    reality = as_predicted(scenario, major)
    assert set(moments(reality)) == {"checkpoint", "switch", ""}
    assert moments(reality).count("switch") == 2 + 5


def test_a_segment_that_gets_full_starts_archive_timeout_anew() -> None:
    fast = staged(archiving(archive_timeout=60), {"wait": "5min", "writing": "30kB/s"})
    slow = staged(archiving(archive_timeout=60), {"wait": "5min", "writing": "8kB/s"})
    assert "switch" not in moments(as_predicted(fast, NEWEST))
    assert "switch" in moments(as_predicted(slow, NEWEST))


def test_volume_is_written_up_to_the_segment_that_asks_for_a_checkpoint() -> None:
    reality = as_predicted(staged(small(), {"wait": "10min", "writing": "20kB/s"}), NEWEST)
    assert moments(reality).count("volume") >= 3
    waits = [step.command for step in reality.run.steps if isinstance(step.command, Wait)]
    assert sum(command.seconds for command in waits) == pytest.approx(600)


def test_time_passes_while_backups_are_under_way_and_a_slot_holds_wal() -> None:
    scenario = staged(
        {**small(checkpoint_timeout=60), "slots": ["idle"]},
        {
            "run": "pg_basebackup -D /backup/one -c fast -X fetch",
            "while": [{"wait": "4min", "writing": "20kB/s"}],
        },
        {
            "run": "pg_basebackup -D /backup/two -c fast -X stream",
            "while": [{"wait": "4min", "writing": "20kB/s"}],
        },
    )
    assert moments(as_predicted(scenario, NEWEST)).count("checkpoint") >= 6


def test_time_passes_for_a_standby_and_for_a_server_that_is_down() -> None:
    scenario = staged(
        small(checkpoint_timeout=60),
        run("pg_basebackup -D /backup/s -c fast -X stream -R"),
        run('pg_ctl -D /backup/s -o "-p 5433" start'),
        {"wait": "3min", "writing": "20kB/s"},
        run("pg_ctl -D /backup/s stop"),
        STOP,
        {"wait": "4min", "writing": "20kB/s"},
        START,
    )
    reality = as_predicted(scenario, NEWEST)
    assert moments(reality)[-1] == ""


@pytest.mark.parametrize("major", MAJORS)
def test_a_slow_archive_takes_one_file_after_the_other(major: int) -> None:
    scenario = staged(archiving(), SLOW, {"write": "3MB"}, {"wait": "70s"}, STATISTICS, {"archive": "works"})
    reality = as_predicted(scenario, major)
    assert moments(reality) == ["archived", "archived", ""]


def test_a_shutdown_waits_for_a_slow_archive_and_pg_ctl_does_so_for_a_minute() -> None:
    patient = as_predicted(staged(archiving(), SLOW, {"write": "100kB"}, STOP, START, STATISTICS), NEWEST)
    hasty = as_predicted(staged(archiving(), SLOW, {"write": "3MB"}, STOP, START), NEWEST)
    codes = [
        [step.observation.exit_code for step in reality.run.steps if isinstance(step.command, PgCtl)]
        for reality in (patient, hasty)
    ]
    assert codes == [[0, 0], [1, 0]]
    assert hasty.run.steps[2].observation.stderr == ("pg_ctl: server does not shut down",)


@pytest.mark.parametrize("end", [{"crash": True}, run("pg_ctl -D /pgdata stop -m immediate")])
def test_a_file_in_hand_is_not_archived_when_the_server_is_killed(end: dict[str, object]) -> None:
    scenario = staged(archiving(), SLOW, {"write": "3MB"}, {"wait": "40s"}, end, START, {"wait": "40s"})
    reality = as_predicted(scenario, NEWEST)
    ended = next(step for step in reality.run.steps if not step.observation.running)
    assert ended.observation.pg_wal is not None
    assert ended.observation.pg_wal.ready
    assert moments(reality) == ["archived", "", "archived", ""]


def test_a_file_that_is_deleted_while_it_is_in_hand_is_given_up() -> None:
    scenario = staged(archiving(), SLOW, {"write": "3MB"}, {"delete_oldest": 2}, {"wait": "2min"})
    reality = as_predicted(scenario, NEWEST)
    archive = reality.run.steps[-1].observation.archive
    assert archive is not None
    assert len(archive.segments.runs) == 2


def test_the_words_of_a_moment_are_known_to_the_model_only() -> None:
    scenario = staged(archiving(checkpoint_timeout=60), {"wait": "2min", "writing": "1kB/s"})
    passed = [event for step in predict(scenario, NEWEST).run.steps for event in step.events]
    seconds = [event.seconds for event in passed if isinstance(event, TimePassed)]
    assert sum(seconds) == pytest.approx(120)
