"""pg_basebackup on the host."""

from __future__ import annotations

from host import options
from host.basebackup.client import backup, cleaned
from host.basebackup.run import TOOL, Failed, Run
from host.call import Call, Done
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_basebackup
from host.server import connect


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
    made = connect.connect(host, asked)
    if isinstance(made, connect.NotConnected):
        return Done(host, 1, "", f"{TOOL}: error: {made.message}")
    limit = call.variable("DOJO_TIMEOUT").split()
    run = Run(made.host, wanted, made.port, made.pid, limit=float(limit[1]) if len(limit) > 1 else None)
    try:
        ended = backup(run)
    except Failed as failed:
        left, said = (failed.run.host, "") if failed.status not in (0, 1) else cleaned(failed)
        stderr = failed.run.stderr + "".join(f"{line}\n" for line in failed.lines) + said
        return Done(_closed(left, made.port), failed.status, "", stderr)
    return Done(_closed(ended.host, made.port), 0, ended.stdout, ended.stderr)


def _closed(host: Host, port: int) -> Host:
    """Its connections end with it."""
    instance = host.instance(port)
    for session in instance.sessions if instance else ():
        if session.application == TOOL and not session.held:
            host = connect.close(host, port, session.pid)
    return host
