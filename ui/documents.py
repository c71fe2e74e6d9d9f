"""A scenario under other conditions as a document of its own: a recording carries its scenario's text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import yaml

from simulator.loader import loads
from simulator.scenario import Scenario


def under(scenario: Scenario, settings: Mapping[str, str]) -> Scenario:
    """The same scenario with these settings written into it; itself where nothing changes.

    Raises ScenarioError where the servers of the scenario would refuse them.
    """
    if not settings:
        return scenario
    return loads(_written(scenario.source, tuple(sorted(settings.items()))).encode(), scenario.id)


@lru_cache(maxsize=64)
def _written(source: str, settings: tuple[tuple[str, str], ...]) -> str:
    tree = yaml.safe_load(source)
    server = tree.setdefault("server", {})
    server["settings"] = {**server.get("settings", {}), **dict(settings)}
    text: str = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=110)
    return text


def changes(scenario: Scenario, other: Scenario) -> dict[str, str]:
    """The settings of `scenario` that `other` has not, or has otherwise."""
    return {name: value for name, value in scenario.server.settings.items() if other.server.settings.get(name) != value}
