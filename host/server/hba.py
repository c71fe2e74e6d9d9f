"""pg_hba.conf: which line a connection meets (check_hba)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from host.catalog.model import Catalog


@dataclass(frozen=True, slots=True)
class Rule:
    """One line."""

    kind: str
    """local, host, hostssl, hostnossl, hostgssenc or hostnogssenc."""
    databases: tuple[str, ...]
    users: tuple[str, ...]
    address: str
    method: str


def read(text: str) -> tuple[Rule, ...]:
    """The rules of a file, in order; lines that are none are left out."""
    rules = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if len(words) < 4:
            continue
        kind, databases, users, *rest = words
        if kind == "local":
            rules.append(Rule(kind, tuple(databases.split(",")), tuple(users.split(",")), "", rest[0]))
        elif len(rest) >= 2:
            address, *more = rest
            if more[0].count(".") == 3 and len(more) > 1:  # address and mask in two words
                address, more = f"{address}/{more[0]}", more[1:]
            rules.append(Rule(kind, tuple(databases.split(",")), tuple(users.split(",")), address, more[0]))
    return tuple(rules)


def method(
    rules: tuple[Rule, ...],
    catalog: Catalog,
    address: str,
    database: str,
    user: str,
    replication: bool,
    names: frozenset[str],
) -> str:
    """The authentication method of the first rule that fits, '' when none does.

    address '' is the Unix socket; `names`: words that mean this address too.
    """
    for rule in rules:
        local = rule.kind == "local"
        if local != (address == "") or rule.kind in ("hostssl", "hostgssenc"):
            continue
        if not local and rule.address not in names and not _covers(rule.address, address):
            continue
        if _database(rule, catalog, database, user, replication) and _user(rule, catalog, user):
            return rule.method
    return ""


def _covers(pattern: str, address: str) -> bool:
    if pattern == "all":
        return True
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return pattern == "localhost" and ipaddress.ip_address(address).is_loopback


def _database(rule: Rule, catalog: Catalog, database: str, user: str, replication: bool) -> bool:
    if replication:
        return "replication" in rule.databases
    for word in rule.databases:
        if word in ("all", database) or (word == "sameuser" and user == database):
            return word != "replication"
        if word in ("samerole", "samegroup") and catalog.is_member(user, database):
            return True
    return False


def _user(rule: Rule, catalog: Catalog, user: str) -> bool:
    return any(
        word in ("all", user) or (word.startswith("+") and catalog.is_member(user, word[1:])) for word in rule.users
    )
