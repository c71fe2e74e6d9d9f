"""Every risk that the report knows, as a change of a sound server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from inspection.facts import Archiver, Disk, ServerFacts
from simulator.lsn import GB, MB
from simulator.versions import KNOWN, version
from tests.inspection.server_facts import LSN, NOW, name, sender, slot

Change = Callable[[ServerFacts], ServerFacts]
SLOT_LOSS = tuple(number for number in KNOWN if version(number).slot_loss)
SUMMARIES = tuple(number for number in KNOWN if version(number).summarize_wal)
FAILING = Archiver(5, name(4900), NOW - timedelta(hours=3), 40, name(4901), NOW, NOW - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Risk:
    """A change that makes a sound server risky, and the finding that it must lead to."""

    code: str
    change: Change
    majors: tuple[int, ...] = KNOWN
    mended_by_hand: bool = False
    """What mends it is no ALTER SYSTEM."""


def changed(**values: str) -> Change:
    return lambda facts: replace(facts, settings={**facts.settings, **values})


def seen(**values: Any) -> Change:
    return lambda facts: replace(facts, **values)


def both(*changes: Change) -> Change:
    def change(facts: ServerFacts) -> ServerFacts:
        for each in changes:
            facts = each(facts)
        return facts

    return change


def _keep_zero(facts: ServerFacts) -> ServerFacts:
    return changed(**{facts.version.wal_keep_parameter: "0"})(facts)


def _keep_much(facts: ServerFacts) -> ServerFacts:
    return changed(**{facts.version.wal_keep_parameter: "900GB" if facts.version.keep_is_a_size else "60000"})(facts)


SLOW = seen(looks=((NOW - timedelta(hours=10), LSN - 10 * MB), (NOW, LSN)))
IDLE = seen(looks=((NOW - timedelta(days=1), LSN), (NOW, LSN)))
NO_LIMIT = changed(max_slot_wal_keep_size="-1")
FAILING_NOW = seen(archiver=FAILING)
RISKS = (
    Risk("archive_off", changed(archive_mode="off")),
    Risk("archive_nowhere", changed(archive_command="")),
    Risk("archive_discards", changed(archive_command="/bin/true")),
    Risk("archive_ignores", changed(archive_command="cp %p /archive/%f || true")),
    Risk("archive_overwrites", changed(archive_command="cp %p /archive/%f")),
    Risk("archive_failing", both(FAILING_NOW, seen(seen_at=None)), mended_by_hand=True),
    Risk("archive_failing_since", both(FAILING_NOW, seen(ready_files=None)), mended_by_hand=True),
    Risk("archive_failing_waiting", both(FAILING_NOW, seen(ready_files=300)), mended_by_hand=True),
    Risk("archive_slow", seen(ready_files=500), mended_by_hand=True),
    Risk("archive_rarely", both(changed(archive_timeout="0"), SLOW)),
    Risk(
        "archive_rarely_idle", both(changed(archive_timeout="0"), seen(looks=((NOW - timedelta(1), LSN), (NOW, LSN))))
    ),
    Risk("slot_lost", seen(slots=(slot(wal_status="lost", restart_lsn=None),)), mended_by_hand=True),
    Risk("slot_unreserved", seen(slots=(slot(wal_status="unreserved", active=True),)), SLOT_LOSS, mended_by_hand=True),
    Risk("slot_idle", both(seen(slots=(slot(),)), seen(lsn=None)), mended_by_hand=True),
    Risk("slot_idle_behind", seen(slots=(slot(inactive_since=None),)), mended_by_hand=True),
    Risk("slot_idle_since", seen(slots=(slot(),)), mended_by_hand=True),
    Risk("slots_unlimited", both(NO_LIMIT, seen(slots=(slot(active=True),))), SLOT_LOSS),
    Risk(
        "slots_unlimited_loses",
        both(NO_LIMIT, seen(slots=(slot(active=True),), disk=Disk(GB, 256 * MB))),
        SLOT_LOSS,
    ),
    Risk("standby_without_slot", both(_keep_zero, seen(senders=(sender(),)))),
    Risk("senders_none", changed(max_wal_senders="0")),
    Risk("senders_few", seen(senders=tuple(sender(pid=pid) for pid in range(9)))),
    Risk("slots_none_left", seen(slots=tuple(slot(f"s{n}", active=True) for n in range(10)))),
    Risk("sync_standby_missing", both(changed(synchronous_standby_names="tokyo"), seen(senders=(sender(),)))),
    Risk("fsync_off", changed(fsync="off")),
    Risk("pages_off", changed(full_page_writes="off")),
    Risk("commit_off", changed(synchronous_commit="off")),
    Risk("minimal", changed(wal_level="minimal", max_wal_senders="0", archive_mode="off")),
    Risk("checkpoints_crowded", both(changed(max_wal_size="128MB"), seen(checkpoints_requested=5000))),
    Risk("keep_over_disk", both(_keep_much, seen(disk=Disk(None, 100 * GB)))),
    Risk("summaries_off", changed(summarize_wal="off"), SUMMARIES),
    Risk("checksums_off", changed(data_checksums="off"), mended_by_hand=True),
    Risk("pending_restart", seen(pending_restart=("shared_buffers",)), mended_by_hand=True),
)
