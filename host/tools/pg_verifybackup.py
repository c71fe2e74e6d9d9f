"""pg_verifybackup on the host: a backup held against its manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from host import options, tree
from host.archives import Tar
from host.basebackup.manifest import own_checksum
from host.call import Call, Done
from host.content import Gzip, text_of
from host.digest import checksum
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_verifybackup
from host.options.checks.pg_verifybackup import VerifySettings
from host.server.files import ControlFile
from host.tools.pg_controldata import same_structure
from host.tree import Dir, File, Node
from host.waldump import reading
from simulator.versions import since

NAME = "pg_verifybackup"
_ALWAYS_IGNORED = ("backup_manifest", "pg_wal", "postgresql.auto.conf", "recovery.signal", "standby.signal")
_VERIFIED = "backup successfully verified\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the manifest."""

    path: str
    size: int
    algorithm: str
    checksum: str


class Ended(Exception):
    """The tool ends here with this message."""


def main(call: Call) -> Done:
    """The manifest, the files, then the WAL."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_verifybackup.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    try:
        return _verified(host, wanted)
    except Ended as ended:
        return Done(host, 1, "", f"{NAME}: {ended}\n")


def _verified(host: Host, wanted: VerifySettings) -> Done:
    told, entries = _manifest(host, wanted)
    top = tree.find(host.root, host.path(wanted.directory))
    if not isinstance(top, Dir):
        raise Ended(f'error: could not open directory "{wanted.directory}": {tree.NO_ENTRY}')
    _control(host, wanted, top, told)
    tars = since(host.client.major, {13: False, 18: True}) and _is_tar(wanted, top)
    if tars and wanted.parse_wal:
        hint = f'\n{NAME}: hint: Try "{NAME} --help" for more information.'
        raise Ended(f"error: pg_waldump cannot read tar files{hint}")
    faults = list(_tar_faults(wanted, top, entries) if tars else _faults(host, wanted, top, entries))
    if wanted.exit_on_error:
        faults = faults[:1]
    stderr = "".join(f"{NAME}: error: {fault}\n" for fault in faults)
    if not (wanted.exit_on_error and faults) and wanted.parse_wal:
        stderr += _wal(host, wanted, told)
    return Done(host, 1 if stderr else 0, "" if stderr or wanted.quiet else _VERIFIED, stderr)


def _control(host: Host, wanted: VerifySettings, top: Dir, told: dict[str, Any]) -> None:
    """verify_control_file: a manifest that names the system must be of this one (17+)."""
    identifier = told.get("System-Identifier")
    shared = top.entries.get("global")
    node = shared.entries.get("pg_control") if isinstance(shared, Dir) else None
    knows = since(host.client.major, {12: False, 17: True})
    if identifier is None or not knows or not isinstance(node, File) or not isinstance(node.content, ControlFile):
        return
    path = f"{wanted.directory}/global/pg_control"
    if not same_structure(node.content.major, host.client.major):
        raise Ended(f"error: {path}: CRC is incorrect")
    theirs = node.content.system_identifier
    if theirs != identifier:
        raise Ended(f"error: {path}: manifest system identifier is {identifier}, but control file has {theirs}")


def _is_tar(wanted: VerifySettings, top: Dir) -> bool:
    if wanted.format:
        return wanted.format == "tar"
    return "PG_VERSION" not in top.entries


def _manifest(host: Host, wanted: VerifySettings) -> tuple[dict[str, Any], dict[str, Entry]]:
    """The manifest, read and held against its own checksum."""
    node = tree.find(host.root, host.path(wanted.manifest))
    if not isinstance(node, File):
        raise Ended(f'error: could not open file "{wanted.manifest}": {tree.NO_ENTRY}')
    text = text_of(node.content)
    prefix = since(host.client.major, {13: "fatal", 15: "error"})
    if len(text.splitlines()) < 2:
        raise Ended(f"{prefix}: could not parse backup manifest: expected at least 2 lines")
    try:
        told = json.loads(text)
    except ValueError:
        raise Ended(f"{prefix}: could not parse backup manifest: {_broken(text)}") from None
    body = text[: text.rfind('"Manifest-Checksum"')]
    if told.get("Manifest-Checksum") != own_checksum(body):
        raise Ended(f"{prefix}: manifest checksum mismatch")
    entries = {}
    for line in told.get("Files", ()):
        path = line.get("Path") or bytes.fromhex(line.get("Encoded-Path", "")).decode()
        entries[path] = Entry(path, line["Size"], line.get("Checksum-Algorithm", "NONE"), line.get("Checksum", ""))
    return told, entries


def _broken(text: str) -> str:
    """A manifest that is no JSON: its last line was changed, or something in the middle."""
    if not text.endswith("\n"):
        return "last line not newline-terminated"
    return "parsing failed"


def _ignored(wanted: VerifySettings, path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in (*_ALWAYS_IGNORED, *wanted.ignore))


def _faults(host: Host, wanted: VerifySettings, top: Dir, entries: dict[str, Entry]) -> list[str]:
    """verify_backup_directory, report_extra_backup_files, verify_backup_checksums."""
    found: list[str] = []
    seen: dict[str, File] = {}
    for path, node in _files(host, top, ""):
        if _ignored(wanted, path):
            continue
        entry = entries.get(path)
        if entry is None:
            found.append(f'"{path}" is present on disk but not in the manifest')
            continue
        seen[path] = node
        if node.size != entry.size:
            found.append(f'"{path}" has size {node.size} on disk but size {entry.size} in the manifest')
    for path in sorted(entries, reverse=True):
        if path not in seen and not _ignored(wanted, path):
            found.append(f'"{path}" is present in the manifest but not on disk')
    for path, node in seen.items() if wanted.checksums else ():
        entry = entries[path]
        if node.size == entry.size and checksum(node.content, entry.algorithm) != entry.checksum:
            found.append(f'checksum mismatch for file "{path}"')
    return found


def _files(host: Host, here: Dir, path: str) -> list[tuple[str, File]]:
    """Every file below, links to directories followed (tablespaces)."""
    found: list[tuple[str, File]] = []
    for name in reversed(tuple(here.entries)):
        node: Node | None = here.entries[name]
        if isinstance(node, tree.Link):
            node = tree.find(host.root, node.target)
        below = f"{path}/{name}" if path else name
        if isinstance(node, Dir):
            found += _files(host, node, below)
        elif isinstance(node, File):
            found.append((below, node))
    return found


def _tar_faults(wanted: VerifySettings, top: Dir, entries: dict[str, Entry]) -> list[str]:
    """Tar format (18+): base.tar and <oid>.tar, members held against the manifest."""
    found: list[str] = []
    seen: set[str] = set()
    for name in reversed(tuple(top.entries)):
        node = top.entries[name]
        stem = name.partition(".tar")[0]
        content = node.content if isinstance(node, File) else ""
        archive = content.inner if isinstance(content, Gzip) else content
        if name == "backup_manifest" or stem == "pg_wal":
            continue
        if not isinstance(archive, Tar):
            if stem == "base" or stem.isdigit():
                found.append(f'could not read file "{name}": read 0 of 512')
            elif not _ignored(wanted, name):
                found.append(f'file "{name}" is not expected in a tar format backup')
            continue
        prefix = f"pg_tblspc/{stem}/" if stem.isdigit() else ""
        for member, file in archive.members:
            path = prefix + member.rstrip("/")
            if isinstance(file, File) and not _ignored(wanted, path):
                seen.add(path)
                found += _member_faults(path, file, entries.get(path), checksums=wanted.checksums)
    missing = (path for path in sorted(entries, reverse=True) if path not in seen and not _ignored(wanted, path))
    return found + [f'"{path}" is present in the manifest but not on disk' for path in missing]


def _member_faults(path: str, file: File, entry: Entry | None, *, checksums: bool) -> list[str]:
    if entry is None:
        return [f'"{path}" is present on disk but not in the manifest']
    if file.size != entry.size:
        return [f'"{path}" has size {file.size} on disk but size {entry.size} in the manifest']
    wrong = checksums and checksum(file.content, entry.algorithm) != entry.checksum
    return [f'checksum mismatch for file "{path}"'] if wrong else []


def _wal(host: Host, wanted: VerifySettings, told: dict[str, Any]) -> str:
    """pg_waldump over every range of the manifest."""
    stderr = ""
    for span in told.get("WAL-Ranges", ()):
        said = reading.parse(host, wanted.wal_directory, span["Timeline"], span["Start-LSN"], span["End-LSN"])
        if said:
            stderr += f"{said}{NAME}: error: WAL parsing failed for timeline {span['Timeline']}\n"
    return stderr
