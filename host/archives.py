"""tar archives: what is in them, how a tree becomes one, and how one becomes a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

from host.content import Payload
from host.effort import ENTRY, spend
from host.tree import Dir, File, Node

BLOCK = 512
RECORD = 20 * BLOCK
"""GNU tar fills the archive up to whole records."""


@dataclass(frozen=True, slots=True)
class Tar(Payload):
    """A tar archive: its members in order, (name, node); a directory stands there without its entries.

    Names are as `tar t` shows them: `./base/`, `PG_VERSION`; a directory's may end with a slash or not.
    """

    members: tuple[tuple[str, Node], ...] = ()

    @property
    def magic(self) -> str:
        return "tar"

    @property
    def bytes(self) -> int:
        spend(ENTRY + len(self.members) // 4)
        blocks = sum(1 + (-(-node.size // BLOCK) if isinstance(node, File) else 0) for _, node in self.members)
        return -(-(blocks + 2) * BLOCK // RECORD) * RECORD

    def member(self, name: str) -> Node | None:
        """A member by name; a leading './' and a trailing '/' do not matter; the last one of a name counts."""
        wanted = plain_name(name)
        return next((node for known, node in reversed(self.members) if plain_name(known) == wanted), None)


def plain_name(name: str) -> str:
    """A member's name without './' before and '/' behind: '.' for the top."""
    return "/".join(part for part in name.split("/") if part not in ("", ".")) or "."


def without_entries(node: Node) -> Node:
    """A directory as a member of an archive: itself alone."""
    return replace(node, entries=MappingProxyType({}), capacity=None) if isinstance(node, Dir) else node


def packed(node: Node, name: str) -> Iterator[tuple[str, Node]]:
    """The members that a node makes under a name, names in order: `packed(dir, '.')` gives './', './base/' …"""
    if not isinstance(node, Dir):
        yield name, node
        return
    base = name if name.endswith("/") else f"{name}/"
    yield base, without_entries(node)
    for entry in sorted(node.entries):
        yield from packed(node.entries[entry], base + entry)


def tar_of(node: Node, name: str = ".") -> Tar:
    """A whole tree as an archive."""
    return Tar(tuple(packed(node, name)))
