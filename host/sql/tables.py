"""The definition of a table: columns with their constraints, table constraints, as CREATE and ALTER TABLE take them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.catalog import Column, Index, Sequence, Table, change
from host.catalog.names import qualified, quoted
from host.sql import types
from host.sql.compiled import Scope, Source, SourceColumn
from host.sql.definitions import Definition, Pending
from host.sql.deparse import deparsed
from host.sql.expressions import compile_expression, truth
from host.sql.parsing import expression_of
from host.sql.reader import Reader
from host.sql.reply import fail, lacking

if TYPE_CHECKING:
    from host.sql.context import Context

_SERIAL = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
}
_TOPS = {"smallint": 32767, "integer": 2147483647, "bigint": 9223372036854775807}
_COLUMN_WORDS = (
    "NOT",
    "NULL",
    "DEFAULT",
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "REFERENCES",
    "CONSTRAINT",
    "GENERATED",
    "COLLATE",
    "STORAGE",
    "COMPRESSION",
    "USING",
    "DEFERRABLE",
    "INITIALLY",
)


def definition(ctx: Context, reader: Reader, table: str) -> Definition:
    """( column …, constraint … )."""
    made = Definition()
    reader.expect("(")
    if reader.accept(")"):
        return made
    while True:
        if reader.word in ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE"):
            made.constraints.append(table_constraint(reader))
        elif reader.accept("LIKE"):
            _like(ctx, reader, made)
        else:
            column_definition(ctx, reader, made, table)
        if not reader.accept(","):
            break
    reader.expect(")")
    return made


def _like(ctx: Context, reader: Reader, made: Definition) -> None:
    other = ctx.relation(*reader.qualified())
    while reader.one_of("INCLUDING", "EXCLUDING"):
        reader.name() if reader.word != "ALL" else reader.expect("ALL")
    if isinstance(other, Table):
        made.columns += [replace(column, default=None, identity="") for column in other.columns]


def type_text(reader: Reader) -> str:
    """A type's words, up to what may follow a type."""
    first, last = reader.token, reader.token
    stops = (*_COLUMN_WORDS, ",", ")", "WITH")
    while reader.token is not None and (reader.word not in stops or reader.ahead("WITH", "TIME", "ZONE")):
        last = reader.token
        if reader.word == "(":
            reader.parenthesised()
            last = reader.tokens[reader.at - 1]
        else:
            reader.at += 1
    if first is None or last is None or first is reader.token:
        raise reader.wrong()
    return reader.statement.text[first.start : last.end + 1]


def known_type(ctx: Context, text: str, place: int) -> str:
    """The type as format_type prints it; raises Raised."""
    from host.sql.casts import split_name

    kind = types.canonical(text)
    if kind is not None:
        return kind
    schema, name = split_name(text)
    for candidate in ctx.candidates(schema):
        if (candidate, name) in ctx.database.types:
            return f"{quoted(candidate)}.{quoted(name)}" if candidate not in ctx.search_path else quoted(name)
    shown = f"{schema}.{name}" if schema else name
    raise fail(f'type "{shown}" does not exist', "42704", position=place)


def column_definition(ctx: Context, reader: Reader, made: Definition, _table: str) -> None:
    """Name type constraint …"""
    name = reader.name()
    if any(column.name == name for column in made.columns):
        raise fail(f'column "{name}" specified more than once', "42701")
    place = reader.place
    text = type_text(reader)
    serial = _SERIAL.get(text.lower())
    kind = serial or known_type(ctx, text, place)
    column = Column(name, kind, not_null=bool(serial))
    if serial:
        made.serials.append((name, kind, ""))
    while reader.word in _COLUMN_WORDS:
        column = _column_constraint(ctx, reader, made, column)
    made.columns.append(column)


