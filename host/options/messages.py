"""How the tools word a refusal around the message itself."""

from __future__ import annotations

from typing import NoReturn

from host.options.table import Table, table
from host.options.values import Parsed, Refusal, Stop
from simulator.versions import since


def hint_line(program: str, of: Table, major: int) -> str:
    """`Try "TOOL --help" ...`: from 15 on as a hint of the tool's log."""
    sentence = f'Try "{program} --help" for more information.\n'
    before = "" if of.plain_hint else since(major, {12: "", 15: f"{program}: hint: "})
    return before + sentence


def hint(parsed: Parsed) -> str:
    """The hint line of the tool that is being read."""
    of = table(parsed.tool, parsed.build.major)
    assert of is not None
    return hint_line(parsed.tool, of, parsed.build.major)


def error(parsed: Parsed, message: str) -> str:
    """A line of the tool's log."""
    return f"{parsed.tool}: error: {message}\n"


def fail(parsed: Parsed, message: str, *, usage: bool = False, detail: str = "", tip: str = "") -> NoReturn:
    """The tool ends with exit 1; `usage`: the hint to --help follows, `tip`: a hint of its own."""
    text = error(parsed, message)
    if detail:
        text += f"{parsed.tool}: detail: {detail}\n"
    if tip:
        text += f"{parsed.tool}: hint: {tip}\n"
    raise Stop(Refusal(1, text + (hint(parsed) if usage else "")))


def stop_at_fault(parsed: Parsed) -> None:
    """After the options before it have passed their checks: the word that getopt refused."""
    if parsed.fault is not None:
        raise Stop(parsed.fault)


def too_many(parsed: Parsed, allowed: int) -> None:
    """Operands past those that the tool takes."""
    if len(parsed.operands) > allowed:
        fail(parsed, f'too many command-line arguments (first is "{parsed.operands[allowed]}")', usage=True)


def together(parsed: Parsed, first: str, second: str) -> NoReturn:
    """Two options that cannot be used together."""
    fail(parsed, f"options {first} and {second} cannot be used together")
