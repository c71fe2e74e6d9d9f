"""`waldojo lab exec`: both answers, what differs first, and why a line was not performed."""

import json

import pytest

from cli import main

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]


def test_a_session_is_shown_with_both_answers(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["psql -d shop -Atc 'select count(*) from orders'", "pg_ctl -D $PGDATA status", "id"]
    assert main(["lab", "exec", "--pg", "16", "--lang", "en", *lines]) == 0
    said = capsys.readouterr().out
    assert "  host = real server: exit 0\n    8\n  = equal" in said
    assert said.count("pg_ctl: server is running (PID: ") == 2
    assert "? not performed: id is not one of the programs that the lab runs for real." in said
    assert said.rstrip().splitlines()[-1].startswith("2 of 3 lines performed, ")


def test_each_line_is_an_object_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "exec", "--pg", "16", "--json", "ls $BACKUP", "bash -c id", "ls"]) == 0
    first, second, third = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["host"] == first["real"] == {"exit": 0, "stdout": "", "stderr": ""}
    assert (first["differences"], first["reason"]) == ([], None)
    assert first["compared"] >= 10
    assert second["real"] is None
    assert "bash" in second["reason"]
    assert third["real"] is None  # bash may have changed anything: from there on nothing is comparable
    assert third["compared"] == 0


def test_a_major_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "exec", "--pg", "x", "ls"]) == 2
    assert main(["lab", "exec", "--pg", "9", "ls"]) == 2
    assert "9" in capsys.readouterr().err
