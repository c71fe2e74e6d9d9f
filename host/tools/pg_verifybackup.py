"""pg_verifybackup on the host: a backup held against its manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from host import options, tree
from host.archives import Tar
from host.basebackup import hash_order
from host.basebackup.manifest import own_checksum
from host.call import Call, Done
from host.content import Gzip, Piece, size_of, text_of
from host.digest import checksum
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_verifybackup
from host.options.checks.pg_verifybackup import VerifySettings
from host.server.files import ControlFile
from host.tools.pg_controldata import same_structure
from host.tree import Dir, File, Node
from host.waldump import finding
from simulator.versions import since

NAME = "pg_verifybackup"
_ALWAYS_IGNORED = ("backup_manifest", "pg_wal", "postgresql.auto.conf", "recovery.signal", "standby.signal")
_VERSION = "PostgreSQL-Backup-Manifest-Version"
_FIELDS = (_VERSION, "System-Identifier", "Files", "WAL-Ranges", "Manifest-Checksum")
OWNER_READS = 0o400
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
        hint = f"\n{NAME}: hint: You must use -n/--no-parse-wal when verifying a tar-format backup."
        raise Ended(f"error: pg_waldump cannot read tar files{hint}")
    faults = list(_tar_faults(host.client.major, wanted, top, entries) if tars else _faults(host, wanted, top, entries))
    if wanted.exit_on_error:
        faults = faults[:1]
    stderr = "".join(f"{NAME}: error: {fault}\n" for fault in faults)
    failed = bool(faults)
    if wanted.progress and (tars or wanted.checksums) and not (wanted.exit_on_error and faults):
        stderr = _progress(entries) + stderr
    if not (wanted.exit_on_error and faults) and wanted.parse_wal:
        said = _wal(host, wanted, told)
        failed, stderr = failed or bool(said), stderr + said
    return Done(host, int(failed), "" if failed or wanted.quiet else _VERIFIED, stderr)


def _progress(entries: dict[str, Entry]) -> str:
    """-P on something that is no terminal: a line at the begin, and one at the end."""
    total = sum(entry.size for entry in entries.values()) // 1024
    return "".join(
        f"{done:>{len(str(total))}}/{total} kB ({share}%) verified\n" for done, share in ((0, 0), (total, 100))
    )


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
        above = tree.find(host.root, host.path(wanted.directory))
        why = (
            tree.NOT_A_DIR
            if isinstance(above, File) and wanted.manifest.startswith(wanted.directory)
            else tree.NO_ENTRY
        )
        raise Ended(f'error: could not open file "{wanted.manifest}": {why}')
    text = text_of(node.content)
    prefix = since(host.client.major, {13: "fatal", 15: "error"})
    try:
        told = json.loads(text)
    except ValueError as error:
        why = _broken(text, error, since(host.client.major, {13: False, 17: True}))
        raise Ended(f"{prefix}: could not parse backup manifest: {why}") from None
    if fault := _meaning(told, host.client.major) or _unended(text):
        raise Ended(f"{prefix}: could not parse backup manifest: {fault}")
    body = text[: text.rfind('"Manifest-Checksum"')]
    if told.get("Manifest-Checksum") != own_checksum(body):
        raise Ended(f"{prefix}: manifest checksum mismatch")
    entries = {}
    for line in told.get("Files", ()):
        path = line.get("Path") or bytes.fromhex(line.get("Encoded-Path", "")).decode()
        entries[path] = Entry(path, line["Size"], line.get("Checksum-Algorithm", "NONE"), line.get("Checksum", ""))
    return told, entries


def _broken(text: str, error: ValueError, incremental: bool) -> str:
    """A manifest that is no JSON.  The incremental parser (17+) tells why, the older one does not."""
    if not incremental:
        return "parsing failed"
    at = getattr(error, "pos", len(text))
    token = re.match(r"[\w.+-]+|\S", text[at:])
    if token is None or getattr(error, "msg", "").startswith("Unterminated"):
        return "The input string ended unexpectedly."
    if re.fullmatch(r'["\w{[]', text[at]) and token[0] not in ("true", "false", "null") and text[at].isalpha():
        return f'Token "{token[0]}" is invalid.'
    return f'Expected end of input, but found "{token[0]}".' if "Extra" in str(error) else "parsing failed"


def _meaning(told: object, major: int) -> str:
    """The fields at the top, as parse_manifest.c wants them."""
    if not isinstance(told, dict):
        return "unexpected array start" if isinstance(told, list) else "unexpected scalar"
    if not told:
        return "unexpected object end"
    first = next(iter(told))
    if first != _VERSION:
        return "expected version indicator"
    known = since(major, {13: (1,), 17: (1, 2)})
    if told[_VERSION] not in known:
        return "unexpected manifest version"
    unknown = next((name for name in told if name not in _FIELDS), "")
    return "unrecognized top-level field" if unknown else ""


def _unended(text: str) -> str:
    """verify_manifest_checksum(): the shape of the last lines."""
    if text.count("\n") < 2:
        return "expected at least 2 lines"
    return "" if text.endswith("\n") else "last line not newline-terminated"


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
    order = hash_order.ordered(entries, host.client.major)
    found += _missing(wanted, order, seen)
    for path in order if wanted.checksums else ():
        entry, there = entries[path], seen.get(path)
        if there is None or there.size != entry.size:
            continue
        if not there.mode & OWNER_READS:
            found.append(f'could not open file "{path}": {tree.DENIED}')
        elif checksum(there.content, entry.algorithm) != entry.checksum:
            found.append(f'checksum mismatch for file "{path}"')
    return found


def _missing(wanted: VerifySettings, order: list[str], seen: Container[str]) -> list[str]:
    """report_extra_backup_files."""
    gone = (path for path in order if path not in seen and not _ignored(wanted, path))
    return [f'"{path}" is present in the manifest but not on disk' for path in gone]


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


def _tar_faults(major: int, wanted: VerifySettings, top: Dir, entries: dict[str, Entry]) -> list[str]:
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
        if isinstance(archive, Piece) and isinstance(archive.inner, Tar) and archive.bytes:
            lines = [f"error: {fault}" for fault in found]
            raise Ended(f"\n{NAME}: ".join([*lines, "error: COPY stream ended before last file was finished"]))
        if not isinstance(archive, Tar):
            if (stem == "base" or stem.isdigit()) and size_of(content):
                found.append(f'could not read file "{name}": read 0 of 512')
            elif stem != "base" and not stem.isdigit() and not _ignored(wanted, name):
                found.append(f'file "{name}" is not expected in a tar format backup')
            continue
        prefix = f"pg_tblspc/{stem}/" if stem.isdigit() else ""
        for member, file in archive.members:
            path = prefix + member.rstrip("/")
            if isinstance(file, File) and not _ignored(wanted, path):
                seen.add(path)
                found += _member_faults(path, file, entries.get(path), checksums=wanted.checksums)
    return found + _missing(wanted, hash_order.ordered(entries, major), seen)


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
        said = finding.parse(host, wanted.wal_directory, span["Timeline"], span["Start-LSN"], span["End-LSN"])
        if said:
            stderr += f"{said}{NAME}: error: WAL parsing failed for timeline {span['Timeline']}\n"
    return stderr
