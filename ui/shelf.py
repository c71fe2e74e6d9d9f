"""All scenarios, by id, and their groups: the doors of the home page; and the files that a visitor opened."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from simulator.loader import loads
from simulator.scenario import Scenario
from ui import opened

# Their order on the pages; names are those of `method` in a scenario file.
METHODS = ("logical", "cold", "basebackup", "low-level", "wal")


@cache
def scenarios() -> dict[str, Scenario]:
    """Id → scenario, sorted by method and id. A faulty file raises here, as it does in the suite."""
    found = [
        loads(each.read_bytes(), each.name) for each in files("scenarios").iterdir() if each.name.endswith(".yaml")
    ]
    return {each.id: each for each in sorted(found, key=lambda each: (METHODS.index(each.method), each.id))}


def find(scenario_id: str) -> Scenario | None:
    """A scenario of the dojo, or a file that this visitor opened."""
    return scenarios().get(scenario_id) or opened.find(scenario_id)


def known(scenario_id: str) -> Scenario:
    """A scenario that is known to be there; raises KeyError."""
    found = find(scenario_id)
    if found is None:
        raise KeyError(scenario_id)
    return found


@cache
def grouped() -> dict[str, tuple[Scenario, ...]]:
    """Method → its scenarios; a method without any is left out."""
    everything = scenarios().values()
    groups = {method: tuple(each for each in everything if each.method == method) for method in METHODS}
    return {method: members for method, members in groups.items() if members}


def matching(query: str) -> list[Scenario]:
    """Scenarios whose title, prose, messages or id contain every word of the query."""
    words = query.lower().split()
    return [each for each in scenarios().values() if all(word in _haystack(each.id) for word in words)]


@cache
def _haystack(scenario_id: str) -> str:
    each = scenarios()[scenario_id]
    texts = [each.id, each.title.ja, each.title.en, each.prose.ja, each.prose.en, each.outcome.ja, each.outcome.en]
    return "\n".join([*texts, *each.messages, *each.objectives]).lower()
