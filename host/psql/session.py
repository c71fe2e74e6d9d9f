"""A psql left open at a terminal: lines go to it one by one, and between them it is a value like everything else.

psql itself (host/psql) works on an object that changes; here each line works on a copy of what the line before left.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from host import options
from host.call import Call
from host.content import joined, text_of
from host.machine import Host
from host.options import Refusal
from host.options.checks import psql as checks
from host.psql.commands import command
from host.psql.loop import active
from host.psql.queries import send
from host.psql.scanner import Backslash
from host.psql.settings import set_pset, set_variable
from host.psql.state import Psql, Source
from host.shell import TERMINAL, run_line
from host.sql.execute import status
from host.tools.psql import _defaults

_CALLED = re.compile(r"\s*(?P<env>(?:\w+=\S*\s+)*)psql(?P<rest>\s.*)?\Z")
_OPERATOR = re.compile(r"[|;&<>()`\n]")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.")
_ADMIN = (
    "FATAL:  terminating connection due to administrator command\nserver closed the connection unexpectedly\n"
    "\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\n"
)
_LOST_BATCH = "connection to server was lost\n"
_HELP = (
    "You are using psql, the command-line interface to PostgreSQL.\n"
    "Type:  \\copyright for distribution terms\n       \\h for help with SQL commands\n"
    "       \\? for help with psql commands\n       \\g or terminate with semicolon to execute query\n"
    "       \\q to quit\n"
)
_COPY = (
    "Enter data to be copied followed by a newline.\n"
    "End with a backslash and a period on a line by itself, or an EOF signal.\n"
)
_LEAVES = frozenset({"exit", "quit"})


class _More(Exception):
    """COPY … FROM STDIN wants another line than there is."""


@dataclass
class _Typed(Source):
    """Data lines typed so far."""

    def take(self) -> str | None:
        """The next line; raises _More at the end, for a terminal has none."""
        line = super().take()
        if line is None:
            raise _More
        return line


@dataclass(frozen=True, slots=True)
class Open:
    """A psql between two lines.  `psql` is never changed."""

    psql: Psql
    prompt: str
    copying: tuple[str, ...] = ()
    """A line with COPY … FROM STDIN, and the data typed after it."""

    @property
    def begun(self) -> bool:
        """A statement or its data goes on."""
        return bool(self.copying) or self.psql.scanner.open


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a line made: the session that stays (None: psql has ended), the host, and what was printed."""

    open: Open | None
    host: Host
    out: str = ""
    err: str = ""
    exit: int = 0


def begin(host: Host, line: str) -> Spoken | None:
    """Open a session when the line is a psql that would ask for lines; None: it is for the shell."""
    call = _call(host, line)
    if call is None:
        return None
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else checks.settings(given)
    if isinstance(wanted, Refusal) or wanted.actions or wanted.list_databases or wanted.output:
        return None
    psql = Psql(host, wanted.target)
    psql.variables.update(_defaults(psql))
    for name, value in wanted.variables:
        set_variable(psql, name, value)
    for name, value in wanted.printing:
        set_pset(psql, name, value, silent=True)
    if psql.connect(wanted.target):
        # The shell's own psql says it in the right words.
        return None
    quiet = "" if psql.quiet else f'psql ({psql.variables["VERSION_NAME"]})\nType "help" for help.\n\n'
    return _kept(_held(psql), quiet + wanted.warnings)


def _call(host: Host, line: str) -> Call | None:
    """The call of psql that the line is, its words expanded by the shell; None for any other line."""
    found = _CALLED.match(line)
    if found is None or _OPERATOR.search(_QUOTED.sub("", line)):
        return None
    words = run_line(host, f"printf '%s\\n' psql {found['rest'] or ''}", voice=TERMINAL)
    env = _variables(host, found["env"])
    return None if words.exit else Call(host, tuple(text_of(words.stdout).splitlines()), env=env)


