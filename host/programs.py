"""Which programs the host has, by name; each is imported when it is called for the first time."""

from __future__ import annotations

import importlib
from dataclasses import replace
from functools import lru_cache
from typing import cast

from host.call import Asleep, Call, Done, Program
from host.effort import PROGRAM, TOOL
from host.machine import Build, Host
from simulator.versions import KNOWN, since, version

_COREUTILS = {
    "listing": "ls dir",
    "reading": "cat tac nl",
    "copying": "cp",
    "moving": "mv",
    "removing": "rm rmdir unlink",
    "making": "mkdir touch ln mktemp truncate",
    "rights": "chmod chown chgrp",
    "tarring": "tar",
    "compressing": "gzip gunzip zcat bzip2 bunzip2 bzcat xz unxz xzcat zstd unzstd zstdcat lz4 unlz4 lz4cat",
    "rsyncing": "rsync",
    "scping": "scp",
    "sshing": "ssh",
    "heads": "head tail",
    "grepping": "grep egrep fgrep",
    "sedding": "sed",
    "lines": "sort uniq wc",
    "columns": "cut tr tee rev",
    "splitting": "split dd",
    "running": "env printenv which timeout nohup nice sh bash dash sleep sync xargs",
    "finding": "find",
    "comparing": "diff cmp",
    "digests": "md5sum sha1sum sha256sum sha512sum",
    "names": "basename dirname realpath readlink",
    "space": "df du stat file",
    "people": "whoami id hostname uname su sudo runuser",
    "processes": "ps kill pgrep pidof",
    "printed": "echo printf test [ true false pwd seq yes date clear",
    "editors": "vi vim nano emacs less more",
}
_PLACES = {name: f"host.coreutils.{module}" for module, names in _COREUTILS.items() for name in names.split()}
_PLACES["set"] = "host.coreutils.confset"
_TOOLS = frozenset(
    "pg_dump pg_dumpall pg_restore psql createdb dropdb createuser dropuser pg_basebackup pg_receivewal pg_isready"
    " pg_archivecleanup pg_controldata pg_checksums pg_waldump pg_resetwal pg_rewind pg_ctl initdb postgres".split()
)
_SERVER = frozenset(
    "pg_archivecleanup pg_controldata pg_checksums pg_waldump pg_resetwal pg_rewind pg_ctl initdb postgres"
    " pg_walsummary".split()
)
"""Server Applications of the manual: they come with the server's package."""
_READS_ALL = frozenset(
    "cat psql head tail grep sed sort uniq wc cut tr tee split dd gzip gunzip zcat pg_restore tar xargs sh bash".split()
)
"""What takes all its input when it has no file to read; the rest leave it for the next command."""
_HIDDEN = frozenset({"set"})


def _tools(host: Host) -> frozenset[str]:
    """PostgreSQL's programs of a major, as far as the machine has them."""
    own = host.network.machines.get(host.network.here)
    every = _every(host.client)
    return every if own is None or own.serves else every - _SERVER


@lru_cache(maxsize=64)
def _every(client: Build) -> frozenset[str]:
    facts = version(client.major)
    newer = {
        "pg_verifybackup": facts.backup_manifest,
        "pg_combinebackup": facts.incremental_backup,
        "pg_walsummary": facts.summarize_wal,
    }
    return _TOOLS | {name for name, exists in newer.items() if exists}


@lru_cache(maxsize=256)
def _loaded(module: str) -> Program | None:
    try:
        return cast(Program, importlib.import_module(module).main)
    except (ModuleNotFoundError, AttributeError):
        return None


def is_tool(name: str, host: Host) -> bool:
    """Whether it is one of PostgreSQL's programs that the host's client release has."""
    return name in _tools(host)


def find(name: str, host: Host) -> Program | None:
    """A program by its name; None when there is none on PATH."""
    if name in _HIDDEN:
        return None
    place = _PLACES.get(name)
    if place is None:
        place = f"host.tools.{name}" if is_tool(name, host) else ""
    return _loaded(place) if place else None


def of_folder(name: str, major: int, host: Host) -> Program | None:
    """A program of PostgreSQL by its whole path: of the major whose folder it is in, whatever is first on PATH."""
    if major not in KNOWN or name not in _every(Build(major)):
        return None
    program = _loaded(f"host.tools.{name}")
    build = replace(host.client, major=major, release="")
    return None if program is None else _of_build(program, build, serves=name in _SERVER)


def _of_build(program: Program, build: Build, *, serves: bool) -> Program:
    """A program that finds its own build on PATH while it runs; `serves`: one of the server's package."""

    def run(call: Call) -> Done:
        before = call.host

        def dressed(host: Host) -> Host:
            if build.folder != before.client.folder:
                host = replace(host, client=build)
            return replace(host, server=build) if serves and build.folder != before.server.folder else host

        def back(done: Done) -> Done:
            host = replace(done.host, client=before.client, server=before.server)
            if isinstance(done, Asleep):
                go_on = done.go_on
                return replace(done, host=host, go_on=lambda now: back(go_on(dressed(now))))
            return replace(done, host=host)

        return back(program(replace(call, host=dressed(call.host))))

    return run


def setting_editor() -> Program | None:
    """`set FILE key=value`, which stands in for an editor."""
    return _loaded(_PLACES["set"])


def names(host: Host) -> list[str]:
    """Every program's name, sorted: for completion."""
    return sorted({*_PLACES, *_tools(host)} - _HIDDEN)


def where(name: str, host: Host) -> str:
    """Its path, as `which` shows it."""
    if name in _PLACES:
        return f"/usr/bin/{name}"
    folder = next((part for part in host.env.get("PATH", "").split(":") if "postgresql" in part or "pg" in part), "")
    return f"{folder or host.client.folder}/{name}"


def effort(name: str) -> int:
    """How much of what a line may do it takes."""
    name = name.rpartition("/")[2]
    return PROGRAM if name in _PLACES else TOOL


def reads_all(name: str) -> bool:
    """Whether a program takes the input away from the commands after it."""
    return name in _READS_ALL


def is_buffered(name: str) -> bool:
    """Whether its output comes after its messages when both go to one file (stdio holds it back)."""
    return name in _PLACES and name not in (
        "cat",
        "sh",
        "bash",
        "dash",
        "env",
        "timeout",
        "su",
        "sudo",
        "find",
        "xargs",
    )


def write_error(name: str, reason: str, client: Build) -> str:
    """What it says when its output cannot be written."""
    if name in _PLACES:
        return f"{name}: write error: {reason}\n"
    # pg_dump writes plain text through its compression layer from 16 on.
    what = since(client.major, {12: "output file", 16: "file"}) if name == "pg_dump" else "output file"
    return f"{name}: error: could not write to {what}: {reason}\n"
