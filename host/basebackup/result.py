"""What pg_basebackup leaves: directories in plain format, archives in tar format, or bytes on standard output."""

from __future__ import annotations

from dataclasses import replace

from host import network, tree
from host.archives import Tar
from host.basebackup import incremental, manifest, output, recovery_conf, sent, server
from host.basebackup.run import Run, fail
from host.basebackup.writing import Full, Places, put
from host.content import Content, Gzip
from host.options.checks.pg_basebackup import BasebackupOptions
from host.server import backups
from host.tree import Dir, File, Node
from simulator.versions import version


def mapped(wanted: BasebackupOptions, location: str) -> str:
    """get_tablespace_mapping: the first mapping of a directory counts."""
    return next((new for old, new in wanted.mappings if old == location), location)


def has_manifest(run: Run) -> bool:
    """Is a manifest asked for, and do both sides know it?"""
    return run.wanted.manifest and run.instance.facts.backup_manifest and version(run.host.client.major).backup_manifest


def written(
    run: Run, spaces: tuple[sent.Space, ...], start: int, stopped: backups.Stopped, wal: dict[str, File], *, done: bool
) -> Run:
    """Everything onto the disk, or to standard output.  Not `done`: interrupted before the manifest."""
    wanted, instance = run.wanted, run.instance
    now = run.host.clock
    plain = wanted.format == "plain" and not wanted.backup_target
    locations = tuple((s.oid, mapped(wanted, s.location) if plain else s.location) for s in spaces if s.oid)
    top = spaces[-1].node
    top = top.with_entry("backup_label", File(incremental.label(run, stopped.label_text), mtime=now))
    if plain and locations:
        top = top.with_entry("pg_tblspc", sent.links(locations, now))
    if not plain:
        top = top.with_entry("tablespace_map", File(sent.tablespace_map(locations), mtime=now))
    if wanted.write_recovery_conf:
        top = _with_recovery_conf(run, top)
    inside = wanted.wal == "fetch" or (wanted.wal == "stream" and plain)
    if inside:
        for name, file in wal.items():
            top = sent.with_file(top, f"pg_wal/{name}", replace(file, mtime=now))
            if instance.cluster.live.limits.archiving or wanted.wal == "stream":
                top = sent.with_file(top, f"pg_wal/archive_status/{name}.done", File("", mtime=now))
    incremental_of = incremental.reduced(run, spaces, top)
    top, others = incremental_of
    text = ""
    if done and has_manifest(run):
        asked = server.asked_manifest(wanted)
        assert isinstance(asked, manifest.Asked), "the server has accepted it"
        parts = (*((f"pg_tblspc/{oid}/", node) for oid, node in others), ("", top))
        identifier = instance.cluster.data.system_identifier
        timeline = instance.cluster.data.timeline
        text = manifest.text(instance.major, identifier, parts, asked, timeline, (start, stopped.stop_lsn), now)
    size = instance.cluster.data.segment_size
    finished = tuple(n for n in wal if int(n[16:], 16) + 1 <= stopped.stop_lsn // size % (2**32 // size))
    spaced = tuple((oid, dict(locations)[oid], node) for oid, node in others)
    places = Places(top, spaced, wal, text, finished)
    try:
        return _plain(run, places) if plain else _tar(run, places)
    except Full as full:
        left = replace(run, host=full.host)
        raise fail(left, f'could not write to file "{full.path}": {tree.NO_SPACE}') from None


def _with_recovery_conf(run: Run, top: Dir) -> Dir:
    home = run.host.env.get("HOME", "/home/postgres")
    tls = run.host.client.tls
    text = recovery_conf.lines(run.wanted.target, run.host.client.major, home, run.wanted.slot, tls=tls)
    conf = top.entries.get("postgresql.auto.conf")
    before = conf.content if isinstance(conf, File) and isinstance(conf.content, str) else ""
    now = run.host.clock
    added = {"postgresql.auto.conf": File(before + text, mtime=now), "standby.signal": File("", mtime=now)}
    return top.with_entries(added)


def _plain(run: Run, places: Places) -> Run:
    """Plain format: the data directory, pg_wal perhaps elsewhere, the tablespaces."""
    wanted, host = run.wanted, run.host
    base, top = host.path(wanted.directory), places.top
    if places.manifest:
        top = top.with_entry("backup_manifest", File(places.manifest, mtime=host.clock))
    if wanted.waldir:
        wal = top.entries["pg_wal"]
        assert isinstance(wal, Dir), "the server has sent it"
        host = put(host, wanted.waldir, host.path(wanted.waldir), wal)
        top = top.with_entry("pg_wal", tree.Link(wanted.waldir, host.clock))
    host = put(host, wanted.directory, base, top, wal_first=wanted.wal == "stream")
    for _, location, node in places.spaces:
        host = put(host, location, host.path(location), node)
    return replace(run, host=host)


def _tar(run: Run, places: Places) -> Run:
    """Tar format: base.tar, <oid>.tar, pg_wal.tar; or all of it to standard output."""
    wanted, host = run.wanted, run.host
    method = wanted.compression.method if wanted.compress_on == "client" else wanted.method
    ending = {"none": "", "gzip": ".gz", "lz4": ".lz4", "zstd": ".zst"}[method]

    def packed(node: Dir, extra: str = "") -> Content:
        top = node.with_entry("backup_manifest", File(extra, mtime=host.clock)) if extra else node
        archive = output.tar_of(top)
        return archive if method == "none" else Gzip(archive, method)

    if wanted.directory == "-" and not wanted.backup_target:
        return replace(run, stdout=packed(places.top, places.manifest))
    target = wanted.backup_target.partition(":")
    if target[0] == "blackhole":
        return run
    shown = target[2] or wanted.directory
    base = network.path_there(host, run.port, target[2]) if target[2] else host.path(shown)
    files: dict[str, Content] = {f"{oid}.tar{ending}": packed(node) for oid, _, node in places.spaces}
    files[f"base.tar{ending}"] = packed(places.top)
    if wanted.wal == "stream":
        marks: list[tuple[str, Node]] = [
            (f"archive_status/{name}.done", File("", mtime=host.clock)) for name in places.finished
        ]
        status = [("archive_status/", Dir()), *marks] if marks else []
        tar = Tar((*sorted(places.wal.items()), *status))
        client = method if wanted.compress_on == "client" and method == "gzip" else "none"
        files["pg_wal.tar" + (".gz" if client == "gzip" else "")] = tar if client == "none" else Gzip(tar)
    if places.manifest:
        files["backup_manifest"] = places.manifest
    directory = tree.find(host.root, base)
    made = directory if isinstance(directory, Dir) else Dir(mtime=host.clock)
    for name, content in files.items():
        made = made.with_entry(name, File(content, mtime=host.clock))
    return replace(run, host=put(host, shown, base, made))
