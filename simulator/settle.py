"""After every command: receivers take what was written, the archiver takes what is ready, losses are noticed."""

from __future__ import annotations

from simulator.archiver import drain, has_work
from simulator.events import StandbyWaits
from simulator.frozen import replace
from simulator.messages import log_line
from simulator.needs import losses
from simulator.receiver import receive_all
from simulator.world import Outcome, World


def settle(before: World, outcome: Outcome) -> Outcome:
    """The order is that of the recordings: no archiving between an action and the checkpoint that it provokes."""
    if outcome.world.primary.server is None:
        return outcome
    lost = losses(before, outcome.world) if before.primary.server is not None else ()
    world, received = receive_all(outcome.world)
    if has_work(world):
        archived = drain(world)
        world, taken, warned = archived.world, archived.events, archived.log
    else:
        taken, warned = (), ()
    if world is outcome.world and not (lost or received or taken or warned):
        return outcome
    said = tuple([log_line("standby_lost_wal", file=e.file) for e in received if isinstance(e, StandbyWaits)])
    events = (*outcome.events, *lost, *received, *taken)
    return replace(outcome, world=world, events=events, log=(*outcome.log, *said, *warned))
