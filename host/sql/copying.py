"""COPY … TO and FROM."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from host.catalog import Table, change
from host.catalog.rows import Row, copy_line, from_copy_line, of
from host.content import text_of
from host.effort import CELL, ROW, spend
from host.server import commands
from host.sql import row_security, types
from host.sql.casts import convert, shown
from host.sql.checks import Checker, places_of, row_filter
from host.sql.copy_options import Copy, read_copy
from host.sql.hot_standby import forbid_copy_in
from host.sql.reader import Reader
from host.sql.reply import Raised, Reply, ServerError, fail
from host.sql.rights import kind_of, need_relation
from host.tree import PathError
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context


_Taken = tuple[int, str, Row]
"""A row from the data, with its line's number and text."""
_CLIENT_SIDE = "You may want a client-side facility such as psql's \\copy."


def copy_statement(ctx: Context, reader: Reader) -> Reply:
    """COPY."""
    made = read_copy(reader, ctx.major)
    if made.program:
        _server_program_right(ctx)
    if made.where:
        _server_file_right(ctx, made)
    if made.inward:
        forbid_copy_in(ctx)
        return _into(ctx, made)
    lines, count = _out(ctx, made)
    text = "".join(f"{line}\n" for line in lines)
    if made.program:
        _program(ctx, made.program, text)
        return Reply(f"COPY {count}")
    if not made.where:
        return Reply(f"COPY {count}", copy_out=text)
    if not made.where.startswith("/"):
        raise fail("relative path not allowed for COPY to file", "42602")
    try:
        ctx.host = ctx.host.write(made.where, text)
    except PathError as error:
        message = f'could not open file "{made.where}" for writing: {error.reason}'
        hint = f"COPY TO instructs the PostgreSQL server process to write a file. {_CLIENT_SIDE}"
        raise fail(message, "58P01", hint=hint) from None
    return Reply(f"COPY {count}")


def _server_program_right(ctx: Context) -> None:
    _need_role(ctx, "pg_execute_server_program", "COPY to or from an external program")


def _need_role(ctx: Context, role: str, what: str) -> None:
    """What a predefined role allows, in each major's words."""
    if ctx.superuser or ctx.has_role(role):
        return
    message = since(ctx.major, _REFUSALS).format(role=role, what=what)
    detail = f'Only roles with privileges of the "{role}" role may {what}.' if since(ctx.major, _DETAILED) else ""
    hint = "Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone."
    raise fail(message, "42501", detail=detail, hint=hint)


_DETAILED = {12: False, 16: True}
_REFUSALS = {
    12: "must be superuser or a member of the {role} role to {what}",
    15: "must be superuser or have privileges of the {role} role to {what}",
    16: "permission denied to {what}",
}


def _program(ctx: Context, line: str, data: str = "") -> str:
    """Run a command line as the server does; raises Raised when it fails."""
    done = commands.run(ctx.host, ctx.instance.pgdata, line, data)
    ctx.host = done.host
    if done.exit:
        detail = f"child process exited with exit code {done.exit}"
        raise fail(f'program "{line}" failed', "38000", detail=detail)
    return text_of(done.stdout)


def _server_file_right(ctx: Context, made: Copy) -> None:
    role, way = ("pg_read_server_files", "from") if made.inward else ("pg_write_server_files", "to")
    _need_role(ctx, role, f"COPY {way} a file")


def _columns(table: Table, made: Copy) -> list[str]:
    for name in made.columns:
        if table.column(name) is None:
            raise fail(f'column "{name}" of relation "{table.name}" does not exist', "42703")
    return made.columns or list(table.column_names())


def _out(ctx: Context, made: Copy) -> tuple[list[str], int]:
    if made.query is not None:
        from host.sql.creating import _planned

        plan = _planned(ctx, made.query)
        names = [one.name for one in plan.fields]
        kinds = [one.type for one in plan.fields]
        rows = []
        for values in plan.run():
            ctx.look_at()
            spend(CELL * len(values))
            rows.append(tuple(shown(ctx, kind, value) for kind, value in zip(kinds, values, strict=True)))
    else:
        assert made.name is not None
        found = ctx.relation(*made.name)
        need_relation(ctx, found, "r")
        if not isinstance(found, Table):
            hint = "Try the COPY (SELECT ...) TO variant." if kind_of(found).endswith("view") else ""
            raise fail(f'cannot copy from {kind_of(found)} "{found.name}"', "42809", hint=hint)
        names = _columns(found, made)
        places = places_of(found, names)
        rows = []
        for row in row_security.visible(ctx, found):
            ctx.look_at()
            rows.append(tuple(row[place] for place in places))
    forced = _forced(made, names)
    lines = [_line(made, row, forced) for row in rows]
    if made.header:
        lines.insert(0, _line(made, tuple(names)))
    return lines, len(rows)