def _variables(host: Host, assignments: str) -> dict[str, str]:
    if not assignments.strip():
        return {}
    names = [word.partition("=")[0] for word in assignments.split()]
    told = text_of(run_line(host, f"{assignments} env", voice=TERMINAL).stdout).splitlines()
    values: Mapping[str, str] = dict(each.split("=", 1) for each in told if "=" in each)
    return {name: values[name] for name in names if name in values}


def _held(psql: Psql) -> Psql:
    instance = psql.instance
    session = instance.session(psql.pid) if instance is not None else None
    if instance is not None and session is not None:
        psql.host = psql.host.with_instance(instance.with_session(replace(session, held=True)))
    return psql


def _copy(psql: Psql, host: Host) -> Psql:
    """A psql that may be worked with; what cannot change is shared."""
    shared = {id(value): value for value in (psql.host, psql.target, psql.look)}
    made = copy.deepcopy(psql, shared)
    made.host = host
    made.pieces, made.errors, made.slept = [], [], 0.0
    made.sources = []
    return made


def interrupt(session: Open, host: Host) -> Spoken:
    """Ctrl-C: what was begun is forgotten."""
    psql = _copy(session.psql, host)
    psql.scanner.reset()
    return Spoken(Open(psql, prompt(psql)), host, "^C\n")


def line(session: Open, host: Host, text: str) -> Spoken:
    """One more line."""
    typed = (*session.copying, text) if session.copying else (text,)
    psql = _copy(session.psql, host)
    word = text.strip()
    if not session.begun and (word in _LEAVES or word == "help"):
        if word == "help":
            return _kept(psql, _HELP)
        return _ended(psql)
    psql.sources = [_Typed("", list(typed[1:]))]
    psql.stdin = psql.sources[0]
    try:
        ended = _carried_out(psql, typed[0])
    except _More:
        told = "" if session.copying or psql.quiet else _COPY
        return Spoken(replace(session, copying=typed, prompt=">> "), host, told)
    return _ended(psql) if ended else _kept(_held(psql), "")


def _carried_out(psql: Psql, text: str) -> bool:
    """The items of a line; True when psql ends with it."""
    for item in psql.scanner.line(text):
        if isinstance(item, Backslash):
            command(psql, item)
        elif active(psql):
            if psql.pid and not psql.connected:
                _lost(psql, _ADMIN)
                continue
            send(psql, item.text)
        if psql.errors and psql.errors[-1] == _LOST_BATCH:
            psql.errors.pop()
            _lost(psql, "")
        if psql.quit:
            return True
    return False


def _lost(psql: Psql, said: str) -> None:
    """The server has gone: psql says so and tries once to come back."""
    psql.pid = 0
    psql.scanner.reset()
    refused = psql.connect(psql.target)
    psql.errors.append(f"{said}The connection to the server was lost. Attempting reset: ")
    psql.errors.append("Failed.\n" if refused else "Succeeded.\n")


def _kept(psql: Psql, first: str) -> Spoken:
    out = first + text_of(joined(psql.pieces))
    return Spoken(Open(psql, prompt(psql)), psql.host, out, "".join(psql.errors))


def _ended(psql: Psql) -> Spoken:
    psql.disconnect()
    return Spoken(None, psql.host, text_of(joined(psql.pieces)), "".join(psql.errors))


def prompt(psql: Psql) -> str:
    """PROMPT1 as it is by default: database, what is open, transaction, and who one is."""
    if not psql.connected:
        return "!?> "
    scanner = psql.scanner
    state = {"T": "*", "E": "!"}.get(status(psql.host, psql.port, psql.pid), "")
    going = "="
    if scanner.comment:
        going = "*"
    elif scanner.quote:
        going = scanner.quote[-1]
    elif scanner.depth:
        going = "("
    elif scanner.open:
        going = "-"
    instance = psql.instance
    role = instance.catalog.roles.get(psql.target.user) if instance is not None else None
    return f"{psql.target.dbname}{going}{state}{'#' if role is not None and role.superuser else '>'} "
