"""Servers on copies: the same tools, another port, a log of their own."""

from __future__ import annotations

from pathlib import Path
from typing import LiteralString

from lab import NotHere
from lab.cluster import PORT, Lab
from lab.deed import Deed
from lab.observe import runs
from lab.processes import bury
from lab.server import wait_for
from simulator.commands import PgCtl
from simulator.world import ARCHIVE

SECONDS = "30"
"""A standby that never gets consistent is not waited for any longer."""


def pg_ctl(lab: Lab, command: PgCtl) -> Deed:
    """pg_ctl on a directory that is not the primary's."""
    folder = lab.paths.real(command.directory)
    port = lab.copies.setdefault(command.directory, PORT + 1 + len(lab.copies))
    line: list[str | Path] = [lab.tool("pg_ctl"), "-D", folder, "-w", "-t", SECONDS, "-m", command.mode]
    if command.action != "stop":
        line += ["-l", lab.copy_log(port), "-o", f"-p {port} {lab.paths.server_options}"]
    if command.action != "start" and not runs(folder) and _names_the_primary(lab, folder):
        raise NotHere("copied_pid", path=command.directory)
    if command.action != "stop":
        bury(folder / "postmaster.pid")
    done = lab.runner.run([*line, command.action])
    if command.action != "stop" and done.exit_code == 0:
        _settle(lab, folder, port)
    return Deed.of(done)


def _names_the_primary(lab: Lab, folder: Path) -> bool:
    """Was its postmaster.pid copied from the running primary?  pg_ctl stop would stop that one, and wait in vain."""
    own, copied = (at / "postmaster.pid" for at in (lab.server.data, folder))
    if lab.server.postmaster is None or not copied.exists():
        return False
    return copied.read_text().split("\n")[0] == own.read_text().split("\n")[0]


def _settle(lab: Lab, folder: Path, port: int) -> None:
    """Recovery ends (pg_ctl waits for a consistent state only), and the archiver takes what is .ready.

    Unless that fails: a name that is in the archive already does.
    """
    if (folder / "standby.signal").exists():
        return
    with lab.server.connect("postgres", port) as connection:

        def says(condition: LiteralString) -> bool:
            row = connection.execute(f"SELECT {condition}").fetchone()
            return bool(row and row[0])

        wait_for(
            "recovery to end",
            lambda: not says("CASE WHEN pg_is_in_recovery() THEN NOT pg_is_wal_replay_paused() ELSE false END"),
        )
        if not says(
            "NOT pg_is_in_recovery() AND current_setting('archive_mode') <> 'off'"
            " AND current_setting('archive_command') NOT IN ('', 'false', '/bin/false')"
        ):
            return
    archive, status = lab.paths.real(ARCHIVE), folder / "pg_wal" / "archive_status"
    wait_for(
        "the archiver of a copy",
        lambda: all(lab.archive_fails(mark.stem) or (archive / mark.stem).exists() for mark in status.glob("*.ready")),
    )
