"""`waldojo conform`: folders, files, bundles and what is none of them."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

import cli
from tests.simulator.recordings import BUNDLE, traces

LAST = re.compile(r"conform: (\d+) of (\d+) observations predicted \((\d+(?:\.\d+)?) %\)")


@pytest.fixture
def trace() -> dict[str, Any]:
    """A short recording."""
    return min(traces().values(), key=lambda trace: len(trace["events"]))


def _conform(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["conform", *arguments, "--lang", "en"])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def _last(out: str) -> tuple[int, int, float]:
    found = LAST.fullmatch(out.splitlines()[-1])
    assert found, out
    return int(found[1]), int(found[2]), float(found[3])


def test_a_file_a_folder_a_gz_and_bundles_are_the_same(
    trace: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One recording in six wrappings: all predicted, exit 0, and the same count."""
    text = json.dumps(trace).encode()
    plain, folder = tmp_path / "one.json", tmp_path / "folder" / "below"
    plain.write_bytes(text)
    folder.mkdir(parents=True)
    (folder / "one.json").write_bytes(text)
    (tmp_path / "one.json.gz").write_bytes(gzip.compress(text))
    for kind in ("gz", "xz"):
        with tarfile.open(tmp_path / f"one.tar.{kind}", f"w:{kind}") as bundle:  # type: ignore[call-overload]
            bundle.add(plain, "traces/one.json")
    with tarfile.open(tmp_path / "one.tar", "w") as bundle:
        bundle.add(plain, "traces/one.json")
    counts = set()
    for given in ("one.json", "folder", "one.json.gz", "one.tar.gz", "one.tar.xz", "one.tar"):
        code, out, err = _conform(capsys, str(tmp_path / given))
        assert (code, err) == (0, ""), given
        counts.add(_last(out))
    assert len(counts) == 1
    assert next(iter(counts))[0] > 0


def test_the_closing_line_and_the_majors(capsys: pytest.CaptureFixture[str]) -> None:
    """A line a major, then the sum; the last line is the last."""
    code, out, err = _conform(capsys, str(BUNDLE))
    assert (code, err) == (0, "")
    right, total, percent = _last(out)
    assert (right, percent) == (total, 100.0)
    each = re.findall(r"PostgreSQL (\d+): (\d+) of (\d+)", out)
    assert sum(int(one) for _, one, _ in each) == right
    assert len(each) == 7


@pytest.mark.parametrize("spoil", ["pg_wal", "flush_lsn", "slots"])
def test_a_wrong_observation_is_shown_and_counted(
    spoil: str, trace: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The miss is printed with what was predicted and observed; exit 1; less than 100 %."""
    wrong = json.loads(json.dumps(trace))
    wrong["events"][0]["observed"][spoil] = "something else"
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong))
    code, out, _ = _conform(capsys, str(file))
    right, total, percent = _last(out)
    assert (code, right) == (1, total - 1)
    assert percent < 100
    assert f"{spoil}\n" in out
    assert "+ something else" in out


UNREADABLE: dict[str, bytes] = {
    "empty.json": b"",
    "broken.json": b'{"format": 1',
    "not-utf8.json": b"\xff\xfe\x00",
    "foreign.json": b'{"hello": "world"}',
    "list.json": b"[1, 2]",
    "number.json": b"7",
    "deep.json": b"[" * 100_000,
    "newer.json": b'{"format": 2, "events": []}',
    "no-events.json": b'{"format": 1}',
    "no-major.json": b'{"format": 1, "events": []}',
    "major-11.json": b'{"format": 1, "events": [], "major": 11, "wal_segment_size": 1048576, "initial": {}}',
    "events.json": b'{"format": 1, "events": [7], "major": 14, "wal_segment_size": 1048576, "initial": {}}',
    "not-gz.json.gz": b"plain",
    "cut.json.gz": gzip.compress(b"{}" * 1000)[:-9],
    "spoilt.json.gz": gzip.compress(b"{}" * 1000)[:12] + b"\xff" * 20,
    "not-tar.tar.gz": b"plain",
    "cut.tar.xz": BUNDLE.read_bytes()[:5000],
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_recording_is_named_and_fails(
    name: str, trace: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback; the file is named on standard error; exit 1, even beside good recordings."""
    file = tmp_path / name
    file.write_bytes(UNREADABLE[name])
    good = tmp_path / "good.json"
    good.write_text(json.dumps(trace))
    for paths in ([str(file)], [str(file), str(good)]):
        code, out, err = _conform(capsys, *paths)
        assert code == 1
        assert name in err
        assert "Traceback" not in err
        _last(out)


def test_a_recording_spoilt_in_the_middle_is_named(
    trace: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is missing or of another type in a recording: it is told, never raised."""
    for key in ("settings", "initial", "wal_segment_size"):
        values: list[Any] = [None, 7, "x", [], {}]
        for value in values:
            file = tmp_path / "spoilt.json"
            file.write_text(json.dumps({**trace, key: value}))
            code, _, err = _conform(capsys, str(file))
            if (key, value) != ("settings", {}):
                assert (code, "spoilt.json" in err) == (1, True), (key, value)
    action = {**trace["events"][0], "action": {"kind": "dance"}}
    file = tmp_path / "dance.json"
    file.write_text(json.dumps({**trace, "events": [action]}))
    assert _conform(capsys, str(file))[0] == 1


def test_nothing_to_replay_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder and an absent path predict nothing: 0 of 0 is not 100 %."""
    for path in (tmp_path, tmp_path / "absent"):
        code, out, _ = _conform(capsys, str(path))
        assert (code, _last(out)) == (1, (0, 0, 0.0))


def test_json_and_the_figures_file(trace: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints data only; --write keeps the figures for the pages."""
    file, figures = tmp_path / "one.json", tmp_path / "figures.json"
    file.write_text(json.dumps(trace))
    code, out, _ = _conform(capsys, str(file), "--json", "--write", str(figures))
    said, kept = json.loads(out), json.loads(figures.read_text())
    assert code == 0
    assert said["predicted"] == said["observations"] == kept["observations"] > 0
    assert said["misses"] == said["unread"] == []
    assert kept["servers"] == {str(trace["major"]): trace["server_version"]}
