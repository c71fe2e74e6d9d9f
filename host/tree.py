"""A persistent file tree: every change makes a new tree that shares all it does not touch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from host.content import Content, size_of
from host.effort import LISTED, LOOKUP, ROUND, spend
from simulator.frozen import quick

MAX_LINKS = 40
MOUNT = "\0"
"""Begins the first component of a path on another machine: no name that anybody can type."""


@quick
@dataclass(frozen=True, slots=True)
class File:
    """A regular file."""

    content: Content = ""
    mode: int = 0o600
    mtime: float = 0.0
    """Clock of the host, seconds."""
    owner: str = "postgres"

    @property
    def size(self) -> int:
        """Bytes."""
        return size_of(self.content)


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str
    mtime: float = 0.0
    owner: str = "postgres"


@quick
@dataclass(frozen=True, slots=True)
class Dir:
    """A directory: names to nodes, in no order (`ls` sorts).  `capacity`: it is a file system of its own, bytes."""

    entries: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    mode: int = 0o700
    mtime: float = 0.0
    owner: str = "postgres"
    capacity: int | None = None
    mounts: Mapping[str, Dir] = field(default_factory=lambda: MappingProxyType({}))
    """The trees of other machines, in the root alone: nothing lists them (see `mount`)."""

    def get(self, name: str) -> Node | None:
        """The entry of a name, or the tree of another machine."""
        return self.mounts.get(name[1:]) if name[:1] == MOUNT else self.entries.get(name)

    def with_entry(self, name: str, node: Node) -> Dir:
        """Put one entry (replacing what was there)."""
        if name[:1] == MOUNT and isinstance(node, Dir):
            return replace(self, mounts=MappingProxyType({**self.mounts, name[1:]: node}))
        spend(1 + len(self.entries) // LISTED)
        return self._holding({**self.entries, name: node})

    def with_entries(self, entries: Mapping[str, Node]) -> Dir:
        """Put several entries at once."""
        spend(1 + (len(self.entries) + len(entries)) // LISTED)
        return self._holding({**self.entries, **entries})

    def without(self, *names: str) -> Dir:
        """Take entries away; names that are not there are no fault."""
        spend(1 + len(self.entries) // LISTED)
        left = dict(self.entries)
        for name in names:
            left.pop(name, None)
        return self._holding(left)

    def _holding(self, entries: dict[str, Node]) -> Dir:
        """The same directory with other entries: made directly, as it is made more often than anything else."""
        return Dir(MappingProxyType(entries), self.mode, self.mtime, self.owner, self.capacity, self.mounts)


Node = File | Dir | Link


class PathError(Exception):
    """A path cannot be used; `reason` is the C library's text for the error number."""

    def __init__(self, path: str, reason: str) -> None:
        path = own(path)
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


def mount(name: str) -> str:
    """Where the tree of another machine hangs."""
    return f"/{MOUNT}{name}"


def mount_of(path: str) -> str:
    """The place of the other machine that a path is on; '' for a path on this one."""
    return "/" + path.split("/", 2)[1] if path.startswith(f"/{MOUNT}") else ""


def own(path: str) -> str:
    """A path as its own machine calls it."""
    before = mount_of(path)
    return (path[len(before) :] or "/") if before else path


NO_ENTRY = "No such file or directory"
NOT_A_DIR = "Not a directory"
IS_A_DIR = "Is a directory"
EXISTS = "File exists"
NOT_EMPTY = "Directory not empty"
NO_SPACE = "No space left on device"
DENIED = "Permission denied"
LOOP = "Too many levels of symbolic links"
TOO_LONG = "File name too long"
NAME_MAX, PATH_MAX, MOST_BYTES = 255, 4096, 4
"""Bytes of a name, of a path with the zero at its end, and of a letter."""


_CLEAN = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[^/]+)+")
"""An absolute path in which nothing is left to do."""


def absolute(path: str, cwd: str = "/") -> str:
    """The path with '.', '..' and doubled slashes gone (links are not followed); '/' for the root."""
    if path[:1] == "/" and _CLEAN.fullmatch(path):
        return path
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{cwd}/{path}").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def resolve(root: Dir, path: str, last: bool = True) -> str:
    """The path with symbolic links followed (`last`: the last name too).  Missing ends are kept as they are.

    A link on another machine leads to a place on that machine.  Raises PathError for a loop of links, a file in the
    place of a directory, or a name that no file system takes.
    """
    spend(LOOKUP)
    if len(path) > NAME_MAX // MOST_BYTES and _too_long(path):
        raise PathError(path, TOO_LONG)
    clean = absolute(path)
    todo = clean[1:].split("/") if clean != "/" else []
    return _followed(root, path, todo, last) if _has_links(root, todo, last) else clean


