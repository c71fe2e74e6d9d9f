"""Both sides in one form: exit exact, texts after the recordings' normalisation, files as the recordings list them."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from host import tree
from host.archives import Tar
from host.call import Done
from host.conformance.listing import TEXTS, listing
from host.conformance.normalise import Names, without_chance
from host.conformance.record import PLACES
from host.content import Content, Gzip, Payload
from host.machine import Host
from host.shell import run_line
from host.tree import Dir, File, Link, Node
from lab import NotHere
from lab.terminal.ground import Ground, host_of
from lab.terminal.performing import Answer, Terminal

WATCHED = ("PGDATA", "BACKUP", "ARCHIVE", "RESTORE", "RESTORE_FAST", "WORK", "DUMPS")
"""Directories whose files are compared after each line; those below, too, where backups and dumps are made."""
_OPENED = ("BACKUP", "DUMPS", "WORK", "RESTORE")
_PASSING = "xlogtemp."
"""A segment that is being made; a moment later it has a name."""
_SMALL = 1 << 16
_COUNTERS = re.compile(
    r"^(Latest checkpoint's (?:NextXID|NextOID|oldestXID|oldestActiveXID|oldestXID's DB|oldestMulti's DB):\s+)\S+",
    re.MULTILINE,
)
"""Lines of pg_controldata that tell of all transactions since initdb: the two worlds were filled in other ways."""
_SALTED = re.compile(r"(PASSWORD 'SCRAM-SHA-256\$\d+:)[^']+'")
"""The salt of a password is random."""
_MAGIC = ((b"PGDMP", "PGDMP"), (b"\x1f\x8b", "gzip"))


@dataclass(frozen=True, slots=True)
class _Marked(Payload):
    """Bytes of which only the kind is known."""

    kind: str = "binary"
    length: int = 1

    @property
    def magic(self) -> str:
        return self.kind

    @property
    def bytes(self) -> int:
        return self.length


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the two are not the same."""

    field: str
    host: object
    real: object


@dataclass(frozen=True, slots=True)
class Held:
    """A line held against reality; `reason`: why it was not performed (then nothing is compared)."""

    line: str
    host: Done
    real: Answer | None
    reason: NotHere | None = None
    compared: int = 0
    differences: tuple[Difference, ...] = ()


Host_line = Callable[[Host, str], Done]


def session(ground: Ground, lines: Sequence[str], answer: Host_line = run_line) -> Iterator[Held]:
    """Each line on both sides.  After one that is not performed and changes something, nothing is comparable.

    Raises LimitReached, Cancelled and ToolFailed.
    """
    host, terminal = host_of(ground.major), Terminal(ground)
    lost: NotHere | None = None
    for line in lines:
        done = answer(host, line)
        if lost is not None:
            host = done.host
            yield Held(line, done, None, NotHere("after"))
            continue
        looks = terminal.only_looks(line)
        try:
            real = terminal.run(line)
        except NotHere as reason:
            lost = None if looks else reason
            host = done.host if lost else host
            yield Held(line, done, None, reason)
            continue
        host = done.host
        fields = tuple(_fields(ground, done, real))
        yield Held(line, done, real, None, len(fields), tuple(each for each in fields if not _same(each)))


def _same(field: Difference) -> bool:
    if isinstance(field.host, str) and isinstance(field.real, str):
        return _comparable(field.host) == _comparable(field.real)
    return field.host == field.real


