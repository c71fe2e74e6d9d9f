"""From rows of text, wherever they came from, to facts.  What cannot be read is not known; nothing raises.

A row is told by its columns, so it makes no difference whether our own statement was run or `SELECT *`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from inspection.facts import Archiver, Disk, PgWalFiles, Sender, ServerFacts, Slot
from simulator.lsn import is_segment_name, parse_lsn
from simulator.settings_table import names as known_names
from simulator.settings_unmodelled import is_unmodelled
from simulator.versions import KNOWN

T = TypeVar("T")
Row = Mapping[str, str | None]

_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("settings", frozenset({"name", "setting"})),
    ("archiver", frozenset({"archived_count"})),
    ("archiver", frozenset({"last_failed_wal"})),
    ("slots", frozenset({"slot_name"})),
    ("senders", frozenset({"application_name", "state"})),
    ("wal", frozenset({"wal_bytes"})),
    ("checkpoints", frozenset({"checkpoints_timed"})),
    ("checkpoints", frozenset({"num_timed"})),
    ("pg_wal", frozenset({"wal_files"})),
    ("wal_listing", frozenset({"name", "size", "modification"})),
    ("ready", frozenset({"ready_files"})),
    ("databases", frozenset({"database_bytes"})),
    ("tablespaces", frozenset({"tablespaces"})),
    ("position", frozenset({"lsn"})),
    ("position", frozenset({"pg_current_wal_lsn"})),
    ("checkpoint", frozenset({"redo_lsn"})),
    ("server", frozenset({"version"})),
)
COLUMNS = frozenset(
    "name setting unit category short_desc extra_desc description context vartype source min_val max_val enumvals"
    " boot_val reset_val sourcefile sourceline pending_restart archived_count last_archived_wal last_archived_time"
    " failed_count last_failed_wal last_failed_time stats_reset slot_name plugin slot_type datoid database temporary"
    " active active_pid xmin catalog_xmin restart_lsn confirmed_flush_lsn wal_status safe_wal_size two_phase"
    " two_phase_at inactive_since conflicting invalidation_reason failover synced pid usesysid usename"
    " application_name client_addr client_hostname client_port backend_start backend_xmin state sent_lsn write_lsn"
    " flush_lsn replay_lsn write_lag flush_lag replay_lag sync_priority sync_state reply_time wal_records wal_fpi"
    " wal_bytes wal_buffers_full wal_write wal_sync wal_write_time wal_sync_time checkpoints_timed checkpoints_req"
    " checkpoint_write_time checkpoint_sync_time buffers_checkpoint buffers_clean maxwritten_clean buffers_backend"
    " buffers_backend_fsync buffers_alloc num_timed num_requested num_done restartpoints_timed restartpoints_req"
    " restartpoints_done write_time sync_time buffers_written slru_written wal_files wal_files_bytes oldest_wal_file"
    " newest_wal_file size modification ready_files oldest_ready_file databases database_bytes tablespaces lsn"
    " pg_current_wal_lsn now redo_lsn timeline_id checkpoint_time checkpoint_lsn version in_recovery"
    " pg_is_in_recovery".split()
)
"""Every column of the views that are used here, of all versions: by them a first line is told from a first row."""
# Written into the form of a version: 'PostgreSQL 16.14 (Debian ...) on x86_64' and '16.14' alike.
_RELEASE = re.compile(r"(?:PostgreSQL\s+|^)(\d{2})(?:\.(\d+))?")


def kind_of(columns: Iterable[str]) -> str | None:
    """What a table with these columns is; None: nothing that is used here."""
    given = frozenset(columns)
    found = next((kind for kind, needed in _KINDS if needed <= given), None)
    if found is None and given and given <= known_names() | {"server_version", "server_version_num"}:
        return "shown"
    return found


@dataclass(slots=True)
class Gathered:
    """Rows by kind, and what was seen outside of tables."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    disks: list[Disk] = field(default_factory=list)
    wal_names: list[str] = field(default_factory=list)
    wal_bytes: int | None = None
    release: str | None = None
    refused: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, rows: Sequence[Row]) -> None:
        """Take rows of a table; a kind that was seen keeps what it has, an empty table is an answer too."""
        self.rows.setdefault(kind, []).extend(rows)


