"""The server's side: BASE_BACKUP checked, begun and ended; replication slots; WAL that is still there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.basebackup.manifest import Asked
from host.network import at_server, path_there
from host.options.checks.pg_basebackup import BasebackupOptions
from host.options.compression import METHODS, judged, specification
from host.server import disk, work
from host.server.instance import Instance
from host.tree import Dir, File
from simulator import slots as slot_rules
from simulator.lsn import previous_segment_of, segment_of
from simulator.messages import error_lines
from simulator.pg_wal import file_name, file_number
from simulator.versions import since, spans

if TYPE_CHECKING:
    from host.machine import Host

ALGORITHMS = ("NONE", "CRC32C", "SHA224", "SHA256", "SHA384", "SHA512")
LONGEST_NAME = 63
_WRITE_FILES = "pg_write_server_files"
_NO_PRIVILEGE = {
    15: "must be superuser or a role with privileges of the pg_write_server_files role to create backup stored on "
    "server",
    16: "permission denied to create backup stored on server\n"
    'DETAIL:  Only roles with privileges of the "pg_write_server_files" role may create a backup stored on the server.',
}
_NO_SLOT_LEFT = {
    12: "all replication slots are in use\nHINT:  Free one or increase max_replication_slots.",
    18: 'all replication slots are in use\nHINT:  Free one or increase "max_replication_slots".',
}


@dataclass(frozen=True, slots=True)
class Denied:
    """The server's ERROR, without 'ERROR:  '."""

    text: str


def asked_manifest(wanted: BasebackupOptions) -> Asked | Denied:
    """The manifest options as the server reads them."""
    name = (wanted.manifest_checksums or "CRC32C").upper()
    if name not in ALGORITHMS:
        return Denied(f'unrecognized checksum algorithm: "{wanted.manifest_checksums}"')
    return Asked(name, wanted.manifest_force_encode)


def checked(host: Host, instance: Instance, user: str, wanted: BasebackupOptions) -> Denied | None:
    """parse_basebackup_options and the checks of the target, in their order."""
    manifest = asked_manifest(wanted)
    if isinstance(manifest, Denied):
        return manifest
    if wanted.backup_target:
        name, colon, detail = wanted.backup_target.partition(":")
        if name not in ("server", "blackhole"):  # ':' stands for an empty target
            return Denied(f'unrecognized target: "{name}"')
        if name == "blackhole" and colon:
            return Denied('target "blackhole" does not accept a target detail')
        if name == "server" and not colon:
            return Denied('target "server" requires a target detail')
        if name == "server":
            denied = _server_target(host, instance, user, detail)
            if denied:
                return denied
    if wanted.compress_on == "server":
        return _compression(instance, wanted)
    return None


def _server_target(host: Host, instance: Instance, user: str, path: str) -> Denied | None:
    role = instance.catalog.roles.get(user)
    if not (role and role.superuser) and not instance.catalog.is_member(user, _WRITE_FILES):
        return Denied(since(instance.major, _NO_PRIVILEGE))
    if not path.startswith("/"):
        return Denied("relative path not allowed for backup stored on server")
    at = path_there(host, instance.port, path)
    node = tree.find(host.root, at)
    if node is None and not isinstance(tree.find(host.root, at.rpartition("/")[0] or "/"), Dir):
        return Denied(f'could not create directory "{path}": {tree.NO_ENTRY}')
    if isinstance(node, Dir) and node.entries:
        return Denied(f'directory "{path}" exists but is not empty')
    if isinstance(node, File):
        return Denied(f'could not access directory "{path}": {tree.NOT_A_DIR}')
    return None


def _compression(instance: Instance, wanted: BasebackupOptions) -> Denied | None:
    if wanted.method not in METHODS:
        return Denied(f'unrecognized compression algorithm: "{wanted.method}"')
    spec = specification(wanted.method, wanted.detail, instance.methods, instance.major in spans("16+"))
    fault = judged(spec)
    return Denied(f"invalid compression specification: {fault}") if fault else None


