"""dropdb on the host."""

from __future__ import annotations

from host import options
from host.call import Call, Done
from host.catalog.names import quoted
from host.content import text_of
from host.options import Refusal
from host.options.checks import dropdb
from host.psql.scripts import carried_out, confirmed, connected


def main(call: Call) -> Done:
    """Drop a database."""
    given = options.read(call, call.host.client)
    wanted = given if isinstance(given, Refusal) else dropdb.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(call.host)
    told = asked = ""
    if wanted.interactive:
        sure, printed, asked = confirmed(text_of(call.stdin).splitlines())
        told = f'Database "{wanted.name}" will be permanently removed.\n{printed}'
        if not sure:
            return Done(call.host, 0, told, asked)
    psql = connected(call.host, "dropdb", wanted.target, wanted.databases)
    if isinstance(psql, Done):
        return psql
    skip = "IF EXISTS " if wanted.if_exists else ""
    force = " WITH (FORCE)" if wanted.force else ""
    sql = f"DROP DATABASE {skip}{quoted(wanted.name)}{force};"
    done = carried_out(psql, "dropdb", [("database removal failed", sql)], wanted.echo)
    return Done(done.host, done.exit, told + text_of(done.stdout), asked + done.stderr)
