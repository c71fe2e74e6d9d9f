"""Several machines in one value: that of the host is the one somebody sits at, the others hang beside it.

`enter` turns the value: another machine's tree becomes the root, and the one left hangs beside it.  Servers go on
running wherever they are: seen from another machine, their directory is on a mount (host.tree.mount) and the number
they are found by is an endpoint: their port, and which machine it is on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from functools import wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from host import tree

if TYPE_CHECKING:
    from host.call import Done
    from host.machine import Build, Host
    from host.server.instance import Instance

ELSEWHERE = 1 << 16
"""Endpoints from here on are ports of other machines: of the n-th machine, n times as many are added."""
LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}
ANY_ADDRESS = frozenset({"0.0.0.0", "*", "::"})  # noqa: S104  (the words of listen_addresses)

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Login:
    """Who sits at a machine, where, and with what: what a Host has of its own machine."""

    client: Build
    server: Build
    env: Mapping[str, str]
    variables: Mapping[str, str]
    cwd: str
    user: str


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine."""

    name: str
    address: str
    number: int
    """From 1 on."""
    login: Login
    """How one is there just after logging in."""
    left: Login
    """How it was left, while somebody sits at another (of the one here: `login`)."""
    serves: bool = True
    """The server programs are installed; False: the client tools alone."""


@dataclass(frozen=True, slots=True)
class Network:
    """All machines by name, in their order, and which one the host's values are of; no machines: there is one."""

    here: str = "dojo"
    machines: Mapping[str, Machine] = field(default_factory=lambda: MappingProxyType({}))

    def called(self, word: str) -> Machine | None:
        """The machine of a name or address."""
        if word in LOOPBACK:
            return self.machines.get(self.here)
        return next((one for one in self.machines.values() if word in (one.name, one.address)), None)

    def numbered(self, number: int) -> Machine | None:
        """The machine that an endpoint is on (0: the one here)."""
        own = self.machines.get(self.here)
        return next((one for one in self.machines.values() if one.number == number), None) if number else own


