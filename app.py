"""WAL Dojo: what every page begins with."""

import streamlit as st

from ui import doors, header, start

st.set_page_config(page_title=header.BRAND, layout="wide", initial_sidebar_state="collapsed")
start.sweep_once()
header.brand()
lang = header.current().lang
pages = doors.pages(lang)
st.session_state[header.PAGES] = pages
st.navigation(doors.menu(pages, lang), position="top").run()
