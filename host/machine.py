"""The host as one value: files, servers, the clock, who sits there, and what others do meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.content import Content
from host.network import ELSEWHERE, Network
from host.tree import Dir, File
from simulator.frozen import replace
from simulator.recovery.journal import Journal
from simulator.versions import DEFAULT

if TYPE_CHECKING:
    from host.server.instance import Instance

START_CLOCK = 1_790_000_000.0
"""Seconds since 1970: when every world begins (a Monday in September 2026, UTC)."""


@dataclass(frozen=True, slots=True)
class Build:
    """Which PostgreSQL programs are on PATH."""

    major: int = DEFAULT
    methods: frozenset[str] = frozenset({"gzip"})
    """Compression methods it was built with: gzip, lz4, zstd."""
    release: str = ""
    """The minor release, when it is not that of the table of versions (simulator.versions)."""
    tls: bool = True
    """libpq was built with TLS and GSSAPI: what pg_basebackup -R writes depends on it."""

    @property
    def folder(self) -> str:
        """Where its programs are."""
        return f"/usr/lib/postgresql/{self.major}/bin"

    @property
    def icu(self) -> bool:
        """Built with every library, ICU too, or (as those from the wheel) with as few as possible."""
        return self.tls


_CHANGE = 0o3
"""To make an entry in a directory: the permission to write it and to search it."""


@dataclass(frozen=True)
class Host:
    """Everything there is, at one moment."""

    root: Dir = field(default_factory=Dir)
    client: Build = field(default_factory=Build)
    """The client tools on PATH."""
    server: Build = field(default_factory=Build)
    """The server programs: initdb, pg_ctl, postgres."""
    instances: tuple[Instance, ...] = ()
    """Running servers, by port; those of other machines too, by endpoint (host/network.py)."""
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the login shell remembers and no program sees: variables not exported, `?`, `umask`, options of `set`."""
    cwd: str = "/"
    user: str = "postgres"
    clock: float = START_CLOCK
    next_pid: int = 1000
    weather: frozenset[str] = frozenset()
    """What other people do while commands run (words of host/weather.py)."""
    journal: Journal = field(default_factory=Journal)
    """The WAL records of all servers, by branch: who wrote them (a server on one timeline)."""
    network: Network = field(default_factory=Network)
    """Other machines beside this one."""

    @property
    def servers(self) -> tuple[Instance, ...]:
        """The servers that run on this machine."""
        return tuple(one for one in self.instances if one.port < ELSEWHERE)

    def path(self, text: str) -> str:
        """A path as typed, absolute."""
        return tree.absolute(text, self.cwd)

    def read(self, path: str) -> Content:
        """The content of a file; raises PathError."""
        node = tree.need(self.root, self.path(path))
        if isinstance(node, Dir):
            raise tree.PathError(path, tree.IS_A_DIR)
        assert isinstance(node, File)
        return node.content

    def write(self, path: str, content: Content, mode: int | None = None) -> Host:
        """The host with a file written (its directory must exist); keeps the mode of a file that is there.

        Raises PathError.
        """
        at = tree.resolve(self.root, self.path(path))
        old = tree.find(self.root, at)
        if isinstance(old, Dir):
            raise tree.PathError(path, tree.IS_A_DIR)
        if old is None and tree.find(self.root, at.rpartition("/")[0] or "/") is not None:
            self.need_writable(at, path)
        kept = old.mode if isinstance(old, File) else 0o600
        return self.with_root(tree.put(self.root, at, File(content, mode or kept, self.clock, self.user)))

    def need_writable(self, at: str, shown: str) -> None:
        """Raise PathError when the user may make no entry in the nearest directory there is on the way to a path."""
        above: tree.Node | None = None
        while above is None and at:
            at = at.rpartition("/")[0]
            above = tree.find(self.root, at or "/", follow=False)
        if isinstance(above, Dir) and self.user != "root":
            bits = above.mode >> 6 if above.owner == self.user else above.mode
            if bits & _CHANGE != _CHANGE:
                raise tree.PathError(shown, tree.DENIED)

    def with_root(self, root: Dir) -> Host:
        """The host with another tree."""
        return replace(self, root=root)

    def with_instance(self, instance: Instance) -> Host:
        """The host with a server added, or put in the place of the one on the same port."""
        others = [other for other in self.instances if other.port != instance.port]
        return replace(self, instances=(*others, instance))

    def instance(self, port: int) -> Instance | None:
        """The server that listens on a port."""
        for one in self.instances:  # asked more often than anything else
            if one.port == port:
                return one
        return None