def _too_long(path: str) -> bool:
    """In bytes, as the file system counts (a name that is no text has its bytes kept apart)."""
    if len(path) >= PATH_MAX:
        return True
    return any(len(part.encode("utf-8", "surrogateescape")) > NAME_MAX for part in path.split("/"))


def _has_links(root: Dir, names: list[str], last: bool) -> bool:
    """Whether a link, or a file in the place of a directory, is on the way."""
    node: Node | None = root
    for name in names if last else names[:-1]:
        if not isinstance(node, Dir):
            return node is not None
        node = node.get(name)
    return isinstance(node, Link) or (not last and node is not None and not isinstance(node, Dir))


def _followed(root: Dir, path: str, todo: list[str], last: bool) -> str:
    """The path with the links on it followed."""
    done: list[str] = []
    node: Node | None = root
    links = 0
    while todo:
        name = todo.pop(0)
        if isinstance(node, File):
            raise PathError(path, NOT_A_DIR)
        child = node.get(name) if isinstance(node, Dir) else None
        if isinstance(child, Link) and (todo or last):
            links += 1
            if links > MAX_LINKS:
                raise PathError(path, LOOP)
            spend(LOOKUP // 2 + len(done) // 4)
            here = "/" + "/".join(done)
            there = mount_of(here) + absolute(child.target, own(here))
            todo = [part for part in there.split("/") if part] + todo
            done, node = [], root
            continue
        done.append(name)
        node = child
    return "/" + "/".join(done)


def _at(root: Dir, path: str) -> Node | None:
    node: Node | None = root
    for part in path.split("/")[1:]:
        if part:
            node = node.get(part) if isinstance(node, Dir) else None
    return node


def find(root: Dir, path: str, follow: bool = True) -> Node | None:
    """The node at an absolute path, None if there is none (or a file stands in the way)."""
    try:
        return _at(root, resolve(root, path, last=follow))
    except PathError:
        return None


def need(root: Dir, path: str, follow: bool = True) -> Node:
    """The node at an absolute path; raises PathError."""
    node = _at(root, resolve(root, path, last=follow))
    if node is None:
        raise PathError(path, NO_ENTRY)
    return node


def need_dir(root: Dir, path: str) -> Dir:
    """The directory at a path; raises PathError."""
    node = need(root, path)
    if not isinstance(node, Dir):
        raise PathError(path, NOT_A_DIR)
    return node


def put(root: Dir, path: str, node: Node) -> Dir:
    """The tree with a node at a path (links in the directories before it are followed).

    Raises PathError when its directory does not exist, or its file system has no room.
    """
    at = resolve(root, path, last=False)
    parts = at.split("/")[1:]
    return _put(root, parts, node, path)


def _put(here: Dir, parts: list[str], node: Node, path: str) -> Dir:
    name = parts[0]
    if len(parts) == 1:
        changed = here.with_entry(name, node)
    else:
        child = here.get(name)
        if child is None:
            raise PathError(path, NO_ENTRY)
        if not isinstance(child, Dir):
            raise PathError(path, NOT_A_DIR)
        changed = here.with_entry(name, _put(child, parts[1:], node, path))
    if here.capacity is not None and used(changed) > here.capacity:
        raise PathError(path, NO_SPACE)
    return changed


def remove(root: Dir, path: str) -> Dir:
    """The tree without what is at a path (a link itself, not its target); raises PathError when nothing is there."""
    need(root, path, follow=False)
    at = resolve(root, path, last=False)
    parent, _, name = at.rpartition("/")
    holder = need_dir(root, parent or "/").without(name)
    return holder if not parent else put(root, parent, holder)


def make_dirs(root: Dir, path: str, made: Dir) -> Dir:
    """The tree with a directory like `made` at a path and at every place before it that is missing."""
    so_far = ""
    for part in absolute(path).split("/")[1:]:
        so_far += f"/{part}"
        if part and find(root, so_far) is None:
            root = put(root, so_far, made)
    return root


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every node below (and itself) with its path, names in order; links are not followed."""
    spend(ROUND)
    yield path, node
    if isinstance(node, Dir):
        for name in sorted(node.entries):
            yield from walk(node.entries[name], f"{path}/{name}")


def used(node: Node) -> int:
    """Bytes of all files below."""
    return sum(below.size for _, below in walk(node) if isinstance(below, File))
