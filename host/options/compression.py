"""Compression specifications: METHOD[:DETAIL], read and judged as PostgreSQL's common code does."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from host.options.numbers import strtol

METHODS = ("none", "gzip", "lz4", "zstd")
DEFAULT_LEVEL = {"none": 0, "gzip": -1, "lz4": 0, "zstd": 3}
LEVELS = {"gzip": (1, 9), "lz4": (1, 12), "zstd": (-131072, 22)}
SPOKEN = {"gzip": "gzip", "lz4": "LZ4", "zstd": "ZSTD"}
_TRUE, _FALSE = ("yes", "on", "1"), ("no", "off", "0")


@dataclass(frozen=True, slots=True)
class Compression:
    """How something is compressed; `fault` says what is wrong with the specification."""

    method: str = "none"
    level: int = 0
    workers: int | None = None
    long_distance: bool | None = None
    fault: str = ""


def split(text: str) -> tuple[str, str | None]:
    """Method and detail of -Z (16 and later): 0 is none, another number is a level of gzip."""
    number, rest = strtol(text)
    if not rest:
        return ("gzip", text) if number else ("none", None)
    method, colon, detail = text.partition(":")
    return method, detail if colon else None


def specification(
    method: str, detail: str | None, built_with: AbstractSet[str], long_option: bool = True
) -> Compression:
    """Read the detail of a known method; `long_option`: zstd's long-distance mode is known (16 and later)."""
    missing = method in SPOKEN and method not in built_with
    spec = Compression(method, DEFAULT_LEVEL[method])
    if missing:
        spec = replace(spec, fault=f"this build does not support compression with {SPOKEN[method]}")
    if detail is None:
        return spec
    number, rest = strtol(detail)
    if number is not None and not rest:
        return replace(spec, level=number)
    for entry in detail.split(","):
        spec = _keyword(spec, entry, long_option)
        if spec.fault:
            break
    return spec


def _keyword(spec: Compression, entry: str, long_option: bool) -> Compression:
    word, equals, value = entry.partition("=")
    given = value if equals else None
    if not word:
        return replace(spec, fault="found empty string where a compression option was expected")
    if word in ("level", "workers"):
        number, fault = _integer(word, given)
        fault = fault or spec.fault
        return (
            replace(spec, level=number, fault=fault) if word == "level" else replace(spec, workers=number, fault=fault)
        )
    if word == "long" and long_option:
        truth = given is None or given.lower() in _TRUE
        wrong = "" if truth or (given or "").lower() in _FALSE else _must_be("long", "a Boolean value")
        return replace(spec, long_distance=truth, fault=wrong or spec.fault)
    return replace(spec, fault=f'unrecognized compression option: "{word}"')


def _must_be(word: str, what: str) -> str:
    return f'value for compression option "{word}" must be {what}'


def _integer(word: str, value: str | None) -> tuple[int, str]:
    if value is None:
        return -1, f'compression option "{word}" requires a value'
    number, rest = strtol(value)
    if number is None or rest:
        return -1, _must_be(word, "an integer")
    return number, ""


def judged(spec: Compression) -> str:
    """What is wrong with a specification, '' when nothing is."""
    if spec.fault:
        return spec.fault
    method = spec.method
    if method == "none" and spec.level != 0:
        return 'compression algorithm "none" does not accept a compression level'
    if method in LEVELS:
        low, high = LEVELS[method]
        if not low <= spec.level <= high and spec.level != DEFAULT_LEVEL[method]:
            return (
                f'compression algorithm "{method}" expects a compression level between {low} and {high} '
                f"(default at {DEFAULT_LEVEL[method]})"
            )
    if spec.workers is not None and method != "zstd":
        return f'compression algorithm "{method}" does not accept a worker count'
    if spec.long_distance is not None and method != "zstd":
        return f'compression algorithm "{method}" does not support long-distance mode'
    return ""
