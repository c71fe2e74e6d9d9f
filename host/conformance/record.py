"""One recorded command line, as it stands in ../shared/cli (format and words: its README)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

PLACES: Mapping[str, str] = {
    "PGDATA": "/dojo/pgdata",
    "BACKUP": "/dojo/backup",
    "ARCHIVE": "/dojo/archive",
    "RESTORE": "/dojo/restore",
    "RESTORE_FAST": "/dojo/restore_fast",
    "FAST": "/dojo/fast",
    "SOCKET": "/dojo/socket",
    "WORK": "/dojo/work",
    "DUMPS": "/dojo/dumps",
    "SMALL": "/dojo/small",
    "KIT": "/dojo/kit",
    "LOGFILE": "/dojo/server.log",
    "ROOT": "/dojo",
}
"""What the names of the README stand for in the world 'fixture' (and PGHOME, which depends on the major)."""

_NAMES = re.compile(r"\$(?:\{(\w+)\}|(" + "|".join(sorted((*PLACES, "PGHOME"), key=len, reverse=True)) + r")(?!\w))")


def pghome(major: int) -> str:
    """Where the programs of a major are installed."""
    return f"/usr/lib/postgresql/{major}"


def spelled_out(text: str, major: int) -> str:
    """A text with the README's names replaced by the paths that they stand for."""
    places = {**PLACES, "PGHOME": pghome(major)}
    return _NAMES.sub(lambda m: places.get(m[1] or m[2], m[0]), text)


@dataclass(frozen=True)
class Follow:
    """A command that was run directly afterwards."""

    cmd: str
    expected: Mapping[str, Any]
    """exit, stdout, stderr."""


@dataclass(frozen=True)
class Case:
    """One line of a recording."""

    told: Json
    """As read."""
    tool: str
    behaviour: str
    case: str
    client: int
    server: int
    cmd: str
    line: str
    """The command line to run: `cmd`, or what the recorder's shell was given."""
    in_sh: bool
    """The recorder ran it with `sh -c`."""
    stdin: str
    expected: Mapping[str, Any]
    """exit, stdout, stderr, and whichever of files, stdout_tar, content, log was recorded."""
    after: tuple[Follow, ...]
    stable: bool
    client_release: str
    fixture: str
    settings: Mapping[str, str]
    pg_hba: str
    states: tuple[str, ...]
    before: tuple[str, ...]
    env: Mapping[str, str]

    @property
    def observations(self) -> tuple[str, ...]:
        """The names of the compared fields, of the follow-ups too."""
        later = tuple(f"after {at} {name}" for at, each in enumerate(self.after, 1) for name in each.expected)
        return (*self.expected, *later)


FIELDS = ("exit", "stdout", "stderr", "files", "stdout_tar", "content", "log")


def is_record(told: object) -> bool:
    """Is this JSON value a line of such a recording?"""
    return isinstance(told, dict) and {"tool", "client_major", "cmd", "exit", "stdout", "stderr"} <= told.keys()


def read(told: Json) -> Case:
    """The case in a JSON object; raises KeyError, TypeError or ValueError when it is none."""
    setup = told.get("setup") or {}
    argv = tuple(told.get("argv") or ())
    states = setup.get("state") or ()
    client = int(told["client_major"])
    return Case(
        told=told,
        tool=str(told["tool"]),
        behaviour=str(told.get("behaviour", "")),
        case=str(told.get("case", "")),
        client=client,
        server=int(told.get("server_major", client)),
        cmd=str(told["cmd"]),
        line=str(argv[2]) if argv[:2] == ("sh", "-c") and len(argv) > 2 else str(told["cmd"]),
        in_sh=argv[:2] == ("sh", "-c"),
        stdin=str(told.get("stdin") or ""),
        expected={name: told[name] for name in FIELDS if name in told},
        after=tuple(
            Follow(str(each["cmd"]), {name: each[name] for name in FIELDS if name in each})
            for each in told.get("after") or ()
        ),
        stable=told.get("stable") is not False,
        client_release=str(told.get("client_version") or ""),
        fixture=str(setup.get("fixture", "default")),
        settings={str(name): str(value) for name, value in (setup.get("settings") or {}).items()},
        pg_hba=str(setup.get("pg_hba") or "default"),
        states=(states,) if isinstance(states, str) else tuple(map(str, states)),
        before=tuple(map(str, setup.get("before") or ())),
        env={str(name): str(value) for name, value in (setup.get("env") or {}).items()},
    )
