"""Types: their names, and values between text and Python."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache, partial
from typing import Any

from host.sql.inputs import _TIMES, _bytea, _date, _interval, _moment, _time, invalid
from host.sql.reply import fail
from simulator.lsn import format_lsn, parse_lsn

_ALIASES = {
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "bool": "boolean",
    "varchar": "character varying",
    "char": "character",
    "bpchar": "character",
    "decimal": "numeric",
    "float8": "double precision",
    "float": "double precision",
    "float4": "real",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "time": "time without time zone",
}
TEXTS = frozenset(
    {"text", "character varying", "character", "name", "unknown", "json", "jsonb", "uuid", "inet", "xml", "cstring"}
)
INTEGERS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_OIDS = frozenset({"oid", "xid", "xid8", "cid"})
REGS = frozenset({"regclass", "regrole", "regnamespace", "regproc", "regprocedure", "regtype"})
RIGHT = frozenset({*NUMBERS, "oid", "xid", "xid8", "cid", "money"})
"""Types that psql aligns to the right."""
KNOWN = (
    TEXTS | set(NUMBERS) | _OIDS | REGS | _TIMES | {"boolean", "bytea", "pg_lsn", "record", "void", "tsvector", "money"}
)
_SHORT = {
    "character varying": "varchar",
    "boolean": "bool",
    "integer": "int4",
    "bigint": "int8",
    "smallint": "int2",
    "double precision": "float8",
    "real": "float4",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "character": "bpchar",
    "time without time zone": "time",
}


@dataclass(frozen=True, slots=True)
class Composite:
    """A row value."""

    fields: tuple[tuple[str, str], ...]
    """Names and types."""
    values: tuple[Any, ...]


def version_number(major: int, release: str) -> str:
    """server_version_num: 160014 for 16.14, whatever a packager added to the release."""
    digits = re.match(r"\d+(?:\.(\d+))?", release)
    return f"{major}{int((digits[1] if digits else None) or 0):04d}"


@lru_cache(maxsize=1024)
def canonical(text: str) -> str | None:
    """A type as format_type prints it, None for one that nobody knows."""
    words = re.sub(r"\s+", " ", text.strip().lower()).removeprefix("pg_catalog.")
    match = re.fullmatch(
        r'("?[a-z_][\w. ]*?"?)\s*(\([\d, ]*\))?( with time zone| without time zone)?\s*((?:\[\d*\])*)', words
    )
    if match is None:
        return None
    name = match[1].strip('"') + (match[3] or "")
    name = {"timestamp": "timestamp without time zone"}.get(name, _ALIASES.get(name, name))
    size = (match[2] or "").replace(" ", "")
    if name == "character" and not size:
        size = "(1)"
    if name not in KNOWN:
        return None
    if name.startswith("timestamp") and size:
        name, size = name.replace("timestamp", f"timestamp{size}", 1), ""
    return name + size + ("[]" if match[4] else "")


def base(name: str) -> str:
    """The type without its size: `numeric(10,2)` → numeric."""
    return re.sub(r"\([\d,]*\)", "", name) if "(" in name else name


def short(name: str) -> str:
    """The internal name, which a cast gives to its column."""
    bare = base(name)
    return _SHORT.get(bare, bare)


def _integer(kind: str, text: str) -> int:
    bare = text.strip()
    if not re.fullmatch(r"[+-]?\d+", bare):
        raise invalid(kind, text)
    return in_range(kind, int(bare), text)


def in_range(kind: str, number: int, text: str = "") -> int:
    """The number, if its type can hold it."""
    top = INTEGERS[kind]
    if -top <= number < top:
        return number
    if text:
        raise fail(f'value "{text}" is out of range for type {kind}', "22003")
    raise fail(f"{kind} out of range", "22003")


def _numeric(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise invalid("numeric", text) from None


def _float(kind: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise invalid(kind, text) from None


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    for value, words in ((True, ("true", "yes", "on", "1")), (False, ("false", "no", "off", "0"))):
        if word and any(full.startswith(word) for full in words) and word != "o":
            return value
    raise invalid("boolean", text)


def _lsn(text: str) -> int:
    try:
        return parse_lsn(text)
    except ValueError as error:
        raise fail(str(error), "22P02") from None


def _array(kind: str, text: str) -> tuple[Any, ...]:
    bare = text.strip()
    if not (bare.startswith("{") and bare.endswith("}")):
        raise fail(
            f'malformed array literal: "{text}"',
            "22P02",
            detail='Array value must start with "{" or dimension information.',
        )
    inner = bare[1:-1]
    items = [one.strip().strip('"') for one in inner.split(",")] if inner else []
    return tuple(None if one == "NULL" else parse(kind[:-2], one) for one in items)


def _oid(kind: str, text: str) -> int:
    if not re.fullmatch(r"\s*\d+\s*", text):
        raise invalid(kind, text)
    return int(text)


_PARSERS: dict[str, Callable[[str], Any]] = {
    "numeric": _numeric,
    "boolean": _boolean,
    "pg_lsn": _lsn,
    "date": _date,
    "interval": _interval,
    "bytea": _bytea,
    "time without time zone": _time,
    **{kind: partial(_integer, kind) for kind in INTEGERS},
    **{kind: partial(_float, kind) for kind in ("real", "double precision")},
    **{kind: partial(_oid, kind) for kind in _OIDS},
    **{f"timestamp {zone} time zone": partial(_moment, f"timestamp {zone} time zone") for zone in ("with", "without")},
}


@lru_cache(maxsize=256)
def parser_of(kind: str) -> Callable[[str], Any]:
    """The input function of a type."""
    if kind.endswith("[]"):
        return lambda text: _array(kind, text)
    plain = base(kind)
    read = _PARSERS.get(plain)
    if read is None:
        return lambda text: text
    return read


def parse(kind: str, text: str) -> Any:
    """Text as a value of a type; raises Raised."""
    return parser_of(kind)(text)


def output(kind: str, value: Any) -> str | None:
    """A value as its type's output function prints it."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    if kind == "pg_lsn":
        return format_lsn(value)
    shape = next((show for kinds, show in _SHAPES if isinstance(value, kinds)), None)
    return shape(kind, value) if shape is not None else str(value)


