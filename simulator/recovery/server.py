"""A server that starts, recovers, pauses, waits, is promoted or stopped: the functions that callers use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.frozen import replace
from simulator.recovery.beginning import begin, locate, needed
from simulator.recovery.ending import Ended, end_recovery
from simulator.recovery.files import Place
from simulator.recovery.replay import replay
from simulator.recovery.request import Request
from simulator.recovery.restartpoint import restartpoint
from simulator.recovery.state import Recovery, Sources
from simulator.recovery.streaming import receive
from simulator.recovery.texts import told

Result = Literal["exited", "clean", "ended", "paused", "waiting", "refusing"]


@dataclass(frozen=True)
class Outcome:
    """What came of a start, or of what was done to a server in recovery.

    `exited`: it is down again, with `exit_code`.  `clean`: nothing to replay; go on where the WAL ended.  `ended`:
    recovery is over; `ending.go_on` makes it a server.  `paused`, `waiting`, `refusing` (waiting, and nobody can
    connect): `recovery` is kept for what comes next.
    """

    result: Result
    recovery: Recovery
    log: tuple[str, ...]
    exit_code: int | None = None
    ended: Ended | None = None

    @property
    def place(self) -> Place:
        """The data directory as it is now."""
        return self.recovery.place if self.ended is None else self.ended.recovery.place


def start(place: Place, request: Request, sources: Sources) -> Outcome:
    """A server is started on a data directory."""
    recovery = begin(place, request, sources)
    return _replayed(recovery, sources)


def _replayed(recovery: Recovery, sources: Sources) -> Outcome:
    if recovery.failed:
        return _died(recovery)
    if recovery.checkpoint is None:
        return _standing(recovery)
    if not needed(recovery) and not recovery.redoing:
        return _clean(recovery)
    recovery = replay(recovery, sources)
    if recovery.failed:
        return _died(recovery)
    if recovery.stop is not None:
        return _at_target(recovery, sources)
    if recovery.delayed:
        return _standing(receive(recovery, sources))
    if recovery.standby and not recovery.promoting:
        return _standing(recovery)
    return _ended(recovery, sources)


def _clean(recovery: Recovery) -> Outcome:
    recovery = recovery.with_control(state="in production").say("ready")
    return Outcome("clean", recovery, recovery.log)


def _died(recovery: Recovery) -> Outcome:
    code = "died_late" if recovery.started else "died_early"
    if recovery.failed == "panic":
        code = "aborted_late" if recovery.redoing else "aborted"
    recovery = recovery.say(code).say("down")
    return Outcome("exited", recovery, recovery.log, exit_code=1)


def _standing(recovery: Recovery) -> Outcome:
    """In recovery, asking for WAL."""
    result: Result = "waiting" if recovery.read_only else "refusing"
    return Outcome(result, replace(_summarized(recovery), log=()), recovery.log)


def _summarized(recovery: Recovery) -> Recovery:
    """The WAL summarizer of a hot standby has time while replay waits: up to the redo point of a checkpoint."""
    last, data = recovery.last_checkpoint or recovery.checkpoint, recovery.place.data
    if last is None or not recovery.read_only or not data.settings.values.get("summarize_wal", False):
        return recovery
    return replace(recovery, place=recovery.place.with_data(summarized=max(data.summarized, last.redo)))


def _at_target(recovery: Recovery, sources: Sources) -> Outcome:
    recovery = replace(recovery, receiving=False)
    if not recovery.consistent:
        return _died(recovery.fail("stop_inconsistent"))
    action = recovery.request.action
    if action == "shutdown":
        recovery = recovery.say("target_shutdown")
        recovery = restartpoint(recovery, shutdown=True).say("down")
        return Outcome("exited", recovery, recovery.log, exit_code=0)
    if action == "pause" and recovery.read_only:
        recovery = recovery.say("paused")
        return Outcome("paused", replace(_summarized(recovery), log=()), recovery.log)
    return _ended(recovery, sources)


def _ended(recovery: Recovery, sources: Sources) -> Outcome:
    ended = end_recovery(recovery, sources)
    if isinstance(ended, Recovery):
        return _died(ended)
    ready = ended.recovery.say("ready")
    return Outcome("ended", ready, ready.log, ended=replace(ended, recovery=ready))


def catch_up(recovery: Recovery, sources: Sources) -> Outcome:
    """A standby that waited looks again."""
    if recovery.stop is not None:
        return Outcome("paused", recovery, ())
    if recovery.checkpoint is None:
        recovery = locate(recovery, sources)
    return _replayed(recovery, sources)


def paused(recovery: Recovery, sources: Sources) -> Outcome:
    """Replay is paused by pg_wal_replay_pause(): its WAL receiver goes on."""
    return Outcome("paused", receive(recovery, sources), ())


def resume(recovery: Recovery, sources: Sources) -> Outcome:
    """pg_wal_replay_resume() at the target ends recovery."""
    return _ended(recovery, sources)


def promote(recovery: Recovery, sources: Sources) -> Outcome:
    """pg_promote(): a paused server of 12 does not look for it; a waiting one first replays what it can get."""
    if recovery.stop is not None:
        if not recovery.place.data.facts.promotes_while_paused:
            return Outcome("paused", recovery, ())
        return _ended(replace(recovery, promoting=True).say("promote_request"), sources)
    recovery = replace(recovery, promoting=True, receiving=False).say("promote_request")
    return _replayed(recovery, sources)


def shut_down(recovery: Recovery) -> Recovery:
    """A fast or smart shutdown of a server in recovery."""
    return replace(restartpoint(recovery, shutdown=True), receiving=False)


def read_only_line(recovery: Recovery) -> tuple[str, ...]:
    """What the postmaster says when hot standby begins, at about that time."""
    return told("read_only", recovery.major) if recovery.read_only else ()
