"""Find scenario files: by path, or by the id of one that comes with the dojo."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path

from console.words import word
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
    path = scenario_path(given)
    if path.parent == SCENARIOS and not path.exists():
        known = sorted(file.stem for file in SCENARIOS.glob("*.yaml"))
        near = get_close_matches(given, known, n=3, cutoff=0.3) or known[:3]
        print(word("unknown_scenario", language, given=given, near=", ".join(near), count=len(known)), file=sys.stderr)
        return None
    try:
        return load(path)
    except ScenarioError as error:
        for fault in error.faults:
            print(fault.line_of_text(language), file=sys.stderr)
        return None