def _column_constraint(ctx: Context, reader: Reader, made: Definition, column: Column) -> Column:
    named = reader.name() if reader.accept("CONSTRAINT") else ""
    if reader.accept("NOT", "NULL"):
        reader.accept("NO", "INHERIT")
        return replace(column, not_null=True, not_null_name=named)
    if reader.accept("NULL"):
        return column
    if reader.accept("DEFAULT"):
        text = reader.upto(*_COLUMN_WORDS)
        return replace(column, default=default_text(ctx, text, column))
    if reader.accept("COLLATE"):
        return replace(column, collation=reader.qualified()[1])
    if reader.one_of("STORAGE", "COMPRESSION"):
        reader.name()
        return column
    if reader.accept("GENERATED"):
        return _generated(ctx, reader, made, column)
    if reader.accept("NOT", "DEFERRABLE") or reader.one_of("DEFERRABLE"):
        return column
    if reader.accept("INITIALLY"):
        reader.name()
        return column
    pending = _constraint_body(reader, [column.name])
    pending.name = named
    made.constraints.append(pending)
    return replace(column, not_null=True) if pending.kind == "p" else column


def default_text(ctx: Context, text: str, column: Column) -> str | None:
    """DEFAULT as pg_get_expr prints it; raises Raised for an expression that cannot be one."""
    node = expression_of(text)
    before = ctx.statement
    scope = Scope(clause="DEFAULT expressions")
    try:
        one = compile_expression(ctx, scope, node)
        if one.type == "unknown" and one.constant and one.at(()) is not None:
            types.parse(column.type, str(one.at(())))
    finally:
        ctx.statement = before
    wanted = types.base(column.type) if one.type == "unknown" else ""
    made = deparsed(ctx, scope, node, wanted)
    return None if made == "NULL" else made


def _generated(_ctx: Context, reader: Reader, made: Definition, column: Column) -> Column:
    identity = "a" if reader.accept("ALWAYS") else "d"
    if identity == "d":
        reader.expect("BY", "DEFAULT")
    reader.expect("AS")
    if reader.accept("IDENTITY"):
        if reader.word == "(":
            reader.parenthesised()
        made.serials.append((column.name, types.base(column.type), identity))
        return replace(column, identity=identity, not_null=True)
    raise lacking("generated columns")


def table_constraint(reader: Reader) -> Pending:
    """[CONSTRAINT name] PRIMARY KEY …, UNIQUE …, CHECK …, FOREIGN KEY …, NOT NULL column."""
    place = reader.place
    name = reader.name() if reader.accept("CONSTRAINT") else ""
    made = Pending("n", columns=[reader.name()]) if reader.accept("NOT", "NULL") else _constraint_body(reader, None)
    made.name, made.place = name, place
    return made


def _constraint_body(reader: Reader, column: list[str] | None) -> Pending:
    if reader.accept("PRIMARY", "KEY"):
        made = Pending("p")
    elif reader.accept("UNIQUE"):
        if reader.accept("NULLS"):
            reader.accept("NOT")
            reader.expect("DISTINCT")
        made = Pending("u")
    elif reader.accept("CHECK"):
        made = Pending("c", expression=reader.parenthesised())
        reader.accept("NO", "INHERIT")
    elif column is None and reader.accept("FOREIGN", "KEY"):
        made = Pending("f", columns=_name_list(reader))
        reader.expect("REFERENCES")
        _references(reader, made)
    elif column is not None and reader.accept("REFERENCES"):
        made = Pending("f", columns=column)
        _references(reader, made)
    else:
        raise reader.wrong()
    if made.kind in "pu":
        if column is None and reader.accept("USING", "INDEX"):
            made.index = reader.name()
        else:
            made.columns = column if column is not None else _name_list(reader)
        if reader.accept("INCLUDE"):
            reader.parenthesised()
        if reader.accept("WITH"):
            reader.parenthesised()
        if reader.accept("USING", "INDEX", "TABLESPACE"):
            reader.name()
    elif made.kind == "c" and column is not None:
        made.columns = column
    if reader.accept("NOT", "VALID"):
        made.valid = False
    if column is None:
        reader.accept("NOT", "DEFERRABLE")
        if reader.accept("DEFERRABLE") and reader.accept("INITIALLY"):
            reader.name()
    return made


def _name_list(reader: Reader) -> list[str]:
    reader.expect("(")
    found = reader.names()
    reader.expect(")")
    return found


