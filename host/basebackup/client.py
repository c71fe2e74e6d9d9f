"""The client's side, in the order of BaseBackup() and main(): what it checks, writes and says."""

from __future__ import annotations

from dataclasses import replace

from host import tree
from host.basebackup import incremental, meanwhile, output, sending, sent, server
from host.basebackup.result import has_manifest, mapped, written
from host.basebackup.run import TOOL, Failed, Run, Waits, fail
from host.basebackup.writing import make_ready, take_away
from host.effort import BACKUP, spend
from host.machine import Host
from host.options.checks.pg_basebackup import BasebackupOptions
from host.server import backups, connect, hosts
from host.tree import File, PathError
from simulator.backup import label_text
from simulator.versions import since, spans, version


def backup(run: Run) -> Run:
    """From the made connection to the end; raises Failed."""
    wanted, facts = run.wanted, version(run.host.client.major)
    at, mine = run.instance.major, facts.major
    if not wanted.backup_target and (wanted.directory != "-" or wanted.format == "plain"):
        run = _ready(run, wanted.directory)
    if wanted.waldir:
        run = _ready(run, wanted.waldir)
    if at not in spans(f"12-{mine}"):
        raise fail(run, f"incompatible server version {_release(run)}")
    run = incremental.uploaded(run) if wanted.incremental else run
    _understood(run)
    run = run.info("initiating base backup, waiting for checkpoint to complete")
    if wanted.progress and not wanted.verbose:
        run = run.raw("waiting for checkpoint\n")
    return _started(run)


def _release(run: Run) -> str:
    return run.instance.build_release.split(" ")[0]


def _ready(run: Run, path: str) -> Run:
    """verify_dir_is_empty_or_create."""
    if not path:
        raise fail(run, f'could not create directory "": {tree.NO_ENTRY}')
    try:
        host, made = make_ready(run.host, path, run.made)
    except PathError as error:
        text = f'directory "{path}" exists but is not empty' if error.reason == tree.NOT_EMPTY else ""
        verb = "could not access directory" if error.reason == tree.NOT_A_DIR else "could not create directory"
        raise fail(run, text or f'{verb} "{path}": {error.reason}') from None
    return replace(run, host=host, made=made)


def _understood(run: Run) -> None:
    """What a server of this major cannot do at all."""
    wanted, major = run.wanted, run.instance.major
    new = since(major, {12: False, 15: True})
    if wanted.backup_target:
        if not new:
            raise fail(run, "backup targets are not supported by this server version")
        if wanted.write_recovery_conf:
            raise fail(run, "recovery configuration cannot be written when a backup target is used")
    if wanted.compress_on == "server" and not new:
        raise fail(run, "server does not support server-side compression")


def _started(run: Run) -> Run:
    """BASE_BACKUP begins: the server's checks, the checkpoint, the tablespaces."""
    spend(BACKUP)
    wanted, user = run.wanted, run.instance.session(run.pid)
    assert user is not None, "this connection is open"
    denied = server.checked(run.host, run.instance, user.user, wanted)
    if denied is None and wanted.incremental:
        denied = incremental.denied(run)
    if denied is not None:
        raise fail(run, f"could not initiate base backup: ERROR:  {denied.text}")
    owner = str(run.pid)
    started = backups.start(run.host, run.port, wanted.label, fast=wanted.fast, exclusive=False, owner=owner)
    if isinstance(started, backups.Refused):
        raise fail(run, "could not initiate base backup: " + "\n".join(started.lines))
    run = replace(run, host=started.host)
    run = run.info("checkpoint completed")
    where = output.lsn(started.start_lsn)
    if wanted.wal != "none":
        run = run.info(f"write-ahead log start point: {where} on timeline {started.label.timeline}")
    spaces = sent.spaces(run.host, run.instance)
    if wanted.format == "plain" and not wanted.backup_target:
        for space in spaces:
            if space.oid:
                run = _ready(run, mapped(wanted, space.location))
    if wanted.format == "tar" and wanted.directory == "-" and len(spaces) > 1:
        raise fail(run, f"can only write single tablespace to stdout, database has {len(spaces)}")
    if _manifest_in_compressed_tar(run):
        said = "Use client-side compression, send the output to a directory rather than standard output, or use "
        hint = f"{TOOL}: hint: {said}--no-manifest."
        raise Failed(run, f"{TOOL}: error: cannot inject manifest into a compressed tar file", hint)
    if wanted.wal == "stream":
        run = _streaming(run)
    return meanwhile.copying(run, spaces, lambda later: _copied(later, spaces, started, owner))


