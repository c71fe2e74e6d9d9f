"""A class of simulated learners: each is a websocket that speaks Streamlit's messages, as a page in a browser does."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from progress import tables as t
from tests.progress.stores import store_at
from ui.study import SHEET
from ui.study.learner import COOKIE

PATIENCE_SECONDS = 120


@dataclass
class Learner:
    """One session of the practice page."""

    socket: ClientConnection
    page: str = "/practice"
    asked: dict[str, Any] = field(default_factory=dict)
    """What the component was told last."""
    component: str = ""
    fragment: str = ""
    answered: list[str] = field(default_factory=list)
    """Tokens of the questions whose explanation came."""
    seconds: list[float] = field(default_factory=list)
    """From each answer to its explanation."""

    async def open(self, address: str) -> None:
        """Ask for the page and wait for the first question."""
        wanted = BackMsg()
        wanted.rerun_script.page_name = self.page.strip("/")
        wanted.rerun_script.context_info.url = address + self.page
        wanted.rerun_script.context_info.locale = "en-US"
        await self.socket.send(wanted.SerializeToString())
        await self._until_run()

    async def answer(self, *, times: int = 1) -> None:
        """Answer what is asked, knowing nothing, and wait until it is explained; an impatient one says it again."""
        token = self.asked["token"]
        said = {"token": token, "do": "answer", "given": guess(self.asked)}
        began = time.perf_counter()
        for _ in range(times):
            await self._say(said)
        while not (self.asked["token"] == token and "after" in self.asked):
            await self._hear()
        self.seconds.append(time.perf_counter() - began)
        self.answered.append(token)
        await self._until_run()

    async def next(self) -> None:
        """Ask for the next question."""
        token = self.asked["token"]
        await self._say({"token": token, "do": "next"})
        while self.asked["token"] == token:
            await self._hear()
        await self._until_run()

    async def _say(self, said: dict[str, Any]) -> None:
        message = BackMsg()
        message.rerun_script.page_name = self.page.strip("/")
        message.rerun_script.fragment_id = self.fragment
        states = message.rerun_script.widget_states.widgets
        states.add(id=self.component, json_value="{}")
        event = json.dumps([{"event": "said", "value": json.dumps(said)}])
        states.add(id=f"$$STREAMLIT_INTERNAL_KEY_{self.component}__events", json_trigger_value=event)
        await self.socket.send(message.SerializeToString())

    async def _until_run(self) -> None:
        while await self._hear() != "script_finished":
            pass

    async def _hear(self) -> str:
        """One message of the server; what is about the question is kept."""
        message = ForwardMsg()
        async with asyncio.timeout(PATIENCE_SECONDS):
            message.ParseFromString(await self.socket.recv(decode=False))
        kind = str(message.WhichOneof("type"))
        element = message.delta.new_element if kind == "delta" else None
        if element is not None and element.WhichOneof("type") == "bidi_component":
            told = element.bidi_component
            if told.component_name == SHEET:
                self.component, self.fragment = told.id, message.delta.fragment_id
                self.asked = json.loads(json.loads(told.json)["s"])
        return kind


def guess(asked: dict[str, Any]) -> dict[str, Any]:
    """An answer of the right kind from somebody who knows nothing."""
    match asked["kind"]:
        case "typed" | "number":
            return {"text": "1"}
        case "picture":
            return {"names": asked["names"][:1]}
        case "order":
            return {"marked": list(range(len(asked["choices"])))}
        case _:
            return {"marked": list(range(max(1, asked["wants"])))}


@asynccontextmanager
async def seated(address: str, count: int, *, codes: Sequence[str] = ()) -> AsyncIterator[list[Learner]]:
    """So many learners with the practice page open: they come in one after the other.  `codes`: who has been here."""
    async with AsyncExitStack() as doors:
        learners = []
        for at in range(count):
            cookies = [f"waldojo_seat={at}", *(f"{COOKIE}={code}" for code in codes[at : at + 1])]
            there = connect(
                address.replace("http", "ws", 1) + "/_stcore/stream",
                subprotocols=[Subprotocol("streamlit")],
                additional_headers={"Cookie": "; ".join(cookies)},
                max_size=None,
                ping_interval=None,
            )
            learners.append(Learner(await doors.enter_async_context(there)))
            await learners[-1].open(address)
        yield learners


async def through(one: Learner, rounds: int) -> None:
    """One learner answers and goes on, again and again."""
    for _ in range(rounds):
        await one.answer()
        await one.next()


async def at_once(learners: list[Learner], *, window: float = 0, seed: int = 1) -> None:
    """Everybody answers once, each at a moment of the window that is drawn; 0: all in the same moment."""
    draw = random.Random(seed)

    async def one(learner: Learner, moment: float) -> None:
        await asyncio.sleep(moment)
        await learner.answer()

    await asyncio.gather(*(one(learner, draw.uniform(0, window)) for learner in learners))


async def onward(learners: list[Learner]) -> None:
    """Everybody goes on to the next question, one after the other."""
    for one in learners:
        await one.next()


async def in_rhythm(learners: list[Learner], rounds: int, least: float, most: float, seed: int = 1) -> None:
    """Everybody reads a question, answers, reads why and goes on: from answer to answer a time that is drawn."""

    async def studying(learner: Learner, draw: random.Random) -> None:
        await asyncio.sleep(draw.uniform(0, most))
        for _ in range(rounds):
            await learner.answer()
            pause, share = draw.uniform(least, most), draw.uniform(0.2, 0.8)
            await asyncio.sleep(pause * share)
            await learner.next()
            await asyncio.sleep(pause * (1 - share))

    await asyncio.gather(*(studying(one, random.Random(f"{seed}/{at}")) for at, one in enumerate(learners)))


def resident(pid: int) -> int:
    """Bytes of memory that a process holds (RSS)."""
    return 1024 * int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)]))


def kept(url: str) -> list[tuple[str, str]]:
    """The ids of all answers, each with its learner."""
    with store_at(url) as store, store.engine.connect() as connection:
        return [(row.id, row.learner) for row in connection.execute(select(t.answers.c.id, t.answers.c.learner))]


def wrong(url: str, learners: Sequence[Learner], rounds: int) -> list[str]:
    """What is not as it must be: everybody told why each time, each answer kept once and under its own learner."""
    told = [token for one in learners for token in one.answered]
    sent = set(told)
    everything = kept(url)
    mine = {owner for token, owner in everything if token in sent}
    answers = [(token, owner) for token, owner in everything if owner in mine]
    owners = dict(answers)
    with store_at(url) as store:
        dated = sum(len(store.cards(code)) for code in mine)
    claims = {
        "everybody was told why, each time": len(told) == len(sent) == rounds * len(learners),
        "no answer is lost": sent <= set(owners),
        "none is there twice, and none that nobody gave": Counter(token for token, _ in answers) == Counter(sent),
        "a learner's answers are one learner's": all(
            len({owners.get(token) for token in one.answered}) == 1 for one in learners
        ),
        "and nobody else's": set(Counter(owners.values()).values()) == {rounds} and len(mine) == len(learners),
        "each question has its next date": dated == len(answers),
    }
    return [claim for claim, holds in claims.items() if not holds]


def percentile(values: list[float], share: float) -> float:
    """The value under which that share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
