"""WAL Dojo: what every page begins with."""

import streamlit as st

from ui import doors, header, start

st.set_page_config(page_title=header.BRAND, layout="wide", initial_sidebar_state="collapsed")
start.sweep_once()
start.warm_once()
header.brand()
pages = doors.pages(header.current().lang)
st.session_state[header.PAGES] = pages
st.navigation(list(pages.values()), position="top").run()
