"""After every command: receivers take what was written, the archiver takes what is ready, losses are noticed."""

from __future__ import annotations

from simulator.archiver import has_work, turn
from simulator.events import Event, StandbyWaits
from simulator.frozen import replace
from simulator.messages import log_line
from simulator.needs import losses
from simulator.receiver import receive_all
from simulator.world import Outcome, World


def settle(before: World, outcome: Outcome) -> Outcome:
    """The order is that of the recordings: no archiving between an action and the checkpoint that it provokes."""
    world, server = outcome.world, outcome.world.primary.server
    if server is None:
        return outcome
    lost: tuple[Event, ...] = ()
    received: tuple[Event, ...] = ()
    taken: tuple[Event, ...] = ()
    warned: tuple[str, ...] = ()
    if world.clients or world.standbys or server.backups:  # somebody needs WAL
        lost = losses(before, world) if before.primary.server is not None else ()
        world, received = receive_all(world)
    if has_work(world):
        archived = turn(world)
        world, taken, warned = archived.world, archived.events, archived.log
    if world is outcome.world and not (lost or received or taken or warned):
        return outcome
    log = outcome.log + warned
    if received:
        said = [log_line("standby_lost_wal", file=event.file) for event in received if isinstance(event, StandbyWaits)]
        log = (*outcome.log, *said, *warned)
    return replace(outcome, world=world, events=outcome.events + lost + received + taken, log=log)
