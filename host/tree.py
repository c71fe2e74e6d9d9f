"""A persistent file tree: every change makes a new tree that shares all it does not touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from host.content import Content, size_of

MAX_LINKS = 40


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


@dataclass(frozen=True, slots=True)
class Dir:
    """A directory: names to nodes, in no order (`ls` sorts).  `capacity`: it is a file system of its own, bytes."""

    entries: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    mode: int = 0o700
    mtime: float = 0.0
    owner: str = "postgres"
    capacity: int | None = None

    def with_entry(self, name: str, node: Node) -> Dir:
        """Put one entry (replacing what was there)."""
        return replace(self, entries=MappingProxyType({**self.entries, name: node}))

    def with_entries(self, entries: Mapping[str, Node]) -> Dir:
        """Put several entries at once."""
        return replace(self, entries=MappingProxyType({**self.entries, **entries}))

    def without(self, *names: str) -> Dir:
        """Take entries away; names that are not there are no fault."""
        return replace(self, entries=MappingProxyType({k: v for k, v in self.entries.items() if k not in names}))


Node = File | Dir | Link


class PathError(Exception):
    """A path cannot be used; `reason` is the C library's text for the error number."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


NO_ENTRY = "No such file or directory"
NOT_A_DIR = "Not a directory"
IS_A_DIR = "Is a directory"
EXISTS = "File exists"
NOT_EMPTY = "Directory not empty"
NO_SPACE = "No space left on device"
DENIED = "Permission denied"
LOOP = "Too many levels of symbolic links"


def absolute(path: str, cwd: str = "/") -> str:
    """The path with '.', '..' and doubled slashes gone (links are not followed); '/' for the root."""
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{cwd}/{path}").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def resolve(root: Dir, path: str, last: bool = True) -> str:
    """The path with symbolic links followed (`last`: the last name too).  Missing ends are kept as they are.

    Raises PathError for a loop of links or a file in the place of a directory.
    """
    done: list[str] = []
    todo = [part for part in absolute(path).split("/") if part]
    node: Node | None = root
    links = 0
    while todo:
        name = todo.pop(0)
        if isinstance(node, File):
            raise PathError(path, NOT_A_DIR)
        child = node.entries.get(name) if isinstance(node, Dir) else None
        if isinstance(child, Link) and (todo or last):
            links += 1
            if links > MAX_LINKS:
                raise PathError(path, LOOP)
            todo = [part for part in absolute(child.target, "/" + "/".join(done)).split("/") if part] + todo
            done, node = [], root
            continue
        done.append(name)
        node = child
    return "/" + "/".join(done)


def _at(root: Dir, path: str) -> Node | None:
    node: Node | None = root
    for part in path.split("/")[1:]:
        if part:
            node = node.entries.get(part) if isinstance(node, Dir) else None
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
        child = here.entries.get(name)
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
    yield path, node
    if isinstance(node, Dir):
        for name in sorted(node.entries):
            yield from walk(node.entries[name], f"{path}/{name}")


def used(node: Node) -> int:
    """Bytes of all files below."""
    return sum(below.size for _, below in walk(node) if isinstance(below, File))
