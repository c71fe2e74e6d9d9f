"""Where a tool connects to: options, connection strings and the environment, put together as libpq does."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from host.machine import Build
from host.options.conninfo import ConninfoFault, parse, recognized
from host.options.numbers import strtol
from host.options.values import Parsed
from simulator.versions import since, spans

SOCKET_FOLDER = "/tmp"  # noqa: S108  (DEFAULT_PGSOCKET_DIR of a build from source, on the simulated host)
PORT = "5432"
HIGHEST_PORT = 65535
INT_MAX = 2**31 - 1
SSL_NEEDED = ("require", "verify-ca", "verify-full")
_WORDS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "channel_binding": {12: ("disable", "prefer", "require")},
    "sslmode": {12: ("disable", "allow", "prefer", *SSL_NEEDED)},
    "gssencmode": {12: ("disable", "prefer", "require")},
    "target_session_attrs": {
        12: ("any", "read-write"),
        14: ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    },
}


@dataclass(frozen=True, slots=True)
class Target:
    """What libpq would connect to."""

    host: str = SOCKET_FOLDER
    """A host name, an address, or the folder of a socket (it begins with /)."""
    port: str = PORT
    """As given: libpq reads the number only when it connects, see `fault`."""
    user: str = "postgres"
    dbname: str = "postgres"
    password: str = ""
    """From the connection string or PGPASSWORD; '' for none."""
    prompt: str = "auto"
    """never (-w), always (-W) or auto."""
    named: bool = False
    """A database was named (not taken from the user's name)."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Everything that libpq was told, by its own keywords."""
    others: tuple[tuple[str, int], ...] = ()
    """The hosts after the first, with their ports."""
    fault: str = ""
    """libpq's complaint about the parameters themselves: the connection fails with it, '' when there is none."""

    @property
    def number(self) -> int:
        """The port as a number, 0 when it is none."""
        return int(self.port) if self.port.strip().isascii() and self.port.strip().isdigit() else 0

    @property
    def session(self) -> str:
        """target_session_attrs: what kind of server it has to be."""
        return self.parameters.get("target_session_attrs") or "any"

    @property
    def asked(self) -> str:
        """What -W says on standard error where no terminal is: the answer is not shown, so the line ends there."""
        return "Password: \n" if self.prompt == "always" else ""

    @property
    def socket(self) -> str:
        """The path of the socket file, '' for TCP."""
        return f"{self.host}/.s.PGSQL.{self.number}" if self.host.startswith("/") else ""


@cache
def keywords(major: int) -> Mapping[str, str]:
    """Keywords of a connection string and the environment variable of each ('' for none)."""
    text = resources.files("host.options.data").joinpath("libpq.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    return {word: row.get("env", "") for word, row in rows.items() if major in spans(row.get("span", "12+"))}


def read_string(text: str, major: int) -> dict[str, str]:
    """A connection string or URI (PQconninfoParse); raises ConninfoFault."""
    return parse(text, frozenset(keywords(major)), since(major, {12: False, 18: True}))


def target(parsed: Parsed, dbname: str | None, default: str = "", user: str = "") -> Target:
    """Options -h, -p, -U, -w, -W of a tool with a database, a connection string or neither.

    `default`: the database when nothing names one; `user`: a role named by an operand.
    """
    given = {
        "host": parsed.last("host"),
        "port": parsed.last("port"),
        "user": user or parsed.last("username"),
    }
    values = {word: value for word, value in given.items() if value}
    fault = ""
    if dbname is not None and recognized(dbname):
        try:
            values |= read_string(dbname, parsed.build.major)
        except ConninfoFault as wrong:
            fault = str(wrong)
    elif dbname:
        values["dbname"] = dbname
    return complete(parsed, values, default, fault)


def complete(parsed: Parsed, values: Mapping[str, str], default: str = "", fault: str = "") -> Target:
    """The target of what was given, with the environment and libpq's own defaults for the rest."""
    known = dict(values)
    for word, variable in keywords(parsed.build.major).items():
        if variable and parsed.env.get(variable) and word not in known:
            known[word] = parsed.env[variable]
    user = known.get("user") or parsed.user
    (host, port), *others = _hosts(known)
    counted = _ports_fault(known)
    prompt = "auto"
    for name, _ in parsed.given:
        prompt = {"no-password": "never", "password": "always"}.get(name, prompt)
    return Target(
        host=host,
        port=port,
        user=user,
        dbname=known.get("dbname") or default or user,
        password=known.get("password", ""),
        prompt=prompt,
        named="dbname" in known,
        parameters=known,
        others=tuple((name, int(number)) for name, number in others if number.isascii() and number.isdigit()),
        fault=fault or counted or _word_fault(known, parsed.build) or port_fault(port),
    )


def _hosts(known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each host of the list with its port; one port is that of all."""
    hosts = (known.get("hostaddr") or known.get("host") or "").split(",")
    ports = known.get("port", "").split(",")
    ports = ports if len(ports) == len(hosts) else ports[:1] * len(hosts)
    return [(host or SOCKET_FOLDER, port or PORT) for host, port in zip(hosts, ports, strict=True)]


def _ports_fault(known: Mapping[str, str]) -> str:
    hosts = (known.get("hostaddr") or known.get("host") or "").count(",") + 1
    ports = known.get("port", "").count(",") + 1
    return f"could not match {ports} port numbers to {hosts} hosts" if ports not in (1, hosts) else ""


def _word_fault(known: Mapping[str, str], build: Build) -> str:
    """The parameters that take some words only, in the order in which libpq looks at them."""
    for keyword, words in _WORDS.items():
        word = known.get(keyword)
        if word is None:
            continue
        if word not in since(build.major, words):
            return f'invalid {keyword} value: "{word}"'
        if keyword == "sslmode" and word in SSL_NEEDED and not build.tls:
            return f'sslmode value "{word}" invalid when SSL support is not compiled in'
    return ""


def port_fault(port: str) -> str:
    """What libpq says about a port that is no number or out of range."""
    number, rest = strtol(port)
    if number is None or abs(number) > INT_MAX or rest.strip():
        return f'invalid integer value "{port}" for connection option "port"'
    return "" if 1 <= number <= HIGHEST_PORT else f'invalid port number: "{port}"'
