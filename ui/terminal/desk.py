"""What the browser asks of a sitting, and what it is told: pure but for the Desk, which each visitor has one of.

A message is JSON: {"seq", "have", "do", "seat", "lines" or "text"}.  `have` names the last answer that the browser
holds, so that only what is new since then is sent.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from levels.challenge import Challenge
from ui.challenges import task as tasks
from ui.challenges.progress import GOES_ON, Record
from ui.challenges.task import Task
from ui.terminal import completing, sharing, sitting
from ui.terminal.sitting import INTERRUPT, Line, Moment, Sitting
from ui.terminal.start import Start

MOST_AT_ONCE = 300
"""Lines of one paste."""
_ENDS = frozenset({"exit", "logout"})
MOST_ASKED = 100_000
"""Characters of a message."""


@dataclass(frozen=True, slots=True)
class Note:
    """A word of the dojo: the key of a text, and what it names."""

    key: str
    facts: Mapping[str, str] = field(default_factory=dict)
    book: str = "terminal"
    """The file of ui/texts that it stands in."""


@dataclass(slots=True)
class Desk:
    """A sitting, and what the browser knows of it."""

    sitting: Sitting
    task: Task | None = None
    """None: the free sandbox."""
    codes: set[int] = field(default_factory=set)
    """Hashes of what this sitting was called in the address so far: an address among them is no new link."""
    ack: int = 0
    notes: list[Note] = field(default_factory=list)
    completion: completing.Completion | None = None
    completed: str = ""
    sent: tuple[Moment, ...] = ()
    answer: int = 0
    have: str = ""
    nonce: str = field(default_factory=lambda: secrets.token_hex(4))
    seat: int = 0
    """The terminal that the browser shows: files and WAL are those of its machine."""
    leads: bool = False
    """The last words were about challenges: the browser offers the way there."""
    wish: str = ""
    """Where the learner wants to go: 'challenges', or the id of one."""

    def __post_init__(self) -> None:
        self.called(self.code)

    @property
    def place(self) -> str:
        """What the sitting is about: the id of a challenge, or '' for the sandbox."""
        return self.task.challenge.id if self.task else ""

    @property
    def code(self) -> str:
        """What the address says of it."""
        return (self.task.prefix() if self.task else "") + sharing.code(self.sitting)

    def record(self) -> Record | None:
        """What is kept of the challenge: an attempt that is not over with its lines, so that it can go on."""
        record = self.task.record() if self.task else None
        if record is None or record.state not in GOES_ON or len(self.code) > sharing.LONGEST_LINK:
            return record
        return record.model_copy(update={"code": self.code})

    def called(self, code: str) -> None:
        """The address names this sitting so."""
        self.codes.add(hash(code))

    def knows(self, code: str) -> bool:
        """Whether an address is one of this sitting's own."""
        return hash(code) in self.codes

    @property
    def name(self) -> str:
        """Of the last answer."""
        return f"{self.nonce}.{self.answer}"


def obey(desk: Desk, message: str) -> None:
    """Do what the browser asks; what is no message of ours does nothing."""
    told = _read(message)
    if told is None or told["seq"] == desk.ack or told.get("place", desk.place) != desk.place:
        return
    desk.ack, desk.have = told["seq"], str(told.get("have", ""))
    desk.notes, desk.completion, desk.leads = [], None, False
    asked = told.get("seat")
    desk.seat = seat = asked if type(asked) is int and asked in range(len(desk.sitting.now.seats)) else 0
    if desk.task and desk.task.solution == "asked" and told.get("do") in ("run", "dojo"):
        # Another word is an answer, too.
        words = told.get("lines") or [told.get("text")]
        desk.task.solution = "asked" if words == ["show solution"] else "hidden"
    match told.get("do"):
        case "run":
            lines = told.get("lines")
            for text in lines[:MOST_AT_ONCE] if isinstance(lines, list) else []:
                _type(desk, Line(seat, _characters(text, sitting.LONGEST_LINE)))
            if isinstance(lines, list) and len(lines) > MOST_AT_ONCE:
                desk.notes.append(Note("pasted_too_much", {"most": str(MOST_AT_ONCE)}))
        case "dojo":
            _dojo(desk, _characters(told.get("text", "")).split()[:2])
        case "go":
            desk.wish = _characters(told.get("text", ""))
        case "complete":
            desk.completed = _characters(told.get("text", ""), sitting.LONGEST_LINE)
            desk.completion = _complete(desk, seat)
        case _:
            pass
    if desk.task:
        _judge(desk, desk.task)
    desk.called(desk.code)


def _read(message: str) -> dict[str, Any] | None:
    try:
        told = json.loads(message[:MOST_ASKED])
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and type(told.get("seq")) is int else None


def _characters(text: object, most: int = 200) -> str:
    """What a browser sent as text.  JSON may hold halves of a character, which neither a link nor a page can."""
    return str(text)[:most].encode(errors="replace").decode()


