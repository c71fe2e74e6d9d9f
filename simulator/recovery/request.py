"""What kind of start is asked for: signal files and settings (readRecoverySignalFile, validateRecoveryParameters)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from simulator.lsn import parse_lsn
from simulator.settings import ServerSettings

Target = Literal["", "immediate", "name", "xid", "time", "lsn"]
STANDBY, RECOVERY = "standby.signal", "recovery.signal"


@dataclass(frozen=True)
class Request:
    """The recovery that somebody asked for; `signal` is '' where nobody did."""

    signal: str = ""
    target: Target = ""
    name: str = ""
    number: int = 0
    """The target xid, LSN or time (microseconds)."""
    shown: str = ""
    """The target as the setting has it."""
    inclusive: bool = True
    action: str = "pause"
    timeline: str = "latest"
    """'latest', 'current' or a number."""
    restore_command: bool = False
    conninfo: bool = False
    hot_standby: bool = True
    archiving: bool = False
    """archive_mode is not off."""
    always: bool = False
    """archive_mode is 'always'."""
    delay: int = 0
    """recovery_min_apply_delay, microseconds."""

    @property
    def standby(self) -> bool:
        """StandbyModeRequested."""
        return self.signal == STANDBY

    @property
    def asked(self) -> bool:
        """ArchiveRecoveryRequested."""
        return bool(self.signal)


_TARGETS: tuple[tuple[Target, str], ...] = (
    ("immediate", "recovery_target"),
    ("name", "recovery_target_name"),
    ("xid", "recovery_target_xid"),
    ("time", "recovery_target_time"),
    ("lsn", "recovery_target_lsn"),
)


def request_of(signals: frozenset[str], settings: ServerSettings, moment: Callable[[str], int]) -> Request:
    """Read the settings of a start; `moment` reads a target time.

    With both signal files standby.signal is found first, and the other one stays unknown.  A pause that nobody
    could end, because nobody can connect, becomes a shutdown.
    """
    signal = next((name for name in (STANDBY, RECOVERY) if name in signals), "")
    kind, shown = _target(settings)
    number = 0
    if kind == "xid":
        number = strtoul(shown) & 0xFFFFFFFF
    elif kind == "lsn":
        number = parse_lsn(shown)
    elif kind == "time":
        number = moment(shown)
    hot_standby, action = bool(settings.value("hot_standby")), str(settings.value("recovery_target_action"))
    return Request(
        signal=signal,
        target=kind,
        name=shown,
        number=number,
        shown=shown,
        inclusive=bool(settings.value("recovery_target_inclusive")),
        action="shutdown" if action == "pause" and not hot_standby else action,
        timeline=str(settings.value("recovery_target_timeline")) or "latest",
        restore_command=settings.value("restore_command") != "",
        conninfo=settings.value("primary_conninfo") != "",
        hot_standby=hot_standby,
        archiving=settings.value("archive_mode") != "off",
        always=settings.value("archive_mode") == "always",
        delay=int(settings.value("recovery_min_apply_delay")) * 1000,
    )


def strtoul(text: str) -> int:
    """As C's strtoul with base 0: the number that the text begins with, 0 when it begins with none."""
    match = re.match(r"\s*\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", text)
    if match is None:
        return 0
    digits = match[1]
    return int(digits, 8 if digits[:1] == "0" and digits[1:2].isdigit() else 0)


def _target(settings: ServerSettings) -> tuple[Target, str]:
    for kind, name in _TARGETS:
        shown = str(settings.value(name))
        if shown:
            return kind, shown
    return "", ""
