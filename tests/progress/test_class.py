"""A class of a hundred at one app process: everybody is told why, no answer is lost, none counts twice."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests import browsing
from tests.progress import classroom
from tests.progress.stores import postgres, sqlite

pytestmark = pytest.mark.timeout(240)

LEARNERS = 100
SEATS = 8
"""Learners at each of two processes."""
IMPATIENT = 5
"""Every fifth says an answer twice, as the page does when nothing comes back for some seconds."""


def test_a_hundred_who_answer_in_the_same_moment_lose_nothing(tmp_path: Path) -> None:
    url = sqlite(tmp_path)

    async def lesson(address: str) -> list[str]:
        async with classroom.seated(address, LEARNERS) as learners:
            await asyncio.gather(*(one.answer(times=1 + (at % IMPATIENT == 0)) for at, one in enumerate(learners)))
            await asyncio.gather(*(one.next() for one in learners))
            await classroom.at_once(learners, window=3)
            return classroom.wrong(url, learners, rounds=2)

    with browsing.serve(progress=url) as address:
        assert asyncio.run(lesson(address)) == []


@pytest.mark.server
def test_a_process_that_is_killed_takes_no_answer_with_it_and_its_learners_go_on_at_the_other() -> None:
    with (
        postgres() as url,
        browsing.started(progress=url) as (one, first),
        browsing.started(progress=url) as (_, second),
    ):
        assert asyncio.run(_killed(url, one.pid, first, second)) == []


async def _killed(url: str, pid: int, first: str, second: str) -> list[str]:
    async with classroom.seated(first, SEATS) as here, classroom.seated(second, SEATS) as there:
        await asyncio.gather(*(classroom.through(one, 2) for one in (*here, *there)))
        os.killpg(pid, signal.SIGKILL)
        owners = dict(classroom.kept(url))
        codes = [owners[one.answered[0]] for one in here]
        # What a proxy and the browser do: the same cookie, at the process that is left.
        async with classroom.seated(second, SEATS, codes=codes) as back:
            await asyncio.gather(*(one.answer() for one in (*there, *back)))
            for old, new in zip(here, back, strict=True):
                new.answered[:0] = old.answered
            return classroom.wrong(url, [*there, *back], rounds=3)
