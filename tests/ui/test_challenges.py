"""Challenges without a browser: the task beside a sitting, the path, what is kept, and addresses of any kind."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from levels.loader import all_challenges
from tests.ui import visiting
from ui.challenges import progress, shelf
from ui.challenges.progress import Kept, Record
from ui.language import LANGUAGES
from ui.terminal import answering
from ui.terminal import desk as desks
from ui.terminal.desk import Desk
from ui.terminal.start import Start

KEPT = "challenge_progress"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["last", "best", "state", "major"]), inner)
    ),
    max_leaves=9,
)


class Browser:
    """What the page's own code asks of a desk, and what it is told."""

    def __init__(self, level: str, code: str = "", lang: str = "en") -> None:
        challenge = shelf.find(level)
        assert challenge is not None
        self.desk: Desk = desks.tried(challenge, challenge.version, code, shelf.following(challenge))
        self.lang, self.seq = lang, 0
        self.last = self.told()

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(answering.answer(self.desk, self.lang))
        return told

    def ask(self, **message: object) -> dict[str, Any]:
        self.seq += 1
        desks.obey(self.desk, json.dumps({"seq": self.seq, "seat": 0, "place": self.desk.place, **message}))
        self.last = self.told()
        return self.last

    def type(self, *lines: str) -> dict[str, Any]:
        return self.ask(do="run", lines=lines)

    @property
    def task(self) -> dict[str, Any]:
        task: dict[str, Any] = self.last["task"]
        return task


def test_a_challenge_is_played_to_its_goal_and_leads_to_the_next() -> None:
    here = Browser("first-dump")
    assert [one["holds"] for one in here.task["goal"]] == [False]
    told = here.type("ls /backup", "pg_dump -f /backup/shop.sql shop")
    assert (here.task["outcome"], here.task["commands"], here.task["stars"]) == ("reached", 2, 2)
    assert "snapshot" in here.task["why"]
    assert "snapshot" in told["notes"][0]
    assert here.task["next"]["id"] == "restore-into-a-new-database"
    assert here.task["record"] == {"state": "solved", "commands": 2, "major": 14, "code": ""}
    here.type("rm /backup/shop.sql")
    assert here.task["outcome"] == "reached"


def test_a_trap_loses_the_level_and_undo_gives_it_back() -> None:
    here = Browser("first-dump")
    told = here.type("pg_ctl stop")
    assert here.task["outcome"] == "lost"
    assert here.task["why"] == "A logical backup needs no downtime, and the service is down now."
    assert here.task["why"] in told["notes"][0]
    here.type("undo")
    assert (here.task["outcome"], here.task["commands"]) == ("open", 0)
    here.type("pg_ctl stop")
    here.ask(do="dojo", text="reset")
    assert here.task["outcome"] == "open"


def test_hints_come_one_after_the_other_and_then_say_that_there_are_no_more() -> None:
    here = Browser("first-dump")
    for number in (1, 2, 3):
        told = here.type("hint")
        assert told["notes"][0].startswith(f"Hint {number}\n")
        assert len(here.task["hints"]) == number
    assert "no more hints" in here.ask(do="dojo", text="hint")["notes"][0]
    assert here.type("show goal")["notes"][0].splitlines()[1].startswith("○ /backup/shop.sql")
    here.type("reset")
    assert len(here.task["hints"]) == 3


def test_a_solution_is_shown_on_the_second_word_and_is_no_merit() -> None:
    here = Browser("cold-copy")
    here.type("show solution")
    assert here.task["solution"] == "asked"
    here.type("ls")
    assert here.task["solution"] == "hidden"
    here.type("show solution")
    here.type("show solution")
    assert here.task["lines"][0] == "pg_ctl stop -m fast"
    here.ask(do="dojo", text="solve step")
    assert (here.task["typed"], here.last["n"]) == (1, 1)
    here.ask(do="dojo", text="solve all")
    assert (here.task["outcome"], here.task["helped"]) == ("reached", True)
    assert here.task["record"]["state"] == "helped"
    lines = here.task["lines"]
    here.type("reset", *lines)
    assert here.task["record"]["state"] == "solved"


def test_an_address_holds_lines_hints_and_help() -> None:
    here = Browser("first-dump")
    here.type("hint", "ls", "pg_ctl stop")
    there = Browser("first-dump", here.desk.code, "ja")
    assert (there.task["outcome"], there.task["commands"], len(there.task["hints"])) == ("lost", 2, 1)
    assert there.desk.code == here.desk.code
    assert there.task["record"]["code"] == here.desk.code


def test_words_meant_for_another_challenge_do_nothing_here() -> None:
    here = Browser("first-dump")
    here.ask(do="run", lines=["pg_ctl stop"], place="cold-copy")
    assert here.last["n"] == 0


