"""A sitting at the terminal: state = fold(run, lines).  Undo forgets the last line, and what was is there again.

Everything here is a value; the page keeps one Sitting for each visitor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from host.content import Content, Mixed, Payload
from host.machine import Host
from host.shell import TERMINAL, run_line
from host.shell.parser import parse
from host.shell.syntax import SyntaxFault
from ui.terminal import session
from ui.terminal.start import Start, first_host

SEATS = 2
"""Terminals of the host that may be used side by side."""
MOST_LINES = 1000
LONGEST_LINE = 20_000
SHOWN = 40_000
"""Characters of one output; the rest is counted."""
INTERRUPT = "\x03"
"""Ctrl-C as it stands in the history: it drops the lines of a command that was not complete yet."""
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")


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
        return f"{self.user}@dojo:{here}{'#' if self.user == 'root' else '$'} "


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


@dataclass(frozen=True, slots=True)
class Sitting:
    """All lines since the start, with the moment after each; moments[0] is the start."""

    start: Start
    lines: tuple[Line, ...]
    moments: tuple[Moment, ...]

    @property
    def now(self) -> Moment:
        """The moment that is shown."""
        return self.moments[-1]

    @property
    def before(self) -> Moment:
        """The moment before the last line; at the start, the start."""
        return self.moments[-2] if len(self.moments) > 1 else self.moments[-1]

    @property
    def full(self) -> bool:
        """Nothing more can be typed."""
        return len(self.lines) >= MOST_LINES


def begin(start: Start, lines: Iterable[Line] = ()) -> Sitting:
    """A sitting from its start, with these lines typed."""
    host = first_host(start)
    seat = Seat(host.cwd, host.env, host.variables, host.user)
    sitting = Sitting(start, (), (Moment(host, (seat,) * SEATS),))
    return type_all(sitting, lines)


def type_all(sitting: Sitting, lines: Iterable[Line]) -> Sitting:
    """Lines typed one after the other, up to what a sitting holds."""
    typed, moments = list(sitting.lines), list(sitting.moments)
    for line in lines:
        if len(typed) >= MOST_LINES:
            break
        typed.append(line)
        moments.append(after(moments[-1], line))
    return replace(sitting, lines=tuple(typed), moments=tuple(moments))


def undo(sitting: Sitting) -> Sitting:
    """Without the last line."""
    if not sitting.lines:
        return sitting
    return replace(sitting, lines=sitting.lines[:-1], moments=sitting.moments[:-1])


def reset(sitting: Sitting) -> Sitting:
    """The start again."""
    return replace(sitting, lines=(), moments=sitting.moments[:1])


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
    host = done.host
    return _seated(moment, host, line.seat, Seat(host.cwd, host.env, host.variables, host.user), said)


def _spoken(moment: Moment, at: int, spoken: session.Spoken) -> Moment:
    """A line went to psql."""
    host = spoken.host
    variables = host.variables if spoken.open is not None else {**host.variables, "?": str(spoken.exit)}
    out, hidden = shown(spoken.out)
    said = Said(out, printable(spoken.err)[:SHOWN], spoken.exit, hidden)
    return _seated(moment, host, at, Seat(host.cwd, host.env, variables, host.user, psql=spoken.open), said)


def seated(moment: Moment, at: int) -> Host:
    """The host as one of its terminals sees it."""
    seat = moment.seats[at]
    return replace(moment.host, cwd=seat.cwd, env=seat.env, variables=seat.variables, user=seat.user)


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
                return "<<<" not in line
    try:
        parse(text)
    except SyntaxFault as fault:
        return not fault.token
    except RecursionError:
        return False
    return False


def shown(content: Content) -> tuple[str, int]:
    """Output as a terminal can show it, and how many characters were too many."""
    text = _text(content)
    return text[:SHOWN], max(0, len(text) - SHOWN)


def _text(content: Content) -> str:
    if isinstance(content, Mixed):
        return "".join(_text(part) for part in content.parts)
    if isinstance(content, Payload):
        return f"<{content.magic}: {content.bytes} bytes>\n"
    return printable(content)


def printable(text: str) -> str:
    """Text without what a page cannot hold."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
