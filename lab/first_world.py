"""The model's first world from what the real server showed: exact positions go in, predictions come out."""

from __future__ import annotations

from dataclasses import dataclass

from lab.cluster import Lab
from simulator.cluster import Cluster, Control, DataDirectory, Pages, Server, Slot, WalLimits
from simulator.lsn import parse_lsn
from simulator.observation import Observation
from simulator.play import SYSTEM_IDENTIFIER
from simulator.versions import version
from simulator.world import PRIMARY, Archive, Commit, World


@dataclass(frozen=True, slots=True)
class Extra:
    """What the model needs and an observation does not show."""

    checkpoint_lsn: int
    next_oid: int


def look_further(lab: Lab) -> Extra:
    """Ask the server for it."""
    lsn, oid = lab.server.ask("SELECT checkpoint_lsn::text, next_oid::text FROM pg_control_checkpoint()")[0]
    return Extra(parse_lsn(lsn), int(oid))


def first_world(lab: Lab, seen: Observation, extra: Extra) -> World:
    """A running server that was started cleanly and has done nothing yet."""
    assert seen.pg_wal is not None, "the lab's server has a pg_wal"
    assert seen.archive is not None
    assert seen.wal_lsn is not None
    assert seen.redo_lsn is not None
    facts, size = version(lab.installation.major), lab.plan.segment_size
    control = Control("in production", extra.checkpoint_lsn, seen.redo_lsn, 1)
    data = DataDirectory(
        facts=facts,
        segment_size=size,
        system_identifier=SYSTEM_IDENTIFIER,
        settings=lab.settings,
        control=control,
        pg_wal=seen.pg_wal,
        wal_end=seen.wal_lsn,
        pages=Pages(control.redo_lsn, control.checkpoint_lsn),
        slots=tuple(Slot(row.name, row.restart_lsn, row.restart_lsn) for row in seen.slots or ()),
    )
    cluster = Cluster(PRIMARY, data, Server(WalLimits.of(lab.settings, facts, size)))
    archive = Archive(
        segments=seen.archive.segments, others=seen.archive.others, archived_count=seen.archived_count or 0
    )
    split = [(name.split(".", 1), rows) for name, rows in seen.tables or ()]
    commits = tuple(Commit(control.redo_lsn, 1, database, table, rows) for (database, table), rows in split)
    databases = frozenset({"postgres", *lab.plan.databases})
    places = ((PRIMARY, cluster),)
    return World(places, archive, commits=commits, databases=databases, next_oid=extra.next_oid)
