"""pg_archivecleanup: its checks before it looks at the archive, and which segment is the oldest to keep."""

from __future__ import annotations

import re
from dataclasses import dataclass

from host.options.messages import fail, hint, stop_at_fault
from host.options.values import Parsed, Refusal, refusing

_SEGMENT = re.compile(r"([0-9A-F]{24})(?:\.partial|\.[0-9A-F]{1,8}\.backup)?")


@dataclass(frozen=True, slots=True)
class CleanupSettings:
    """What pg_archivecleanup is to do."""

    archive: str = ""
    oldest: str = ""
    """The name as given, without the ending of -x."""
    keep_from: str = ""
    """The segment that stays, with all later ones; '' when the name is none (then `bad_name`)."""
    bad_name: Refusal | None = None
    """How it ends, after it has found the archive, when the name is that of no WAL file."""
    extension: str = ""
    debug: bool = False
    dry_run: bool = False
    history: bool = False


@refusing
def settings(parsed: Parsed) -> CleanupSettings | Refusal:
    """Two operands and no more; every fault is exit 2."""
    stop_at_fault(parsed)
    if not parsed.operands:
        fail(parsed, "must specify archive location", usage=True, status=2)
    if len(parsed.operands) < 2:
        fail(parsed, "must specify oldest kept WAL file", usage=True, status=2)
    if len(parsed.operands) > 2:
        fail(parsed, "too many command-line arguments", usage=True, status=2)
    archive, oldest = parsed.operands
    extension = parsed.last("strip-extension")
    if extension and len(oldest) > len(extension):
        oldest = oldest.removesuffix(extension)
    found = _SEGMENT.fullmatch(oldest)
    bad = f"{parsed.tool}: error: invalid file name argument\n{hint(parsed)}"
    return CleanupSettings(
        archive=archive,
        oldest=oldest,
        keep_from=found[1] if found else "",
        bad_name=None if found else Refusal(2, bad),
        extension=extension,
        debug=parsed.has("debug"),
        dry_run=parsed.has("dry-run"),
        history=parsed.has("clean-backup-history"),
    )
