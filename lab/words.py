"""A learner's own words that go to a tool or a server: names and labels, as constants and never as syntax.

A parsed command has no syntax of its own any more, but its names do travel: into SQL, into option values, into files.
What could mean more there than what it says is refused here, before anything is started.
"""

from __future__ import annotations

import re

from lab import NotHere

LONGEST = 4096
"""PostgreSQL itself takes labels of 1,024 bytes and names of 63; what is longer is no slip of the keyboard."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_ENDING = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SHOWN = 60


def told(text: str) -> str:
    """A text as a sentence may show it: short, on one line, nothing that a terminal or a page would obey."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in short)


def constant(text: str) -> str:
    """A text that is passed on as it is; raises NotHere for one with control characters, or a very long one.

    A newline in a label would be a line of backup_label, one in a value a line of postgresql.conf.
    """
    if len(text) > LONGEST:
        raise NotHere("too_long", text=told(text), limit=LONGEST)
    if not all(char.isprintable() for char in text):
        raise NotHere("control_character", text=told(text))
    return text


def name(text: str) -> str:
    """A name as SQL takes it without quotation marks; raises NotHere for anything that is more than a name.

    `-d 'host=…'` is a connection string to every client, `--maintenance-db=…` an option: neither is a database's name.
    """
    if _NAME.fullmatch(text) is None:
        raise NotHere("name", text=told(text))
    return text


def ending(text: str) -> str:
    """The end of a file's name in the archive; raises NotHere for what no such name ends with."""
    if _ENDING.fullmatch(text) is None:
        raise NotHere("name", text=told(text))
    return text
