"""What differs between the majors of PostgreSQL: one row of data a major, and the only place that compares them.

Every field names a fact that the model, the lab or a text needs; `CHANGES` says the same to people, with
the release note that announced it.  Checked on the minor release in `Version.release`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class UnknownVersion(ValueError):
    """A major that is not in the table; the text lists those that are."""

    def __init__(self, wanted: object) -> None:
        known = ", ".join(str(major) for major in KNOWN)
        super().__init__(f"PostgreSQL {wanted} is not in the table of versions; known: {known}")
        self.wrong = str(wanted)


@dataclass(frozen=True, slots=True)
class Version:
    """One major of PostgreSQL as a row of facts."""

    major: int
    release: str
    wal_keep_parameter: str
    keep_is_a_size: bool
    """wal_keep_size is in megabytes; wal_keep_segments (12) counts segments."""
    checkpoint_completion_target: float
    slots_limit_before_keep: bool
    """`KeepLogSeg`: slots (with their limit) first, then wal_keep_size; on 12 wal_keep_segments first."""
    slot_loss: bool
    """max_slot_wal_keep_size, wal_status and safe_wal_size exist."""
    invalidation_reason: bool
    """pg_replication_slots.invalidation_reason exists."""
    slot_conflicting: bool
    """pg_replication_slots.conflicting exists."""
    lost_slot_own_message: bool
    """Whoever wants a lost slot, a client or an advance, hears 'can no longer access'; before, a client may have it."""
    lost_slot_revives: bool
    """A lost slot that a client streams with holds WAL again; on 16 and 17 it stays lost, in use or not."""
    unreserved_slot_short_message: bool
    """Advancing a slot that holds nothing says 'cannot be advanced'; 12 has a longer sentence."""
    checkpoint_redo_record: bool
    """An online checkpoint begins with a record of its own at the redo point."""
    checkpointer_in_recovery: bool
    """The end-of-recovery checkpoint runs in the checkpointer (its estimate stays) after preallocation."""
    recovery_announced_late: bool
    """'starting archive recovery' is said after the checkpoint record was found."""
    history_before_complete: bool
    """The parent's history is fetched before 'archive recovery complete' is said."""
    unreached_target_is_fatal: bool
    """WAL that ends before the recovery target is an error; 12 promotes without a word."""
    promotes_while_paused: bool
    """A server paused at its target obeys pg_promote()."""
    checks_redo_without_label: bool
    """A start from pg_control fails when the WAL of the redo point is missing (since the minors of February 2026)."""
    preallocates_before_leaving: bool
    """At the end of recovery the next file is made before those of the old timeline go; 12: after."""
    names_need_receiver: bool
    """In recovery pg_wal gets new names (recycled, preallocated) only while a WAL receiver runs."""
    archiver_counts_last_turn: bool
    """What is archived during a shutdown is in pg_stat_archiver after the start (before 18 it is written too early)."""
    archiver_wakes_on_reload: bool
    """A reload wakes an archiver that sleeps after a failure; before 14 it only reads the settings when it wakes."""
    stop_segment_is_previous: bool
    """The history file names the segment of the last byte before the stop LSN, not of the stop LSN."""
    exclusive_backup: bool
    backup_start_function: str
    backup_stop_function: str
    backup_from_word: str
    backup_manifest: bool
    summarize_wal: bool
    incremental_backup: bool
    data_checksums_default: bool
    quoted_parameter_names: bool
    """Messages quote the names of parameters ("max_wal_senders")."""
    archive_library: bool
    walsender_permission_words: str
    initdb_end_lsn: int
    """Insert position after initdb and the first start (16 MB segments, --no-locale)."""
    create_database_bytes: int
    """WAL of CREATE DATABASE: a copy with checkpoints up to 14, every page logged from 15 on."""
    create_database_checkpoints: bool
    """CREATE DATABASE makes a checkpoint before and after it copies the template's files."""
    data_directory_kb: int
    """Size of a fresh data directory without pg_wal, as pg_basebackup -P counts it (kB)."""


