"""pg_restore on the host: a listing, a script, or statements for a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from host import options
from host.call import Call, Done
from host.content import Content
from host.dump import writing
from host.dump.facts import ToolFacts, random_key, tool_facts
from host.dump.options import RestoreOptions
from host.dump.progress import SEARCH_PATH
from host.dump.toc import DumpArchive, LargeObjectData, TocEntry
from host.files import Files
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_restore
from host.options.checks.pg_restore import RestoreSettings
from host.restore.emit import Server, Stopped
from host.restore.listing import chosen, listing
from host.restore.reading import Opened, Unreadable, opened
from host.restore.run import Restoring, script
from host.tools.pg_dump import release_of
from host.tree import PathError

TOOL = "pg_restore"


class Failed(Exception):
    """pg_restore ends with this message."""


@dataclass
class Run:
    """One run."""

    host: Host
    wanted: RestoreSettings
    tool: ToolFacts
    call: Call
    stderr: list[str] = field(default_factory=list)
    stdout: Content = ""

    def say(self, text: str) -> None:
        """A line of -v."""
        if self.wanted.verbose:
            self.stderr.append(f"{TOOL}: {text}\n")


def main(call: Call) -> Done:
    """Options, archive, and what is wanted of it."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_restore.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    run = Run(host, wanted, tool_facts(host.client.major, release_of(host)), call)
    try:
        status = _restore(run)
    except (Failed, Unreadable, Stopped) as failed:
        said = str(failed)
        run.stderr += [f"{TOOL}: error: {said}\n"] if said else []
        status = 1
    return Done(run.host, status, run.stdout, "".join(run.stderr))


def _restore(run: Run) -> int:
    found = opened(Files(run.host), run.wanted.archive, run.call.stdin, run.wanted.format, run.tool)
    archive, asked = found.archive, _options(run)
    if run.wanted.use_list:
        asked = replace(asked, wanted=_use_list(run, archive))
    if run.wanted.list:
        # The names are looked at when the list has been printed.
        _write(run, listing(archive, asked, run.tool))
        _check_names(archive, asked)
        return 0
    _check_names(archive, asked)
    if not run.wanted.use_database:
        _script(run, found, asked)
        return 0
    return _into_server(run, found, asked)


def _options(run: Run) -> RestoreOptions:
    wanted = run.wanted
    output = replace(wanted.output, single_transaction=wanted.single_transaction, role=wanted.role)
    return RestoreOptions(
        output,
        wanted.tables,
        wanted.schemas,
        wanted.exclude_schemas,
        wanted.functions,
        wanted.indexes,
        wanted.triggers,
        wanted.strict_names,
        None,
        wanted.exit_on_error,
        wanted.no_data_for_failed_tables,
        wanted.jobs,
    )


def _use_list(run: Run, archive: DumpArchive) -> tuple[int, ...]:
    path = run.wanted.use_list
    try:
        content = Files(run.host).read(path)
    except PathError as fault:
        raise Failed(f'could not open TOC file "{path}": {fault.reason}') from None
    found = chosen(content if isinstance(content, str) else "", archive)
    run.stderr += [f"{TOOL}: warning: line ignored: {line}\n" for line in found.ignored]
    if found.missing is not None:
        raise Failed(f"could not find entry for ID {found.missing}")
    return found.ids


def _check_names(archive: DumpArchive, asked: RestoreOptions) -> None:
    """--strict-names: every name must fit an entry."""
    if not asked.strict_names:
        return
    entries = archive.entries
    kinds: tuple[tuple[str, tuple[str, ...], set[str]], ...] = (
        ("schema", asked.schemas, {entry.schema or "" for entry in entries}),
        ("table", asked.tables, {entry.tag for entry in entries if entry.desc not in ("INDEX", "TRIGGER")}),
        ("index", asked.indexes, {entry.tag for entry in entries if entry.desc == "INDEX"}),
        ("function", asked.functions, {entry.tag for entry in entries if entry.desc == "FUNCTION"}),
        ("trigger", asked.triggers, {entry.tag for entry in entries if entry.desc == "TRIGGER"}),
    )
    for kind, names, known in kinds:
        for name in names:
            if name not in known:
                raise Failed(f'{kind} "{name}" not found')


def _write(run: Run, text: str) -> None:
    path = run.wanted.file
    if not path or path == "-":
        run.stdout = text
        return
    files = Files(run.host)
    try:
        files.write(path, text)
    except PathError as fault:
        run.host = files.host
        raise Failed(f'could not open output file "{path}": {fault.reason}') from None
    run.host = files.host


def _script(run: Run, found: Opened, asked: RestoreOptions) -> None:
    key = asked.output.restrict_key or random_key(f"{run.host.clock}/{' '.join(run.call.argv)}")
    guarded = replace(asked, output=replace(asked.output, restrict_key=key if run.tool.restricts else ""))
    _write(run, script(found.archive, guarded, run.tool, run.say, run.host.clock, _missing(run, found)))


def _missing(run: Run, found: Opened) -> Callable[[TocEntry], str]:
    """Whether the data of an entry is there: a file of its own in a directory, or the end of a cut file."""
    files, archive = Files(run.host), found.archive

    def missing(entry: TocEntry) -> str:
        if archive.damage == "truncated":
            return "could not read from input file: end of file"
        if archive.format != "d":
            return ""
        if isinstance(entry.data, LargeObjectData):
            grouped = f"blobs_{entry.dump_id}.toc"
            path = f"{found.path}/{grouped if files.find(f'{found.path}/{grouped}') else 'blobs.toc'}"
            what = "could not open large object TOC file"
            return "" if files.find(path) else f'{what} "{path}" for input: No such file or directory'
        name = writing.data_name(entry, archive)
        plain = name.removesuffix(".gz")
        if files.find(f"{found.path}/{name}") or files.find(f"{found.path}/{plain}"):
            return ""
        return f'could not open input file "{found.path}/{plain}": No such file or directory'

    return missing


def _into_server(run: Run, found: Opened, asked: RestoreOptions) -> int:
    if asked.jobs > 1:
        if found.archive.format == "t":
            raise Failed("parallel restore is not supported with this archive file format")
        if found.from_stdin:
            raise Failed("parallel restore from standard input is not supported")
    # A listing or a script needs nothing of the server's SQL.
    from host.restore.session import HostSession

    run.say("connecting to database for restore")
    target = run.wanted.target
    session = HostSession(run.host, target)
    if target.fault:
        raise Failed(target.fault.rstrip("\n"))
    run.stderr.append(target.asked)
    refused = session.connect(target.dbname)
    if refused is not None:
        raise Failed(refused)
    if run.tool.says_search_path:
        run.say(SEARCH_PATH)
    emitter = Server(
        session,
        TOOL,
        asked.exit_on_error,
        asked.output.single_transaction,
        bool(run.wanted.verbose),
        stderr=run.stderr,
    )
    restoring = Restoring(found.archive, asked, run.tool, emitter, run.say, missing=_missing(run, found))
    try:
        restoring.run()
    finally:
        session.close()
        run.host = session.host
    if emitter.errors:
        run.stderr.append(f"{TOOL}: warning: errors ignored on restore: {emitter.errors}\n")
    return 1 if emitter.errors else 0
