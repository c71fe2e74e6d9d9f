"""One page without a browser: AppTest begins at the default page, so the wanted one is made the default."""

from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from ui import header
from ui.pages import {names}

header.current()
pages = {{name: st.Page(page.show, title=name, url_path=name, default=name == {wanted!r})
         for name, page in dict({pairs}).items()}}
st.session_state[header.PAGES] = pages
st.navigation(list(pages.values())).run()
"""
NAMES = (
    *(
        "challenge",
        "challenges",
        "errors",
        "history",
        "home",
        "lesson",
        "lessons",
        "own_server",
        "paper",
        "practice",
        "progress",
        "questions",
        "reality",
    ),
    *("scenarios", "terminal", "theatre", "trust"),
)


def page(wanted: str, **query: str) -> AppTest:
    """The page as a new visitor from somewhere English sees it under an address."""
    pairs = ", ".join(f"{name}={name}" for name in NAMES)
    app = AppTest.from_string(SCRIPT.format(names=", ".join(NAMES), wanted=wanted, pairs=pairs), default_timeout=30)
    app.context = {"locale": "en-US", "timezone": "UTC"}
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    """All that the page says, without the marks that keep words from being Markdown."""
    kinds = (app.title, app.caption, app.info, app.warning, app.error, app.markdown, app.code, app.html)
    said = (getattr(each, "value", None) or each.proto.body for kind in kinds for each in kind)
    return " ".join(str(each) for each in said).replace("\\", "")
