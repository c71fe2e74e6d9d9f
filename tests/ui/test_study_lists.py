"""Finding questions, looking back at answers, doing the wrong ones again, and what a day asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from progress import readiness
from progress.records import Learner
from quizzes.loader import bank
from quizzes.templates import TEMPLATES
from tests.ui import studying, visiting
from tests.ui.studying import MAJOR, NOON, answered, asked, with_answers, with_paper
from ui.study import learner, practice, rows, seek, shelf, today
from ui.study.practice import Round


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that goes with the test."""
    with studying.own_store(tmp_path, monkeypatch):
        yield


def history(code: str) -> shelf.History:
    store = learner.store()
    return shelf.history(store.answers(code), store.cards(code), store.bookmarks(code))


def round_of(app: object) -> Round:
    found = app.session_state[practice.ROUND]  # type: ignore[attr-defined]
    assert isinstance(found, Round)
    return found


def test_a_question_is_found_by_its_id_and_by_the_words_of_its_stem_in_both_languages() -> None:
    for one in bank()[::4]:
        assert one in seek.matching(one.id, "en")
        for lang in ("ja", "en"):
            assert one in seek.matching(one.stem.in_(lang), lang), (one.id, lang)


def test_all_the_words_must_be_there_in_any_letters() -> None:
    both = seek.matching("RESTORE_COMMAND timeline", "en")
    assert both
    assert set(map(id, both)) < set(map(id, seek.matching("restore_command", "en")))
    assert seek.matching("ＷＡＬ　タイムライン", "ja") == seek.matching("wal タイムライン", "ja") != []
    assert not seek.matching("there-is-no-such-word", "en")


def test_what_is_only_in_an_explanation_is_found_after_what_is_in_a_stem() -> None:
    found = seek.matching("pg_resetwal", "en")
    first = ["pg_resetwal" in f"{one.id} {one.stem.en} {one.tags} {one.terms}" for one in found]
    assert first == sorted(first, reverse=True)
    assert set(first) == {True, False}


def test_the_page_lists_what_is_found_with_how_it_went_a_page_at_a_time() -> None:
    code = with_answers(learner.store(), True, False)
    right, wrong, unseen = asked(3)
    learner.store().bookmark(code, wrong.id, on=True)
    app = visiting.page("questions", learner=code)
    assert sum("question=" in one.proto.query_string for one in app.get("page_link")) == rows.A_PAGE
    for one, state in ((right, "right last time"), (wrong, "wrong last time"), (unseen, "not seen yet")):
        app.text_input(key=seek.WORDS).set_value(one.id).run()
        said = [each.proto.label.replace("\\", "") for each in app.get("page_link")]
        assert any(state in each and one.id in each for each in said), said
    app.text_input(key=seek.WORDS).set_value("").run()
    app.selectbox(key=seek.STATE).set_value("bookmarked").run()
    assert "Questions found: 1." in visiting.told(app)
    app.text_input(key=seek.WORDS).set_value("there-is-no-such-word").run()
    assert "No question has all these words" in visiting.told(app)


def test_a_question_that_is_asked_for_is_put_in_practice_and_practice_goes_on_after_it() -> None:
    wanted = asked(30)[-1]
    app = visiting.page("practice", question=wanted.id)
    now = round_of(app)
    assert now.asked is not None
    assert now.asked.sheet.question is wanted
    assert "You opened this question yourself" in visiting.told(app)


def test_a_question_that_does_not_hold_here_is_put_about_the_next_version_where_it_does() -> None:
    wanted = next(one for one in bank() if min(one.versions) > MAJOR)
    app = visiting.page("practice", question=wanted.id)
    assert f"it is asked about PostgreSQL {min(wanted.versions)}" in visiting.told(app)


def test_a_question_that_is_not_there_is_told_and_practice_goes_on() -> None:
    app = visiting.page("practice", question="`[x](http://x)")
    assert "There is no question" in visiting.told(app)
    assert round_of(app).asked is not None


def test_a_question_that_a_template_drew_comes_back_the_same() -> None:
    template = next(one for one in TEMPLATES if MAJOR in one.versions)
    drawn = shelf.fresh(shelf.Wish(objective=template.objective, which="drawn"), MAJOR, 7)
    assert drawn is not None
    assert shelf.reopened(drawn.id, MAJOR) == (drawn, MAJOR)


def test_the_wrong_ones_of_a_paper_are_asked_until_they_are_right() -> None:
    store = learner.store()
    code, paper = with_paper(store, True, False, False)
    _, first, second = asked(3)
    app = visiting.page("practice", learner=code, paper=paper)
    now = round_of(app)
    assert now.left == 2
    assert now.asked is not None
    assert now.asked.sheet.question in (first, second)
    assert "Wrong in the mock paper of 2026-11-20 (Silver) · 2 left" in visiting.told(app)
    for number, one in enumerate((first, second), 90):
        store.answer(answered(code, one, number, right=True))
    app = visiting.page("practice", learner=code, paper=paper)
    assert round_of(app).asked is None
    assert "has been answered rightly since" in "".join(str(one.value) for one in app.success)
    app.button(key="link-paper-end").click().run()
    assert round_of(app).asked is not None


def test_a_paper_of_somebody_else_is_not_practised() -> None:
    _, paper = with_paper(learner.store(), False)
    app = visiting.page("practice", learner=with_answers(learner.store(), True), paper=paper)
    assert round_of(app).wish.paper == ""


