"""A client connects: socket or port, pg_hba.conf, the role, the free places, the database, in the server's order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host import network, tree, weather
from host.catalog import passwords
from host.effort import CONNECTION, spend
from host.network import ANY_ADDRESS, ELSEWHERE, LOOPBACK, at_server
from host.server import hba
from host.server.instance import SOCKET_DIRECTORY, Instance, Session
from host.server.layout import place_of
from host.tree import Dir
from simulator.versions import since

if TYPE_CHECKING:
    from host.catalog import Database
    from host.machine import Host

_NOT_WALSENDER = {
    12: "FATAL:  must be superuser or replication role to start walsender",
    16: "FATAL:  permission denied to start WAL sender\n"
    "DETAIL:  Only roles with the REPLICATION attribute may start a WAL sender process.",
}
_SENDERS = {
    12: "FATAL:  number of requested standby connections exceeds max_wal_senders (currently {count})",
    17: 'FATAL:  number of requested standby connections exceeds "max_wal_senders" (currently {count})',
}
_RESERVED = {
    12: "FATAL:  remaining connection slots are reserved for non-replication superuser connections",
    16: "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
}
_NOT_YET = {
    12: "FATAL:  the database system is starting up",
    14: "FATAL:  the database system is not yet accepting connections\n"
    "DETAIL:  Consistent recovery state has not been yet reached.",
}
_NEVER = {
    12: "FATAL:  the database system is starting up",
    14: "FATAL:  the database system is not accepting connections\nDETAIL:  Hot standby mode is disabled.",
}
_LOCAL_ERROR = {
    12: "could not connect to server: {reason}\n\tIs the server running locally and accepting\n"
    '\tconnections on Unix domain socket "{socket}"?\n',
    14: 'connection to server on socket "{socket}" failed: {reason}\n'
    "\tIs the server running locally and accepting connections on that socket?\n",
}
_TCP_ERROR = {
    12: 'could not connect to server: {reason}\n\tIs the server running on host "{host}"{address} and accepting\n'
    "\tTCP/IP connections on port {port}?\n",
    14: 'connection to server at "{host}"{address}, port {port} failed: {reason}\n'
    "\tIs the server running on that host and accepting TCP/IP connections?\n",
}
_UNKNOWN_HOST = {
    12: 'could not translate host name "{host}" to address: Name or service not known\n',
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks for; host '' or a directory is the Unix socket."""

    host: str
    port: int
    user: str
    database: str
    replication: bool = False
    password: str = ""
    application: str = "psql"


@dataclass(frozen=True, slots=True)
class Connected:
    """The host with the session in its instance."""

    host: Host
    port: int
    pid: int
    to: tuple[str, int] | None = None
    """The host and port that it came to be, where several were named."""

    @property
    def instance(self) -> Instance:
        """The server."""
        found = self.host.instance(self.port)
        assert found is not None, "the server of this connection has gone"
        return found

    @property
    def session(self) -> Session:
        """The session."""
        found = self.instance.session(self.pid)
        assert found is not None, "this session has ended"
        return found


@dataclass(frozen=True, slots=True)
class NotConnected:
    """What libpq says; every line ends with a newline, the tool puts its own name and 'error: ' before it."""

    message: str
    reached: bool = False
    """A server answered, and refused."""
    starting: bool = False
    """It is not ready yet."""


@dataclass(frozen=True, slots=True)
class _Reached:
    """A server that listens where a client has looked for it."""

    endpoint: int
    instance: Instance
    client: str
    """The address that the client has there; '' comes through a socket."""


def connect(host: Host, wanted: Wanted) -> Connected | NotConnected:
    """Connect as libpq of host.client does."""
    spend(CONNECTION)
    reached = _reached(host, 0, wanted, host.client.major)
    if isinstance(reached, str):
        return NotConnected(reached)
    instance, client = reached.instance, reached.client
    refusal = _refused(host, instance, wanted, client)
    if refusal:
        before = _before(host, wanted, host.client.major)
        return NotConnected(f"{before}{refusal}\n", reached=True, starting=_starting(instance))
    kind = "walsender" if wanted.replication else "client backend"
    session = Session(
        host.next_pid, wanted.user, wanted.database, wanted.application, kind, client or "[local]", opened=host.clock
    )
    connected = replace(host, next_pid=host.next_pid + 1).with_instance(instance.with_session(session))
    return Connected(connected, reached.endpoint, session.pid)


