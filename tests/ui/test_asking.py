"""'Ask a real server' without a server: what the page says and does while a stand-in answers."""

import inspect
import json
import re
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lab.jobs import (
    JobCancelled,
    JobDone,
    JobFailed,
    JobLimited,
    JobRefused,
    JobRunning,
    JobState,
    JobWaiting,
)
from simulator.recording import held_against
from simulator.scenario import Scenario
from tests.ui import recorded, visiting
from tests.ui.visiting import told
from ui import asking, language, realities
from ui.asking import Desk, Offer

look_for_servers = inspect.unwrap(asking.offer)
SCENE = {"scenario": "fetch-loses-wal"}


@dataclass
class Pretender:
    """A job whose state a test sets."""

    scenario: Scenario
    major: int | None
    state: JobState = field(default_factory=JobWaiting)
    cancelled: bool = False
    started: ClassVar[list["Pretender"]] = []

    @classmethod
    def start(cls, scenario: Scenario, major: int | None = None) -> "Pretender":
        cls.started.append(cls(scenario, major))
        return cls.started[-1]

    @property
    def over(self) -> bool:
        return not isinstance(self.state, JobWaiting | JobRunning)

    def cancel(self) -> None:
        self.cancelled = True
        self.state = JobCancelled()


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> list[Pretender]:
    monkeypatch.setattr("lab.jobs.Job", Pretender)
    monkeypatch.setattr(asking, "offer", lambda: Offer({15: "15.18", 16: "16.14", 18: "18.4"}))
    mine = Desk()  # the visitors of AppTest are all one session
    monkeypatch.setattr(asking, "desk", lambda: mine)
    Pretender.started.clear()
    return Pretender.started


def theatre(**query: str) -> AppTest:
    return visiting.page("theatre", **query)


def ask(app: AppTest) -> Pretender:
    app.button("ask_real").click().run()
    assert not app.exception
    return Pretender.started[-1]


def test_the_nearest_version_answers_and_the_page_says_so() -> None:
    app = theatre(**SCENE)
    assert "PostgreSQL 14 is not on this machine" in told(app)
    assert ask(app).major == 15


def test_the_version_of_the_page_answers_where_it_is_found() -> None:
    app = theatre(**SCENE, v="18")
    assert "throw-away PostgreSQL 18.4" in told(app)
    assert ask(app).major == 18


def test_changed_conditions_go_along() -> None:
    job = ask(theatre(**SCENE, v="16", wal_keep_size="256MB"))
    assert job.scenario.server.settings["wal_keep_size"] == "256MB"
    assert "wal_keep_size: 256MB" in job.scenario.source


def test_unchanged_conditions_leave_the_document_as_it_is() -> None:
    from ui import shelf

    assert ask(theatre(**SCENE, v="16")).scenario.source == shelf.scenarios()["fetch-loses-wal"].source


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_progress_is_told_in_words_and_counted_as_the_slider_counts(lang: str) -> None:
    app = theatre(**SCENE, v="16", lang=lang)
    job = ask(app)
    recording = recorded.pretended(job.scenario, 16)
    states: dict[JobState, str] = {
        JobWaiting(3): "3",
        JobRunning(0, 12, (), 16, "16.14", "x"): "16.14",
        JobRunning(1, 12, recording.run.steps[:1], 16, "16.14", "x"): {"ja": "ステップ 2 / 13", "en": "step 2 of 13"}[
            lang
        ],
    }
    for state, words in states.items():
        job.state = state
        app.run()
        assert not app.exception
        assert words in told(app)
    assert "pg_basebackup -D /backup/base" in told(app)


def test_a_run_can_be_cancelled_and_asked_again() -> None:
    app = theatre(**SCENE, v="16")
    job = ask(app)
    app.button("cancel_real").click().run()
    assert job.cancelled
    assert "cancelled" in told(app)
    assert ask(app) is not job


def test_only_one_question_at_a_time() -> None:
    app = theatre(**SCENE, v="16")
    ask(app)
    assert [button.key for button in app.button if button.key == "ask_real"] == []
    app.query_params["scenario"] = "cold-copy"
    app.run()
    assert [button.key for button in app.button if button.key == "ask_real"] == []
    assert [button.key for button in app.button if button.key == "cancel_real"] == ["cancel_real"]


def test_the_answer_is_said_and_linked() -> None:
    app = theatre(**SCENE, v="16")
    job = ask(app)
    job.state = JobDone(held_against(recorded.pretended(job.scenario, 16)))
    app.run()
    assert re.search(r"All \d+ compared fields are as predicted", told(app))
    kept = app.session_state[realities.KEPT]
    assert [held.source for held in kept.values()] == ["live"]
    links = [link.proto.query_string for link in app.get("page_link") if "run=" in link.proto.query_string]
    assert len(links) == 1
    assert "v=16" in links[0]