def _element(text: str) -> str:
    return (
        '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if text == "" or re.search(r'[\s{},"\\]', text)
        else text
    )


def _record_text(value: Composite) -> str:
    cells = []
    for (_, kind), one in zip(value.fields, value.values, strict=True):
        text = output(kind, one)
        if text is None:
            cells.append("")
        elif text == "" or re.search(r'[\s(),"\\]', text):
            cells.append('"' + text.replace("\\", "\\\\").replace('"', '""') + '"')
        else:
            cells.append(text)
    return "(" + ",".join(cells) + ")"


def _float_text(value: float, kind: str) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = f"{value:.6g}" if kind == "real" else repr(value)
    text = text.removesuffix(".0")
    return re.sub(r"e([+-])(\d)$", r"e\g<1>0\2", text)


def moment_text(value: datetime) -> str:
    """A timestamp without its zone."""
    fraction = f".{value.microsecond:06d}".rstrip("0") if value.microsecond else ""
    return f"{value.isoformat(sep=' ', timespec='seconds')}{fraction}"


def _interval_text(value: timedelta) -> str:
    micros = (value.days * 86400 + value.seconds) * 1_000_000 + value.microseconds
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, fraction = divmod(micros, 1_000_000)
    days, seconds = divmod(seconds, 86400)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    clock += f".{fraction:06d}".rstrip("0") if fraction else ""
    shown = f"{sign}{days} day{'s' if days != 1 or sign else ''}" if days else ""
    if days and not seconds and not fraction:
        return shown
    return f"{shown} {sign}{clock}".strip()


def sized(kind: str, value: Any, column: bool = True) -> Any:
    """The value as a column of this size keeps it; raises Raised for text that is too long."""
    if "(" not in kind or value is None or kind.endswith("[]"):
        return value
    numbers = [int(one) for one in re.findall(r"\d+", kind)]
    plain = base(kind)
    if plain == "numeric":
        scale = numbers[1] if len(numbers) > 1 else 0
        return _rounded(Decimal(value), numbers[0], scale)
    if plain in ("character varying", "character") and isinstance(value, str):
        if len(value) > numbers[0] and column and value[numbers[0] :].strip(" "):
            raise fail(f"value too long for type {kind}", "22001")
        cut = value[: numbers[0]]
        return cut.ljust(numbers[0]) if plain == "character" else cut
    return value


def _rounded(value: Decimal, precision: int, scale: int) -> Decimal:
    try:
        rounded = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    except InvalidOperation:
        rounded = value
    if abs(rounded) >= Decimal(10) ** (precision - scale):
        detail = (
            f"A field with precision {precision}, scale {scale} must round to an absolute value less than "
            f"{'10^' + str(precision - scale) if precision > scale else '1'}."
        )
        raise fail("numeric field overflow", "22003", detail=detail)
    return rounded


def _array_text(kind: str, value: Any) -> str:
    cells = ("NULL" if one is None else _element(output(kind[:-2], one) or "") for one in value)
    return "{" + ",".join(cells) + "}"


def _zoned(kind: str, value: datetime) -> str:
    return moment_text(value) + ("+00" if "with time zone" in kind else "")


_SHAPES: tuple[tuple[tuple[type, ...], Callable[[str, Any], str]], ...] = (
    ((int,), lambda _kind, value: str(value)),
    ((Decimal,), lambda _kind, value: format(value, "f")),
    ((float,), lambda kind, value: _float_text(value, kind)),
    ((datetime,), _zoned),
    ((date, time), lambda _kind, value: str(value.isoformat())),
    ((timedelta,), lambda _kind, value: _interval_text(value)),
    ((bytes,), lambda _kind, value: f"\\x{value.hex()}"),
    ((Composite,), lambda _kind, value: _record_text(value)),
    ((tuple, list), _array_text),
)
"""How each shape of value is printed."""
