"""A server's log as the recordings have it: which lines count, where they belong, and what is masked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
STARTING = re.compile(r"LOG:  (?:checkpoint|restartpoint) starting: ?(.*)")
COMPLETE = re.compile(r"LOG:  (?:checkpoint|restartpoint) complete:")
_LINE = re.compile(r"^([A-Z]+):  (.*)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d(?::\d\d)?| [A-Z]{3})?")
_FOLLOWS = ("DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY")
_NOISE = re.compile(
    "starting PostgreSQL|listening on|archiver process|(check|restart)point (starting|complete)|the database system is "
    "(starting up|shutting down|not |in recovery)|archive command|archiving write-ahead log file|"
    "received (fast|immediate|smart) shutdown|aborting any active|due to administrator command|background worker|"
    "received SIGHUP|"
    'parameter "|requested WAL segment (pg_wal/)?[0-9A-F]* has already|replication connection|'
    "checkpoints are occurring|"
    "terminating (connection|walsender)|could not send data to client|"
    "statistics collector|unexpected EOF|backup is not in progress|pg_stop_backup|cannot execute|"
    "recovery is in progress|logical replication launcher|summar|recovery is not in progress|"
    "terminating any other active server processes|canceling statement|aborting backup|"
    "is being used by|could not receive data from client|starting logical|invalidating"
)
_RECEIVER = re.compile(
    "streaming WAL|WAL streaming|fetching timeline history file|could not receive data from WAL stream|"
    "could not connect to the primary|replication terminated|terminating walreceiver|primary server contains no more|"
    "highest timeline|could not receive timeline history|end-of-streaming|restarted WAL|replication slot"
)
_END_OF_WAL = re.compile(
    "invalid record length|unexpected pageaddr|invalid magic number|incorrect prev-link|invalid resource manager|"
    "out-of-sequence timeline|contrecord|record length|could not open file .*pg_wal|resource manager data checksum|"
    "invalid info bits|WAL file is from|could not read from (log segment|WAL segment|file .*pg_wal)"
)
_SYSTEM_USAGE = re.compile(r" system usage: .*")


def masked(text: str, places: Mapping[str, str]) -> str:
    """Times, process ids and paths as the recordings write them; the longest path first."""
    for path in sorted(places, key=len, reverse=True):
        text = text.replace(path, places[path])
    return re.sub(r"PID \d+", "PID <PID>", _TIME.sub("<TIME>", text))


def sorted_out(text: str, places: Mapping[str, str]) -> dict[str, list[str]]:
    """The lines by where they belong: log, log_async, log_receiver, end_of_wal; each distinct one once."""
    rows: dict[str, dict[str, None]] = {"log": {}, "log_async": {}, "log_receiver": {}, "end_of_wal": {}}
    where = "log"
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        level, message = found[1], _SYSTEM_USAGE.sub("", found[2])
        if level in ("CONTEXT", "STATEMENT", "QUERY"):
            continue
        if level not in _FOLLOWS:
            where = _where(message)
        if where:
            rows[where][f"{level}: {masked(message, places)}"] = None
    return {name: list(lines) for name, lines in rows.items()}


def _where(message: str) -> str:
    if re.search("ready to accept read.only connections", message):
        return "log_async"
    if _RECEIVER.search(message):
        return "log_receiver"
    if _END_OF_WAL.search(message):
        return "end_of_wal"
    return "" if _NOISE.search(message) else "log"
