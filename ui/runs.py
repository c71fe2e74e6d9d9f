"""From a scenario and its conditions to the text that the stage plays. The same question is answered once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from simulator import play
from simulator.play import Prediction
from simulator.ranges import Ranges
from simulator.scenario import Scenario
from ui import explain, frames, payload, shelf, steps, verdict
from ui.brackets import Backups
from ui.language import words
from ui.trees import trees

# Settings as sorted pairs: what a cache can remember.
Settings = tuple[tuple[str, str], ...]
Frame = payload.Frame
MB = 1 << 20


@lru_cache(maxsize=64)
def predicted(scenario_id: str, major: int, settings: Settings) -> Prediction:
    """The model's run. Raises InvalidValue or UnmodelledParameter for settings that the server would refuse."""
    return play.predict(shelf.known(scenario_id), major, dict(settings))


@lru_cache(maxsize=64)
def stage_text(scenario_id: str, major: int, settings: Settings, lang: str) -> str:
    """The run for the stage; with changed settings also the run before the change, and where they part."""
    now, now_frames = told(scenario_id, major, settings, lang)
    if not settings:
        return payload.text(payload.packed(now, now_frames))
    before, before_frames = told(scenario_id, major, (), lang)
    now["diff"] = difference(now_frames, before_frames, change_words(settings), lang)
    return payload.text(payload.packed(now, now_frames, payload.packed(before, before_frames)))


def change_words(settings: Settings) -> str:
    """'wal_keep_size=128MB, max_wal_size=1GB'."""
    return ", ".join(f"{name}={value}" for name, value in settings)


@lru_cache(maxsize=64)
def told(scenario_id: str, major: int, settings: Settings, lang: str) -> tuple[dict[str, Any], list[Frame]]:
    """What the stage is told of a run besides its frames, and the frames."""
    scenario = shelf.known(scenario_id)
    prediction = predicted(scenario_id, major, settings)
    frames_told, marks = all_frames(scenario, prediction, lang)
    shown = {**scenario.server.settings, **dict(settings)}
    names = [condition.name for condition in scenario.conditions]
    head = {
        "id": scenario.id,
        "lang": lang,
        "segMB": prediction.run.segment_size // MB,
        "tli": prediction.worlds[0].primary.data.timeline,
        "marks": marks,
        "verdict": outcome(scenario, prediction, settings, lang),
        "conditions": ", ".join(
            f"{name} = {shown[name]}" for name in dict.fromkeys([*names, *dict(settings)]) if name in shown
        ),
    }
    return head, frames_told


def all_frames(scenario: Scenario, prediction: Prediction, lang: str) -> tuple[list[Frame], list[dict[str, Any]]]:
    """One frame before the first step and one after each."""
    first = prediction.worlds[0]
    start = {"cmd": words("steps", lang)["start"], "ev": [{"k": "Start", "t": scenario.prose.of(lang)}]}
    told: list[Frame] = [frames.show(first, Ranges(), (), {}) | {"tree": trees(first)} | start]
    marks: list[dict[str, Any]] = []
    backups = Backups()
    said = _sayings(scenario, prediction.run.major, lang)
    for index, (step, world) in enumerate(zip(prediction.run.steps, prediction.worlds[1:], strict=True), 1):
        backups = backups.after(world, step.events)
        frame = frames.show(world, backups.lost, [bracket.sent() for bracket in backups.brackets], dict(backups.fallen))
        explained = steps.explanations(step, prediction.run.major, lang)
        if step.entry in said:
            explained.insert(0, {"k": "Say", "t": said.pop(step.entry)})
        frame |= {
            "tree": trees(world),
            "cmd": steps.title(step, lang),
            "term": steps.terminal(step, lang),
            "ev": explained,
            "rc": steps.recycled(step),
        }
        told.append(frame)
        marks += steps.marks(step, index, lang)
    return told, marks


def _sayings(scenario: Scenario, major: int, lang: str) -> dict[int, str]:
    """What the scenario itself says, at the first step of each entry."""
    return {planned.entry: planned.say.of(lang) for planned in scenario.planned(major) if planned.say}


def outcome(scenario: Scenario, prediction: Prediction, settings: Settings, lang: str) -> dict[str, Any]:
    """The verdict banner: one sentence and, if it went wrong, the smallest remedy."""
    said = words("verdict", lang)
    found = verdict.judge(prediction)
    facts = {"path": found.backup.path} if found.backup else found.facts
    sentence = said[found.key].format(**facts)
    hint = explain.hint(found.backup, prediction.run.major, lang) if found.backup else ""
    # Without a change the scenario itself says what is to be learnt from it.
    more = hint if settings else scenario.outcome.of(lang)
    if not found.ok and scenario.conditions:
        help_ = remedy(scenario.id, prediction.run.major, settings)
        if help_ is not None:
            more = said["remedy_more" if help_.more else "remedy_value"].format(
                name=help_.name, value=help_.value, more=help_.more
            )
    return {"ok": found.ok, "t": sentence, "more": more}


@lru_cache(maxsize=256)
def remedy(scenario_id: str, major: int, settings: Settings) -> verdict.Remedy | None:
    """The smallest remedy for a run that went wrong."""
    scenario = shelf.known(scenario_id)
    return verdict.remedy(scenario, major, dict(settings), predicted(scenario_id, major, settings))


def difference(now: list[Frame], before: list[Frame], change: str, lang: str) -> dict[str, Any] | None:
    """The first step at which two runs differ, and what the difference is."""
    said = words("steps", lang)
    for index, (one, two) in enumerate(zip(now, before, strict=False)):
        kept, gone = _present(one) - _present(two), _present(two) - _present(one)
        if index and one.get("cmd") != two.get("cmd"):
            return {"i": index, "t": said["diff_steps"].format(change=change)}
        for key, files in (("diff_kept", kept), ("diff_gone", gone)):
            if files:
                return {"i": index, "t": said[key].format(change=change, files=_hex(files))}
        if one["a"] != two["a"]:
            return {"i": index, "t": said["diff_archive"].format(change=change)}
        if [b["st"] for b in one["b"]] != [b["st"] for b in two["b"]]:
            return {"i": index, "t": said["diff_backup"].format(change=change)}
        if one.get("term") != two.get("term"):
            return {"i": index, "t": said["diff_output"].format(change=change)}
    if len(now) != len(before):
        return {"i": min(len(now), len(before)) - 1, "t": said["diff_steps"].format(change=change)}
    return None


def _present(frame: Frame) -> Ranges:
    """Segments in pg_wal that hold WAL: not those waiting ahead, not those lost."""
    gone = frames.FUTURE | frames.LOST
    return Ranges(tuple((low, high) for low, high, bits in _joined(frame["w"], gone)))


def _joined(runs: list[list[int]], without: int) -> list[tuple[int, int, int]]:
    out: list[tuple[int, int, int]] = []
    for low, high, bits in runs:
        if bits & without:
            continue
        if out and out[-1][1] == low:
            out[-1] = (out[-1][0], high, 0)
        else:
            out.append((low, high, 0))
    return out


def _hex(files: Ranges) -> str:
    """Short names, as on the ruler."""
    names = [f"…{number % 256:02X}" for number in (files.first, files.last)]
    return names[0] if files.first == files.last else f"{names[0]} – {names[1]}"
