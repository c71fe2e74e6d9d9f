"""Prediction beside reality, as the stage gets it: alike where they agree, marked where they part."""

import json
import re
from typing import Any

import pytest

from simulator.play import predict
from tests.ui import recorded
from tests.ui.recorded import Doctor, Json
from tests.ui.test_payload import untold
from ui import comparison, documents, fields, frames, headline, language, payload, realities, shelf
from ui.realities import NoRecording

FETCH = "fetch-loses-wal"


def played(doctor: Doctor = recorded.as_it_is, scenario: str = FETCH, lang: str = "en") -> dict[str, Any]:
    raw = recorded.doctored(doctor, scenario)
    return untold(comparison.stage_text("x", realities.read(raw), lang))


def strips(sent: dict[str, Any]) -> tuple[list[payload.Frame], list[payload.Frame]]:
    return payload.frames_of(sent["frames"], sent["key"]), payload.frames_of(sent["other"]["frames"], sent["key"])


def drawn(frame: payload.Frame) -> dict[str, Any]:
    return {key: frame.get(key) for key in ("w", "a", "f", "redo", "ins", "tli")}


@pytest.mark.parametrize("scenario", [*shelf.scenarios()])
def test_what_agrees_is_drawn_alike_at_every_step(scenario: str) -> None:
    plan = shelf.scenarios()[scenario].server
    major = 16 if 16 in plan.versions else plan.version
    reality = realities.read(recorded.told(scenario, major).encode())
    sent = untold(comparison.stage_text("x", reality, "en"))
    one, two = strips(sent)
    assert [drawn(frame) for frame in one] == [drawn(frame) for frame in two]
    assert "diff" not in sent
    assert reality.wrong == 0
    assert headline.sentence(reality, "en") == f"All {reality.equal} compared fields are as predicted"


def test_the_first_difference_is_named_and_the_stage_opens_there() -> None:
    sent = played(recorded.without_the_oldest_file)
    reality = realities.read(recorded.doctored(recorded.without_the_oldest_file))
    assert sent["diff"]["i"] == sent["start"] == 5
    assert headline.sentence(reality, "en") == "The first difference is at step 6: files in pg_wal"
    assert [mark["i"] for mark in sent["marks"] if mark["k"] == "diff"] == [5]


def test_a_file_that_only_one_run_has_is_marked_in_both_strips() -> None:
    one, two = strips(played(recorded.without_the_oldest_file))
    marked = [(low, high) for low, high, bits in one[5]["w"] if bits & frames.DIFFERS]
    missing = [(low, high) for low, high, bits in two[5]["w"] if bits & frames.ABSENT]
    assert marked == missing
    assert marked
    for at in (4, 6):
        assert not [bits for _, _, bits in one[at]["w"] + two[at]["w"] if bits & (frames.DIFFERS | frames.ABSENT)]


def test_a_status_that_differs_is_marked_on_its_segment() -> None:
    found: list[int] = []

    def archived(steps: list[Json]) -> None:
        at, seen = next((i, s["observed"]) for i, s in enumerate(steps) if s["observed"]["archive_status"])
        seen["archive_status"] = [re.sub(r"\.ready$", ".done", name) for name in seen["archive_status"]]
        found.append(at + 1)

    one, two = strips(played(archived, "archive-stuck-on-one-file"))
    marks = [{bits for _, _, bits in strip[found[0]]["w"] if bits & frames.DIFFERS} for strip in (one, two)]
    assert marks == [{frames.DIFFERS | frames.READY}, {frames.DIFFERS | frames.DONE}]


def test_lines_that_differ_are_marked_and_no_others() -> None:
    sent = played(recorded.with_another_error)
    one, two = strips(sent)
    said = sent["s"]
    marked = [[said[number] for _, number, *mark in frame["term"] if mark] for frame in (one[-1], two[-1])]
    assert marked == [['pg_basebackup: removing data directory "/backup/base"'], ["pg_basebackup: something else"]]


def test_what_varies_from_run_to_run_is_no_difference() -> None:
    def elsewhere(steps: list[Json]) -> None:
        for step in steps:
            seen = step["observed"]
            seen["stderr"] = [re.sub(r"\d+/\d+ kB \(\d+%\)", "7/9 kB (77%)", line) for line in seen["stderr"]]
            seen["server_log"] = ["LOG:  something else"]

    sent = played(elsewhere)
    assert "diff" not in sent
    assert not [line for frame in strips(sent)[1] for line in frame.get("term", []) if len(line) > 2]


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_every_field_says_how_it_compares(lang: str) -> None:
    sent = played(recorded.with_another_error, lang=lang)
    rows = strips(sent)[0][-1]["df"]
    said = sent["s"]
    assert rows[0]["st"] == "!"
    assert {row["st"] for row in rows} == {"!", "=", "~"}
    assert all(said[row["y"]] and said[row["p"]] and said[row["r"]] for row in rows)
    assert not [text for text in said if re.search(r"\{\w+\}", text)]


