"""psql: what its command line asks for, in the order in which it is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from host.options.connection import Target, target
from host.options.help import page, version_line
from host.options.messages import hint, stop_at_fault
from host.options.psql_values import CHOICES, SWITCHES, boolean, pset_fault, variable_fault
from host.options.table import table
from host.options.values import Parsed, Refusal, Stop, refusing
from simulator.versions import since

ECHO = {"echo-all": "all", "echo-errors": "errors", "echo-queries": "queries"}
SWITCHED_ON = {"echo-hidden": "ECHO_HIDDEN", "quiet": "QUIET", "single-step": "SINGLESTEP", "single-line": "SINGLELINE"}
FORMATS = {"no-align": "unaligned", "html": "html", "csv": "csv"}
PRINTING = {"field-separator": "fieldsep", "record-separator": "recordsep", "table-attr": "tableattr"}
PRINTING_ON = {
    "tuples-only": "tuples_only",
    "expanded": "expanded",
    "field-separator-zero": "fieldsep_zero",
    "record-separator-zero": "recordsep_zero",
}


@dataclass(frozen=True, slots=True)
class PsqlSettings:
    """What psql is to do."""

    target: Target = field(default_factory=Target)
    actions: tuple[tuple[str, str], ...] = ()
    """-c and -f in order: ('sql', text), ('backslash', text without its backslash), ('file', path)."""
    variables: tuple[tuple[str, str | None], ...] = ()
    """-v and the options that set variables, in order; None unsets."""
    printing: tuple[tuple[str, str | None], ...] = ()
    """\\pset in order: -P and the options that stand for one."""
    output: tuple[str, ...] = ()
    """-o, each of which psql opens when it reads it."""
    log_file: str = ""
    list_databases: bool = False
    psqlrc: bool = True
    single_transaction: bool = False
    readline: bool = True
    warnings: str = ""
    """Words too many: text for stderr."""

    @property
    def quiet(self) -> bool:
        """-q, or QUIET set by -v."""
        return any(name == "QUIET" and boolean(value or "on") for name, value in self.variables)


@refusing
def settings(parsed: Parsed) -> PsqlSettings | Refusal:
    """The loop over the options; operands are a database and a role."""
    actions: list[tuple[str, str]] = []
    variables: list[tuple[str, str | None]] = []
    printing: list[tuple[str, str | None]] = []
    for name, value in parsed.given:
        text = value or ""
        if name in ("help", "version"):
            _page(parsed, name, value)
        elif name == "command":
            actions.append(("backslash", text[1:]) if text.startswith("\\") else ("sql", text))
        elif name == "file":
            actions.append(("file", text))
        elif name == "set":
            variables.append(_variable(parsed, text))
        elif name == "pset":
            printing.append(_printing(parsed, text))
        else:
            variables += _as_variable(name)
            printing += _as_printing(name, text)
    stop_at_fault(parsed)
    words = list(parsed.operands)
    dbname = parsed.last("dbname") if parsed.has("dbname") else (words.pop(0) if words else None)
    role = "" if parsed.has("username") else (words.pop(0) if words else "")
    quiet = any(name == "QUIET" and boolean(value or "on") for name, value in variables)
    extra = [] if quiet else [f'psql: warning: extra command-line argument "{word}" ignored\n' for word in words]
    return PsqlSettings(
        target=target(parsed, "postgres" if dbname is None and parsed.has("list") else dbname, user=role),
        actions=tuple(actions),
        variables=tuple(variables),
        printing=tuple(printing),
        output=parsed.all("output"),
        log_file=parsed.last("log-file"),
        list_databases=parsed.has("list"),
        psqlrc=not parsed.has("no-psqlrc"),
        single_transaction=parsed.has("single-transaction"),
        readline=not parsed.has("no-readline"),
        warnings="".join(extra),
    )


def _page(parsed: Parsed, name: str, topic: str | None) -> NoReturn:
    """--help and --version mean the same wherever they stand."""
    of = table("psql", parsed.build.major)
    assert of is not None
    if name == "version":
        raise Stop(Refusal(0, stdout=version_line("psql", parsed.build.major, parsed.build.release)))
    if topic in (None, "options"):
        raise Stop(Refusal(0, stdout=page(of)))
    if topic == "variables":
        rows = [f"  {word}\n    {', '.join(values)}\n" for word, values in CHOICES.items()]
        rows += [f"  {word}\n    on, off, {more}\n" for word, more in SWITCHES.items()]
        raise Stop(Refusal(0, stdout="Variables of psql that take some words only:\n\n" + "".join(rows)))
    if topic == "commands":
        raise Stop(Refusal(0, stdout="Inside psql, \\? lists the backslash commands.\n"))
    raise Stop(Refusal(1, hint(parsed)))


def _variable(parsed: Parsed, text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    given = value if equals else None
    if fault := variable_fault(name, given, parsed.build.major):
        raise Stop(Refusal(1, f"psql: error: {fault}\n"))
    return name, given


def _printing(parsed: Parsed, text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    given = value if equals else None
    if fault := pset_fault(name, given, parsed.build.major):
        level = since(parsed.build.major, {12: "fatal", 15: "error"})
        raise Stop(Refusal(1, f'psql: error: {fault}\npsql: {level}: could not set printing parameter "{name}"\n'))
    return name, given


def _as_variable(name: str) -> list[tuple[str, str | None]]:
    if name in ECHO:
        return [("ECHO", ECHO[name])]
    return [(SWITCHED_ON[name], "on")] if name in SWITCHED_ON else []


def _as_printing(name: str, text: str) -> list[tuple[str, str | None]]:
    if name in FORMATS:
        return [("format", FORMATS[name])]
    if name in PRINTING:
        return [(PRINTING[name], text)]
    return [(PRINTING_ON[name], "on")] if name in PRINTING_ON else []
