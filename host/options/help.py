"""--help and --version: pages made from the option tables."""

from __future__ import annotations

import textwrap

from host.effort import EDIT, spend
from host.options.table import Option, Table
from simulator.versions import version

INDENT = 2
WIDTH = 80


def version_line(tool: str, major: int, release: str) -> str:
    """`pg_dump (PostgreSQL) 16.14`."""
    return f"{tool} (PostgreSQL) {release or version(major).release}\n"


def page(of: Table) -> str:
    """The help page: a line about the tool, its usage, its options by group, what else there is to know."""
    spend(2 * EDIT * len(of.options))
    lines = [f"{of.tool} {of.about}", "", "Usage:", *(f"  {of.tool} {usage}" for usage in of.usage)]
    column = _column(of)
    for group in of.groups:
        lines += ["", f"{group}:"]
        for option in of.options:
            if option.group == group:
                lines += _rows(option, column)
    if of.after:
        lines += ["", of.after]
    return "\n".join(lines) + "\n"


def spelling(option: Option) -> str:
    """`-F, --format=c|d|t|p`."""
    value = option.value
    if not option.long:
        return f"-{option.short}" + (f" {value}" if value else "")
    long = f"--{option.long}" + (value if value.startswith("[") else f"={value}" if value else "")
    letter = {"help": "?", "version": "V"}.get(option.long, option.short)
    return f"-{letter}, {long}" if letter else long


def _column(of: Table) -> int:
    """Where the words begin: past the usual option; a longer one stands on a line of its own."""
    return min(30, max(len(spelling(option)) for option in of.options if option.group) + INDENT + 2)


def _rows(option: Option, column: int) -> list[str]:
    head = " " * INDENT + spelling(option)
    words = textwrap.wrap(option.help, WIDTH - column) or [""]
    if len(head) + 2 > column:
        return [head, *(" " * column + line for line in words)]
    return [(head.ljust(column) + words[0]).rstrip(), *(" " * column + line for line in words[1:])]
