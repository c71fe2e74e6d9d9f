"""pg_restore: its checks before it opens the archive."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.dump.options import Output
from host.options import dumping, filters
from host.options.checks.pg_dump import output
from host.options.connection import Target, target
from host.options.messages import fail, stop_at_fault, together, too_many
from host.options.numbers import INT_MAX, option_int
from host.options.values import Parsed, Refusal, refusing
from simulator.versions import since

INCLUDES = {"function": "function", "index": "index", "schema": "schema", "table": "table", "trigger": "trigger"}
EXCLUDES = {"schema": "exclude-schema"}


@dataclass(frozen=True, slots=True)
class RestoreSettings:
    """What pg_restore is to do."""

    target: Target = field(default_factory=Target)
    use_database: bool = False
    """-d is given; otherwise a script is written to `file`."""
    archive: str = ""
    """The operand; '' is standard input."""
    file: str = ""
    """-f; '-' is standard output."""
    list: bool = False
    use_list: str = ""
    """-L."""
    format: str = ""
    """c, d or t; '' when the archive says it."""
    output: Output = field(default_factory=Output)
    jobs: int = 1
    exit_on_error: bool = False
    single_transaction: bool = False
    transaction_size: int = 0
    tables: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    exclude_schemas: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    strict_names: bool = False
    no_data_for_failed_tables: bool = False
    no_publications: bool = False
    no_subscriptions: bool = False
    no_security_labels: bool = False
    role: str = ""
    verbose: int = 0


@refusing
def settings(parsed: Parsed) -> RestoreSettings | Refusal:
    """The loop over the options, then the checks of main()."""
    names, jobs, size = _loop(parsed)
    stop_at_fault(parsed)
    too_many(parsed, 1)
    _destination(parsed)
    _conflicts(parsed, jobs, size)
    form = _format(parsed)

    def chosen(option: str) -> tuple[str, ...]:
        return tuple(text for name, text in names if name == option)

    return RestoreSettings(
        target=target(parsed, parsed.last("dbname") if parsed.has("dbname") else None),
        use_database=parsed.has("dbname"),
        archive=(*parsed.operands, "")[0],
        file=parsed.last("file"),
        list=parsed.has("list"),
        use_list=parsed.last("use-list"),
        format=form,
        output=output(parsed, statistics=not parsed.has("no-statistics")),
        jobs=jobs,
        exit_on_error=any(map(parsed.has, ("exit-on-error", "single-transaction", "transaction-size"))),
        single_transaction=parsed.has("single-transaction"),
        transaction_size=size,
        tables=chosen("table"),
        schemas=chosen("schema"),
        exclude_schemas=chosen("exclude-schema"),
        functions=chosen("function"),
        indexes=chosen("index"),
        triggers=chosen("trigger"),
        strict_names=parsed.has("strict-names"),
        no_data_for_failed_tables=parsed.has("no-data-for-failed-tables"),
        no_publications=parsed.has("no-publications"),
        no_subscriptions=parsed.has("no-subscriptions"),
        no_security_labels=parsed.has("no-security-labels"),
        role=parsed.last("role"),
        verbose=parsed.count("verbose"),
    )


def _loop(parsed: Parsed) -> tuple[list[tuple[str, str]], int, int]:
    """Names of objects by option, those of filter files too; jobs; objects a transaction."""
    names: list[tuple[str, str]] = []
    jobs, size = 1, 0
    for name, value in parsed.given:
        match name:
            case "jobs":
                jobs = dumping.jobs(parsed, value or "")
            case "section":
                dumping.section(parsed, value or "")
            case "transaction-size":
                size = option_int(parsed, value or "", "--transaction-size", 1, INT_MAX)
            case "filter":
                names += _filter(parsed, value or "")
            case _ if name in INCLUDES.values() or name in EXCLUDES.values():
                names.append((name, value or ""))
    return names, jobs, size


def _filter(parsed: Parsed, path: str) -> list[tuple[str, str]]:
    found = []
    for rule in filters.rules(parsed, path):
        option = (INCLUDES if rule.include else EXCLUDES).get(rule.kind)
        if option is None:
            filters.not_allowed(parsed, path, rule)
        found.append((option, rule.pattern))
    return found


def _destination(parsed: Parsed) -> None:
    """Into a database or as a script: one of them, except for a list."""
    if not any(map(parsed.has, ("dbname", "file", "list"))):
        fail(parsed, "one of -d/--dbname and -f/--file must be specified")
    if not parsed.has("dbname"):
        dumping.restrict_key(parsed)
        return
    if parsed.has("file"):
        fail(parsed, "options -d/--dbname and -f/--file cannot be used together", usage=True)
    if parsed.has("restrict-key"):
        together(parsed, "-d/--dbname", "--restrict-key")


def _conflicts(parsed: Parsed, jobs: int, size: int) -> None:
    dumping.pairs(parsed)
    if parsed.has("data-only") and parsed.has("clean"):
        together(parsed, "-c/--clean", "-a/--data-only")
    if parsed.has("single-transaction") and size:
        together(parsed, "-1/--single-transaction", "--transaction-size")
    if parsed.has("create") and parsed.has("single-transaction"):
        together(parsed, "-C/--create", "-1/--single-transaction")
    if since(parsed.build.major, {12: True, 15: False}):
        dumping.jobs_fault(parsed, jobs)
    if parsed.has("single-transaction") and jobs > 1:
        fail(parsed, "cannot specify both --single-transaction and multiple jobs")
    dumping.if_exists(parsed)


def _format(parsed: Parsed) -> str:
    """-F: the first letter counts."""
    given = [text for text in parsed.all("format") if text]
    if not given:
        return ""
    letter = given[-1][0].lower()
    if letter == "p" and since(parsed.build.major, {12: False, 18: True}):
        fail(parsed, f'archive format "{given[-1]}" is not supported; please use psql')
    if letter not in "cdt":
        fail(parsed, f'unrecognized archive format "{given[-1]}"; please specify "c", "d", or "t"')
    return letter
