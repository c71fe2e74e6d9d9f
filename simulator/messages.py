"""The messages of the server and of its tools, verbatim: a table keyed by code and by 'from this major on'."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.versions import since

_ANY = 12

SERVER: Mapping[str, Mapping[int, str]] = {
    "slot_lost": {_ANY: 'can no longer access replication slot "{slot}"'},
    "slot_reserves_nothing": {_ANY: 'replication slot "{slot}" cannot be advanced'},
    "slot_never_reserved": {_ANY: "cannot advance replication slot that has not previously reserved WAL"},
    "slot_backwards": {_ANY: "cannot advance replication slot to {target}, minimum is {minimum}"},
    "exclusive_backup_running": {_ANY: "a backup is already in progress"},
    "session_backup_running": {_ANY: "a backup is already in progress in this session"},
    "backup_not_in_progress": {
        _ANY: "non-exclusive backup is not in progress",
        15: "backup is not in progress",
    },
    "exclusive_backup_not_in_progress": {_ANY: "exclusive backup not in progress"},
}


def message(code: str, major: int, facts: Mapping[str, object] | None = None) -> str:
    """The text of a message in a major with its placeholders filled; raises KeyError for an unknown code."""
    return since(major, SERVER[code]).format_map(facts or {})
