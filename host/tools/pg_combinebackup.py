"""pg_combinebackup on the host: a full backup and its increments become one (17+)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

from host import options, tree
from host.basebackup import manifest
from host.basebackup.incremental import PREFIX, IncrementalFile
from host.basebackup.incremental import parsed as parsed_manifest
from host.basebackup.manifest import Asked
from host.basebackup.writing import Full, put
from host.call import Call, Done
from host.content import text_of
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_combinebackup
from host.options.checks.pg_combinebackup import CombineSettings
from host.server import labels
from host.server.files import ControlFile
from host.tree import Dir, File, Link, Node
from simulator.lsn import format_lsn, parse_lsn

NAME = "pg_combinebackup"
_LINKED = "--link mode was used; any modifications to the output directory might destructively modify input directories"


@dataclass(frozen=True, slots=True)
class Backup:
    """One input directory: its tree, its label, and what it continues (0: a full backup)."""

    path: str
    top: Dir
    label: str
    start: int
    timeline: int
    previous: int
    previous_timeline: int


class Ended(Exception):
    """The tool ends with this message."""


def main(call: Call) -> Done:
    """Check the chain, put it together, write a new manifest."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_combinebackup.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    try:
        chain = _chain(host, wanted)
        _output_is_free(host, wanted.output)
    except Ended as ended:
        return Done(host, 1, "", f"{NAME}: error: {ended}\n")
    if wanted.dry_run:
        return Done(host)
    top = _combined(chain)
    label = top.entries["backup_label"]
    assert isinstance(label, File), "each input has one"
    lines = text_of(label.content).splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith("INCREMENTAL FROM"))
    top = top.with_entry("backup_label", File(kept, mtime=host.clock))
    if wanted.manifest:
        top = _with_manifest(host, wanted, top, chain[-1])
    try:
        host = put(host, wanted.output, host.path(wanted.output), top)
    except Full as full:
        return Done(full.host, 1, "", f'{NAME}: error: could not write file "{full.path}": {tree.NO_SPACE}\n')
    return Done(host, 0, "", f"{NAME}: warning: {_LINKED}\n" if wanted.method == "link" else "")


def _output_is_free(host: Host, path: str) -> None:
    node = tree.find(host.root, host.path(path))
    if isinstance(node, Dir) and node.entries:
        raise Ended(f'directory "{path}" exists but is not empty')
    if isinstance(node, File):
        raise Ended(f'could not access directory "{path}": {tree.NOT_A_DIR}')


def _chain(host: Host, wanted: CombineSettings) -> list[Backup]:
    """check_backup_label_files: from the newest to the oldest, each must begin where the next one says."""
    backups = [_read(host, path) for path in wanted.backups]
    expected, timeline = 0, 0
    for number, backup in reversed(list(enumerate(backups))):
        if number == 0 and backup.previous:
            text = "is an incremental backup, but the first backup should be a full backup"
            raise Ended(f'backup at "{backup.path}" {text}')
        if number and not backup.previous:
            text = "is a full backup, but only the first backup should be a full backup"
            raise Ended(f'backup at "{backup.path}" {text}')
        if number < len(backups) - 1 and backup.timeline != timeline:
            text = f"starts on timeline {backup.timeline}, but expected {timeline}"
            raise Ended(f'backup at "{backup.path}" {text}')
        if number < len(backups) - 1 and backup.start != expected:
            text = f"starts at LSN {format_lsn(backup.start)}, but expected {format_lsn(expected)}"
            raise Ended(f'backup at "{backup.path}" {text}')
        expected, timeline = backup.previous, backup.previous_timeline
    identifiers = [_identifier(host, backup) for backup in backups]
    for backup, identifier in zip(backups, identifiers, strict=True):
        if identifier != identifiers[0]:
            text = f"expected system identifier {identifiers[0]}, but found {identifier}"
            raise Ended(f"{backup.path}/global/pg_control: {text}")
    return backups


def _identifier(_host: Host, backup: Backup) -> int:
    shared = backup.top.entries.get("global")
    node = shared.entries.get("pg_control") if isinstance(shared, Dir) else None
    if not isinstance(node, File) or not isinstance(node.content, ControlFile):
        raise Ended(f'could not open file "{backup.path}/global/pg_control": {tree.NO_ENTRY}')
    return node.content.system_identifier


def _read(host: Host, path: str) -> Backup:
    top = tree.find(host.root, host.path(path))
    if not isinstance(top, Dir) or "PG_VERSION" not in top.entries:
        raise Ended(f'could not open file "{path}/PG_VERSION": {tree.NO_ENTRY}')
    node = top.entries.get("backup_label")
    if not isinstance(node, File):
        raise Ended(f'could not open file "{path}/backup_label": {tree.NO_ENTRY}')
    text = text_of(node.content)
    label = labels.read(text)
    words = dict(line.partition(": ")[::2] for line in text.splitlines())
    if label is None:
        raise Ended(f"{path}/backup_label: could not parse START WAL LOCATION")
    previous = parse_lsn(words["INCREMENTAL FROM LSN"]) if "INCREMENTAL FROM LSN" in words else 0
    return Backup(path, top, text, label.redo_lsn, label.timeline, previous, int(words.get("INCREMENTAL FROM TLI", 0)))


def _combined(chain: list[Backup]) -> Dir:
    """The newest backup, with whole files in the place of its increments."""
    top = chain[-1].top.without("backup_manifest")
    return _whole(top, [backup.top for backup in reversed(chain[:-1])])


def _whole(here: Dir, older: list[Dir]) -> Dir:
    entries: dict[str, Node] = {}
    for name, node in here.entries.items():
        below = [found for one in older if isinstance(found := one.entries.get(name), Dir)]
        if isinstance(node, Dir):
            entries[name] = _whole(node, below)
        elif name.startswith(PREFIX) and isinstance(node, File) and isinstance(node.content, IncrementalFile):
            entries[name.removeprefix(PREFIX)] = replace(node, content=node.content.file)
        else:
            entries[name] = node
    return replace(here, entries=MappingProxyType(entries))


def _with_manifest(host: Host, wanted: CombineSettings, top: Dir, last: Backup) -> Dir:
    """A manifest of its own, for the WAL of the last backup."""
    node = last.top.entries.get("backup_manifest")
    told = parsed_manifest(text_of(node.content)) if isinstance(node, File) else ""
    if isinstance(told, str):
        return top
    parts = [("", top.without("pg_tblspc"))]
    spaces = top.entries.get("pg_tblspc")
    for oid, link in spaces.entries.items() if isinstance(spaces, Dir) else ():
        there = tree.find(host.root, link.target) if isinstance(link, Link) else link
        if isinstance(there, Dir):
            parts.append((f"pg_tblspc/{oid}/", there))
    control = _identifier(host, last)
    text = manifest.text(
        host.client.major,
        control,
        tuple(parts),
        Asked(wanted.checksums),
        told.timeline,
        (told.start, told.end),
        host.clock,
    )
    return top.with_entry("backup_manifest", File(text, mtime=host.clock))
