"""WAL Dojo: the list of pages."""

import streamlit as st

from ui import header, start
from ui.language import say
from ui.pages import home, reality, scenarios, theatre, trust

st.set_page_config(page_title=header.BRAND, layout="wide", initial_sidebar_state="collapsed")
start.sweep_once()
lang = header.current().lang
header.brand()
pages = {
    "home": st.Page(home.show, title=say("nav_home", lang), url_path="home", default=True),
    "scenarios": st.Page(scenarios.show, title=say("nav_scenarios", lang), url_path="scenarios"),
    "theatre": st.Page(theatre.show, title=say("nav_theatre", lang), url_path="theatre", visibility="hidden"),
    "reality": st.Page(reality.show, title=say("nav_reality", lang), url_path="reality"),
    "trust": st.Page(trust.show, title=say("nav_trust", lang), url_path="trust"),
}
st.session_state[header.PAGES] = pages
st.navigation(list(pages.values()), position="top").run()