def _forced(made: Copy, names: list[str]) -> frozenset[int]:
    """The columns that FORCE QUOTE names, by place."""
    if made.force_quote is None:
        return frozenset()
    for name in made.force_quote:
        if name not in names:
            message = f'column "{name}" does not exist'
            if made.name is not None:
                message = f'column "{name}" of relation "{made.name[1]}" does not exist'
            raise fail(message, "42703")
    return frozenset(n for n, name in enumerate(names) if not made.force_quote or name in made.force_quote)


def _line(made: Copy, row: Row, forced: frozenset[int] = frozenset()) -> str:
    if made.csv:
        delimiter = made.delimiter or ","
        return delimiter.join(_cell(made, value, delimiter, n in forced) for n, value in enumerate(row))
    line = copy_line(row)
    if made.null is not None:
        line = "\t".join(made.null if value is None else copy_line((value,)) for value in row)
    return line.replace("\t", made.delimiter) if made.delimiter else line


def _cell(made: Copy, value: str | None, delimiter: str, forced: bool) -> str:
    if value is None:
        return made.null or ""
    if forced or value == (made.null or "") or any(mark in value for mark in (delimiter, '"', "\n", "\r")):
        return '"' + value.replace('"', '""') + '"'
    return value


def _into(ctx: Context, made: Copy) -> Reply:
    from host.sql.modify import row_wal

    assert made.name is not None
    found = ctx.relation(*made.name)
    need_relation(ctx, found, "a")
    if not isinstance(found, Table):
        view = kind_of(found) == "view"
        hint = "To enable copying to a view, provide an INSTEAD OF INSERT trigger." if view else ""
        raise fail(f'cannot copy to {kind_of(found)} "{found.name}"', "42809", hint=hint)
    names = _columns(found, made)
    if row_security.is_subject(ctx, found):
        hint = "Use INSERT statements instead."
        raise fail("COPY FROM not supported with row-level security", "0A000", hint=hint)
    if made.program:
        data = _program(ctx, made.program)
    elif made.where:
        data = _server_file(ctx, made.where)
    elif ctx.data is None:
        return Reply(wants_copy=True)
    else:
        data = ctx.data
    taken = _rows(ctx, found, names, made, data)
    if made.condition:
        wanted = _wanted(ctx, found, made)
        taken = [one for one in taken if wanted(one[2])]
    rows = [row for _, _, row in taken]
    table = ctx.database.table(found.schema, found.name)
    assert table is not None
    checker = Checker(ctx, table, table.rows)
    made_rows = of(rows)
    _check_all(checker, table, taken)
    checker.references(rows)
    if rows:
        key = (table.schema, table.name)
        database = change.with_rows(ctx.database, key, table.rows + made_rows)
        ctx.write_database(database, row_wal(table, made_rows), many=True)
    return Reply(f"COPY {len(rows)}")


def _wanted(ctx: Context, table: Table, made: Copy) -> Callable[[Row], bool]:
    """WHERE as a function; a fault in it is pointed to where it stands."""
    try:
        return row_filter(ctx, table, made.condition)
    except Raised as raised:
        error = raised.error
        at = made.condition_at + error.position - len("SELECT ") if error.position else 0
        raise Raised(replace(error, position=at)) from None


def _check_all(checker: Checker, table: Table, taken: list[_Taken]) -> None:
    for number, line, row in taken:
        try:
            checker.add(row)
        except Raised as raised:
            raise _in_line(raised, table, number, "" if raised.error.sqlstate == "23505" else line) from None


def _in_line(raised: Raised, table: Table, number: int, line: str) -> Raised:
    error = raised.error
    context = f"COPY {table.name}, line {number}" + (f': "{line[:100]}"' if line else "")
    made = ServerError(error.message, error.sqlstate, "ERROR", error.detail, error.hint, context)
    return Raised(made)


