"""Scenario files that a visitor opens: good ones play, faulty ones say what to mend, nothing in them is obeyed."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from simulator.faults import ScenarioError
from tests.ui.test_asking import told
from tests.ui.test_pages import visit
from ui import language, markup, opened, openers

SOURCE = (Path(__file__).resolve().parents[2] / "scenarios" / "fetch-loses-wal.yaml").read_text(encoding="utf-8")
TITLE = "Can a fetch backup (-Xf) finish on a server that writes a lot?"
TOO_LONG = SOURCE.replace("write: 128MB", "write: 60GB").replace("max_wal_size: 64MB", "max_wal_size: 32MB")


def opened_with(text: str, locale: str = "en-US") -> AppTest:
    app = visit(locale)
    app.switch_page("/scenarios") if False else None
    return app


def on_the_list(lang: str = "en", **query: str) -> AppTest:
    """An address that names a scenario of nobody's leads to the list."""
    return visit(scenario="no-such-scenario", lang=lang, **query)


def upload(app: AppTest, text: str, name: str = "mine.yaml") -> AppTest:
    app.file_uploader(openers.SCENARIO).set_value((name, text.encode(), "application/yaml")).run()
    assert not app.exception
    return app