def _copied(run: Run, spaces: tuple[sent.Space, ...], started: backups.Started, owner: str) -> Run:
    if run.interrupted:
        raise _interrupted(run, spaces, started)
    return _received(run, spaces, started.start_lsn, owner)


def _interrupted(run: Run, spaces: tuple[sent.Space, ...], started: backups.Started) -> Failed:
    """SIGINT ends it without a clean-up: what had come stays, without WAL that is whole and without a manifest."""
    size = run.instance.cluster.data.segment_size
    text = backups.stamped(run.host, label_text(started.label, size))
    at = backups.Stopped(run.host, started.start_lsn, text, "", (), waiting=False)
    wal = server.read_segments(run.host, run.instance, started.start_lsn, started.start_lsn + 1).files
    come = int((run.limit or 0) * (run.wanted.max_rate or meanwhile.NO_RATE) * 1024)
    top = sending.until(spaces[-1].node, come, wal_first=run.wanted.wal == "stream")[0]
    part = (*spaces[:-1], replace(spaces[-1], node=top))
    streamed = dict(wal) if run.wanted.wal == "stream" else {}
    left = written(run, part, started.start_lsn, at, streamed, done=False)
    return Failed(left, status=meanwhile.INTERRUPTED)


def _manifest_in_compressed_tar(run: Run) -> bool:
    wanted = run.wanted
    compressed = wanted.compress_on == "server" and wanted.method != "none"
    return wanted.directory == "-" and wanted.format == "tar" and compressed and has_manifest(run)


def _streaming(run: Run) -> Run:
    """StartLogStreamer: the second connection and its slot."""
    wanted = run.wanted
    run = run.info("starting background WAL receiver")
    session = run.instance.session(run.pid)
    assert session is not None, "this connection is open"
    target = wanted.target
    asked = connect.Wanted(target.host, target.number, session.user, "", True, target.password, parameters_name(wanted))
    second = hosts.connect(run.host, asked, target)
    if isinstance(second, connect.NotConnected):
        raise Failed(run, f"{TOOL}: error: {second.message[:-1]}")
    run = replace(run, host=second.host)
    name = wanted.slot or (f"pg_basebackup_{second.pid}" if wanted.temporary_slot else "")
    if wanted.create_slot or (name and wanted.temporary_slot):
        host, denied = server.create_slot(run.host, run.port, name, temporary=wanted.temporary_slot)
        if denied is not None:
            command = output.create_slot_command(name, run, temporary=wanted.temporary_slot)
            raise fail(run, f'could not send replication command "{command}": ERROR:  {denied.text}')
        run = replace(run, host=host, slot=name if wanted.temporary_slot else "")
        kind = "temporary replication slot" if wanted.temporary_slot else "replication slot"
        run = run.info(f'created {kind} "{name}"')
    elif name and run.instance.cluster.data.slot(name) is None:
        raise meanwhile.receiver_failed(run, f'ERROR:  replication slot "{name}" does not exist', starting=True)
    elif name and (refused := server.slot_refused(run.instance, name)):
        raise meanwhile.receiver_failed(run, refused, starting=True)
    return run


def parameters_name(_wanted: BasebackupOptions) -> str:
    """application_name of its connections."""
    return TOOL