def _undecided_out(shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the number of segments in a standby's pg_wal.

    A backup ends with a switch, and the next segment comes to the standby with the first record in it.  That may be a
    snapshot of the primary's background writer, which has a clock of its own (every 15 s at most).
    """
    if "standby.signal" not in shown.get("top", ()) or "pg_wal" not in shown:
        return shown
    return {**shown, "pg_wal": {key: value for key, value in shown["pg_wal"].items() if key != "segments"}}


def _unaligned(text: str) -> str:
    """A column of psql is as wide as the run's own path, which is longer than the session's."""
    return re.sub("-{2,}", "--", re.sub(" +", " ", text))


def _comparable(text: str) -> str:
    """Without help texts and chance, and without counters that began elsewhere: another history made the same rows."""
    return _SALTED.sub(r"\1<SALTED>'", _COUNTERS.sub(r"\1<N>", without_chance(text)))


def _fields(ground: Ground, done: Done, real: Answer) -> Iterator[Difference]:
    reality = replace(done.host, root=_root(ground))
    ours, theirs = (Names(ground.major, _tablespaces(side)) for side in (done.host, reality))
    yield Difference("exit", done.exit, real.exit)
    in_columns = str(ground.lab.paths.root).encode() in real.stdout
    both = (ours.output(done.stdout), theirs.output(_content_of(real.stdout, ground)))
    yield Difference("stdout", *(map(_unaligned, both) if in_columns else both))
    yield Difference("stderr", ours.text(done.stderr), theirs.text(real.stderr))
    for path in sorted({*_paths(done.host), *_paths(reality)}):
        shown = (listing(done.host, path, ours), listing(reality, path, theirs))
        yield Difference(f"files {path}", *map(_undecided_out, shown))


def _tablespaces(host: Host) -> frozenset[str]:
    """Their OIDs, which a tool says and names files by: the counter began elsewhere."""
    folders = (tree.find(host.root, f"{path}/pg_tblspc") for path in _paths(host))
    return frozenset(name for folder in folders if isinstance(folder, Dir) for name in folder.entries)


def _paths(host: Host) -> Iterator[str]:
    for name in WATCHED:
        path = PLACES[name]
        yield path
        node = tree.find(host.root, path)
        if name in _OPENED and isinstance(node, Dir) and "PG_VERSION" not in node.entries:
            yield from (f"{path}/{entry}" for entry, below in node.entries.items() if isinstance(below, Dir))


# The real files as the host's own values


def _root(ground: Ground) -> Dir:
    top = _node(ground.lab.paths.root / "dojo", 0, ground)
    return Dir(MappingProxyType({"dojo": top}))


def _node(path: Path, depth: int, ground: Ground) -> Node:
    if path.is_symlink():
        return Link(ground.shown(str(path.readlink())))
    if path.is_dir():
        below = () if depth > _depth(path) else sorted(path.iterdir())
        found = {}
        for entry in (each for each in below if not each.name.startswith(_PASSING)):
            with suppress(OSError):  # a server's own files come and go
                found[entry.name] = _node(entry, depth + 1, ground)
        return Dir(MappingProxyType(found))
    return File(_content(path, ground) if path.is_file() else "")


def _depth(path: Path) -> int:
    """How deep names matter: into pg_wal and pg_tblspc, and no deeper."""
    return 4 if path.name in ("pg_wal", "pg_tblspc") else 2


def _content(path: Path, ground: Ground) -> Content:
    with path.open("rb") as file:
        head = file.read(262 + 8)
    if path.name.endswith((".tar", ".tar.gz")):
        with suppress(tarfile.TarError, OSError, EOFError):
            archive = _tar(path, ground)
            return Gzip(archive) if path.name.endswith(".gz") else archive
    if len(head) < 262 or path.name in TEXTS or path.stat().st_size < _SMALL:
        return _content_of(path.read_bytes(), ground)
    return _content_of(head, ground)


def _content_of(data: bytes, ground: Ground) -> Content:
    for mark, kind in _MAGIC:
        if data.startswith(mark):
            return _Marked(kind, len(data)) if kind != "gzip" else Gzip("")
    if data[257:262] == b"ustar":
        return _Marked("tar", len(data))
    if b"\0" in data:
        return _Marked("binary", len(data))
    return ground.shown(data.decode("utf-8", "surrogateescape"))


def _tar(path: Path, ground: Ground) -> Tar:
    members: list[tuple[str, Node]] = []
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isdir():
                members.append((member.name, Dir()))
            elif member.issym():
                members.append((member.name, Link(ground.shown(member.linkname))))
            else:
                small = archive.extractfile(member) if member.name in TEXTS else None
                members.append((member.name, File(_content_of(small.read(), ground) if small else _Marked())))
    return Tar(tuple(members))


def printed(real: Answer, ground: Ground) -> str:
    """Standard output as a terminal shows it."""
    content = _content_of(real.stdout, ground)
    return content if isinstance(content, str) else f"<BINARY: {getattr(content, 'magic', 'binary')}>"


def as_typed(lines: Sequence[str]) -> Mapping[str, str]:
    """A session in the two commands that show it again."""
    words = " ".join("'" + line.replace("'", "'\\''") + "'" for line in lines)
    return {"host": f"waldojo exec --world fixture-without-tablespace --version {{}} {words}",
            "both": f"waldojo lab exec --pg {{}} {words}"}  # fmt: skip
