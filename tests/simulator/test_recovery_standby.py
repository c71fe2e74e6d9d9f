"""Standbys: they wait, stream, follow timelines, hold commits back, read ahead."""

from __future__ import annotations

from simulator.frozen import replace
from simulator.recovery import Outcome, Request, Upstream, catch_up, promote, start
from simulator.recovery.state import Sources
from tests.simulator.small_wal import (
    SIZE,
    Scene,
    scene,
    segments,
    tell,
    with_history,
    with_local,
)

ALL = (501, 502, 503, 505, 506)


FORKED = '1\t0/300050\tat restore point "fork"\n'


def _history(outcome: Outcome) -> str:
    """The line that the new timeline's history file ends with."""
    others = outcome.place.data.pg_wal.others
    texts = [other.text for other in others if other.name.endswith(".history")]
    return texts[-1].rstrip("\n").rpartition("\t")[2] if texts else ""


def test_a_standby_waits_for_more_and_takes_it_when_it_comes() -> None:
    """R14: it asks the archive again and again."""
    here = scene(missing=(4,))
    waiting = here.recover(signal="standby.signal")
    assert (waiting.result, here.rows(waiting)) == ("waiting", (501, 502, 503))
    later = catch_up(waiting.recovery, Sources(here.journal, segments(here.told).get))
    assert (later.result, here.rows(later)) == ("waiting", ALL)


def test_a_standby_without_its_checkpoint_refuses_connections() -> None:
    """R4: it has no data that anybody may see, but goes on asking."""
    here = scene(missing=(2,))
    refusing = here.recover(signal="standby.signal")
    assert refusing.result == "refusing"
    later = catch_up(refusing.recovery, Sources(here.journal, segments(here.told).get))
    assert (later.result, here.rows(later)) == ("waiting", ALL)


def _primary(here: Scene, *numbers: int) -> Upstream:
    return Upstream(with_local(here.place, here.told, *numbers), here.told.end, 1)


def test_a_standby_streams_what_the_archive_does_not_have() -> None:
    """R14: what was received is .done as soon as a segment is complete."""
    here = scene(missing=(3, 4))
    standby = replace(here, upstream=_primary(here, 3, 4)).recover(signal="standby.signal", conninfo=True)
    assert (standby.recovery.receiving, here.rows(standby)) == (True, ALL)
    assert standby.place.data.pg_wal.status_listing(SIZE)[-1] == "000000010000000000000004.done"


def test_wal_that_the_primary_has_removed_leaves_a_standby_waiting() -> None:
    """R14: nothing ends; an archive would bridge it."""
    here = scene(missing=(3, 4))
    standby = replace(here, upstream=_primary(here, 4)).recover(signal="standby.signal", conninfo=True)
    assert (standby.result, standby.recovery.receiving, here.rows(standby)) == ("waiting", False, (501,))


def test_a_new_timeline_behind_the_replayed_position_cannot_be_followed() -> None:
    """R14: the old primary was ahead when its standby was promoted; a history file here tells it so."""
    here = scene()
    waiting = here.recover(signal="standby.signal")
    place = with_history(waiting.place, 2, FORKED)
    later = catch_up(replace(waiting.recovery, place=place), Sources(here.journal, here.restore))
    assert any("forked off current database system timeline 1 before current" in line for line in later.log)
    assert later.recovery.target_timeline == 1


def test_a_delayed_standby_holds_a_commit_back_until_its_time_or_until_it_is_promoted() -> None:
    """recovery_min_apply_delay: 503 committed at 503, and is seen ten microseconds later."""
    here = scene()
    early, late = (Sources(here.journal, here.restore, now=now) for now in (512, 514))
    standby = Request(signal="standby.signal", restore_command=True, delay=10)
    waiting = start(here.place, standby, early)
    assert (waiting.result, here.rows(waiting), waiting.recovery.delayed) == ("waiting", (501, 502), 513)
    assert here.rows(catch_up(waiting.recovery, early)) == (501, 502)
    assert here.rows(catch_up(waiting.recovery, late)) == (501, 502, 503)
    assert here.rows(promote(waiting.recovery, early)) == ALL


def test_reading_ahead_restores_segments_that_replay_has_not_reached() -> None:
    """recovery_prefetch = try (15+): they are in pg_wal while the server is paused."""
    here = scene(major=18)
    plain = here.recover(target="name", name="fork")
    settings = here.place.data.settings.alter_system("recovery_prefetch", "try").restarted()
    eager = here.recover(here.place.with_data(settings=settings), target="name", name="fork")
    last = "000000010000000000000004"
    assert here.rows(plain) == here.rows(eager)
    assert [last in outcome.place.data.pg_wal.listing(SIZE) for outcome in (plain, eager)] == [False, True]


def test_an_incremental_backup_is_no_data_directory() -> None:
    """R16: it has to be combined first."""
    outcome = scene(major=18).recover(replace(scene(major=18).place, incremental=True))
    assert "FATAL:  this is an incremental backup, not a data directory" in outcome.log


def test_the_story_is_told_in_three_segments() -> None:
    """What the cases above rely on."""
    told = tell()
    assert [record.start // SIZE for record in told.records if record.kind == "switch"] == [2, 3, 4]
    assert told.end == 5 * SIZE
