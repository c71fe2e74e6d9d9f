"""A sitting at the terminal: state = fold(after, lines).  Undo forgets the last line, and what was is there again.

Everything here is a value; the page keeps one Sitting for each visitor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from host.seats import INTERRUPT, LONGEST_LINE, Line, Moment, Seat, after, first_moment, first_seats, is_open, seated
from ui.terminal.start import Start, first_host

__all__ = ["INTERRUPT", "LONGEST_LINE", "Line", "Moment", "Seat", "after", "first_seats", "is_open", "seated"]

MOST_LINES = 1000


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
    sitting = Sitting(start, (), (first_moment(host),))
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
