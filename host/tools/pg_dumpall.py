"""pg_dumpall on the host: what belongs to the cluster, then a pg_dump of each database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from host import options, tree
from host.call import Call, Done
from host.content import Content, joined, text_of
from host.dump import queries
from host.dump.cluster import Cluster
from host.dump.facts import ToolFacts, random_key, tool_facts
from host.dump.leaving import Failed, no_space
from host.dump.options import DumpAllOptions, DumpOptions, Output
from host.dump.patterns import PatternError
from host.dump.progress import SEARCH_PATH
from host.files import Files
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_dump as dump_checks
from host.options.checks import pg_dumpall
from host.options.checks.pg_dumpall import DumpAllSettings
from host.programs import where
from host.server import connect
from host.server.connect import Connected
from host.shell import finished
from host.tools.pg_dump import check_version, connected, dump, encoding_of, release_of
from host.tree import PathError

TOOL = "pg_dumpall"


@dataclass
class Run:
    """One run of pg_dumpall."""

    host: Host
    wanted: DumpAllSettings
    tool: ToolFacts
    call: Call
    stderr: list[str] = field(default_factory=list)
    pieces: list[Content] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A line of -v."""
        if self.wanted.verbose:
            self.stderr.append(f"{TOOL}: {text}\n")

    def write(self, content: Content) -> None:
        """To standard output, or to the end of the file."""
        if not self.wanted.file:
            self.pieces.append(content)
            return
        files = Files(self.host)
        try:
            files.write(self.wanted.file, content, append=True)
        except PathError as fault:
            # stdio holds the few lines back: what is lost shows when the next pg_dump writes.
            self.host = files.host
            if fault.reason != tree.NO_SPACE:
                raise Failed(f'could not open output file "{self.wanted.file}": {fault.reason}') from None
        self.host = files.host


