"""A sitting as a file: saved, opened again in the sandbox and by `waldojo exec --file`, and refused with the place."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cli
from simulator.faults import ScenarioError
from ui.language import LANGUAGES
from ui.terminal import sharing, sitting
from ui.terminal.sitting import INTERRUPT, Line, Sitting
from ui.terminal.start import Start

TITLE = {"ja": "記録", "en": "A sitting"}
HEAD = "format: terminal/1\nversion: 16\n"
LINES = (
    Line(0, "echo 'バックアップ: #1' > ~/note"),
    Line(0, "cat <<'END'"),
    Line(0, "  kept"),
    Line(0, "END"),
    Line(1, "psql shop"),
    Line(1, "select count(*)"),
    Line(0, "echo 'dropped"),
    Line(0, INTERRUPT),
    Line(1, "from orders;"),
    Line(0, "ls -1 ~"),
)


def saved(here: Sitting) -> str:
    return sharing.as_yaml(here, TITLE)


def test_a_file_leads_to_the_same_state() -> None:
    here = sitting.begin(Start(16, (("wal_keep_size", "64MB"), ("archive_mode", "on"))), LINES)
    text = saved(here)
    plan = sharing.from_yaml(text.encode())
    assert sitting.begin(plan.start, plan.lines).now == here.now
    assert "version: 16" in text
    assert "wal_keep_size: 64MB" in text


def test_a_file_names_the_world_and_its_terminals() -> None:
    here = sitting.begin(Start(17, (), "three-machines"), [Line(2, "hostname")])
    plan = sharing.from_yaml(saved(here).encode())
    assert (plan.start.world, plan.lines) == ("three-machines", (Line(2, "hostname"),))


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a: [", "terminal.yaml:", "YAML"),
        ("[]", "terminal.yaml:1: ", ""),
        ("format: scenario/1", "terminal.yaml:1: format: ", "terminal/1"),
        (HEAD.replace("16", "9"), "terminal.yaml:2: version: ", "12, 13"),
        (f"{HEAD}world: nine\n", "terminal.yaml:3: world: ", "three-machines"),
        (f"{HEAD}settings: [1]\n", "terminal.yaml:3: settings: ", ""),
        (f"{HEAD}settings:\n  work_mem: 8MB\n  wal_level: banana\n", "terminal.yaml:5: settings.wal_level: ", "banana"),
        (f"{HEAD}settings: {{port: 1}}\n", "terminal.yaml:3: settings.port: ", "port"),
        (f"{HEAD}world: empty\nsettings: {{work_mem: 8MB}}\n", "terminal.yaml:4: settings: ", "empty"),
        (f"{HEAD}timeline:\n- shell: ls\n- shell: ls\n  tab: 3\n", "terminal.yaml:6: timeline[1].tab: ", "3"),
        (f"{HEAD}timeline:\n- shell: ls\n- shel: ls\n", "terminal.yaml:5: timeline[1]", "shel"),
        (f"{HEAD}timeline:\n- tab: 1\n", "terminal.yaml:4: timeline[0]: ", "shell"),
        (f"{HEAD}timeline: [&a {{shell: ls}}, *a]\n", "terminal.yaml:3: ", ""),
        (f"{HEAD}timeline: !!python/object/apply:os.system ['true']\n", "terminal.yaml:", ""),
        (HEAD + "x" * 2_000_000, "terminal.yaml:1: ", "1 MB"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, place: str, says: str) -> None:
    with pytest.raises(ScenarioError) as wrong:
        sharing.from_yaml(text.encode())
    told = wrong.value.faults[0].line_of_text("en")
    assert told.startswith(place)
    assert says in told
    assert not wrong.value.faults[0].line_of_text("ja").isascii()


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: (HEAD + text).encode("utf-8", "replace")))
def test_no_file_can_raise_anything_else(raw: bytes) -> None:
    with suppress(ScenarioError):
        assert sharing.from_yaml(raw).start.major == 16


def test_exec_replays_a_file_with_its_terminals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(saved(sitting.begin(Start(16), LINES)), encoding="utf-8")
    assert cli.main(["exec", "--file", str(file)]) == 0
    out = capsys.readouterr().out
    assert "  kept\n" in out
    assert "(1 row)" in out
    assert out.endswith("note\n")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_exec_tells_what_is_wrong_with_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(f"{HEAD}settings: {{wal_level: banana}}\n", encoding="utf-8")
    assert cli.main(["exec", "--lang", lang, "--file", str(file)]) == 2
    assert "bad.yaml:3: settings.wal_level: " in capsys.readouterr().err
    assert cli.main(["exec", "--lang", lang, "--file", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err
