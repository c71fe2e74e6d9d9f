"""Copies of data directories: what pg_basebackup writes, and what cp makes of a stopped or running server."""

from __future__ import annotations

import dataclasses

from simulator import backup
from simulator.cluster import Cluster, DataDirectory, Pages, Tablespace
from simulator.commands import PgBasebackup
from simulator.frozen import replace
from simulator.lsn import segment_of
from simulator.pg_wal import PgWal, segment_number
from simulator.ranges import EMPTY, Ranges
from simulator.settings import ServerSettings
from simulator.world import Client, TarBackup, World


def stored(world: World, client: Client, needed: Ranges) -> World:
    """Write the backup of a finished pg_basebackup to its directory.

    WAL that came with it is marked .done, so that the copy does not archive it again (basebackup.c, walmethods.c);
    but for the last segment of a stream, which the receiver leaves as soon as it has reached the backup's end.
    """
    command, data = client.command, world.primary.data
    assert isinstance(command, PgBasebackup)
    assert client.label is not None
    wal = EMPTY if command.wal_method == "none" else needed
    settings = data.settings
    signals: frozenset[str] = frozenset()
    if command.write_recovery_conf:
        settings = add_auto_conf(settings, "primary_conninfo", "user=postgres")
        if command.slot:
            settings = add_auto_conf(settings, "primary_slot_name", command.slot)
        signals = frozenset({"standby.signal"})
    unmarked = Ranges.span(wal.last, wal.last + 1) if wal and command.wal_method == "stream" else EMPTY
    pg_wal = PgWal(segments=wal, done=wal - unmarked)
    tar = command.format == "tar"
    copy = DataDirectory(
        facts=data.facts,
        segment_size=data.segment_size,
        system_identifier=data.system_identifier,
        settings=settings,
        control=client.control or data.control,
        pg_wal=pg_wal,
        wal_end=_end_of(wal, client, data),
        pages=Pages(client.pages_redo, client.stop_lsn),
        tablespaces=_mapped(data, command),
        label=client.label,
        tablespace_map=_map_file(data, tar=tar),
        signals=signals,
        manifest=data.facts.backup_manifest,
    )
    if not tar:
        return world.with_place(command.directory, Cluster(command.directory, copy))
    if command.wal_method == "stream":
        return world.with_place(command.directory, TarBackup(replace(copy, pg_wal=PgWal()), pg_wal))
    return world.with_place(command.directory, TarBackup(copy, None))


def stored_so_far(world: World, client: Client) -> World:
    """What -Xn has written when it waits for the archive: all but the manifest and what -R adds."""
    command = client.command
    assert isinstance(command, PgBasebackup)
    if command.format != "plain":
        return world
    plain = replace(client, command=dataclasses.replace(command, write_recovery_conf=False))
    world = stored(world, plain, EMPTY)
    return world.with_place(command.directory, world.cluster(command.directory).with_data(manifest=False))


def completed(world: World, client: Client, needed: Ranges) -> World:
    """The end of that wait; others may have been at the directory meanwhile."""
    command = client.command
    assert isinstance(command, PgBasebackup)
    place = world.place(command.directory)
    if command.format != "plain" or not isinstance(place, Cluster):
        return stored(world, client, needed)
    data = replace(place.data, manifest=world.primary.data.facts.backup_manifest)
    if command.write_recovery_conf:
        settings = add_auto_conf(data.settings, "primary_conninfo", "user=postgres")
        data = replace(data, settings=settings, signals=data.signals | {"standby.signal"})
    return world.with_place(command.directory, replace(place, data=data))


def without_unfinished(world: World) -> World:
    """The server goes: a pg_basebackup that waited for its archive notices at once and takes away what it wrote."""
    for client in world.clients:
        command = client.command
        if client.phase != "waiting" or not isinstance(command, PgBasebackup) or command.format != "plain":
            continue
        place = world.place(command.directory)
        if isinstance(place, Cluster) and not place.running:
            world = world.without_place(command.directory)
    return world


def add_auto_conf(settings: ServerSettings, name: str, value: str) -> ServerSettings:
    """Write a line into postgresql.auto.conf of a directory; nobody checks it before the server starts."""
    kept = tuple(line for line in settings.auto_conf if line[0] != name)
    return replace(settings, auto_conf=(*kept, (name, value)))


def _end_of(wal: Ranges, client: Client, data: DataDirectory) -> int:
    """WAL in the copy is valid to the end of its last segment (the stop switched there), or there is none."""
    if not wal:
        return client.label.redo_lsn if client.label else 0
    size = data.segment_size
    return (segment_of(client.stop_lsn - 1, size) + 1) * size


def _mapped(data: DataDirectory, command: PgBasebackup) -> tuple[Tablespace, ...]:
    places = dict(command.tablespace_mapping)
    return tuple(replace(space, location=places.get(space.location, space.location)) for space in data.tablespaces)


def _map_file(data: DataDirectory, *, tar: bool) -> str | None:
    """A tar backup always has tablespace_map, a plain one never."""
    return backup.tablespace_map_text(data) if tar else None


def copy_of(
    cluster: Cluster,
    path: str,
    *,
    kind: str,
    pages_redo: int,
    exclude: tuple[str, ...] = (),
    read: DataDirectory | None = None,
) -> Cluster:
    """Cp -a of a data directory.

    `kind`: cold (server stopped), online (between start and stop of a backup) or hot (server running).  A copy of a
    running server holds pages of different moments, from `pages_redo` (the redo point when copying began) up to now.
    `read`: what it had read then, which is everything but pg_control and pg_wal.
    """
    data, running = cluster.data, cluster.running or read is not None
    if read is not None:
        data = replace(read, control=data.control, pg_wal=data.pg_wal, wal_end=data.wal_end, damaged=data.damaged)
    if kind != "cold":
        data = replace(data, pages=Pages(pages_redo, data.wal_end))
    if "pg_wal/*" in exclude:
        data = replace(data, pg_wal=PgWal())
    data = replace(data, pid_file=(running or data.pid_file) and "postmaster.pid" not in exclude)
    return Cluster(path, data)


def with_wal(cluster: Cluster, extra: Ranges, wal_end: int) -> Cluster:
    """Segment files are put into a copy's pg_wal; they are valid up to `wal_end`."""
    data = cluster.data
    pg_wal = replace(data.pg_wal, segments=data.pg_wal.segments | extra)
    size = data.segment_size
    end = data.wal_end
    for low, high in extra.runs:
        if segment_number(low) * size <= end:
            end = max(end, min((segment_number(high - 1) + 1) * size, wal_end))
    return cluster.with_data(pg_wal=pg_wal, wal_end=end)
