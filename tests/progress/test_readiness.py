"""How ready somebody is, and how sure that is."""

from datetime import UTC, date, datetime, timedelta, timezone

from progress.readiness import accuracy, quota, readiness, streak
from tests.progress.stores import answered


def test_nothing_answered_says_nothing() -> None:
    nothing = accuracy(())
    assert nothing.share == 0.5
    assert nothing.high - nothing.low > 0.9


def test_the_more_is_answered_the_surer_it_is() -> None:
    spans = []
    for count in (4, 16, 40):
        found = accuracy(answered("a", number, right=number % 4 != 0) for number in range(count))
        assert found.low < 0.75 < found.high
        spans.append(found.high - found.low)
    assert spans == sorted(spans, reverse=True)


def test_of_a_question_only_the_latest_answer_counts() -> None:
    again = [answered("a", n, right=n >= 5, question=f"q{n % 5}") for n in range(10)]
    assert accuracy(again).answers == 5
    assert accuracy(again).share == 6 / 7


def test_an_objective_never_practised_widens_what_is_said_of_the_paper() -> None:
    mine = [answered("a", number) for number in range(40)]
    narrow = readiness(mine, {"S2.4": 7})
    wide = readiness(mine, {"S2.4": 7, "S2.3": 7})
    assert wide.share < narrow.share
    assert wide.high - wide.low > narrow.high - narrow.low


def test_a_streak_is_counted_in_the_learners_own_days() -> None:
    tokyo = timezone(timedelta(hours=9))
    late = [datetime(2026, 4, day, 16, 0, tzinfo=UTC) for day in (1, 2, 3)]  # past midnight in Tokyo
    assert streak(late, date(2026, 4, 4), tokyo) == 3
    assert streak(late, date(2026, 4, 5), tokyo) == 3
    assert streak(late, date(2026, 4, 6), tokyo) == 0
    assert streak(late, date(2026, 4, 4), UTC) == 3


def test_a_quota_reaches_the_end_by_the_day_of_the_examination() -> None:
    assert quota(100, 5, date(2026, 4, 1), date(2026, 4, 11)) == 15
    assert quota(101, 0, date(2026, 4, 1), date(2026, 4, 11)) == 11
    assert quota(100, 5, date(2026, 4, 1), None) == 5
