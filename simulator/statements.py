"""Read the SQL statements of the subject as Commands: utility statements, calls of functions, simple SELECTs.

This is not an SQL parser: each row of `_FORMS` is one form of statement.  (The terminal of a later stage parses SQL
with a library; the forms here are those that scenario files may use.)
"""

from __future__ import annotations

import re
from collections.abc import Callable

from simulator import commands as c
from simulator.lsn import parse_lsn
from simulator.versions import KNOWN, version
from simulator.views import VIEWS


class NotUnderstood(ValueError):
    """Something typed that the dojo does not know; `kind` keys the explanation, `allowed` says what it knows."""

    def __init__(self, kind: str, wrong: str, allowed: str) -> None:
        super().__init__(f"{wrong} ({allowed})")
        self.kind, self.wrong, self.allowed = kind, wrong, allowed


Context = tuple[str, str, str]
"""session, client, database."""
Build = Callable[[re.Match[str], Context], c.Command]

_START = {version(major).backup_start_function for major in KNOWN}
_STOP = {version(major).backup_stop_function for major in KNOWN}
_ARGUMENT = re.compile(r"\s*(?:(\w+)\s*=>\s*)?('(?:[^']|'')*'|[\w.+-]+(?:\(\))?)\s*")


def _arguments(text: str) -> list[tuple[str, str]]:
    """Split the arguments of a call into (name or '', value); strings lose their quotes."""
    found, at = [], 0
    while at < len(text):
        match = _ARGUMENT.match(text, at)
        if match is None or (match.end() < len(text) and text[match.end()] != ","):
            raise NotUnderstood("arguments", text, "'text', true, false, name => value")
        value = match[2]
        if value.startswith("'"):
            value = value[1:-1].replace("''", "'")
        found.append((match[1] or "", value))
        at = match.end() + 1
    return found


def _types(text: str) -> str:
    """The argument types of a call as the server lists them when no function fits."""
    found = []
    for match in _ARGUMENT.finditer(text):
        quoted, truth = match[2].startswith("'"), match[2].lower() in ("true", "false")
        kind = "unknown" if quoted else "boolean" if truth else "integer"
        found.append(f"{match[1]} => {kind}" if match[1] else kind)
    return ", ".join(found)


def _value(arguments: list[tuple[str, str]], position: int, name: str, default: str) -> str:
    for given, value in arguments:
        if given == name:
            return value
    positional = [value for given, value in arguments if not given]
    return positional[position] if position < len(positional) else default


def _true(text: str) -> bool:
    return text.lower() in ("true", "t", "on", "yes", "1")


def _call(match: re.Match[str], context: Context) -> c.Command:
    """SELECT [* FROM] function(arguments)."""
    function, arguments = match["name"].lower(), _arguments(match["arguments"])
    session, client, _ = context
    if function in _START:
        default = "true" if function == "pg_start_backup" else "false"
        return c.BackupStart(
            function,
            _value(arguments, 0, "label", ""),
            _true(_value(arguments, 1, "fast", "false")),
            _true(_value(arguments, 2, "exclusive", default)),
            session,
            match[0],
            _types(match["arguments"]),
        )
    if function in _STOP:
        old = function == "pg_stop_backup"
        exclusive = old and (not arguments or _true(_value(arguments, 0, "exclusive", "true")))
        wait = _value(arguments, 1 if old else 0, "wait_for_archive", "true")
        types = _types(match["arguments"])
        return c.BackupStop(function, exclusive, _true(wait), session, client, bool(match["star"]), match[0], types)
    simple = _SIMPLE.get(function)
    if simple is None:
        known = sorted([*_START, *_STOP, *_SIMPLE])
        raise NotUnderstood("function", f"{function}()", ", ".join(known))
    return simple(arguments)


def _slot_advance(arguments: list[tuple[str, str]]) -> c.Command:
    target = _value(arguments, 1, "upto_lsn", "")
    lsn = None if target.endswith("()") or not target else parse_lsn(target)
    return c.SlotAdvance(_value(arguments, 0, "slot_name", ""), lsn)


