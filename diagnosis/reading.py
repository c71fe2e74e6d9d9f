"""From a paste to records: any log_line_prefix, syslog, journald, csvlog, jsonlog, psql -f, the tools' own lines."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator

from diagnosis.forms import LONGEST_LINE
from diagnosis.records import Record

_LABELS = {
    "STATEMENT": "STATEMENT",
    "DETAIL": "DETAIL",
    "HINT": "HINT",
    "CONTEXT": "CONTEXT",
    "QUERY": "QUERY",
    "LOCATION": "LOCATION",
    "文": "STATEMENT",
    "詳細": "DETAIL",
    "ヒント": "HINT",
    "文脈": "CONTEXT",
    "コンテキスト": "CONTEXT",
    "問い合わせ": "QUERY",
    "場所": "LOCATION",
}
_SERVER = {
    "ログ": "LOG",
    "警告": "WARNING",
    "注意": "NOTICE",
    "情報": "INFO",
    "エラー": "ERROR",
    "致命的エラー": "FATAL",
    "パニック": "PANIC",
}
_SEVERITY = re.compile(
    r"(?:^|[\s\]\)>|,#@:;0-9])(DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|"
    + "|".join([*_LABELS, *_SERVER])
    + r")(?:: +(?=\S)|:\s*$|：\s*)"
)
_TOOL = re.compile(
    r"^(?:\S*[/\\])?(pg_[a-z]+|psql|createdb|dropdb|createuser|dropuser|initdb|vacuumdb|reindexdb|clusterdb"
    r"|postgres|postmaster)(?:\.exe)?(?::(?P<file>[^:\s]+):(?P<at>\d+|<\w+>))?: *"
    r"(?:(?P<level>error|warning|fatal|info|detail|hint|エラー|警告|情報|詳細|ヒント|致命的エラー): *)?"
)
_LEVELS = {
    "error": "ERROR",
    "エラー": "ERROR",
    "warning": "WARNING",
    "警告": "WARNING",
    "fatal": "FATAL",
    "致命的エラー": "FATAL",
    "info": "INFO",
    "情報": "INFO",
}
_TOOL_LABELS = {"detail": "DETAIL", "詳細": "DETAIL", "hint": "HINT", "ヒント": "HINT"}
_SYSLOG = re.compile(
    r"^(?:<\d+>)?(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+) \S+ [\w./@-]+(?:\[\d+\])?: "
    r"(?:\[\d+(?:-(?P<chunk>\d+))?\] ?)?"
)
_CSV = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? ?[\w+:-]*,")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|^<TIME>")
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CSV_COLUMNS = 23
_LONGEST_CSV_ROW = 50


def read(text: str | Iterable[str]) -> Iterator[Record]:
    """The records of a paste (or of its lines), in its order. Whatever the text is, nothing is raised."""
    lines = text.splitlines() if isinstance(text, str) else list(text)
    current: Record | None = None
    at = 0
    while at < len(lines):
        line = lines[at][:LONGEST_LINE]
        at += 1
        structured = _structured(lines, at - 1, line)
        if structured is not None:
            record, at = structured
            if current is not None:
                yield current
            current = record
            continue
        if not line.isprintable():
            line = _TERMINAL.sub("", line)
        if not line.strip():
            continue
        fresh = _next(line, at, current)
        if fresh is not None:
            if current is not None:
                yield current
            current = fresh
    if current is not None:
        yield current


def _next(line: str, number: int, current: Record | None) -> Record | None:
    """The record that begins with this line; None when the line belongs to the current one."""
    system = _SYSLOG.match(line)
    if system is not None:
        line = line[system.end() :].replace("#011", "\t").replace("#012", "\n")
    found = _SEVERITY.search(line[:400])
    tool = _TOOL.match(line)
    if tool is not None and (found is None or tool.end() <= found.end(1)):
        return _of_tool(tool, line, number, current)
    if found is not None and (found.start() == 0 or _before_a_severity(line[: found.start(1)])):
        return _of_server(found.group(1), line[found.end() :], number, current)
    continued = line[0] in " \t" or (system is not None and (system["chunk"] or "1") != "1")
    if current is not None and (continued or line.startswith("LINE ")):
        _append(current, line.strip())
        return None
    return Record(number, line.strip())


def _before_a_severity(prefix: str) -> bool:
    """Whether a severity here may be the line's own: a prefix is short, and no sentence of a tool stands in it."""
    return len(prefix) < 200 and ": error: " not in prefix


def _of_server(word: str, text: str, number: int, current: Record | None) -> Record | None:
    label = _LABELS.get(word)
    if label is None:
        severity = _SERVER.get(word, "DEBUG" if word.startswith("DEBUG") else word)
        return Record(number, text.strip(), severity)
    if current is None:
        return Record(number, text.strip(), label)
    current.more.append((label, text.strip()))
    return None


def _of_tool(tool: re.Match[str], line: str, number: int, current: Record | None) -> Record | None:
    level = tool["level"] or ""
    rest = line[tool.end() :].strip()
    if level in _TOOL_LABELS and current is not None:
        current.more.append((_TOOL_LABELS[level], rest))
        return None
    severity = _LEVELS.get(level, "")
    nested = _SEVERITY.match(rest)
    if nested is not None and nested.group(1) not in _LABELS:
        severity = _SERVER.get(nested.group(1), nested.group(1))
        rest = rest[nested.end() :].strip()
    return Record(number, rest, severity, tool.group(1))


def _append(record: Record, text: str) -> None:
    if record.more:
        label, before = record.more[-1]
        record.more[-1] = (label, f"{before} {text}"[:LONGEST_LINE])
    else:
        record.text = f"{record.text} {text}"[:LONGEST_LINE]


def _structured(lines: list[str], at: int, line: str) -> tuple[Record, int] | None:
    """A row of csvlog or jsonlog, and where the next one begins."""
    if line.startswith("{") and '"message"' in line:
        return _of_json(lines[at], at)
    if not _CSV.match(line) or line.count(",") < 5:
        return None
    row, end = lines[at], at + 1
    while row.count('"') % 2 and end < min(len(lines), at + _LONGEST_CSV_ROW):
        row = f"{row}\n{lines[end]}"
        end += 1
    try:
        columns = next(csv.reader([row]))
    except (csv.Error, StopIteration):
        return None
    if len(columns) < _CSV_COLUMNS or columns[11] not in _known_severities():
        return None
    record = Record(at + 1, columns[13][:LONGEST_LINE], columns[11].rstrip("12345"))
    record.more = [
        (label, columns[number][:LONGEST_LINE])
        for label, number in (("DETAIL", 14), ("HINT", 15), ("CONTEXT", 18), ("STATEMENT", 19))
        if columns[number]
    ]
    return record, end


def _of_json(line: str, at: int) -> tuple[Record, int] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or str(told.get("error_severity")) not in _known_severities():
        return None
    record = Record(at + 1, str(told.get("message", ""))[:LONGEST_LINE], str(told["error_severity"]).rstrip("12345"))
    record.more = [
        (key.upper(), str(told[key])[:LONGEST_LINE])
        for key in ("detail", "hint", "context", "statement")
        if told.get(key)
    ]
    return record, at + 1


def _known_severities() -> frozenset[str]:
    levels = {f"DEBUG{level}" for level in range(1, 6)}
    return frozenset({"DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "LOG", "FATAL", "PANIC"} | levels)
