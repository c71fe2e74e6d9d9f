"""pg_dump on the host: connection, plan, and the file, directory or text it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from host import options
from host.call import Call, Done
from host.catalog import Catalog
from host.catalog.names import literal
from host.dump import access, dumping, leaving, locking, progress, row_rights
from host.dump.dumping import Source
from host.dump.encodings import encoding
from host.dump.facts import ToolFacts, random_key, tool_facts
from host.dump.leaving import TOOL, Failed, Run
from host.dump.patterns import PatternError
from host.dump.plan import Plan
from host.dump.toc import DumpArchive
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_dump
from host.options.checks.pg_dump import DumpSettings
from host.options.connection import Target
from host.server import connect, hosts
from host.server.connect import Connected, NotConnected
from host.sql import snapshots
from host.sql.reply import Raised
from host.weather import Weather
from simulator.versions import spans, version

_MOST_WORKERS = 300
"""More than any server here has places for."""


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
    return _as_far(run, partial(_dump, run))


def _as_far(run: Run, work: Callable[[], None]) -> Done:
    """It works until it has ended, or waits."""
    status = 0
    try:
        work()
    except locking.Waits as waits:
        assert run.made is not None, "it waits for a server"
        return locking.asleep(run.host, "".join(run.stderr), run.made, waits)
    except Failed as failed:
        run.stderr += failed.lines
        status = 1
    if run.made is not None:
        run.host = connect.close(run.host, run.made.port, run.made.pid)
    return Done(run.host, status, run.stdout, "".join(run.stderr))


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
    leaving.open_output(run)
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
    catalog = _snapshot(run, made)
    output = wanted.dump.output
    run.host = row_rights.settled(run.host, made, wanted.role, enabled=output.enable_row_security)
    if output.enable_row_security:
        catalog = row_rights.seen(run.host, made, catalog)
    source = Source(catalog, catalog.databases[wanted.target.dbname], instance.build_release)
    try:
        plan = dumping.planned(source, wanted.dump, tool)
    except PatternError as fault:
        raise Failed(str(fault), detail=fault.detail) from None
    for line in progress.reading(plan, wanted.dump, tool):
        run.say(line)
    _refuse(access.timeout_failure(run.wanted.lock_wait_timeout, instance.major))
    _with_locks(run, source, plan, user, 0.0)


def _with_locks(run: Run, source: Source, plan: Plan, user: str, waited: float) -> None:
    """All that comes once LOCK TABLE is asked for; raises locking.Waits while somebody else holds a table."""
    wanted, tool = run.wanted, run.tool
    _locks(run, plan, user, waited, partial(_later, run, source, plan, user))
    if plan.circle and wanted.dump.output.data_only:
        run.stderr.append(progress.circle(TOOL, plan.circle))
    _workers(run)
    archive = dumping.archived(source, plan, wanted.dump, tool, run.host.clock)
    _refuse(access.sequence_failure(plan, tool, user))
    refused = _hidden(run, source, archive) or access.large_object_failure(plan, wanted.dump, user)
    if refused is not None:
        if wanted.dump.format == "c" and wanted.file:
            leaving.write(run, wanted.file, replace(archive, damage="truncated"))
        if wanted.dump.format == "p":
            leaving.put(run, dumping.text_until(archive, wanted.dump, tool, refused))
        _refuse(refused)
    leaving.say_data(run, archive)
    leaving.leave(run, archive)


def _hidden(run: Run, source: Source, archive: DumpArchive) -> access.Refused | None:
    output = run.wanted.dump.output
    if output.enable_row_security or not output.wants_data or run.made is None:
        return None
    return row_rights.failure(run.host, run.made, source.catalog, archive, always=output.quote_all)


def _later(run: Run, source: Source, plan: Plan, user: str, held: frozenset[str], host: Host, waited: float) -> Done:
    """Time has passed: LOCK TABLE is looked at again."""
    assert run.made is not None, "it has waited for a server"
    run.host, run.stderr, run.made = host, [], replace(run.made, host=host)
    asked = access.lock_failure(plan, run.tool, user, None, held)
    if locking.lost(host, run.made) and asked is not None:
        run.made = None
        return _as_far(run, partial(_refuse, replace(asked, message=locking.GONE)))
    if waited >= locking.PATIENCE:
        return Done(connect.close(host, run.made.port, run.made.pid), locking.GIVEN_UP)
    return _as_far(run, partial(_with_locks, run, source, plan, user, waited))


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
    return user


def _snapshot(run: Run, made: Connected) -> Catalog:
    """SET TRANSACTION SNAPSHOT: the state that is dumped; raises Failed."""
    name = run.wanted.snapshot
    if not name:
        return made.instance.catalog
    try:
        return snapshots.found(made.instance, made.session.database, name)
    except Raised as raised:
        detail = f"Query was: SET TRANSACTION SNAPSHOT {literal(name)}"
        raise Failed(f"query failed: ERROR:  {raised.error.message}", detail=detail) from None


def _locks(run: Run, plan: Plan, user: str, waited: float, go_on: Callable[..., Done]) -> None:
    assert run.made is not None, "a server is asked"
    instance, name = run.made.instance, plan.dumping.database.name
    held, now = locking.held(run.made, name), instance.catalog.databases.get(name)
    _refuse(access.lock_failure(plan, run.tool, user, now, frozenset()))
    timeout = locking.timeout(run.wanted.lock_wait_timeout, instance.major)
    if locking.stands_in_the_way(plan, held) and (not timeout or waited < timeout):
        raise locking.Waits(waited, locking.pause(waited, timeout), partial(go_on, held))
    if Weather.ORDERS_LOCKED in run.host.weather and name == "shop":
        held |= {"public.orders"}
    _refuse(access.lock_failure(plan, run.tool, user, now, held if run.wanted.lock_wait_timeout else frozenset()))


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
