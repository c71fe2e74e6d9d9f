"""The option tables: what every tool of every major accepts, read from data/*.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from simulator.versions import spans

TOOLS = (
    "createdb",
    "createuser",
    "dropdb",
    "dropuser",
    "initdb",
    "pg_archivecleanup",
    "pg_basebackup",
    "pg_checksums",
    "pg_combinebackup",
    "pg_controldata",
    "pg_ctl",
    "pg_dump",
    "pg_dumpall",
    "pg_isready",
    "pg_receivewal",
    "pg_resetwal",
    "pg_restore",
    "pg_rewind",
    "pg_verifybackup",
    "pg_waldump",
    "pg_walsummary",
    "postgres",
    "psql",
)


@dataclass(frozen=True, slots=True)
class Option:
    """One spelling of an option; spellings that mean the same share their `name`."""

    name: str
    """What the tool calls it inside: the preferred long name, or the letter of an option that has none."""
    long: str = ""
    short: str = ""
    arg: str = "none"
    """none, required or optional: whether the long form takes an argument."""
    value: str = ""
    """What --help calls the argument."""
    group: str = ""
    """Heading of --help under which it stands; '' when --help is silent about it."""
    help: str = ""
    listed: bool = True
    """False: the tool knows it as its first word only (`--help`, `--version`)."""
    refused: bool = False
    """getopt takes it, but the tool answers with its hint alone."""

    @property
    def short_arg(self) -> bool:
        """Whether the letter takes an argument (an optional one belongs to the long form only)."""
        return self.arg == "required"


@dataclass(frozen=True, slots=True)
class Table:
    """A tool of one major: its options in the order of its source, and what --help says around them."""

    tool: str
    about: str
    usage: tuple[str, ...]
    after: str
    groups: tuple[str, ...]
    options: tuple[Option, ...]
    plain_hint: bool
    """The hint after a wrong option has no 'TOOL: hint:' before it in any major."""
    wrong_option_exit: int
    no_long: bool
    """It reads its options with getopt, which knows no long ones."""
    own_help: bool
    """--help and --version mean the same wherever they stand, and -? is a letter of its own (psql)."""


@cache
def table(tool: str, major: int) -> Table | None:
    """The options of a tool, None when that major does not have the tool (or there is no such tool here)."""
    if tool not in TOOLS:
        return None
    data = _data(tool)
    if major not in spans(data.get("span", "12+")):
        return None
    options = tuple(_option(row) for row in data["option"] if major in spans(row.get("span", "12+")))
    return Table(
        tool=tool,
        about=data["about"],
        usage=tuple(data["usage"]),
        after=data.get("after", ""),
        groups=tuple(data["groups"]),
        options=_ordered(options, data.get("order", {}), major),
        plain_hint=data.get("plain_hint", False),
        wrong_option_exit=data.get("wrong_option_exit", 1),
        no_long="no_long" in data and major in spans(data["no_long"]),
        own_help=data.get("own_help", False),
    )


@cache
def _data(tool: str) -> dict[str, Any]:
    text = resources.files("host.options.data").joinpath(f"{tool}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _option(row: dict[str, Any]) -> Option:
    long = row.get("long", "")
    return Option(
        name=row.get("name") or row.get("same_as") or long or row["short"],
        long=long,
        short=row.get("short", ""),
        arg=row.get("arg", "none"),
        value=row.get("value", ""),
        group=row.get("group", ""),
        help=row.get("help", ""),
        listed=row.get("listed", True),
        refused=row.get("refused", False),
    )


def _ordered(options: tuple[Option, ...], orders: dict[str, list[str]], major: int) -> tuple[Option, ...]:
    """The order of the source counts where an abbreviation is ambiguous: the possibilities are named in it."""
    for rule, names in orders.items():
        if major in spans(rule):
            place = {name: number for number, name in enumerate(names)}
            return tuple(sorted(options, key=lambda option: place.get(option.long, len(place))))
    return options