_SIMPLE: dict[str, Callable[[list[tuple[str, str]]], c.Command]] = {
    "pg_switch_wal": lambda _: c.SwitchWal(),
    "pg_reload_conf": lambda _: c.ReloadConf(),
    "pg_create_restore_point": lambda args: c.RestorePoint(_value(args, 0, "name", "")),
    "pg_create_physical_replication_slot": lambda args: c.SlotCreate(
        _value(args, 0, "slot_name", ""), _true(_value(args, 1, "immediately_reserve", "false"))
    ),
    "pg_replication_slot_advance": _slot_advance,
    "pg_drop_replication_slot": lambda args: c.SlotDrop(_value(args, 0, "slot_name", "")),
}


def _query(match: re.Match[str], context: Context) -> c.Command:
    columns = match["columns"].strip()
    if columns.lower().replace(" ", "") == "count(*)":
        return c.Query(match["source"], ("count",), context[2])
    wanted = () if columns == "*" else tuple(column.strip() for column in columns.split(","))
    return c.Query(match["source"], wanted, context[2])


MOST_ROWS = 10_000_000
"""As many as a table of a scenario may begin with: a slip of the keyboard must not write for hours."""


def _insert(match: re.Match[str], context: Context) -> c.Command:
    rows = int(match["high"]) - int(match["low"]) + 1
    if rows > MOST_ROWS:
        raise NotUnderstood("value", f"generate_series({match['low']}, {match['high']})", f"1 … {MOST_ROWS}")
    return c.InsertRows(match["table"], max(rows, 0), context[2])


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


_NAME = r"[A-Za-z_][\w.]*"
_FORMS: tuple[tuple[str, str, Build], ...] = (
    ("CHECKPOINT", r"CHECKPOINT", lambda m, ctx: c.Checkpoint()),
    ("SHOW name", rf"SHOW\s+(?P<name>{_NAME})", lambda m, ctx: c.Show(m["name"])),
    (
        "ALTER SYSTEM SET name = value",
        rf"ALTER\s+SYSTEM\s+SET\s+(?P<name>{_NAME})\s*(?:=|\bTO\b)\s*(?P<value>'(?:[^']|'')*'|\S+)",
        lambda m, ctx: c.AlterSystem(m["name"], _unquoted(m["value"])),
    ),
    (
        "ALTER SYSTEM RESET name",
        rf"ALTER\s+SYSTEM\s+RESET\s+(?P<name>{_NAME})",
        lambda m, ctx: c.AlterSystem(m["name"], None),
    ),
    (
        "SELECT function(…)",
        r"SELECT\s+(?P<star>(?:\*|[\w,\s]+)\s+FROM\s+)?(?P<name>pg_(?!ls_waldir|control_checkpoint)\w+)\s*\((?P<arguments>.*)\)",
        _call,
    ),
    ("SELECT columns FROM view", r"SELECT\s+(?P<columns>.+?)\s+FROM\s+(?P<source>[\w.]+(?:\(\))?)", _query),
    (
        "INSERT INTO table SELECT generate_series(1, n)",
        rf"INSERT\s+INTO\s+(?P<table>{_NAME})\s+SELECT\s+generate_series\(\s*(?P<low>\d+)\s*,\s*(?P<high>\d+)\s*\)",
        _insert,
    ),
    (
        "DROP TABLE name",
        rf"DROP\s+TABLE\s+(?P<table>{_NAME})",
        lambda m, ctx: c.DropTable(m["table"], ctx[2]),
    ),
    (
        "CREATE DATABASE name",
        rf"CREATE\s+DATABASE\s+(?P<name>{_NAME})",
        lambda m, ctx: c.CreateDatabase(m["name"], sql=True),
    ),
    (
        "CREATE TABLESPACE name LOCATION 'dir'",
        rf"CREATE\s+TABLESPACE\s+(?P<name>{_NAME})\s+LOCATION\s+(?P<dir>'[^']+')",
        lambda m, ctx: c.CreateTablespace(m["name"], _unquoted(m["dir"])),
    ),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), build) for _, pattern, build in _FORMS)


def statement(text: str, *, session: str = "", client: str = "", database: str = "postgres") -> c.Command:
    """Read one SQL statement; raises NotUnderstood, which lists the forms and views that are known."""
    bare = text.strip().rstrip(";").strip()
    for pattern, build in _COMPILED:
        match = pattern.fullmatch(bare)
        if match is not None:
            return build(match, (session, client, database))
    known = "; ".join(name for name, _, _ in _FORMS)
    raise NotUnderstood("statement", bare, f"{known}; {', '.join(VIEWS)}")
