"""What -R writes: primary_conninfo of the connection that was used (GenerateRecoveryConfig)."""

from __future__ import annotations

from collections.abc import Mapping

from host.options.connection import Target
from simulator.versions import since

# libpq's parameters that have a value of their own, in libpq's order, by the client's major; {prefer}: what a build
# with TLS and GSS prefers, and 'disable' without them.
_KEYWORDS = {
    12: "sslmode={prefer} sslcompression=0 gssencmode={prefer} krbsrvname=postgres target_session_attrs=any",
    13: "sslmode={prefer} sslcompression=0 ssl_min_protocol_version=TLSv1.2 gssencmode={prefer} krbsrvname=postgres "
    "target_session_attrs=any",
    14: "sslmode={prefer} sslcompression=0 sslsni=1 ssl_min_protocol_version=TLSv1.2 gssencmode={prefer} "
    "krbsrvname=postgres target_session_attrs=any",
    16: "sslmode={prefer} sslcompression=0 sslcertmode={cert} sslsni=1 ssl_min_protocol_version=TLSv1.2 "
    "gssencmode={prefer} krbsrvname=postgres gssdelegation=0 target_session_attrs=any load_balance_hosts=disable",
    17: "sslmode={prefer} sslnegotiation=postgres sslcompression=0 sslcertmode={cert} sslsni=1 "
    "ssl_min_protocol_version=TLSv1.2 gssencmode={prefer} krbsrvname=postgres gssdelegation=0 "
    "target_session_attrs=any load_balance_hosts=disable",
}
_CHANNEL_BINDING = {12: False, 13: True}


def conninfo(target: Target, major: int, home: str, *, tls: bool) -> str:
    """The connection string with all that libpq would use; without dbname and replication."""
    prefer = "prefer" if tls else "disable"
    words = [f"user={quoted(target.user)}"]
    if target.password:
        words.append(f"password={quoted(target.password)}")
    words.append(f"passfile={quoted(target.parameters.get('passfile') or home + '/.pgpass')}")
    if since(major, _CHANNEL_BINDING):
        words.append(f"channel_binding={prefer}")
    words += [f"host={quoted(target.host)}", f"port={quoted(target.port)}"]
    if name := target.parameters.get("application_name"):
        words.append(f"application_name={quoted(name)}")
    defaults = since(major, _KEYWORDS).format(prefer=prefer, cert="allow" if tls else "disable").split()
    words += [f"{key}={quoted(value)}" for key, value in _with_given(defaults, target.parameters)]
    return " ".join(words)


def _with_given(defaults: list[str], given: Mapping[str, str]) -> list[tuple[str, str]]:
    pairs = (word.partition("=")[::2] for word in defaults)
    return [(key, given.get(key, value)) for key, value in pairs]


def quoted(value: str) -> str:
    """appendConnStrVal: bare when it is plain, else in quotes."""
    plain = value and all(letter.isascii() and (letter.isalnum() or letter in "_.") for letter in value)
    return value if plain else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def lines(target: Target, major: int, home: str, slot: str, *, tls: bool) -> str:
    """The lines added to postgresql.auto.conf."""
    escaped = conninfo(target, major, home, tls=tls).replace("'", "''")
    found = f"primary_conninfo = '{escaped}'\n"
    return found + (f"primary_slot_name = '{slot}'\n" if slot else "")