def _row(major: int, release: str, initdb_end_lsn: int, create_database_bytes: int, data_directory_kb: int) -> Version:
    return Version(
        major=major,
        release=release,
        initdb_end_lsn=initdb_end_lsn,
        create_database_bytes=create_database_bytes,
        create_database_checkpoints=major < 15,
        data_directory_kb=data_directory_kb,
        wal_keep_parameter="wal_keep_segments" if major < 13 else "wal_keep_size",
        keep_is_a_size=major >= 13,
        checkpoint_completion_target=0.5 if major < 14 else 0.9,
        slots_limit_before_keep=major >= 13,
        slot_loss=major >= 13,
        invalidation_reason=major >= 17,
        slot_conflicting=major >= 16,
        lost_slot_own_message=major >= 18,
        lost_slot_revives=major < 16,
        unreserved_slot_short_message=major >= 13,
        checkpoint_redo_record=major >= 17,
        checkpointer_in_recovery=major >= 15,
        recovery_announced_late=major >= 17,
        history_before_complete=major >= 15,
        unreached_target_is_fatal=major >= 13,
        promotes_while_paused=major >= 13,
        checks_redo_without_label=major >= 14,
        preallocates_before_leaving=major >= 13,
        names_need_receiver=major >= 13,
        archiver_counts_last_turn=major >= 18,
        archiver_wakes_on_reload=major >= 14,
        stop_segment_is_previous=major < 16,
        exclusive_backup=major < 15,
        backup_start_function="pg_start_backup" if major < 15 else "pg_backup_start",
        backup_stop_function="pg_stop_backup" if major < 15 else "pg_backup_stop",
        backup_from_word="master" if major < 14 else "primary",
        backup_manifest=major >= 13,
        summarize_wal=major >= 17,
        incremental_backup=major >= 17,
        data_checksums_default=major >= 18,
        quoted_parameter_names=major >= 17,
        archive_library=major >= 15,
        walsender_permission_words="role" if major < 16 else "permission",
    )


_TABLE: Mapping[int, Version] = {
    row.major: row
    for row in (
        _row(12, "12.22", 0x1643108, 2_120, 24_541),
        _row(13, "13.23", 0x15C49E0, 2_120, 24_240),
        _row(14, "14.23", 0x16EFE98, 2_144, 26_216),
        _row(15, "15.18", 0x14F4AF0, 4_298_504, 22_881),
        _row(16, "16.14", 0x14DDE80, 4_332_896, 23_014),
        _row(17, "17.10", 0x14D8A48, 4_315_200, 22_992),
        _row(18, "18.4", 0x174B2C8, 4_413_872, 23_482),
    )
}

KNOWN: tuple[int, ...] = tuple(sorted(_TABLE))
DEFAULT = 14
"""OSS-DB version 3.0 is based on 12 to 14; study starts on the newest of these."""


def version(major: int | str) -> Version:
    """Return the row of a major; raises UnknownVersion, which lists the known ones."""
    try:
        return _TABLE[int(major)]
    except (KeyError, ValueError):
        raise UnknownVersion(major) from None


def since(major: int, choices: Mapping[int, T]) -> T:
    """Return the choice of the newest key that is not newer than `major`.

    `choices` maps 'from this major on' to a value and must have a key at or below every known major asked for.
    """
    return choices[max([key for key in choices if key <= major])]


def same(one: int | str, other: int | str) -> bool:
    """Are these the same major?  Data files and control files are of one major only."""
    return str(one) == str(other)


def spans(rule: str) -> frozenset[int]:
    """Read a span of majors ('12-14', '15+', '13') as the set of known majors; raises UnknownVersion."""
    text = rule.strip()
    if text.endswith("+"):
        low, high = version(text[:-1]).major, KNOWN[-1]
    elif "-" in text:
        first, last = text.split("-", 1)
        low, high = version(first).major, version(last).major
    else:
        low = high = version(text).major
    return frozenset(major for major in KNOWN if low <= major <= high)