def _reached(host: Host, machine: int, wanted: Wanted, major: int) -> _Reached | str:
    """What a client on a machine of that number finds, or the message of its libpq."""
    end = network.endpoint(host, machine, wanted.host, wanted.port)
    if end is None:
        return since(major, _UNKNOWN_HOST).format(host=wanted.host)
    instance = host.instance(end)
    if network.is_socket(wanted.host):
        directory = wanted.host or SOCKET_DIRECTORY
        if instance is not None and tree.absolute(instance.socket_dir) == tree.absolute(directory):
            return _Reached(end, instance, "")
        socket = f"{directory}/.s.PGSQL.{wanted.port}"
        left = tree.find(host.root, network.path_there(host, end, tree.absolute(socket))) is not None
        reason = "Connection refused" if left else tree.NO_ENTRY
        return since(major, _LOCAL_ERROR).format(reason=reason, socket=socket)
    address = network.address_of(host, wanted.host)
    if instance is None or not _listens(host, instance, address):
        shown = "" if address == wanted.host else f" ({address})"
        facts = {"host": wanted.host, "address": shown, "port": wanted.port}
        return since(major, _TCP_ERROR).format(reason="Connection refused", **facts)
    own = host.network.numbered(machine)
    return _Reached(end, instance, "127.0.0.1" if own is None or wanted.host in LOOPBACK else own.address)


def _before(host: Host, wanted: Wanted, major: int) -> str:
    """What stands before a server's refusal."""
    return since(major, {12: "", 14: where(host, wanted.host, wanted.port)})


def where(host: Host, name: str, port: int) -> str:
    """The beginning of a message of libpq (14 and later) about one server."""
    if network.is_socket(name):
        return f'connection to server on socket "{name or SOCKET_DIRECTORY}/.s.PGSQL.{port}" failed: '
    address = network.address_of(host, name)
    shown = "" if address == name else f" ({address})"
    return f'connection to server at "{name}"{shown}, port {port} failed: '


def _listens(host: Host, instance: Instance, address: str) -> bool:
    """Whether a server takes connections to an address (listen_addresses)."""
    if not host.network.machines:
        return bool(instance.listen)
    names = {word: machine.address for word in instance.listen if (machine := host.network.called(word)) is not None}
    return any(word in ANY_ADDRESS or names.get(word, word) == address for word in instance.listen)


def link(host: Host, machine: int, wanted: Wanted, sender: int) -> tuple[int, str, str]:
    """A WAL receiver looks for its primary: the endpoint (0: it cannot be used), its own address, libpq's message.

    `machine`: the number of the machine that it is on; `sender`: the process that serves it there already.
    """
    major = host.server.major
    reached = _reached(host, machine, wanted, major)
    if isinstance(reached, str):
        return 0, "", reached
    served = reached.instance.session(sender) is not None
    if not served and (refusal := _refused(host, reached.instance, wanted, reached.client)):
        return 0, "", f"{_before(host, wanted, major)}{refusal}\n"
    return reached.endpoint, reached.client, ""


def reachable(host: Host, wanted: Wanted) -> str:
    """PQping: 'running', 'starting' (or shutting down), '' when nobody answers."""
    made = connect(host, wanted)
    if isinstance(made, NotConnected) and not made.reached:
        return ""
    end = network.endpoint(host, 0, wanted.host, wanted.port)
    instance = None if end is None else host.instance(end)
    assert instance is not None, "a server has answered"
    return "starting" if _starting(instance) else "running"


@at_server
def close(host: Host, port: int, pid: int) -> Host:
    """A client goes away: its open transaction is rolled back, its backup aborted."""
    instance = host.instance(port)
    if instance is None or instance.session(pid) is None:
        return host
    from host.server import stopping, work
    from host.server.backups import abort

    try:
        return stopping.left(abort(host.with_instance(instance.without_session(pid)), port, pid), port)
    except work.ServerGone as gone:
        return gone.host


def _starting(instance: Instance) -> bool:
    """It takes no connections yet, or no more (ERRCODE_CANNOT_CONNECT_NOW)."""
    return instance.shutting_down or (instance.recovery is not None and not instance.recovery.accepts)


def _refused(host: Host, instance: Instance, wanted: Wanted, address: str) -> str:
    """What the server says instead of welcome, '' when it lets the client in."""
    if instance.shutting_down and not _exclusive_backup(instance):
        return "FATAL:  the database system is shutting down"
    if instance.recovery is not None and not instance.recovery.accepts:
        return since(instance.major, _NOT_YET if instance.settings.value("hot_standby") else _NEVER)
    if instance.without_roles:
        return f'FATAL:  could not open file "global/1260": {tree.NO_ENTRY}'
    checks = (_senders, _authenticated, _role, _places, _database)
    return next((said for check in checks if (said := check(host, instance, wanted, address))), "")


def _exclusive_backup(instance: Instance) -> bool:
    return any(not backup.session for backup in instance.cluster.live.backups)


def _senders(host: Host, instance: Instance, wanted: Wanted, _address: str) -> str:
    if not wanted.replication:
        return ""
    limit = int(instance.settings.value("max_wal_senders"))
    busy = sum(one.kind == "walsender" for one in instance.sessions) + weather.senders_taken(host.weather)
    return since(instance.major, _SENDERS).format(count=limit) if busy >= limit else ""


