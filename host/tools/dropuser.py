"""dropuser on the host."""

from __future__ import annotations

from host import options
from host.call import Call, Done
from host.catalog.names import quoted
from host.content import text_of
from host.options import Refusal
from host.options.checks import dropuser
from host.psql.scripts import carried_out, confirmed, connected


def main(call: Call) -> Done:
    """Drop a role."""
    given = options.read(call, call.host.client)
    wanted = given if isinstance(given, Refusal) else dropuser.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(call.host)
    lines, asked, told, name = text_of(call.stdin).splitlines(), "", "", wanted.name
    if not name:
        asked, name = "Enter name of role to drop: ", lines.pop(0) if lines else ""
    if wanted.interactive:
        sure, printed, question = confirmed(lines)
        told, asked = f'Role "{name}" will be permanently removed.\n{printed}', asked + question
        if not sure:
            return Done(call.host, 0, told, asked)
    psql = connected(call.host, "dropuser", wanted.target, wanted.databases)
    if isinstance(psql, Done):
        return psql
    sql = f"DROP ROLE {'IF EXISTS ' if wanted.if_exists else ''}{quoted(name)};"
    done = carried_out(psql, "dropuser", [(f'removal of role "{name}" failed', sql)], wanted.echo)
    return Done(done.host, done.exit, told + text_of(done.stdout), asked + done.stderr)
