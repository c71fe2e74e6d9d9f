"""What stops a server from starting although each setting alone is valid: checks across parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from simulator.settings import (
    InvalidValue,
    ServerSettings,
    Value,
    check_backends,
    parameter,
    parameters,
    value_of,
)
from simulator.settings_values import invalid
from simulator.timestamps import check_timestamp, known_without_abbreviations
from simulator.versions import since

_TARGETS = (
    "recovery_target",
    "recovery_target_lsn",
    "recovery_target_name",
    "recovery_target_time",
    "recovery_target_xid",
)
_MAX_BACKENDS = 2**18 - 1
_SPECIAL_WORKERS = 2
_MEGABYTE = 2**20

# Keyed by what is wrong, then 'from this major on'.
_TEXTS: Mapping[str, Mapping[int, str]] = {
    "reserved": {
        12: "postgres: superuser_reserved_connections ({superuser}) must be less than max_connections ({all})",
        16: "postgres: superuser_reserved_connections ({superuser}) plus reserved_connections ({reserved}) "
        "must be less than max_connections ({all})",
        17: 'postgres: "superuser_reserved_connections" ({superuser}) plus "reserved_connections" '
        '({reserved}) must be less than "max_connections" ({all})',
    },
    "archiving": {
        12: 'FATAL:  WAL archival cannot be enabled when wal_level is "minimal"',
        17: 'FATAL:  WAL archival cannot be enabled when "wal_level" is "minimal"',
    },
    "streaming": {
        12: 'FATAL:  WAL streaming (max_wal_senders > 0) requires wal_level "replica" or "logical"',
        17: 'FATAL:  WAL streaming ("max_wal_senders" > 0) requires "wal_level" to be "replica" or "logical"',
    },
    "summaries": {17: 'FATAL:  WAL cannot be summarized when "wal_level" is "minimal"'},
    "wal_size": {12: 'FATAL:  "{name}" must be at least twice "wal_segment_size"'},
    "targets": {12: "FATAL:  multiple recovery targets specified"},
}


@lru_cache(maxsize=256)
def startup_errors(settings: ServerSettings) -> tuple[str, ...]:
    """Return what the server writes when it refuses to start with what its files say now; () if it starts.

    The checks run in the server's order and it stops at the first, so there is one complaint: a line, its
    DETAIL or HINT, and for a bad value the FATAL line about the file.
    """
    unreadable = _unreadable(settings)
    if unreadable:
        return tuple(unreadable)
    wanted = settings.restarted()
    return next((tuple(lines) for lines in _complaints(wanted) if lines), ())


def _complaints(settings: ServerSettings) -> Iterator[list[str]]:
    """Yield one list a check, empty if it passes, in the order of PostmasterMain."""
    yield _multiple_targets(settings)
    yield _refused_by_hooks(settings)
    major, value = settings.major, settings.value
    yield _reserved_connections(settings)
    minimal = value("wal_level") == "minimal"
    yield _told(major, "archiving") if minimal and value("archive_mode") != "off" else []
    yield _told(major, "streaming") if minimal and int(value("max_wal_senders")) > 0 else []
    yield _told(major, "summaries") if minimal and settings.values.get("summarize_wal") else []
    for name in ("min_wal_size", "max_wal_size"):
        segments = int(value(name)) * _MEGABYTE // settings.segment_bytes
        yield _told(major, "wal_size", name=name) if segments < 2 else []
    yield _too_many_processes(settings)


def _unreadable(settings: ServerSettings) -> list[str]:
    """Names and values that somebody wrote into the files by hand and that no parameter takes."""
    lines = list(settings.unknown_lines())
    faulty = f"{settings.data_directory}/postgresql.auto.conf" if lines else ""
    for name, text in settings.effective_lines().items() if not lines else ():
        try:
            value_of(settings.major, name, text)
        except InvalidValue as error:
            lines += error.lines("LOG")
            faulty = settings.file_of(name)
    return [*lines, f'FATAL:  configuration file "{faulty}" contains errors'] if lines else []


def _told(major: int, code: str, **facts: object) -> list[str]:
    return [since(major, _TEXTS[code]).format(**facts)]


def _multiple_targets(settings: ServerSettings) -> list[str]:
    """Each line is taken in its turn, and meets a target that an earlier one has set: an empty one fails, too."""
    held = ""
    for name, text in settings.effective_lines().items():
        if name not in _TARGETS:
            continue
        if held and held != name:
            plain, quoted = ", ".join(_TARGETS), ", ".join(f'"{each}"' for each in _TARGETS)
            names = since(settings.major, {12: plain, 17: quoted})
            return [*_told(settings.major, "targets"), f"DETAIL:  At most one of {names} may be set."]
        held = name if text else ""
    return []


def _refused_by_hooks(settings: ServerSettings) -> list[str]:
    """The hooks that look at more than the value: process counts (until 17), zone of the target time."""
    values: dict[str, Value] = {name: param.default for name, param in parameters(settings.major).items()}
    lines: list[str] = []
    faulty = ""
    for name, text in settings.effective_lines().items():
        param = parameter(settings.major, name)
        value = value_of(settings.major, name, text)
        try:
            check_backends(settings.major, name, value, values)
            if name == "recovery_target_time" and text and not known_without_abbreviations(check_timestamp(text)):
                # ALTER SYSTEM takes 'JST' or 'Z', but at start the list of abbreviations is not loaded yet.
                raise invalid(param, text)
        except InvalidValue as error:
            lines += error.lines("LOG")
            faulty = settings.file_of(name)
        else:
            values[name] = value
    return [*lines, f'FATAL:  configuration file "{faulty}" contains errors'] if faulty else []


def _reserved_connections(settings: ServerSettings) -> list[str]:
    superuser, everyone = (int(settings.value(name)) for name in ("superuser_reserved_connections", "max_connections"))
    reserved = int(settings.values.get("reserved_connections", 0))
    if superuser + reserved < everyone:
        return []
    return _told(settings.major, "reserved", superuser=superuser, reserved=reserved, all=everyone)


def _too_many_processes(settings: ServerSettings) -> list[str]:
    """InitializeMaxBackends; until 17 the hooks of the parameters have already looked."""
    names = ("max_connections", "autovacuum_worker_slots", "max_worker_processes", "max_wal_senders")
    if "autovacuum_worker_slots" not in settings.values:
        return []
    counts = {name: int(settings.value(name)) for name in names}
    if sum(counts.values()) + _SPECIAL_WORKERS <= _MAX_BACKENDS:
        return []
    sum_text = " plus ".join(f'"{name}" ({count})' for name, count in counts.items())
    limit = _MAX_BACKENDS - (_SPECIAL_WORKERS - 1)
    return [
        "FATAL:  too many server processes configured",
        f"DETAIL:  {sum_text} must be less than {limit}.",
    ]
