"""The ending that a scenario promises, asked of the real run.

Only those conditions are asked for which it is enough to have seen the server: exit codes, output, and the log, which
the comparison by field only shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator.ending import evaluate, step_asked
from simulator.play import Prediction
from simulator.recording import Reality
from simulator.scenario import Check

SEEN: Mapping[str, str] = {
    "exit": "exit_code",
    "waits": "exit_code",
    "stdout": "stdout",
    "stderr": "stderr",
    "log": "server_log",
}
"""Condition to the field of the observation that answers it."""
_THIRD_FAILURE = "failed too many times"
"""The archiver says so after three tries, a second apart; the lab holds it after the first."""


@dataclass(frozen=True, slots=True)
class Ending:
    """One condition: what was promised, and what the real server gave."""

    kind: str
    facts: str
    met: bool
    found: str


def endings(reality: Reality) -> tuple[Ending, ...]:
    """Every condition that this run can answer.

    A real server does not begin exactly as the lesson's: a condition that the prediction from the server's own first
    moment does not meet is about the beginning, and is not asked.
    """
    # The model's events only say which segment `{first_needed}` is.
    ours = reality.prediction.run.steps
    steps = tuple(
        replace(step, events=ours[index].events if index < len(ours) else ())
        for index, step in enumerate(reality.run.steps)
    )
    run = replace(reality.run, steps=steps)
    scenario = reality.recording.scenario
    promised = tuple(verdict.check for verdict in evaluate(scenario, reality.prediction) if verdict.met)
    asked = replace(scenario, ending=tuple(check for check in promised if _answered(check, reality)))
    return tuple(
        Ending(verdict.check.kind, _words(verdict.check.facts), verdict.met, verdict.found.strip())
        for verdict in evaluate(asked, Prediction(run, reality.prediction.worlds))
    )


def _answered(check: Check, reality: Reality) -> bool:
    field = SEEN.get(check.kind)
    if field is None or any(step.skipped for step in reality.run.steps):
        return False
    if check.kind == "log":
        return _THIRD_FAILURE not in str(check.facts["is"])
    step = step_asked(reality.recording.scenario, reality.run, str(check.facts.get("of", "")))
    return step is not None and field not in step.unknown


def _words(facts: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {fact}" for name, fact in facts.items() if fact != "")
