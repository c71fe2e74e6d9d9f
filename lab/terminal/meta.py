"""What may be said to psql: SQL that passes, and the few meta-commands that only look."""

from __future__ import annotations

import re

from lab import NotHere
from lab.terminal.sql import Location, Setting, checked, nowhere
from lab.words import constant, told

_LOOKS = re.compile(r"\\(?:d[a-zA-Z]{0,3}|l|z|du|dg|dn|dt|di|ds|dv|db|df)[+S]{0,2}(?:[ \t]+[A-Za-z_0-9.*]+)?[ \t]*")
_SAYS = re.compile(r"\\(?:echo|qecho|t|a|x|q)(?:[ \t]+[A-Za-z0-9_ .,-]*)?[ \t]*")
_SET = re.compile(r"\\set[ \t]+(?:ON_ERROR_STOP|ON_ERROR_ROLLBACK|QUIET|VERBOSITY|AUTOCOMMIT)[ \t]+[a-z0-9]+[ \t]*")
_CONNECT = re.compile(r"\\c(?:onnect)?[ \t]+[A-Za-z_][A-Za-z0-9_]*[ \t]*")
_LINES_MOST = 2000


def command(text: str, setting: Setting, location: Location = nowhere) -> str:
    """What follows psql -c: one meta-command, or SQL.  Raises NotHere."""
    if text.lstrip().startswith("\\"):
        return _meta(constant(text))
    _no_variables(text)
    return checked(text, setting, location)


def script(text: str) -> None:
    """A script that no tool of this run has written.  Raises NotHere for what is not plain SQL, line by line.

    ALTER SYSTEM would have to be written anew, and a file is not: it is refused here.
    """
    lines = text.split("\n")
    if len(lines) > _LINES_MOST:
        raise NotHere("too_long", text=told(text), limit=_LINES_MOST)
    plain = []
    for line in lines:
        if line.lstrip().startswith("\\"):
            _meta(constant(line.strip()))
        else:
            _no_variables(line)
            plain.append(line.replace("\t", " "))
    checked(" ".join(plain), _no_setting)


def _no_setting(name: str, _: str) -> str:
    raise NotHere("script_setting", name=told(name))


def _meta(text: str) -> str:
    if any(form.fullmatch(text) for form in (_LOOKS, _SAYS, _SET, _CONNECT)):
        return text
    raise NotHere("meta", text=told(text))


def _no_variables(text: str) -> None:
    """`:name` stands for anything in psql; `::` is a cast.  In a constant or not is not asked."""
    if re.search(r"(?<!:):(?!:)[A-Za-z_'\"{]", text):
        raise NotHere("meta", text=told(text))
