"""Time on a real server: the moments of the model's clock, brought about one after the other at full speed.

A real clock cannot be moved, but what it brings about can be done.  The model performs every command beside the server
(that takes no time) and so tells when something happens: so much is written, then a timed checkpoint, a segment closed
by archive_timeout, a file that a slow archive_command is through with.  What the server removes, recycles, keeps and
archives then is its own answer.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from lab.archiving import archive_one
from lab.cluster import Lab
from lab.deed import Deed
from lab.server import Server
from lab.writer import write_exactly
from simulator.commands import Wait
from simulator.events import ArchiverOutlasted, TimePassed
from simulator.lsn import segment_of
from simulator.play import outcomes
from simulator.scenario import Planned
from simulator.world import World

NEAR = 8 * 8192
"""A server's position and the model's may differ by a record or a page here and there; clients then write up to where
they are in the model, so that both end in the same segment."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a wait: how long, how much is written and up to where in the model, and what happens then."""

    seconds: float
    bytes: int
    target: int
    brings: str


@dataclass(slots=True)
class Clock:
    """The model's world beside the real one."""

    lab: Lab
    world: World
    ahead: deque[Moment] = field(default_factory=deque)
    """Moments of the command that is next."""
    pg_ctl_gives_up: bool = False
    """Does a stop, the command that is next, take longer than pg_ctl waits?"""

    def foresee(self, planned: Planned) -> None:
        """Let the model perform what the server is about to perform."""
        self.ahead.clear()
        self.pg_ctl_gives_up = False
        for _, outcome in outcomes(self.world, [planned]):
            start = self.world.primary.data.wal_end
            for event in outcome.events:
                if isinstance(event, TimePassed):
                    target = start + event.written_bytes
                    self.ahead.append(Moment(event.seconds, event.written_bytes, target, event.brings))
                self.pg_ctl_gives_up |= isinstance(event, ArchiverOutlasted)
            self.world = outcome.world

    def pass_by(self, command: Wait) -> Deed:
        """The next moment of a wait; the rest of it is left to do."""
        if not self.ahead:
            return Deed()
        moment, said = self.ahead.popleft(), ""
        if self.lab.server.postmaster is not None:
            said = _bring_about(self.lab.server, moment)
        left = Wait(max(0.0, command.seconds - moment.seconds), command.rate)
        return Deed(stderr=said, rest=left if self.ahead else None)


def _bring_about(server: Server, moment: Moment) -> str:
    before = server.mark()
    if trouble := write_exactly(server, _goal(server, moment, before.flush_lsn)):
        return trouble
    if not server.settle_checkpoints(before):
        return ""
    match moment.brings:
        case "checkpoint":
            server.try_("CHECKPOINT")
        case "switch":
            server.try_("SELECT pg_switch_wal()")
        case "archived":
            archive_one(server)
        case _:
            pass
    return ""


def _goal(server: Server, moment: Moment, here: int) -> int:
    """Where clients stop writing: a segment's end is the server's own, any other position is the model's if near."""
    size = server.segment_size
    if moment.brings == "volume":
        return server.next_trigger()
    if moment.brings == "segment":
        return (segment_of(here, size) + 1) * size
    goal = here + moment.bytes
    return moment.target if abs(moment.target - goal) <= NEAR else goal
