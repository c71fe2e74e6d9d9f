"""What happens once, when the app is opened for the first time after its start."""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module

import streamlit as st

SETTLED_SECONDS = 2.0
STUDY_PAGES = ("practice", "mock", "progress", "seek", "past", "lessons", "lesson")


@st.cache_resource(show_spinner=False)
def sweep_once() -> None:
    """Remove what the lab of an app that was killed has left; beside the page, which does not wait for it."""
    threading.Thread(target=_sweep, name="sweep", daemon=True).start()


@st.cache_resource(show_spinner=False)
def warm_once() -> None:
    """Read the bank and the code of the study pages, so that nobody waits for them; after the first page is drawn."""
    later = threading.Timer(SETTLED_SECONDS, _warm)
    later.daemon = True
    later.start()


def _warm() -> None:
    # Whatever is wrong there is told on the page itself.
    with suppress(Exception):
        for page in STUDY_PAGES:
            import_module(f"ui.study.{page}")
        import_module("quizzes.loader").bank()


def _sweep() -> None:
    # The first page must come up whatever is wrong with a folder of the lab, and also where there is no lab.
    with suppress(Exception):
        from lab.sweeping import sweep

        sweep()
