"""initdb on the host."""

from __future__ import annotations

import re

from host import options, tree
from host.call import Call, Done
from host.content import text_of
from host.dump.encodings import server_encoding
from host.machine import Host
from host.options import Refusal
from host.options.checks import initdb
from host.server import boot
from host.server.conf import quoted, with_setting
from host.tree import Dir, PathError
from simulator.versions import since

NAME = "initdb"
_LOCALE = "C.UTF-8"
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9]*|[0-9]+[A-Za-z]*")
"""Values that need no quotes (guc_value_requires_quotes)."""


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
    if wanted.sync_only:
        return _only_synced(host, wanted.directory)
    node = tree.find(host.root, host.path(wanted.directory))
    head = _head(host, wanted)
    if refused := _refused(host, wanted, head):
        return refused
    if isinstance(node, Dir) and node.entries:
        return Done(host, 1, f"{head}\n", _not_empty(host, wanted.directory, node))
    if node is not None and not isinstance(node, Dir):
        reason = f'{NAME}: error: could not access directory "{wanted.directory}": {tree.NOT_A_DIR}\n'
        return Done(host, 1, f"{head}\n", reason)
    try:
        made = _made(host, wanted)
    except PathError as error:
        begun = "" if error.reason == tree.NO_SPACE else f"\ncreating directory {wanted.directory} ... "
        return Done(host, 1, head + begun, _not_made(wanted.directory, error, exists=node is not None))
    said = _steps(host, wanted, exists=node is not None)
    warning = _text_search(host, wanted) + (_warning(host) if wanted.auth_warning else "")
    return Done(made, 0, head + said, warning)


def _made(host: Host, wanted: initdb.InitdbSettings) -> Host:
    """The host with the data directory; raises PathError."""
    made = boot.new_cluster(
        host,
        host.path(wanted.directory),
        superuser=wanted.username or host.user,
        segment_size=(wanted.segment_mb) * 2**20,
        local=wanted.auth_local or "trust",
        remote=wanted.auth_host or "trust",
        checksums=wanted.checksums,
        encoding=wanted.encoding or _encoding(host, wanted),
        locale=_locale(host, wanted),
        mode=0o750 if wanted.group_access else 0o700,
        wal_directory=wanted.waldir,
    )
    if not wanted.settings:
        return made
    path = host.path(f"{wanted.directory}/postgresql.conf")
    text = text_of(made.read(path))
    for name, value in wanted.settings:  # setup_config(), replace_guc_value()
        text = with_setting(text, name, value)
        if _BARE.fullmatch(value):
            text = text.replace(f"{name} = {quoted(value)}\n", f"{name} = {value}\n")
    return made.write(path, text)


def _not_made(path: str, error: PathError, *, exists: bool) -> str:
    """What it says when a file or directory cannot be made, and what it takes away again."""
    if error.reason != tree.NO_SPACE:
        return f'{NAME}: error: could not create directory "{path}": {error.reason}\n'
    undone = "removing contents of data directory" if exists else "removing data directory"
    return f'{NAME}: error: could not write file "{error.path}": {error.reason}\n{NAME}: {undone} "{path}"\n'


_KNOWN_LOCALES = ("C", "POSIX", "C.UTF-8", "C.utf8", "en_US.UTF-8", "en_US.utf8")
_BAD_LOCALE = {12: "", 16: f"{NAME}: hint: If the locale name is specific to ICU, use --icu-locale.\n"}
_NO_ICU_LOCALE = {12: "ICU locale must be specified", 17: "locale must be specified if provider is icu"}


_MISMATCH = {
    12: (
        "The encoding you selected ({chosen}) and the encoding that the\n"
        "selected locale uses (UTF8) do not match.  This would lead to\n"
        "misbehavior in various character string processing functions.\n"
        f"Rerun {NAME} and either do not specify an encoding explicitly,\nor choose a matching combination.\n"
    ),
    15: (
        f"{NAME}: detail: The encoding you selected ({{chosen}}) and the encoding that the selected locale uses (UTF8) "
        "do not match. This would lead to misbehavior in various character string processing functions.\n"
        f"{NAME}: hint: Rerun {NAME} and either do not specify an encoding explicitly, "
        "or choose a matching combination.\n"
    ),
}


def _refused(host: Host, wanted: initdb.InitdbSettings, head: str) -> Done | None:
    """setlocales(), get_su_pwd() and create_xlog_or_symlink(): what ends it before anything stays."""
    owner = "".join(head.splitlines(keepends=True)[:3])
    locale, major = _locale(host, wanted), host.server.major
    if locale not in _KNOWN_LOCALES:
        return Done(host, 1, owner, f'{NAME}: error: invalid locale name "{locale}"\n{since(major, _BAD_LOCALE)}')
    if wanted.locale_provider == "icu" and not (wanted.icu_locale or wanted.locale):
        return Done(host, 1, owner, f"{NAME}: error: {since(major, _NO_ICU_LOCALE)}\n")
    if wanted.encoding and not server_encoding(wanted.encoding):
        said = f'{NAME}: error: "{wanted.encoding}" is not a valid server encoding name\n'
        return Done(host, 1, _before_encoding(head), said)
    if mismatch := _mismatch(host, wanted):
        return Done(host, 1, _before_encoding(head), mismatch)
    if wanted.pwfile and tree.find(host.root, host.path(wanted.pwfile)) is None:
        return Done(
            host, 1, head, f'{NAME}: error: could not open file "{wanted.pwfile}" for reading: {tree.NO_ENTRY}\n'
        )
    if wanted.waldir and not wanted.waldir.startswith("/"):
        said = f"{NAME}: error: WAL directory location must be an absolute path\n"
        said += f'{NAME}: removing data directory "{wanted.directory}"\n'
        return Done(host, 1, f"{head}\ncreating directory {wanted.directory} ... ok\n", said)
    return None


