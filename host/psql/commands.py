"""Backslash commands (command.c)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host import tree
from host.catalog.names import literal, quoted
from host.effort import PROGRAM, spend
from host.network import address_of
from host.options.psql_values import boolean
from host.psql import describe, listing
from host.psql.buffer import _with_buffer
from host.psql.copying import client_copy
from host.psql.queries import send
from host.psql.scanner import Backslash, arguments
from host.psql.settings import _encoding, _getenv, _prompt, _pset, _set, _toggle_align, _unset, set_pset
from host.tree import Dir, PathError
from simulator.versions import since

if TYPE_CHECKING:
    from host.psql.state import Psql

Act = Callable[["Psql", list[str]], bool]


def command(psql: Psql, item: Backslash) -> bool:
    """Carry out one command; False when it failed."""
    name, words = item.name, arguments(item.rest, psql.scanner)
    if psql.restricted and name != "unrestrict":
        psql.complain("backslash commands are restricted; only \\unrestrict is allowed")
        return False
    if name in ("if", "elif", "else", "endif"):
        return _condition(psql, name, words)
    if psql.conditions[-1:] not in ([], ["on"]):
        return True
    if name == "!":
        return _shell(psql, item.rest)
    if name == "copy":
        return client_copy(psql, item.rest)
    if name in ("g", "gx", "gset", "gexec", "gdesc", "watch", "p", "print", "r", "reset"):
        return _with_buffer(psql, name, words)
    act = _COMMANDS.get(name)
    if act is not None:
        return act(psql, words)
    if name in ("restrict", "unrestrict") and _restricts(psql):
        return _restrict(psql, name, words)
    if name.startswith("d") and describe.known(name):
        return describe.describe(psql, name, words)
    psql.complain(f"invalid command \\{name}")
    return False


_RESTRICT = {12: 99, 13: 22, 14: 19, 15: 14, 16: 10, 17: 6, 18: 0}
"""The first minor release of each major that knows \\restrict."""


def _restricts(psql: Psql) -> bool:
    return int(psql.variables.get("VERSION_NUM", "0")[-4:]) >= since(psql.major, _RESTRICT)


def _restrict(psql: Psql, name: str, words: list[str]) -> bool:
    if not words:
        psql.complain(f"\\{name}: missing required argument")
        return False
    if name == "restrict":
        psql.restricted = words[0]
    elif not psql.restricted:
        psql.complain("\\unrestrict: not currently in restricted mode")
        return False
    elif words[0] != psql.restricted:
        psql.complain("\\unrestrict: wrong key")
        return False
    else:
        psql.restricted = ""
    return True


def _condition(psql: Psql, name: str, words: list[str]) -> bool:
    stack = psql.conditions
    active, outer = stack[-1:] in ([], ["on"]), stack[-2:-1] in ([], ["on"])  # inside of one left out, none is on
    if name == "if":
        stack.append(("on" if _true(psql, words, name) else "off") if active else "ignored")
        return True
    if not stack:
        psql.complain(f"\\{name}: no matching \\if")
        return False
    if name == "endif":
        stack.pop()
    elif name == "elif":
        if stack[-1] == "on":
            stack[-1] = "done"
        elif stack[-1] == "off" and outer and _true(psql, words, name):
            stack[-1] = "on"
    else:
        stack[-1] = {"on": "done", "off": "on"}.get(stack[-1], stack[-1]) if outer else stack[-1]
    return True


def _true(psql: Psql, words: list[str], name: str) -> bool:
    text = " ".join(words)
    found = boolean(text)
    if found is None:
        psql.complain(f'unrecognized value "{text}" for "\\{name} expression": Boolean expected')
    return bool(found)


def _shell(psql: Psql, line: str) -> bool:
    from host.shell import run_command

    done = run_command(psql.host, line.strip())
    psql.host = done.host
    psql.out_file, kept = "", psql.out_file
    psql.say(done.stdout)
    psql.out_file = kept
    psql.errors.append(done.stderr)
    return True


def _quit(psql: Psql, _words: list[str]) -> bool:
    psql.quit = True
    return True


def _connect(psql: Psql, words: list[str]) -> bool:
    from host.options.connection import read_string
    from host.options.conninfo import ConninfoFault

    target = psql.target
    said = [None if word == "-" else word for word in words] + [None] * 4
    changes: dict[str, Any] = {}
    if said[0] is not None and ("=" in said[0] or "://" in said[0]):
        try:
            values = read_string(said[0], psql.major)
        except ConninfoFault as fault:
            psql.complain(f"\\connect: {fault}")
            return False
        changes = {key: values[key] for key in ("host", "port", "user", "dbname", "password") if values.get(key)}
    else:
        named = zip(("dbname", "user", "host", "port"), said, strict=False)
        changes = {key: word.strip('"') for key, word in named if word is not None}
    new = replace(target, **changes)
    message = psql.connect(new)
    if message:
        psql.complain(f"\\connect: {message.rstrip(chr(10))}")
        psql.disconnect()
        return False
    if not psql.quiet:
        psql.out(_connected_text(psql, target))
    return True


def _connected_text(psql: Psql, old: Any) -> str:
    new = psql.target
    where = ""
    if (new.host, new.port) != (old.host, old.port):
        where = f' {_way(psql, new)} at port "{new.port}"'
    return f'You are now connected to database "{new.dbname}" as user "{new.user}"{where}.\n'


def _conninfo(psql: Psql, _words: list[str]) -> bool:
    target = psql.target
    if not psql.connected:
        psql.out("You are currently not connected to a database.\n")
        return True
    if since(psql.major, {12: False, 18: True}):
        describe.connection_table(psql)
        return True
    who, way = f'database "{target.dbname}" as user "{target.user}"', _way(psql, target)
    psql.out(f'You are connected to {who} {way} at port "{target.port}".\n')
    return True


def _way(psql: Psql, target: Any) -> str:
    if target.socket:
        return f'via socket in "{target.host}"'
    address = address_of(psql.host, target.host)
    return f'on host "{target.host}"' + (f' (address "{address}")' if address != target.host else "")


def _include(relative: bool) -> Act:
    def act(psql: Psql, words: list[str]) -> bool:
        from host.psql.loop import OK, run_file

        if not words:
            psql.complain(f"\\{'ir' if relative else 'i'}: missing required argument")
            return False
        path = words[0]
        source = psql.sources[-1].name if psql.sources else ""
        if relative and source and not path.startswith("/"):
            path = source.rpartition("/")[0] + "/" + path if "/" in source else path
        spend(PROGRAM)
        return run_file(psql, path) == OK

    return act


def _output(psql: Psql, words: list[str]) -> bool:
    if not words:
        psql.out_file = ""
        return True
    try:
        psql.host = psql.host.write(words[0], "")
    except PathError as error:
        psql.complain(f"{words[0]}: {error.reason}")
        return False
    psql.out_file = words[0]
    return True


def _echo(where: str) -> Act:
    def act(psql: Psql, words: list[str]) -> bool:
        newline = "\n"
        if words and words[0] == "-n":
            words, newline = words[1:], ""
        text = " ".join(words) + newline
        if where == "warn":
            psql.errors.append(text)
        elif where == "out":
            psql.out(text)
        else:
            psql.say(text)
        return True

    return act


def _timing(psql: Psql, words: list[str]) -> bool:
    psql.timing = bool(boolean(words[0])) if words else not psql.timing
    if not psql.quiet:
        psql.out(f"Timing is {'on' if psql.timing else 'off'}.\n")
    return True


def _cd(psql: Psql, words: list[str]) -> bool:
    path = psql.host.path(words[0] if words else psql.host.env.get("HOME", "/"))
    found = tree.find(psql.host.root, path)
    if not isinstance(found, Dir):
        reason = tree.NO_ENTRY if found is None else tree.NOT_A_DIR
        psql.complain(f'\\cd: could not change directory to "{words[0] if words else path}": {reason}')
        return False
    psql.host = replace(psql.host, cwd=path)
    return True


def _errverbose(psql: Psql, _words: list[str]) -> bool:
    psql.out(psql.last_error[0] if psql.last_error else "There is no previous error.\n")
    return True


def _password(psql: Psql, words: list[str]) -> bool:
    """Without a terminal the password is asked for on standard error, and read from standard input."""
    role = words[0] if words else psql.target.user
    psql.errors.append(f'Enter new password for user "{role}": \n')
    first = psql.stdin.take() or ""
    psql.errors.append("Enter it again: \n")
    if (psql.stdin.take() or "") != first:
        psql.complain("Passwords didn't match.")
        return False
    return send(psql, f"ALTER USER {quoted(role)} PASSWORD {literal(first)}", silent=True)


def _help(psql: Psql, _words: list[str]) -> bool:
    names = sorted({*_COMMANDS, "copy", "!", "if", "elif", "else", "endif", "g", "gx", "gset", "watch", "d", "dt"})
    psql.out("Backslash commands of this psql:\n" + "".join(f"  \\{name}\n" for name in names))
    return True


def _write(psql: Psql, words: list[str]) -> bool:
    if not words:
        psql.complain("\\w: missing required argument")
        return False
    try:
        psql.host = psql.host.write(words[0], f"{psql.scanner.buffer or psql.last_query}\n")
    except PathError as error:
        psql.complain(f"{words[0]}: {error.reason}")
        return False
    return True


def _setenv(psql: Psql, words: list[str]) -> bool:
    from types import MappingProxyType

    if not words:
        psql.complain("\\setenv: missing required argument")
        return False
    env = {key: value for key, value in psql.host.env.items() if key != words[0]}
    if len(words) > 1:
        env[words[0]] = words[1]
    psql.host = replace(psql.host, env=MappingProxyType(env))
    return True


_COMMANDS: Mapping[str, Act] = {
    "q": _quit,
    "quit": _quit,
    "c": _connect,
    "connect": _connect,
    "conninfo": _conninfo,
    "i": _include(False),
    "include": _include(False),
    "ir": _include(True),
    "include_relative": _include(True),
    "o": _output,
    "out": _output,
    "echo": _echo("out"),
    "qecho": _echo("query"),
    "warn": _echo("warn"),
    "set": _set,
    "unset": _unset,
    "prompt": _prompt,
    "pset": _pset,
    "a": _toggle_align,
    "t": lambda psql, words: set_pset(psql, "tuples_only", words[0] if words else None),
    "x": lambda psql, words: set_pset(psql, "expanded", words[0] if words else None),
    "f": lambda psql, words: set_pset(psql, "fieldsep", words[0] if words else None),
    "H": lambda psql, _words: set_pset(psql, "format", "aligned" if psql.look.format == "html" else "html"),
    "C": lambda psql, words: set_pset(psql, "title", words[0] if words else None),
    "timing": _timing,
    "cd": _cd,
    "errverbose": _errverbose,
    "encoding": _encoding,
    "password": _password,
    "w": _write,
    "setenv": _setenv,
    "getenv": _getenv,
    "sf": listing.show_function,
    "sv": listing.show_view,
    "?": _help,
    "h": _help,
    "help": _help,
    "l": describe.list_databases,
    "list": describe.list_databases,
    "l+": lambda psql, words: describe.list_databases(psql, words, verbose=True),
    "lo_list": lambda psql, words: describe.describe(psql, "dl", words),
    "lo_export": listing.export_large_object,
    "lo_import": listing.import_large_object,
    "lo_unlink": listing.unlink_large_object,
    "z": lambda psql, words: describe.describe(psql, "dp", words),
}
