"""Reading input: statements are sent, backslash commands are carried out (MainLoop)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host import tree
from host.archives import Tar
from host.content import Content, Payload, text_of
from host.effort import COMMAND, is_over, spend
from host.psql import tars
from host.psql.commands import command
from host.psql.queries import NOT_CONNECTED, send
from host.psql.scanner import Backslash, Item, Scanner
from host.psql.state import Source, lines_of
from host.tree import PathError

if TYPE_CHECKING:
    from host.psql.state import Psql

OK, FAILURE, BAD_CONNECTION, USER = 0, 1, 2, 3
_PGDMP = (
    "The input is a PostgreSQL custom-format dump.\n"
    "Use the pg_restore command-line client to restore this dump to a database.\n\n"
)


def run_file(psql: Psql, path: str, relative: str = "") -> int:
    r"""-f and \\i: the exit status that it leads to."""
    if path == "-":
        psql.stdin.name = "" if psql.unnamed else "<stdin>"
        return run_source(psql, psql.stdin)
    shown = relative or path
    if shown == "/dev/null":
        return OK
    try:
        content = psql.host.read(shown)
    except PathError as error:
        reason = error.reason
        if reason == tree.IS_A_DIR:
            psql.errors.append(f"psql:{shown}: error: could not read from input file: {reason}\n")
            return FAILURE
        named = psql.locus or ("" if psql.terse else "psql: ")
        psql.errors.append(f"{named}error: {path}: {reason}\n" if named else f"{path}: {reason}\n")
        return FAILURE
    status = run_content(psql, shown, content)
    psql.terse = not psql.locus
    return status


def run_content(psql: Psql, name: str, content: Content) -> int:
    """The lines of a file or of standard input; a dump in custom format is not SQL."""
    if isinstance(content, Payload) and content.magic == "PGDMP":
        psql.out(_PGDMP)
        return FAILURE
    if isinstance(content, Tar):
        return run_source(psql, Source(name, tars.lines(content)))
    if isinstance(content, Payload) and content.magic != "binary" and not text_of(content):
        return _binary(psql, name, content)
    return run_source(psql, Source(name, lines_of(text_of(content))))


def _binary(psql: Psql, name: str, content: Payload) -> int:
    """Compressed data: the server refuses the first byte that is no UTF-8."""
    source = Source(name, [""], 1)
    psql.sources.append(source)
    first = {"gzip": "0x8b", "zstd": "0xb5", "lz4": "0x22"}.get(content.magic, "0x8b")
    psql.server_says(f'ERROR:  invalid byte sequence for encoding "UTF8": {first}\n')
    psql.sources.pop()
    return USER if psql.stops else OK


def run_source(psql: Psql, source: Source) -> int:
    """Read lines to their end."""
    outer = psql.scanner
    psql.scanner = Scanner(psql.variables)
    psql.sources.append(source)
    depth = len(psql.conditions)
    try:
        status = _lines(psql, source)
        if len(psql.conditions) > depth:
            psql.complain("reached EOF without finding closing \\endif(s)")
            del psql.conditions[depth:]
            status = USER if psql.stops else status
        return status
    finally:
        psql.sources.pop()
        psql.scanner = outer


def _lines(psql: Psql, source: Source) -> int:
    while (line := source.take()) is not None:
        if psql.variables.get("ECHO") == "all":
            psql.out(f"{line}\n")
        for item in psql.scanner.line(line):
            status = _one(psql, item)
            if status is not None:
                return status
            if is_over():
                return FAILURE
        if psql.on("SINGLELINE") and psql.scanner.open and not psql.scanner.inside:
            ended = psql.scanner.rest()
            status = _one(psql, ended) if ended is not None else None
            if status is not None:
                return status
    left = psql.scanner.rest()
    if left is not None:
        status = _one(psql, left)
        if status is not None:
            return status
    return OK


def _one(psql: Psql, item: Item) -> int | None:
    """Carry out one item; the exit status when the input ends with it."""
    if isinstance(item, Backslash):
        return _backslash(psql, item)
    if not active(psql):
        return None
    return after(psql, send(psql, item.text))


def active(psql: Psql) -> bool:
    r"""No \\if branch that is left out is open."""
    return psql.conditions[-1:] in ([], ["on"])


def _backslash(psql: Psql, item: Backslash) -> int | None:
    spend(2 * COMMAND)
    good = command(psql, item)
    if psql.quit:
        return OK
    return after(psql, good)


def after(psql: Psql, good: bool) -> int | None:
    """What comes of one statement or command."""
    if good:
        return None
    if psql.pid == 0:
        return BAD_CONNECTION
    return USER if psql.stops else None


def run_action(psql: Psql, kind: str, text: str) -> int:
    """One -c or -f."""
    if kind == "file":
        return run_file(psql, text)
    psql.terse = True
    if psql.variables.get("ECHO") == "all":
        psql.out(f"\\{text}\n" if kind == "backslash" else f"{text}\n")
    if kind == "backslash":
        scanner = psql.scanner
        items = list(scanner.line("\\" + text))
        good = True
        for item in items:
            good = (command(psql, item) if isinstance(item, Backslash) else send(psql, item.text)) and good
        return OK if good else FAILURE
    if not psql.connected:
        psql.complain(NOT_CONNECTED)
        return FAILURE
    return OK if send(psql, text) else (BAD_CONNECTION if psql.pid == 0 else FAILURE)
