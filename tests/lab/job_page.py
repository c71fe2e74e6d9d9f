"""A page that starts a run, as the dojo's own page does; only for tests/lab/test_killed.py."""

from pathlib import Path

import streamlit as st

from lab.jobs import Job
from simulator.loader import load

ROOT = Path(__file__).resolve().parents[2]


@st.cache_resource
def job() -> Job:
    return Job.start(load(ROOT / "scenarios/fetch-loses-wal.yaml"))


st.write(f"worker {job().pid}")
