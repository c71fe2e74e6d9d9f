"""`waldojo lab run`: a scenario on a throw-away server, with the model's prediction beside it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.files import load_or_tell
from console.performing import MALFORMED, performed
from console.steps import command_words
from console.words import word
from lab.texts import text
from simulator.observation import Difference, Step
from simulator.recording import Reality, Recording, held_against
from simulator.scenario import Scenario

if TYPE_CHECKING:
    from lab import NotHere

EQUAL, DIFFERENT = 0, 1
MARK, UNKNOWN = "≠", "?"


def lab_run(file: str, pg: str | None, *, as_json: bool, language: str) -> int:
    """Perform, compare and print; returns the exit code."""
    scenario = load_or_tell(file, language)
    if scenario is None:
        return MALFORMED
    found = performed(scenario, pg, language)
    if isinstance(found, int):
        return found
    if not isinstance(found, Recording):
        return _nothing(scenario, found, as_json=as_json, language=language)
    from lab.timing import prediction_seconds

    reality, model = held_against(found), prediction_seconds(found)
    if as_json:
        print(json.dumps(_as_json(scenario, reality, model, language), ensure_ascii=False, indent=1, default=str))
    else:
        _print(scenario, reality, language)
        print(
            word(
                "lab_time",
                language,
                real=f"{found.seconds:.2f}",
                model=f"{model * 1000:.3f}",
                ratio=f"{found.seconds / model:,.0f}",
            )
        )
        _print_summary(reality, language)
    return DIFFERENT if reality.wrong else EQUAL


def _nothing(scenario: Scenario, reason: NotHere, *, as_json: bool, language: str) -> int:
    """The whole scenario is not for this backend: an unknown is not a failure, unless another major was asked for."""
    said = text(reason.code, language, **reason.facts)
    if reason.code == "other_major":
        print(said, file=sys.stderr)
        return MALFORMED
    if as_json:
        print(json.dumps({"scenario": scenario.id, "compared": 0, "reason": said}, ensure_ascii=False, indent=1))
    else:
        print(text("summary_nothing", language, reason=said))
    return EQUAL


def _print(scenario: Scenario, reality: Reality, language: str) -> None:
    recording = reality.recording
    print(scenario.title.of(language))
    print(text("server", language, release=recording.release, origin=recording.origin))
    if recording.borrowed:
        print(text("borrowed", language, major=recording.clients))
    told = False
    for number, (predicted, real) in enumerate(_pairs(reality)):
        step = predicted or real
        assert step is not None
        typed = f"$ {step.typed}" if step.typed else command_words(step.command, language)
        print(f"\n{number + 1:3} {'  ' * step.depth}{typed}")
        if real is not None and real.skipped and recording.reason:
            reason = text(recording.reason, language, **recording.facts)
            print("    " + (text("after_skipped", language) if told else text("skipped", language, reason=reason)))
            told = True
            continue
        _print_fields([d for d in reality.differences if d.step == number], language)
    print()


def _print_summary(reality: Reality, language: str) -> None:
    recording = reality.recording
    print(
        text(
            "summary",
            language,
            equal=reality.equal,
            total=reality.equal + reality.wrong,
            unknown=reality.unknown,
            release=recording.release,
            seconds=f"{recording.seconds:.1f}",
        )
    )


def _pairs(reality: Reality) -> list[tuple[Step | None, Step | None]]:
    ours: list[Step | None] = list(reality.prediction.run.steps)
    theirs: list[Step | None] = list(reality.run.steps)
    longest = max(len(ours), len(theirs))
    return list(zip(ours + [None] * (longest - len(ours)), theirs + [None] * (longest - len(theirs)), strict=True))


def _print_fields(found: Sequence[Difference], language: str) -> None:
    """Two columns, wrapped to the terminal; what differs is marked."""
    column = max(24, (shutil.get_terminal_size((120, 24)).columns - 20) // 2)
    head = [text("predicted", language), text("real", language)]
    print(f"      {'':15}{_padded(head[0], column)} {head[1]}")
    for one in found:
        if one.how == "shown":
            continue
        mark = " " if one.equal else MARK if one.equal is False else UNKNOWN
        left, right = _wrapped(one.predicted, column), _wrapped(one.real, column)
        for index in range(max(len(left), len(right))):
            name = one.field if index == 0 else ""
            ours = left[index] if index < len(left) else ""
            theirs = right[index] if index < len(right) else ""
            print(f"    {mark} {name:15}{_padded(ours, column)} {theirs}".rstrip())


def _wrapped(value: object, column: int) -> list[str]:
    if value is None:
        return ["-"]
    items = [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
    lines: list[str] = []
    for item in items or ["-"]:
        lines += [item[at : at + column] for at in range(0, len(item), column)] or [""]
    return lines


def _padded(words: str, column: int) -> str:
    from simulator.psql import width

    return words + " " * (column - width(words))


def _as_json(scenario: Scenario, reality: Reality, model: float, language: str) -> object:
    recording = reality.recording
    return {
        "scenario": scenario.id,
        "version": recording.major,
        "release": recording.release,
        "equal": reality.equal,
        "different": reality.wrong,
        "unknown": reality.unknown,
        "seconds": round(recording.seconds, 2),
        "prediction_ms": round(model * 1000, 4),
        "reason": text(recording.reason, language, **recording.facts) if recording.reason else None,
        "fields": [
            {
                "step": one.step,
                "command": step.typed or type(step.command).__name__,
                "field": one.field,
                "how": one.how,
                "equal": one.equal,
                "predicted": one.predicted,
                "real": one.real,
            }
            for one in reality.differences
            for step in [_step_of(reality, one.step)]
        ],
    }


def _step_of(reality: Reality, number: int) -> Step:
    ours, theirs = _pairs(reality)[number]
    found = ours or theirs
    assert found is not None
    return found
