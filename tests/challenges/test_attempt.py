"""An attempt is a fold of command lines: nothing raises, undo is exact, what is won or lost stays so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levels.attempt import Attempt, attempt
from levels.challenge import Challenge
from levels.loader import all_challenges

BY_ID = {one.id: one for one in all_challenges()}
DUMP, COLD = BY_ID["first-dump"], BY_ID["cold-copy"]
SOLUTION = "pg_dump -f /backup/shop.sql shop"
LINES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "rm -rf $PGDATA",
            "rm -rf /",
            "pg_ctl stop -m immediate",
            "pg_ctl start",
            "cp -a $PGDATA /backup/cold",
            "mv /backup /tmp/b",
            "psql -d shop -c 'DROP TABLE orders'",
            "dropdb shop",
            "ln -s /nowhere /backup/cold",
            "echo x > $PGDATA/global/pg_control",
            "pg_basebackup -D /backup/base",
            "chmod 000 /backup",
            "cd /tmp",
            "exit 3",
        ]
    ),
)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(BY_ID)), lines=st.lists(LINES, max_size=4))
def test_no_line_raises_and_undo_gives_back_the_very_state_before(name: str, lines: list[str]) -> None:
    """Whatever is typed, in whatever order; every condition can be judged and told afterwards."""
    now = attempt(BY_ID[name])
    opening = now
    for line in lines:
        before, now = now, now.enter(line)
        if now is before:
            continue
        assert now.undone() == before
        for one in now.standing.goal:
            assert one.sentence("ja")
            assert bool(one.missing("en")) is not one.holds
    assert now.restarted() == opening


def test_an_empty_line_is_no_command() -> None:
    """It changes nothing and counts for nothing."""
    first = attempt(DUMP)
    assert first.enter("  ") is first
    assert first.undone() == first


def test_a_goal_that_is_reached_stays_reached_and_later_commands_do_not_count() -> None:
    """Even when the backup is removed again, or a trap's deed is done."""
    won = attempt(DUMP).enter(SOLUTION)
    after = won.enter("rm /backup/shop.sql").enter("pg_ctl stop")
    assert won.standing.outcome == after.standing.outcome == "reached"
    assert after.standing.commands == 1
    assert after.standing.trap is None


def test_a_level_that_is_lost_stays_lost_until_it_is_undone() -> None:
    """Starting the server again does not help; undo does."""
    lost = attempt(DUMP).enter("pg_ctl stop")
    assert lost.standing.outcome == "lost"
    assert lost.standing.trap == DUMP.traps[0]
    assert lost.enter("pg_ctl start").enter(SOLUTION).standing.outcome == "lost"
    assert lost.undone().enter(SOLUTION).standing.outcome == "reached"


@pytest.mark.parametrize(("idle", "stars"), [(0, 3), (1, 2), (2, 1)])
def test_stars_count_commands_against_par(idle: int, stars: int) -> None:
    """Par or less gives three, half as many again two, more than that one."""
    now = attempt(DUMP)
    for _ in range(idle):
        now = now.enter("ls")
    assert now.rating == 0
    assert now.enter(SOLUTION).rating == stars


def test_conditions_tell_what_is_missing_step_by_step() -> None:
    """The page shows each condition with its mark after every command."""
    now = attempt(COLD)
    marks = [[one.holds for one in now.standing.goal]]
    for line in COLD.solution_on(14):
        now = now.enter(line)
        marks.append([one.holds for one in now.standing.goal])
    assert marks == [[False, False, True], [False, False, False], [True, True, False], [True, True, True]]
    assert _missing(attempt(COLD), "en") == ["/backup/cold is no data directory.", "There is no /backup/cold.", ""]
    assert _missing(attempt(COLD), "ja")[1] == "/backup/coldがありません。"


def _missing(now: Attempt, language: str) -> list[str]:
    return [one.missing(language) for one in now.standing.goal]


def test_hints_come_one_by_one_and_stay_after_a_reset() -> None:
    """Three of them, no more."""
    now = attempt(DUMP)
    shown = []
    for _ in range(4):
        now = now.with_hint()
        shown.append(now.hints_shown)
    assert shown == [1, 2, 3, 3]
    assert now.restarted().hints_shown == 3


def test_a_challenge_plays_on_the_version_that_is_asked_for() -> None:
    """Its own by default."""
    assert attempt(DUMP).host.server.major == DUMP.version == 14
    assert attempt(DUMP, 17).host.server.major == 17


def test_older_client_tools_are_the_learners_only() -> None:
    """The preparation was done with the server's own."""
    first = attempt(BY_ID["older-tools"])
    assert first.enter("pg_restore --version | grep -c ' 13'").turns[0].done.exit == 0
    refused = first.enter("createdb copy").enter("pg_restore -d copy /backup/shop.dump").turns[1].done
    assert "unsupported version" in refused.stderr


def test_the_directory_of_another_major_does_not_start() -> None:
    """It is a real one of that major."""
    line = "pg_ctl -D /old/data -o '-p 5444' -l ~/log start; cat ~/log"
    assert "initialized by PostgreSQL version 12" in str(
        attempt(BY_ID["from-another-major"]).enter(line).turns[0].done.stdout
    )


def test_challenges_are_values() -> None:
    """Equal files make equal challenges, which can stand in a cache."""
    assert hash(DUMP) == hash(BY_ID["first-dump"])
    assert isinstance(DUMP, Challenge)
