"""After every command: receivers take what was written, the archiver takes what is ready, losses are noticed."""

from __future__ import annotations

from simulator.archiver import drain
from simulator.events import StandbyWaits
from simulator.messages import log_line
from simulator.needs import losses
from simulator.receiver import receive_all
from simulator.world import Outcome, World


def settle(before: World, after: World) -> Outcome:
    """The order is that of the recordings: no archiving between an action and the checkpoint that it provokes."""
    lost = losses(before, after) if after.primary.running and before.primary.running else ()
    world, received = receive_all(after)
    archived = drain(world)
    said = tuple(log_line("standby_lost_wal", file=e.file) for e in received if isinstance(e, StandbyWaits))
    return Outcome(archived.world, (*lost, *received, *archived.events), exit_code=None, log=said + archived.log)