def facts_of(gathered: Gathered, *, major: int | None = None) -> ServerFacts:
    """Everything that the rows say; `major` where they do not say it."""
    settings, pending = _settings(gathered)
    release = _release(gathered, settings)
    server = _first(gathered, "server")
    clocks = (_time(_first(gathered, kind).get("now")) for kind in ("server", "position"))
    seen = ServerFacts(
        major=int(release.split(".")[0]) if release else major,
        release=release,
        settings=settings,
        pending_restart=pending,
        seen_at=next((when for when in clocks if when is not None), None),
        standby=_bool(server.get("in_recovery") or server.get("pg_is_in_recovery")),
        disks=tuple(gathered.disks),
        disk=_disk(gathered.disks, settings.get("data_directory")),
        refused=dict(gathered.refused),
    )
    seen = replace(seen, new_settings=_unknown_names(seen))
    return _with_files(_with_positions(_with_statistics(seen, gathered), gathered), gathered)


def _disk(disks: Sequence[Disk], data_directory: str | None) -> Disk | None:
    """The only file system, else the one that the data directory is on; nothing is guessed."""
    if len(disks) == 1 or not data_directory:
        return disks[0] if len(disks) == 1 else None
    above = [disk for disk in disks if f"{data_directory}/".startswith((disk.mounted_on or "-").rstrip("/") + "/")]
    return max(above, key=lambda disk: len(disk.mounted_on or ""), default=None)


def _settings(gathered: Gathered) -> tuple[dict[str, str], tuple[str, ...]]:
    found: dict[str, str] = {}
    pending = []
    for row in gathered.rows.get("settings", []):
        name = (row.get("name") or "").lower()
        if name:
            found[name] = _with_unit(row.get("setting") or "", row.get("unit"))
            if _bool(row.get("pending_restart")):
                pending.append(name)
    for row in gathered.rows.get("shown", []):
        found |= {name: text or "" for name, text in row.items()}
    return found, tuple(pending)


def _with_unit(setting: str, unit: str | None) -> str:
    """pg_settings counts in units such as 8kB; a figure in the parameter's own unit needs none."""
    if not unit or not re.fullmatch(r"-?\d+", setting) or setting == "-1":
        return setting
    match = re.fullmatch(r"(\d+)([a-zA-Z]+)", unit)
    number, word = (int(setting) * int(match[1]), match[2]) if match else (int(setting), unit)
    return f"{number}{word}"


def _release(gathered: Gathered, settings: Mapping[str, str]) -> str | None:
    number = settings.get("server_version_num", "")
    if re.fullmatch(r"\d{6}", number):
        return f"{int(number) // 10000}.{int(number) % 10000}"
    for said in (settings.get("server_version"), _first(gathered, "server").get("version"), gathered.release):
        match = _RELEASE.search(said or "")
        if match:
            return f"{match[1]}.{match[2]}" if match[2] else match[1]
    return None


def _unknown_names(facts: ServerFacts) -> tuple[str, ...]:
    """Names that no version of the table has, the extensions' left out."""
    known = known_names()
    majors = KNOWN
    return tuple(
        name
        for name in sorted(facts.settings)
        if name not in known and "." not in name and not any(is_unmodelled(each, name) for each in majors)
    )


def _with_statistics(facts: ServerFacts, gathered: Gathered) -> ServerFacts:
    archiver, wal = _first(gathered, "archiver"), _first(gathered, "wal")
    checkpoints = _first(gathered, "checkpoints")
    timed = checkpoints.get("checkpoints_timed") or checkpoints.get("num_timed")
    asked = checkpoints.get("checkpoints_req") or checkpoints.get("num_requested")
    told = Archiver(
        _int(archiver.get("archived_count")),
        archiver.get("last_archived_wal") or None,
        _time(archiver.get("last_archived_time")),
        _int(archiver.get("failed_count")),
        archiver.get("last_failed_wal") or None,
        _time(archiver.get("last_failed_time")),
        _time(archiver.get("stats_reset")),
    )
    return replace(
        facts,
        archiver=told if archiver else None,
        wal_bytes=_int(wal.get("wal_bytes")),
        wal_stats_reset=_time(wal.get("stats_reset")),
        checkpoints_timed=_int(timed),
        checkpoints_requested=_int(asked),
        slots=_each(gathered, "slots", _slot),
        senders=_each(gathered, "senders", _sender),
    )


