"""`waldojo exec`: command lines on a simulated host, with the exit status of the last one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from console.words import unknown_version, word
from host.call import Done
from host.content import Content, Payload, printable, readable
from host.machine import Host
from host.shell import BASH, run_line
from host.shell.voice import Voice
from simulator.versions import DEFAULT, UnknownVersion, version

MALFORMED = 2
WORLD = "default"
_SHOWN = {"PGDMP": "pg_dump custom archive"}


@dataclass(frozen=True, slots=True)
class Start:
    """Where command lines begin: the majors of server and client, and the world's name."""

    server: str | None = None
    client: str | None = None
    world: str = WORLD
    machine: str | None = None
    """Where one sits; None: at the world's first machine."""

    def host(self) -> Host:
        """The world; raises UnknownVersion, UnknownWorld or UnknownMachine."""
        from host.conformance.builds import client_build, server_build
        from host.network import sat_down
        from host.worlds import world

        server = _major(self.server, DEFAULT)
        client = _major(self.client, server)
        host = world(self.world, server_build(server, client), client_build(client))
        return host if self.machine is None else sat_down(host, self.machine)


def _major(given: str | None, otherwise: int) -> int:
    return otherwise if given is None else version(given).major


def host_or_tell(start: Start, language: str) -> Host | None:
    """The world, or None after a word about what is wrong."""
    from host.network import UnknownMachine
    from host.worlds import NAMES, UnknownWorld

    try:
        return start.host()
    except UnknownVersion as error:
        print(unknown_version(error, language), file=sys.stderr)
    except UnknownWorld as error:
        print(word("unknown_world", language, given=error.wrong, known=", ".join(NAMES)), file=sys.stderr)
    except UnknownMachine as error:
        known = ", ".join(error.known)
        print(word("unknown_machine", language, name=error.name, known=known), file=sys.stderr)
    return None


def execute(commands: Sequence[str], start: Start, *, fresh: bool, as_json: bool, language: str) -> int:
    """Run command lines one after the other; `-` reads them from standard input."""
    first = host_or_tell(start, language)
    if first is None:
        return MALFORMED
    status = 0
    for command, done in answers(first, _given(commands), fresh=fresh):
        status = done.exit
        if as_json:
            print(json.dumps(as_object(command, done), ensure_ascii=False), flush=True)
        else:
            _print(done)
    return status


def _given(commands: Sequence[str]) -> Iterator[str]:
    for command in commands:
        if command != "-":
            yield command
            continue
        for line in sys.stdin:
            if line.strip():
                yield line.rstrip("\n")


def answers(first: Host, commands: Iterable[str], *, fresh: bool, voice: Voice = BASH) -> Iterator[tuple[str, Done]]:
    """Each command line with what came of it: on one host, or (`fresh`) each on its own."""
    host = first
    for command in commands:
        done = run_line(first if fresh else host, command, voice=voice)
        host = done.host
        yield command, done


def as_object(command: str, done: Done) -> dict[str, str | int]:
    """What --json prints of one command."""
    return {"cmd": command, "exit": done.exit, "stdout": shown(done.stdout), "stderr": printable(done.stderr)}


def shown(content: Content) -> str:
    """Output as a terminal can show it: bytes that are no text are named."""
    return readable(content, lambda one: f"<BINARY: {_SHOWN.get(one.magic, one.magic)}>")


def _print(done: Done) -> None:
    text = shown(done.stdout)
    sys.stdout.write(text + ("\n" if isinstance(done.stdout, Payload) and not text.endswith("\n") else ""))
    sys.stdout.flush()
    sys.stderr.write(printable(done.stderr))
    sys.stderr.flush()
