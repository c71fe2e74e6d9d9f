"""What a program does with files: the tree with permissions, umask and times, errors as the C library says them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from host import tree
from host.content import Content, cut, joined, size_of
from host.machine import Host
from host.tree import Dir, File, Link, Node, PathError

READ, WRITE, SEARCH = 4, 2, 1
TOO_LARGE = "File too large"
LARGEST_TEXT = 4 << 20
"""The dojo holds no longer text in one file; payloads may be of any size."""


def may(node: Node, user: str, bits: int) -> bool:
    """Whether a user may read (4), write (2), or search or execute (1)."""
    if user == "root" or isinstance(node, Link):
        return True
    mode = node.mode >> 6 if node.owner == user else node.mode
    return mode & bits == bits


class Files:
    """The files of a host, as its user may use them; `host` is the host after what was done."""

    def __init__(self, host: Host) -> None:
        self.host = host

    @property
    def umask(self) -> int:
        """Bits that new files do not get."""
        return int(self.host.variables.get("umask", "0077"), 8)

    def _real(self, path: str, last: bool = True) -> str:
        """The absolute path without links; every directory on the way must be searchable."""
        return self._reached(path, last)[0]

    def _reached(self, path: str, last: bool) -> tuple[str, Node | None]:
        """The absolute path without links, and what is there."""
        if path == "":
            raise PathError(path, tree.NO_ENTRY)
        real = tree.resolve(self.host.root, self.host.path(path), last or path.endswith(("/", "/.")))
        node: Node | None = self.host.root
        user = self.host.user
        for part in real[1:].split("/") if real != "/" else ():
            if not isinstance(node, Dir):
                raise PathError(path, tree.NO_ENTRY if node is None else tree.NOT_A_DIR)
            if not may(node, user, SEARCH):
                raise PathError(path, tree.DENIED)
            node = node.get(part)
        if path.endswith(("/", "/.")) and isinstance(node, File):
            raise PathError(path, tree.NOT_A_DIR)
        return real, node

    def stat(self, path: str, follow: bool = True) -> Node:
        """The node at a path; raises PathError."""
        node = self._reached(path, follow)[1]
        if node is None:
            raise PathError(path, tree.NO_ENTRY)
        return node

    def find(self, path: str, follow: bool = True) -> Node | None:
        """The node at a path, None if it cannot be reached."""
        try:
            return self.stat(path, follow)
        except PathError:
            return None

    def is_dir(self, path: str) -> bool:
        """Whether a directory is there (through links)."""
        return isinstance(self.find(path), Dir)

    def names(self, path: str) -> list[str]:
        """The entries of a directory, sorted; raises PathError."""
        node = self.stat(path)
        if not isinstance(node, Dir):
            raise PathError(path, tree.NOT_A_DIR)
        if not may(node, self.host.user, READ):
            raise PathError(path, tree.DENIED)
        return sorted(node.entries)

    def read(self, path: str) -> Content:
        """The content of a file; raises PathError."""
        node = self.stat(path)
        if isinstance(node, Dir):
            raise PathError(path, tree.IS_A_DIR)
        assert isinstance(node, File)
        if not may(node, self.host.user, READ):
            raise PathError(path, tree.DENIED)
        return node.content

    def place(self, path: str, node: Node) -> None:
        """Put a node into its directory (a link in its place is replaced, not followed); raises PathError."""
        self.place_all(path, {}, node)

    def place_all(self, path: str, entries: dict[str, Node], node: Node | None = None) -> None:
        """Put a node at a path, or several entries into the directory at a path."""
        real = self._real(path, last=node is None)
        parent, _, name = real.rpartition("/") if node is not None else (real, "", "")
        if node is not None:
            entries = {name: node}
            if not name:
                raise PathError(path, tree.EXISTS)
        holder = tree.find(self.host.root, parent or "/", follow=False)
        if holder is None:
            raise PathError(path, tree.NO_ENTRY)
        if not isinstance(holder, Dir):
            raise PathError(path, tree.NOT_A_DIR)
        if not may(holder, self.host.user, WRITE | SEARCH):
            raise PathError(path, tree.DENIED)
        self._replace_dir(parent, replace(holder.with_entries(entries), mtime=self.host.clock), path)

    def _replace_dir(self, path: str, changed: Dir, asked: str) -> None:
        if changed.capacity is not None and tree.used(changed) > changed.capacity:
            raise PathError(asked, tree.NO_SPACE)
        root = changed if path in ("", "/") else tree.put(self.host.root, path, changed)
        self.host = self.host.with_root(root)

    def write(self, path: str, content: Content, append: bool = False) -> None:
        """Make a file or write over it (links are followed); raises PathError, after writing what there is room for."""
        real = self._real(path)
        old = tree.find(self.host.root, real, follow=False)
        if isinstance(old, Dir):
            raise PathError(path, tree.IS_A_DIR)
        if path.endswith("/"):
            raise PathError(path, tree.IS_A_DIR)
        assert not isinstance(old, Link)
        if old is not None and not may(old, self.host.user, WRITE):
            raise PathError(path, tree.DENIED)
        if append and old is not None:
            content = joined((old.content, content))
        if isinstance(content, str) and len(content) > LARGEST_TEXT:
            raise PathError(path, TOO_LARGE)
        new = File(content, 0o666 & ~self.umask, self.host.clock, self.host.user)
        if old is not None:
            new = replace(old, content=content, mtime=self.host.clock)
        try:
            self._put_file(real, old, new)
        except PathError as error:
            if error.reason == tree.NO_SPACE:
                self._put_file(real, old, replace(new, content=cut(content, 0, self._room(real, old))))
            raise

    def _put_file(self, real: str, old: File | None, new: File) -> None:
        if old is None:
            self.place(real, new)
        else:
            self.host = self.host.with_root(tree.put(self.host.root, real, new))

    def _room(self, real: str, old: File | None) -> int:
        room = self.room(real)
        return max(0, (0 if room is None else room) + (old.size if old else 0))

    def room(self, path: str) -> int | None:
        """Bytes free on the file system that a path is on; None where there is no end of it."""
        free: int | None = None
        node: Node | None = self.host.root
        for part in tree.absolute(path, self.host.cwd).split("/"):
            node = (node.get(part) if part else node) if isinstance(node, Dir) else None
            if isinstance(node, Dir) and node.capacity is not None:
                left = max(0, node.capacity - tree.used(node))
                free = left if free is None else min(free, left)
        return free

    def mkdir(self, path: str, mode: int | None = None) -> None:
        """Make a directory; raises PathError."""
        bare = path.rstrip("/") or path[:1]
        if bare and self.find(bare, follow=False) is not None:
            raise PathError(path, tree.EXISTS)
        kept = 0o777 & ~self.umask if mode is None else mode
        self.place(bare, Dir(mode=kept, mtime=self.host.clock, owner=self.host.user))

    def remove(self, path: str) -> None:
        """Take a node away, whatever is in it; raises PathError."""
        self.remove_all(path, ())

    def remove_all(self, path: str, names: Iterable[str]) -> None:
        """Take the node at a path away, or entries of the directory at a path."""
        names = tuple(names)
        if names:
            parent = self._real(path)
        else:
            self.stat(path, follow=False)
            parent, _, name = self._real(path.rstrip("/") or "/", last=False).rpartition("/")
            names = (name,)
        holder = tree.find(self.host.root, parent or "/", follow=False)
        if not isinstance(holder, Dir):
            raise PathError(path, tree.NOT_A_DIR)
        if not may(holder, self.host.user, WRITE | SEARCH):
            raise PathError(path, tree.DENIED)
        self._replace_dir(parent, replace(holder.without(*names), mtime=self.host.clock), path)

    def change(self, path: str, node: Node) -> None:
        """Put a changed node in the place of the one there (mode, owner, time): needs no right to the directory."""
        real = self._real(path, last=not isinstance(node, Link))
        if real == "/":
            assert isinstance(node, Dir)
            self.host = self.host.with_root(node)
        else:
            self.host = self.host.with_root(tree.put(self.host.root, real, node))


def size_in(node: Node) -> int:
    """Bytes as `ls -l` shows them."""
    if isinstance(node, File):
        return size_of(node.content)
    return len(node.target) if isinstance(node, Link) else 4096
