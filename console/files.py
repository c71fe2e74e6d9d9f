"""Find scenario files: by path, or by the id of one that comes with the dojo."""

from __future__ import annotations

import sys
from pathlib import Path

from simulator.faults import ScenarioError
from simulator.loader import load
from simulator.scenario import Scenario

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


def scenario_path(given: str) -> Path:
    """The file meant by a path or an id."""
    path = Path(given)
    if path.exists() or path.suffix in (".yaml", ".yml") or "/" in given:
        return path
    return SCENARIOS / f"{given}.yaml"


def load_or_tell(given: str, language: str) -> Scenario | None:
    """Load a scenario; a malformed one is told on standard error, and None comes back."""
    try:
        return load(scenario_path(given))
    except ScenarioError as error:
        for fault in error.faults:
            print(fault.line_of_text(language), file=sys.stderr)
        return None
