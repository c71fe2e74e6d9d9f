"""A class of a hundred at one app process: everybody is told why, no answer is lost, none counts twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from progress import tables as t
from tests import browsing
from tests.progress import classroom
from tests.progress.classroom import Learner
from tests.progress.stores import postgres, sqlite, store_at

pytestmark = pytest.mark.timeout(240)

LEARNERS = 100
SEATS = 8
"""Learners at each of two processes."""
IMPATIENT = 5
"""Every fifth says an answer twice, as the page does when nothing comes back for some seconds."""


def kept(url: str) -> list[tuple[str, str]]:
    """The ids of all answers, each with its learner."""
    with store_at(url) as store, store.engine.connect() as connection:
        return [(row.id, row.learner) for row in connection.execute(select(t.answers.c.id, t.answers.c.learner))]


def check(url: str, learners: Sequence[Learner], rounds: int) -> None:
    """Each learner has the answers whose explanations came, each once, and nobody has another's."""
    told = [token for one in learners for token in one.answered]
    sent = set(told)
    everything = kept(url)
    mine = {owner for token, owner in everything if token in sent}
    answers = [(token, owner) for token, owner in everything if owner in mine]
    assert len(told) == len(set(told)) == rounds * len(learners), "everybody was told why, each time"
    assert Counter(token for token, _ in answers) == Counter(told), "nothing is lost, nothing is there twice"
    owners = dict(answers)
    assert all(len({owners[token] for token in one.answered}) == 1 for one in learners)
    assert set(Counter(owners.values()).values()) == {rounds}, "and nobody has an answer of somebody else"
    with store_at(url) as store:
        codes = set(owners.values())
        assert sum(len(store.cards(code)) for code in codes) == len(answers), "each question has its next date"


def test_a_hundred_who_answer_in_the_same_moment_lose_nothing(tmp_path: Path) -> None:
    url = sqlite(tmp_path)

    async def lesson(address: str) -> None:
        async with classroom.seated(address, LEARNERS) as learners:
            await asyncio.gather(*(one.answer(times=1 + (at % IMPATIENT == 0)) for at, one in enumerate(learners)))
            await asyncio.gather(*(one.next() for one in learners))
            await classroom.at_once(learners, window=3)
            check(url, learners, rounds=2)

    with browsing.serve(progress=url) as address:
        asyncio.run(lesson(address))


@pytest.mark.server
def test_a_process_that_is_killed_takes_no_answer_with_it_and_its_learners_go_on_at_the_other() -> None:
    with (
        postgres() as url,
        browsing.started(progress=url) as (one, first),
        browsing.started(progress=url) as (_, second),
    ):
        asyncio.run(_killed(url, one.pid, first, second))


async def _killed(url: str, pid: int, first: str, second: str) -> None:
    async with classroom.seated(first, SEATS) as here, classroom.seated(second, SEATS) as there:
        await asyncio.gather(*(classroom.through(one, 2) for one in (*here, *there)))
        os.killpg(pid, signal.SIGKILL)
        owners = dict(kept(url))
        codes = [owners[one.answered[0]] for one in here]
        # What a proxy and the browser do: the same cookie, at the process that is left.
        async with classroom.seated(second, SEATS, codes=codes) as back:
            await asyncio.gather(*(one.answer() for one in (*there, *back)))
            for old, new in zip(here, back, strict=True):
                new.answered[:0] = old.answered
            check(url, [*there, *back], rounds=3)
