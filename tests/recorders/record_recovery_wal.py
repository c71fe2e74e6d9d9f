"""Read what a server wrote into its WAL files: the same page layout in 12 … 18, so no pg_waldump is needed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.lsn import LONG_PAGE_HEADER, SHORT_PAGE_HEADER, XLOG_BLCKSZ, format_lsn, segment_name

Json = dict[str, Any]
RECORD_HEADER = 24
MAXALIGN = 8
RM_XLOG, RM_XACT = 0, 1
STATES = (
    "starting up",
    "shut down",
    "shut down in recovery",
    "shutting down",
    "in crash recovery",
    "in archive recovery",
    "in production",
)
OPERATIONS = {
    0x00: "checkpoint_shutdown",
    0x10: "checkpoint_online",
    0x40: "switch",
    0x50: "backup_end",
    0x70: "restore_point",
    0x90: "end_of_recovery",
    0xE0: "checkpoint_redo",
}
TRANSACTIONS = {0x00: "commit", 0x20: "abort"}


@dataclass(frozen=True)
class Found:
    """One record as it lies in the files."""

    start: int
    end: int
    previous: int
    row: Json


def aligned(at: int) -> int:
    """The next place where a record may begin, page headers apart."""
    return at + -at % MAXALIGN


class WalReader:
    """The WAL files of one timeline in one folder."""

    def __init__(self, folder: Path, timeline: int, size: int, aside: Path | None = None) -> None:
        self.folder, self.timeline, self.size, self.aside = folder, timeline, size, aside
        self.texts: dict[int, bytes] = {}

    def _page_header(self, at: int) -> int:
        if at % XLOG_BLCKSZ:
            return 0
        return LONG_PAGE_HEADER if at % self.size == 0 else SHORT_PAGE_HEADER

    def _page_is_its_own(self, at: int) -> bool:
        """A recycled file still has the pages of another segment."""
        page = self._bytes(at - at % XLOG_BLCKSZ, SHORT_PAGE_HEADER)
        return len(page) == SHORT_PAGE_HEADER and struct.unpack_from("<Q", page, 8)[0] == at - at % XLOG_BLCKSZ

    def _bytes(self, at: int, count: int) -> bytes:
        segment = at // self.size
        if segment not in self.texts:
            self.texts[segment] = self._segment(segment)
        offset = at % self.size
        return self.texts[segment][offset : offset + count]

    def _segment(self, segment: int) -> bytes:
        """Its file; where a checkpoint was quicker than we are, the one that was put aside before."""
        name = segment_name(self.timeline, segment, self.size)
        for path in (self.folder / name, *([self.aside / name] if self.aside else [])):
            head = path.open("rb").read(SHORT_PAGE_HEADER) if path.is_file() else b""
            if len(head) == SHORT_PAGE_HEADER and struct.unpack_from("<Q", head, 8)[0] == segment * self.size:
                return path.read_bytes()
        return b""

    def _gathered(self, at: int, length: int) -> tuple[bytes, int]:
        parts, left = [], length
        while left:
            at += self._page_header(at)
            piece = min(left, XLOG_BLCKSZ - at % XLOG_BLCKSZ)
            parts.append(self._bytes(at, piece))
            at, left = at + piece, left - piece
        return b"".join(parts), aligned(at)

    def record_at(self, at: int) -> Found | None:
        """The record that begins at or right behind `at`, None at the end of the WAL."""
        start = at + self._page_header(at)
        head = self._bytes(start, 4)
        if len(head) < 4 or not self._page_is_its_own(start):
            return None
        length = struct.unpack("<I", head)[0]
        if length < RECORD_HEADER:
            return None
        text, end = self._gathered(start, length)
        if len(text) < length:
            return None
        _, xid, previous, info, manager = struct.unpack_from("<IIQBB", text)
        return Found(start, end, previous, described(start, end, xid, info & 0xF0, manager, text))

    def records(self, at: int, until: int | None = None, before: int | None = None) -> Iterator[Found]:
        """Every record from `at` on that ends before `until`; chained by xl_prev where the end is not known."""
        while until is None or at < until:
            found = self.record_at(at)
            if found is None or (until is not None and found.end > until):
                return
            if before is not None and found.previous != before:
                return
            yield found
            before, at = found.start, found.end
            if found.row["r"] == "switch":
                at += -at % self.size


def main_data(text: bytes) -> bytes:
    """What a record without block references carries."""
    at = RECORD_HEADER
    while at < len(text):
        tag = text[at]
        if tag == 255:
            return text[at + 2 : at + 2 + text[at + 1]]
        if tag == 254:
            length = struct.unpack_from("<I", text, at + 1)[0]
            return text[at + 5 : at + 5 + length]
        if tag == 253:
            at += 3
        elif tag == 252:
            at += 5
        else:
            return b""
    return b""


def described(start: int, end: int, xid: int, info: int, manager: int, text: bytes) -> Json:
    """A record as the README names it; `t` counts from the epoch of PostgreSQL."""
    row: Json = {"s": format_lsn(start), "e": format_lsn(end), "r": "other"}
    if manager == RM_XACT and xid and info & 0x70 in TRANSACTIONS:
        at = struct.unpack_from("<q", main_data(text))[0]
        return row | {"r": TRANSACTIONS[info & 0x70], "xid": xid, "t": at}
    if manager != RM_XLOG or info not in OPERATIONS:
        return row
    kind, data = OPERATIONS[info], main_data(text)
    if not data and kind not in ("switch", "checkpoint_redo"):
        return row  # old bytes behind the end of the WAL
    row["r"] = kind
    if kind.startswith("checkpoint_") and kind != "checkpoint_redo":
        row["redo"] = format_lsn(struct.unpack_from("<Q", data)[0])
    elif kind == "backup_end":
        row["start"] = format_lsn(struct.unpack_from("<Q", data)[0])
    elif kind == "restore_point":
        row["name"] = data[8:].partition(b"\0")[0].decode()
    return row


def collapsed(found: list[Found], size: int) -> list[Json]:
    """Neighbours of no interest as one entry; the first of a run and one that crosses a segment's end stand alone."""
    rows: list[Json] = []
    inside = False
    for each in found:
        crosses = each.start // size != (each.end - 1) // size
        if each.row["r"] != "other" or crosses:
            rows.append(dict(each.row))
            inside = False
        elif not inside:
            rows.append(dict(each.row))
            inside = True
        elif "n" in rows[-1]:
            rows[-1] |= {"e": each.row["e"], "n": rows[-1]["n"] + 1, "ls": each.row["s"]}
        else:
            rows.append({**each.row, "n": 1, "ls": each.row["s"]})
    return rows


def control_file(data: Path) -> Json:
    """pg_control: the fields of ControlFileData that a recording shows, at the same offsets in 12 … 18."""
    text = (data / "global/pg_control").read_bytes()
    state, checkpoint = struct.unpack_from("<I", text, 16)[0], struct.unpack_from("<Q", text, 32)[0]
    redo, timeline, previous = struct.unpack_from("<QII", text, 40)
    minimum, minimum_timeline = struct.unpack_from("<QI", text, 136)
    backup_start, backup_end, required = struct.unpack_from("<QQ?", text, 152)
    return {
        "state": STATES[state],
        "checkpoint": format_lsn(checkpoint),
        "redo": format_lsn(redo),
        "timeline": timeline,
        "prev_timeline": previous,
        "min_recovery": format_lsn(minimum),
        "min_recovery_timeline": minimum_timeline,
        "backup_start": format_lsn(backup_start),
        "backup_end": format_lsn(backup_end),
        "backup_end_required": required,
    }
