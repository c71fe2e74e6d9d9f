"""What a class of a hundred costs an app process.  Times are printed; counts are asserted.

The class comes through Streamlit's own websocket (tests/progress/classroom.py), each with the practice page open.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter

import pytest

from tests import browsing
from tests.bench.table import Bench
from tests.progress import classroom
from tests.progress.classroom import Learner, percentile
from tests.progress.stores import sqlite

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

TABLE = "class"
SESSION_BYTES = 500_000


def test_a_class_of_a_hundred(bench: Bench, tmp_path: Path) -> None:
    """One learner alone, then a hundred; in one run, on a process that has played every question once."""
    url = sqlite(tmp_path)
    with browsing.started(progress=url) as (server, address):
        assert asyncio.run(_lesson(bench, address, server.pid, url)) == []


async def _lesson(bench: Bench, address: str, pid: int, url: str) -> list[str]:
    count, rounds, alone_rounds = (12, 1, 5) if bench.off else (100, 3, 60)
    async with classroom.seated(address, 10) as early:
        await asyncio.gather(*(classroom.through(one, 2 if bench.off else 60) for one in early))
    async with classroom.seated(address, 1) as [alone]:
        await classroom.through(alone, alone_rounds)
        before, begun = classroom.resident(pid), perf_counter()
        async with classroom.seated(address, count) as learners:
            came_in = (perf_counter() - begun) / count
            await classroom.in_rhythm(learners, rounds, *((0, 1) if bench.off else (20, 30)))
            rhythm = _taken(learners)
            await classroom.at_once(learners, window=1 if bench.off else 10)
            window = _taken(learners)
            await classroom.onward(learners)
            await classroom.at_once(learners)
            burst = _taken(learners)
            session = (classroom.resident(pid) - before) / count
            wrong = classroom.wrong(url, learners, rounds + 2)
        await classroom.through(alone, alone_rounds)
    one = percentile(alone.seconds, 0.95)
    bench.note("an answer explained, one learner, 95 %", one, goal=None, unit="s", among=alone.seconds)
    for name, times, goal in (
        ("each answers every 20 to 30 s", rhythm, 5.0),
        ("all within 10 s", window, 5.0),
        ("all in the same moment", burst, None),
    ):
        bench.also(f"the same, 100 learners, {name}", percentile(times, 0.95), unit="s", among=times)
        bench.also(
            "  divided by that of one learner", percentile(times, 0.95) / one, goal=goal, unit="times", less=True
        )
    bench.also("a learner comes in: page and first question", came_in, unit="s")
    bench.also("memory of a session", session / 1000, goal=SESSION_BYTES / 1000, unit="kB", less=True)
    return wrong


def _taken(learners: list[Learner]) -> list[float]:
    """The times since this was called last."""
    found = [seconds for one in learners for seconds in one.seconds]
    for one in learners:
        one.seconds.clear()
    return found
