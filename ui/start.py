"""What happens once, when the app is opened for the first time after its start."""

from __future__ import annotations

import threading
from contextlib import suppress

import streamlit as st


@st.cache_resource(show_spinner=False)
def sweep_once() -> None:
    """Remove what the lab of an app that was killed has left; beside the page, which does not wait for it."""
    threading.Thread(target=_sweep, name="sweep", daemon=True).start()


def _sweep() -> None:
    # The first page must come up whatever is wrong with a folder of the lab, and also where there is no lab.
    with suppress(Exception):
        from lab.sweeping import sweep

        sweep()
