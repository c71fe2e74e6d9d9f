"""The model's first world from what a real server showed: exact positions go in, predictions come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.cluster import Cluster, Control, DataDirectory, Pages, Server, Slot, WalLimits
from simulator.observation import Observation
from simulator.play import SYSTEM_IDENTIFIER, initial_settings
from simulator.scenario import ServerPlan
from simulator.settings import ServerSettings
from simulator.versions import version
from simulator.world import PRIMARY, Archive, Commit, World


@dataclass(frozen=True, slots=True)
class FirstLook:
    """A running server that was started cleanly and has done nothing yet.

    `checkpoint_lsn` and `next_oid` (pg_control_checkpoint()) are what the model needs and an observation does not show.
    """

    seen: Observation
    checkpoint_lsn: int
    next_oid: int


def settings_of(plan: ServerPlan, major: int, beside: Mapping[str, str]) -> ServerSettings:
    """The plan's settings on top of those that the lab adds to every server."""
    return initial_settings(plan, major, {}, beside)


def observed_world(plan: ServerPlan, major: int, settings: ServerSettings, look: FirstLook) -> World:
    """The world of that first look."""
    seen = look.seen
    assert seen.pg_wal is not None, "a server has a pg_wal"
    assert seen.archive is not None
    assert seen.wal_lsn is not None
    assert seen.redo_lsn is not None
    facts, size = version(major), plan.segment_size
    control = Control("in production", look.checkpoint_lsn, seen.redo_lsn, 1)
    data = DataDirectory(
        facts=facts,
        segment_size=size,
        system_identifier=SYSTEM_IDENTIFIER,
        settings=settings,
        control=control,
        pg_wal=seen.pg_wal,
        wal_end=seen.wal_lsn,
        pages=Pages(seen.redo_lsn, look.checkpoint_lsn),
        slots=tuple(Slot(row.name, row.restart_lsn, row.restart_lsn) for row in seen.slots or ()),
    )
    cluster = Cluster(PRIMARY, data, Server(WalLimits.of(settings, facts, size)))
    count = seen.archived_count or 0
    archive = Archive(
        segments=seen.archive.segments,
        others=seen.archive.others,
        archived_count=count,
        last_archived="".join(seen.archive.listing(size)[:count][-1:]) if count else "",
    )
    split = [(name.split(".", 1), rows) for name, rows in seen.tables or ()]
    commits = tuple(Commit(seen.redo_lsn, 1, database, table, rows) for (database, table), rows in split)
    databases = frozenset({"postgres", *plan.databases})
    return World(
        cluster,
        archive,
        commits=commits,
        databases=databases,
        next_oid=look.next_oid,
        disk_bytes=plan.disk_bytes,
    )