@at_server
def create_slot(
    host: Host, port: int, name: str, *, temporary: bool, reserve: bool = True
) -> tuple[Host, Denied | None]:
    """CREATE_REPLICATION_SLOT name [TEMPORARY] PHYSICAL [RESERVE_WAL]."""
    instance = work.running(host, port)
    if not name or len(name) > LONGEST_NAME:
        return host, Denied(f'replication slot name "{name}" is too {"long" if name else "short"}')
    if any(not (c.islower() or c.isdigit() or c == "_") for c in name):
        hint = (
            "HINT:  Replication slot names may only contain lower case letters, numbers, and the underscore character."
        )
        return host, Denied(f'replication slot name "{name}" contains invalid character\n{hint}')
    if instance.cluster.data.slot(name) is not None:
        return host, Denied(f'replication slot "{name}" already exists')
    if len(instance.cluster.data.slots) >= int(instance.settings.value("max_replication_slots")):
        return host, Denied(since(instance.major, _NO_SLOT_LEFT))
    cluster = slot_rules.create(instance.cluster, name, reserve=reserve)
    slot = cluster.data.slot(name)
    assert slot is not None, "it has just been made"
    data = cluster.data.with_slot(replace(slot, temporary=temporary, active=temporary))
    return disk.flush(host, replace(instance, cluster=replace(cluster, data=data))), None


@at_server
def drop_slot(host: Host, port: int, name: str) -> Host:
    """A temporary slot goes with its connection."""
    instance = host.instance(port)
    if instance is None or instance.cluster.data.slot(name) is None:
        return host
    data = instance.cluster.data.without_slot(name)
    return disk.flush(host, replace(instance, cluster=replace(instance.cluster, data=data)))


@at_server
def advance_slot(host: Host, port: int, name: str, lsn: int) -> Host:
    """A slot follows what its receiver has confirmed."""
    instance = work.running(host, port)
    slot, data = instance.cluster.data.slot(name), instance.cluster.data
    if slot is None or slot_rules.is_refused(data, slot):
        return host
    moved = slot_rules.taken_up(data, slot, max(lsn, slot.restart_lsn or 0))
    data = data.with_slot(replace(moved, active=slot.active))
    return disk.flush(host, replace(instance, cluster=replace(instance.cluster, data=data)))


def slot_refused(instance: Instance, name: str) -> str:
    """What the server says when a client asks for a slot that is lost to everybody; '' when it may have it."""
    data = instance.cluster.data
    slot = data.slot(name)
    if slot is None or not slot_rules.is_refused(data, slot):
        return ""
    return "\n".join(error_lines("slot_lost", instance.major, {"slot": name, "reason": slot_rules.reason(slot)}))


@dataclass(frozen=True, slots=True)
class Segments:
    """WAL files as read from pg_wal, by name; `missing`: the first that is gone, ''."""

    files: MappingProxyType[str, File]
    missing: str = ""


def read_segments(host: Host, instance: Instance, start: int, end: int) -> Segments:
    """Those segments as they are now."""
    path = f"{instance.pgdata}/pg_wal"
    found: dict[str, File] = {}
    for number in _numbers(instance, start, end):
        name = file_name(number, instance.cluster.data.segment_size)
        node = tree.find(host.root, f"{path}/{name}")
        if not isinstance(node, File) or number not in instance.cluster.data.pg_wal.segments:
            return Segments(MappingProxyType(found), name)
        found[name] = node
    return Segments(MappingProxyType(found))


def received(host: Host, instance: Instance, start: int, end: int) -> MappingProxyType[str, File]:
    """The same segments as a receiver has them that kept up: each came before a checkpoint removed it."""
    size = instance.cluster.data.segment_size
    made = {file_name(n, size): disk.segment_file(host, instance, n) for n in _numbers(instance, start, end)}
    return MappingProxyType(made | read_segments(host, instance, start, end).files)


def _numbers(instance: Instance, start: int, end: int) -> range:
    """The segments on the server's timeline from the one of `start` to that of the last byte before `end`."""
    data = instance.cluster.data
    first = segment_of(start, data.segment_size)
    last = max(first, previous_segment_of(end, data.segment_size))
    return range(file_number(data.timeline, first), file_number(data.timeline, last) + 1)


def removed(name: str) -> str:
    """What a WAL sender says about a segment that is gone."""
    return f"requested WAL segment {name} has already been removed"
