"""The same workload as simulator/sweep.py, written as a user of SimPy would: two processes, files in two containers.

The writer takes a spare file (or makes one), fills it, and puts it to the full ones; the checkpointer wakes up when a
segment asks for a checkpoint or the timeout is over, spreads its writing, takes old files away and recycles some.
"""

from __future__ import annotations

from collections.abc import Generator

import simpy

from simulator.retention import checkpoint_needed, horizon, recycle_limit, update_estimate
from simulator.sweep import FIRST_RECORD, Load, Start

# The ratio depends on how the writer is modelled, so there are two: `Server` moves every file between containers,
# three events a segment; `LeanServer` touches its container only when a file is created or deleted, one event.
Process = Generator[simpy.Event, object, None]


class Server:
    """A primary under a steady load; after a run it knows its checkpoints and its files, and what became of them."""

    def __init__(self, env: simpy.Environment, load: Load, start: Start) -> None:
        self.env, self.load = env, load
        self.redo, self.estimate, self.oldest = start.redo, start.estimate, start.oldest
        self.segment = start.redo // load.segment_size
        self.spare = simpy.Container(env, init=start.newest - self.segment)
        self.full = simpy.Container(env, init=self.segment - start.oldest)
        self.asked = env.event()
        self.checkpoints = self.written = self.created = self.gone = 0
        env.process(self.write(start.redo % load.segment_size))
        env.process(self.checkpoint())

    def write(self, used: int) -> Process:
        """Fill segments for ever; `used` bytes of the first one are written already."""
        size, asks = self.load.segment_size, self.load.limits.checkpoint_segments
        yield self.env.timeout((size - used) / self.load.rate)
        while True:
            yield self.full.put(1)
            finished, self.segment = self.segment, self.segment + 1
            self.written += 1
            if self.spare.level:
                yield self.spare.get(1)
            else:
                self.created += 1
            if checkpoint_needed(finished, self.redo // size, asks) and not self.asked.triggered:
                self.asked.succeed()
            yield self.env.timeout(size / self.load.rate)

    def checkpoint(self) -> Process:
        """Checkpoints for ever, by volume or by time."""
        load, limits, size = self.load, self.load.limits, self.load.segment_size
        target = limits.completion_target
        spread = min(target * load.checkpoint_timeout, target * limits.checkpoint_segments * size / load.rate)
        while True:
            yield self.asked | self.env.timeout(load.checkpoint_timeout)
            redo = self.segment * size + FIRST_RECORD
            self.estimate = update_estimate(self.estimate, redo - self.redo)
            self.redo, self.asked = redo, self.env.event()
            yield self.env.timeout(spread)
            self.checkpoints += 1
            keep = horizon(load.facts, redo // size, self.segment, None, limits.keep_segments, limits.slot_limit)
            old = max(0, keep - self.oldest)
            limit = recycle_limit(redo, self.estimate, target, size, limits.min_wal_segments, limits.max_wal_segments)
            self.oldest, self.gone = self.oldest + old, self.gone + old
            yield from self.remove(old, limit)

    def remove(self, old: int, limit: int) -> Process:
        """Take old files away and put those that are recycled to the spare ones."""
        recycled = min(old, max(0, limit - self.segment - int(self.spare.level)))
        if old:
            yield self.full.get(old)
        if recycled:
            yield self.spare.put(recycled)


class LeanServer(Server):
    """The same with as few events as SimPy allows: one container of files, changed only when their number changes."""

    def __init__(self, env: simpy.Environment, load: Load, start: Start) -> None:
        self.newest = start.newest
        self.pg_wal = simpy.Container(env, init=start.newest - start.oldest + 1)
        super().__init__(env, load, start)

    def write(self, used: int) -> Process:
        """Fill segments for ever; a spare file costs no event."""
        size, asks = self.load.segment_size, self.load.limits.checkpoint_segments
        yield self.env.timeout((size - used) / self.load.rate)
        while True:
            finished, self.segment = self.segment, self.segment + 1
            self.written += 1
            if self.segment > self.newest:
                self.newest, self.created = self.segment, self.created + 1
                yield self.pg_wal.put(1)
            if checkpoint_needed(finished, self.redo // size, asks) and not self.asked.triggered:
                self.asked.succeed()
            yield self.env.timeout(size / self.load.rate)

    def remove(self, old: int, limit: int) -> Process:
        """Recycling changes a number, deleting takes from the container."""
        recycled = min(old, max(0, limit - self.newest))
        self.newest += recycled
        if old > recycled:
            yield self.pg_wal.get(old - recycled)


def run(load: Load, start: Start, seconds: float, kind: type[Server] = Server) -> Server:
    """Run a server for so many seconds of its own time."""
    env = simpy.Environment()
    server = kind(env, load, start)
    env.run(until=seconds)
    return server
