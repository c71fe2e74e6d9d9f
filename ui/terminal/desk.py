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

from ui.language import tell
from ui.terminal import completing, files, sharing, sitting, strip
from ui.terminal.sitting import INTERRUPT, Line, Moment, Sitting
from ui.terminal.start import Start

MOST_SENT = 200
"""Lines of a sitting that are shown again after a reload."""
MOST_CHARACTERS = 300_000
"""Of what they printed."""
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


@dataclass(slots=True)
class Desk:
    """A sitting, and what the browser knows of it."""

    sitting: Sitting
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

    def __post_init__(self) -> None:
        self.called(sharing.code(self.sitting))

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
    if told is None or told["seq"] == desk.ack:
        return
    desk.ack, desk.have = told["seq"], str(told.get("have", ""))
    desk.notes, desk.completion = [], None
    seat = told.get("seat") if told.get("seat") in range(sitting.SEATS) else 0
    assert isinstance(seat, int)
    match told.get("do"):
        case "run":
            lines = told.get("lines")
            for text in lines[:MOST_AT_ONCE] if isinstance(lines, list) else []:
                _type(desk, Line(seat, str(text)[: sitting.LONGEST_LINE]))
            if isinstance(lines, list) and len(lines) > MOST_AT_ONCE:
                desk.notes.append(Note("pasted_too_much", {"most": str(MOST_AT_ONCE)}))
        case "dojo":
            _dojo(desk, str(told.get("text", "")).split()[:2])
        case "complete":
            desk.completed = str(told.get("text", ""))[: sitting.LONGEST_LINE]
            desk.completion = _complete(desk, seat)
        case _:
            pass
    desk.called(sharing.code(desk.sitting))


def _read(message: str) -> dict[str, Any] | None:
    try:
        told = json.loads(message[:MOST_ASKED])
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and type(told.get("seq")) is int else None


def _type(desk: Desk, line: Line) -> None:
    """A line of a learner: for the dojo, or for the host."""
    words = line.text.split()
    now = desk.sitting
    seat = now.now.seats[line.seat]
    # psql has a help of its own.
    ours = completing.DOJO if seat.psql is None else tuple(word for word in completing.DOJO if word != "help")
    if not seat.begun and words[:1] and words[0] in ours and len(words) <= 2:
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
        case ["help", *_]:
            desk.notes.append(Note("help_text"))
        case ["reset"]:
            desk.sitting = sitting.reset(desk.sitting)
            desk.notes.append(Note("was_reset"))
        case ["undo", *count]:
            many = int(count[0]) if count and count[0].isascii() and count[0].isdecimal() and len(count[0]) < 5 else 1
            _undo(desk, many)
        case _:
            desk.notes.append(Note("help_text"))


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


def answer(desk: Desk, lang: str) -> str:
    """What the browser is told: everything, or what is new since the answer that it has."""
    now = desk.sitting
    keeps = 0
    if desk.have == desk.name:
        keeps = max(_common(desk.sent, now.moments) - 1, 0)
    first = keeps or _first_sent(now)
    desk.answer += 1
    desk.sent, desk.have = now.moments, ""
    code = sharing.code(now)
    fits = len(code) <= sharing.LONGEST_LINK
    try:
        shown = {
            "files": files.as_told(files.folders(now.now.host, now.before.host)),
            "strips": strip.strips(now.now.host, now.before.host),
        }
    except Exception as mistake:  # noqa: BLE001  (the terminal goes on without its pictures)
        shown = {"files": {"more": 0, "folders": []}, "strips": []}
        desk.notes.append(Note("aside_fault", {"kind": type(mistake).__name__}))
    notes, done = [_said(note, lang) for note in desk.notes], _completion(desk)
    # Said once: the next run of the page may come from elsewhere.
    desk.notes, desk.completion = [], None
    told = {
        "ack": desk.ack,
        "name": desk.name,
        "keep": keeps,
        "skip": first - keeps,
        "n": len(now.lines),
        "entries": [_entry(now.lines[at], now.moments[at + 1], lang) for at in range(first, len(now.lines))],
        "prompts": [seat.prompt for seat in now.now.seats],
        "open": [seat.begun for seat in now.now.seats],
        "psql": [seat.psql is not None for seat in now.now.seats],
        "notes": notes,
        "done": done,
        **shown,
        "c": code if fits else None,
        "lang": lang,
        "major": now.start.major,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _first_sent(now: Sitting) -> int:
    """Where a reload begins to show: not before what nobody would scroll back to."""
    first, size = len(now.lines), 0
    while first > 0 and len(now.lines) - first < MOST_SENT:
        said = now.moments[first].said
        size += len(said.out) + len(said.err)
        if size > MOST_CHARACTERS:
            break
        first -= 1
    return first


def _common(one: tuple[Moment, ...], two: tuple[Moment, ...]) -> int:
    """How many moments at the beginning are the very same."""
    count = 0
    for mine, yours in zip(one, two, strict=False):
        if mine is not yours:
            break
        count += 1
    return count


def _entry(line: Line, moment: Moment, lang: str) -> dict[str, Any]:
    said = moment.said
    told: dict[str, Any] = {"t": line.seat, "p": moment.prompt, "l": "" if line.text == INTERRUPT else line.text}
    if said.out:
        told["o"] = said.out
    if said.err:
        told["e"] = said.err
    if said.exit:
        told["x"] = said.exit
    if said.hidden:
        told["h"] = tell("terminal", "hidden", lang, count=f"{said.hidden:,}")
    if said.fault:
        told["f"] = tell("terminal", "fault", lang, line=line.text[:200], kind=said.fault)
    return told


def _said(note: Note, lang: str) -> str:
    facts = {name: fact[:200] for name, fact in note.facts.items()}
    return tell("terminal", note.key, lang, **facts)


def _completion(desk: Desk) -> dict[str, Any] | None:
    found = desk.completion
    if found is None:
        return None
    return {"for": desk.completed, "at": found.start, "common": found.common, "words": list(found.words)}
