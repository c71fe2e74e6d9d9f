"""Scenario files that a visitor opened: kept for their session, under an id made from what is in the file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import islice

import streamlit as st

from simulator.faults import ScenarioError
from simulator.loader import loads
from simulator.play import first_world, initial_settings, outcomes
from simulator.scenario import Condition, Scenario
from simulator.settings import InvalidValue, UnmodelledParameter
from simulator.yaml_tree import MAX_BYTES

KEPT = "opened_files"
PREFIX = "file-"
MOST = 20
"""Of one visitor; older ones are forgotten."""
MOST_STEPS = 5000
"""More cannot be watched, and a slip of the keyboard must not keep the page busy for minutes."""
MOST_CONDITIONS, MOST_VALUES = 5, 12
MAX_MEGABYTES = MAX_BYTES // 1_000_000


class TooLong(Exception):
    """A scenario of more steps than the Theatre plays."""


def is_file(scenario_id: str) -> bool:
    """Does this id belong to a file that somebody opened?"""
    return scenario_id.startswith(PREFIX)


def open_file(raw: bytes, name: str) -> Scenario:
    """Read a scenario and keep it.  Raises ScenarioError for what is wrong in it, or TooLong."""
    scenario = loads(raw, name)
    if longer_than(scenario, MOST_STEPS):
        raise TooLong
    mine = replace(scenario, id=PREFIX + hashlib.sha256(raw).hexdigest()[:8], conditions=_worth_offering(scenario))
    files = _files()
    files[mine.id] = mine
    for old in list(files)[:-MOST]:
        del files[old]
    return mine


def _worth_offering(scenario: Scenario) -> tuple[Condition, ...]:
    """Of the conditions that the file names those that a server would take, and no more than can be shown."""
    found = []
    for condition in scenario.conditions[:MOST_CONDITIONS]:
        values = tuple(v for v in condition.values[:MOST_VALUES] if _taken(scenario, condition.name, v))
        if values:
            found.append(Condition(condition.name, values))
    return tuple(found)


def _taken(scenario: Scenario, name: str, value: str) -> bool:
    try:
        initial_settings(scenario.server, scenario.server.version, {name: value})
    except (InvalidValue, UnmodelledParameter):
        return False
    return True


def longer_than(scenario: Scenario, steps: int) -> bool:
    """Has its run, on the version that it is written for, more steps than this?"""
    major = scenario.server.version
    run = outcomes(first_world(scenario.server, major, {}), scenario.planned(major))
    return sum(1 for _ in islice(run, steps + 1)) > steps


def find(scenario_id: str) -> Scenario | None:
    """A file of this visitor's; None when it is not there, or not any more."""
    return _files().get(scenario_id)


def files() -> list[Scenario]:
    """All of this visitor's files, the newest first."""
    return list(reversed(_files().values()))


def _files() -> dict[str, Scenario]:
    kept: dict[str, Scenario] = st.session_state.setdefault(KEPT, {})
    return kept


def faults(error: ScenarioError, lang: str) -> str:
    """Every fault with its line and field, one a line."""
    return "\n".join(fault.line_of_text(lang) for fault in error.faults)
