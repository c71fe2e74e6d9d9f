"""Backslash commands (command.c)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host import tree
from host.options.psql_values import boolean, pset_fault, variable_fault
from host.psql import describe
from host.psql.copying import client_copy
from host.psql.queries import run, send
from host.psql.scanner import Backslash, arguments
from host.tree import Dir, PathError
from simulator.versions import since

if TYPE_CHECKING:
    from host.psql.state import Psql

Act = Callable[["Psql", list[str]], bool]
_MOST_ROUNDS = 10
"""\\watch goes on until somebody presses Ctrl-C: here it ends by itself."""


def command(psql: Psql, item: Backslash) -> bool:
    """Carry out one command; False when it failed."""
    name, words = item.name, arguments(item.rest, psql.scanner)
    if psql.restricted and name != "unrestrict":
        psql.complain("backslash commands are restricted; only \\unrestrict is allowed")
        return False
    if name in ("if", "elif", "else", "endif"):
        return _condition(psql, name, words)
    if any(one != "on" for one in psql.conditions):
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
    outer = all(one == "on" for one in stack[:-1]) if stack else True
    if name == "if":
        active = all(one == "on" for one in stack)
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


def _with_buffer(psql: Psql, name: str, words: list[str]) -> bool:
    text = psql.scanner.buffer.strip()
    if name in ("p", "print"):
        psql.say(f"{text or psql.last_query or 'Query buffer is empty.'}\n")
        return True
    psql.scanner.reset()
    if name in ("r", "reset"):
        if not psql.quiet:
            psql.say("Query buffer reset (cleared).\n")
        return True
    text = text or psql.last_query
    if not text:
        return True
    if name == "gset":
        return _into_variables(psql, text, words[0] if words else "")
    if name == "gexec":
        rows = run(psql, text)[-1].rows
        return all(send(psql, cell) for row in rows for cell in row if cell)
    if name == "watch":
        return _watch(psql, text, words)
    if name == "gdesc":
        return _described(psql, text)
    before, file = psql.look, psql.out_file
    if name == "gx":
        psql.look = replace(psql.look, expanded="on")
    if words and not words[0].startswith(("(", "|")):
        psql.host = psql.host.write(words[0], "")
        psql.out_file = words[0]
    try:
        return send(psql, text)
    finally:
        psql.look, psql.out_file = before, file


def _described(psql: Psql, text: str) -> bool:
    from host.psql.printing import Grid

    reply = run(psql, text)[-1]
    rows = tuple((field.name, field.type) for field in reply.fields or ())
    psql.show(Grid(("Column", "Type"), ("text", "text"), rows))
    return True


def _into_variables(psql: Psql, text: str, prefix: str) -> bool:
    replies = run(psql, text)
    reply = replies[-1]
    if reply.error is not None:
        return send(psql, text)
    if len(reply.rows) != 1:
        psql.complain("no rows returned for \\gset" if not reply.rows else "more than one row returned for \\gset")
        return False
    for field, cell in zip(reply.fields or (), reply.rows[0], strict=True):
        if cell is None:
            psql.variables.pop(prefix + field.name, None)
        else:
            psql.variables[prefix + field.name] = cell
    return True


def _watch(psql: Psql, text: str, words: list[str]) -> bool:
    from host.server.clock import sql_time

    seconds, rounds = 2.0, _MOST_ROUNDS
    for word in words:
        key, _, value = word.rpartition("=")
        if value.replace(".", "", 1).isdigit():
            if key in ("", "i", "interval"):
                seconds = float(value)
            elif key in ("c", "count"):
                rounds = min(int(float(value)), _MOST_ROUNDS)
    for number in range(rounds):
        psql.say(f"{sql_time(psql.host.clock)[:19]} (every {seconds:g}s)\n\n")
        if not send(psql, text):
            return False
        if number + 1 < rounds:
            psql.host = replace(psql.host, clock=psql.host.clock + seconds)
    return True


def _quit(psql: Psql, _words: list[str]) -> bool:
    psql.quit = True
    return True


def _connect(psql: Psql, words: list[str]) -> bool:
    from host.options.connection import read_string

    target = psql.target
    said = [None if word == "-" else word for word in words] + [None] * 4
    changes: dict[str, Any] = {}
    if said[0] is not None and ("=" in said[0] or "://" in said[0]):
        values = read_string(said[0], psql.major)
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
        way = f'via socket in "{new.host}"' if new.socket else f'on host "{new.host}"'
        where = f' {way} at port "{new.port}"'
    return f'You are now connected to database "{new.dbname}" as user "{new.user}"{where}.\n'


def _conninfo(psql: Psql, _words: list[str]) -> bool:
    target = psql.target
    if not psql.connected:
        psql.out("You are currently not connected to a database.\n")
        return True
    if since(psql.major, {12: False, 18: True}):
        describe.connection_table(psql)
        return True
    way = f'via socket in "{target.host}"' if target.socket else f'on host "{target.host}"'
    psql.out(
        f'You are connected to database "{target.dbname}" as user "{target.user}" {way} at port "{target.port}".\n'
    )
    return True


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


def set_variable(psql: Psql, name: str, value: str | None) -> bool:
    r"""\\set and -v (None unsets)."""
    fault = variable_fault(name, value, psql.major)
    if fault:
        psql.complain(fault)
        return False
    if value is None:
        psql.variables.pop(name, None)
    else:
        psql.variables[name] = value or ("on" if name in _HOOKED else "")
    return True


_HOOKED = frozenset(
    {"AUTOCOMMIT", "ON_ERROR_STOP", "QUIET", "SINGLELINE", "SINGLESTEP", "ECHO_HIDDEN", "ON_ERROR_ROLLBACK"}
)


def _set(psql: Psql, words: list[str]) -> bool:
    if not words:
        for name in sorted(psql.variables):
            psql.out(f"{name} = '{psql.variables[name]}'\n")
        return True
    return set_variable(psql, words[0], "".join(words[1:]))


def _unset(psql: Psql, words: list[str]) -> bool:
    if not words:
        psql.complain("\\unset: missing required argument")
        return False
    psql.variables.pop(words[0], None)
    return True


def set_pset(psql: Psql, name: str, value: str | None, *, silent: bool = False) -> bool:
    r"""\\pset and -P."""
    fault = pset_fault(name, value, psql.major)
    if fault:
        psql.complain(fault)
        return False
    look, silent = psql.look, silent or psql.quiet
    said = ""
    if name == "format" and value is not None:
        full = next(
            (
                one
                for one in ("aligned", "asciidoc", "csv", "html", "latex", "unaligned", "wrapped")
                if one.startswith(value.lower())
            ),
            value,
        )
        psql.look, said = replace(look, format=full), f"Output format is {full}."
    elif name in ("x", "expanded", "vertical"):
        on = (look.expanded != "on") if value is None else value.lower() == "auto" or bool(boolean(value))
        psql.look, said = (
            replace(look, expanded="on" if on and value != "auto" else "off"),
            f"Expanded display is {'on' if on else 'off'}.",
        )
    elif name in ("t", "tuples_only"):
        on = not look.tuples_only if value is None else bool(boolean(value))
        psql.look, said = replace(look, tuples_only=on), f"Tuples only is {'on' if on else 'off'}."
    elif name == "footer":
        on = not look.footer if value is None else bool(boolean(value))
        psql.look, said = replace(look, footer=on), f"Default footer is {'on' if on else 'off'}."
    elif name == "border":
        border = int(value) if value and value.isdigit() else look.border
        psql.look, said = replace(look, border=min(border, 2)), f"Border style is {border}."
    elif name == "null":
        psql.look = replace(look, null=value if value is not None else look.null)
        said = f'Null display is "{psql.look.null}".'
    elif name in ("fieldsep", "recordsep", "csv_fieldsep", "title", "C"):
        key = {"C": "title"}.get(name, name)
        psql.look = replace(look, **{key: value if value is not None else ""})  # type: ignore[arg-type]
        said = {
            "fieldsep": f'Field separator is "{value}".',
            "recordsep": "Record separator is <newline>." if value == "\n" else f'Record separator is "{value}".',
            "csv_fieldsep": f'Field separator for CSV is "{value}".',
        }.get(key, f'Title is "{value}".' if value else "Title is unset.")
    elif name in ("fieldsep_zero", "recordsep_zero"):
        psql.look, said = replace(look, **{name.removesuffix("_zero"): "\0"}), ""  # type: ignore[arg-type]
    elif name == "pager":
        said = "Pager usage is off." if value is None or not boolean(value) else "Pager is used for long output."
    if said and not silent:
        psql.out(f"{said}\n")
    return True


def _pset(psql: Psql, words: list[str]) -> bool:
    if not words:
        look = psql.look
        for name in ("border", "csv_fieldsep", "expanded", "fieldsep", "footer", "format", "null", "tuples_only"):
            value = getattr(look, name)
            text = (
                {True: "on", False: "off"}.get(value, str(value))
                if isinstance(value, bool)
                else f"'{value}'"
                if name in ("csv_fieldsep", "fieldsep", "null")
                else str(value)
            )
            psql.out(f"{name:<24} {text}\n")
        return True
    return set_pset(psql, words[0], words[1] if len(words) > 1 else None)


def _toggle_align(psql: Psql, _words: list[str]) -> bool:
    return set_pset(psql, "format", "unaligned" if psql.look.format == "aligned" else "aligned")


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


def _encoding(psql: Psql, words: list[str]) -> bool:
    if not words:
        psql.out(f"{psql.variables.get('ENCODING', 'UTF8')}\n")
    return True


def _password(psql: Psql, _words: list[str]) -> bool:
    psql.complain("\\password: there is no terminal to read a password from")
    return False


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
    "?": _help,
    "h": _help,
    "help": _help,
    "l": describe.list_databases,
    "list": describe.list_databases,
    "l+": lambda psql, words: describe.list_databases(psql, words, verbose=True),
    "z": lambda psql, words: describe.describe(psql, "dp", words),
}
