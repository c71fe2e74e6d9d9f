"""The files of server, archive and backups, as the stage lists them: names, and segments as ranges."""

from __future__ import annotations

from typing import Any

from simulator.cluster import Cluster, DataDirectory
from simulator.pg_wal import PgWal
from simulator.world import PRIMARY, Dump, TarBackup, World
from ui.frames import as_lists

Entry = str | dict[str, Any]
# A directory format dump is a directory; the others are one file.
DIRECTORY = "directory"


def trees(world: World) -> dict[str, list[Entry]]:
    """Path → what is there."""
    found: dict[str, list[Entry]] = {}
    for path, place in world.places:
        if isinstance(place, Cluster):
            found |= _cluster(path, place)
        elif isinstance(place, TarBackup):
            found[path] = _tar(place)
        else:
            for folder, entries in _dump(path, place).items():
                found[folder] = [*found.get(folder, []), *entries]
    archive = world.archive
    others: list[Entry] = [other.name for other in archive.others]
    if archive.segments or others:
        found[archive.path] = [{"lane": "a"}, *others]
    return found


def _cluster(path: str, cluster: Cluster) -> dict[str, list[Entry]]:
    data = cluster.data
    primary = path == PRIMARY
    names: list[Entry] = []
    if data.label is not None:
        names.append("backup_label")
    if data.label_renamed:
        names.append("backup_label.old")
    if data.tablespace_map:
        names.append("tablespace_map")
    names += sorted(data.signals)
    if data.manifest:
        names.append("backup_manifest")
    if cluster.running:
        names.append("postmaster.pid")
    names += ["PG_VERSION", "base/", "global/pg_control"]
    segments: list[Entry] = [{"lane": "w"}] if primary else _segments(data.pg_wal)
    return {path: names, f"{path}/pg_wal": [*segments, *(other.name for other in data.pg_wal.others)]}


def _segments(pg_wal: PgWal) -> list[Entry]:
    return [{"r": run} for run in as_lists(pg_wal.segments)]


def _tar(backup: TarBackup) -> list[Entry]:
    data: DataDirectory = backup.data
    names: list[Entry] = ["base.tar"]
    if backup.pg_wal_tar is not None:
        names += ["pg_wal.tar", *_segments(backup.pg_wal_tar)]
    elif data.pg_wal.segments:
        names += _segments(data.pg_wal)
    if data.manifest:
        names.append("backup_manifest")
    return names


def _dump(path: str, dump: Dump) -> dict[str, list[Entry]]:
    if dump.format == DIRECTORY:
        return {path: ["toc.dat", *(f"{table}.dat.gz" for _, table, _ in dump.tables)]}
    folder, _, name = path.rpartition("/")
    return {f"{folder or '/'}": [name]}
