"""Prediction and reality: the report of all scenarios and versions, and one run beside its prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from simulator import versions
from simulator.scenario import Scenario
from ui import asking, documents, header, headline, markup, opened, openers, realities, report, shelf
from ui.address import Address, Problem
from ui.comparison import skipped_words
from ui.language import say, tell, words
from ui.realities import Held
from ui.report import Report
from ui.stage import feed, stage


def show() -> None:
    """Draw the page: the run or the scenario of the address, or the report."""
    here = header.current()
    held = realities.find(here.run) if here.run else None
    gone = [Problem("run_gone", {"run": here.run})] if here.run and held is None else []
    scenario = shelf.find(here.scenario) if here.scenario else None
    if here.scenario and scenario is None and held is None and not gone:
        gone = [Problem("bad_scenario", {"scenario": here.scenario})]
    if held is None and scenario is not None:
        major = _major(scenario, here)
        if here.version not in {None, major}:
            gone += [_not_here(scenario, here, major)]
        held = realities.newest(scenario.id, major)
        if held is None:
            _not_yet(scenario, major, here, gone)
            return
    if held is None:
        _report(here, gone)
        return
    _side_by_side(held, here, gone)


def _plain(here: Address) -> Address:
    """The page's own address, without a scenario or a run."""
    return replace(here, scenario="", version=None, run="", settings={})


def _major(scenario: Scenario, here: Address) -> int:
    """The version of the address, else the newest of which there is a recording, else the scenario's own."""
    suits = scenario.server.versions
    if here.version in suits:
        return here.version or versions.DEFAULT
    recorded = [major for name, major in realities.catalogue() if name == scenario.id and major in suits]
    return max(recorded, default=scenario.server.version)


def _not_here(scenario: Scenario, here: Address, shown: int) -> Problem:
    known = ", ".join(map(str, sorted(scenario.server.versions)))
    return Problem("version_not_here", {"version": str(here.version), "known": known, "shown": str(shown)})


# One run beside its prediction


def _side_by_side(held: Held, here: Address, gone: list[Problem]) -> None:
    top = st.container(key="headline", gap="xxsmall")
    stage(words("stage", here.lang))
    feed(held.stage_text(here.lang))
    with top:
        _head(held, here, gone)
    _below(held, here)


def _head(held: Held, here: Address, gone: list[Problem]) -> None:
    lang, recording = here.lang, held.reality.recording
    header.switches(replace(here, version=recording.major))
    own = _own(held)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        header.link_here("report", tell("reality", "to_report", lang), _plain(here))
        title = markup.plain(recording.scenario.title.of(lang))
        if own is None:
            st.caption(tell("reality", "of_scenario", lang, title=title))
        else:
            changed = documents.changes(recording.scenario, own)
            facts = {"scenario": own.id, "v": str(recording.major), **changed}
            header.link("theatre", tell("reality", "to_theatre", lang, title=title), here, **facts)
    st.title(markup.plain(headline.sentence(held.reality, lang)), anchor=False)
    header.problems(here, *gone)
    reason = skipped_words(held.reality, lang)
    if reason:
        st.info(markup.plain(tell("reality", "stopped", lang, reason=reason)))
    st.markdown(_times_of(held, lang))
    st.caption(_notes(held, own, lang))


def _own(held: Held) -> Scenario | None:
    """The scenario that the Theatre can play for this run; None for one that this visitor has not opened."""
    recorded = held.reality.recording.scenario
    for each in opened.files():
        if each.source == recorded.source:
            return each
    own = shelf.scenarios().get(recorded.id)
    return own if own is not None and own.timeline == recorded.timeline else None


def _times_of(held: Held, lang: str) -> str:
    """The seconds of both, side by side."""
    recording = held.reality.recording
    facts = {
        "release": markup.plain(recording.release),
        "seconds": f"{recording.seconds:.1f}",
        "ms": f"{held.prediction_seconds * 1000:.2g}",
        "times": f"{held.times_faster:,.0f}",
    }
    return tell("reality", "ran", lang, **facts)


def _notes(held: Held, own: Scenario | None, lang: str) -> str:
    """How much differs, where the recording comes from, and the conditions that were changed."""
    reality, recording = held.reality, held.reality.recording
    notes = [tell("reality", f"source_{held.source}", lang, date=recording.date)]
    if reality.wrong:
        notes.insert(0, tell("reality", "differ_in_all", lang, n=reality.wrong, of=reality.equal + reality.wrong))
    if own and (changed := documents.changes(recording.scenario, own)):
        told = ", ".join(f"{name} = {value}" for name, value in sorted(changed.items()))
        notes.append(tell("reality", "changed", lang, changes=told))
    return markup.plain(" · ".join(notes))


