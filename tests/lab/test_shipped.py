"""The recordings and the report that come with the project say what today's model says."""

import gzip
import json
from pathlib import Path

import pytest

from simulator.recording import from_json, held_against

DATA = Path(__file__).resolve().parents[2] / "lab" / "data"
RECORDINGS = sorted((DATA / "recordings").glob("*.json.gz"))


def test_there_are_recordings_for_visitors_without_a_server() -> None:
    assert len(RECORDINGS) >= 10


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.name)
def test_a_shipped_recording_is_predicted_and_is_the_one_of_the_report(file: Path) -> None:
    recording = from_json(json.loads(gzip.decompress(file.read_bytes())))
    reality = held_against(recording)
    assert [(d.step, d.field, d.predicted, d.real) for d in reality.differences if d.equal is False] == []
    rows = json.loads((DATA / "report.json").read_text(encoding="utf-8"))["rows"]
    (row,) = [row for row in rows if (row["scenario"], row["major"]) == (recording.scenario.id, recording.major)]
    assert row["equal"] == reality.equal


def test_no_run_of_the_shipped_report_differs() -> None:
    rows = json.loads((DATA / "report.json").read_text(encoding="utf-8"))["rows"]
    assert [row for row in rows if row["different"]] == []
    assert sum(row["equal"] for row in rows) > 10_000
