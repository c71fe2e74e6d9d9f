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


def fail(parsed: Parsed, message: str, *, usage: bool = False, detail: str = "", status: int = 1) -> NoReturn:
    """The tool ends with a line of its log; `usage`: the hint to --help follows."""
    text = f"{parsed.tool}: error: {message}\n"
    if detail:
        text += f"{parsed.tool}: detail: {detail}\n"
    raise Stop(Refusal(status, text + (hint(parsed) if usage else "")))


def fatal(parsed: Parsed, message: str, *, usage: bool = False) -> NoReturn:
    """The same, for the messages that are 'fatal' before 15."""
    level = since(parsed.build.major, {12: "fatal", 15: "error"})
    raise Stop(Refusal(1, f"{parsed.tool}: {level}: {message}\n" + (hint(parsed) if usage else "")))


def plain(parsed: Parsed, message: str, *, usage: bool = True) -> NoReturn:
    """The tool ends with a line that names no level (pg_ctl)."""
    raise Stop(Refusal(1, f"{parsed.tool}: {message}\n" + (hint(parsed) if usage else "")))


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
