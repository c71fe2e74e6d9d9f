"""Which settings a lab takes from a scenario: values that cannot run a program or leave the lab's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lab import NotHere
from simulator.play import ARCHIVE_COMMAND
from simulator.settings_table import parameters
from simulator.versions import KNOWN

HARMLESS_WORDS = frozenset({"", "true", "false", "/bin/true", "/bin/false"})
"""archive_command and restore_command may be these, or the dojo's own; never a text that somebody wrote."""
_RESTORE = re.compile(r"""cp "?/archive/%f"? "?%p"?""")
_PLAIN_STRINGS = frozenset(
    {"primary_slot_name", "recovery_target", "recovery_target_name", "recovery_target_time", "recovery_target_timeline",
     "recovery_target_lsn", "recovery_target_xid", "synchronous_standby_names", "application_name", "cluster_name"}
)  # fmt: skip
_OURS = frozenset({"port", "restart_after_crash", "unix_socket_permissions"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def real_value(home: Path, name: str, text: str) -> str:
    """The value that goes to the server; raises NotHere for one that the lab does not take."""
    key = name.lower()
    if _NAME.fullmatch(name) is None or key in _OURS:
        raise NotHere("setting", name=name)
    if key == "archive_command" and text == ARCHIVE_COMMAND:
        return f"{home}/programs/archive %p %f"
    if key == "restore_command" and _RESTORE.fullmatch(text):
        return f"{home}/programs/restore %f %p"
    if key in ("archive_command", "restore_command"):
        if text in HARMLESS_WORDS:
            return text
        raise NotHere("setting", name=name)
    if key in _PLAIN_STRINGS or _kind(key) != "string":
        return text
    raise NotHere("setting", name=name)


def _kind(name: str) -> str:
    """bool, integer, real, enum or string; a name that nobody knows is refused by the server itself."""
    for number in reversed(KNOWN):
        known: Mapping[str, object] = parameters(number)
        if name in known:
            return parameters(number)[name].vartype
    return "string"


def conf_line(home: Path, name: str, text: str) -> str:
    """A line of postgresql.conf."""
    value = real_value(home, name, text).replace("'", "''")
    return f"{name} = '{value}'"


def shown(home: Path, text: str) -> str:
    """The dojo's words for the lab's own programs."""
    text = text.replace(f"{home}/programs/archive %p %f", ARCHIVE_COMMAND)
    return text.replace(f"{home}/programs/restore %f %p", "cp /archive/%f %p")
