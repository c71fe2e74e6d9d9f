"""Settings of the server that wrote the WAL change within it (xlog_redo of XLOG_PARAMETER_CHANGE)."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.frozen import replace
from simulator.recovery.journal import Record
from simulator.recovery.state import Recovery, lsn
from simulator.recovery_settings import recovery_errors
from simulator.versions import since

_SHOWN = {"max_prepared_transactions": "max_prepared_xacts", "max_locks_per_transaction": "max_locks_per_xact"}
_ORDER = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
    "wal_level",
    "wal_log_hints",
    "track_commit_timestamp",
)
_WARNING: Mapping[int, tuple[str, ...]] = {
    12: (
        "WARNING:  WAL was generated with wal_level=minimal, data may be missing",
        "HINT:  This happens if you temporarily set wal_level=minimal without taking a new base backup.",
    ),
    14: (),
}
"""Where there is one, recovery goes on as long as nobody may read meanwhile."""


def parameters_changed(recovery: Recovery, record: Record) -> Recovery:
    """pg_control takes the values over; a recovery that was asked for may end of them (CheckRequiredParameterValues).

    Where somebody reads meanwhile, 14+ pauses for lack of room instead of ending: here it goes on.
    """
    recovery, there = recovery.with_control(needed=record.needed), dict(record.needed)
    if not recovery.request.asked:
        return recovery
    context = f"CONTEXT:  WAL redo at {lsn(record.start)} for XLOG/PARAMETER_CHANGE: {listed(record)}"
    minimal, warning = there["wal_level"] == "minimal", since(recovery.major, _WARNING)
    if minimal and warning:
        recovery = replace(recovery, log=(*recovery.log, *warning, context))
    lines = recovery_errors(recovery.place.data)
    if not lines or (recovery.read_only and not minimal):
        return recovery
    return replace(recovery, log=(*recovery.log, *lines, context), failed="fatal", receiving=False)


def listed(record: Record) -> str:
    """The settings in such a record, as xlog_desc shows them."""
    there = dict(record.needed)
    return " ".join(f"{_SHOWN.get(name, name)}={_text(there[name])}" for name in _ORDER)


def _text(value: object) -> str:
    return str(value) if not isinstance(value, bool) else "on" if value else "off"
