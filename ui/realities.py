"""Where reality comes from: runs of this visitor, recordings that were opened, and those that come with the project."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

import streamlit as st

from lab.timing import prediction_seconds
from simulator.faults import Fault, ScenarioError
from simulator.recording import FORMAT, NotItsScenario, Reality, from_json, held_against, to_json
from ui import comparison, markup, opened, shelf
from ui.comparison import shown_step
from ui.language import tell

Source = Literal["live", "opened", "shipped"]
KEPT = "realities"
MOST = 20
"""Of one visitor; older ones are forgotten."""
MAX_BYTES = 16 << 20
"""A recording that unpacks to more is none."""


@dataclass(slots=True)
class Held:
    """A real run beside its prediction, and what was made of it for the pages."""

    id: str
    reality: Reality
    source: Source
    prediction_seconds: float
    texts: dict[str, str] = field(default_factory=dict)

    def stage_text(self, lang: str) -> str:
        """Both runs for the stage."""
        if lang not in self.texts:
            self.texts[lang] = comparison.stage_text(self.id, self.reality, lang)
        return self.texts[lang]

    @property
    def times_faster(self) -> float:
        """How many times faster the prediction was."""
        return self.reality.recording.seconds / self.prediction_seconds if self.prediction_seconds else 0.0


class NoRecording(Exception):
    """A file that is no recording; `key` is its sentence in texts/reality.toml."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


def held(reality: Reality, source: Source) -> Held:
    """Give it the id by which addresses name it."""
    told = json.dumps(to_json(reality.recording), sort_keys=True).encode()
    name = f"run-{hashlib.sha256(told).hexdigest()[:12]}"
    return Held(name, reality, source, prediction_seconds(reality.recording))


def keep(reality: Reality, source: Source) -> Held:
    """Remember it for this visitor."""
    mine = held(reality, source)
    kept = _kept()
    kept[mine.id] = mine
    for old in list(kept)[:-MOST]:
        del kept[old]
    return mine


def find(name: str) -> Held | None:
    """What an address names; None when it is not there, or not any more."""
    return _kept().get(name)


def newest(scenario_id: str, major: int) -> Held | None:
    """The visitor's last run of a scenario under its own conditions, else the recording of the project."""
    wanted = (scenario_id, major, _own_text(scenario_id))
    for mine in reversed(_kept().values()):
        recording = mine.reality.recording
        if (recording.scenario.id, recording.major, recording.scenario.source) == wanted:
            return mine
    return shipped(scenario_id, major)


def mine() -> list[Held]:
    """All of this visitor's, the newest first."""
    return list(reversed(_kept().values()))


def _kept() -> dict[str, Held]:
    kept: dict[str, Held] = st.session_state.setdefault(KEPT, {})
    return kept


def _own_text(scenario_id: str) -> str:
    found = shelf.find(scenario_id)
    return found.source if found else ""


# What comes with the project


@cache
def catalogue() -> Mapping[tuple[str, int], str]:
    """(scenario, major) → the file of its recording: 'scenario-16.json.gz'."""
    folder = files("lab").joinpath("data", "recordings")
    if not folder.is_dir():
        return {}
    found = {}
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        scenario, dash, major = each.name.partition(".")[0].rpartition("-")
        if dash and major.isdecimal() and each.name.endswith((".json", ".json.gz")):
            found[scenario, int(major)] = each.name
    return found


@lru_cache(maxsize=16)
def shipped(scenario_id: str, major: int) -> Held | None:
    """A recording of the project; None where there is none."""
    name = catalogue().get((scenario_id, major))
    if name is None:
        return None
    raw = files("lab").joinpath("data", "recordings", name).read_bytes()
    return held(read(raw), "shipped")


# Files


_NOT_READ = (OSError, EOFError, ValueError, RecursionError, zlib.error)
"""What bytes raise that are cut, spoilt, or no JSON at all."""
_NOT_REPLAYED = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError)
"""What recordings raise that lack a field, or hold something else in it."""


def read(raw: bytes) -> Reality:
    """A file of `waldojo lab record`, packed or not, held against its prediction; raises NoRecording."""
    told = _json(raw)
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise NoRecording("not_a_recording" if not _is_trace(told) else "old_recording")
    try:
        recording = from_json(told)
        if opened.longer_than(recording.scenario, opened.MOST_STEPS):
            raise NoRecording("recording_too_long", limit=opened.MOST_STEPS)
        return held_against(recording)
    except ScenarioError as error:
        raise NoRecording("recording_scenario", fault=error.faults[0]) from None
    except NotItsScenario as error:
        raise NoRecording("recording_other_scenario", step=shown_step(error.step - 1)) from None
    except _NOT_REPLAYED as error:
        raise NoRecording("recording_damaged", reason=f"{type(error).__name__}: {error}"[:200]) from None


def _is_trace(told: Any) -> bool:
    return isinstance(told, dict) and told.get("format") == 1


def _json(raw: bytes) -> Any:
    try:
        if raw.startswith(b"\x1f\x8b"):
            raw = gzip.GzipFile(fileobj=io.BytesIO(raw)).read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise NoRecording("recording_too_large", limit=MAX_BYTES >> 20)
        return json.loads(raw)
    except _NOT_READ:
        raise NoRecording("not_a_recording") from None


def why_not(no: NoRecording, name: str, lang: str) -> str:
    """The sentence for a file that is no recording, as Markdown."""
    facts = {key: fact.line_of_text(lang) if isinstance(fact, Fault) else str(fact) for key, fact in no.facts.items()}
    told = {key: markup.plain(fact) for key, fact in {**facts, "name": name}.items()}
    return tell("reality", no.key, lang, **told)


def file_of(mine: Held) -> str:
    """The recording as `waldojo lab record` writes it."""
    return json.dumps(to_json(mine.reality.recording), ensure_ascii=False, indent=1) + "\n"
