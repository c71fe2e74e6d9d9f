"""WAL Dojo: the list of pages."""

import streamlit as st

from ui import header, start
from ui.language import say, tell
from ui.pages import challenge, challenges, errors, home, own_server, reality, scenarios, terminal, theatre, trust

st.set_page_config(page_title=header.BRAND, layout="wide", initial_sidebar_state="collapsed")
start.sweep_once()
lang = header.current().lang
header.brand()
pages = {
    "home": st.Page(home.show, title=say("nav_home", lang), url_path="home", default=True),
    "scenarios": st.Page(scenarios.show, title=say("nav_scenarios", lang), url_path="scenarios"),
    "challenges": st.Page(challenges.show, title=tell("challenges", "nav", lang), url_path="challenges"),
    "challenge": st.Page(
        challenge.show, title=tell("challenges", "nav", lang), url_path="challenge", visibility="hidden"
    ),
    "terminal": st.Page(terminal.show, title=tell("terminal", "nav", lang), url_path="terminal"),
    "errors": st.Page(errors.show, title=tell("errors", "nav", lang), url_path="errors"),
    "theatre": st.Page(theatre.show, title=say("nav_theatre", lang), url_path="theatre", visibility="hidden"),
    "reality": st.Page(reality.show, title=say("nav_reality", lang), url_path="reality"),
    "own_server": st.Page(own_server.show, title=tell("own_server", "nav", lang), url_path="own-server"),
    "trust": st.Page(trust.show, title=say("nav_trust", lang), url_path="trust"),
}
st.session_state[header.PAGES] = pages
st.navigation(list(pages.values()), position="top").run()
