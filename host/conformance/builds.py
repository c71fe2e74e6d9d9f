"""Which builds the recordings were made with."""

from __future__ import annotations

from host.machine import Build

_FULL = frozenset({"gzip", "lz4", "zstd"})
_GZIP = frozenset({"gzip"})
DEBIAN_15 = Build(15, _FULL, "15.18 (Debian 15.18-0+deb12u1)")


def client_build(major: int, release: str = "") -> Build:
    """The client tools of a recording; `release`: where it names another minor release."""
    return DEBIAN_15 if major == DEBIAN_15.major else Build(major, _GZIP, release)


def server_build(server: int, client: int) -> Build:
    """The server: from the same build when it has the client's major, else one of its own."""
    return client_build(server) if server == client else Build(server, _GZIP)
