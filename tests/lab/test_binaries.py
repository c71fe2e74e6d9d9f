"""Which PostgreSQL is taken, and what is said when there is none."""

from pathlib import Path

import pytest

from console.lab import lab_run
from lab import NoServer, binaries
from lab.binaries import CLIENT_TOOLS, SERVER_TOOLS, Installation, choose, look_at

ALL = (*SERVER_TOOLS, *CLIENT_TOOLS)


def installed(number: int, folder: str, tools: tuple[str, ...] = ALL) -> Installation:
    return Installation(number, f"{number}.1", Path(folder), {tool: Path(folder) / tool for tool in tools}, "test")


def test_the_first_found_of_a_major_is_taken() -> None:
    found = (installed(16, "/one"), installed(16, "/two"), installed(18, "/three"))
    assert choose(16, (), found).folder == Path("/one")


def test_without_a_wish_the_newest_that_the_scenario_is_about_is_taken() -> None:
    found = (installed(15, "/a"), installed(16, "/b"), installed(18, "/c"))
    assert choose(None, (12, 15, 16), found).release == "16.1"


def test_one_with_client_tools_is_better_than_one_without() -> None:
    found = (installed(16, "/bare", SERVER_TOOLS), installed(16, "/full"))
    assert choose(16, (), found).folder == Path("/full")


def test_a_server_without_client_tools_borrows_those_of_the_next_newer_one() -> None:
    found = (installed(14, "/bare", SERVER_TOOLS), installed(18, "/newest"), installed(15, "/newer"))
    chosen = choose(14, (), found)
    assert chosen.borrowed == 15
    assert chosen.tools["psql"] == Path("/newer/psql")
    assert chosen.tools["postgres"] == Path("/bare/postgres")


def test_older_clients_are_no_help() -> None:
    with pytest.raises(NoServer) as caught:
        choose(16, (), (installed(16, "/bare", SERVER_TOOLS), installed(15, "/older")))
    assert caught.value.found == (15,)


def test_a_major_that_the_model_does_not_know_is_not_looked_at(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for tool in SERVER_TOOLS:
        (tmp_path / tool).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 9.6'\n")
        (tmp_path / tool).chmod(0o755)
    assert look_at(tmp_path, "test") is None


@pytest.mark.parametrize(("language", "words"), [("en", "One of these gives you one"), ("ja", "用意できます")])
def test_without_a_server_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    monkeypatch.setattr(binaries, "installations", lambda: (installed(15, "/a"),))
    assert lab_run("fetch-loses-wal", "18", as_json=False, language=language) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "15" in told


def test_a_major_that_is_no_number_is_malformed(capsys: pytest.CaptureFixture[str]) -> None:
    assert lab_run("fetch-loses-wal", "eighteen", as_json=False, language="en") == 2
    assert "eighteen" in capsys.readouterr().err
