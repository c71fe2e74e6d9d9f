"""pg_hba.conf and pg_ident.conf when a server starts: what load_hba() and load_ident() say of them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host import tree
from host.content import text_of
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host

_KINDS = ("local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc", "include", "include_if_exists")
_OPEN = {12: 'could not open configuration file "{path}"', 16: 'could not open file "{path}"'}


_CALLED = {12: "pg_hba.conf", 16: "{directory}/pg_hba.conf"}
_METHODS = frozenset(
    "trust reject md5 scram-sha-256 password ident peer pam ldap cert radius gss sspi bsd oauth".split()
)
_KEYWORDS = ("all", "samehost", "samenet")
_OPTIONS = frozenset(
    "map clientcert clientname pamservice pam_use_hostname ldapurl ldaptls ldapscheme ldapserver ldapport ldapbinddn "
    "ldapbindpasswd ldapsearchattribute ldapsearchfilter ldapbasedn ldapprefix ldapsuffix krb_realm include_realm "
    "compat_realm upn_username radiusservers radiusports radiussecrets radiusidentifiers issuer scope validator "
    "delegate_ident_mapping".split()
)
_NETMASK_HINT = "Specify an address range in CIDR notation, or provide a separate netmask."


@dataclass(frozen=True, slots=True)
class Unread:
    """Lines of the log; with `hba` the postmaster ends."""

    hba: tuple[str, ...]
    ident: tuple[str, ...]


def faults(host: Host, pgdata: str, shown: str, major: int) -> Unread:
    """What is wrong with the two files; `shown`: the data directory as the server names it."""
    absent = since(major, _OPEN)

    def gone(name: str) -> str:
        return f"LOG:  {absent.format(path=f'{shown}/{name}')}: {tree.NO_ENTRY}"

    node = tree.find(host.root, f"{pgdata}/pg_hba.conf")
    said = [gone("pg_hba.conf")] if not isinstance(node, tree.File) else []
    if isinstance(node, tree.File):
        said += wrong_lines(text_of(node.content), f"{shown}/pg_hba.conf")
    end = [f"FATAL:  could not load {since(major, _CALLED).format(directory=shown)}"] if said else []
    there = isinstance(tree.find(host.root, f"{pgdata}/pg_ident.conf"), tree.File)
    return Unread((*said, *end), () if there or said else (gone("pg_ident.conf"),))


def reread(host: Host, pgdata: str, shown: str, major: int) -> tuple[str | None, tuple[str, ...]]:
    """A running server reads pg_hba.conf anew: its text, None when the old rules stay; and what the log says."""
    said = faults(host, pgdata, shown, major)
    if said.hba:
        return None, (*said.hba[:-1], f"LOG:  {since(major, _CALLED).format(directory=shown)} was not reloaded")
    return rules_text(host, pgdata), said.ident


def rules_text(host: Host, pgdata: str) -> str:
    """What pg_hba.conf says now."""
    node = tree.find(host.root, f"{pgdata}/pg_hba.conf")
    return text_of(node.content) if isinstance(node, tree.File) else ""


def wrong_lines(text: str, path: str) -> list[str]:
    """Each line of a pg_hba.conf that is none (parse_hba_line), with its place."""
    said = []
    for number, line in enumerate(text.split("\n"), 1):
        words = re.sub(r",\s+", ",", line.split("#")[0]).replace('"', "").split()
        fault = _fault(words) if words and not words[0].startswith("include") else ""
        if fault:
            message, _, hint = fault.partition("\n")
            place = f'CONTEXT:  line {number} of configuration file "{path}"'
            said += [f"LOG:  {message}", *([f"HINT:  {hint}"] if hint else []), place]
    return said


def _fault(words: list[str]) -> str:
    """What is wrong with one line."""
    kind, rest = words[0], words[3:]
    if kind not in _KINDS:
        return f'invalid connection type "{kind}"'
    if len(words) < 3:
        return f"end-of-line before {('database', 'role')[len(words) - 1]} specification"
    if kind != "local":
        if not rest:
            return "end-of-line before IP address specification"
        fault, taken = _address(rest)
        if fault:
            return fault
        rest = rest[taken:]
    return _method(kind, rest)


def _address(words: list[str]) -> tuple[str, int]:
    """What is wrong with the address, and how many words it takes: one, or two with a mask of its own."""
    address, slash, bits = words[0].partition("/")
    known = _ip(address)
    if words[0] in _KEYWORDS or (known is None and not slash):
        return "", 1
    if known is None:
        return f'specifying both host name and CIDR mask is invalid: "{words[0]}"', 1
    if slash:
        right = bits.isdecimal() and int(bits) <= known.max_prefixlen
        return "" if right else f'invalid CIDR mask in address "{words[0]}"', 1
    if len(words) == 1:
        return f"end-of-line before netmask specification\n{_NETMASK_HINT}", 1
    mask = _ip(words[1])
    if mask is None:
        return f'invalid IP mask "{words[1]}": Name or service not known', 2
    return "" if mask.version == known.version else "IP address and mask do not match", 2


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _method(kind: str, words: list[str]) -> str:
    """What is wrong with the method and its options."""
    if not words:
        return "end-of-line before authentication method"
    method, *given = words
    if method not in _METHODS:
        return f'invalid authentication method "{method}"'
    if kind == "local" and method == "gss":
        return "gssapi authentication is not supported on local sockets"
    if kind != "local" and method == "peer":
        return "peer authentication is only supported on local sockets"
    if kind != "hostssl" and method == "cert":
        return "cert authentication is only supported on hostssl connections"
    for option in given:
        name, equals, _ = option.partition("=")
        if not equals:
            return f"authentication option not in name=value format: {option}"
        if name not in _OPTIONS:
            return f'unrecognized authentication option name: "{name}"'
    return ""
