"""How far to trust this: what the model was held against, where it differs, and how to report one more difference."""

from __future__ import annotations

import streamlit as st

from ui import header, markup, report
from ui.address import Address
from ui.conformance import Figures, figures, percent
from ui.language import say


def show() -> None:
    """Draw the page."""
    here = header.current()
    header.switches(here)
    lang = here.lang
    st.title(say("trust_title", lang), anchor=False)
    header.problems(here)
    st.markdown(say("trust_what", lang))
    summary(lang)
    found = figures()
    if found and found.by_version:
        st.html(per_version(found, lang))
    _lab(here)
    st.header(say("trust_not_title", lang), anchor=False)
    st.markdown(say("trust_not", lang))
    st.header(say("trust_known_title", lang), anchor=False)
    known_differences(found, lang)
    st.header(say("trust_report_title", lang), anchor="report")
    st.markdown(say("trust_report", lang))
    st.code(say("trust_report_form", lang), language=None, wrap_lines=True)


def _lab(here: Address) -> None:
    """The scenarios on real servers: their report is a page of its own."""
    lang = here.lang
    st.header(say("trust_lab_title", lang), anchor=False)
    st.markdown(say("trust_lab", lang))
    if found := report.report():
        st.markdown(report.totals(found, lang))
    header.link("reality", say("trust_lab_more", lang), here)


def summary(lang: str) -> None:
    """The figures in a sentence."""
    found = figures()
    if found is None:
        st.info(say("trust_unmeasured", lang))
        return
    st.markdown(
        say(
            "trust_figures",
            lang,
            predicted=f"{found.predicted:,}",
            observations=f"{found.observations:,}",
            percent=found.percent,
            missed=f"{found.observations - found.predicted:,}",
            date=found.date,
        )
    )


def per_version(found: Figures, lang: str) -> str:
    """One row a major: the server it was held against, and how much agreed."""
    heads = [say(f"trust_col_{key}", lang) for key in ("version", "server", "observations", "predicted", "percent")]
    rows = [
        (str(major), found.servers.get(major, "–"), f"{seen:,}", f"{good:,}", percent(good, seen))
        for major, (good, seen) in found.by_version.items()
    ]
    return markup.table(heads, rows, say("trust_table", lang))


def known_differences(found: Figures | None, lang: str) -> None:
    """What is known and left, each with its reason."""
    if found is None or not found.differences:
        st.markdown(say("trust_known_none", lang))
        return
    for difference in found.differences:
        told = difference.get(lang) or difference.get("en") or next(iter(difference.values()), "")
        st.markdown(f"- {told}")
