"""What kind of archive_command it is, as far as its text tells: recognised forms only, everything else is 'unknown'."""

from __future__ import annotations

import re

_TRUE = r"(?:/(?:usr/)?bin/)?true"
_NOTHING = re.compile(rf"{_TRUE}|:|exit 0|cd \.|rem\b.*|(?:/(?:usr/)?bin/)?echo\b[^|&;>]*", re.IGNORECASE)
_TOOLS = re.compile(
    r"\b(pgbackrest|wal-g|wal-e|barman-wal-archive|barman-cloud-wal-archive|pg_probackup|walg|envdir|pghoard|wal2s3)\b"
)
_CHECKS = re.compile(
    r"\btest\s+!\s+-\w|\[\s+!\s+-\w|--ignore-existing|--no-clobber|\bcp\s+-\w*[ni]|if not exist", re.IGNORECASE
)
_IGNORES = re.compile(rf"(?:\|\||;)\s*(?:{_TRUE}|:|exit 0)\s*$")
_COPIES = re.compile(r"\b(?:cp|copy|mv|install|rsync|scp)\b.*%p.*%f", re.IGNORECASE)
_REDIRECTS = re.compile(r"%p.*>\s*\S*%f")


def archive_form(command: str) -> str:
    """'empty', 'nothing', 'ignores', 'tool', 'checked', 'overwrites' or 'unknown'."""
    text = " ".join(command.split())
    if text in ("", "(disabled)"):
        return "empty"
    if _NOTHING.fullmatch(text):
        return "nothing"
    if _IGNORES.search(text):
        return "ignores"
    if _TOOLS.search(text):
        return "tool"
    if _CHECKS.search(text):
        return "checked"
    return "overwrites" if _COPIES.search(text) or _REDIRECTS.search(text) else "unknown"
