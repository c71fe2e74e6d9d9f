"""Terminals of a host, side by side: what a line typed at one of them makes of the host and of the terminal.

A Moment is a value.  The page (ui/terminal) and `waldojo exec --file` fold the same lines over it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from host.content import Content, printable, readable
from host.machine import Host
from host.network import enter
from host.psql import session
from host.shell import TERMINAL, run_line
from host.shell.parser import parse
from host.shell.syntax import SyntaxFault

SEATS = 2
"""Terminals that may be used side by side on a world's only machine; of several, each has one."""
LONGEST_LINE = 20_000
SHOWN = 40_000
"""Characters of one output; the rest is counted."""
INTERRUPT = "\x03"
"""Ctrl-C as it stands in the history: it drops the lines of a command that was not complete yet."""
_HEREDOC = re.compile(r"(?<!<)<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")


@dataclass(frozen=True, slots=True)
class Line:
    """Something typed at one of the terminals."""

    seat: int
    text: str


@dataclass(frozen=True, slots=True)
class Seat:
    """One terminal: where its shell is, and what it remembers that other terminals do not."""

    cwd: str
    env: Mapping[str, str]
    variables: Mapping[str, str]
    user: str
    machine: str = "dojo"
    """The name of the machine it is at."""
    title: str = "dojo"
    """What its tab is called: the machine, with a number when the machine has several."""
    pending: str = ""
    """Lines of a command that is not complete yet."""
    psql: session.Open | None = None
    """A psql that was left open here."""

    @property
    def begun(self) -> bool:
        """A command or statement goes on with the next line."""
        return self.psql.begun if self.psql is not None else bool(self.pending)

    @property
    def prompt(self) -> str:
        """postgres@dojo:~$, > while a command goes on, or psql's."""
        if self.psql is not None:
            return self.psql.prompt
        if self.pending:
            return "> "
        home = self.env.get("HOME", "")
        inside = home and (self.cwd == home or self.cwd.startswith(f"{home}/"))
        here = "~" + self.cwd[len(home) :] if inside else self.cwd
        return f"{self.user}@{self.machine}:{here}{'#' if self.user == 'root' else '$'} "


@dataclass(frozen=True, slots=True)
class Said:
    """What a line printed."""

    out: str = ""
    err: str = ""
    exit: int = 0
    hidden: int = 0
    """Characters of the output that are not shown."""
    fault: str = ""
    """The dojo itself failed: the kind of its mistake."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The host after a line, the seats at it, and what the line printed at which prompt."""

    host: Host
    seats: tuple[Seat, ...]
    prompt: str = ""
    said: Said = field(default_factory=Said)


def first_seats(host: Host) -> tuple[Seat, ...]:
    """The terminals of a starting world: one for each machine, or two on the only one."""
    network, own = host.network, Seat(host.cwd, host.env, host.variables, host.user)
    if not network.machines:
        here = replace(own, machine=network.here)
        return tuple(replace(here, title=f"{network.here} {number}") for number in range(1, SEATS + 1))
    seats = []
    for name, machine in network.machines.items():
        login = machine.login
        seat = own if name == network.here else Seat(login.cwd, login.env, login.variables, login.user)
        seats.append(replace(seat, machine=name, title=name))
    return tuple(seats)


def first_moment(host: Host) -> Moment:
    """A starting world, with somebody at its terminals."""
    return Moment(host, first_seats(host))


def after(moment: Moment, line: Line) -> Moment:
    """What a line makes of a moment.  Never raises: a mistake of the dojo is said, and changes nothing."""
    try:
        return _after(moment, line)
    except Exception as mistake:  # noqa: BLE001  (whatever went wrong in there, a learner gets a sentence)
        seat = replace(moment.seats[line.seat], pending="")
        return _seated(moment, moment.host, line.seat, seat, Said(fault=type(mistake).__name__))


def _after(moment: Moment, line: Line) -> Moment:
    seat = moment.seats[line.seat]
    text = line.text[:LONGEST_LINE]
    own = seated(moment, line.seat)
    if seat.psql is not None:
        if text == INTERRUPT:
            return _spoken(moment, line.seat, session.interrupt(seat.psql, own))
        return _spoken(moment, line.seat, session.line(seat.psql, own, text))
    if text == INTERRUPT:
        return _seated(moment, moment.host, line.seat, replace(seat, pending=""), Said(out="^C\n", exit=130))
    whole = seat.pending + text
    if is_open(whole) and len(whole) < LONGEST_LINE:
        return _seated(moment, moment.host, line.seat, replace(seat, pending=whole + "\n"), Said())
    opened = session.begin(own, whole)
    if opened is not None:
        return _spoken(moment, line.seat, opened)
    done = run_line(own, whole, voice=TERMINAL)
    out, hidden = shown(done.stdout)
    said = Said(out, printable(done.stderr)[:SHOWN], done.exit, hidden)
    return _seated(moment, done.host, line.seat, _left(seat, done.host), said)


def _spoken(moment: Moment, at: int, spoken: session.Spoken) -> Moment:
    """A line went to psql."""
    host = spoken.host
    variables = host.variables if spoken.open is not None else {**host.variables, "?": str(spoken.exit)}
    out, hidden = shown(spoken.out)
    said = Said(out, printable(spoken.err)[:SHOWN], spoken.exit, hidden)
    seat = _left(moment.seats[at], replace(host, variables=variables))
    return _seated(moment, host, at, replace(seat, psql=spoken.open), said)


def _left(seat: Seat, host: Host) -> Seat:
    """A seat as its shell has left it: nothing is begun, no psql is open."""
    here = replace(seat, cwd=host.cwd, env=host.env, variables=host.variables, user=host.user)
    return replace(here, pending="", psql=None)


def seated(moment: Moment, at: int) -> Host:
    """The host as one of its terminals sees it, at its own machine."""
    seat = moment.seats[at]
    host = moment.host if seat.machine == moment.host.network.here else enter(moment.host, seat.machine)
    return replace(host, cwd=seat.cwd, env=seat.env, variables=seat.variables, user=seat.user)


def _seated(moment: Moment, host: Host, at: int, seat: Seat, said: Said) -> Moment:
    seats = (*moment.seats[:at], seat, *moment.seats[at + 1 :])
    return Moment(host, seats, moment.seats[at].prompt, said)


def is_open(text: str) -> bool:
    """Whether the shell would ask for another line."""
    body = text.rstrip("\n").split("\n")
    trailing = len(body[-1]) - len(body[-1].rstrip("\\"))
    if trailing % 2:
        return True
    for at, line in enumerate(body):
        for found in _HEREDOC.finditer(line):
            if not any(later.strip("\t") == found[2] for later in body[at + 1 :]):
                return True
    try:
        parse(text)
    except SyntaxFault as fault:
        return not fault.token
    except RecursionError:
        return False
    return False


def shown(content: Content) -> tuple[str, int]:
    """Output as a terminal can show it, and how many characters were too many."""
    text = readable(content, lambda one: f"<{one.magic}: {one.bytes} bytes>\n")
    return text[:SHOWN], max(0, len(text) - SHOWN)
