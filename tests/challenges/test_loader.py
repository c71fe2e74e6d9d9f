"""Malformed challenge files are told with file, line and field; unsound ones are found by the checker."""

from __future__ import annotations

import re

import pytest

from levels.check import problems
from levels.loader import loads
from simulator.faults import ScenarioError

GOOD = """\
id: a-level
number: 1
chapter: logical
title: {ja: 題, en: A title}
story: {ja: 話です。, en: A story.}
why: {ja: 理由です。, en: A reason.}
hints:
  - {ja: 一です。, en: One.}
  - {ja: 二です。, en: Two.}
  - {ja: 三です。, en: Three.}
versions: 14-15
world:
  directories: {/backup: {size: 1GB}}
  settings: {work_mem: 8MB}
  prepare:
    - touch ~/here
goal:
  - file: {path: /backup/x}
  - not: true
    file: {path: ~/here}
par: 2
solution:
  - 14: mv ~/here /backup/x
    15: mv -f ~/here /backup/x
traps:
  - when:
      - typed: {pattern: ^rm}
    why: {ja: 駄目です。, en: Not so.}
    commands: [rm ~/here]
objectives: [S2.4]
failures: [1]
""".replace("par: 2", "par: 1")
# What is replaced, by what, the line and the field of the fault, and words of its sentence.
SPOILT = (
    ("number: 1", "number: 0", 2, "number", "at least 1"),
    ("chapter: logical", "chapter: physics", 3, "chapter", '"physics" is not allowed'),
    (", en: A title", "", 4, "title.en", "required"),
    ("en: A story.", "en: ''", 5, "story.en", "must not be empty"),
    ("  - {ja: 三です。, en: Three.}\n", "", 7, "hints", "must not be empty"),
    ("versions: 14-15", "versions: 8", 11, "versions", "not in the table"),
    ("{size: 1GB}", "{size: much}", 13, "world.directories./backup.size", "not a size"),
    ("{/backup:", "{backup:", 13, "world.directories.backup.[key]", "is not allowed"),
    ("world:", "world:\n  weather: [snow]", 13, "world.weather[0]", "wrong type"),
    ("world:", "world:\n  client: 9", 13, "world.client", "not in the table"),
    ("world:", "world:\n  old: {path: /o, version: 9}", 13, "world.old.version", "not in the table"),
    ("world:", "world:\n  name: moon", 13, "world.name", '"moon" is not allowed'),
    ("touch ~/here", "{at: moon, run: ls}", 16, "world.prepare[0].at", "needs several machines"),
    ("touch ~/here", "{at: backup1, run: ls}", 16, "world.prepare[0].at", "needs several machines"),
    ("  - file:", "  - at: standby1\n    file:", 18, "goal[0].at", "needs several machines"),
    ("touch ~/here", "''", 16, "world.prepare[0]", "must not be empty"),
    ("file: {path: /backup/x}", "file: {}", 18, "goal[0].file.path", "required"),
    ("file: {path: /backup/x}", "file: {path: /x, at: 1}", 18, "goal[0].file.at", "no such field"),
    ("file: {path: /backup/x}", "fiel: {path: /x}", 18, "goal[0].fiel", "no such field"),
    ("file: {path: /backup/x}", "not: true", 18, "goal[0]", "exactly one condition"),
    ("file: {path: /backup/x}", "typed: {pattern: x}", 18, "goal[0].typed", "a goal cannot hold typed"),
    ("file: {path: /backup/x}", "server: {state: up}", 18, "goal[0].server.state", '"up" is not allowed'),
    ("file: {path: /backup/x}", "rows: {table: a.b, count: x}", 18, "goal[0].rows.count", "wrong type"),
    ("par: 1", "par: 0", 21, "par", "at least 1"),
    ("    15: mv", "    19: mv", 24, "solution[0].19", "not in the table"),
    ("{pattern: ^rm}", "{pattern: '('}", 27, "traps[0].when[0].typed.pattern", "not a regular expression"),
    ("    commands: [rm ~/here]\n", "", 26, "traps[0].commands", "required"),
    ("failures: [1]", "failures: [56]", 31, "failures[0]", "too large"),
    ("failures: [1]", "failures: [1]\nfailures: [2]", 32, "failures", "given twice"),
    ("failures: [1]", "colour: red", 31, "colour", "no such field"),
)


def test_the_good_file_is_a_sound_challenge() -> None:
    """It loads, and the checker finds nothing."""
    assert list(problems(loads(GOOD.encode()))) == []


@pytest.mark.parametrize(("old", "new", "line", "field", "says"), SPOILT)
def test_a_fault_is_told_at_its_line_and_field(old: str, new: str, line: int, field: str, says: str) -> None:
    """file:line: field: sentence, in both languages."""
    assert GOOD.count(old) >= 1
    with pytest.raises(ScenarioError) as caught:
        loads(GOOD.replace(old, new, 1).encode(), "level.yaml")
    told = [(fault.line, fault.field, fault.text("en")) for fault in caught.value.faults]
    assert any((at, where) == (line, field) and says in text for at, where, text in told), told
    for fault in caught.value.faults:
        assert fault.line_of_text("ja").startswith(f"level.yaml:{fault.line}: ")
        assert re.search("[ぁ-ん]", fault.text("ja"))


def test_a_world_of_several_machines_knows_its_own() -> None:
    several = GOOD.replace("world:", "world:\n  name: three-machines", 1)
    known = loads(several.replace("touch ~/here", "{at: backup1, run: ls}").encode())
    assert [line.on for line in known.beginning.prepare] == ["backup1"]
    with pytest.raises(ScenarioError) as caught:
        loads(several.replace("touch ~/here", "{at: moon, run: ls}").encode())
    assert "db1, backup1, standby1" in str(caught.value)


UNSOUND = (
    ("mv ~/here /backup/x", "touch ~/x", "challenge_unsolved"),
    ("  - 14: mv", "  - touch /backup/x && rm ~/here\n  - 14: mv", "challenge_solved_early"),
    ("par: 1", "par: 2", "challenge_par"),
    ("touch ~/here", "touch /backup/x", "challenge_passes_idle"),
    ("touch ~/here", "touch /nowhere/x", "challenge_not_prepared"),
    ("[rm ~/here]", "[ls]", "challenge_trap"),
    ("pattern: ^rm", "pattern: ^ls", "challenge_moves_idle"),
)


@pytest.mark.parametrize(("old", "new", "kind"), UNSOUND)
def test_an_unsound_challenge_is_found(old: str, new: str, kind: str) -> None:
    """Each in its own words."""
    assert kind in {problem.kind for problem in problems(loads(GOOD.replace(old, new, 1).encode()))}


def test_japanese_lines_are_joined_without_a_space() -> None:
    """YAML puts one where a folded text is broken; between Japanese sentences there is none."""
    folded = GOOD.replace(
        "{ja: 話です。, en: A story.}", "\n  ja: >-\n    一です。\n    二です。\n  en: >-\n    One.\n    Two."
    )
    story = loads(folded.encode()).story
    assert (story.ja, story.en) == ("一です。二です。", "One. Two.")