def _type(desk: Desk, line: Line) -> None:
    """A line of a learner: for the dojo, or for the host."""
    words = line.text.split()
    now = desk.sitting
    seat = now.now.seats[line.seat]
    # psql has a help of its own.
    ours = completing.DOJO if seat.psql is None else tuple(word for word in completing.DOJO if word != "help")
    if not seat.begun and (" ".join(words) in ours or (words[:1] == ["undo"] and len(words) == 2)):
        _dojo(desk, words)
    elif not seat.begun and (line.text == INTERRUPT or not words):
        return
    elif now.full:
        desk.notes = [Note("full", {"most": str(sitting.MOST_LINES)})]
    else:
        desk.sitting = sitting.type_all(now, [line])
        if words[:1] and words[0] in _ENDS and seat.psql is None and not seat.begun:
            desk.notes.append(Note("stays_open"))


def _dojo(desk: Desk, words: list[str]) -> None:
    match words:
        case ["keep", "trying"]:
            pass
        case ["reset"]:
            desk.sitting = sitting.reset(desk.sitting)
            if desk.task:
                desk.task.anew()
            desk.notes.append(Note("was_reset"))
        case ["undo", *count]:
            many = int(count[0]) if count and count[0].isascii() and count[0].isdecimal() and len(count[0]) < 5 else 1
            _undo(desk, many)
        case ["hint"] | ["show", "goal" | "solution"] | ["solve", "step" | "all"]:
            if desk.task:
                _help(desk, desk.task, words[-1])
            else:
                desk.leads = True
                desk.notes.append(Note("sandbox_has_no_goal", book="challenges"))
        case _:
            desk.notes.append(Note("help_text"))
            if desk.task:
                desk.notes.append(Note("words", book="challenges"))


def _help(desk: Desk, task: Task, word: str) -> None:
    """What a learner asks of a challenge."""
    lines = task.moves(desk.sitting)
    match word:
        case "hint":
            desk.notes.append(
                Note("hint" if task.hint() else "no_more_hints", {"number": str(task.hints)}, "challenges")
            )
        case "goal":
            desk.notes.append(Note("goal", book="challenges"))
        case "solution":
            desk.notes.append(Note("solution" if task.show_solution() else "solution_asks", book="challenges"))
        case _ if task.solution == "shown":
            done = task.typed(desk.sitting)
            if done is None:
                desk.sitting = sitting.reset(desk.sitting)
            count = 1 if word == "step" else len(lines)
            desk.sitting = sitting.type_all(desk.sitting, lines[done or 0 :][:count])
            desk.seat = desk.sitting.lines[-1].seat if desk.sitting.lines else desk.seat
        case _:
            pass


def _judge(desk: Desk, task: Task) -> None:
    """How the challenge stands now; what is won or lost is said once."""
    before = task.standing.outcome
    task.follow(desk.sitting)
    standing = task.standing
    if standing.outcome in (before, "open"):
        return
    facts = {"commands": str(standing.commands), "par": str(task.challenge.par)}
    desk.notes.append(Note(f"was_{standing.outcome}", facts, "challenges"))


def _undo(desk: Desk, many: int) -> None:
    for _ in range(max(many, 1)):
        if not desk.sitting.lines:
            desk.notes.append(Note("nothing_to_undo"))
            return
        last = desk.sitting.lines[-1].text
        desk.sitting = sitting.undo(desk.sitting)
        desk.notes.append(Note("undone", {"line": "Ctrl-C" if last == INTERRUPT else last}))


def _complete(desk: Desk, seat: int) -> completing.Completion:
    """Never raises: where nothing can be said, nothing is."""
    own = sitting.seated(desk.sitting.now, seat)
    try:
        if desk.sitting.now.seats[seat].psql is not None:
            return completing.sql(own, desk.completed)
        return completing.complete(own, desk.completed)
    except Exception:  # noqa: BLE001  (a word that is not completed is typed)
        return completing.Completion(len(desk.completed), ())


def opened(plan: sharing.Plan) -> Desk:
    """A desk with a plan carried out."""
    return Desk(sitting.begin(plan.start, plan.lines))


def begun(start: Start) -> Desk:
    """A desk at a start."""
    return Desk(sitting.begin(start))


def tried(challenge: Challenge, major: int, code: str = "", following: Challenge | None = None) -> Desk:
    """A desk at a challenge, with what its address says carried out; raises Unreadable and NotPrepared."""
    hints, helped, typed = tasks.split(code)
    now, task = tasks.begin(challenge, major, following)
    task.hints, task.helped = min(hints, len(challenge.hints)), helped
    now = sitting.type_all(now, sharing.plan_of(typed, major, challenge.beginning.name).lines)
    task.follow(now)
    return Desk(now, task)