def _references(reader: Reader, made: Pending) -> None:
    made.target_place = reader.place
    made.target = reader.qualified()
    if reader.word == "(":
        made.target_columns = _name_list(reader)
    actions = ""
    while True:
        if reader.accept("MATCH"):
            reader.at += 1
        elif reader.accept("ON", "DELETE"):
            actions += f" ON DELETE {_action(reader)}"
        elif reader.accept("ON", "UPDATE"):
            actions += f" ON UPDATE {_action(reader)}"
        else:
            break
    parts = [part for part in actions.split(" ON ") if part and "NO ACTION" not in part]
    made.actions = "".join(f" ON {part}" for part in sorted(parts, reverse=True))


def _action(reader: Reader) -> str:
    for words in (("CASCADE",), ("RESTRICT",), ("NO", "ACTION"), ("SET", "NULL"), ("SET", "DEFAULT")):
        if reader.accept(*words):
            return " ".join(words)
    raise reader.wrong()


def free_name(ctx: Context, schema: str, stem: str, taken: set[str]) -> str:
    """A name that no relation and no constraint of the table has: stem, stem1, stem2 …"""
    number = 0
    while True:
        name = f"{stem}{number or ''}"
        if name not in taken and not ctx.database.relation_exists(schema, name):
            return name
        number += 1


def with_constraint(ctx: Context, table: Table, made: Pending) -> Table:
    """The table with one more constraint, checked against its columns and rows; raises Raised."""
    from host.sql.constraints import checked

    if made.kind == "n":
        columns = tuple(
            replace(column, not_null=True, not_null_name=made.name) if column.name == made.columns[0] else column
            for column in table.columns
        )
        return replace(table, columns=columns)
    if made.kind in "cf" and made.name and table.constraint(made.name) is not None:
        message = f'constraint "{made.name}" for relation "{table.name}" already exists'
        raise fail(message, "42710")
    return checked(ctx, table, made)


def scope_of(table: Table) -> Scope:
    """The columns of a table as names."""
    columns = tuple(SourceColumn(one.name, one.type, raw=True) for one in table.columns)
    return Scope([Source(table.name, columns, lambda _row: iter(()))], clause="CHECK constraints")


def check_text(ctx: Context, table: Table, written: str) -> tuple[str, tuple[str, ...]]:
    """A CHECK expression as it is kept (with its outer parentheses), and the columns it names."""
    from sqlglot import exp

    node = expression_of(written)
    before, scope = ctx.statement, scope_of(table)
    try:
        truth(ctx, scope, node, "CHECK")
        text = deparsed(ctx, scope, node)
    finally:
        ctx.statement = before
    text = text if text.startswith("(") and text.endswith(")") else f"({text})"
    names = dict.fromkeys(column.name.lower() for column in node.find_all(exp.Column))
    return text, tuple(name for name in names if table.column(name) is not None)


def own_sequence(ctx: Context, table: Table, column: str, kind: str, identity: str) -> Sequence:
    """The sequence of a serial or identity column."""
    name = free_name(ctx, table.schema, f"{table.name}_{column}_seq", set())
    top = _TOPS.get(types.base(kind), _TOPS["bigint"])
    return Sequence(
        table.schema,
        name,
        ctx.new_oid(),
        table.owner,
        types.base(kind),
        maximum=top,
        owned_by=(table.schema, table.name, column),
        identity=bool(identity),
    )


def with_serials(ctx: Context, table: Table, made: Definition) -> Table:
    """The table whose serial columns take their values from sequences, which are created here."""
    for name, kind, identity in made.serials:
        sequence = own_sequence(ctx, table, name, kind, identity)
        ctx.write_database(change.with_relation(ctx.database, sequence), 400)
        if not identity:
            visible = sequence.schema in ctx.search_path
            shown = quoted(sequence.name) if visible else qualified(sequence.schema, sequence.name)
            default = f"nextval('{shown}'::regclass)"
            columns = tuple(replace(one, default=default) if one.name == name else one for one in table.columns)
            table = replace(table, columns=columns)
    return table


def with_index(table: Table, index: Index) -> Table:
    """The table with one more index."""
    return replace(table, indexes=(*table.indexes, index))