def _server_file(ctx: Context, path: str) -> str:
    try:
        return text_of(ctx.host.read(path))
    except PathError as error:
        message = f'could not open file "{path}" for reading: {error.reason}'
        hint = f"COPY FROM instructs the PostgreSQL server process to read a file. {_CLIENT_SIDE}"
        raise fail(message, "58P01", hint=hint) from None


def _lines(made: Copy, data: str) -> list[tuple[str, list[str | None]]]:
    """The lines of the data with their fields."""
    if made.csv:
        parsed = csv.reader(io.StringIO(data), delimiter=made.delimiter or ",")
        return [(",".join(cells), [None if cell == (made.null or "") else cell for cell in cells]) for cells in parsed]
    lines = data.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    if "\\." in lines:
        lines = lines[: lines.index("\\.")]
    if not made.delimiter and made.null is None:
        return [(line, list(from_copy_line(line))) for line in lines]
    null = "\\N" if made.null is None else made.null
    cells = [(line, line.split(made.delimiter or "\t")) for line in lines]
    return [(line, [None if one == null else from_copy_line(one)[0] for one in parts]) for line, parts in cells]


def _rows(ctx: Context, table: Table, names: list[str], made: Copy, data: str) -> list[_Taken]:
    from host.sql.modify import default_of

    kinds = []
    for name in names:
        column = table.column(name)
        assert column is not None
        kinds.append(column.type)
    places = places_of(table, names)
    given = dict(zip(places, range(len(names)), strict=True))
    defaults = {n: default_of(ctx, table, column.name) for n, column in enumerate(table.columns) if n not in given}
    rows: list[_Taken] = []
    skipped = 0
    for number, (line, cells) in enumerate(_lines(made, data), 1):
        if number == 1 and made.header:
            if made.match:
                _look_at_header(table, names, line, cells)
            continue
        ctx.look_at()
        spend(ROW * (1 + len(cells)))
        context = f'COPY {table.name}, line {number}: "{line[:100]}"'
        if len(cells) > len(names):
            raise fail("extra data after last expected column", "22P04", context=context)
        values, wrong = [], ""
        for n, cell in enumerate(cells):
            try:
                values.append(_value(ctx, table, names[n], kinds[n], cell, number))
            except Raised as raised:
                if not made.ignores or raised.error.sqlstate[:2] != "22":
                    raise
                wrong = f'at line {number} for column "{names[n]}": "{cell}"'
                break
        if wrong:
            skipped += 1
            if made.verbose:
                ctx.notice(f"skipping row due to data type incompatibility {wrong}")
            continue
        if len(cells) < len(names):  # only found when the fields before it have been read
            raise fail(f'missing data for column "{names[len(cells)]}"', "22P04", context=context)
        row = tuple(values[given[n]] if n in given else defaults[n]() for n in range(len(table.columns)))
        rows.append((number, line, row))
    if skipped:
        ctx.notice(f"{skipped} row{' was' if skipped == 1 else 's were'} skipped due to data type incompatibility")
    return rows


def _look_at_header(table: Table, names: list[str], line: str, cells: list[str | None]) -> None:
    """HEADER MATCH: the first line has the names of the columns, in their order."""
    context = f'COPY {table.name}, line 1: "{line[:100]}"'
    if len(cells) != len(names):
        message = f"wrong number of fields in header line: got {len(cells)}, expected {len(names)}"
        raise fail(message, "22P04", context=context)
    for number, (cell, name) in enumerate(zip(cells, names, strict=True), 1):
        if cell != name:
            message = f'column name mismatch in header line field {number}: got "{cell or ""}", expected "{name}"'
            raise fail(message, "22P04", context=context)


def _value(ctx: Context, table: Table, name: str, kind: str, text: str | None, number: int) -> str | None:
    """A field as the table keeps it; its type's input function reads it."""
    if text is None or kind == "text":
        return text
    try:
        value = types.sized(kind, convert(ctx, "text", types.base(kind), text))
        return shown(ctx, types.base(kind), value)
    except Raised as raised:
        error = raised.error
        context = f'COPY {table.name}, line {number}, column {name}: "{text[:100]}"'
        raise Raised(ServerError(error.message, error.sqlstate, "ERROR", error.detail, error.hint, context)) from None
