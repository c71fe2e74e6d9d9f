"""The options of postgres itself, as `pg_ctl -o` hands them on."""

from __future__ import annotations

import shlex

_SWITCHES = {"-F": ("fsync", "off"), "-i": ("listen_addresses", "*")}
_VALUES = {
    "-p": "port",
    "-h": "listen_addresses",
    "-k": "unix_socket_directories",
    "-N": "max_connections",
    "-B": "shared_buffers",
}


def postgres_options(text: str) -> tuple[tuple[str, str], ...]:
    """-o: options for postgres that set something, as (name, value)."""
    found: list[tuple[str, str]] = []
    words = shlex.split(text)
    while words:
        word = words.pop(0)
        if word in _SWITCHES:
            found.append(_SWITCHES[word])
        elif word in _VALUES or word == "-c":
            value = words.pop(0) if words else ""
            found.append(_setting(value) if word == "-c" else (_VALUES[word], value))
        elif word[:2] in _VALUES:
            found.append((_VALUES[word[:2]], word[2:]))
        elif word.startswith(("--", "-c")):
            found.append(_setting(word[2:]))
    return tuple((name, value) for name, value in found if name)


def _setting(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().replace("-", "_").lower(), value.strip()