def _authenticated(host: Host, instance: Instance, wanted: Wanted, address: str) -> str:
    rules = hba.read(instance.hba or "")
    names = _names(host, instance, address)
    method = hba.method(rules, instance.catalog, address, wanted.database, wanted.user, wanted.replication, names)
    shown = address or "[local]"
    if method in ("", "reject"):
        verb = "no pg_hba.conf entry" if not method else "pg_hba.conf rejects connection"
        return _no_entry(verb, shown, wanted, instance.major)
    if method in ("md5", "scram-sha-256", "password"):
        if not wanted.password:
            return "fe_sendauth: no password supplied"
        role = instance.catalog.roles.get(wanted.user)
        known = role.password if role is not None else None
        if known is None or not passwords.matches(known, wanted.user, wanted.password):
            return f'FATAL:  password authentication failed for user "{wanted.user}"'
    if method == "peer" and wanted.user != host.user:
        return f'FATAL:  Peer authentication failed for user "{wanted.user}"'
    return ""


def _names(host: Host, instance: Instance, address: str) -> frozenset[str]:
    """What pg_hba.conf may call a client by beside its address: its name, samehost, samenet."""
    client, own = host.network.called(address), host.network.numbered(instance.port // ELSEWHERE)
    if client is None or own is None:
        return frozenset({"samehost", "samenet"})
    return frozenset({client.name, "samenet", *(["samehost"] if client.name == own.name else [])})


def _no_entry(verb: str, shown: str, wanted: Wanted, major: int) -> str:
    for_what = "replication connection" if wanted.replication else "host"
    database = "" if wanted.replication else f', database "{wanted.database}"'
    encryption = since(major, {12: "SSL off", 14: "no encryption"})
    if verb.startswith("no"):
        start = f"{verb} for {for_what} from host" if wanted.replication else f"{verb} for host"
    else:
        start = f"{verb.replace('connection', 'replication connection')} for host" if wanted.replication else verb
        start = start if wanted.replication else f"{start} for host"
    return f'FATAL:  {start} "{shown}", user "{wanted.user}"{database}, {encryption}'


def _role(_host: Host, instance: Instance, wanted: Wanted, _address: str) -> str:
    role = instance.catalog.roles.get(wanted.user)
    if role is None:
        return f'FATAL:  role "{wanted.user}" does not exist'
    if not role.login:
        return f'FATAL:  role "{wanted.user}" is not permitted to log in'
    if instance.shutting_down and not role.superuser:  # CAC_SUPERUSER: somebody has to end the exclusive backup
        return "FATAL:  must be superuser to connect during database shutdown"
    busy = sum(one.user == wanted.user for one in instance.sessions)
    if not role.superuser and 0 <= role.connection_limit <= busy:
        return f'FATAL:  too many connections for role "{wanted.user}"'
    if wanted.replication and not (role.superuser or role.replication):
        return since(instance.major, _NOT_WALSENDER)
    return ""


def _places(host: Host, instance: Instance, wanted: Wanted, _address: str) -> str:
    if wanted.replication:
        return ""
    role = instance.catalog.roles[wanted.user]
    limit = int(instance.settings.value("max_connections"))
    kept = int(instance.settings.value("superuser_reserved_connections"))
    busy = sum(one.kind == "client backend" for one in instance.sessions)
    busy += len(weather.sessions_elsewhere(host.weather))
    if busy >= limit:
        return "FATAL:  sorry, too many clients already"
    return since(instance.major, _RESERVED) if not role.superuser and busy >= limit - kept else ""


def _database(host: Host, instance: Instance, wanted: Wanted, _address: str) -> str:
    if wanted.replication and not wanted.database:
        return ""
    database = instance.catalog.database(wanted.database)
    if database is None:
        return f'FATAL:  database "{wanted.database}" does not exist'
    if not database.allow_connections:
        return f'FATAL:  database "{wanted.database}" is not currently accepting connections'
    return _subdirectory(host, instance, database)


def _subdirectory(host: Host, instance: Instance, database: Database) -> str:
    """InitPostgres: the database's directory, and the version in it."""
    written = instance.checkpointed.database(database.name) if instance.checkpointed is not None else None
    if written is None or written.oid != database.oid:
        return ""  # Made since the last checkpoint: its files are not in the tree yet.
    path = f"{place_of(instance.facts, instance.catalog, database.tablespace)}/{database.oid}"
    top = tree.find(host.root, f"{instance.pgdata}/{path}")
    if not isinstance(top, Dir):
        detail = f'DETAIL:  The database subdirectory "{path}" is missing.'
        return f'FATAL:  database "{database.name}" does not exist\n{detail}'
    if "PG_VERSION" not in top.entries:
        detail = f'DETAIL:  File "{path}/PG_VERSION" is missing.'
        return f'FATAL:  "{path}" is not a valid data directory\n{detail}'
    return ""
