"""What happens while the files are copied: time passes, other people work, WAL goes, somebody ends it all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.basebackup import server
from host.basebackup.run import Copies
from host.basebackup.sent import Space
from host.server import passing, stopping, work
from host.weather import Weather

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.basebackup.run import Failed, Run

LATER = 2.0
"""Seconds after which the circumstances that end a backup begin."""
_ROUNDS, _BYTES = 4, 40 * 2**20
NO_RATE = 200 * 1024
"""kB a second without --max-rate."""
INTERRUPTED = 130
STREAM_ENDED = "COPY stream ended before last file was finished"


def seconds(run: Run, spaces: tuple[Space, ...]) -> float:
    """How long the copying takes."""
    return sum(space.kilobytes for space in spaces) / (run.wanted.max_rate or NO_RATE)


def copying(run: Run, spaces: tuple[Space, ...], go_on: Callable[[Run], Run]) -> Run:
    """Let the copying happen, then go on; raises Failed when it is ended, Copies when others may work beside it."""
    taken = seconds(run, spaces)
    if run.limit is not None and taken > run.limit:
        return go_on(replace(run, interrupted=True))
    if taken > LATER:
        _ended_by_others(run)
        raise Copies(run, taken, lambda later: go_on(_beside(later)))
    return go_on(_beside(replace(run, host=passing.until(run.host, run.host.clock + taken))))


def _beside(run: Run) -> Run:
    """What the circumstances say that other people did."""
    weather = run.host.weather
    if Weather.WAL_SWITCHES in weather:
        for _ in range(2):
            host = work.write_wal(run.host, run.port, 1024)
            run = replace(run, host=work.switch_wal(host, run.port)[0])
    if Weather.WAL_CHURN in weather:
        run = _churned(run)
    return run


def _ended_by_others(run: Run) -> None:
    from host.basebackup.run import fail

    weather = run.host.weather
    for word, mode in ((Weather.STOPPED_FAST, "fast"), (Weather.STOPPED_IMMEDIATE, "immediate")):
        if word in weather:
            raise fail(replace(run, host=stopping.stop(run.host, run.port, mode), slot=""), STREAM_ENDED)
    if Weather.WALSENDER_ENDED in weather:
        raise fail(run, STREAM_ENDED)


def _churned(run: Run) -> Run:
    """Another session writes segments and checkpoints, again and again; the receiver keeps up unless it is paused."""
    name = run.slot or (run.wanted.slot if run.wanted.wal == "stream" else "")
    late = Weather.RECEIVER_PAUSED in run.host.weather
    held = bool(name) and not _lost(run, name)
    for _ in range(_ROUNDS):
        host = work.write_wal(run.host, run.port, _BYTES)
        run = replace(run, host=work.checkpoint(host, run.port))
        if held and _lost(run, name):  # its WAL sender was ended
            raise receiver_failed(run, "FATAL:  terminating connection due to administrator command", late=late)
        if name and not late:
            end = run.instance.cluster.data.wal_end
            run = replace(run, host=server.advance_slot(run.host, run.port, name, end))
    return run


def _lost(run: Run, name: str) -> bool:
    slot = run.instance.cluster.data.slot(name)
    return slot is None or slot.lost


def receiver_failed(run: Run, said: str, *, starting: bool = False, late: bool = False) -> Failed:
    """The background process ends: its own message, then that of its parent (`late`: which has received all)."""
    from host.basebackup.run import TOOL, Failed

    if starting:
        first = f'{TOOL}: error: could not send replication command "START_REPLICATION": {said}'
        return Failed(run, first, f"{TOOL}: error: background process terminated unexpectedly")
    first = f"{TOOL}: error: unexpected termination of replication stream: {said}"
    second = "child process exited with exit code 1" if late else "background process terminated unexpectedly"
    return Failed(run, first, f"{TOOL}: error: {second}")
