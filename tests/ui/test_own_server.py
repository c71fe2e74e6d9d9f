"""'Your own server' without a browser: what is pasted becomes a report, and what cannot be read becomes a sentence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from inspection.statements import asked_of, psql_script
from simulator.play import predict
from simulator.versions import KNOWN
from ui import shelf

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct-horse"


def visit(locale: str = "en-US", **query: str) -> AppTest:
    app = AppTest.from_function(_page, default_timeout=60)
    app.context = {"locale": locale}
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def _page() -> None:
    import streamlit as st

    from ui import header
    from ui.pages import own_server, theatre

    pages = {
        "own_server": st.Page(own_server.show, title="own", url_path="own-server", default=True),
        "theatre": st.Page(theatre.show, title="theatre", url_path="theatre"),
    }
    st.session_state[header.PAGES] = pages
    st.navigation(list(pages.values())).run()


def pasted(number: int) -> str:
    name = ROOT / "tests" / "data" / "inspection" / f"psql-{number}.json.gz"
    return str(json.loads(gzip.decompress(name.read_bytes()))["forms"]["aligned"])


def press(app: AppTest) -> AppTest:
    button = next(each for each in app.button if "report" in each.label or "報告" in each.label)
    button.click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize("number", KNOWN)
@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_what_is_pasted_becomes_a_report(number: int, locale: str) -> None:
    app = visit(locale)
    app.text_area[0].set_value(pasted(number)).run()
    app = press(app)
    said = " ".join(each.value for each in [*app.title, *app.markdown, *app.header])
    assert "archive" in said or "アーカイブ" in said
    assert not app.error
    lines = [each.value for each in app.code]
    assert any("ALTER SYSTEM SET" in each for each in lines)


def test_the_theatre_is_offered_with_the_settings_of_the_server() -> None:
    app = visit()
    app.text_area[0].set_value(pasted(16)).run()
    app = press(app)
    links = [each.proto for each in app.get("page_link")]
    assert len(links) == 3
    for link in links:
        query = {name: values[0] for name, values in parse_qs(link.query_string or urlsplit(link.page).query).items()}
        scenario = shelf.scenarios()[query.pop("scenario")]
        assert query.pop("v") == "16"
        assert query["max_wal_size"] == "64MB"
        assert predict(scenario, 16, query).run.steps


def test_the_free_space_that_somebody_names_gives_the_time_until_it_is_full() -> None:
    app = visit()
    app.text_area[0].set_value(pasted(16))
    app.text_input(key="own_disk").set_value("50GB")
    app.text_input(key="own_rate").set_value("2MB/s").run()
    app = press(app)
    assert "the disk is full in 7 h" in app.title[0].value


def test_an_amount_that_cannot_be_read_is_said_kindly() -> None:
    app = visit("ja-JP")
    app.text_area[0].set_value(pasted(16))
    app.text_input(key="own_disk").set_value("たくさん").run()
    app = press(app)
    assert "たくさん" in app.error[0].value


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
@pytest.mark.parametrize("text", ["", "good morning", "name,setting,unit\nfsync\n", "fsync = off"])
def test_what_cannot_be_read_becomes_a_sentence(locale: str, text: str) -> None:
    app = visit(locale)
    app.text_area[0].set_value(text).run()
    app = press(app)
    assert len(app.error) == 1
    assert app.error[0].value


def test_the_version_of_the_address_serves_where_the_text_says_none() -> None:
    app = visit(v="17")
    app.text_area[0].set_value("fsync = off\nwal_level = replica\n").run()
    app = press(app)
    assert "fsync is off" in app.title[0].value


def test_the_script_for_psql_is_that_of_the_version_in_the_address() -> None:
    app = visit(v="12")
    assert any(each.value == psql_script(12).strip() for each in app.code)


def test_every_statement_is_shown_before_it_runs() -> None:
    app = visit(v="18")
    app.segmented_control(key="own_way").set_value("connect").run()
    shown = " ".join(each.value for each in app.code)
    assert all(sql in shown for _, sql in asked_of(18))


def test_a_connection_string_is_forgotten_and_never_repeated() -> None:
    app = visit()
    app.segmented_control(key="own_way").set_value("connect").run()
    app.text_input(key="own_dsn").set_value(f"postgresql://me:{PASSWORD}@127.0.0.1:1/postgres").run()
    app = press(app)
    assert app.error
    everything = " ".join(each.value for each in [*app.error, *app.markdown, *app.title])
    assert PASSWORD not in everything
    assert not app.text_input(key="own_dsn").value
    assert PASSWORD not in str(dict(app.query_params))


def test_where_others_reach_the_app_it_does_not_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALDOJO_LAB", "0")
    app = visit()
    assert app.segmented_control(key="own_way").options == ["Paste output"]
    assert any("probing" in each.value for each in app.caption)


def test_another_server_can_be_looked_at() -> None:
    app = visit()
    app.text_area[0].set_value(pasted(18)).run()
    app = press(app)
    next(each for each in app.button if each.label == "Look at another server").click().run()
    assert app.text_area
    assert "how long does WAL stay" in app.title[0].value