def _before_encoding(head: str) -> str:
    return "".join(head.splitlines(keepends=True)[:4])


def _mismatch(host: Host, wanted: initdb.InitdbSettings) -> str:
    """check_locale_encoding: SQL_ASCII goes with every locale, and C with every encoding."""
    chosen = server_encoding(wanted.encoding)
    if chosen in ("", "UTF8", "SQL_ASCII") or _locale(host, wanted) in ("C", "POSIX"):
        return ""
    return f"{NAME}: error: encoding mismatch\n" + since(host.server.major, _MISMATCH).format(chosen=chosen)


def _locale(host: Host, wanted: initdb.InitdbSettings) -> str:
    """--locale, else what the environment says."""
    return wanted.locale or host.env.get("LC_ALL") or host.env.get("LANG") or _LOCALE


def _encoding(host: Host, wanted: initdb.InitdbSettings) -> str:
    """The one that goes with the locale."""
    return "SQL_ASCII" if _locale(host, wanted) in ("C", "POSIX") else "UTF8"


def _head(host: Host, wanted: initdb.InitdbSettings) -> str:
    locale = _locale(host, wanted)
    on = since(host.server.major, {12: False, 18: True}) if wanted.checksums is None else wanted.checksums
    encoding = "" if wanted.encoding else _encoding(host, wanted)
    told = f'The default database encoding has accordingly been set to "{encoding}".\n' if encoding else ""
    return (
        f'The files belonging to this database system will be owned by user "{host.user}".\n'
        "This user must also own the server process.\n\n"
        f'The database cluster will be initialized with locale "{locale}".\n'
        f"{told}"
        f'The default text search configuration will be set to "{wanted.text_search_config or "english"}".\n\n'
        f"Data page checksums are {'enabled' if on else 'disabled'}.\n"
    )


def _steps(host: Host, wanted: initdb.InitdbSettings, *, exists: bool) -> str:
    path = wanted.directory
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
        "",
        f"{verb} {path} ... ok",
        *((f"creating directory {wanted.waldir} ... ok",) if wanted.waldir else ()),
        "creating subdirectories ... ok",
        *memory,
        "selecting default time zone ... UTC",
        "creating configuration files ... ok",
        "running bootstrap script ... ok",
        "performing post-bootstrap initialization ... ok",
        *_synced(wanted),
        *(("",) if wanted.auth_warning else ()),
        *_instructions(wanted),
    ]
    return "\n".join(lines) + "\n"


def _synced(wanted: initdb.InitdbSettings) -> tuple[str, ...]:
    if wanted.sync:
        return ("syncing data to disk ... ok",)
    return ("", "Sync to disk skipped.", "The data directory might become corrupt if the operating system crashes.")


def _instructions(wanted: initdb.InitdbSettings) -> tuple[str, ...]:
    if not wanted.instructions:
        return ()
    first = "Success. You can now start the database server using:"
    return ("", first, "", f"    pg_ctl -D {wanted.directory} -l logfile start", "")


def _only_synced(host: Host, directory: str) -> Done:
    """-S: nothing but the files to disk."""
    if not isinstance(tree.find(host.root, host.path(directory)), Dir):
        return Done(host, 1, "", f'{NAME}: error: could not access directory "{directory}": {tree.NO_ENTRY}\n')
    return Done(host, 0, "syncing data to disk ... ok\n")


def _not_empty(host: Host, path: str, node: Dir) -> str:
    said = f'{NAME}: error: directory "{path}" exists but is not empty\n'
    hint = since(host.server.major, {12: "", 15: f"{NAME}: hint: "})
    mount = _mount_point(node)
    if mount:
        detail = since(host.server.major, {12: "", 15: f"{NAME}: detail: "})
        return (
            f"{said}{detail}It contains a {mount}, perhaps due to it being a mount point.\n"
            f"{hint}Using a mount point directly as the data directory is not recommended.\n"
            "Create a subdirectory under the mount point.\n"
        )
    advice = (
        f'If you want to create a new database system, either remove or empty the directory "{path}" or run {NAME} '
        f'with an argument other than "{path}".\n'
    )
    return f"{said}{hint}{advice}"


def _mount_point(node: Dir) -> str:
    """What pg_check_dir takes for a sign of one: nothing but such names."""
    if all(name.startswith(".") for name in node.entries):
        return "dot-prefixed/invisible file"
    return "lost+found directory" if set(node.entries) <= {"lost+found"} else ""


def _text_search(host: Host, wanted: initdb.InitdbSettings) -> str:
    """-T with another configuration than that of the language: all locales of this host have English."""
    named = wanted.text_search_config or "english"
    locale = _locale(host, wanted)
    told = f'specified text search configuration "{named}" might not match locale "{locale}"'
    return "" if named == "english" else f"{NAME}: warning: {told}\n"


def _warning(host: Host) -> str:
    hint = since(host.server.major, {12: "", 15: f"{NAME}: hint: "})
    return (
        f'{NAME}: warning: enabling "trust" authentication for local connections\n'
        f"{hint}You can change this by editing pg_hba.conf or using the option -A, or --auth-local and --auth-host, "
        "the next time you run initdb.\n"
    )
