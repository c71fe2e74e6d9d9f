"""createdb, dropdb, createuser and dropuser: one connection, one statement, one message."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.call import Done
from host.psql.report import worded
from host.psql.state import Psql
from host.sql.execute import execute
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host
    from host.options.connection import Target

_NOT_CONNECTED = {
    12: "could not connect to database {database}: {message}",
    14: "{message}",
}


SEARCH_PATH = "SELECT pg_catalog.set_config('search_path', '', false);"
"""The first thing that the tools send."""


def connected(host: Host, tool: str, target: Target, databases: tuple[str, ...]) -> Psql | Done:
    """Connect to the first of the databases that there is, or say why not."""
    message = ""
    for database in databases or (target.dbname,):
        psql = Psql(host, target)
        message = psql.connect(
            replace(target, dbname=database, parameters={**target.parameters, "application_name": tool})
        )
        if not message:
            return psql
        if f'database "{database}" does not exist' not in message:
            break
    said = since(host.client.major, _NOT_CONNECTED).format(database=database, message=message)
    return Done(host, 1, "", f"{target.asked}{tool}: error: {said}" + ("" if said.endswith("\n") else "\n"))


def confirmed(lines: list[str]) -> tuple[bool, str, str]:
    """Are you sure?  The answer, and what was printed and asked until it came: a prompt goes to standard error."""
    printed, asked = "", ""
    while True:
        asked += "Are you sure? (y/n) "
        answer = lines.pop(0) if lines else "n"
        if answer in ("y", "n"):
            return answer == "y", printed, asked
        printed += 'Please answer "y" or "n".\n'


def carried_out(psql: Psql, tool: str, statements: list[tuple[str, str]], echo: bool) -> Done:
    """Send statements, each with the words that stand before its error; the first error ends it."""
    out, errors = f"{SEARCH_PATH}\n" if echo else "", ""
    for failure, sql in statements:
        if echo:
            out += f"{sql}\n"
        psql.host, replies = execute(psql.host, psql.port, psql.pid, sql)
        for reply in replies:
            for notice in reply.notices:
                errors += worded(notice, sql)
            if reply.error is not None:
                psql.disconnect()
                return Done(
                    psql.host,
                    1,
                    out,
                    f"{psql.target.asked}{errors}{tool}: error: {failure}: {worded(reply.error, sql)}",
                )
    psql.disconnect()
    return Done(psql.host, 0, out, psql.target.asked + errors)
