"""Commands that act on the query buffer: print it, send it, keep its result, repeat it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.psql.queries import run, send
from host.tree import PathError

if TYPE_CHECKING:
    from host.psql.state import Psql


_MOST_ROUNDS = 10
"""\\watch goes on until somebody presses Ctrl-C: here it ends by itself."""


def _with_buffer(psql: Psql, name: str, words: list[str]) -> bool:
    text = psql.scanner.buffer.strip()
    if name in ("p", "print"):
        shown = text or psql.last_query or ("" if psql.quiet else "Query buffer is empty.")
        psql.say(f"{shown}\n" if shown else "")
        return True
    psql.scanner.reset()
    if name in ("r", "reset"):
        if not psql.quiet:
            psql.say("Query buffer reset (cleared).\n")
        return True
    text = text or psql.last_query
    if not text:
        return True
    if name == "gset":
        return _into_variables(psql, text, words[0] if words else "")
    if name == "gexec":
        rows = run(psql, text)[-1].rows
        return all(send(psql, cell) for row in rows for cell in row if cell)
    if name == "watch":
        return _watch(psql, text, words)
    if name == "gdesc":
        return _described(psql, text)
    before, file = psql.look, psql.out_file
    if name == "gx":
        psql.look = replace(psql.look, expanded="on")
    if words and not words[0].startswith(("(", "|")):
        try:
            psql.host = psql.host.write(words[0], "")
        except PathError as error:
            psql.look = before
            psql.complain(f"{words[0]}: {error.reason}")
            return False
        psql.out_file = words[0]
    try:
        return send(psql, text)
    finally:
        psql.look, psql.out_file = before, file


def _described(psql: Psql, text: str) -> bool:
    from host.psql.printing import Grid

    reply = run(psql, text)[-1]
    rows = tuple((field.name, field.type) for field in reply.fields or ())
    psql.show(Grid(("Column", "Type"), ("text", "text"), rows))
    return True


def _into_variables(psql: Psql, text: str, prefix: str) -> bool:
    replies = run(psql, text)
    reply = replies[-1]
    if reply.error is not None:
        return send(psql, text)
    if len(reply.rows) != 1:
        psql.complain("no rows returned for \\gset" if not reply.rows else "more than one row returned for \\gset")
        return False
    for field, cell in zip(reply.fields or (), reply.rows[0], strict=True):
        if cell is None:
            psql.variables.pop(prefix + field.name, None)
        else:
            psql.variables[prefix + field.name] = cell
    return True


def _watch(psql: Psql, text: str, words: list[str]) -> bool:
    from host.server import passing
    from host.server.clock import sql_time

    seconds, rounds = 2.0, _MOST_ROUNDS
    for word in words:
        key, _, value = word.rpartition("=")
        if value.replace(".", "", 1).isdigit():
            if key in ("", "i", "interval"):
                seconds = float(value)
            elif key in ("c", "count"):
                rounds = min(int(float(value)), _MOST_ROUNDS)
    for number in range(rounds):
        psql.say(f"{sql_time(psql.host.clock)[:19]} (every {seconds:g}s)\n\n")
        if not send(psql, text):
            return False
        if number + 1 < rounds:
            psql.host = passing.until(psql.host, psql.host.clock + seconds)
    return True
