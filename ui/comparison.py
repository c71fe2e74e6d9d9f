"""Prediction and reality as the stage plays them: two runs of observations, and where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from simulator.observation import Difference, Observation, Step, masked
from simulator.recording import Reality
from ui import fields, payload, seen_frames, steps
from ui.language import reason, words
from ui.seen_frames import Apart

MB = 1 << 20
Frame = payload.Frame


@dataclass(frozen=True, slots=True)
class Pair:
    """One step of both runs; None where a run has no such step."""

    predicted: Step | None
    real: Step | None
    differences: tuple[Difference, ...]

    @property
    def wrong(self) -> frozenset[str]:
        """Fields that are not as predicted."""
        return frozenset(one.field for one in self.differences if one.equal is False)


def pairs(reality: Reality) -> list[Pair]:
    """The steps of both runs, side by side."""
    by_step: dict[int, list[Difference]] = {}
    for one in reality.differences:
        by_step.setdefault(one.step, []).append(one)
    both = zip_longest(reality.prediction.run.steps, reality.run.steps)
    return [Pair(ours, theirs, tuple(by_step.get(at, ()))) for at, (ours, theirs) in enumerate(both)]


def first_difference(reality: Reality) -> Difference | None:
    """The first field that is not as predicted."""
    return next((one for one in reality.differences if one.equal is False), None)


def shown_step(step: int) -> int:
    """The number under which the slider shows a step: 1 is the beginning, before anything was done."""
    return step + 2


def stage_text(key: str, reality: Reality, lang: str) -> str:
    """Both runs for the stage; `key` tells this comparison from every other."""
    both = pairs(reality)
    predicted, real = _frames(reality, both, lang)
    parted = first_difference(reality)
    tli = predicted[0]["tli"]
    size = reality.run.segment_size
    head = {"id": key, "lang": lang, "kind": "reality", "segMB": size // MB, "tli": tli, "seen": 1, "verdict": None}
    marks = _marks(both, lang)
    now = head | {"marks": marks, "conditions": _model(reality, lang), "start": len(both)}
    if parted is not None:
        at = parted.step + 1
        now |= {"start": at, "diff": {"i": at, "t": _parting(both[parted.step], lang)}}
    other = payload.packed(head | {"marks": [], "conditions": _server(reality, lang)}, real)
    return payload.text(payload.packed(now, predicted, other))


def _model(reality: Reality, lang: str) -> str:
    return words("reality", lang)["model_of"].format(major=reality.recording.major)


def _server(reality: Reality, lang: str) -> str:
    recording = reality.recording
    said = words("reality", lang)["server_of"].format(release=recording.release, origin=recording.origin)
    if recording.borrowed:
        said += words("reality", lang)["clients_of"].format(major=recording.clients)
    return said


def _marks(both: Sequence[Pair], lang: str) -> list[dict[str, Any]]:
    """Every step that differs; of what the prediction tells the first of each kind, or the differences would drown."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for at, pair in enumerate(both, 1):
        if pair.wrong:
            found["diff", at] = {"i": at, "k": "diff", "t": _parting(pair, lang)}
        for mark in steps.marks(pair.predicted, at, lang) if pair.predicted else ():
            found.setdefault((mark["k"], 0), mark)
    return list(found.values())


def _parting(pair: Pair, lang: str) -> str:
    """'Here pg_wal and output are not as predicted.'"""
    said = words("reality", lang)
    names = [fields.field_words(one.field, lang) for one in pair.differences if one.equal is False]
    return said["parting"].format(fields=said["and"].join(names))


