"""Random sessions hold the simulated host and a real server together; one that does not is made small and printed."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from host.call import Done
from host.machine import Host
from host.shell import run_line
from lab.binaries import choose
from lab.check import of_the_wheel, usable
from lab.progress import nobody
from lab.terminal.comparing import Held, as_typed, session
from lab.terminal.ground import ground
from lab.tickets import turn
from tests.lab.terminal_drawn import LONGEST, SHORTEST, lines

pytestmark = [pytest.mark.server, pytest.mark.timeout(1500)]

FRESH = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
SEQUENCES = int(os.environ.get("SESSIONS", "400" if FRESH else "40"))
A_CHUNK = 10
CHUNKS = -(-SEQUENCES // A_CHUNK)
FIELDS_A_SESSION = 50
"""That so many are compared, on the average: a check that compares nothing would never fail."""
RACES = 2
"""So many sessions of a chunk may differ once and agree when they are performed again."""
SHRINKING = 120.0
"""Seconds."""
MAJORS = tuple(sorted(of_the_wheel(usable())))
"""Other builds have other compression and locales; the wheel's are the same everywhere."""

Answer = Callable[[Host, str], Done]


@dataclass
class Tally:
    """What was compared in a chunk."""

    lines: int = 0
    performed: int = 0
    fields: int = 0
    once: list[str] = field(default_factory=list)
    """What differed and did not when it was performed again: a race of a busy machine, not a rule."""

    def add(self, found: Sequence[Held]) -> None:
        """Count what was performed."""
        self.lines += len(found)
        self.performed += sum(held.real is not None for held in found)
        self.fields += sum(held.compared for held in found)


def held(major: int, typed: Sequence[str], answer: Answer = run_line) -> list[Held]:
    """A session on both sides, up to the first difference."""
    found = []
    with turn(nobody), ground(choose(major, (major,))) as place:
        for one in session(place, typed, answer):
            found.append(one)
            if one.differences:
                break
    return found


def parted(found: Sequence[Held]) -> Held | None:
    return next((one for one in found if one.differences), None)


def shrunk(major: int, typed: Sequence[str], field: str, answer: Answer = run_line) -> list[str]:
    """The shortest session found in which the same field differs in the last line: lines before it are dropped."""
    best, end = list(typed), time.monotonic() + SHRINKING
    size = max(1, (len(best) - 1) // 2)
    while size >= 1 and time.monotonic() < end:
        at = 0
        while at < len(best) - 1 and time.monotonic() < end:
            fewer = best[:at] + best[min(at + size, len(best) - 1) :]
            last = held(major, fewer, answer)[-1]
            if last.line == best[-1] and any(one.field == field for one in last.differences):
                best = fewer
            else:
                at += size
        size //= 2
    return best


def told(major: int, typed: Sequence[str], answer: Answer = run_line) -> str:
    """The smallest session with that difference, as it can be typed again."""
    first = parted(held(major, typed, answer))
    if first is None:
        return "it does not differ any more"
    small = shrunk(major, typed[: list(typed).index(first.line) + 1], first.differences[0].field, answer)
    last = parted(held(major, small, answer)) or first
    said = [f"PostgreSQL {major}: $ {last.line}"]
    for one in last.differences:
        said += [f"  {one.field}", f"    host: {one.host!r}", f"    real: {one.real!r}"]
    return "\n".join([*said, *(form.format(major) for form in as_typed(small).values())])


def _a_chunk(number: int) -> tuple[int, int]:
    """Major and seed: fixed seeds in CI, fresh ones when it soaks."""
    return MAJORS[number % len(MAJORS)], secrets.randbits(32) if FRESH else number


@pytest.mark.parametrize(
    "number",
    [pytest.param(number, marks=pytest.mark.xdist_group(f"sessions-{number % 2}")) for number in range(CHUNKS)],
)
def test_host_and_server_agree_on_random_sequences_of_lines(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    major, seed = _a_chunk(number)
    tally = Tally()
    for index in range(A_CHUNK):
        typed = lines(Random(f"{major}-{seed}-{index}"), major)
        found = held(major, typed)
        if (first := parted(found)) is not None:
            found = held(major, typed)
            if parted(found) is not None:
                pytest.fail(f"seed {seed}, session {index}: {told(major, typed)}", pytrace=False)
            tally.once.append(f"{first.line}: {first.differences[0].field}")
        tally.add(found)
    with capsys.disabled():
        print(f"\n  PostgreSQL {major}, seed {seed}: {tally.fields} fields of {tally.performed} lines agree")
        for said in tally.once:
            print(f"    once only, and not when it was performed again: {said}")
    assert tally.fields >= FIELDS_A_SESSION * A_CHUNK
    assert tally.performed * 10 >= tally.lines * 8
    assert len(tally.once) <= RACES


def test_equal_dice_tell_equal_sessions_of_six_to_ten_lines() -> None:
    drawn = [lines(Random(number), 16) for number in range(50)]
    assert drawn == [lines(Random(number), 16) for number in range(50)]
    assert {SHORTEST <= len(each) <= LONGEST for each in drawn} == {True}
    assert len({line.split(" ")[0] for each in drawn for line in each}) >= 15


def test_a_host_that_forgets_a_rule_is_caught_and_the_session_made_small() -> None:
    def forgetful(host: Host, line: str) -> Done:
        done = run_line(host, line)
        return Done(done.host, 0, "", "") if line.startswith("dropdb") else done

    typed = ["ls $WORK", "createdb one", "psql -d one -Atc 'select 1'", "dropdb nosuch", "ls $WORK"]
    said = told(16, typed, forgetful)
    assert "PostgreSQL 16: $ dropdb nosuch" in said
    assert "waldojo lab exec --pg 16 'dropdb nosuch'" in said.splitlines()[-1]
    assert "waldojo exec --world fixture-without-tablespace --version 16 'dropdb nosuch'" in said
