"""Files and commands on another machine, as ssh, scp and rsync name them.

Keys are set up between the machines of a network for user postgres: nobody is asked for a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from host import network, tree
from host.machine import Host
from host.network import Machine

ACCOUNT = "postgres"
FAILED = 255
"""ssh's exit status when it does not get there."""
PORT = "22"
_REMOTE = re.compile(r"(?:([^/:@]*)@)?([^/:]+|\[[^]/]+\]):")


@dataclass(frozen=True, slots=True)
class Spot:
    """`user@host:path`; host '': a path on this machine."""

    path: str
    name: str = ""
    user: str = ""


def spot(word: str) -> Spot:
    """What an operand means: remote with a colon before any slash."""
    found = _REMOTE.match(word)
    if found is None:
        return Spot(word)
    return Spot(word[found.end() :], found[2].strip("[]"), found[1] or "")


def reached(host: Host, name: str, user: str = "", port: str = PORT) -> Machine | str:
    """The machine of a name, or what ssh says instead."""
    machine = host.network.called(name)
    if machine is None:
        if not host.network.machines and name in network.LOOPBACK:
            return f"ssh: connect to host {name} port {port}: Connection refused\r\n"
        return f"ssh: Could not resolve hostname {name}: Name or service not known\r\n"
    if port != PORT:
        return f"ssh: connect to host {name} port {port}: Connection refused\r\n"
    if (user or host.user) != ACCOUNT:
        return f"{user or host.user}@{name}: Permission denied (publickey).\r\n"
    return machine


def path_on(host: Host, machine: Machine, path: str) -> str:
    """A path there, as it is reached from here; what is no absolute path begins at the home directory."""
    home = machine.login.env.get("HOME", "/")
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    at = tree.absolute(path or ".", home)
    ending = "/" if path.endswith("/") and at != "/" else ""
    before = "" if machine.name == host.network.here else tree.mount(machine.name)
    return f"{before}{at}{ending}"
