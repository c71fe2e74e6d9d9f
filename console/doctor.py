"""`waldojo lab doctor`: what is here for the lab, what each installation can do, and how to get more."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.words import word
from lab.binaries import CLIENT_TOOLS
from lab.health import Found, Health, look
from lab.permission import Denied
from lab.texts import text

CONFIG = Path(__file__).resolve().parent.parent / ".streamlit" / "config.toml"


def doctor(*, as_json: bool, language: str) -> int:
    """Look and tell; 0 when there is at least one server that can be used."""
    health = look(address(os.environ))
    if as_json:
        print(json.dumps(told(health, language), ensure_ascii=False, indent=1))
    else:
        _print(health, language)
    return 0 if usable_majors(health) else 1


def address(environment: Mapping[str, str], config: Path = CONFIG) -> str | None:
    """The address to which the app will be bound: Streamlit's variable, or its configuration file."""
    given = environment.get("STREAMLIT_SERVER_ADDRESS")
    if given:
        return given
    with suppress(OSError, tomllib.TOMLDecodeError, AttributeError):
        found = tomllib.loads(config.read_text(encoding="utf-8")).get("server", {}).get("address")
        return None if found is None else str(found)
    return None


def told(health: Health, language: str) -> dict[str, Any]:
    """The answer as data."""
    majors = usable_majors(health)
    denied = health.permission if isinstance(health.permission, Denied) else None
    return {
        "usable": sorted(majors),
        "allowed": denied is None,
        "reason": None if denied is None else denied.code,
        "runs_as": health.user,
        "base": None if health.base is None else str(health.base),
        "at_once": health.at_once,
        "disk": health.disk,
        "unreachable": [str(folder) for folder in health.unreachable],
        "installations": [
            {
                "major": found.installation.major,
                "release": found.installation.release,
                "origin": found.installation.origin,
                "folder": str(found.installation.folder),
                "usable": found.usable,
                "tools": sorted(set(found.installation.tools) - set(found.broken)),
                "broken": list(found.broken),
                "missing": list(found.missing),
                "clients_of": found.borrowed,
                "compression": list(found.compression),
                "can": can(found, majors, language),
            }
            for found in health.found
        ],
    }


def usable_majors(health: Health) -> frozenset[int]:
    """The majors on which a scenario can run."""
    return frozenset(found.installation.major for found in health.found if found.usable)


def can(found: Found, majors: frozenset[int], language: str) -> list[str]:
    """What a learner can do with it, in words."""
    if not found.usable:
        other = found.installation.major in majors
        return [word("doctor_second" if other else "doctor_no_clients", language)]
    said = [word("doctor_full", language, major=found.installation.major)]
    if found.borrowed:
        said = [word("doctor_borrowed", language, major=found.installation.major, lender=found.borrowed)]
    lacking = [tool for tool in found.missing if tool not in CLIENT_TOOLS]
    if lacking:
        said.append(word("doctor_lacking", language, tools=", ".join(lacking)))
    if found.broken:
        said.append(text("broken", language, tools=", ".join(found.broken)))
    if found.compression:
        said.append(word("doctor_compression", language, methods=", ".join(found.compression)))
    return said


def _print(health: Health, language: str) -> None:
    for found in health.found:
        one = found.installation
        print(f"PostgreSQL {one.release} ({one.origin})")
        print(f"  {one.folder}")
        for line in can(found, usable_majors(health), language):
            print(f"  {line}")
        print()
    for folder in health.unreachable:
        print(word("doctor_unreachable", language, folder=folder, user=health.user) + "\n")
    if not usable_majors(health):
        print(text("no_server", language, wanted="", found="-") + "\n")
    print(_user(health, language))
    print(word("doctor_base", language, base=health.base) if health.base else word("doctor_no_base", language))
    print(word("doctor_at_once", language, runs=health.at_once))
    print(word("doctor_disk" if health.disk else "doctor_no_disk", language))
    if isinstance(health.permission, Denied):
        print(text(health.permission.code, language))
    else:
        print(word("doctor_allowed", language))
    print(word("doctor_more", language))


def _user(health: Health, language: str) -> str:
    if health.user is None:
        return word("doctor_as_yourself", language)
    return word("doctor_as", language, user=health.user) if health.user else text("no_user", language)