def _received(run: Run, spaces: tuple[sent.Space, ...], start: int, owner: str) -> Run:
    """The archives are sent, the backup is ended, then WAL (fetch), label and manifest are put in."""
    wanted = run.wanted
    run = output.progress(run, spaces, begin=True)
    stopped = backups.stop(run.host, run.port, owner=owner, wait=wanted.wal == "none")
    if isinstance(stopped, backups.Refused):
        raise _not_stopped(run, stopped.lines)
    run = replace(run, host=stopped.host)
    if stopped.waiting:
        waiting = written(run, spaces, start, stopped, {}, done=False)
        raise Waits(waiting, stopped.stop_lsn, lambda later: _stopped(later, spaces, start, stopped))
    if wanted.wal == "none":
        run = run.raw("".join(f"{line}\n" for line in stopped.notices))
    return _stopped(run, spaces, start, stopped)


_ABORTS = {12: "", 16: "WARNING:  aborting backup due to backend exiting before pg_backup_stop was called\n"}
_NEXT_COPY = {12: False, 13: True, 15: False}
"""The client waits for the COPY of the manifest when the server gives up."""


def _not_stopped(run: Run, lines: tuple[str, ...]) -> Failed:
    """The server does not end the backup: what has been sent is of no use."""
    major = run.instance.major
    what = "could not get COPY data stream" if since(major, _NEXT_COPY) and has_manifest(run) else "backup failed"
    return fail(run.raw(since(major, _ABORTS)), f"{what}: " + "\n".join(lines))


def _stopped(run: Run, spaces: tuple[sent.Space, ...], start: int, stopped: backups.Stopped) -> Run:
    """The backup has ended at the server: WAL, label and manifest."""
    wanted = run.wanted
    wal: dict[str, File] = {}
    if wanted.wal != "none":
        read = server.read_segments(run.host, run.instance, start, stopped.stop_lsn)
        if read.missing and wanted.wal == "fetch":
            raise fail(run, f"backup failed: ERROR:  {server.removed(read.missing)}")
        if read.missing and not (run.slot or wanted.slot):
            raise meanwhile.receiver_failed(run, f"ERROR:  {server.removed(read.missing)}")
        wal = dict(server.received(run.host, run.instance, start, stopped.stop_lsn) if read.missing else read.files)
    run = output.progress(run, spaces, begin=False)
    if wanted.wal != "none":
        run = run.info(f"write-ahead log end point: {output.lsn(stopped.stop_lsn)}")
    if wanted.wal == "stream":
        run = run.info("waiting for background process to finish streaming ...")
        run = _slot_done(run, stopped.stop_lsn)
    run = written(run, spaces, start, stopped, wal, done=True)
    if wanted.sync and not wanted.backup_target:
        run = run.info("syncing data to disk ...")
    if has_manifest(run) and not wanted.backup_target and (wanted.directory != "-" or wanted.format == "plain"):
        run = run.info("renaming backup_manifest.tmp to backup_manifest")
    return run.info("base backup completed")


def _slot_done(run: Run, stop: int) -> Run:
    host = run.host
    if run.slot:
        host = server.drop_slot(host, run.port, run.slot)
    elif run.wanted.slot:
        # The receiver confirms a file when it is whole.
        size = run.instance.cluster.data.segment_size
        host = server.advance_slot(host, run.port, run.wanted.slot, stop // size * size)
    return replace(run, host=host, slot="")


def cleaned(failed: Failed) -> tuple[Host, str]:
    """What is left after a failure: the host, and what the tool says about what it takes away."""
    run = failed.run
    host = server.drop_slot(run.host, run.port, run.slot) if run.slot else run.host
    if run.wanted.no_clean:
        return host, "".join(f"{TOOL}: {line}\n" for line in run.made.kept_lines())
    host, lines = take_away(host, run.made)
    return host, "".join(f"{TOOL}: {line}\n" for line in lines)