def _slot(row: Row) -> Slot:
    return Slot(
        name=row.get("slot_name") or "",
        type=row.get("slot_type"),
        active=_bool(row.get("active")),
        active_pid=_int(row.get("active_pid")),
        temporary=_bool(row.get("temporary")),
        restart_lsn=_lsn(row.get("restart_lsn")),
        wal_status=row.get("wal_status") or None,
        safe_wal_size=_int(row.get("safe_wal_size")),
        inactive_since=_time(row.get("inactive_since")),
        invalidation_reason=row.get("invalidation_reason") or None,
    )


def _sender(row: Row) -> Sender:
    return Sender(
        pid=_int(row.get("pid")),
        application_name=row.get("application_name"),
        state=row.get("state") or None,
        sync_state=row.get("sync_state") or None,
        flush_lsn=_lsn(row.get("flush_lsn")),
        replay_lsn=_lsn(row.get("replay_lsn")),
    )


def _each(gathered: Gathered, kind: str, read: Callable[[Row], T]) -> tuple[T, ...] | None:
    """None when the table was not seen; an empty one is known to be empty."""
    rows = gathered.rows.get(kind)
    return None if rows is None else tuple(read(row) for row in rows)


def _with_positions(facts: ServerFacts, gathered: Gathered) -> ServerFacts:
    rows = gathered.rows.get("position", [])
    looks = [(_time(row.get("now")), _lsn(row.get("lsn") or row.get("pg_current_wal_lsn"))) for row in rows]
    last = next((lsn for _, lsn in reversed(looks) if lsn is not None), None)
    control = _first(gathered, "checkpoint")
    return replace(
        facts,
        lsn=last,
        looks=tuple((when, lsn) for when, lsn in looks if when is not None and lsn is not None),
        redo_lsn=_lsn(control.get("redo_lsn")),
        timeline=_int(control.get("timeline_id")),
    )


def _with_files(facts: ServerFacts, gathered: Gathered) -> ServerFacts:
    ready, databases = _first(gathered, "ready"), _first(gathered, "databases")
    oldest = ready.get("oldest_ready_file")
    return replace(
        facts,
        pg_wal=_pg_wal(gathered),
        ready_files=_int(ready.get("ready_files")),
        oldest_ready=oldest.removesuffix(".ready") if oldest else None,
        databases=_int(databases.get("databases")),
        database_bytes=_int(databases.get("database_bytes")),
        tablespaces=_int(_first(gathered, "tablespaces").get("tablespaces")),
    )


def _pg_wal(gathered: Gathered) -> PgWalFiles | None:
    row = _first(gathered, "pg_wal")
    if row:
        oldest, newest = row.get("oldest_wal_file") or None, row.get("newest_wal_file") or None
        return PgWalFiles(_int(row.get("wal_files")), _int(row.get("wal_files_bytes")), oldest, newest)
    listing = [row for row in gathered.rows.get("wal_listing", []) if is_segment_name(row.get("name") or "")]
    names = sorted({*gathered.wal_names, *(row["name"] or "" for row in listing)})
    if not names and gathered.wal_bytes is None:
        return None
    sizes = [_int(row.get("size")) for row in listing]
    total = sum(size for size in sizes if size is not None) if sizes else gathered.wal_bytes
    # The order of names is the order of segments on one timeline only; on several the oldest is not known.
    one_line = len({name[:8] for name in names}) == 1
    ends = (names[0], names[-1]) if one_line else (None, None)
    return PgWalFiles(len(names) or None, total, *ends)


def _first(gathered: Gathered, kind: str) -> Row:
    rows = gathered.rows.get(kind)
    return rows[0] if rows else {}


def _int(said: str | None) -> int | None:
    text = (said or "").replace(",", "").strip()
    return int(text) if re.fullmatch(r"-?\d{1,20}(\.0*)?", text) and "." not in text else None


def _bool(said: str | None) -> bool | None:
    return {"t": True, "true": True, "on": True, "f": False, "false": False, "off": False}.get((said or "").lower())


def _lsn(said: str | None) -> int | None:
    try:
        return parse_lsn((said or "").strip())
    except ValueError:
        return None


def _time(said: str | None) -> datetime | None:
    """An ISO time with its zone (PostgreSQL's '+09' is ISO too); without a zone it is taken for UTC."""
    try:
        when = datetime.fromisoformat((said or "").strip())
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
