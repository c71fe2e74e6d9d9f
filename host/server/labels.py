"""backup_label as text: reading it as read_backup_label does."""

from __future__ import annotations

import re

from simulator.cluster import BackupLabel
from simulator.lsn import parse_lsn

_START = re.compile(r"START WAL LOCATION: ([0-9A-F]+/[0-9A-F]+) \(file ([0-9A-F]{8})[0-9A-F]{16}\)\n")
_CHECKPOINT = re.compile(r"CHECKPOINT LOCATION: ([0-9A-F]+/[0-9A-F]+)\n")
INCREMENTAL = "INCREMENTAL FROM LSN:"


def read(text: str) -> BackupLabel | None:
    """The label, None when its first two lines are not as the server wrote them."""
    start = _START.match(text)
    checkpoint = _CHECKPOINT.match(text, start.end()) if start else None
    if start is None or checkpoint is None:
        return None
    words = dict(line.partition(": ")[::2] for line in text.splitlines())
    return BackupLabel(
        redo_lsn=parse_lsn(start[1]),
        checkpoint_lsn=parse_lsn(checkpoint[1]),
        timeline=int(start[2], 16),
        method=words.get("BACKUP METHOD", ""),
        label=words.get("LABEL", ""),
        source=words.get("BACKUP FROM", ""),
    )
