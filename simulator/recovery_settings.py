"""What pg_control says of the server whose WAL it is, and what a recovery that is asked for makes of it.

CheckRequiredParameterValues in xlog.c: a standby, and archive recovery with hot_standby on, needs room for every
transaction of the server that wrote the WAL, and WAL that has everything in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulator.cluster import DataDirectory
from simulator.settings import ServerSettings
from simulator.settings_table import Value
from simulator.versions import since

_COUNTS = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)
_NAMES = ("wal_level", *_COUNTS)

_TOO_LOW: Mapping[int, tuple[str, ...]] = {
    12: (
        (
            "FATAL:  hot standby is not possible because {name} = {here} is a lower setting "
            "than on the master server (its value was {there})"
        ),
    ),
    14: (
        "FATAL:  recovery aborted because of insufficient parameter settings",
        "DETAIL:  {name} = {here} is a lower setting than on the primary server, where its value was {there}.",
        "HINT:  You can restart the server after making the necessary configuration changes.",
    ),
}
_MINIMAL: Mapping[int, tuple[str, ...]] = {
    12: (
        (
            "FATAL:  hot standby is not possible "
            'because wal_level was not set to "replica" or higher on the master server'
        ),
        'HINT:  Either set wal_level to "replica" on the master, or turn off hot_standby here.',
    ),
    14: (
        "FATAL:  WAL was generated with wal_level=minimal, cannot continue recovering",
        "DETAIL:  This happens if you temporarily set wal_level=minimal on the server.",
        "HINT:  Use a backup taken after setting wal_level to higher than minimal.",
    ),
    17: (
        'FATAL:  WAL was generated with "wal_level=minimal", cannot continue recovering',
        'DETAIL:  This happens if you temporarily set "wal_level=minimal" on the server.',
        'HINT:  Use a backup taken after setting "wal_level" to higher than "minimal".',
    ),
}
_MINIMAL_UNREAD: Mapping[int, tuple[str, ...]] = {12: (), 14: _MINIMAL[14], 17: _MINIMAL[17]}
"""And where nobody may read meanwhile (hot_standby off): 12 and 13 only warn."""


def in_force(settings: ServerSettings) -> tuple[tuple[str, Value], ...]:
    """What a server writes into pg_control when it has started (XLogReportParameters)."""
    values = settings.values
    return tuple([(name, values[name]) for name in _NAMES])


def needed(data: DataDirectory) -> tuple[tuple[str, Value], ...]:
    """What pg_control in this directory says; `data` before its settings are read anew."""
    return data.control.needed or in_force(data.settings)


def recovery_errors(data: DataDirectory) -> tuple[str, ...]:
    """What the startup process dies of when a signal file asks for recovery with the settings in force; () if not."""
    return next(_complaints(data), ())


def _complaints(data: DataDirectory) -> Iterator[tuple[str, ...]]:
    settings, there = data.settings, dict(needed(data))
    reads = bool(settings.value("hot_standby"))
    if there["wal_level"] == "minimal" and (told := since(settings.major, _MINIMAL if reads else _MINIMAL_UNREAD)):
        yield told
    for name in _COUNTS if reads else ():
        if int(settings.value(name)) < int(there[name]):
            facts = {"name": name, "here": settings.value(name), "there": there[name]}
            yield tuple([line.format_map(facts) for line in since(settings.major, _TOO_LOW)])