def test_the_sandbox_says_where_goals_are() -> None:
    desk = desks.begun(Start(14))
    desks.obey(desk, json.dumps({"seq": 1, "do": "run", "lines": ["hint"], "seat": 0}))
    told = json.loads(answering.answer(desk, "en"))
    assert told["leads"]
    assert "Challenges" in told["notes"][0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_challenge_opens_with_its_story_and_its_goal(lang: str) -> None:
    for one in all_challenges():
        task = Browser(one.id, lang=lang).task
        assert task["story"] == one.story.in_(lang)
        assert task["goal"]
        assert task["outcome"] == "open", one.id


SOLVED, SHORTER = (Record(state="solved", commands=n, major=14) for n in (5, 3))
OPEN = Record(state="open", commands=1, major=14, code="1.abc")


def test_what_is_solved_stays_solved_and_the_best_attempt_counts() -> None:
    kept = progress.with_record({}, "a", SOLVED)
    kept = progress.with_record(kept, "a", OPEN)
    assert progress.state_of(kept, "a") == "solved"
    assert kept["a"].best == SOLVED
    there = progress.with_record({}, "a", SHORTER)
    assert progress.merged(kept, there)["a"] == Kept(last=OPEN, best=SHORTER)


def test_one_goes_on_where_one_was() -> None:
    kept = progress.with_record(progress.with_record({}, "a", OPEN), "b", SOLVED)
    assert progress.latest_open(kept) == ""
    assert progress.latest_open(progress.with_record(kept, "a", OPEN)) == "a"
    assert progress.latest_open({}) == ""


def test_what_a_browser_kept_is_read_back_as_it_was() -> None:
    kept = progress.with_record(progress.with_record({}, "a", SOLVED), "b", OPEN)
    assert progress.read(json.dumps({level: each.model_dump() for level, each in kept.items()})) == kept


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '"x"', "{", '{"a": 1}', '{"a": {"last": null}}', "[" * 100_000, "9" * 5000, "\ud800"]
)
def test_what_is_no_progress_counts_as_none(text: str) -> None:
    assert progress.read(text) == {}


def test_a_spoilt_entry_harms_no_other() -> None:
    good = {"last": OPEN.model_dump(), "best": None}
    evil = {"last": OPEN.model_dump() | {"code": "<script>"}, "best": None}
    more = {"last": OPEN.model_dump() | {"commands": -1}}
    assert list(progress.read(json.dumps({"x": evil, "first-dump": good, "y": more}))) == ["first-dump"]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=9), JSON, max_size=3))
def test_nothing_that_is_stored_can_raise(stored: dict[str, Any]) -> None:
    assert all(isinstance(each, Kept) for each in progress.read(json.dumps(stored)).values())


def test_the_path_shows_every_challenge_with_its_state_and_where_to_go_on() -> None:
    app = visiting.page("challenges", v="16")
    links = [link.proto for link in app.get("page_link")]
    assert len(links) == len(all_challenges()) + 1
    assert "id=first-dump" in links[0].query_string
    app.session_state[KEPT] = progress.with_record({"first-dump": Kept(last=SOLVED, best=SHORTER)}, "cold-copy", OPEN)
    app.run()
    assert not app.exception
    links = [link.proto for link in app.get("page_link")]
    assert "Go on with" in links[0].label
    assert {"c=1.abc", "id=cold-copy", "v=14"} <= set(links[0].query_string.split("&"))
    told = visiting.told(app)
    assert "✓ solved in 3" in told
    assert "1 of 17 solved" in told


def test_within_par_is_told_apart() -> None:
    app = visiting.page("challenges")
    best = Record(state="solved", commands=1, major=14)
    app.session_state[KEPT] = {"first-dump": Kept(last=best, best=best)}
    app.run()
    assert "★ solved within par, in 1" in visiting.told(app)


def test_filters_leave_what_is_about_a_failure() -> None:
    app = visiting.page("challenges")
    app.selectbox(key="challenge_failure").set_value(35).run()
    assert not app.exception
    links = [link.proto.query_string for link in app.get("page_link")]
    assert len(links) == len(shelf.about([35])) + 1
    assert any("one-target-too-many" in each for each in links)


def desk_of(app: AppTest, level: str) -> Desk:
    kept: Desk = app.session_state["challenge_desks"][level]
    return kept


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_opens_the_attempt_and_a_broken_one_the_beginning_with_a_word(lang: str) -> None:
    here = Browser("first-dump")
    here.type("hint", "mkdir x")
    app = visiting.page("challenge", id="first-dump", lang=lang, c=here.desk.code)
    assert [line.text for line in desk_of(app, "first-dump").sitting.lines] == ["mkdir x"]
    assert not app.warning
    for broken in ("no-code-of-ours", "9" * 6000 + ".x", "s.s.s"):
        app = visiting.page("challenge", id="first-dump", lang=lang, c=broken)
        assert "c=" in app.warning[0].value
        assert desk_of(app, "first-dump").sitting.lines == ()


def test_another_version_types_the_same_lines_again() -> None:
    here = Browser("first-dump")
    here.type("pg_dump -f /backup/shop.sql shop")
    app = visiting.page("challenge", id="first-dump", c=here.desk.code)
    app.selectbox(key="version").set_value(17).run()
    assert not app.exception
    task = desk_of(app, "first-dump").task
    assert task is not None
    assert (task.major, task.standing.outcome) == (17, "reached")


def test_a_version_that_a_challenge_is_not_played_on_is_said() -> None:
    app = visiting.page("challenge", id="the-first-increment", v="12")
    assert "12" in app.warning[0].value
    assert desk_of(app, "the-first-increment").sitting.start.major >= 17