def test_an_unknown_says_why_and_is_neither_equal_nor_different() -> None:
    def borrowed(steps: list[Json]) -> None:
        for step in steps:
            step["unknown"] = ["stdout", "stderr"]

    file = json.loads(recorded.doctored(borrowed))
    reality = realities.read(json.dumps(file | {"clients": 18}).encode())
    sent = untold(comparison.stage_text("x", reality, "en"))
    rows = {sent["s"][row["k"]]: row for row in strips(sent)[0][-1]["df"]}
    assert rows["standard error"]["st"] == "?"
    assert "clients" not in sent["s"][rows["exit code"]["y"]]
    assert "PostgreSQL 18" not in headline.sentence(reality, "en")
    assert "of PostgreSQL 18" in sent["s"][rows["standard error"]["y"]]


def test_steps_that_were_not_performed_say_so_and_count_for_nothing() -> None:
    file = json.loads(recorded.told())
    file |= {"steps": file["steps"][:3], "reason": "wait", "facts": {}}
    reality = realities.read(json.dumps(file).encode())
    sent = untold(comparison.stage_text("x", reality, "en"))
    real = strips(sent)[1]
    assert [bool(frame.get("no")) for frame in real] == [False] * 4 + [True] * (len(real) - 4)
    assert headline.sentence(reality, "en").startswith("As far as it was performed, all")
    assert drawn(real[4]) == drawn(real[3])


def test_a_run_that_is_shorter_without_a_reason_is_a_difference() -> None:
    file = json.loads(recorded.told())
    reality = realities.read(json.dumps(file | {"steps": file["steps"][:5]}).encode())
    sent = untold(comparison.stage_text("x", reality, "en"))
    assert sent["diff"]["i"] == 6
    assert strips(sent)[1][6]["no"] == "(has no such step)"


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not_a_recording"),
    "no JSON": (b"\x00\xff{", "not_a_recording"),
    "another JSON": (b"[1, 2]", "not_a_recording"),
    "an unknown format": (b'{"format": 99}', "not_a_recording"),
    "the older format": (b'{"format": 1, "events": []}', "old_recording"),
    "nothing in it": (b'{"format": 2}', "recording_damaged"),
    "cut gzip": (b"\x1f\x8b\x08\x00abc", "not_a_recording"),
    "deep": (b"[" * 100_000, "not_a_recording"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_recording_is_told_in_a_sentence(name: str) -> None:
    raw, key = HOSTILE[name]
    with pytest.raises(NoRecording) as found:
        realities.read(raw)
    assert found.value.key == key
    for lang in language.LANGUAGES:
        assert "evil" in realities.why_not(found.value, "evil.json", lang)


def test_a_recording_with_another_scenarios_steps_is_refused_at_its_step() -> None:
    def swapped(steps: list[Json]) -> None:
        steps[0]["typed"] = "rm -rf /"

    with pytest.raises(NoRecording) as found:
        realities.read(recorded.doctored(swapped))
    assert found.value.key == "recording_other_scenario"
    assert "Step 2" in realities.why_not(found.value, "f.json", "en")


def test_a_recording_whose_scenario_is_faulty_says_where() -> None:
    file = json.loads(recorded.told())
    file["scenario"] = file["scenario"].replace("method: basebackup", "method: magic")
    with pytest.raises(NoRecording) as found:
        realities.read(json.dumps(file).encode())
    assert "magic" in realities.why_not(found.value, "f.json", "ja")


def test_a_changed_condition_is_written_into_the_document() -> None:
    tried = 0
    for scenario in shelf.scenarios().values():
        major = scenario.server.version
        for condition in scenario.conditions:
            change = {condition.name: condition.values[-1]}
            document = documents.under(scenario, change)
            tried += 1
            assert document.timeline == scenario.timeline
            assert predict(document, major).run.steps == predict(scenario, major, change).run.steps
            assert set(documents.changes(document, scenario)) <= set(change)
    assert tried > 10


def test_files_are_told_shortly() -> None:
    names = [f"0000000100000000000000{number:02X}" for number in (9, 10, 11, 14)]
    assert fields.ranges([*names, "00000002.history"]) == [
        "000000010000000000000009 – 00000001000000000000000B (3)",
        "00000001000000000000000E",
        "00000002.history",
    ]
    assert fields.ranges(["000000010000000000000009.done", "00000001000000000000000A.ready"]) == [
        "000000010000000000000009.done",
        "00000001000000000000000A.ready",
    ]
