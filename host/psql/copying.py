r"""\\copy: COPY with the file on psql's side (copy.c)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from host import tree
from host.content import text_of
from host.psql.queries import copy_data
from host.psql.report import worded
from host.sql.execute import execute
from host.tree import PathError

if TYPE_CHECKING:
    from host.psql.state import Psql

_DIRECTORY = "cannot copy from/to a directory"
_WHERE = re.compile(
    r"""(?P<head>\(.*\)|.*?)\s+(?P<word>from|to)\s+(?:(?P<std>p?stdin|p?stdout)|program\s+'(?P<program>(?:[^']|'')*)'"""
    r"""|'(?P<quoted>(?:[^']|'')*)'|(?P<plain>[^\s;]+))(?P<tail>.*)$""",
    re.IGNORECASE | re.DOTALL,
)


def client_copy(psql: Psql, rest: str) -> bool:
    r"""\\copy table [columns] from | to file [options]."""
    text = rest.strip()
    match = _WHERE.match(text.rstrip(";"))
    if match is None:
        word = text.split()[-1] if text.split() else ""
        psql.complain(f'\\copy: parse error at "{word}"' if word else "\\copy: arguments required")
        return False
    inward = match["word"].lower() == "from"
    std, path = match["std"], match["plain"] or (match["quoted"] or "").replace("''", "'")
    statement = f"COPY {match['head']} {'FROM STDIN' if inward else 'TO STDOUT'}{match['tail'].rstrip()}"
    try:
        if path and not std:
            _opened(psql, path, reading=inward)
        if inward:
            program = match["program"]
            data = _incoming(psql, std, path) if program is None else _from_program(psql, program.replace("''", "'"))
            psql.host, replies = execute(psql.host, psql.port, psql.pid, statement, data=data)
        else:
            psql.host, replies = execute(psql.host, psql.port, psql.pid, statement)
        reply = replies[-1]
        for notice in reply.notices:
            psql.server_says(worded(notice, statement, psql.verbosity))
        if reply.error is not None:
            psql.server_says(worded(reply.error, statement, psql.verbosity))
            return False
        if match["program"] is not None and not inward:
            return _to_program(psql, match["program"].replace("''", "'"), reply.copy_out or "", str(reply.tag))
        if not inward and not std:
            psql.host = psql.host.write(path, reply.copy_out or "")
    except PathError as error:
        psql.complain(f"{path}: {_DIRECTORY if error.reason == tree.IS_A_DIR else error.reason}")
        return False
    if not inward and std:
        psql.out(reply.copy_out or "")
    elif not psql.quiet:
        psql.say(f"{reply.tag}\n")
    return True


def _opened(psql: Psql, path: str, *, reading: bool) -> None:
    """The file is opened before the server is asked: one that is written to is emptied; raises PathError."""
    if reading:
        psql.host.read(path)
    else:
        psql.host = psql.host.write(path, "")


def _incoming(psql: Psql, std: str | None, path: str) -> str:
    if not std:
        return text_of(psql.host.read(path))
    if std.lower() == "pstdin":
        lines = psql.stdin.lines[psql.stdin.at :]
        psql.stdin.at = len(psql.stdin.lines)
        return "".join(f"{line}\n" for line in lines)
    return copy_data(psql)


def _from_program(psql: Psql, line: str) -> str:
    from host.shell import run_command

    done = run_command(psql.host, line)
    psql.host = done.host
    psql.errors.append(done.stderr)
    return text_of(done.stdout)


def _to_program(psql: Psql, line: str, data: str, tag: str) -> bool:
    from host.shell import run_command

    done = run_command(psql.host, line, stdin=data)
    psql.host = done.host
    psql.errors.append(done.stderr)
    if not psql.quiet:
        psql.say(f"{tag}\n")
    psql.out(text_of(done.stdout))
    return True
