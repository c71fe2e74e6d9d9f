"""Plain functions of values: text, numbers, times."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from hashlib import md5
from typing import Any

from host.sql.casting import bounded
from host.sql.context_clock import naive
from host.sql.operators import regular
from host.sql.reply import fail


def _substring(text: str, start: int, length: int | None = None) -> str:
    if length is not None and length < 0:
        raise fail("negative substring length not allowed", "22011")
    stop = len(text) + 1 if length is None else start + length
    return text[max(start - 1, 0) : max(stop - 1, 0)]


def _matched(text: str, pattern: str) -> str | None:
    found = regular(pattern, False).search(text)
    return None if found is None else found[1] if found.re.groups else found[0]


def _split_part(text: str, delimiter: str, number: int) -> str:
    if number == 0:
        raise fail("field position must not be zero", "22023")
    parts = text.split(delimiter) if delimiter else [text]
    index = number - 1 if number > 0 else len(parts) + number
    return parts[index] if 0 <= index < len(parts) else ""


def _repeat(text: str, count: int) -> str:
    if len(text) * count > 10_000_000:
        raise fail("requested length too large", "54000")
    return text * count


def _padded(text: str, length: int, fill: str, left: bool) -> str:
    if length > 1_000_000:
        raise fail("requested length too large", "54000")
    if len(text) >= length or not fill:
        return text[: max(length, 0)]
    pad = (fill * length)[: length - len(text)]
    return pad + text if left else text + pad


def _round(value: Decimal, digits: int = 0) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-min(digits, 100)), ROUND_HALF_UP)


def _trunc(value: Decimal, digits: int = 0) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-min(digits, 100)), ROUND_DOWN)


def _regexp_replace(text: str, pattern: str, new: str, flags: str = "") -> str:
    return regular(pattern, "i" in flags).sub(
        new.replace("\\&", "\\g<0>"), text[:10_000], count=0 if "g" in flags else 1
    )


_SIZES = ("bytes", "kB", "MB", "GB", "TB", "PB")


def pretty(size: Any) -> str:
    """pg_size_pretty: the unit in which the number is below 10240."""
    number = int(size)
    sign, left = (-1, -number) if number < 0 else (1, number)
    unit, limit = 0, 10 * 1024
    if left >= limit:
        left >>= 9
        limit = limit * 2 - 1
        unit = 1
        while left >= limit and unit < len(_SIZES) - 1:
            left >>= 10
            unit += 1
        left = (left + 1) // 2
    return f"{sign * left} {_SIZES[unit]}"


def size_bytes(text: str) -> int:
    """pg_size_bytes."""
    match = re.fullmatch(r"\s*([-+]?\d+(?:\.\d+)?)\s*(bytes|B|kB|MB|GB|TB|PB)?\s*", text, re.IGNORECASE)
    if match is None:
        raise fail(f'invalid size: "{text}"', "22023")
    units = {"": 0, "b": 0, "bytes": 0, "kb": 1, "mb": 2, "gb": 3, "tb": 4, "pb": 5}
    return int(Decimal(match[1]) * 1024 ** units[(match[2] or "").lower()])


def formatted(*arguments: str | None) -> str | None:
    """format('%s %I %L', …)."""
    if not arguments or arguments[0] is None:
        return None
    rest = list(arguments[1:])
    out, template = [], arguments[0]
    for piece in re.split(r"(%[sIL%])", template):
        if piece == "%%":
            out.append("%")
        elif piece in ("%s", "%I", "%L"):
            if not rest:
                raise fail("too few arguments for format()", "22023")
            value = rest.pop(0)
            out.append({"%s": value or "", "%I": quote_ident(value or ""), "%L": quote_literal(value)}[piece])
        else:
            out.append(piece)
    return "".join(out)


def quote_ident(text: str) -> str:
    """quote_ident."""
    from host.catalog.names import quoted

    return quoted(text)


def quote_literal(text: str | None) -> str:
    """quote_nullable."""
    from host.catalog.names import literal

    return "NULL" if text is None else literal(text)


_FIELDS: Mapping[str, Callable[[datetime], Any]] = {
    "year": lambda at: at.year,
    "month": lambda at: at.month,
    "day": lambda at: at.day,
    "hour": lambda at: at.hour,
    "minute": lambda at: at.minute,
    "second": lambda at: Decimal(at.second) + Decimal(at.microsecond) / 1_000_000,
    "epoch": lambda at: Decimal(int((at - naive(1970, 1, 1)).total_seconds() * 1_000_000)) / 1_000_000,
    "dow": lambda at: at.isoweekday() % 7,
    "doy": lambda at: at.timetuple().tm_yday,
    "week": lambda at: at.isocalendar().week,
    "quarter": lambda at: (at.month + 2) // 3,
}


def extract(field: str, value: Any) -> Decimal:
    """EXTRACT(field FROM value)."""
    if isinstance(value, timedelta):
        seconds = Decimal(value.days * 86400 + value.seconds) + Decimal(value.microseconds) / 1_000_000
        parts = {
            "epoch": seconds,
            "day": Decimal(value.days),
            "hour": Decimal(value.seconds // 3600),
            "minute": Decimal(value.seconds // 60 % 60),
            "second": Decimal(value.seconds % 60),
        }
        if field in parts:
            return parts[field]
    elif field in _FIELDS:
        at = value if isinstance(value, datetime) else naive(value.year, value.month, value.day)
        found = Decimal(_FIELDS[field](at))
        return (
            found.quantize(Decimal("1e-6")) if field in ("second", "epoch") and isinstance(value, datetime) else found
        )
    raise fail(f'unit "{field}" not recognized for type timestamp with time zone', "22023")


_TRUNC = ("year", "month", "day", "hour", "minute", "second")


def _date_trunc(field: str, at: datetime) -> datetime:
    if field == "week":
        return naive(at.year, at.month, at.day) - timedelta(days=at.weekday())
    if field not in _TRUNC:
        raise fail(f'unit "{field}" not recognized for type timestamp with time zone', "22023")
    keep = _TRUNC.index(field) + 1
    parts = [at.year, at.month, at.day, at.hour, at.minute, at.second]
    defaults = [1, 1, 1, 0, 0, 0]
    return naive(*(parts[:keep] + defaults[keep:]))


_TEMPLATES = {
    "YYYY": "%Y",
    "YY": "%y",
    "MM": "%m",
    "DD": "%d",
    "HH24": "%H",
    "HH12": "%I",
    "HH": "%I",
    "MI": "%M",
    "SS": "%S",
    "AM": "%p",
    "PM": "%p",
    "DDD": "%j",
    "Mon": "%b",
    "Month": "%B",
    "Day": "%A",
    "Dy": "%a",
    "IW": "%V",
    "TZ": "UTC",
    "OF": "+00",
}
_TEMPLATE = re.compile("|".join(sorted(_TEMPLATES, key=len, reverse=True)) + r'|MS|US|"[^"]*"', re.IGNORECASE)


def to_char_time(at: datetime, template: str) -> str:
    """to_char(timestamp, template)."""

    def one(match: re.Match[str]) -> str:
        word = match[0]
        if word.startswith('"'):
            return word[1:-1]
        if word.upper() in ("MS", "US"):
            return f"{at.microsecond:06d}"[: 3 if word.upper() == "MS" else 6]
        key = next(key for key in (word, word.upper(), word.title()) if key in _TEMPLATES)
        return at.strftime(_TEMPLATES[key])

    return _TEMPLATE.sub(one, template)


def to_char_number(value: Any, template: str) -> str:
    """to_char(number, template) for the common templates of 9, 0, comma and point."""
    bare = template.upper().removeprefix("FM")
    whole, point, fraction = bare.partition(".")
    digits = whole.count("9") + whole.count("0")
    text = f"{abs(Decimal(value)):,.{len(fraction)}f}" if "," in whole else f"{abs(Decimal(value)):.{len(fraction)}f}"
    left, _, right = text.partition(".")
    width = digits + whole.count(",")
    zeros = whole.find("0")
    if zeros >= 0:
        left = left.rjust(width - zeros, "0")
    left = left.rjust(width) if len(left) <= width else "#" * width
    sign = "-" if Decimal(value) < 0 else " "
    made = left.lstrip() if template.upper().startswith("FM") else left
    if template.upper().startswith("FM"):
        return f"{sign.strip()}{made}{point}{right}"
    return f"{' ' * (len(made) - len(made.lstrip()))}{sign}{made.lstrip()}{point}{right}"


PLAIN: Mapping[str, Callable[..., Any]] = {
    "upper(text) -> text": str.upper,
    "lower(text) -> text": str.lower,
    "initcap(text) -> text": str.title,
    "length(text) -> integer": len,
    "char_length(text) -> integer": len,
    "character_length(text) -> integer": len,
    "length(bytea) -> integer": len,
    "octet_length(text) -> integer": lambda text: len(text.encode()),
    "octet_length(bytea) -> integer": len,
    "substring(text, integer) -> text": _substring,
    "substring(text, integer, integer) -> text": _substring,
    "substring(text, text) -> text": _matched,
    "substr(text, integer) -> text": _substring,
    "substr(text, integer, integer) -> text": _substring,
    "position(text, text) -> integer": lambda part, text: text.find(part) + 1,
    "strpos(text, text) -> integer": lambda text, part: text.find(part) + 1,
    "left(text, integer) -> text": lambda text, count: text[:count],
    "right(text, integer) -> text": lambda text, count: text[-count:] if count > 0 else text[-count:] if count else "",
    "replace(text, text, text) -> text": lambda text, old, new: text.replace(old, new) if old else text,
    "repeat(text, integer) -> text": _repeat,
    "reverse(text) -> text": lambda text: text[::-1],
    "lpad(text, integer) -> text": lambda text, length: _padded(text, length, " ", True),
    "lpad(text, integer, text) -> text": lambda text, length, fill: _padded(text, length, fill, True),
    "rpad(text, integer) -> text": lambda text, length: _padded(text, length, " ", False),
    "rpad(text, integer, text) -> text": lambda text, length, fill: _padded(text, length, fill, False),
    "btrim(text) -> text": lambda text: text.strip(" "),
    "btrim(text, text) -> text": lambda text, letters: text.strip(letters),
    "ltrim(text) -> text": lambda text: text.lstrip(" "),
    "ltrim(text, text) -> text": lambda text, letters: text.lstrip(letters),
    "rtrim(text) -> text": lambda text: text.rstrip(" "),
    "rtrim(text, text) -> text": lambda text, letters: text.rstrip(letters),
    "split_part(text, text, integer) -> text": _split_part,
    "starts_with(text, text) -> boolean": str.startswith,
    "md5(text) -> text": lambda text: md5(text.encode(), usedforsecurity=False).hexdigest(),
    "ascii(text) -> integer": lambda text: ord(text[0]) if text else 0,
    "chr(integer) -> text": lambda code: chr(code) if 0 < code < 0x110000 else "",
    "to_hex(bigint) -> text": lambda number: f"{number & (2**64 - 1):x}",
    "regexp_replace(text, text, text) -> text": _regexp_replace,
    "regexp_replace(text, text, text, text) -> text": _regexp_replace,
    "quote_ident(text) -> text": quote_ident,
    "quote_literal(text) -> text": quote_literal,
    "abs(integer) -> integer": abs,
    "abs(bigint) -> bigint": abs,
    "abs(numeric) -> numeric": abs,
    "abs(double precision) -> double precision": abs,
    "round(numeric) -> numeric": _round,
    "round(numeric, integer) -> numeric": _round,
    "round(double precision) -> double precision": lambda value: float(round(value)),
    "trunc(numeric) -> numeric": _trunc,
    "trunc(numeric, integer) -> numeric": _trunc,
    "ceil(numeric) -> numeric": lambda value: value.to_integral_value(ROUND_CEILING),
    "ceiling(numeric) -> numeric": lambda value: value.to_integral_value(ROUND_CEILING),
    "floor(numeric) -> numeric": lambda value: value.to_integral_value(ROUND_FLOOR),
    "mod(bigint, bigint) -> bigint": lambda a, b: int(math.fmod(a, b)) if b else _zero(),
    "power(double precision, double precision) -> double precision": lambda a, b: float(a**b),
    "power(numeric, numeric) -> numeric": lambda a, b: a**b,
    "sqrt(double precision) -> double precision": lambda value: math.sqrt(value) if value >= 0 else _negative_root(),
    "pg_size_pretty(bigint) -> text": pretty,
    "pg_size_pretty(numeric) -> text": pretty,
    "pg_size_bytes(text) -> bigint": size_bytes,
    "extract(text, timestamp with time zone) -> numeric": extract,
    "extract(text, timestamp without time zone) -> numeric": extract,
    "extract(text, date) -> numeric": extract,
    "extract(text, interval) -> numeric": extract,
    "date_part(text, timestamp with time zone) -> double precision": lambda field, at: float(extract(field, at)),
    "date_part(text, interval) -> double precision": lambda field, at: float(extract(field, at)),
    "date_trunc(text, timestamp with time zone) -> timestamp with time zone": _date_trunc,
    "date_trunc(text, timestamp without time zone) -> timestamp without time zone": _date_trunc,
    "to_char(timestamp with time zone, text) -> text": to_char_time,
    "to_char(timestamp without time zone, text) -> text": to_char_time,
    "to_char(numeric, text) -> text": to_char_number,
    "age(timestamp with time zone, timestamp with time zone) -> interval": lambda a, b: a - b,
    "to_timestamp(double precision) -> timestamp with time zone": lambda seconds: (
        naive(1970, 1, 1) + timedelta(seconds=max(-6e10, min(seconds, 2.5e11)))
    ),
    "array_length(anyarray, integer) -> integer": lambda items, _dimension: len(items) or None,
    "cardinality(anyarray) -> integer": len,
    "array_to_string(anyarray, text) -> text": lambda items, between: between.join(
        str(one) for one in items if one is not None
    ),
    "string_to_array(text, text) -> text[]": lambda text, between: tuple(text.split(between)) if between else (text,),
    "decode(text, text) -> bytea": lambda text, _format: (
        bytes.fromhex(text) if re.fullmatch(r"([0-9a-fA-F]{2})*", text) else b""
    ),
    "encode(bytea, text) -> text": lambda data, _format: data.hex(),
    "convert_from(bytea, text) -> text": lambda data, _name: data.decode("utf-8", "replace"),
    "convert_to(text, text) -> bytea": lambda text, _name: text.encode(),
    "unnest(anyarray) -> setof anyelement": iter,
    "regexp_match(text, text) -> text[]": lambda text, pattern: (
        (found.groups() or (found[0],)) if (found := regular(pattern, False).search(text)) else None
    ),
    "overlay(text, text, integer) -> text": lambda text, new, start: bounded(
        text[: max(start - 1, 0)] + new + text[max(start - 1, 0) + len(new) :]
    ),
}


def _zero() -> int:
    raise fail("division by zero", "22012")


def _negative_root() -> float:
    raise fail("cannot take square root of a negative number", "2201F")
