"""'Find by error message' without a browser: cards in both languages, links, and pastes that mean harm."""

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from ui import header
from ui.pages import challenge, errors, theatre

header.current()
pages = {
    "errors": st.Page(errors.show, title="errors", url_path="errors", default=True),
    "theatre": st.Page(theatre.show, title="theatre", url_path="theatre"),
    "challenge": st.Page(challenge.show, title="challenge", url_path="challenge"),
}
st.session_state[header.PAGES] = pages
st.navigation(list(pages.values())).run()
"""
LOST = "ERROR:  requested WAL segment 0000000300000A1F000000FE has already been removed"


def explained(pasted: str, locale: str = "en-US") -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=30)
    app.context = {"locale": locale}
    app.run()
    app.text_area[0].input(pasted)
    app.button[-1].click().run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    parts = [each.value for kind in (app.header, app.caption, app.info, app.markdown) for each in kind]
    parts += [each.proto.body for each in app.get("html")]
    return " ".join(parts).replace("\\", "")


@pytest.mark.parametrize(
    ("locale", "title"),
    [("en-US", "WAL segment 0000000300000A1F000000FE is gone"), ("ja-JP", "0000000300000A1F000000FE はもう")],
)
def test_a_card_names_what_was_pasted(locale: str, title: str) -> None:
    app = explained(LOST, locale)
    assert title in told(app)
    assert "pg_create_physical_replication_slot" in told(app)
    links = app.get("page_link")
    assert links
    assert "scenario=fetch-loses-wal" in links[0].proto.query_string


def test_a_card_leads_to_a_challenge_about_the_same_thing() -> None:
    app = explained("FATAL:  multiple recovery targets specified")
    links = [link for link in app.get("page_link") if link.proto.page == "challenge"]
    assert [link.proto.query_string for link in links if "id=one-target-too-many" in link.proto.query_string]
    assert all("Try it yourself" in link.proto.label for link in links)


def test_a_cause_stands_before_its_consequence() -> None:
    app = explained("pg_ctl: could not start server\nFATAL:  multiple recovery targets specified")
    titles = [each.value for each in app.header]
    assert titles == ["More than one recovery target", "The server did not start\\; the reason is in its log"]
    assert "This follows from: More than one recovery target" in told(app)


def test_what_is_pasted_stays_text() -> None:
    app = explained('ERROR:  relation "<img src=x onerror=alert(1)>" does not exist')
    html = "".join(each.proto.body for each in app.get("html") if "wd-card" in each.proto.body)
    assert "<img" not in html
    assert "&lt;img" in html


def test_words_find_entries_that_are_called_near() -> None:
    app = explained("max_wal_size is a hard cap")
    assert "only similar in its words" in told(app)
    assert any("max" in each.label for each in app.expander)


def test_an_unknown_message_says_so() -> None:
    assert "not explained here yet" in told(explained("FATAL:  xyzzy plugh"))


def test_every_example_is_explained_without_anything_unknown() -> None:
    app = AppTest.from_string(SCRIPT, default_timeout=30)
    app.context = {"locale": "ja-JP"}
    app.run()
    for number in range(3):
        app.button[number + 0].click().run()
        assert not app.exception
        assert app.header, number
        assert "このメッセージの説明はまだありません" not in told(app)
