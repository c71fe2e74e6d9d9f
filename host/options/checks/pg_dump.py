"""pg_dump: its checks before it opens its output and connects."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.dump.options import DumpOptions, Output
from host.options import dumping, filters
from host.options.compression import METHODS, Compression, judged, specification, split
from host.options.connection import Target, target
from host.options.messages import fail, stop_at_fault, together, too_many
from host.options.numbers import atoi, option_int, sync_method
from host.options.values import Parsed, Refusal, refusing
from simulator.versions import since

FORMATS = {"c": "c", "custom": "c", "d": "d", "directory": "d", "p": "p", "plain": "p", "t": "t", "tar": "t"}
APPEND = ("a", "append")
INCLUDES = {
    "extension": "extension",
    "foreign_data": "include-foreign-data",
    "schema": "schema",
    "table": "table",
    "table_and_children": "table-and-children",
}
EXCLUDES = {
    "extension": "exclude-extension",
    "table_data": "exclude-table-data",
    "table_data_and_children": "exclude-table-data-and-children",
    "schema": "exclude-schema",
    "table": "exclude-table",
    "table_and_children": "exclude-table-and-children",
}


@dataclass(frozen=True, slots=True)
class DumpSettings:
    """What pg_dump is to do: `dump` says what goes into the dump, the rest how it is taken."""

    target: Target = field(default_factory=Target)
    dump: DumpOptions = field(default_factory=DumpOptions)
    file: str = ""
    """-f; '' is standard output."""
    append: bool = False
    """-Fa, which pg_dumpall uses."""
    compression: Compression = field(default_factory=Compression)
    """Method none where nothing is compressed; custom and directory compress by gzip unless told otherwise."""
    compression_given: bool = False
    jobs: int = 1
    role: str = ""
    lock_wait_timeout: str = ""
    snapshot: str = ""
    serializable_deferrable: bool = False
    foreign_servers: tuple[str, ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    """Every pattern with its option in order, those of filter files too (-t, -n, -e and their kin)."""
    extra_float_digits: int | None = None
    sync: bool = True
    sync_method: str = "fsync"
    verbose: int = 0
    binary_upgrade: bool = False
    load_via_partition_root: bool = False
    warnings: str = ""

    @property
    def tar_compressed(self) -> bool:
        """The tar format refuses it, after it has opened its file."""
        return self.dump.format == "t" and self.compression.level != 0


class _Asked:
    """What the loop over the options gathers."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.patterns: list[tuple[str, str]] = []
        self.jobs = 1
        self.rows = 0
        self.float_digits: int | None = None
        self.compress: tuple[str, str | None] | None = None
        for name, value in parsed.given:
            self.take(name, value or "")

    def take(self, name: str, value: str) -> None:
        parsed = self.parsed
        match name:
            case "jobs":
                self.jobs = dumping.jobs(parsed, value)
            case "compress":
                self.compress = _compress(parsed, value)
            case "section":
                dumping.section(parsed, value)
            case "extra-float-digits":
                self.float_digits = dumping.float_digits(parsed, value)
            case "rows-per-insert":
                self.rows = dumping.rows_per_insert(parsed, value)
            case "inserts":
                self.rows = self.rows or 1
            case "sync-method":
                sync_method(parsed, value)
            case "filter":
                self.filter(value)
            case _ if name in INCLUDES.values() or name in EXCLUDES.values():
                self.patterns.append((name, value))

    def filter(self, path: str) -> None:
        """A filter file adds patterns as if they had been typed."""
        for rule in filters.rules(self.parsed, path):
            option = (INCLUDES if rule.include else EXCLUDES).get(rule.kind)
            if option is None:
                filters.not_allowed(self.parsed, path, rule)
            self.patterns.append((option, rule.pattern))

    def all(self, *names: str) -> tuple[str, ...]:
        """The patterns of some options."""
        return tuple(pattern for name, pattern in self.patterns if name in names)


@refusing
def settings(parsed: Parsed) -> DumpSettings | Refusal:
    """The loop over the options, then the checks of main() and of the directory format."""
    asked = _Asked(parsed)
    stop_at_fault(parsed)
    too_many(parsed, 0 if parsed.has("dbname") else 1)
    dbname = parsed.last("dbname") if parsed.has("dbname") else (*parsed.operands, None)[0]
    _conflicts(parsed, asked)
    if parsed.has("column-inserts"):
        asked.rows = asked.rows or 1
    if parsed.has("on-conflict-do-nothing") and not asked.rows:
        fail(
            parsed, "option --on-conflict-do-nothing requires option --inserts, --rows-per-insert, or --column-inserts"
        )
    word = parsed.last("format", "p").lower()
    if word not in FORMATS and word not in APPEND:
        fail(parsed, f'invalid output format "{parsed.last("format")}" specified')
    form = FORMATS.get(word, "p")
    if form == "p":
        dumping.restrict_key(parsed)
    elif parsed.has("restrict-key"):
        fail(parsed, "option --restrict-key can only be used with --format=plain")
    compression, warnings = _compression(parsed, asked, form)
    if since(parsed.build.major, {12: True, 15: False}):
        dumping.jobs_fault(parsed, asked.jobs)
    if form != "d" and asked.jobs > 1:
        fail(parsed, "parallel backup only supported by the directory format")
    if form == "d" and not parsed.last("file"):
        fail(parsed, "no output directory specified")
    return DumpSettings(
        target=target(parsed, dbname),
        dump=_dump(parsed, asked, form, compression),
        file=parsed.last("file"),
        append=word in APPEND,
        compression=compression,
        compression_given=asked.compress is not None,
        jobs=asked.jobs,
        role=parsed.last("role"),
        lock_wait_timeout=parsed.last("lock-wait-timeout"),
        snapshot=parsed.last("snapshot"),
        serializable_deferrable=parsed.has("serializable-deferrable"),
        foreign_servers=asked.all("include-foreign-data"),
        patterns=tuple(asked.patterns),
        extra_float_digits=asked.float_digits,
        sync=not parsed.has("no-sync"),
        sync_method=parsed.last("sync-method", "fsync"),
        verbose=parsed.count("verbose"),
        binary_upgrade=parsed.has("binary-upgrade"),
        load_via_partition_root=parsed.has("load-via-partition-root"),
        warnings=warnings,
    )


