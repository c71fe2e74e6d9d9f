"""Settings that a server writes into WAL when they change: XLogReportParameters and UpdateFullPageWrites."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from host.server import disk
from simulator import wal
from simulator.frozen import replace
from simulator.records import FPW_CHANGE, PARAMETER_CHANGE, insert
from simulator.records import Record as Place
from simulator.recovery.files import ControlFile
from simulator.recovery.journal import FPW_CHANGE as FPW
from simulator.recovery.journal import PARAMETER_CHANGE as PARAMETERS
from simulator.recovery.journal import Record
from simulator.recovery_settings import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.machine import Host
    from host.server.instance import Instance

_TOO = ("wal_log_hints", "track_commit_timestamp")
"""These are in the record as well; pg_control is told by disk.control_of."""


def reported(host: Host, instance: Instance, control: ControlFile) -> tuple[Host, Instance]:
    """A server that begins to write: what its settings are, where pg_control had others."""
    records: tuple[Record, ...] = ()
    cluster = instance.cluster
    for size, record in _changes(instance, control):
        place = insert(cluster.insert_lsn, size, cluster.data.segment_size)
        records += (placed(record, place),)
        cluster = wal.write_to(cluster, place.end)
    before = instance.cluster.insert_end
    journal = disk.journalled(host.journal, instance, before, cluster.data.wal_end, records)
    return (replace(host, journal=journal), replace(instance, cluster=cluster)) if records else (host, instance)


def placed(record: Record, place: Place) -> Record:
    """A record once it is known where it lands."""
    return dataclasses.replace(record, start=place.start, end=place.end)


def full_page_writes(instance: Instance, *, was: bool) -> Record | None:
    """The record of the checkpointer when the files were read anew; none at wal_level=minimal (XLogStandbyInfoActive).

    It has no place yet.
    """
    now = bool(instance.settings.value("full_page_writes"))
    return (
        None
        if now == was or instance.settings.value("wal_level") == "minimal"
        else Record(0, 0, FPW, full_page_writes=now)
    )


def _changes(instance: Instance, control: ControlFile) -> Iterator[tuple[int, Record]]:
    changed = full_page_writes(instance, was=control.full_page_writes)
    if changed is not None:
        yield FPW_CHANGE, changed
    now, before = dict(in_force(instance.settings)), dict(control.needed)
    if any(before.get(name, value) != value for name, value in now.items()):
        listed = (*now.items(), *((name, instance.settings.value(name)) for name in _TOO))
        yield PARAMETER_CHANGE, Record(0, 0, PARAMETERS, needed=listed)
