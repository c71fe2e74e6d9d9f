"""pg_basebackup on the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from host import options
from host.basebackup.client import backup, cleaned
from host.basebackup.meanwhile import INTERRUPTED, STREAM_ENDED
from host.basebackup.run import TOOL, Copies, Failed, Run, Waits, fail
from host.call import Asleep, Call, Done
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_basebackup
from host.server import backups, connect, hosts
from simulator.messages import notice


def main(call: Call) -> Done:
    """Options, connection, backup; what it made goes away again when it fails."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_basebackup.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    target = wanted.target
    if target.fault:
        return Done(host, 1, "", f"{TOOL}: error: {target.fault}\n")
    asked = connect.Wanted(target.host, target.number, target.user, "", True, target.password, TOOL)
    made = hosts.connect(host, asked, target)
    if isinstance(made, connect.NotConnected):
        return Done(host, 1, "", f"{TOOL}: error: {made.message}")
    limit = call.variable("DOJO_TIMEOUT").split()
    run = Run(made.host, wanted, made.port, made.pid, limit=float(limit[1]) if len(limit) > 1 else None)
    return _as_far(run, backup)


def _as_far(run: Run, work: Callable[[Run], Run]) -> Done:
    """It works until it has ended, or waits."""
    try:
        ended = work(run)
    except Waits as waits:
        return _asleep(waits, 0)
    except Copies as copies:
        return _copying(copies)
    except Failed as failed:
        left, said = (failed.run.host, "") if failed.status not in (0, 1) else cleaned(failed)
        stderr = failed.run.stderr + "".join(f"{line}\n" for line in failed.lines) + said
        return Done(_closed(left, run.port), failed.status, "", stderr)
    return Done(_closed(ended.host, run.port), 0, ended.stdout, ended.stderr)


def _copying(copies: Copies) -> Asleep:
    """The files are on their way; others may work, and the server may end or be promoted meanwhile."""
    run = copies.run

    def go_on(host: Host) -> Done:
        here = replace(run, host=host, stderr="")
        served = host.instance(run.port) is not None and here.instance.session(run.pid) is not None
        return _as_far(here, copies.go_on if served else _left_alone)

    def given_up(host: Host) -> Host:
        return _closed(host, run.port)

    return Asleep(run.host, 0, "", run.stderr, until=run.host.clock + copies.seconds, go_on=go_on, given_up=given_up)


def _asleep(waits: Waits, seconds: float) -> Asleep:
    """-X none: the server does not end the backup before its WAL is archived."""
    run = waits.run
    pause = backups.next_look(seconds)

    def go_on(host: Host) -> Done:
        here = replace(run, host=host, stderr="")
        if host.instance(run.port) is None or here.instance.session(run.pid) is None:
            return _as_far(here, _left_alone)
        host, said = backups.waited(host, run.port, seconds, seconds + pause)
        here = replace(here, host=host).raw("".join(f"{line}\n" for line in said))
        if not backups.unarchived(host, run.port, waits.stop_lsn):
            return _as_far(here.raw(notice("all_archived", here.instance.major) + "\n"), waits.go_on)
        if seconds + pause >= backups.PATIENCE:
            return Done(_closed(host, run.port), INTERRUPTED, "", here.stderr)
        return _asleep(Waits(here, waits.stop_lsn, waits.go_on), seconds + pause)

    def given_up(host: Host) -> Host:
        return _closed(host, run.port)

    return Asleep(run.host, 0, "", run.stderr, until=run.host.clock + pause, go_on=go_on, given_up=given_up)


def _left_alone(run: Run) -> Run:
    """The server was stopped meanwhile."""
    raise fail(run, STREAM_ENDED)


def _closed(host: Host, port: int) -> Host:
    """Its connections end with it."""
    instance = host.instance(port)
    for session in instance.sessions if instance else ():
        if session.application == TOOL and not session.held:
            host = connect.close(host, port, session.pid)
    return host