class UnknownMachine(ValueError):
    """No machine has that name; `known`: those there are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name, self.known = name, known


def sat_down(host: Host, name: str) -> Host:
    """The world with somebody at one of its machines; raises UnknownMachine."""
    known = tuple(host.network.machines) or (host.network.here,)
    if name not in known:
        raise UnknownMachine(name, known)
    return enter(host, name)


def first_of(host: Host) -> str:
    """The machine where a world begins: its first."""
    return next(iter(host.network.machines), host.network.here)


def at(host: Host, name: str = "") -> Host:
    """The world at a machine; '' is its first."""
    return enter(host, name or first_of(host))


def logged_out(host: Host) -> Host:
    """Nobody is in the middle of anything on the other machines: who comes to them logs in."""
    machines = {name: replace(one, left=one.login) for name, one in host.network.machines.items()}
    return replace(host, network=replace(host.network, machines=MappingProxyType(machines)))


def login_of(host: Host) -> Login:
    """Who sits at the host."""
    return Login(host.client, host.server, host.env, host.variables, host.cwd, host.user)


def seated(host: Host, login: Login) -> Host:
    """The host with somebody at it."""
    return replace(
        host,
        client=login.client,
        server=login.server,
        env=login.env,
        variables=login.variables,
        cwd=login.cwd,
        user=login.user,
    )


def joined(hosts: Mapping[str, tuple[str, Host]], clients: frozenset[str] = frozenset()) -> Host:
    """Hosts of their own (name: address and host) as machines of one; the first is the one here.

    `clients`: the names of those that have no server programs.
    """
    names = tuple(hosts)
    machines = {
        name: Machine(name, address, number, login_of(host), login_of(host), name not in clients)
        for number, (name, (address, host)) in enumerate(hosts.items(), 1)
    }
    first = hosts[names[0]][1]
    mounts = MappingProxyType({name: hosts[name][1].root for name in names[1:]})
    network = Network(names[0], MappingProxyType(machines))
    return replace(first, root=replace(first.root, mounts=mounts), network=network)


def enter(host: Host, name: str) -> Host:
    """The same world from another of its machines.  Raises KeyError for a machine that there is not."""
    network = host.network
    if name == network.here:
        return host
    left, entered = network.machines[network.here], network.machines[name]
    trees = dict(host.root.mounts)
    top = trees.pop(name)
    trees[left.name] = replace(host.root, mounts=MappingProxyType({}))
    machines = {**network.machines, left.name: replace(left, left=login_of(host))}
    machines[name] = replace(entered, left=entered.login)
    turned = replace(
        host,
        root=replace(top, mounts=MappingProxyType(trees)),
        instances=tuple(_seen(one, left, entered) for one in host.instances),
        network=Network(name, MappingProxyType(machines)),
    )
    return seated(turned, entered.left)


def visited(host: Host, name: str, work: Callable[[Host], Done]) -> Done:
    """Somebody logs in to a machine, does something, and logs out."""
    there = enter(host, name)
    before = login_of(there)
    done = work(seated(there, there.network.machines[name].login))
    return replace(done, host=enter(seated(done.host, before), host.network.here))


def _seen(one: Instance, left: Machine, entered: Machine) -> Instance:
    """A server from the machine that is entered."""
    recovery = one.recovery
    if recovery is not None and recovery.upstream:
        recovery = replace(recovery, upstream=_turned(recovery.upstream, left, entered))
    port = _turned(one.port, left, entered)
    pgdata, log_path = one.pgdata, one.log_path
    if one.port < ELSEWHERE:
        before = tree.mount(left.name)
        pgdata, log_path = before + pgdata, before + log_path if log_path else ""
    elif port < ELSEWHERE:
        pgdata, log_path = tree.own(pgdata), tree.own(log_path)
    return replace(one, port=port, pgdata=pgdata, log_path=log_path, recovery=recovery)


def _turned(endpoint: int, left: Machine, entered: Machine) -> int:
    number, port = divmod(endpoint, ELSEWHERE)
    if number == 0:
        return left.number * ELSEWHERE + port
    return port if number == entered.number else endpoint


def address_of(host: Host, word: str) -> str:
    """The address of a host name; '' for a socket directory, or a name that nothing has."""
    found = host.network.called(word)
    return LOOPBACK.get(word) or (found.address if found is not None else "")


def is_socket(word: str) -> bool:
    """What stands for a host is the directory of a Unix socket (an abstract one too), or nothing."""
    return not word or word.startswith(("/", "@"))


def endpoint(host: Host, machine: int, word: str, port: int) -> int | None:
    """What a host name (or address, or socket directory) and a port mean to a client on a machine of that number.

    None: nothing has that name.
    """
    network = host.network
    if is_socket(word) or word in LOOPBACK:
        return machine * ELSEWHERE + port
    found = network.called(word)
    if found is None:
        return None
    return port if found.name == network.here else found.number * ELSEWHERE + port


def path_there(host: Host, port: int, path: str) -> str:
    """A path of the machine that an endpoint is on, as it is reached from here."""
    machine = host.network.numbered(port // ELSEWHERE) if port >= ELSEWHERE else None
    return path if machine is None else tree.mount(machine.name) + path


def at_server(function: Callable[Concatenate[Host, int, P], R]) -> Callable[Concatenate[Host, int, P], R]:
    """What a server does is done on its own machine: enter it, work, and come back."""

    @wraps(function)
    def there(host: Host, port: int, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if port < ELSEWHERE:
            return function(host, port, *args, **kwargs)
        number, plain = divmod(port, ELSEWHERE)
        machine, here = host.network.numbered(number), host.network.here
        assert machine is not None, "an endpoint is on a machine of this network"
        try:
            return _back(function(enter(host, machine.name), plain, *args, **kwargs), here)
        except Exception as error:
            # A server that went down while it worked: the exception holds what is left (work.ServerGone).
            if hasattr(error, "host"):
                error.host = enter(error.host, here)
            raise

    return there


def _back(result: R, here: str) -> R:
    """A result whose hosts are seen from the machine where they were asked for."""
    from host.machine import Host

    if isinstance(result, Host):
        return cast("R", enter(result, here))
    if isinstance(result, tuple):
        return cast("R", tuple(_back(part, here) for part in result))
    if is_dataclass(result) and isinstance(getattr(result, "host", None), Host):
        return cast("R", replace(cast("Any", result), host=enter(cast("Any", result).host, here)))
    return result
