"""pg_dump on the host: connection, plan, and the file, directory or text it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from host import options, tree
from host.call import Call, Done
from host.content import Content, Gzip, size_of
from host.dump import access, dumping, progress, writing
from host.dump.dumping import Source
from host.dump.encodings import encoding
from host.dump.facts import ToolFacts, random_key, tool_facts
from host.dump.patterns import PatternError
from host.dump.plan import Plan
from host.dump.toc import DumpArchive
from host.files import Files
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_dump
from host.options.checks.pg_dump import DumpSettings
from host.options.connection import Target
from host.restore.run import tar_script
from host.server import connect, hosts
from host.server.connect import Connected, NotConnected
from host.tree import PathError
from host.weather import Weather
from simulator.versions import spans, version

TOOL = "pg_dump"
_BUFFER = 4096
_MOST_WORKERS = 300
"""More than any server here has places for."""


class Failed(Exception):
    """pg_dump ends with these lines on standard error."""

    def __init__(self, *lines: str, detail: str = "") -> None:
        super().__init__(lines)
        self.lines = [f"{TOOL}: error: {line}\n" for line in lines]
        detail = detail.removesuffix("\n")
        self.lines += [f"{TOOL}: detail: {detail}\n"] if detail else []


@dataclass
class Run:
    """One run: the host as it becomes, and what was said."""

    host: Host
    wanted: DumpSettings
    tool: ToolFacts
    stderr: list[str] = field(default_factory=list)
    stdout: Content = ""
    made: Connected | None = None

    def say(self, text: str) -> None:
        """A line of -v."""
        if self.wanted.verbose:
            self.stderr.append(f"{TOOL}: {text}\n")


def main(call: Call) -> Done:
    """Options, output, connection, dump."""
    given = options.read(call, call.host.client)
    wanted = given if isinstance(given, Refusal) else pg_dump.settings(given)
    return wanted.done(call.host) if isinstance(wanted, Refusal) else dump(call.host, wanted, " ".join(call.argv))


def release_of(host: Host) -> str:
    """The version that the client tools print."""
    return host.client.release or version(host.client.major).release


def dump(host: Host, wanted: DumpSettings, seed: str) -> Done:
    """Take the dump; pg_dumpall calls this for each database."""
    tool = tool_facts(host.client.major, release_of(host))
    key = wanted.dump.output.restrict_key or random_key(f"{host.clock}/{seed}")
    guarded = tool.restricts and wanted.dump.format == "p"
    output = replace(wanted.dump.output, restrict_key=key if guarded else "")
    wanted = replace(wanted, dump=replace(wanted.dump, output=output))
    run = Run(host, wanted, tool, [wanted.warnings] if wanted.warnings else [])
    status = 0
    try:
        _open_output(run)
        _dump(run)
    except Failed as failed:
        run.stderr += failed.lines
        status = 1
    if run.made is not None:
        run.host = connect.close(run.host, run.made.port, run.made.pid)
    return Done(run.host, status, run.stdout, "".join(run.stderr))


def _open_output(run: Run) -> None:
    """Custom, directory and tar open their output before they connect."""
    wanted, files = run.wanted, Files(run.host)
    path = wanted.file
    try:
        if wanted.dump.format == "d":
            _open_directory(run, files, path)
        elif wanted.dump.format in "ct" and path:
            files.write(path, "")
    except PathError as fault:
        if wanted.dump.format == "t":
            raise Failed(f'could not open TOC file "{path}" for output: {fault.reason}') from None
        what = "create directory" if wanted.dump.format == "d" else "open output file"
        raise Failed(f'could not {what} "{path}": {fault.reason}') from None
    run.host = files.host
    if wanted.tar_compressed:
        raise Failed("compression is not supported by tar archive format")


def _open_directory(run: Run, files: Files, path: str) -> None:
    if files.is_dir(path) and not files.names(path):
        return
    if run.tool.opens_directory and files.find(path) is not None:
        if files.is_dir(path):
            raise Failed(f'directory "{path}" is not empty')
        raise Failed(f'could not open directory "{path}": {tree.NOT_A_DIR}')
    files.mkdir(path, 0o700)


def connected(host: Host, target: Target, tool: ToolFacts, application: str = TOOL) -> Connected:
    """The connection of pg_dump and pg_dumpall; raises Failed."""
    before = f'connection to database "{target.dbname}" failed: ' if tool.names_database else ""
    if target.fault:
        raise Failed(before + target.fault.rstrip("\n"))
    asked = connect.Wanted(
        target.host, target.number, target.user, target.dbname, password=target.password, application=application
    )
    made = hosts.connect(host, asked, target)
    if isinstance(made, NotConnected):
        raise Failed(before + made.message.rstrip("\n"))
    return made


def check_version(made: Connected, tool: ToolFacts, name: str) -> None:
    """A newer server than the tool is refused; raises Failed."""
    if made.instance.major not in spans(f"12-{tool.major}"):
        releases = f"server version: {made.instance.build_release}; {name} version: {tool.release}"
        raise Failed("aborting because of server version mismatch", detail=releases)


def _dump(run: Run) -> None:
    wanted, tool = run.wanted, run.tool
    run.stderr.append(wanted.target.asked)
    made = connected(run.host, wanted.target, tool)
    run.host, run.made = made.host, made
    check_version(made, tool, TOOL)
    instance = made.instance
    user = _settle(run, made)
    if instance.recovery is not None:  # a standby has no rows of unlogged tables
        run.wanted = replace(run.wanted, dump=replace(run.wanted.dump, no_unlogged_table_data=True))
    wanted = run.wanted
    source = Source(instance.catalog, instance.catalog.databases[wanted.target.dbname], instance.build_release)
    try:
        plan = dumping.planned(source, wanted.dump, tool)
    except PatternError as fault:
        raise Failed(str(fault), detail=fault.detail) from None
    for line in progress.reading(plan, wanted.dump, tool):
        run.say(line)
    _refuse(access.timeout_failure(run.wanted.lock_wait_timeout, instance.major))
    _locks(run, plan, user)
    if plan.circle and wanted.dump.output.data_only:
        run.stderr.append(progress.circle(TOOL, plan.circle))
    _workers(run)
    archive = dumping.archived(source, plan, wanted.dump, tool, run.host.clock)
    _refuse(access.sequence_failure(plan, tool, user))
    refused = access.large_object_failure(plan, wanted.dump, user)
    if refused is not None:
        if wanted.dump.format == "c" and wanted.file:
            _write(run, wanted.file, replace(archive, damage="truncated"))
        if wanted.dump.format == "p":
            _put(run, dumping.text_until(archive, wanted.dump, tool, refused.large_object))
        raise Failed(refused.message)
    _say_data(run, archive)
    _leave(run, archive)


def encoding_of(given: str) -> str:
    """The proper name of the encoding of -E; raises Failed."""
    if given and not encoding(given):
        raise Failed(f'invalid client encoding "{given}" specified')
    return encoding(given)


def _settle(run: Run, made: Connected) -> str:
    """setup_connection: encoding, role, snapshot; the role whose rights count."""
    wanted, catalog = run.wanted, made.instance.catalog
    name = encoding_of(wanted.dump.encoding)
    run.wanted = wanted = replace(wanted, dump=replace(wanted.dump, encoding=name))
    user = made.session.user
    if wanted.role:
        query = f"SET ROLE {wanted.role}"
        if wanted.role not in catalog.roles:
            raise Failed(f'query failed: ERROR:  role "{wanted.role}" does not exist', detail=f"Query was: {query}")
        if not catalog.roles[user].superuser and not catalog.is_member(user, wanted.role):
            said = f'query failed: ERROR:  permission denied to set role "{wanted.role}"'
            raise Failed(said, detail=f"Query was: {query}")
        user = wanted.role
    if wanted.snapshot:
        query = f"SET TRANSACTION SNAPSHOT '{wanted.snapshot}'"
        said = f'query failed: ERROR:  invalid snapshot identifier: "{wanted.snapshot}"'
        raise Failed(said, detail=f"Query was: {query}")
    return user


def _locks(run: Run, plan: Plan, user: str) -> None:
    held = {
        name
        for session in (run.made.instance.sessions if run.made else ())
        if session.database == plan.dumping.database.name
        for name in session.holds_lock_on
    }
    if Weather.ORDERS_LOCKED in run.host.weather and plan.dumping.database.name == "shop":
        held.add("public.orders")
    waits = bool(run.wanted.lock_wait_timeout)
    _refuse(access.lock_failure(plan, run.tool, user, frozenset(held), waits))


def _refuse(refused: access.Refused | None) -> None:
    """A query that the server refuses ends the dump."""
    if refused is not None:
        raise Failed(refused.message, detail=f"Query was: {refused.query}" if refused.query else "")


def _workers(run: Run) -> None:
    """-j: every worker needs a connection of its own."""
    if run.wanted.jobs == 1 or run.made is None:
        return
    target, host, opened, refused = run.wanted.target, run.host, [], []
    for _ in range(min(run.wanted.jobs, _MOST_WORKERS)):
        asked = connect.Wanted(
            target.host, target.number, target.user, target.dbname, password=target.password, application=TOOL
        )
        made = hosts.connect(host, asked, target)
        if isinstance(made, NotConnected):
            before = "reconnection failed: " if run.tool.reconnects else ""
            refused.append(f"{before}{made.message}".rstrip("\n"))
        else:
            host = made.host
            opened.append(made)
    for made in opened:
        host = connect.close(host, made.port, made.pid)
    run.host = host
    if refused:
        raise Failed(*refused, "a worker process died unexpectedly")


def _say_data(run: Run, archive: DumpArchive) -> None:
    if run.wanted.dump.format == "p":
        return
    for entry in archive.entries:
        if entry.data is not None:
            for line in _dumping(run, entry.desc, entry.schema, entry.tag):
                run.say(line)
            if run.wanted.jobs > 1:
                run.say(f"finished item {entry.dump_id} {entry.desc} {entry.tag}")


def _dumping(run: Run, desc: str, schema: str | None, tag: str) -> list[str]:
    if desc == "BLOBS":
        return [f'saving large objects "{tag}"' if run.tool.metadata_of_large_objects else "saving large objects"]
    return [f'dumping contents of table "{schema}.{tag}"']


def _leave(run: Run, archive: DumpArchive) -> None:
    """Write what there is to write."""
    wanted, grouped = run.wanted, run.tool.metadata_of_large_objects
    form, path = wanted.dump.format, wanted.file
    if form == "p":
        _plain(run, archive)
    elif form == "d":
        _directory(run, archive, path, grouped)
    else:
        content: Content = archive
        if form == "t":
            content = writing.tar(archive, tar_script(archive, run.tool), grouped, run.host.user)
        if path:
            _write(run, path, content)
        else:
            run.stdout = content


def _plain(run: Run, archive: DumpArchive) -> None:
    wanted = run.wanted

    def progressed(text: str) -> None:
        run.say(text)
        name = text.removeprefix("processing data for table ")
        if name != text:
            run.say(f"dumping contents of table {name}")
        elif text == "processing BLOBS":
            groups = [e.tag for e in archive.entries if e.desc == "BLOBS"]
            for line in _dumping(run, "BLOBS", None, groups[0] if groups else ""):
                run.say(line)

    _put(run, dumping.text(archive, wanted.dump, run.tool, progressed))


def _put(run: Run, text: str) -> None:
    """A plain dump, compressed or not, to its place."""
    wanted = run.wanted
    method = wanted.compression.method if wanted.compression_given else "none"
    content: Content = text if method == "none" else Gzip(text, method)
    if wanted.file:
        _write(run, wanted.file, content)
    else:
        run.stdout = content


def _write(run: Run, path: str, content: Content) -> None:
    files = Files(run.host)
    try:
        files.write(path, content, append=run.wanted.append)
    except PathError as fault:
        run.host = files.host
        if fault.reason == tree.NO_SPACE:
            raise Failed(*no_space(run.tool, size_of(content))) from None
        raise Failed(f'could not open output file "{path}": {fault.reason}') from None
    run.host = files.host


def no_space(tool: ToolFacts, size: int) -> tuple[str, ...]:
    """The disk is full: short output fails only when the file is closed."""
    named = tool.names_compression
    if size <= _BUFFER:
        close = (f"could not close file: {tree.NO_SPACE}",) if named else ()
        return (*close, f"could not close output file: {tree.NO_SPACE}")
    return (f"could not write to {'file' if named else 'output file'}: {tree.NO_SPACE}",)


def _directory(run: Run, archive: DumpArchive, path: str, grouped: bool) -> None:
    files = Files(run.host)
    contents = writing.members(archive, grouped)
    try:
        for name, content in contents.items():
            files.write(f"{path}/{name}", content)
        files.write(f"{path}/toc.dat", archive)
    except PathError as fault:
        run.host = files.host
        if fault.reason == tree.NO_SPACE:
            raise Failed(*no_space(run.tool, _BUFFER + 1)) from None
        raise Failed(f'could not open output file "{path}": {fault.reason}') from None
    run.host = files.host
