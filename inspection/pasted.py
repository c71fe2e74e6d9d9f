"""Read what somebody pasted: the answers of psql in any form, postgresql.conf, df, ls and du, in any order.

Lines that are not understood are listed, never dropped in silence.  Whatever comes in, the only exception that comes
out is PasteFault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from inspection.facts import ServerFacts
from inspection.gather import Gathered, facts_of, kind_of
from inspection.paste_fault import PasteFault
from inspection.paste_shell import df_at, du_bytes, wal_file_bytes, wal_name
from inspection.paste_tables import FOOTER, HEADING, plain_boxes, table_at
from simulator.settings_table import names as known_names

__all__ = ["LIMIT_BYTES", "PasteFault", "Pasted", "Unread", "read"]

LIMIT_BYTES = 1 << 20
LONGEST_LINE = 200
_PSQL_PROMPT = re.compile(r"[\w.-]{0,63}[=\-'\"(*^!][#>] ?")
_TOOLS = r"(?=(?:sudo |docker |kubectl )?\S*(?:df|ls|du|psql|cat|grep|su)\b)"
_SHELL_PROMPT = re.compile(r"(?:\[?[\w.@~:/ -]{0,80}\]?)?[$#%>] " + _TOOLS)
_SQL_WORDS = "SELECT SHOW SET WITH TABLE FROM WHERE ORDER UNION CASE ELSE BEGIN COMMIT ROLLBACK"
_SQL = re.compile(rf"\s*(?:(?:{_SQL_WORDS.replace(' ', '|')})\b|\\[a-z])", re.IGNORECASE)
_NOISE = re.compile(
    r"(SET|BEGIN|COMMIT|ROLLBACK|LOAD|Pager usage is .*|Output format is .*|Expanded display is .*"
    r'|Null display is .*|Line style is .*|Border style is .*|Type "help" for help\.|You are now connected .*'
    r"|Time: .*|WARNING: .*|NOTICE: .*|SSL connection .*|total \d+"
    r"|合計 \d+|出力形式は .*|拡張表示は .*|ページャを使.*|ページャー.*|.*ヘルプを.*|時間: .*)"
)
_PSQL_BANNER = re.compile(r"psql \((\d+(?:\.\d+)?)[^,()]*(?:,\D*(\d+(?:\.\d+)?)[^()]*)?\).*")
_ERROR = re.compile(r"(?:psql:\S+ )?(?:ERROR|FATAL|エラー):\s+(.*)")
_CONF = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(=|\s)\s*(.*?)\s*")
_QUOTED = re.compile(r"'((?:[^'\\]|''|\\.)*)'\s*(?:#.*)?")


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that was not understood, or a table that is not used here."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was read, and what was not."""

    facts: ServerFacts
    unread: tuple[Unread, ...]
    seen: tuple[str, ...]
    """Kinds of answers that were found."""


@dataclass(slots=True)
class _Reader:
    lines: list[str]
    gathered: Gathered = field(default_factory=Gathered)
    unread: list[Unread] = field(default_factory=list)
    heading: str = ""
    in_sql: bool = False


def read(text: str, *, major: int | None = None) -> Pasted:
    """Everything that can be read in a text; `major` where the text does not say the version.

    Raises PasteFault for what is too long, holds nothing of use, or breaks off in the middle of a table.
    """
    if len(text.encode("utf-8", "replace")) > LIMIT_BYTES:
        raise PasteFault("too_long", 1, limit_bytes=LIMIT_BYTES)
    reader = _Reader(_clean(text))
    at = 0
    while at < len(reader.lines):
        at = next(end for step in _STEPS if (end := step(reader, at)) is not None)
    gathered = reader.gathered
    if not gathered.rows and not gathered.disks and not gathered.wal_names and gathered.wal_bytes is None:
        raise PasteFault("nothing", 1)
    seen = (*gathered.rows, *(["df"] if gathered.disks else []))
    return Pasted(facts_of(gathered, major=major), tuple(reader.unread), seen)


