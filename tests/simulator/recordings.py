"""The recordings of real servers, for the tests that replay them: those of this tree, and others where they are."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from simulator import replay_trace, wal
from simulator.lsn import parse_lsn
from simulator.pg_wal import from_listing
from simulator.records import CheckpointPlace
from simulator.replay_trace import Replay
from simulator.world import PRIMARY, Archive, World

DATA = Path(__file__).resolve().parents[1] / "data"
BUNDLE = DATA / "traces.tar.xz"
OTHERS = Path(__file__).resolve().parents[3] / "shared" / "traces"
"""Recordings beside this tree: only on machines that have them."""

Json = dict[str, Any]


@cache
def traces() -> dict[str, Json]:
    """Name to recording."""
    with tarfile.open(BUNDLE) as bundle:
        # In the order of the archive: going back in a compressed one means unpacking it again.
        files = {member.name: bundle.extractfile(member) for member in bundle}
        texts = {name: file.read() for name, file in files.items() if file is not None}
    wanted = sorted(name for name in texts if name.endswith(".json"))
    return {Path(name).stem: json.loads(texts[name]) for name in wanted}


def traces_of(major: int, *profiles: str) -> list[Json]:
    """The recordings of a major, of some profiles or all."""
    return [
        trace
        for trace in traces().values()
        if trace["major"] == major and (not profiles or trace["profile"] in profiles)
    ]


@dataclass(frozen=True, slots=True)
class Moment:
    """The model just before a recorded event, brought there by the events before it."""

    trace: Json
    event: Json
    state: Replay

    @property
    def action(self) -> Json:
        """What was done."""
        action: Json = self.event["action"]
        return action

    @property
    def kind(self) -> str:
        """The kind of the action."""
        return str(self.action["kind"])

    @property
    def checkpoints(self) -> list[tuple[str, CheckpointPlace]]:
        """Cause and place of each checkpoint of the event."""
        return [(row["cause"], replay_trace._place(row)) for row in self.action.get("checkpoints", [])]

    def lsn(self, name: str) -> int:
        """A recorded position of the action."""
        return parse_lsn(self.action[name])

    @property
    def name(self) -> str:
        """Where to look when it is not as predicted."""
        return (
            f"{self.trace['major']}-{self.trace['profile']}-{self.trace['seed']} event {self.event['n']} ({self.kind})"
        )

    def world(self) -> World:
        """The world of the model at this moment: this server, its archive, and nothing else."""
        cluster, size = self.state.cluster, self.trace["wal_segment_size"]
        settings, _ = cluster.data.settings.alter_system("archive_command", "cp %p /archive/%f").reload()
        kept = from_listing(self.state.archive, [], size)
        archive = Archive(segments=kept.segments, others=kept.others, works=self.state.archive_works)
        cluster = replace(cluster, path=PRIMARY).with_data(settings=settings)
        return World(cluster, archive=archive)


def moments(trace: Json) -> Iterator[Moment]:
    """Every event of a recording with the model's state before it."""
    state = replay_trace._initial(trace)
    for event in trace["events"]:
        yield Moment(trace, event, state)
        state = replay_trace._ACTIONS[event["action"]["kind"]](replace(state, answers={}), event["action"])
        state = replay_trace._rest(state, event["action"])


def after_checkpoint(moment: Moment, place: CheckpointPlace) -> Moment:
    """The same event, its next checkpoint done."""
    cluster, _ = wal.checkpoint(moment.state.cluster, place)
    return replace(moment, state=replace(moment.state, cluster=cluster))
