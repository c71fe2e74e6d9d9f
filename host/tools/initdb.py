"""initdb on the host."""

from __future__ import annotations

from host import options, tree
from host.call import Call, Done
from host.machine import Host
from host.options import Refusal
from host.options.checks import initdb
from host.server import boot
from host.tree import Dir, PathError
from simulator.versions import since

NAME = "initdb"
_LOCALE = "C.UTF-8"


def main(call: Call) -> Done:
    """Make a data directory; says what it does as the tool does."""
    host = call.host
    given = options.read(call, host.server)
    wanted = given if isinstance(given, Refusal) else initdb.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    if not wanted.directory:
        lines = (
            f"{NAME}: error: no data directory specified\n"
            f"{NAME}: hint: You must identify the directory where the data for this database system will reside. "
            "Do this with either the invocation option -D or the environment variable PGDATA.\n"
        )
        return Done(host, 1, "", lines)
    node = tree.find(host.root, host.path(wanted.directory))
    head = _head(host, wanted)
    if isinstance(node, Dir) and node.entries:
        return Done(host, 1, head, _not_empty(host, wanted.directory))
    if node is not None and not isinstance(node, Dir):
        reason = f'{NAME}: error: could not access directory "{wanted.directory}": {tree.NOT_A_DIR}\n'
        return Done(host, 1, head, reason)
    try:
        made = _made(host, wanted)
    except PathError as error:
        return Done(host, 1, head, _not_made(wanted.directory, error, exists=node is not None))
    said = _steps(host, wanted.directory, exists=node is not None, checksums=wanted.checksums)
    warning = "" if wanted.auth_local and wanted.auth_host else _warning(host)
    return Done(made, 0, head + said, warning)


def _made(host: Host, wanted: initdb.InitdbSettings) -> Host:
    """The host with the data directory; raises PathError."""
    return boot.new_cluster(
        host,
        host.path(wanted.directory),
        superuser=wanted.username or host.user,
        segment_size=(wanted.segment_mb) * 2**20,
        local=wanted.auth_local or "trust",
        remote=wanted.auth_host or "trust",
        checksums=wanted.checksums,
        encoding=wanted.encoding or "UTF8",
        locale=wanted.locale or _LOCALE,
        mode=0o750 if wanted.group_access else 0o700,
        wal_directory=wanted.waldir,
    )


def _not_made(path: str, error: PathError, *, exists: bool) -> str:
    """What it says when a file or directory cannot be made, and what it takes away again."""
    if error.reason != tree.NO_SPACE:
        return f'{NAME}: error: could not create directory "{path}": {error.reason}\n'
    undone = "removing contents of data directory" if exists else "removing data directory"
    return f'{NAME}: error: could not write file "{error.path}": {error.reason}\n{NAME}: {undone} "{path}"\n'


def _head(host: Host, wanted: initdb.InitdbSettings) -> str:
    locale = wanted.locale or _LOCALE
    return (
        f'The files belonging to this database system will be owned by user "{host.user}".\n'
        "This user must also own the server process.\n\n"
        f'The database cluster will be initialized with locale "{locale}".\n'
        'The default database encoding has accordingly been set to "UTF8".\n'
        'The default text search configuration will be set to "english".\n\n'
    )


def _steps(host: Host, path: str, *, exists: bool, checksums: bool | None) -> str:
    on = since(host.server.major, {12: False, 18: True}) if checksums is None else checksums
    verb = "fixing permissions on existing directory" if exists else "creating directory"
    memory = [
        "selecting dynamic shared memory implementation ... posix",
        *since(host.server.major, {12: ("selecting default max_connections ... 100",), 18: ()}),
        *since(host.server.major, {12: (), 18: ('selecting default "max_connections" ... 100',)}),
        'selecting default "shared_buffers" ... 128MB'
        if since(host.server.major, {12: False, 18: True})
        else "selecting default shared_buffers ... 128MB",
    ]
    lines = [
        f"Data page checksums are {'enabled' if on else 'disabled'}.",
        "",
        f"{verb} {path} ... ok",
        "creating subdirectories ... ok",
        *memory,
        "selecting default time zone ... UTC",
        "creating configuration files ... ok",
        "running bootstrap script ... ok",
        "performing post-bootstrap initialization ... ok",
        "syncing data to disk ... ok",
        "",
        "",
        "Success. You can now start the database server using:",
        "",
        f"    pg_ctl -D {path} -l logfile start",
        "",
    ]
    return "\n".join(lines) + "\n"


def _not_empty(host: Host, path: str) -> str:
    advice = (
        f'If you want to create a new database system, either remove or empty the directory "{path}" or run {NAME} '
        f'with an argument other than "{path}".\n'
    )
    hint = since(host.server.major, {12: "", 15: f"{NAME}: hint: "})
    return f'{NAME}: error: directory "{path}" exists but is not empty\n{hint}{advice}'


def _warning(host: Host) -> str:
    hint = since(host.server.major, {12: "", 15: f"{NAME}: hint: "})
    return (
        f'{NAME}: warning: enabling "trust" authentication for local connections\n'
        f"{hint}You can change this by editing pg_hba.conf or using the option -A, or --auth-local and --auth-host, "
        "the next time you run initdb.\n"
    )
