"""`waldojo conform` on recordings of scenarios (format 2): what it counts, what it tells, and what it refuses."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import re
import zipfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import cli
from console.recordings import Unread, observations
from simulator.recording import Recording, to_json
from tests.simulator.as_recorded import SCENARIOS, as_recorded, lie, plain_recordings
from tests.simulator.recordings import traces

LAST = re.compile(r"conform: (\d+) of (\d+) observations predicted \((\d+(?:\.\d+)?) %\)")
COMPARED = (
    "exit_code", "stdout", "stderr", "running", "pg_wal", "archive_status", "archive", "slots", "tables", "places",
    "wal_lsn", "redo_lsn",
)  # fmt: skip
LONG = next(path for path in SCENARIOS if path.stem == "fetch-loses-wal")


@pytest.fixture
def told() -> dict[str, Any]:
    """A recording as data."""
    return deepcopy(to_json(as_recorded(LONG, 16)))


def _conform(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["conform", *arguments, "--lang", "en"])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def _last(out: str) -> tuple[int, int, float]:
    found = LAST.fullmatch(out.splitlines()[-1])
    assert found, out
    return int(found[1]), int(found[2]), float(found[3])


def _wrong(told: object) -> list[tuple[int, str]]:
    found = observations(told)
    assert not isinstance(found, Unread), found
    return [(one.number, one.field) for one in found[2] if one.equal is False]


@given(plain_recordings(), st.data())
def test_a_lie_about_one_field_is_missed_there_and_nowhere_else(recording: Recording, data: st.DataObject) -> None:
    """Any lesson, any major, any step, any field that is compared."""
    told = deepcopy(to_json(recording))
    step = data.draw(st.integers(0, len(told["steps"]) - 1))
    field = data.draw(st.sampled_from(COMPARED))
    assume(lie(told["steps"][step], field))
    assert _wrong(told) == [(step + 1, field)]


def test_every_field_can_be_lied_about(told: dict[str, Any]) -> None:
    """So that the property above is not true for want of lies."""
    for field in COMPARED:
        lies = [deepcopy(told) for _ in told["steps"]]
        found = [_wrong(each) for index, each in enumerate(lies) if lie(each["steps"][index], field)]
        assert found, field
        assert all(len(wrong) == 1 for wrong in found), field


def test_a_miss_names_the_step_the_typed_line_the_field_and_both_sides(
    told: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = len(told["steps"])
    assert lie(told["steps"][-1], "exit_code")
    typed = next(step["typed"] for step in told["steps"] if step["typed"])
    assert lie(next(step for step in told["steps"] if step["typed"]), "running")
    file = tmp_path / "doctored.json"
    file.write_text(json.dumps(told))
    code, out, _ = _conform(capsys, str(file))
    right, total, _ = _last(out)
    assert (code, right) == (1, total - 2)
    assert f"({typed}): running\n  - True\n  + False" in out
    assert f"step {last} (ClientFinishes): exit_code\n  - 1\n  + 255" in out


def test_both_forms_are_counted_together_by_major(
    told: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An event's observation and a step's weigh the same; a major has one line."""
    trace = next(trace for trace in traces().values() if trace["major"] == 16)
    counts = []
    for name, content in (("trace.json", [trace]), ("steps.json", [told]), ("both.jsonl", [trace, told])):
        (tmp_path / name).write_text("\n\n".join(map(json.dumps, content)) + "\n")
        code, out, err = _conform(capsys, str(tmp_path / name))
        assert (code, err) == (0, "")
        assert len(re.findall(r"^PostgreSQL 16: ", out, re.MULTILINE)) == 1
        counts.append(_last(out)[0])
    assert counts[0] + counts[1] == counts[2]


def test_what_one_side_does_not_know_is_told_and_is_no_success(
    told: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "whole.json").write_text(json.dumps(told))
    code, out, _ = _conform(capsys, str(tmp_path / "whole.json"))
    assert "unknown" not in out
    whole = _last(out)[0]
    told["steps"][3]["unknown"] = ["stdout", "pg_wal"]
    (tmp_path / "less.json").write_text(json.dumps(told))
    code, out, _ = _conform(capsys, str(tmp_path / "less.json"))
    assert (code, _last(out)[:2]) == (0, (whole - 2, whole - 2))
    assert f"PostgreSQL 16: {whole - 2} of {whole - 2} (2 fields unknown)" in out
    code, out, _ = _conform(capsys, str(tmp_path / "less.json"), "--json")
    assert json.loads(out)["unknown"] == 2


