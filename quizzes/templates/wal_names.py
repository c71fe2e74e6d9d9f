"""LSNs, file names and distances."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Belief, Drawn, Statement, Template, world
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


def _lsn_of_file(draw: Draw, _major: int) -> Drawn:
    """The same place in files that are called alike; the server says which of them the name is."""
    size = draw.one(SIZES)
    high, quotient = draw.between(2, 9), draw.between(2, 0xE0 // max(size // 16, 1) - 1)
    inside = (draw.between(0x10, 0xF0) << 12) + 0x28
    name = _called(high, quotient)
    places = {
        "right": high << 32 | quotient * size * MB + inside,
        "sixteen": high << 32 | (quotient * (64 if size == 16 else 16) * MB + inside) & 0xFFFFFFFF,
        "swapped": quotient << 32 | high * size * MB + inside,
        "file_before": high << 32 | (quotient - 1) * size * MB + inside,
        "file_after": high << 32 | (quotient + 1) * size * MB + inside,
    }
    statements = tuple(
        Statement(lsn, f"psql -p 5433 -Atc \"SELECT pg_walfile_name('{lsn}')\"", name, "right", key)
        for key, lsn in ((key, format_lsn(place)) for key, place in places.items())
    )
    names = {"size": size, "name": name, "high": high, "quotient": quotient, "start": quotient * size * MB}
    return Drawn(_server_with(size), statements=statements, words=names)


def _next_file(draw: Draw, _major: int) -> Drawn:
    """The file after the last of its 4 GB, or after one whose number ends in 9 or F."""
    size = draw.one(SIZES)
    last = 4096 // size - 1
    high = draw.between(1, 0x1F)
    segment = draw.one((last, last, min(0x19, last), min(0x0F, last)))
    following = (high * (last + 1) + segment + 1) * size * MB + 0x28
    beliefs = (
        Belief(_called(high, segment + 1), "no_carry"),
        Belief(_called(high + 1, 0), "carry_too_early"),
        Belief(_called(high + 1, 1), "begins_with_one"),
        Belief(_called(high, (segment & ~0xF) + 0x10), "decimal"),
        Belief(_called(high, segment + 1, 2), "timeline_counts"),
        Belief(_called(high, 0, 2), "timeline_counts"),
    )
    line = f"psql -p 5433 -Atc \"SELECT pg_walfile_name('{format_lsn(following)}')\""
    names = {"name": _called(high, segment), "size": size, "last": f"{last:08X}", "count": last + 1}
    return Drawn(_server_with(size), line, beliefs, names)


def _offset_in_file(draw: Draw, _major: int) -> Drawn:
    """The place of an LSN in its file, in kB."""
    size = draw.one(SIZES)
    low = draw.between(3, 0xE0) << 24 | draw.between(0x101, 0xFFE) << 12
    shown = format_lsn(draw.between(0, 5) << 32 | low)
    query = f"SELECT file_offset / 1024 FROM pg_walfile_name_offset('{shown}')"  # noqa: S608  (of the simulated host)
    line = f'psql -p 5433 -Atc "{query}"'
    rest = low % (size * MB)
    return Drawn(_server_with(size), line, words={"size": size, "lsn": shown, "rest": rest, "low": low})


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
    Template(
        "lsn-of-file",
        kind="one",
        objective="G1.2",
        level="gold",
        difficulty=3,
        manual="backup_functions",
        facts=("file-name-to-lsn", "lsn-to-file-name"),
        draw=_lsn_of_file,
    ),
    Template(
        "next-file",
        kind="one",
        objective="G4.1",
        level="gold",
        difficulty=2,
        manual="wal_internals",
        facts=("segments-count-to-4-gb", "file-names-are-hexadecimal"),
        draw=_next_file,
    ),
    Template(
        "offset-in-file",
        kind="number",
        objective="G1.2",
        level="gold",
        difficulty=3,
        manual="backup_functions",
        facts=("offset-is-the-rest", "lsn-is-a-byte-position"),
        draw=_offset_in_file,
        unit="kB",
    ),
)