def test_what_was_answered_can_be_asked_again() -> None:
    app = theatre(**SCENE, v="16", wal_keep_size="256MB")
    job = ask(app)
    job.state = JobDone(held_against(recorded.pretended(job.scenario, 16)))
    app.run()
    app.button("link-again").click().run()
    assert not app.exception
    first, second = Pretender.started
    assert (second.major, second.scenario.source) == (first.major, first.scenario.source)


def test_the_report_shows_the_run_that_is_under_way_and_keeps_its_answer() -> None:
    scenario = asking_scenario()
    asking._ask(scenario, 16, 16, {})
    job = Pretender.started[-1]
    app = visiting.page("reality")
    assert [button.key for button in app.button if button.key == "cancel_real"] == ["cancel_real"]
    job.state = JobDone(held_against(recorded.pretended(scenario, 16)))
    app.run()
    assert not app.exception
    assert [button.key for button in app.button if button.key == "cancel_real"] == []
    (held,) = app.session_state[realities.KEPT].values()
    assert f"link-{held.id}" in [button.key for button in app.button]


def test_another_condition_is_another_question() -> None:
    app = theatre(**SCENE, v="16")
    job = ask(app)
    job.state = JobDone(held_against(recorded.pretended(job.scenario, 16)))
    app.run()
    app.query_params["wal_keep_size"] = "256MB"
    app.run()
    assert "compared fields" not in told(app)
    assert ask(app).scenario.server.settings["wal_keep_size"] == "256MB"


@pytest.mark.parametrize("lang", language.LANGUAGES)
@pytest.mark.parametrize(
    "state",
    [
        JobRefused("not_for_a_lab", {}),
        JobRefused("no_server", {"wanted": " 16", "found": "-"}),
        JobLimited("time", {"seconds": "180"}),
        JobFailed("it broke ![x](http://evil.example/x)"),
    ],
)
def test_no_answer_is_told_with_its_reason(state: JobState, lang: str) -> None:
    app = theatre(**SCENE, v="16", lang=lang)
    ask(app).state = state
    app.run()
    assert not app.exception
    said = [*app.info, *app.warning]
    assert len(said) == 1
    assert "](http" not in said[0].value
    assert [button.key for button in app.button if button.key == "ask_real"] == ["ask_real"]


@pytest.mark.parametrize(
    ("address", "denied"), [("0.0.0.0", "off_not_loopback"), ("", "off_not_loopback"), ("127.0.0.1", "")]
)
def test_the_lab_follows_the_address_that_the_app_is_bound_to(
    monkeypatch: pytest.MonkeyPatch, address: str, denied: str
) -> None:
    monkeypatch.delenv("WALDOJO_LAB", raising=False)
    monkeypatch.setattr("lab.permission.what_is_lacking", lambda: None)
    monkeypatch.setattr(st, "get_option", {"server.address": address}.get)
    assert look_for_servers().denied == denied


@pytest.mark.parametrize("denied", ["off_by_choice", "off_not_loopback", "off_no_server", "off_no_psycopg"])
@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_where_the_lab_is_off_a_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, denied: str, lang: str
) -> None:
    monkeypatch.setattr(asking, "offer", lambda: Offer({}, denied))
    app = theatre(**SCENE, lang=lang)
    assert not app.exception
    assert [button.key for button in app.button if button.key == "ask_real"] == []
    assert any(word in told(app) for word in ("WALDOJO_LAB", "pip install"))


def test_a_scenario_that_no_server_here_suits_says_what_would() -> None:
    app = theatre(scenario="low-level-exclusive")
    assert [button.key for button in app.button if button.key == "ask_real"] == []
    assert "WALDOJO_PG_BIN" in told(app)


def test_the_end_of_a_session_cancels_its_run() -> None:
    job = Pretender.start(recorded.pretended(asking_scenario(), 16).scenario, 16)
    desk = Desk(asking.Asked(("x", 16, ()), job.scenario, job))  # type: ignore[arg-type]
    desk.clear()
    assert job.cancelled
    assert desk.asked is None


def asking_scenario() -> Scenario:
    from ui import shelf

    return shelf.scenarios()["cold-copy"]


def test_a_finished_run_is_the_one_that_the_page_of_its_scenario_shows() -> None:
    app = theatre(**SCENE, v="16")
    job = ask(app)
    raw = json.loads(recorded.told()) | {"server_version": "16.99"}
    job.state = JobDone(realities.read(json.dumps(raw).encode()))
    app.run()
    (held,) = app.session_state[realities.KEPT].values()
    assert held.reality.recording.release == "16.99"
    assert realities.shipped("fetch-loses-wal", 16) is not held