def _frames(reality: Reality, both: Sequence[Pair], lang: str) -> tuple[list[Frame], list[Frame]]:
    """One frame before the first step and one after each, of both runs."""
    start = reality.recording.first.seen
    ours, theirs = [start], [start]
    marks = [(seen_frames.SAME, seen_frames.SAME)]
    for pair in both:
        ours.append(pair.predicted.observation if pair.predicted else ours[-1])
        performed = pair.real is not None and not pair.real.skipped
        theirs.append(pair.real.observation if pair.real and performed else theirs[-1])
        marks.append(_apart(ours[-1], theirs[-1], pair.wrong) if performed else (seen_frames.SAME, seen_frames.SAME))
    beginning = {"cmd": words("steps", lang)["start"], "ev": _beginning(reality, lang)}
    predicted = list(seen_frames.shows(ours, [one for one, _ in marks]))
    real = list(seen_frames.shows(theirs, [two for _, two in marks]))
    predicted[0] |= beginning
    for at, pair in enumerate(both, 1):
        predicted[at] |= _said(pair, reality, lang)
        real[at] |= _seen(pair, reality, lang)
    return predicted, real


def _apart(ours: Observation, theirs: Observation, wrong: frozenset[str]) -> tuple[Apart, Apart]:
    return seen_frames.apart(ours, theirs, wrong), seen_frames.apart(theirs, ours, wrong)


def _beginning(reality: Reality, lang: str) -> list[dict[str, str]]:
    return [{"k": "Start", "t": reality.recording.scenario.prose.of(lang)}]


def _said(pair: Pair, reality: Reality, lang: str) -> Frame:
    """What the prediction adds to its frame: title, terminal, explanation, and the step field by field."""
    step = pair.predicted or pair.real
    assert step is not None
    told: Frame = {"cmd": steps.title(step, lang), "no": "" if pair.predicted else words("reality", lang)["no_step"]}
    if pair.predicted:
        told["term"] = _terminal(pair.predicted, pair.real, pair.wrong, lang)
        told["ev"] = steps.explanations(pair.predicted, reality.recording.major, lang)
    if pair.real and pair.predicted and not pair.real.skipped:
        told["df"] = fields.rows(pair.differences, pair.real, reality.recording, lang)
    return told


def _seen(pair: Pair, reality: Reality, lang: str) -> Frame:
    """What the real run adds to its frame."""
    said = words("reality", lang)
    if pair.real is None:
        return {"no": said["no_step"], "term": []}
    if pair.real.skipped:
        return {"no": said["not_performed"], "term": [["w", skipped_words(reality, lang)]]}
    real = pair.real
    if pair.predicted and type(pair.predicted.command) is type(real.command):
        # A recording knows the command; of a long write the model's step knows which part of it this is.
        real = replace(real, command=pair.predicted.command, events=pair.predicted.events)
    return {"no": "", "term": _terminal(real, pair.predicted, pair.wrong, lang)}


def skipped_words(reality: Reality, lang: str) -> str:
    """Why some steps were not performed; '' when all were."""
    recording = reality.recording
    return reason(recording.reason, lang, recording.facts) if recording.reason else ""


def _terminal(step: Step, other: Step | None, wrong: frozenset[str], lang: str) -> list[list[Any]]:
    """The lines of a step; those that the other run has not are marked."""
    lines = steps.terminal(step, lang)
    seen = step.observation
    marked: set[int] = set()
    first = len(lines) - len(seen.server_log) - len(seen.stderr) - len(seen.stdout)
    for name, start in (("stdout", first), ("stderr", first + len(seen.stdout))):
        if name in wrong and other is not None:
            mine, theirs = getattr(seen, name), getattr(other.observation, name)
            marked |= {start + at for at in _differing(mine, theirs)}
    return [[*line, 1] if at in marked else list(line) for at, line in enumerate(lines)]


def _differing(mine: tuple[str, ...], theirs: tuple[str, ...]) -> list[int]:
    """Numbers of the lines that differ in more than what differs from run to run."""
    compared = [(at, found[0]) for at, line in enumerate(mine) if (found := masked((line,)))]
    apart, _ = fields.apart([text for _, text in compared], masked(theirs))
    return [compared[at][0] for at in apart]
