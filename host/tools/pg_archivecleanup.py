"""pg_archivecleanup on the host."""

from __future__ import annotations

import re

from host import options, tree
from host.call import Call, Done
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_archivecleanup
from host.options.checks.pg_archivecleanup import CleanupSettings
from host.tree import Dir
from simulator.lsn import is_segment_name

NAME = "pg_archivecleanup"
_PARTIAL = ".partial"
_HISTORY = re.compile(r"[0-9A-F]{24}\.[0-9A-F]{8}\.backup")
_TIMELINE_DIGITS = 8
_USAGE = 2


def main(call: Call) -> Done:
    """Remove from an archive what is older than the named file, whatever its timeline."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_archivecleanup.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    directory = tree.find(host.root, host.path(wanted.archive)) if wanted.archive else None
    if not isinstance(directory, Dir):
        return Done(host, _USAGE, "", f'{NAME}: error: archive location "{wanted.archive}" does not exist\n')
    if wanted.bad_name is not None:
        return wanted.bad_name.done(host)
    said = f'{NAME}: keeping WAL file "{wanted.archive}/{wanted.keep_from}" and later\n' if wanted.debug else ""
    return _cleaned(host, wanted, directory, said)


def _cleaned(host: Host, wanted: CleanupSettings, directory: Dir, stderr: str) -> Done:
    """The newest entry first, as the file system lists them."""
    stdout = ""
    for name in reversed(tuple(directory.entries)):
        if not _goes(wanted, name):
            continue
        path = f"{wanted.archive}/{name}"
        if wanted.dry_run:
            stdout += f"{path}\n"
            stderr += f'{NAME}: file "{path}" would be removed\n' if wanted.debug else ""
            continue
        stderr += f'{NAME}: removing file "{path}"\n' if wanted.debug else ""
        host = host.with_root(tree.remove(host.root, host.path(path)))
    return Done(host, 0, stdout, stderr)


def _goes(wanted: CleanupSettings, name: str) -> bool:
    """Older by its number; the timeline does not count (so that a branch's files stay with those it needs)."""
    bare = name.removesuffix(wanted.extension) if wanted.extension and len(name) > len(wanted.extension) else name
    segment = is_segment_name(bare) or (bare.endswith(_PARTIAL) and is_segment_name(bare.removesuffix(_PARTIAL)))
    history = wanted.history and _HISTORY.fullmatch(bare) is not None
    return (segment or history) and bare[_TIMELINE_DIGITS:] < wanted.keep_from[_TIMELINE_DIGITS:]