def test_the_result_of_a_paper_leads_to_its_wrong_ones_while_there_are_any() -> None:
    store = learner.store()
    code, paper = with_paper(store, True, False)
    app = visiting.page("paper", learner=code)
    app.button(key=f"link-paper-{paper}").click().run()
    assert not app.exception
    assert [one.proto.label for one in app.get("page_link")][-1] == "Practise the wrong ones of this paper (1)"
    store.answer(answered(code, asked(2)[1], 90, right=True))
    app.run()
    assert "has been answered rightly since" in visiting.told(app)


def test_the_history_has_every_answer_newest_first_a_page_at_a_time() -> None:
    rights = [number % 3 > 0 for number in range(45)]
    app = visiting.page("history", learner=with_answers(learner.store(), *rights))
    marks = [one for one in app.button if str(one.key).startswith("link-past-")]
    assert [one.key for one in marks] == [f"link-past-a{number}" for number in range(44, 24, -1)]
    assert "Answers: 45, right: 30." in visiting.told(app)
    for _ in range(2):
        app.button(key="past_place-f").click().run()
    assert "41–45 of 45" in visiting.told(app)
    assert app.button(key="past_place-f").disabled
    app.selectbox(key="past_result").set_value("wrong").run()
    assert "Answers: 15, right: 0." in visiting.told(app)
    app.selectbox(key="past_objective").set_value("versions").run()
    assert "No answer is like this." in visiting.told(app)


def test_an_answer_of_the_past_opens_below_its_line_and_folds_again() -> None:
    code = with_answers(learner.store(), True, False)
    app = visiting.page("history", learner=code)
    closed = app.button(key="link-past-a1")
    assert "▸" in closed.label
    closed.click().run()
    assert "▾" in app.button(key="link-past-a1").label
    assert [one.proto.label for one in app.get("page_link")][-1] == "Answer this question again"
    app.button(key="link-past-a1").click().run()
    assert "▸" in app.button(key="link-past-a1").label


def test_an_answer_to_a_question_that_has_changed_since_is_told_and_not_guessed() -> None:
    store = learner.store()
    code = store.new_learner(NOON).code
    question = next(one for one in bank() if one.kind == "one" and MAJOR in one.versions)
    gone = answered(code, question, 1, right=False)
    store.answer(gone.__class__(**{name: getattr(gone, name) for name in gone.__slots__} | {"given": {"marked": [77]}}))
    app = visiting.page("history", learner=code)
    app.button(key="link-past-a1").click().run()
    assert "have changed since" in visiting.told(app)


def test_a_newcomer_is_told_what_the_history_will_hold() -> None:
    assert "No answers yet" in visiting.told(visiting.page("history"))


def test_the_chart_has_a_day_for_each_day_with_answers_and_the_share_of_the_last_ones() -> None:
    question = asked(1)[0]
    answers = [answered("x", question, number, right=number >= 30) for number in range(45)]
    answers += [answered("x", question, 50, right=True, at=NOON + timedelta(days=2))]
    first, second = readiness.by_day(answers, UTC)
    assert (first.day, first.asked, first.right, first.share) == (date(2026, 11, 20), 45, 15, 15 / 30)
    assert (second.day, second.asked, second.right, second.share) == (date(2026, 11, 22), 1, 1, 16 / 30)


def test_the_quota_of_a_day_stands_while_the_day_is_worked_through() -> None:
    store = learner.store()
    code = with_answers(store, True, True, False)
    dawn = datetime.combine(NOON.date() + timedelta(days=3), time(), UTC)
    names = [one.id for one in asked(10)]
    before = today.needed(today.cards_at(history(code), dawn, 0.9), names, dawn)
    assert before == (10, 18, 0)
    for number, one in enumerate(asked(3)):
        store.answer(answered(code, one, 60 + number, right=True, at=dawn + timedelta(hours=9)))
    assert today.needed(today.cards_at(history(code), dawn, 0.9), names, dawn) == before
    assert today.done(history(code).answers, dawn.date(), UTC) == 3
    tomorrow = dawn + timedelta(days=1)
    assert today.needed(today.cards_at(history(code), tomorrow, 0.9), names, tomorrow)[:2] == (8, 15)


def test_the_day_of_a_paper_that_is_none_is_no_day() -> None:
    assert today.exam_day(Learner("x", NOON, {"day": "soon"})) is None
    assert today.exam_day(None) is None
    assert today.examination(Learner("x", NOON, {"exam": "platinum"})) == "silver"


def test_progress_tells_what_was_done_of_the_day_s_quota() -> None:
    store = learner.store()
    code = store.new_learner(NOON).code
    store.answer(answered(code, asked(1)[0], 0, right=True, at=datetime.now(UTC) - timedelta(seconds=1)))
    assert "Enter the day of your paper" in visiting.told(visiting.page("progress", learner=code))
    store.wish(code, {"exam": "gold", "day": (datetime.now(UTC).date() + timedelta(days=10)).isoformat()})
    said = visiting.told(visiting.page("progress", learner=code))
    # It may have been the last second of yesterday.
    assert re.search(r"<dt>Answered today</dt><dd>[01] / [1-9]", said)
    assert "answers a day**, reviews included" in said
