"""May this app start servers?  On the learner's own machine yes; on one that others reach, only when it was said so."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

VARIABLE = "WALDOJO_LAB"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The lab may be offered."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The lab is off; `code` is the key of the reason in lab/texts.toml."""

    code: str


def allowed(
    server_address: str | None,
    environment: Mapping[str, str] = os.environ,
    *,
    participant: bool = False,
    teacher_allows: bool = False,
    lacking: Callable[[], str | None] | None = None,
) -> Allowed | Denied:
    """May the lab be offered on pages of a server that is bound to this address?

    Off unless the address is a loopback one, or WALDOJO_LAB is 1; any other value of WALDOJO_LAB turns it off.  No
    address, or an empty one, is every interface.  A classroom's participant also needs the teacher's switch.  A
    reverse proxy in front of a loopback address cannot be seen from here: who runs one sets WALDOJO_LAB=0.
    """
    wish = environment.get(VARIABLE, "").strip()
    if wish not in ("", "1"):
        return Denied("off_by_choice")
    if not wish and not is_loopback(server_address):
        return Denied("off_not_loopback")
    if participant and not teacher_allows:
        return Denied("off_participant")
    missing = (lacking or what_is_lacking)()
    return Denied(missing) if missing else Allowed()


def is_loopback(address: str | None) -> bool:
    """Is a server with this address reached from this machine only?"""
    name = (address or "").strip().strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def what_is_lacking() -> str | None:
    """The reason why no server can be run here, if there is one."""
    if sys.platform == "win32":
        return "off_windows"
    if importlib.util.find_spec("psycopg") is None:
        return "off_no_psycopg"
    from lab.binaries import usable

    return None if usable() else "off_no_server"
