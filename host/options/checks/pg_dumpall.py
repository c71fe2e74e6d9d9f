"""pg_dumpall: its checks before it connects, and what it hands on to pg_dump."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.options import dumping, filters
from host.options.connection import Target, complete, read_string
from host.options.conninfo import ConninfoFault
from host.options.messages import fail, stop_at_fault, too_many
from host.options.values import Parsed, Refusal, refusing

HANDED_ON = {
    "data-only": "-a",
    "no-owner": "-O",
    "schema-only": "-s",
    "no-privileges": "-x",
    "verbose": "-v",
    "no-password": "-w",
    "password": "-W",
    "no-sync": "--no-sync",
}
HANDED_ON_WITH_VALUE = {
    "encoding": "-E",
    "file": "-f",
    "superuser": "-S",
    "lock-wait-timeout": "--lock-wait-timeout",
    "role": "--role",
    "extra-float-digits": "--extra-float-digits",
    "rows-per-insert": "--rows-per-insert",
    "restrict-key": "--restrict-key",
}
FLAGS_HANDED_ON = (
    "binary-upgrade",
    "column-inserts",
    "disable-dollar-quoting",
    "disable-triggers",
    "inserts",
    "no-table-access-method",
    "no-tablespaces",
    "quote-all-identifiers",
    "load-via-partition-root",
    "use-set-session-authorization",
    "no-comments",
    "no-data",
    "no-policies",
    "no-publications",
    "no-schema",
    "no-security-labels",
    "no-statistics",
    "no-subscriptions",
    "no-toast-compression",
    "no-unlogged-table-data",
    "statistics",
    "on-conflict-do-nothing",
    "statistics-only",
    "sequence-data",
)
GLOBALS = {
    "globals-only": "-g/--globals-only",
    "roles-only": "-r/--roles-only",
    "tablespaces-only": "-t/--tablespaces-only",
}


@dataclass(frozen=True, slots=True)
class DumpAllSettings:
    """What pg_dumpall is to do."""

    target: Target = field(default_factory=Target)
    databases: tuple[str, ...] = ("postgres", "template1")
    """Tried in order for the first connection; one only with -l."""
    file: str = ""
    pg_dump: tuple[str, ...] = ()
    """Arguments for each pg_dump, in the order in which pg_dumpall puts them (without -f, connection and name)."""
    globals_only: bool = False
    roles_only: bool = False
    tablespaces_only: bool = False
    data_only: bool = False
    schema_only: bool = False
    statistics_only: bool = False
    no_schema: bool = False
    clean: bool = False
    if_exists: bool = False
    no_privileges: bool = False
    no_role_passwords: bool = False
    no_comments: bool = False
    no_security_labels: bool = False
    no_tablespaces: bool = False
    exclude_databases: tuple[str, ...] = ()
    role: str = ""
    encoding: str = ""
    restrict_key: str = ""
    sync: bool = True
    binary_upgrade: bool = False
    verbose: int = 0


@refusing
def settings(parsed: Parsed) -> DumpAllSettings | Refusal:
    """The loop over the options, then the checks of main()."""
    excluded: list[str] = []
    for name, value in parsed.given:
        if name == "exclude-database":
            excluded.append(value or "")
        elif name == "filter":
            excluded += _filter(parsed, value or "")
    stop_at_fault(parsed)
    too_many(parsed, 0)
    _conflicts(parsed, bool(excluded))
    dumping.restrict_key(parsed)
    return DumpAllSettings(
        target=_target(parsed),
        databases=(parsed.last("database"),) if parsed.has("database") else ("postgres", "template1"),
        file=parsed.last("file"),
        pg_dump=_handed_on(parsed),
        globals_only=parsed.has("globals-only"),
        roles_only=parsed.has("roles-only"),
        tablespaces_only=parsed.has("tablespaces-only"),
        data_only=parsed.has("data-only"),
        schema_only=parsed.has("schema-only"),
        statistics_only=parsed.has("statistics-only"),
        no_schema=parsed.has("no-schema"),
        clean=parsed.has("clean"),
        if_exists=parsed.has("if-exists"),
        no_privileges=parsed.has("no-privileges"),
        no_role_passwords=parsed.has("no-role-passwords"),
        no_comments=parsed.has("no-comments"),
        no_security_labels=parsed.has("no-security-labels"),
        no_tablespaces=parsed.has("no-tablespaces"),
        exclude_databases=tuple(excluded),
        role=parsed.last("role"),
        encoding=parsed.last("encoding"),
        restrict_key=parsed.last("restrict-key"),
        sync=not parsed.has("no-sync"),
        binary_upgrade=parsed.has("binary-upgrade"),
        verbose=parsed.count("verbose"),
    )


def _filter(parsed: Parsed, path: str) -> list[str]:
    """Only databases, and only to leave out."""
    found = []
    for rule in filters.rules(parsed, path):
        if rule.include:
            filters.not_allowed(parsed, path, rule)
        if rule.kind != "database":
            filters.fault(parsed, path, rule.line, "unsupported filter object")
        found.append(rule.pattern)
    return found


def _conflicts(parsed: Parsed, excluded: bool) -> None:
    if excluded and any(map(parsed.has, GLOBALS)):
        words = f"{GLOBALS['globals-only']}, {GLOBALS['roles-only']}, or {GLOBALS['tablespaces-only']}"
        fail(parsed, f"option --exclude-database cannot be used together with {words}", usage=True)
    for second in ("roles-only", "tablespaces-only"):
        _not_both(parsed, "globals-only", second)
    dumping.if_exists(parsed)
    _not_both(parsed, "roles-only", "tablespaces-only")


def _not_both(parsed: Parsed, first: str, second: str) -> None:
    if parsed.has(first) and parsed.has(second):
        fail(parsed, f"options {GLOBALS[first]} and {GLOBALS[second]} cannot be used together", usage=True)


def _target(parsed: Parsed) -> Target:
    """-d is a connection string whose database does not count; the options beside it win."""
    values: dict[str, str] = {}
    if parsed.has("dbname"):
        try:
            values = {
                word: text for word, text in read_string(parsed.last("dbname"), parsed.build.major).items() if text
            }
        except ConninfoFault as wrong:
            fail(parsed, str(wrong))
    for option, word in (("host", "host"), ("port", "port"), ("username", "user")):
        if parsed.last(option):
            values[word] = parsed.last(option)
    values["dbname"] = parsed.last("database", "postgres")
    return complete(parsed, values)


def _handed_on(parsed: Parsed) -> tuple[str, ...]:
    words: list[str] = []
    for name, value in parsed.given:
        if name in HANDED_ON:
            words.append(HANDED_ON[name])
        elif name in HANDED_ON_WITH_VALUE and name != "file":
            words += [HANDED_ON_WITH_VALUE[name], value or ""]
    return (*words, *(f"--{name}" for name in FLAGS_HANDED_ON if parsed.has(name)))
