"""What goes to the browser: nothing is lost on the way, and it stays small."""

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui import mock_run
from ui import language, payload, runs, shelf
from ui import stage as stage_room
from ui.pages import home
from ui.stage import MODULES, bundle

STAGE = Path(stage_room.__file__).parent


def untold(text: str) -> dict[str, Any]:
    plain = zlib.decompress(base64.b64decode(text[1:])).decode() if text[0] == "z" else text
    run: dict[str, Any] = json.loads(plain)
    return run


paths = st.dictionaries(st.sampled_from(["/pgdata", "/archive", "/backup"]), st.lists(st.text(max_size=3), max_size=2))
frames_made_up = st.lists(
    st.fixed_dictionaries(
        {"w": st.lists(st.integers(0, 9), max_size=3), "tree": paths},
        optional={"hz": st.none() | st.integers(0, 3), "cmd": st.text(min_size=1, max_size=3)},
    ),
    min_size=1,
    max_size=12,
)


@given(frames=frames_made_up, key=st.integers(1, 5))
def test_deltas_give_back_every_frame(frames: list[payload.Frame], key: int) -> None:
    back = payload.frames_of(payload.deltas(frames, key), key)
    # A key that vanished comes back as null, which the stage treats as absent.
    assert [{k: v for k, v in frame.items() if v is not None} for frame in back] == [
        {k: v for k, v in frame.items() if v is not None} for frame in frames
    ]


def test_every_sentence_is_sent_once() -> None:
    sent = untold(runs.stage_text("fetch-loses-wal", 14, (("wal_keep_size", "64MB"),), "ja"))
    assert len(sent["s"]) == len(set(sent["s"]))
    last = sent["other"]["frames"][-1]["term"]
    assert "has already been removed" in " ".join(sent["s"][line] for _, line in last)


@pytest.mark.parametrize(("steps", "budget"), [(50, 20_000), (500, 100_000), (5000, 320_000)])
def test_a_run_keeps_to_its_budget(steps: int, budget: int) -> None:
    assert len(payload.text(mock_run.endless(steps)).encode()) <= budget


def test_every_scenario_has_a_run_in_every_version_and_language_that_leaves_no_gap() -> None:
    for scenario in shelf.scenarios().values():
        for major in scenario.server.versions:
            for lang in language.LANGUAGES:
                sent = untold(runs.stage_text(scenario.id, major, (), lang))
                assert sent["n"] >= 2
                assert not [said for said in sent["s"] if re.search(r"\{\w+\}", said)], (scenario.id, major, lang)


def test_every_condition_of_every_scenario_can_be_chosen() -> None:
    for scenario in shelf.scenarios().values():
        for condition in scenario.conditions:
            for value in condition.values:
                text = runs.stage_text(scenario.id, scenario.server.version, ((condition.name, value),), "en")
                assert untold(text)["other"]["n"] >= 2


def test_what_loses_wal_says_how_much_more_would_have_saved_it() -> None:
    lost = untold(runs.stage_text("fetch-loses-wal", 14, (("wal_keep_size", "64MB"),), "en"))
    saved = untold(runs.stage_text("fetch-loses-wal", 14, (("wal_keep_size", "256MB"),), "en"))
    assert lost["verdict"] == {
        "ok": False,
        "t": "the backup /backup/base failed. There is nothing to restore.",
        "more": "192 MB more would have saved it (wal_keep_size ≥ 256MB).",
    }
    assert saved["verdict"]["ok"]
    assert saved["diff"]["i"] > 0


def test_the_smallest_remedy_saves_and_one_segment_less_does_not() -> None:
    told = untold(runs.stage_text("fetch-loses-wal", 14, (("wal_keep_size", "240MB"),), "en"))
    assert not told["verdict"]["ok"]


def test_the_modules_of_the_stage_share_one_scope_without_a_clash() -> None:
    tops = re.findall(r"^(?:export )?(?:const|let|class|function|async function) (\w+)", bundle(), re.MULTILINE)
    assert len(tops) == len(set(tops))
    assert "import " not in bundle()
    assert bundle().count("export ") == 1
    assert {path.stem for path in STAGE.glob("*.js")} == {*MODULES, "feed"}


def test_every_word_that_the_stage_asks_for_is_in_its_catalogue() -> None:
    asked = set(re.findall(r"\bL\.([a-z_]+)", bundle()))
    assert asked <= language.words("stage", "ja").keys()


def test_every_text_of_the_pages_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (STAGE.parent).rglob("*.py"))
    code += (STAGE.parents[1] / "app.py").read_text(encoding="utf-8")
    built = ("group_", "door_", "trust_col_", "logical", "physical", "online", "offline")
    doors = {f"home_{door}{end}" for door in home.DOORS for end in ("", "_lead")}
    doors |= {f"home_to_{page}" for pages in home.DOORS.values() for page in pages}
    said = [k for k in language.words("pages", "ja") if k not in doors]
    unused = [k for k in said if f'"{k}"' not in code and not k.startswith(built)]
    assert unused == []