def main(call: Call) -> Done:
    """Options, connection, globals, databases."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_dumpall.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    run = Run(host, wanted, tool_facts(host.client.major, release_of(host)), call)
    status, made = 0, None
    try:
        made = _connect(run)
        _dump_all(run, made)
    except Failed as failed:
        run.stderr += [line.replace("pg_dump: ", f"{TOOL}: ", 1) for line in failed.lines]
        status = 1
    if made is not None:
        run.host = connect.close(run.host, made.port, made.pid)
    return Done(run.host, status, joined(run.pieces), "".join(run.stderr))


def _connect(run: Run) -> Connected:
    names, last = run.wanted.databases, len(run.wanted.databases) - 1
    run.stderr.append(run.wanted.target.asked)
    for number, name in enumerate(names):
        try:
            made = connected(run.host, replace(run.wanted.target, dbname=name), run.tool, TOOL)
        except Failed:
            if last == 0:  # -l: its own words, not libpq's
                raise Failed(f'could not connect to database "{name}"') from None
            if number == last:
                raise
            continue
        run.host = made.host
        check_version(made, run.tool, TOOL)
        return made
    raise Failed("could not connect")


def _settings(wanted: DumpAllSettings) -> DumpAllOptions:
    output = Output(
        data_only=wanted.data_only,
        schema_only=wanted.schema_only,
        statistics_only=wanted.statistics_only,
        no_schema=wanted.no_schema,
        clean=wanted.clean,
        if_exists=wanted.if_exists,
        no_privileges=wanted.no_privileges,
        no_comments=wanted.no_comments,
        no_tablespaces=wanted.no_tablespaces,
        verbose=bool(wanted.verbose),
        role=wanted.role,
        quote_all="--quote-all-identifiers" in wanted.pg_dump,
    )
    return DumpAllOptions(
        DumpOptions(output, encoding=encoding_of(wanted.encoding)),
        wanted.globals_only,
        wanted.roles_only,
        wanted.tablespaces_only,
        wanted.no_role_passwords,
        wanted.exclude_databases,
    )


def _dump_all(run: Run, made: Connected) -> None:
    wanted, catalog = run.wanted, made.instance.catalog
    run.say(SEARCH_PATH)
    if wanted.file:
        _empty(run)
    key = wanted.restrict_key or random_key(f"{run.host.clock}/{' '.join(run.call.argv)}")
    cluster = Cluster(catalog, _settings(wanted), run.tool, key if run.tool.restricts else "", run.host.clock)
    try:
        cluster.databases()
    except PatternError as fault:
        raise Failed(str(fault), detail=fault.detail) from None
    user = _become(run, made)
    run.write(cluster.head())
    _may_read_roles(cluster, user)
    for query in queries.globals_queries(cluster):
        run.say(f"executing {query}")
    run.write(cluster.globals())
    if not (wanted.globals_only or wanted.roles_only or wanted.tablespaces_only):
        run.say(f"executing {queries.DATABASES}")
        run.write("--\n-- Databases\n--\n\n")
        for database in cluster.databases():
            _database(run, database.name)
    run.write(cluster.foot())


def _become(run: Run, made: Connected) -> str:
    """SET ROLE, before anything is written; the role whose rights count."""
    wanted, catalog = run.wanted, made.instance.catalog
    if not wanted.role:
        return made.session.user
    if wanted.role not in catalog.roles:
        said = f'query failed: ERROR:  role "{wanted.role}" does not exist'
        raise Failed(said, detail=f"Query was: SET ROLE {wanted.role}")
    return wanted.role


def _empty(run: Run) -> None:
    files = Files(run.host)
    try:
        files.write(run.wanted.file, "")
    except PathError as fault:
        raise Failed(f'could not open output file "{run.wanted.file}": {fault.reason}') from None
    run.host = files.host


def _may_read_roles(cluster: Cluster, user: str) -> None:
    """Only superusers see pg_authid."""
    options_, role = cluster.options, cluster.catalog.roles[user]
    if role.superuser or options_.no_role_passwords or options_.tablespaces_only or not options_.globals:
        return
    query = queries.roles(no_passwords=False)
    if options_.dump.output.clean:
        query = queries.DROPPED_ROLES.format(catalog="pg_authid")
    raise Failed("query failed: ERROR:  permission denied for table pg_authid", detail=f"Query was: {query}")


def _database(run: Run, name: str) -> None:
    wanted = run.wanted
    run.say(f'dumping database "{name}"')
    run.write(f'--\n-- Database "{name}" dump\n--\n\n')
    extra: tuple[str, ...] = ("--create",)
    if name in ("template1", "postgres"):
        extra = ("--clean", "--create") if wanted.clean else ()
        if not wanted.clean:
            run.write(f"\\connect {name}\n\n")
    output = ("-f", wanted.file) if wanted.file else ()
    words = ("pg_dump", *wanted.pg_dump, *extra, *output, "-Fa" if wanted.file else "-Fp", *_connection(run, name))
    run.say(f'running "{_command(run, extra, name)}"')
    done = _child(run, words)
    run.host = done.host
    run.pieces.append(done.stdout)
    run.stderr.append(done.stderr)
    if done.exit:
        raise Failed(f'pg_dump failed on database "{name}", exiting')


def _connection(run: Run, name: str) -> tuple[str, ...]:
    target = run.wanted.target
    return ("-h", target.host, "-p", target.port, "-U", target.user, "--dbname", name)


def _command(run: Run, extra: tuple[str, ...], name: str) -> str:
    handed = "".join(f" {word}" for word in run.wanted.pg_dump)
    if run.wanted.file:
        handed = f" -f '{run.wanted.file}'{handed}"
    form = "-Fa" if run.wanted.file else "-Fp"
    return f"\"{where('pg_dump', run.host)}\" {handed} {' '.join(extra)} {form} ' dbname={name}'"


def _child(run: Run, words: tuple[str, ...]) -> Done:
    """pg_dump as a child process: the same checks of its own options."""
    host = run.host
    given = options.read(replace(run.call, host=host, argv=words), host.client)
    wanted = given if isinstance(given, Refusal) else dump_checks.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    done = finished(dump(host, wanted, " ".join(words)))
    if run.wanted.file and done.exit and tree.NO_SPACE in done.stderr:
        size = len(text_of(done.stdout))
        return replace(done, stderr="".join(f"pg_dump: error: {line}\n" for line in no_space(run.tool, size)))
    return done
