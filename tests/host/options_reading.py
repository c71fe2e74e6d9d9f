"""Reading a command line with the options of one major, for the tests of host/options."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

from host.machine import Build
from host.options import Refusal, read_words

ENVIRONMENT: Mapping[str, str] = {"PGHOST": "/sockets", "PGPORT": "5432"}


def settings(argv: Sequence[str], build: Build, env: Mapping[str, str] = ENVIRONMENT, user: str = "postgres") -> object:
    """What the tool makes of a command line: its settings, or its Refusal."""
    parsed = read_words(argv, build, env, user)
    if isinstance(parsed, Refusal):
        return parsed
    return importlib.import_module(f"host.options.checks.{parsed.tool}").settings(parsed)


def answer(line: str, major: int = 16, user: str = "postgres") -> str:
    """A typed line and how the tool ends: `1: what it prints on stderr`, or `goes on`."""
    end = settings(line.split(), Build(major), user=user)
    if not isinstance(end, Refusal):
        return "goes on"
    return f"{end.exit}: {end.stderr.rstrip()}".rstrip(": ")
