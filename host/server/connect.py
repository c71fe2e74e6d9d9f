"""A client connects: socket or port, pg_hba.conf, the role, the free places, the database, in the server's order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host import tree, weather
from host.content import text_of
from host.server import hba
from host.server.instance import SOCKET_DIRECTORY, Instance, Session
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host

_LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}
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


def connect(host: Host, wanted: Wanted) -> Connected | NotConnected:
    """Connect as libpq of host.client does."""
    local = not wanted.host or wanted.host.startswith(("/", "@"))
    major = host.client.major
    instance = host.instance(wanted.port)
    directory = tree.absolute(wanted.host or SOCKET_DIRECTORY)
    socket = f"{wanted.host or SOCKET_DIRECTORY}/.s.PGSQL.{wanted.port}"
    if local:
        where = f'connection to server on socket "{socket}" failed: '
        if instance is None or tree.absolute(instance.socket_dir) != directory:
            left = tree.find(host.root, tree.absolute(socket)) is not None
            reason = "Connection refused" if left else tree.NO_ENTRY
            return NotConnected(since(major, _LOCAL_ERROR).format(reason=reason, socket=socket))
    else:
        address = _LOOPBACK.get(wanted.host)
        if address is None:
            return NotConnected(since(major, _UNKNOWN_HOST).format(host=wanted.host))
        shown = "" if address == wanted.host else f" ({address})"
        facts = {"host": wanted.host, "address": shown, "port": wanted.port}
        if instance is None or not instance.listen:
            return NotConnected(since(major, _TCP_ERROR).format(reason="Connection refused", **facts))
        where = 'connection to server at "{host}"{address}, port {port} failed: '.format(**facts)
    before = since(major, {12: "", 14: where})
    assert instance is not None
    refusal = _refused(host, instance, wanted, "" if local else "127.0.0.1")
    if refusal:
        return NotConnected(f"{before}{refusal}\n", reached=True)
    kind = "walsender" if wanted.replication else "client backend"
    shown_from = "[local]" if local else "127.0.0.1"
    session = Session(
        host.next_pid, wanted.user, wanted.database, wanted.application, kind, shown_from, opened=host.clock
    )
    connected = replace(host, next_pid=host.next_pid + 1).with_instance(instance.with_session(session))
    return Connected(connected, wanted.port, session.pid)


def reachable(host: Host, wanted: Wanted) -> str:
    """PQping: 'running', 'starting' (or shutting down), '' when nobody answers."""
    made = connect(host, wanted)
    if isinstance(made, NotConnected) and not made.reached:
        return ""
    instance = host.instance(wanted.port)
    assert instance is not None, "a server has answered"
    closed = instance.shutting_down or (instance.recovery is not None and not instance.recovery.accepts)
    return "starting" if closed else "running"


def close(host: Host, port: int, pid: int) -> Host:
    """A client goes away: its open transaction is rolled back, its backup aborted."""
    instance = host.instance(port)
    if instance is None or instance.session(pid) is None:
        return host
    from host.server.backups import abort

    return abort(host.with_instance(instance.without_session(pid)), port, pid)


def _refused(host: Host, instance: Instance, wanted: Wanted, address: str) -> str:
    """What the server says instead of welcome, '' when it lets the client in."""
    if instance.shutting_down:
        return "FATAL:  the database system is shutting down"
    if instance.recovery is not None and not instance.recovery.accepts:
        return since(
            instance.major,
            {
                12: "FATAL:  the database system is starting up",
                14: "FATAL:  the database system is not yet accepting connections\n"
                "DETAIL:  Consistent recovery state has not been yet reached.",
            },
        )
    checks = (_senders, _authenticated, _role, _places, _database)
    return next((said for check in checks if (said := check(host, instance, wanted, address))), "")


def _senders(host: Host, instance: Instance, wanted: Wanted, _address: str) -> str:
    if not wanted.replication:
        return ""
    limit = int(instance.settings.value("max_wal_senders"))
    busy = sum(one.kind == "walsender" for one in instance.sessions) + weather.senders_taken(host.weather)
    return since(instance.major, _SENDERS).format(count=limit) if busy >= limit else ""


def _authenticated(host: Host, instance: Instance, wanted: Wanted, address: str) -> str:
    node = tree.find(host.root, f"{instance.pgdata}/pg_hba.conf")
    rules = hba.read(text_of(node.content)) if isinstance(node, tree.File) else ()
    method = hba.method(rules, instance.catalog, address, wanted.database, wanted.user, wanted.replication)
    shown = address or "[local]"
    if method in ("", "reject"):
        verb = "no pg_hba.conf entry" if not method else "pg_hba.conf rejects connection"
        return _no_entry(verb, shown, wanted, instance.major)
    if method in ("md5", "scram-sha-256", "password"):
        if not wanted.password:
            return "fe_sendauth: no password supplied"
        role = instance.catalog.roles.get(wanted.user)
        if role is None or role.password is None or not _matches(role.password, wanted.password):
            return f'FATAL:  password authentication failed for user "{wanted.user}"'
    if method == "peer" and wanted.user != host.user:
        return f'FATAL:  Peer authentication failed for user "{wanted.user}"'
    return ""


def _matches(kept: str, given: str) -> bool:
    """A secret is kept as 'SCRAM-SHA-256$<its text>' or as it was given."""
    return given in (kept, kept.rpartition("$")[2])


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


def _database(_host: Host, instance: Instance, wanted: Wanted, _address: str) -> str:
    if wanted.replication and not wanted.database:
        return ""
    database = instance.catalog.database(wanted.database)
    if database is None:
        return f'FATAL:  database "{wanted.database}" does not exist'
    if not database.allow_connections:
        return f'FATAL:  database "{wanted.database}" is not currently accepting connections'
    return ""
