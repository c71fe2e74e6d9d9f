"""A document on which model and server part: what differs first, the document made small, and its scenario file."""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from lab import NotHere, ToolFailed
from lab.run import lab_run
from simulator.dumper import dumped
from simulator.loader import loads
from simulator.play import predict
from simulator.recording import Reality
from simulator.scenario import Scenario
from tests.lab.drawn import Document, text_of
from tests.lab.shrinking import shrunk

FOLDER = Path(__file__).parents[2] / "counterexamples"
Performing = Callable[[Scenario, int], Reality]


@dataclass(frozen=True, slots=True)
class Parting:
    """The first field in which prediction and reality differ; of a lab that broke, its words."""

    entry: int
    typed: str
    field: str
    predicted: str
    real: str

    def same_kind(self, other: Parting | None) -> bool:
        """Is it the same thing, as far as one can tell?"""
        return other is not None and (self.field, self.typed.split(" ")[0]) == (other.field, other.typed.split(" ")[0])


def parting(reality: Reality) -> Parting | None:
    """Where they part; None when they agree."""
    wrong = [difference for difference in reality.differences if difference.equal is False]
    if not wrong:
        return None
    first = min(wrong, key=lambda difference: difference.step)
    steps = reality.prediction.run.steps
    step = steps[min(first.step, len(steps) - 1)]
    typed = step.typed or type(step.command).__name__
    return Parting(step.entry, typed, first.field, str(first.predicted), str(first.real))


def tried(document: Document, major: int, perform: Performing) -> tuple[Reality | None, Parting | None]:
    """Perform it once.  A document that the loader or the lab refuses says nothing."""
    scenario = loads(text_of(document))
    try:
        reality = perform(scenario, major)
    except NotHere:
        return None, None
    except ToolFailed as error:
        return None, Parting(len(scenario.timeline), "the lab", "lab", "", str(error))
    return reality, parting(reality)


def reported(
    document: Document, major: int, found: Parting, *, perform: Performing = lab_run, seconds: float = 120.0
) -> str:
    """Make it small, write it down, and say where it is and how to look at it."""

    def still(smaller: Document) -> bool:
        return found.same_kind(tried(smaller, major, perform)[1])

    small = shrunk(document, found.entry, still, seconds=seconds)
    _, again = tried(small, major, perform)
    file = written(small, major, again or found)
    return (
        f"PostgreSQL {major} and the model part at: {found.typed}\n"
        f"{found.field}: predicted {found.predicted}, real {found.real}\n"
        f"The counterexample: {file}\n"
        f"  .venv/bin/waldojo run {file}\n"
        f"  .venv/bin/waldojo lab run {file} --pg {major}\n"
        "  or give the file to the page 'Prediction and reality' (make run)"
    )


def folder() -> Path:
    """Where counterexamples are written: WALDOJO_COUNTEREXAMPLES, or counterexamples/ in the tree."""
    return Path(os.environ.get("WALDOJO_COUNTEREXAMPLES", FOLDER))


def written(document: Document, major: int, found: Parting) -> Path:
    """The scenario file of a counterexample: it loads, and its ending is what the model reaches."""
    name = f"counterexample-{major}-{found.field.replace('_', '-')}"
    number, place = 1, folder()
    while (place / f"{name}-{number}.yaml").exists():
        number += 1
    told = deepcopy(document) | {
        "id": f"{name}-{number}",
        "title": {
            "ja": f"反例: PostgreSQL {major} は予測どおりに動くか",
            "en": f"A counterexample: does PostgreSQL {major} do as predicted?",
        },
        "outcome": {
            "ja": f"いいえ。「{found.typed}」のあとで {found.field} が違いました。",
            "en": f"No. After '{found.typed}' the field {found.field} was different.",
        },
        "prose": {
            "ja": f"無作為に引いた手順を PostgreSQL {major} で演じたところ、予測と実機が食い違いました。",
            "en": f"A sequence drawn at random was performed on PostgreSQL {major}; prediction and reality parted.",
        },
    }
    last = predict(loads(text_of(told)), major).worlds[-1]
    told["ending"] = [{"server": "running" if last.primary.running else "down"}]
    comment = f"after: {found.typed}\nfield: {found.field}\npredicted: {found.predicted}\nreal: {found.real}"
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{name}-{number}.yaml"
    file.write_text(dumped(told, comment=comment), encoding="utf-8")
    return file
