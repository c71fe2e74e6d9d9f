"""The options of PostgreSQL's tools: tables, getopt_long, each tool's own checks of what it is given.

For a tool in host/tools/:

    from host import options
    from host.options import Refusal
    from host.options.checks import pg_dump

    given = options.read(call, call.host.client)            # Parsed, or Refusal for --help, --version
    wanted = given if isinstance(given, Refusal) else pg_dump.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(call.host)                        # exit status and what it prints
    ...                                                      # wanted is a DumpOptions

`settings` of each module in host/options/checks/ makes every check that the tool makes before it connects or touches
a file, in the order of its main(): the loop over the options first (getopt's own faults come in their place), then
the rest.  Warnings that do not end the tool are in `warnings` of its settings: text for stderr.
Connection options become a `Target` (host/options/connection.py).
`read` takes the environment and the user from the call.  Where there is no Call: `read_words`.
`--version` prints Build.release when it is set, such as "15.18 (Debian 15.18-0+deb12u1)".

A new option is a row of data/TOOL.toml, in the place where the source of the tool has it: possibilities of an
ambiguous abbreviation are named in that order ([order] is for majors whose order was another).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from host.call import Call
from host.content import text_of
from host.effort import OPTION, spend
from host.machine import Build
from host.options.getopt import scan
from host.options.help import page, version_line
from host.options.messages import hint_line
from host.options.table import TOOLS, Option, Table, table
from host.options.values import Parsed, Refusal

__all__ = ["TOOLS", "Option", "Parsed", "Refusal", "Table", "read", "read_words", "table"]


def read(call: Call, build: Build) -> Parsed | Refusal:
    """Read the command line of a call of one of the tools."""
    parsed = read_words(call.argv, build, {**call.host.env, **call.env}, call.host.user)
    if isinstance(parsed, Refusal):
        return parsed
    return replace(parsed, read_file=lambda path: text_of(call.stdin if path == "-" else call.host.read(path)))


def read_words(argv: Sequence[str], build: Build, env: Mapping[str, str], user: str = "postgres") -> Parsed | Refusal:
    """Read a command line; a Refusal only for the first words --help, -?, --version, -V."""
    program = argv[0]
    tool = program.rpartition("/")[2]
    of = table(tool, build.major)
    if of is None:
        return Refusal(127, f"{program}: command not found\n")
    spend(OPTION * len(of.options))
    first = argv[1] if len(argv) > 1 else ""
    if first == "-?" or (first == "--help" and (len(argv) == 2 or not of.own_help)):
        return Refusal(0, stdout=page(of))
    if first in ("--version", "-V"):
        return Refusal(0, stdout=version_line(tool, build.major, build.release))
    scanned = scan(program, argv[1:], of)
    fault = None
    if scanned.fault is not None:
        fault = Refusal(of.wrong_option_exit, scanned.fault + hint_line(tool, of, build.major))
    return Parsed(tool, build, scanned.given, scanned.operands, fault, env, user, tuple(argv[1:]))
