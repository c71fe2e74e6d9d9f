"""Theatre."""

import streamlit as st

from ui import header


def show() -> None:
    """Draw the page."""
    here = header.current()
    header.switches(here)
    st.title("Theatre")