def _clean(text: str) -> list[str]:
    plain = plain_boxes(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
    return plain.split("\n")


def _blank(reader: _Reader, at: int) -> int | None:
    line = reader.lines[at]
    if not line.strip():
        reader.in_sql = False
        return at + 1
    return at + 1 if FOOTER.fullmatch(line) or _NOISE.fullmatch(line.strip()) else None


def _heading(reader: _Reader, at: int) -> int | None:
    if not HEADING.fullmatch(reader.lines[at].rstrip()):
        return None
    reader.heading = reader.lines[at].strip().removeprefix("-- ")
    return at + 1


def _prompt(reader: _Reader, at: int) -> int | None:
    """What somebody typed is no answer; what psql said when it started names the server's version."""
    line = reader.lines[at]
    banner = _PSQL_BANNER.fullmatch(line.strip())
    if banner:
        reader.gathered.release = banner[2] or banner[1]
        return at + 1
    return at + 1 if _PSQL_PROMPT.match(line) or _SHELL_PROMPT.match(line) else None


def _refusal(reader: _Reader, at: int) -> int | None:
    match = _ERROR.fullmatch(reader.lines[at].strip())
    if match is None:
        return None
    reader.gathered.refused[reader.heading or match[1][:LONGEST_LINE]] = match[1][:LONGEST_LINE]
    return at + 1


def _table(reader: _Reader, at: int) -> int | None:
    found = table_at(reader.lines, at)
    if found is None:
        return None
    by_kind = {kind_of(row) for row in found.rows} or {kind_of(found.columns)}
    if len(by_kind) == 1 and (kind := by_kind.pop()) is not None:
        reader.gathered.add(kind, found.rows)
    else:
        reader.unread.append(Unread(found.line + 1, ", ".join(found.columns)[:LONGEST_LINE]))
    return found.end


def _shell(reader: _Reader, at: int) -> int | None:
    line, gathered = reader.lines[at], reader.gathered
    df = df_at(reader.lines, at)
    if df is not None:
        gathered.disks += [disk for disk in df.disks if disk not in gathered.disks]
        return df.end
    total = du_bytes(line)
    if total is not None:
        gathered.wal_bytes = total
        return at + 1
    name = wal_name(line)
    if name is None:
        return None
    gathered.wal_names.append(name)
    size = wal_file_bytes(line)
    if size is not None:
        gathered.wal_bytes = (gathered.wal_bytes or 0) + size
    return at + 1


def _sql(reader: _Reader, at: int) -> int | None:
    """A statement that stands there without its prompt, up to its semicolon."""
    line = reader.lines[at]
    if not reader.in_sql and not _SQL.match(line):
        return None
    reader.in_sql = not line.rstrip().endswith(";") and not line.lstrip().startswith("\\")
    return at + 1


def _conf(reader: _Reader, at: int) -> int | None:
    """A line of postgresql.conf; a comment sets nothing."""
    line = reader.lines[at]
    if line.lstrip().startswith("#"):
        return at + 1
    match = _CONF.fullmatch(line)
    if match is None or not match[3] or (match[2] != "=" and match[1].lower() not in known_names()):
        return None
    quoted = _QUOTED.fullmatch(match[3])
    value = re.sub(r"''|\\'", "'", quoted[1]) if quoted else match[3].partition("#")[0].strip()
    if not quoted and (not value or " " in value):
        return None
    reader.gathered.add("settings", [{"name": match[1], "setting": value}])
    return at + 1


def _left(reader: _Reader, at: int) -> int:
    reader.unread.append(Unread(at + 1, reader.lines[at].strip()[:LONGEST_LINE]))
    return at + 1


_STEPS: Sequence[Callable[[_Reader, int], int | None]] = (
    _blank,
    _heading,
    _prompt,
    _refusal,
    _table,
    _shell,
    _sql,
    _conf,
    _left,
)
