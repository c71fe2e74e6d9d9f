"""Functions by name and argument types: `pg_backup_start(label text, fast boolean = false) -> pg_lsn [15+]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from host.sql import types
from simulator.versions import KNOWN, spans

Body = Callable[..., Any]
_SPEC = re.compile(
    r"(?P<name>\w+)\((?P<args>.*?)\)(?: -> (?P<many>setof )?(?P<returns>.+?))?(?: \[(?P<majors>[^\]]+)\])?$"
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `optional`: it has a default, which the body knows."""

    name: str
    type: str
    optional: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """One function; `columns` of one that returns a record or rows."""

    name: str
    arguments: tuple[Argument, ...]
    returns: str
    body: Body
    majors: frozenset[int]
    many: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    strict: bool = True
    variadic: bool = False
    acts: bool = False
    """Its body takes the Context first."""


def read(spec: str, body: Body, *, acts: bool = False, strict: bool = True) -> Signature:
    """A signature from its text; `table (a text, b integer)` as the result names columns, `setof` says 'many rows'."""
    match = _SPEC.match(spec)
    assert match is not None, spec
    arguments = []
    variadic = match["args"].startswith("variadic ")
    for text in filter(None, (one.strip() for one in match["args"].removeprefix("variadic ").split(","))):
        declared, _, default = text.partition(" = ")
        name, kind = _named(declared.strip())
        arguments.append(Argument(name, kind, bool(default), default))
    returns = match["returns"] or "void"
    columns: tuple[tuple[str, str], ...] = ()
    if returns.startswith("("):
        columns = tuple(_pair(one) for one in returns[1:-1].split(","))
        returns = "record"
    majors = spans(match["majors"]) if match["majors"] else frozenset(KNOWN)
    many = bool(match["many"])
    return Signature(match["name"], tuple(arguments), returns, body, majors, many, columns, strict, variadic, acts)


def _pair(text: str) -> tuple[str, str]:
    name, _, kind = text.strip().partition(" ")
    return name, kind


def _named(declared: str) -> tuple[str, str]:
    """A declaration with a type of several words: `x timestamp with time zone`, or the type alone."""
    if types.canonical(declared) or declared.startswith("any"):
        return "", declared
    name, _, kind = declared.partition(" ")
    return name, kind


def table(specs: Mapping[str, Body], *, acts: bool = False, strict: bool = True) -> list[Signature]:
    """Several signatures."""
    return [read(spec, body, acts=acts, strict=strict) for spec, body in specs.items()]


_WIDER = {
    "smallint": ("integer", "bigint", "numeric", "real", "double precision", "oid"),
    "integer": ("bigint", "numeric", "real", "double precision", "oid", "regclass"),
    "bigint": ("numeric", "real", "double precision", "oid", "regclass"),
    "numeric": ("real", "double precision"),
    "real": ("double precision",),
    "character varying": ("text", "name"),
    "character": ("text", "character varying", "name"),
    "name": ("text",),
    "text": ("regclass", "character varying", "name"),
    "regclass": ("oid", "bigint"),
    "oid": ("bigint", "regclass"),
    "date": ("timestamp with time zone", "timestamp without time zone"),
    "timestamp without time zone": ("timestamp with time zone",),
}


def distance(given: str, wanted: str) -> int | None:
    """How far an implicit cast goes; None: there is none."""
    given, wanted = types.base(given), types.base(wanted)
    if given == wanted:
        return 0
    if wanted == "any":
        return 50
    if wanted == "anyarray":
        return 1 if given.endswith("[]") else None
    if given == "unknown":
        return 2 if wanted == "text" else 3
    steps = _WIDER.get(given, ())
    return steps.index(wanted) + 1 if wanted in steps else None


def fit(signature: Signature, positional: list[str], named: Mapping[str, str]) -> int | None:
    """How far the arguments are from a signature's; None when they do not fit."""
    arguments = signature.arguments
    if len(positional) > len(arguments) and not signature.variadic:
        return None
    total = 0
    for index, given in enumerate(positional):
        step = distance(given, arguments[min(index, len(arguments) - 1)].type)
        if step is None:
            return None
        total += step
    for argument in arguments[len(positional) :]:
        if argument.name and argument.name in named:
            step = distance(named[argument.name], argument.type)
            if step is None:
                return None
            total += step
        elif not argument.optional and not signature.variadic:
            return None
    names = {argument.name for argument in arguments[len(positional) :]}
    return None if set(named) - names else total
