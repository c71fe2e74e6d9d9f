"""Whole sessions at the terminal: command lines, what they print, and whether the data comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from host.content import text_of
from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world
from simulator.versions import KNOWN, spans

FILES = sorted(Path(__file__).parent.glob("sessions*.txt"))
LINES = [line for path in FILES for line in path.read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True, slots=True)
class Command:
    line: str
    exit: int
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    title: str
    majors: tuple[int, ...]
    commands: tuple[Command, ...]


def _sessions() -> Iterator[Session]:
    title, majors = "", KNOWN
    commands: list[Command] = []
    for line in [*LINES, "== "]:
        head = re.fullmatch(r"== (.*?)(?: \[([\d ]+)\])?", line)
        if head:
            if commands:
                yield Session(title, majors, tuple(commands))
            title, commands = head[1], []
            majors = tuple(int(word) for word in head[2].split()) if head[2] else KNOWN
        elif line.startswith("$ "):
            commands.append(Command(line[2:], 0, ()))
        elif line.startswith("! "):
            commands[-1] = Command(commands[-1].line, int(line[2:]), commands[-1].expected)
        elif line.startswith("= "):
            commands[-1] = Command(commands[-1].line, commands[-1].exit, (*commands[-1].expected, line[2:]))


SESSIONS = tuple(_sessions())


def _typed(host: Host, command: Command) -> tuple[Host, list[str]]:
    """The host after a command line, and what is not as it must be."""
    done = run_line(host, command.line)
    printed = text_of(done.stdout) + done.stderr
    faults = [] if done.exit == command.exit else [f"exit {done.exit}"]
    at = 0
    for wanted in command.expected:
        found = printed.find(wanted, at)
        if found < 0:
            faults.append(f"{wanted!r} is not (or not there) in {printed!r}")
        at = max(at, found + len(wanted))
    return done.host, faults


@pytest.mark.parametrize(
    ("session", "major"),
    [pytest.param(one, major, id=f"{one.title}-{major}") for one in SESSIONS for major in one.majors],
)
def test_a_session_goes_as_a_real_one(session: Session, major: int) -> None:
    host = world("default", Build(major), Build(major))
    for command in session.commands:
        host, faults = _typed(host, command)
        assert not faults, command.line


def test_the_sessions_name_known_majors() -> None:
    assert all(set(one.majors) <= spans("12+") for one in SESSIONS)
