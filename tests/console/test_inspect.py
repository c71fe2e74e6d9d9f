"""`waldojo inspect`: pasted output, standard input and a real server become a report; faults become a sentence."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

import cli
from inspection.statements import asked_of
from lab.binaries import installations
from lab.processes import server_user
from tests.recorders.throwaway_server import PORT, Server, home_for

DATA = Path(__file__).resolve().parents[1] / "data" / "inspection"
PASSWORD = "correct-horse"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    text = json.loads(gzip.decompress((DATA / "psql-16.json.gz").read_bytes()))["script"]
    path = tmp_path / "pasted.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_file_becomes_a_report_that_begins_with_what_matters_most(
    file: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["inspect", str(file), "--lang", language, "--disk", "100GB", "--rate", "2MB/s"]) == 1
    printed = capsys.readouterr().out
    first = printed.splitlines()[0]
    assert ("14時間" if language == "ja" else "14 h") in first
    assert "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB';" in printed
    assert "/theatre?scenario=archive-fills-the-disk&v=16" in printed


def test_standard_input_is_read(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(file.read_text(encoding="utf-8")))
    assert cli.main(["inspect", "-", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 16
    assert "archive_failing_waiting" in [finding["code"] for finding in told["findings"]]
    assert "gzip" not in json.dumps(told)


def test_a_server_with_nothing_dangerous_ends_with_zero(tmp_path: Path) -> None:
    calm = tmp_path / "calm.conf"
    calm.write_text("wal_keep_size = 1GB\nmax_wal_size = 4GB\n")
    assert cli.main(["inspect", str(calm), "--pg", "16"]) == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nowhere.txt"], "nowhere.txt"),
        (["{file}", "--disk", "much"], "--disk"),
        (["{file}", "--pg", "11"], "12, 13"),
        (["{file}", "--pg", "²"], "12, 13"),
        (["{conf}"], "--pg 16"),
        (["{empty}"], "heading line"),
        ([f"postgresql://me:{PASSWORD}@127.0.0.1:1/x"], "no session"),
        ([f"postgresql://me:{PASSWORD}@[::1:1/x"], "not well formed"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    arguments: list[str], word: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my.conf").write_text("fsync = off\n")
    (tmp_path / "empty").write_text("")
    names = {"file": file, "conf": tmp_path / "my.conf", "empty": tmp_path / "empty"}
    assert cli.main(["inspect", *(each.format(**names) for each in arguments), "--lang", "en"]) == 2
    said = capsys.readouterr()
    assert word in said.err
    assert PASSWORD not in said.err + said.out
    assert "Traceback" not in said.err


def test_the_statements_are_shown_and_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", "--show-statements", "--pg", "12", "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{sql};" in printed for _, sql in asked_of(12))


@pytest.mark.server
def test_a_real_server_is_inspected_after_the_statements_were_shown(capsys: pytest.CaptureFixture[str]) -> None:
    found = installations()[0]
    with home_for(server_user()) as home:
        server = Server(found.folder, home / "one", server_user())
        server.configure("fsync = off\n")
        with server.running():
            dsn = f"host={server.home} port={PORT} user=postgres dbname=postgres"
            assert cli.main(["inspect", dsn, "--lang", "en", "--disk", "10GB"]) == 1
    said = capsys.readouterr()
    assert "each in a read-only transaction" in said.err
    assert "fsync is off" in said.out
    assert f"PostgreSQL {found.release}" in said.out
