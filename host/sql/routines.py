"""CREATE FUNCTION and CREATE PROCEDURE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.catalog import Function
from host.sql.reader import Reader
from host.sql.reply import fail, lacking
from host.sql.tables import known_type

if TYPE_CHECKING:
    from host.sql.context import Context

_ATTRIBUTES = ("IMMUTABLE", "STABLE", "VOLATILE", "STRICT", "LEAKPROOF", "WINDOW")


def argument_types(ctx: Context, reader: Reader) -> tuple[str, str]:
    """( name type, … ): as pg_get_function_arguments prints it, and the input types alone."""
    reader.expect("(")
    shown, kinds = [], []
    while not reader.accept(")"):
        mode = reader.one_of("IN", "OUT", "INOUT", "VARIADIC")
        first = reader.at
        text = reader.upto("DEFAULT", "=")
        name, kind = _argument(ctx, reader, first, text)
        default = ""
        if reader.accept("DEFAULT") or reader.accept("="):
            default = f" DEFAULT {reader.upto()}"
        prefix = f"{mode} " if mode in ("OUT", "INOUT", "VARIADIC") else ""
        shown.append(f"{prefix}{name} {kind}".strip() + default)
        if mode != "OUT":
            kinds.append(kind)
        reader.accept(",")
        if reader.token is None:
            raise reader.wrong()
    return ", ".join(shown), ", ".join(kinds)


def _argument(ctx: Context, reader: Reader, first: int, text: str) -> tuple[str, str]:
    """A name and a type, or a type alone."""
    from host.sql import types

    if types.canonical(text) is not None:
        return "", types.base(types.canonical(text) or "")
    token = reader.tokens[first]
    name = str(token.text)
    rest = text[token.end + 1 - token.start :].strip()
    place = token.start + 1
    if not rest:
        return "", known_type(ctx, text, place)
    return name.lower(), types.base(known_type(ctx, rest, place))


def read_function(ctx: Context, reader: Reader, procedure: bool) -> Function:
    """Everything behind CREATE FUNCTION; the OID is given later."""
    place = reader.place
    schema, name = reader.qualified()
    shown, kinds = argument_types(ctx, reader)
    returns, language, body, attributes = "", "sql", "", []
    if reader.accept("RETURNS"):
        returns = _returns(ctx, reader)
    while reader.token is not None:
        if reader.accept("LANGUAGE"):
            language = reader.value()
        elif reader.accept("AS"):
            body = reader.string()
            if reader.accept(","):
                body = reader.string()
        elif (word := reader.one_of(*_ATTRIBUTES)) != "":
            attributes.append(word) if word != "VOLATILE" else None
        elif reader.accept("SECURITY", "DEFINER"):
            attributes.append("SECURITY DEFINER")
        elif reader.accept("SECURITY", "INVOKER") or reader.accept("CALLED", "ON", "NULL", "INPUT"):
            continue
        elif reader.accept("RETURNS", "NULL", "ON", "NULL", "INPUT"):
            attributes.append("STRICT")
        elif reader.one_of("COST", "ROWS"):
            reader.number()
        elif reader.accept("PARALLEL"):
            attributes.append(f"PARALLEL {reader.name().upper()}")
        elif reader.accept("SET"):
            attributes.append(f"SET {reader.upto('AS', 'LANGUAGE')}")
        elif reader.word in ("BEGIN", "RETURN"):
            raise lacking("function bodies that are no string")
        else:
            raise reader.wrong()
    where = ctx.creation_schema(schema, place)
    _check_language(ctx, language)
    return Function(
        where, name, 0, ctx.user, shown, kinds, returns or "void", language, body, tuple(attributes), procedure
    )


def _returns(ctx: Context, reader: Reader) -> str:
    from host.sql import types

    if reader.accept("TABLE"):
        return f"TABLE({reader.parenthesised()})"
    many = "SETOF " if reader.accept("SETOF") else ""
    place = reader.place
    text = reader.upto(
        "LANGUAGE",
        "AS",
        *_ATTRIBUTES,
        "SECURITY",
        "COST",
        "ROWS",
        "PARALLEL",
        "SET",
        "CALLED",
        "RETURNS",
        "BEGIN",
        "RETURN",
    )
    if text.lower() in ("trigger", "void", "event_trigger", "record"):
        return many + text.lower()
    return many + types.base(known_type(ctx, text, place))


def _check_language(ctx: Context, language: str) -> None:
    if language not in ("sql", "internal", "c") and language not in ctx.database.extensions:
        hint = (
            "Use CREATE EXTENSION to load the language into the database."
            if language in ("plperl", "plpython3u", "pltcl")
            else ""
        )
        raise fail(f'language "{language}" does not exist', "42704", hint=hint)
