"""Which tools are performed, with which options, and what each value may be.  What is not in here is refused.

Kinds of values: '' none; `name` a plain name, never a connection string; `words` a text that the tool quotes itself;
`count` digits; `lsn`; `path` something in the run's folder; `new` something that the tool will make, outside every data
directory; `data` a data directory; `script` what psql will run; `dump` what pg_restore will read; `sql`; `socket`
the folder of the world's socket; `start` options of the server; `spaces` OLD=NEW of tablespaces; `server` a connection
string to a server of the session; else a pattern.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SERVER = {"host": "socket", "port": r"5432|5433|5434", "username": "name", "no-password": ""}
_ONE_OF = "|".join
_AUTH = "trust|peer|reject"


@dataclass(frozen=True, slots=True)
class Tool:
    """Options by the names of host/options; kinds of operands (the last one may be repeated when `more`)."""

    options: Mapping[str, str]
    operands: tuple[str, ...] = ()
    more: bool = False
    looks: bool = False
    """It changes nothing that a later command could see."""
    dumps: bool = False
    """What it writes may be run by psql and pg_restore."""


def _flags(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "")


_DUMPING = _SERVER | _flags(
    """data-only clean create column-inserts inserts schema-only no-owner no-privileges no-comments no-tablespaces
    if-exists no-sync verbose quote-all-identifiers disable-triggers no-security-labels no-publications
    no-subscriptions no-toast-compression no-unlogged-table-data on-conflict-do-nothing load-via-partition-root
    use-set-session-authorization no-table-access-method disable-dollar-quoting no-data no-schema no-statistics
    statistics statistics-only no-policies globals-only roles-only tablespaces-only no-role-passwords large-objects
    no-large-objects strict-names serializable-deferrable enable-row-security sequence-data
    no-data-for-failed-tables exit-on-error single-transaction list no-reconnect"""
) | {
    "dbname": "name", "format": "c|custom|d|directory|t|tar|p|plain", "jobs": "[1-4]", "file": "new", "role": "name",
    "schema": "words", "exclude-schema": "words", "table": "words", "exclude-table": "words", "superuser": "name",
    "exclude-table-data": "words", "exclude-database": "words", "encoding": "name", "lock-wait-timeout": "count",
    "compress": "[a-z0-9]+(:[a-z0-9,=]+)?", "rows-per-insert": "count", "extra-float-digits": "count",
    "section": "pre-data|data|post-data", "restrict-key": "[A-Za-z0-9]{1,100}", "table-and-children": "words",
    "exclude-table-and-children": "words", "exclude-table-data-and-children": "words", "database": "name",
    "use-list": "path", "function": "words", "index": "words", "trigger": "words", "transaction-size": "count",
}  # fmt: skip
_MAKING = _SERVER | _flags("echo if-exists force") | {
    "owner": "name", "template": "name", "encoding": "name", "locale": "C|C.UTF-8|POSIX",
    "strategy": "wal_log|file_copy", "maintenance-db": "name",
}  # fmt: skip
_ROLES = _SERVER | _flags(
    """echo if-exists createdb no-createdb inherit no-inherit login no-login createrole no-createrole superuser
    no-superuser replication no-replication bypassrls no-bypassrls"""
) | {"connection-limit": "count", "member-of": "name", "with-admin": "name", "with-member": "name"}  # fmt: skip
_BACKUP = _SERVER | _flags(
    """write-recovery-conf create-slot gzip no-clean no-sync verbose progress no-slot no-verify-checksums
    no-estimate-size no-manifest manifest-force-encode"""
) | {
    "pgdata": "new", "format": "p|plain|t|tar", "checkpoint": "fast|spread", "max-rate": "[0-9]{1,6}[kM]?",
    "slot": "name", "tablespace-mapping": "spaces", "wal-method": "n|none|f|fetch|s|stream", "label": "words",
    "compress": r"[a-z0-9-]+(:[a-z0-9,=]+)?", "waldir": "new", "incremental": "path", "target": "blackhole|client",
    "manifest-checksums": "[A-Za-z0-9]+", "status-interval": "count",
}  # fmt: skip

TOOLS: Mapping[str, Tool] = {
    "psql": Tool(
        _SERVER | _flags(
            """no-align list quiet single-transaction tuples-only expanded no-psqlrc csv echo-all echo-queries
            echo-errors html"""
        ) | {"command": "sql", "dbname": "name", "file": "script", "field-separator": "[,;|: ]",
             "set": "(ON_ERROR_STOP|VERBOSITY|QUIET|AUTOCOMMIT)(=[a-z0-9]*)?"},
        ("name", "name"),
    ),
    "pg_dump": Tool(_DUMPING, ("name",), dumps=True),
    "pg_dumpall": Tool(_DUMPING, dumps=True),
    "pg_restore": Tool(_DUMPING, ("dump",), dumps=True),
    "createdb": Tool(_MAKING, ("name", "words")),
    "dropdb": Tool(_MAKING, ("name",)),
    "createuser": Tool(_ROLES, ("name",)),
    "dropuser": Tool(_ROLES, ("name",)),
    "pg_basebackup": Tool(_BACKUP),
    "pg_verifybackup": Tool(
        _flags("exit-on-error no-parse-wal quiet skip-checksums")
        | {"ignore": "words", "manifest-path": "path", "wal-directory": "path", "format": "p|plain|t|tar"},
        ("path",), looks=True,
    ),
    "pg_combinebackup": Tool(
        _flags("debug dry-run no-sync no-manifest clone copy copy-file-range")
        | {"output": "new", "manifest-checksums": "[A-Za-z0-9]+", "tablespace-mapping": "spaces"},
        ("path",), more=True,
    ),
    "pg_receivewal": Tool(
        _SERVER | _flags("create-slot drop-slot if-not-exists synchronous no-sync no-loop verbose")
        | {"directory": "path", "endpos": "lsn", "slot": "name", "compress": "[a-z0-9]+(:[a-z0-9,=]+)?"},
    ),
    "pg_archivecleanup": Tool(
        _flags("debug dry-run clean-backup-history") | {"strip-extension": r"\.[a-z0-9]{1,8}"},
        ("path", r"[0-9A-F]{24}(\.[0-9A-F]{8}\.backup|\.partial|\.[a-z0-9]+)?"),
    ),
    "pg_rewind": Tool(
        _flags("write-recovery-conf no-ensure-shutdown restore-target-wal dry-run no-sync progress")
        | {"target-pgdata": "data", "source-pgdata": "path", "source-server": "server"},
    ),
    "initdb": Tool(
        _flags("no-locale data-checksums no-data-checksums allow-group-access no-sync no-instructions no-clean")
        | {"pgdata": "new", "encoding": "UTF8|SQL_ASCII|LATIN1", "username": "name", "waldir": "new",
           "locale": "C|C.UTF-8|POSIX", "auth": _AUTH, "auth-local": _AUTH, "auth-host": _AUTH,
           "wal-segsize": "[1-9]|16|32|64", "text-search-config": "name"},
        ("new",),
    ),
    "pg_resetwal": Tool(
        _flags("dry-run force")
        | {"pgdata": "data", "next-wal-file": "[0-9A-F]{24}", "next-transaction-id": "count", "next-oid": "count",
           "wal-segsize": "[1-9]|16|32|64", "epoch": "count", "multixact-offset": "count"},
        ("data",),
    ),
    "pg_isready": Tool(_SERVER | {"dbname": "name", "quiet": "", "timeout": "[1-9]"}, looks=True),
    "pg_controldata": Tool({"pgdata": "path"}, ("path",), looks=True),
    "pg_waldump": Tool(
        _flags("bkp-details fullpage quiet")
        | {"end": "lsn", "start": "lsn", "limit": "count", "path": "path", "rmgr": "[A-Za-z0-9_]+", "timeline": "count",
           "xid": "count", "stats": "record|"},
        ("path", "path"), looks=True,
    ),
    "pg_ctl": Tool(
        _flags("wait no-wait silent")
        | {"pgdata": "data", "log": "new", "mode": "[sfi]|smart|fast|immediate", "timeout": "[1-5]?[0-9]",
           "options": "start"},
        (_ONE_OF(("start", "stop", "restart", "status", "promote", "reload")),),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ordinary:
    """One of the commands that every host has: letters of its options, and what its operands are."""

    letters: str
    operands: str
    numbered: str = ""
    """Letters that take a number; head and tail take one alone, too."""
    first: str = ""
    """What the first operand is, when it is another thing than the rest."""


COMMANDS: Mapping[str, Ordinary] = {
    "ls": Ordinary("1aAdFRrp", "path"),
    "cat": Ordinary("n", "path"),
    "cp": Ordinary("aRrpPnv", "copy"),
    "mv": Ordinary("fnv", "copy"),
    "rm": Ordinary("rRfdv", "gone"),
    "mkdir": Ordinary("pv", "new"),
    "touch": Ordinary("", "touched"),
    "rmdir": Ordinary("p", "gone"),
    "head": Ordinary("q", "path", "nc"),
    "tail": Ordinary("q", "path", "nc"),
    "wc": Ordinary("lwc", "path"),
    "grep": Ordinary("cinvqEFhHowxls", "path", first="words"),
    "cmp": Ordinary("s", "path"),
    "diff": Ordinary("rq", "path"),
    "gzip": Ordinary("kfcdn123456789", "new"),
    "gunzip": Ordinary("kfc", "new"),
    "zcat": Ordinary("", "path"),
}
READERS = frozenset({"cat", "head", "tail", "wc", "grep", "gzip", "gunzip", "zcat"})
"""Without an operand they read standard input."""
LOOKS = frozenset(
    """ls cat echo true false : pwd id whoami hostname date df du ps wc head tail grep egrep diff cmp stat file printenv
    uname md5sum sha256sum pg_isready less more strings od hexdump which type history nproc free uptime""".split()
) | {name for name, tool in TOOLS.items() if tool.looks}
"""Programs that change nothing: when the lab does not perform one, the lines after it can still be compared."""