def test_a_recording_of_nothing_known_is_no_success(
    told: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that stopped before its first step predicts nothing: 0 of 0."""
    told.update(steps=[], reason="disk")
    (tmp_path / "none.json").write_text(json.dumps(told))
    code, out, _ = _conform(capsys, str(tmp_path / "none.json"))
    assert (code, _last(out)) == (1, (0, 0, 0.0))


def test_packed_and_bundled_recordings_are_the_same(
    told: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(told).encode()
    (tmp_path / "one.json").write_bytes(text)
    for ending, pack in (("gz", gzip.compress), ("xz", lzma.compress), ("bz2", bz2.compress)):
        (tmp_path / f"one.json.{ending}").write_bytes(pack(text))
        (tmp_path / f"one.jsonl.{ending}").write_bytes(pack(text + b"\n"))
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as bundle:
        bundle.writestr("one.json", text)
        bundle.writestr("below/README.md", "no recording")
    given = sorted(path.name for path in tmp_path.iterdir())
    results = {_conform(capsys, str(tmp_path / name))[0::2] for name in given}
    assert (len(given), results) == (8, {(0, "")})
    (tmp_path / "notes.txt").write_text("no recording")
    code, out, err = _conform(capsys, str(tmp_path))
    assert (code, err) == (0, "")
    assert _last(out)[0] == 8 * len([one for one in _all(told) if one is not None])


def _all(told: dict[str, Any]) -> list[bool | None]:
    found = observations(told)
    assert not isinstance(found, Unread)
    return [one.equal for one in found[2]]


REFUSED: dict[str, tuple[str, str]] = {
    "the text of the scenario is cut": ("scenario", "the scenario inside this recording is broken"),
    "a typed line was changed": ("typed", "step 1 of this recording is not what the scenario inside it says"),
    "a step was moved": ("order", "is not what the scenario inside it says"),
    "a field is missing": ("settings", "missing or of another kind"),
    "a newer form": ("format", "not a form of recording that is known here"),
    "half a file": ("half", "cannot be read"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_was_tampered_with_or_cut_is_told_in_a_sentence(
    what: str, told: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how, says = REFUSED[what]
    match how:
        case "scenario":
            told["scenario"] = told["scenario"][:700]
        case "typed":
            told["steps"][0]["typed"] = "rm -rf /pgdata"
        case "order":
            told["steps"].reverse()
        case "settings":
            del told["settings"]
        case "format":
            told["format"] = 99
        case _:
            assert how == "half"
    text = json.dumps(told)
    file = tmp_path / "given.json"
    file.write_text(text[: len(text) // 2] if how == "half" else text)
    code, out, err = _conform(capsys, str(file))
    assert (code, _last(out)) == (1, (0, 0, 0.0))
    assert says in err
    assert "given.json" in err
    assert "Traceback" not in err
    japanese = cli.main(["conform", str(file), "--lang", "ja"])
    assert japanese == 1
    assert "given.json" in capsys.readouterr().err


JUNK: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just([]) | st.just({}) | st.just([[7]])
)


@given(st.data(), JUNK)
def test_junk_anywhere_in_a_recording_raises_nothing(data: st.DataObject, junk: object) -> None:
    """Either it is no recording any more, or what it says is counted: never an exception."""
    told = deepcopy(to_json(as_recorded(LONG, 16)))
    place: Any = told
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = junk
        break
    found = observations(told)
    assert isinstance(found, Unread) or len(found[2]) > 0


@given(st.integers(0, 6000))
def test_a_scenario_cut_anywhere_raises_nothing(length: int) -> None:
    """It is refused, or it has become another scenario, which its steps then fit or miss."""
    told = deepcopy(to_json(as_recorded(LONG, 16)))
    told["scenario"] = told["scenario"][:length]
    assert isinstance(observations(told), Unread | tuple)
