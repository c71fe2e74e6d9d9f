"""The measure of every page's cost: a Streamlit page with nothing on it but a button and what it did."""

import streamlit as st

st.session_state.runs = st.session_state.get("runs", 0) + 1
st.button("again")
st.select_slider("slider", list(range(40)), key="slider")
st.markdown(f"run {st.session_state.runs}")