def _compress(parsed: Parsed, value: str) -> tuple[str, str | None]:
    """-Z: a level before 16, a specification since."""
    major = parsed.build.major
    if since(major, {12: False, 16: True}):
        return split(value)
    if since(major, {12: False, 15: True}):
        level = option_int(parsed, value, "-Z/--compress", 0, 9)
    else:
        level = atoi(value)
        if not 0 <= level <= 9:
            fail(parsed, "compression level must be in range 0..9")
    return ("gzip", str(level)) if level else ("none", None)


def _conflicts(parsed: Parsed, asked: _Asked) -> None:
    dumping.pairs(parsed)
    foreign = bool(asked.all("include-foreign-data"))
    if parsed.has("schema-only") and foreign:
        together(parsed, "-s/--schema-only", "--include-foreign-data")
    if asked.jobs > 1 and foreign:
        fail(parsed, "option --include-foreign-data is not supported with parallel backup")
    if parsed.has("data-only") and parsed.has("clean"):
        together(parsed, "-c/--clean", "-a/--data-only")
    dumping.if_exists(parsed)


def _compression(parsed: Parsed, asked: _Asked, form: str) -> tuple[Compression, str]:
    method, detail = asked.compress or (
        ("gzip", None) if form in "cd" and "gzip" in parsed.build.methods else ("none", None)
    )
    if since(parsed.build.major, {12: True, 16: False}):
        if method == "none":
            return Compression(), ""
        if "gzip" in parsed.build.methods:
            return Compression("gzip", int(detail or -1)), ""
        missing = "requested compression not available in this installation -- archive will be uncompressed"
        return Compression(), f"pg_dump: warning: {missing}\n"
    if method not in METHODS:
        fail(parsed, f'unrecognized compression algorithm: "{method}"')
    spec = specification(method, detail, parsed.build.methods)
    if fault := judged(spec):
        fail(parsed, f"invalid compression specification: {fault}")
    workers = 'pg_dump: warning: compression option "workers" is not currently supported by pg_dump\n'
    return spec, workers if spec.workers is not None else ""


def _dump(parsed: Parsed, asked: _Asked, form: str, compression: Compression) -> DumpOptions:
    large = {"large-objects": True, "no-large-objects": False}
    wanted = [large[name] for name, _ in parsed.given if name in large]
    return DumpOptions(
        output=output(parsed, statistics=parsed.has("statistics")),
        format=form,
        tables=asked.all("table", "table-and-children"),
        exclude_tables=asked.all("exclude-table", "exclude-table-and-children"),
        exclude_table_data=asked.all("exclude-table-data", "exclude-table-data-and-children"),
        schemas=asked.all("schema"),
        exclude_schemas=asked.all("exclude-schema"),
        extensions=asked.all("extension"),
        exclude_extensions=asked.all("exclude-extension"),
        strict_names=parsed.has("strict-names"),
        large_objects=all(wanted) if wanted else None,
        inserts=parsed.has("inserts"),
        column_inserts=parsed.has("column-inserts"),
        rows_per_insert=asked.rows if parsed.has("rows-per-insert") else 0,
        on_conflict_do_nothing=parsed.has("on-conflict-do-nothing"),
        no_unlogged_table_data=parsed.has("no-unlogged-table-data"),
        dollar_quoting=not parsed.has("disable-dollar-quoting"),
        compression=compression.method,
        compression_level=compression.level if compression.method != "none" else None,
        encoding=parsed.last("encoding"),
    )


def output(parsed: Parsed, statistics: bool) -> Output:
    """The options that say how entries become statements; pg_restore has them too."""
    return Output(
        data_only=parsed.has("data-only"),
        schema_only=parsed.has("schema-only"),
        statistics_only=parsed.has("statistics-only"),
        statistics=statistics,
        no_data=parsed.has("no-data"),
        no_schema=parsed.has("no-schema"),
        sections=frozenset(parsed.all("section")) or frozenset(dumping.SECTIONS),
        clean=parsed.has("clean"),
        if_exists=parsed.has("if-exists"),
        create=parsed.has("create"),
        no_owner=parsed.has("no-owner"),
        no_privileges=parsed.has("no-privileges"),
        no_comments=parsed.has("no-comments"),
        no_tablespaces=parsed.has("no-tablespaces"),
        no_table_access_method=parsed.has("no-table-access-method"),
        disable_triggers=parsed.has("disable-triggers"),
        superuser=parsed.last("superuser"),
        session_authorization=parsed.has("use-set-session-authorization"),
        enable_row_security=parsed.has("enable-row-security"),
        single_transaction=parsed.has("single-transaction"),
        restrict_key=parsed.last("restrict-key"),
        verbose=parsed.has("verbose"),
        role=parsed.last("role") if parsed.tool == "pg_restore" else "",
        quote_all=parsed.has("quote-all-identifiers"),
        sequence_data=parsed.has("sequence-data"),
    )
