"""A command that a server runs: archive_command, restore_command, recovery_end_command, COPY … PROGRAM."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.call import Done
from host.content import Content
from host.server import logs
from host.tree import Dir

if TYPE_CHECKING:
    from host.machine import Host


def run(host: Host, directory: str, text: str, stdin: Content = "") -> Done:
    """In its data directory, as the user that it runs as (never root, whoever sits here)."""
    from host.shell import run_command

    top = tree.find(host.root, directory)
    user = top.owner if host.user == "root" and isinstance(top, Dir) else host.user
    done = run_command(replace(host, cwd=directory, user=user), text, {}, stdin, logs.IGNORED)
    return replace(done, host=replace(done.host, cwd=host.cwd, user=host.user))
