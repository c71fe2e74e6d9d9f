"""After every command: receivers take what was written, the archiver takes what is ready, losses are noticed."""

from __future__ import annotations

from simulator.archiver import drain
from simulator.events import StandbyWaits
from simulator.frozen import replace
from simulator.messages import log_line
from simulator.needs import losses
from simulator.receiver import receive_all
from simulator.world import Outcome, World


def settle(before: World, outcome: Outcome) -> Outcome:
    """The order is that of the recordings: no archiving between an action and the checkpoint that it provokes."""
    if not outcome.world.primary.running:
        return outcome
    lost = losses(before, outcome.world) if before.primary.running else ()
    world, received = receive_all(outcome.world)
    archived = drain(world)
    if archived.world is outcome.world and not (lost or received or archived.events or archived.log):
        return outcome
    said = tuple(log_line("standby_lost_wal", file=e.file) for e in received if isinstance(e, StandbyWaits))
    events = (*outcome.events, *lost, *received, *archived.events)
    return replace(outcome, world=archived.world, events=events, log=(*outcome.log, *said, *archived.log))
