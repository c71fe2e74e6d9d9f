"""The drawer 'change the conditions': at most five controls, and behind them every parameter of the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import streamlit as st

from simulator.play import initial_settings
from simulator.scenario import Scenario, ServerPlan
from simulator.settings import InvalidValue, ServerSettings, UnmodelledParameter, parameters, parse_value
from ui import address, header, shelf
from ui.address import Problem
from ui.language import say

CONTROLS = 5
# More values than this are easier to find on a slider than in a row of buttons.
BUTTONS = 3


def checked(given: Mapping[str, str], plan: ServerPlan, major: int) -> tuple[dict[str, str], list[Problem]]:
    """The settings of an address that the server would take, and a sentence for each that it would not."""
    good: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        try:
            initial_settings(plan, major, {name: value})
        except UnmodelledParameter:
            problems.append(Problem("unmodelled_setting", {"name": name}))
        except InvalidValue as refusal:
            key = "bad_setting" if name not in parameters(major) else "bad_value"
            facts = {"name": name, "value": value, "version": str(major), "message": refusal.message}
            problems.append(Problem(key, facts))
        else:
            good[name.lower()] = value
    return good, problems


def written(scenario: Scenario, major: int, name: str) -> str:
    """The value that the scenario begins with, as somebody would write it."""
    if name in scenario.server.settings:
        return scenario.server.settings[name]
    lines = initial_settings(scenario.server, major, {}).effective_lines()
    if name in lines:
        return lines[name]
    # 12 calls wal_keep_size wal_keep_segments; the scenario's word is understood there too.
    return _beginning(scenario.id, major).show(name) if name in parameters(major) else "0"


def changed(scenario: Scenario, major: int, settings: Mapping[str, str]) -> dict[str, str]:
    """Those that are not the scenario's own."""
    return {name: value for name, value in settings.items() if value != written(scenario, major, name)}


@cache
def _beginning(scenario_id: str, major: int) -> ServerSettings:
    return initial_settings(shelf.known(scenario_id).server, major, {})


def _amount(name: str, value: str, major: int) -> float:
    """For sorting values of one parameter: its number in the parameter's unit."""
    known = parameters(major).get(name)
    if known is None:
        return 0.0
    try:
        number = parse_value(known, value)
    except InvalidValue:
        return 0.0
    return float(number) if isinstance(number, bool | int | float) else 0.0


def _changed(name: str, key: str, base: str) -> None:
    """A control was moved: the address says so, and what equals the scenario's own value drops out."""
    here = address.read(st.query_params.to_dict())
    value = st.session_state[key]
    settings = {n: v for n, v in here.settings.items() if n != name}
    if value is not None and value != base:
        settings[name] = value
    header.go(replace(here, settings=settings))


def _reset(name: str | None = None) -> None:
    here = address.read(st.query_params.to_dict())
    kept = {n: v for n, v in here.settings.items() if name is not None and n != name}
    header.go(replace(here, settings=kept))


def drawer(scenario: Scenario, major: int, settings: Mapping[str, str], lang: str) -> None:
    """The controls that the scenario offers, then all others."""
    with st.container(border=True, key="conditions"):
        st.markdown(f"**{say('conditions', lang)}**")
        for condition in scenario.conditions[:CONTROLS]:
            _control(scenario, condition.name, condition.values, settings, major)
        if settings:
            st.button(say("reset_all", lang), on_click=_reset, width="stretch")
        # Its list of parameters is made only for those who open it: every changed setting would pay for it.
        rest = st.expander(say("all_settings", lang), key="all_settings", on_change="rerun")
        if rest.open:
            with rest:
                _all_settings(scenario, major, settings, lang)


def _control(scenario: Scenario, name: str, values: tuple[str, ...], settings: Mapping[str, str], major: int) -> None:
    base = written(scenario, major, name)
    now = settings.get(name, base)
    options = sorted(dict.fromkeys([*values, base, now]), key=lambda value: _amount(name, value, major))
    key = f"set:{scenario.id}:{name}"
    st.session_state[key] = now
    if len(options) <= BUTTONS:
        st.segmented_control(name, options, key=key, required=True, on_change=_changed, args=(name, key, base))
    else:
        st.select_slider(name, options, key=key, on_change=_changed, args=(name, key, base))


def _all_settings(scenario: Scenario, major: int, settings: Mapping[str, str], lang: str) -> None:
    names = sorted(name for name, known in parameters(major).items() if known.context != "internal")
    chosen = st.selectbox(
        say("find_setting", lang, count=len(names)),
        names,
        index=None,
        key="find_setting",
        placeholder=say("find_setting_hint", lang),
    )
    if chosen:
        known = parameters(major)[chosen]
        base = written(scenario, major, chosen)
        key = f"any:{scenario.id}:{chosen}"
        st.session_state.setdefault(key, settings.get(chosen, base))
        st.text_input(
            chosen, key=key, help=_help(known.vartype, known.min, known.max, known.unit, known.enumvals, lang)
        )
        value = st.session_state[key]
        good, problems = checked({chosen: value}, scenario.server, major)
        for problem in problems:
            st.warning(say("refused_value", lang, message=problem.facts.get("message", problem.facts["name"])))
        st.button(
            say("apply", lang),
            on_click=_changed,
            args=(chosen, key, base),
            width="stretch",
            disabled=not good or settings.get(chosen, base) == value,
        )
    for name, value in settings.items():
        st.button(say("reset_one", lang, name=name, value=value), key=f"reset:{name}", on_click=_reset, args=(name,))


def _help(
    vartype: str, low: float | None, high: float | None, unit: str | None, words: tuple[str, ...], lang: str
) -> str:
    if words:
        return say("help_words", lang, words=", ".join(words))
    if low is not None and high is not None:
        return say("help_range", lang, low=f"{low:g}", high=f"{high:g}", unit=unit or "–")
    return say("help_type", lang, type=vartype)
