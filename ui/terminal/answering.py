"""The answer to the browser: everything of a sitting, or what is new since the answer that it has."""

from __future__ import annotations

import json
from typing import Any

from ui.language import tell
from ui.terminal import files, sharing, strip
from ui.terminal.desk import Desk, Note
from ui.terminal.sitting import INTERRUPT, Line, Moment, Sitting, seated

MOST_SENT = 200
"""Lines of a sitting that are shown again after a reload."""
MOST_CHARACTERS = 300_000
"""Of what they printed."""


def answer(desk: Desk, lang: str) -> str:
    """What the browser is told: everything, or what is new since the answer that it has."""
    now = desk.sitting
    keeps = 0
    if desk.have == desk.name:
        keeps = max(_common(desk.sent, now.moments) - 1, 0)
    first = keeps or _first_sent(now)
    desk.answer += 1
    desk.sent, desk.have = now.moments, ""
    code = desk.code
    fits = len(code) <= sharing.LONGEST_LINK
    desk.seat = desk.seat if desk.seat < len(now.now.seats) else 0
    shown = _beside(desk)
    notes, done = [_said(note, desk, lang) for note in desk.notes], _completion(desk)
    # Said once: the next run of the page may come from elsewhere.
    desk.notes, desk.completion = [], None
    told = {
        "ack": desk.ack,
        "name": desk.name,
        "keep": keeps,
        "skip": first - keeps,
        "n": len(now.lines),
        "entries": [_entry(now.lines[at], now.moments[at + 1], lang) for at in range(first, len(now.lines))],
        "place": desk.place,
        "task": _task(desk, lang),
        "leads": desk.leads,
        "seat": desk.seat,
        "seats": [seat.title for seat in now.now.seats],
        "machines": [seat.machine for seat in now.now.seats],
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


def _beside(desk: Desk) -> dict[str, Any]:
    """WAL and folders as the machine of the terminal that is looked at has them."""
    try:
        now, before = (seated(moment, desk.seat) for moment in (desk.sitting.now, desk.sitting.before))
        return {
            "files": files.as_told(files.folders(now, before)),
            "strips": strip.strips(now, before),
            "idle": strip.idle(now),
        }
    except Exception as mistake:  # noqa: BLE001  (the terminal goes on without its pictures)
        desk.notes.append(Note("aside_fault", {"kind": type(mistake).__name__}))
        return {"files": {"more": 0, "folders": []}, "strips": [], "idle": "no_server"}


def _task(desk: Desk, lang: str) -> dict[str, Any] | None:
    """The challenge as it stands, and what the browser keeps of it."""
    if desk.task is None:
        return None
    record = desk.record()
    return desk.task.told(desk.sitting, lang) | ({"record": record.model_dump()} if record else {})


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


def _said(note: Note, desk: Desk, lang: str) -> str:
    facts = {name: fact[:200] for name, fact in note.facts.items()}
    text = tell(note.book, note.key, lang, **facts)
    return text + (desk.task.listed(note.key, lang) if desk.task else "")


def _completion(desk: Desk) -> dict[str, Any] | None:
    found = desk.completion
    if found is None:
        return None
    return {"for": desk.completed, "at": found.start, "common": found.common, "words": list(found.words)}
