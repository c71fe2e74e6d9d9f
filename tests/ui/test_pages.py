"""The pages without a browser: what they say, in which language, and that nothing in an address breaks them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui import address, conditions, shelf
from ui.language import LANGUAGES
from ui.pages import home

APP = Path(__file__).resolve().parents[2] / "app.py"


def visit(locale: str = "en-US", **query: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.context = {"locale": locale}
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize(
    ("locale", "title"), [("ja-JP", "WALの流れ"), ("en-GB", "where WAL goes"), ("de-DE", "where WAL goes")]
)
def test_the_browsers_language_decides(locale: str, title: str) -> None:
    assert title in visit(locale).title[0].value


def test_the_address_has_the_last_word_on_the_language() -> None:
    assert "WALの流れ" in visit("en-US", lang="ja").title[0].value


def test_home_reaches_every_scenario() -> None:
    app = visit("ja-JP")
    assert not app.exception
    shown = len(app.get("page_link"))
    assert shown == len(shelf.scenarios()) + sum(map(len, home.DOORS.values())) + 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_language_or_version_is_said_kindly(lang: str) -> None:
    app = visit("ja-JP" if lang == "ja" else "en-US", v="99", lang="tlh")
    assert not app.exception
    told = " ".join(warning.value for warning in app.warning)
    assert "99" in told
    assert "tlh" in told


def test_nothing_in_an_address_can_raise() -> None:
    odd = address.read({"v": "²", "lang": "\0", "scenario": "x" * 9000, "wal_keep_size": "", "": "y"})
    assert odd.version is None
    assert len(odd.scenario) <= address.LONGEST
    assert {problem.key for problem in odd.problems} == {"bad_version", "bad_language"}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("wal_kep_size", "1GB", "bad_setting"),
        ("max_wal_size", "banana", "bad_value"),
        ("max_wal_size", "", "bad_value"),
        ("block_size", "4096", "bad_value"),
        ("", "1", "bad_setting"),
    ],
)
def test_a_setting_that_a_server_would_refuse_becomes_a_sentence(name: str, value: str, problem: str) -> None:
    plan = shelf.scenarios()["fetch-loses-wal"].server
    good, problems = conditions.checked({name: value, "wal_keep_size": "64MB"}, plan, 14)
    assert good == {"wal_keep_size": "64MB"}
    assert [each.key for each in problems] == [problem]


def test_a_link_keeps_what_was_changed_and_drops_what_is_the_default() -> None:
    here = address.read({"scenario": "s", "lang": "ja", "v": "16", "wal_keep_size": "1GB", "step": "4"})
    assert here.query() == {"scenario": "s", "v": "16", "lang": "ja", "wal_keep_size": "1GB"}
    assert address.read({"scenario": "s"}).query() == {"scenario": "s"}


def test_every_word_of_a_message_finds_its_scenario() -> None:
    assert "fetch-loses-wal" in [each.id for each in shelf.matching("has already been REMOVED segment")]
    assert shelf.matching("no such words anywhere") == []
