"""The page of the terminal without a browser: links, versions, the sandbox, and both languages."""

import base64
import json
import re
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ui import terminal
from ui.language import LANGUAGES, words
from ui.terminal import answering, sharing, sitting
from ui.terminal import desk as desks
from ui.terminal.desk import Desk
from ui.terminal.sitting import Line, Sitting
from ui.terminal.start import Start

SCRIPT = """
import streamlit as st
from ui import header
from ui.pages import challenges, home, terminal

pages = {"home": st.Page(home.show, title="home", url_path="home"),
         "challenges": st.Page(challenges.show, title="challenges", url_path="challenges"),
         "terminal": st.Page(terminal.show, title="terminal", url_path="terminal", default=True)}
st.session_state[header.PAGES] = pages
st.navigation(list(pages.values())).run()
"""


def typed(*lines: str | tuple[int, str]) -> Sitting:
    return sitting.begin(Start(), [Line(0, each) if isinstance(each, str) else Line(*each) for each in lines])


def said(of: Sitting) -> str:
    return of.now.said.out + of.now.said.err


def visit(locale: str = "en-US", **query: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.context = {"locale": locale}
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def desk_of(app: AppTest) -> Desk:
    kept: Desk = app.session_state["terminal_desk"]
    return kept


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_opens_the_state_and_a_broken_one_a_fresh_host_with_a_word(lang: str) -> None:
    here = typed("touch x", (1, "psql shop"))
    app = visit(lang=lang, c=sharing.code(here))
    assert desk_of(app).sitting.now == here.now
    assert not app.warning
    app = visit(lang=lang, c="no-code-of-ours")
    assert "c=" in app.warning[0].value
    assert desk_of(app).sitting.lines == ()


def test_another_version_types_the_same_lines_again() -> None:
    app = visit(c=sharing.code(typed("pg_dump --version")))
    app.selectbox(key="version").set_value(17).run()
    assert not app.exception
    now = desk_of(app).sitting
    assert now.start.major == 17
    assert said(now).startswith("pg_dump (PostgreSQL) 17")


def test_the_sandbox_starts_again_with_checked_lines() -> None:
    app = visit()
    app.text_area(key="terminal_lines").input("wal_level = banana").run()
    assert "banana" in app.warning[0].value
    app.button[-1].click().run()
    assert desk_of(app).sitting.start.lines == ()
    app.text_area(key="terminal_lines").input("wal_keep_size = 64MB").run()
    app.button[-1].click().run()
    assert not app.exception
    assert desk_of(app).sitting.start.lines == (("wal_keep_size", "64MB"),)


def test_a_mistake_of_the_dojo_at_the_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sitting, "first_host", broken)
    assert "ZeroDivisionError" in visit().error[0].value


def test_the_modules_of_the_terminal_share_one_scope_without_a_clash() -> None:
    tops = re.findall(
        r"^(?:export )?(?:const|let|class|function|async function) (\w+)", terminal.bundle(), re.MULTILINE
    )
    assert len(tops) == len(set(tops))
    assert "import " not in terminal.bundle()
    assert terminal.bundle().count("export ") == 1


def test_every_word_that_the_terminal_asks_for_is_in_its_catalogues() -> None:
    asked = set(re.findall(r"\bL\.([a-z_]+)", terminal.bundle()))
    assert asked <= words("stage", "ja").keys() | words("terminal", "ja").keys() | words("challenges", "ja").keys()


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(exclude_categories=()))),
    lambda inner: st.lists(inner, max_size=4),
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["run", "dojo", "go", "complete", "look"]),
    st.dictionaries(st.sampled_from(["seat", "lines", "text", "have"]), JSON),
)
@example("look", {"seat": 1.0})
@example("run", {"lines": ["ls \ud800"]})
def test_no_value_in_a_message_can_raise_and_what_comes_of_it_can_be_told(do: str, told: dict[str, object]) -> None:
    desk = desks.begun(Start(14))
    desks.obey(desk, json.dumps({"seq": 1, "do": do, **told}))
    assert json.loads(answering.answer(desk, "ja").encode())["ack"] == 1
    assert sharing.plan_of(desk.code, 14).lines == desk.sitting.lines


def test_half_a_character_in_a_link_is_a_broken_link() -> None:
    half = base64.urlsafe_b64encode(zlib.compress(b'{"l":[[0,"ls \\ud800"]]}')).decode()
    with pytest.raises(sharing.Unreadable, match="bad_link"):
        sharing.plan_of(half, 14)
