"""Which builds the recordings were made with."""

from __future__ import annotations

from host.machine import Build

_GZIP = frozenset({"gzip"})
_RECORDED = {15: Build(15, frozenset({"gzip", "lz4", "zstd"}), "15.18 (Debian 15.18-0+deb12u1)")}
"""Builds that are not like the others: which compression they have, and what their --version says."""


def client_build(major: int, release: str = "") -> Build:
    """The client tools of a recording; `release`: where it names another minor release."""
    return _RECORDED.get(major) or Build(major, _GZIP, release, tls=False)


def server_build(server: int, client: int) -> Build:
    """The server: from the same build when it has the client's major, else one of its own."""
    return client_build(server) if server == client else Build(server, _GZIP, tls=False)
