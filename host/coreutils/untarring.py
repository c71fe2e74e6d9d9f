"""tar -x and -t: reading archives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from host import tree
from host.archives import Tar, plain_name
from host.call import Done
from host.content import Content, Gzip, Piece, cut
from host.coreutils.base import Tool
from host.coreutils.tar_words import TarWords
from host.coreutils.tarring import FAILED, as_owned, describe, excluded, fatal, method_of, stripped
from host.effort import EDIT, spend
from host.files import SEARCH, WRITE, may
from host.shell.globs import compiled
from host.tree import Dir, File, Node, PathError

Member = tuple[str, Node]


class Unreadable(Exception):
    """Not an archive: the lines tar and its filter print."""


def members_of(content: Content, method: str, piped: bool) -> tuple[tuple[Member, ...], str]:
    """The members, and what tar prints at the end of an archive that is cut; raises Unreadable."""
    end = ""
    if isinstance(content, Piece) and isinstance(content.inner, Gzip) and content.start == 0:
        inner = content.inner.inner
        share = content.stop / max(1, content.inner.bytes)
        content = cut(inner, 0, int(share * (inner.bytes if isinstance(inner, Tar) else 0)))
        end = "\ngzip: stdin: unexpected end of file\n"
    elif isinstance(content, Gzip):
        if piped and not method:
            raise Unreadable(f"tar: Archive is compressed. Use {_LETTERS.get(content.method, '-z')} option\n{_GIVE_UP}")
        if method and method != content.method:
            raise Unreadable(f"\n{_NOT_ITS_FORMAT.get(method, method)}\ntar: Child returned status 1\n{_GIVE_UP}")
        content = content.inner
    elif method:
        raise Unreadable(f"\n{_NOT_ITS_FORMAT.get(method, method)}\ntar: Child returned status 1\n{_GIVE_UP}")
    if isinstance(content, Tar):
        return content.members, end and end + _CUT
    if isinstance(content, Piece) and isinstance(content.inner, Tar) and content.start == 0 and content.stop >= 512:
        return tuple(_whole(content.inner, content.stop)), end + _CUT
    if content == "":  # noqa: SIM102
        if end:
            return (), end + _CUT
    raise Unreadable(f"tar: This does not look like a tar archive\n{_FAILED}")


_FAILED = f"tar: {FAILED}\n"
_GIVE_UP = "tar: Error is not recoverable: exiting now\n"
_CUT = f"tar: Unexpected EOF in archive\n{_GIVE_UP}"
_LETTERS = {"gzip": "-z", "bzip2": "-j", "xz": "-J", "zstd": "--zstd", "lz4": "-I lz4"}
_NOT_ITS_FORMAT = {
    "gzip": "gzip: stdin: not in gzip format",
    "bzip2": "bzip2: (stdin) is not a bzip2 file.",
    "xz": "xz: (stdin): File format not recognized",
    "zstd": "zstd: /*stdin*\\: unsupported format",
}


def _whole(archive: Tar, stop: int) -> Iterator[Member]:
    """The members that lie before a cut; of the last one, what there is."""
    at = 0
    for name, node in archive.members:
        at += 512
        size = node.size if isinstance(node, File) else 0
        if at > stop:
            return
        if at + size > stop and isinstance(node, File):
            yield name, replace(node, content=cut(node.content, 0, stop - at))
            return
        yield name, node
        at += -(-size // 512) * 512


def extract(tool: Tool, words: TarWords) -> Done:
    """Unpack or list."""
    name = words.value("f")
    piped = name in ("", "-")
    try:
        content = tool.stdin() if piped else tool.files.read(name)
    except PathError as error:
        if error.reason == tree.IS_A_DIR:
            tool.fail(f"{name}: Cannot read: {error.reason}")
            return fatal(tool, "At beginning of tape, quitting now")
        return fatal(tool, f"{name}: Cannot open: {error.reason}")
    try:
        members, end = members_of(content, method_of(words), piped)
    except Unreadable as fault:
        tool.err(str(fault))
        tool.status = 2
        return tool.done()
    folder = "."
    for kind, word in words.places:
        if kind == "C":
            folder = word if word.startswith("/") else f"{folder}/{word}"
            if not tool.files.is_dir(folder):
                return fatal(tool, f"{word}: Cannot open: {tree.NO_ENTRY}")
    chosen = _chosen(tool, words, members)
    if "t" in words.flags:
        spend(EDIT * len(chosen))
        for stored, node in chosen:
            tool.out((describe(node, stored) if words.verbose else stored) + "\n")
    elif "O" in words.flags:
        for _, node in chosen:
            tool.out(node.content if isinstance(node, File) else "")
    else:
        _unpack(tool, words, folder, chosen)
    if end:
        tool.err(end)
        tool.status = 2
    elif tool.status:
        tool.fail(FAILED)
    return tool.done()


def _chosen(tool: Tool, words: TarWords, members: tuple[Member, ...]) -> list[Member]:
    wanted = [word.rstrip("/") for kind, word in words.places if kind == "name"]
    found: set[str] = set()
    chosen: list[Member] = []
    for name, node in members:
        bare = name.rstrip("/")
        if wanted:
            fits = [one for one in wanted if _fits(one, bare, "wildcards" in words.flags)]
            found.update(fits)
            if not fits:
                continue
        if not excluded(words, name):
            chosen.append((name, node))
    for one in wanted:
        if one not in found:
            tool.fail(f"{one}: Not found in archive")
    return chosen


def _fits(wanted: str, name: str, wildcards: bool) -> bool:
    if wildcards and compiled(wanted).fullmatch(name):
        return True
    return name == wanted or name.startswith(f"{wanted}/")


class _Unpacking:
    """Members grown into a directory, with what there is room for."""

    def __init__(self, tool: Tool, words: TarWords, folder: str) -> None:
        self.tool = tool
        self.room = tool.files.room(folder)
        self.keep = "p" in words.flags
        self.keep_old = "k" in words.flags
        self.missing = Dir(mode=0o777 & ~tool.files.umask, mtime=tool.call.host.clock, owner=tool.call.host.user)

    def grown(self, base: Dir, members: list[tuple[list[str], Node, str]]) -> Dir:
        """A directory with members below it."""
        groups: dict[str, list[tuple[list[str], Node, str]]] = {}
        made = base
        for parts, node, stored in members:
            if parts:
                groups.setdefault(parts[0], []).append((parts[1:], node, stored))
            elif isinstance(node, Dir):
                made = replace(made, mode=node.mode, mtime=node.mtime, owner=node.owner)
        entries = {name: self._child(base.entries.get(name), below) for name, below in groups.items()}
        return replace(made, entries=MappingProxyType({**base.entries, **entries}))

    def _child(self, old: Node | None, members: list[tuple[list[str], Node, str]]) -> Node:
        node = old
        below: list[tuple[list[str], Node, str]] = []
        for parts, new, stored in members:
            if parts or isinstance(new, Dir):
                below.append((parts, new, stored))
            elif self.keep_old and old is not None:
                self.tool.fail(f"{stored}: Cannot open: {tree.EXISTS}")
            elif isinstance(node, Dir) and node.entries:
                self.tool.fail(f"{stored}: Cannot open: {tree.IS_A_DIR}")
            else:
                node = self._file(new, stored)
        if below:
            return self.grown(node if isinstance(node, Dir) else self.missing, below)
        assert node is not None
        return node

    def _file(self, node: Node, stored: str) -> Node:
        if self.room is not None and isinstance(node, File):
            if node.size > self.room:
                self.tool.fail(f"{stored}: Cannot write: {tree.NO_SPACE}")
                node = replace(node, content=cut(node.content, 0, self.room))
            self.room -= node.size
        return node


def _unpack(tool: Tool, words: TarWords, folder: str, members: list[Member]) -> None:
    base = tool.files.stat(folder)
    assert isinstance(base, Dir)
    unpacking = _Unpacking(tool, words, folder)
    strip = int(words.value("strip")) if words.value("strip").isdecimal() else 0
    user, umask = tool.call.host.user, tool.files.umask
    below: list[tuple[list[str], Node, str]] = []
    warned = False
    spend(EDIT * 2 * len(members))
    for stored, node in members:
        name = stripped(stored, strip)
        if name is None:
            continue
        if name.startswith("/") and not warned:
            tool.err("tar: Removing leading `/' from member names\n")
            warned = True
        parts = [part for part in plain_name(name).split("/") if part != "."]
        if ".." in parts:
            tool.fail(f"{stored}: Member name contains '..'")
            continue
        if words.verbose:
            tool.out((describe(node, stored) if words.verbose > 1 else stored) + "\n")
        below.append((parts, as_owned(node, user, umask, unpacking.keep), stored))
    if not below:
        return
    if not may(base, user, WRITE | SEARCH):
        for _, _, stored in below:
            tool.fail(f"{stored}: Cannot open: {tree.DENIED}")
        return
    grown = unpacking.grown(base, below)
    tool.files.change(folder, replace(grown, capacity=base.capacity))
