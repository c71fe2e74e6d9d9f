"""After a PANIC: a server that starts again by itself, or is down for good."""

from __future__ import annotations

import time

from lab.server import Server, wait_for

RECOVERS = 5.0
"""Seconds after which a postmaster whose recovery failed has ended, if it ever does."""


def settle_crash(server: Server) -> bool:
    """Wait until the server runs again, or is down.  Was there a crash at all?"""
    if not server.crashed:
        return False
    server.let_go()
    server.archived_before = server.archived()
    server.go_on()  # a process that is stopped does not die of the postmaster's SIGQUIT
    end = time.monotonic() + RECOVERS
    wait_for("the end of a crash", lambda: server.postmaster is None or _is_back(server) or _hangs(server, end))
    if server.postmaster is not None and not _is_back(server):
        server.pg_ctl("stop", "-m", "immediate")
    server.forget_held()
    server.panics = server.log.count("PANIC:")
    server.hold_all()
    return True


def _is_back(server: Server) -> bool:
    """Has the server started again since the last PANIC?"""
    return server.log.since("PANIC:", "database system is ready to accept connections")


def _hangs(server: Server, since: float) -> bool:
    """Has recovery failed, and the postmaster not ended?  18.4 now and then waits for ever then."""
    return time.monotonic() > since and server.log.since("PANIC:", "FATAL:  could not write to file")