def _below(held: Held, here: Address) -> None:
    own = _own(held)
    if own is not None and held.source != "live":
        changed = documents.changes(held.reality.recording.scenario, own)
        asking.strip(own, held.reality.recording.major, changed, here)
    st.download_button(
        tell("reality", "save", here.lang),
        data=lambda: realities.file_of(held),
        file_name=f"{held.reality.recording.scenario.id}-{held.reality.recording.major}.json",
        mime="application/json",
        on_click="ignore",
    )


# A scenario without a recording


def _not_yet(scenario: Scenario, major: int, here: Address, gone: list[Problem]) -> None:
    lang = here.lang
    header.switches(replace(here, version=major))
    title = markup.plain(scenario.title.of(lang))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        header.link_here("report", tell("reality", "to_report", lang), _plain(here))
        to = tell("reality", "to_theatre", lang, title=title)
        header.link("theatre", to, here, scenario=scenario.id, v=str(major))
    found = report.report()
    row = found.of(scenario.id, major) if found else None
    st.title(markup.plain(headline.of_row(row, lang)), anchor=False)
    header.problems(here, *gone)
    if found and row:
        key = "reported" if row.compared else "reported_off"
        facts = {"date": found.date, "release": row.release, "reason": markup.plain(report.reason(row, lang))}
        st.markdown(tell("reality", key, lang, **facts))
    else:
        st.markdown(tell("reality", "not_shipped", lang, title=title, major=major))
    asking.strip(scenario, major, {}, here)


# The report


def _report(here: Address, gone: list[Problem]) -> None:
    lang = here.lang
    header.switches(here)
    st.title(tell("reality", "title", lang), anchor=False)
    header.problems(here, *gone)
    st.markdown(tell("reality", "lead", lang))
    found = report.report()
    if found is None:
        st.info(tell("reality", "no_report", lang))
    else:
        st.markdown(report.totals(found, lang))
    asking.watch(here)
    _runs(here)
    if found is not None:
        groups = {say(f"group_{name.replace('-', '')}", lang): members for name, members in shelf.grouped().items()}
        query = {"lang": lang} if here.lang_chosen else {}
        report.matrix(report.matrix_text(found, groups, query, lang), _open)
        st.caption(tell("reality", "marks", lang))
        _left_out(found, lang)
    with st.container(border=True, key="open-recording"):
        st.header(tell("reality", "open_title", lang), anchor=False)
        openers.recording(here)


def _open(scenario: str, major: int) -> None:
    """A cell of the report was chosen."""
    header.go(replace(_plain(header.current()), scenario=scenario, version=major))


def _runs(here: Address) -> None:
    """The visitor's own, since they opened the page."""
    mine = realities.mine()
    if not mine:
        return
    with st.container(border=True, gap="xxsmall", key="group-runs"):
        st.header(tell("reality", "runs_title", here.lang), anchor=False)
        for held in mine:
            recording = held.reality.recording
            facts: Mapping[str, str] = {
                "mark": "≠" if held.reality.wrong else "✓",
                "title": markup.plain(recording.scenario.title.of(here.lang)),
                "release": markup.plain(recording.release),
                "sentence": markup.plain(headline.sentence(held.reality, here.lang)),
            }
            label = tell("reality", "run_link", here.lang, **facts)
            to = replace(_plain(here), scenario=recording.scenario.id, version=recording.major, run=held.id)
            header.link_here(held.id, label, to)


def _left_out(found: Report, lang: str) -> None:
    """What was not performed and why, each reason once for a scenario."""
    left: dict[tuple[str, str], list[int]] = {}
    for row in found.rows:
        if row.reason:
            left.setdefault((row.scenario, report.reason(row, lang)), []).append(row.major)
    if not left:
        return
    with st.expander(tell("reality", "left_out_title", lang)):
        for (name, reason), majors in left.items():
            scenario = shelf.scenarios().get(name)
            title = markup.plain(scenario.title.of(lang) if scenario else name)
            majors_ = ", ".join(map(str, sorted(majors)))
            facts = {"title": title, "majors": majors_, "reason": markup.plain(reason)}
            st.markdown("- " + tell("reality", "left_out", lang, **facts))
