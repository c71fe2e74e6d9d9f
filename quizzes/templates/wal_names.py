"""LSNs, file names and distances."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Belief, Drawn, Template, world
from simulator.lsn import MB, format_lsn, segment_name

SIZES = (1, 4, 16, 32, 64, 256)
"""Segment sizes, MB."""


def _server_with(size: int) -> Experiment:
    """A second server, at port 5433, whose segments have a size in MB."""
    made = f"initdb -D ~/second --wal-segsize={size} > /dev/null"
    return Experiment(world(prepare=(made, "pg_ctl -D ~/second -o '-p 5433' -l ~/second.log start > /dev/null")))


def _called(log: int, segment: int, timeline: int = 1) -> str:
    """A name put together from its three parts, rightly or not."""
    return f"{timeline:08X}{log:08X}{segment:08X}"


def _file_of_lsn(draw: Draw, _major: int) -> Drawn:
    size = draw.one(SIZES)
    high, low = draw.between(1, 9), draw.between(1, 250) << 24 | draw.between(0x28, 0xFFFFFF) & ~7
    lsn = high << 32 | low
    quotient = low // (size * MB)
    beliefs = (
        Belief(segment_name(1, lsn // (16 * MB), 16 * MB), "sixteen"),
        Belief(_called(quotient, high), "swapped"),
        Belief(_called(high, quotient + 1), "next"),
        Belief(_called(high, quotient, 0), "no_timeline"),
        Belief(_called(high, low), "whole"),
    )
    shown = format_lsn(lsn)
    line = f"psql -p 5433 -Atc \"SELECT pg_walfile_name('{shown}')\""
    return Drawn(_server_with(size), line, beliefs, {"size": size, "lsn": shown, "high": high, "quotient": quotient})


def _distance(draw: Draw, _major: int) -> Drawn | None:
    """From below a multiple of 4 GB to above it, so that the first half counts."""
    start = draw.between(1, 7) << 32 | draw.between(0xC8, 0xF0) << 24 | draw.between(1, 15) << 20
    end = start + draw.between(60, 200) * 16 * MB + draw.between(1, 15) * MB
    if start >> 32 == end >> 32:
        return None
    one, other, apart = format_lsn(start), format_lsn(end), end - start
    low = (end & 0xFFFFFFFF) - (start & 0xFFFFFFFF)
    beliefs = (
        Belief(str(abs(low) // MB), "second_halves"),
        Belief(str(apart // (16 * MB)), "segments"),
        Belief(str(apart // MB + 4096), "twice"),
        Belief(str(_read_as_decimal(end) - _read_as_decimal(start)), "decimal_digits"),
    )
    line = f"psql -Atc \"SELECT (pg_wal_lsn_diff('{other}', '{one}') / 1048576)::int\""
    return Drawn(Experiment(world()), line, beliefs, {"start": one, "end": other, "difference": apart})


def _read_as_decimal(lsn: int) -> int:
    """MB, when the digits of the second half are taken for decimal ones."""
    digits = "".join(digit for digit in f"{lsn & 0xFFFFFFFF:X}" if digit.isdigit())
    return (lsn >> 32) * 4096 + int(digits or "0") // 1_000_000


TEMPLATES = (
    Template(
        "file-of-lsn",
        kind="one",
        objective="G1.2",
        level="gold",
        difficulty=3,
        manual="backup_functions",
        facts=("lsn-to-file-name", "wal-segment-size"),
        draw=_file_of_lsn,
    ),
    Template(
        "lsn-distance",
        kind="one",
        objective="G1.4",
        level="gold",
        difficulty=3,
        manual="backup_functions",
        facts=("lsn-is-a-byte-position", "lsn-difference"),
        draw=_distance,
        situational=True,
    ),
)
