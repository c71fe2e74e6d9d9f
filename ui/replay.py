"""Lines typed at a simulated host as a run of the stage: a question is seen as the Theatre shows a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from diagnosis.diagnose import diagnose
from host.machine import Host
from host.network import at, first_of
from quizzes.experiment import Shown
from simulator.lsn import is_segment_name, parse_segment_name
from ui import frames, steps
from ui.language import tell, words
from ui.payload import Frame
from ui.terminal import files, strip

MB = 1 << 20
SEGMENT = 16 * MB
MOST_LINES = 80
"""Of one output; the end of it is what counts."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The world after a line; `say`: what is told of it, '' for what can be seen."""

    host: Host
    shown: Shown | None = None
    say: str = ""


def moments(first: Host, typed: Iterable[tuple[Shown, Host]], says: Sequence[str] = ()) -> tuple[Moment, ...]:
    """The world before the first line and after each."""
    told = list(says)
    found = [Moment(at(first))]
    for number, (shown, host) in enumerate(typed):
        found.append(Moment(at(host), shown, told[number] if number < len(told) else ""))
    return tuple(found)


def run(name: str, seen: Sequence[Moment], lang: str) -> tuple[dict[str, Any], list[Frame]]:
    """What the stage is told of the run, and its frames, as ui/payload.py packs them."""
    drawn = list(_drawn(seen, lang))
    head = {
        "id": name,
        "lang": lang,
        "segMB": _size(seen) // MB,
        "tli": drawn[0]["tli"],
        "marks": _marks(seen, lang),
        "verdict": None,
        "conditions": "",
        "local": True,
    }
    return head, drawn


def _marks(seen: Sequence[Moment], lang: str) -> list[dict[str, Any]]:
    text = words("steps", lang)["mark_failure"]
    failed = (number for number, moment in enumerate(seen) if moment.shown is not None and moment.shown.exit)
    return [{"i": number, "k": "failure", "t": text} for number in failed]


def _size(seen: Sequence[Moment]) -> int:
    """Of the first server there is: a world has one size of segments."""
    servers = (one for moment in seen for one in moment.host.servers)
    first = next(servers, None)
    return first.cluster.data.segment_size if first is not None else SEGMENT


def _drawn(seen: Sequence[Moment], lang: str) -> Iterator[Frame]:
    size = _size(seen)
    timelines = {one.cluster.data.timeline for moment in seen for one in moment.host.servers}
    machines = dict.fromkeys(["", *(moment.shown.on for moment in seen if moment.shown is not None)])
    focus = _Focus("", "", _nothing())
    before = seen[0].host
    for moment in seen:
        focus = focus.after(moment.host, before, size)
        frame = dict(focus.frame)
        frame["tree"] = dict(_trees(moment.host, list(machines), size, single=len(timelines) <= 1))
        if moment.shown is None:
            start = words("replay", lang)["opening"]
            frame |= {"cmd": words("steps", lang)["start"], "ev": [{"k": "Start", "t": start}]}
        else:
            frame |= {
                "cmd": f"`{_typed(moment.shown)}`",
                "term": _terminal(moment.shown),
                "ev": _told(moment, before, lang),
            }
        yield frame
        before = moment.host


def _nothing() -> Frame:
    """Before any server was there."""
    nothing: Frame = {"w": [], "a": [], "b": [], "f": [], "redo": None, "ins": None, "hz": None, "by": None}
    return nothing | {"tli": 1, "clock": None}


@dataclass(frozen=True, slots=True)
class _Focus:
    """The data directory that the ruler shows, and where its server archives to."""

    pgdata: str
    archive: str
    frame: Frame

    def after(self, now: Host, before: Host, size: int) -> _Focus:
        """A server that has just been started is what happens; otherwise the eye stays where it was."""
        running = {one.pgdata: one for one in now.servers}
        old = {one.pgdata for one in before.servers}
        fresh = next((path for path in running if path not in old), "")
        pgdata = fresh or self.pgdata or next(iter(running), now.env.get("PGDATA", ""))
        server = running.get(pgdata)
        if server is not None:
            shown = strip.frame(now, server) | {"clock": None}
            return _Focus(pgdata, strip.archive_folder(now, server), shown)
        # What is on disk while nothing runs.
        stored = strip.stored_in(now, f"{pgdata}/pg_wal", size)
        archived = strip.stored_in(now, self.archive, size)
        lanes = {
            "w": frames.layered([(stored, frames.PRESENT)]),
            "a": frames.layered([(archived, frames.DONE)], frames.DONE),
        }
        idle: Frame = {"ins": None, "hz": None, "by": None, "f": [], "b": []}
        return _Focus(pgdata, self.archive, self.frame | lanes | idle)


def _trees(host: Host, machines: Sequence[str], size: int, *, single: bool) -> Iterator[tuple[str, list[Any]]]:
    """Folder → entries, of the first machine and of those that something is typed at."""
    first = first_of(host)
    for name in machines:
        if name == first:
            continue
        there = at(host, name)
        beside = there.env.get("PGDATA", "").rpartition("/")[0]
        for folder in files.folders(there, there)[0]:
            rows = [row for row in folder.rows if not row.name.startswith(".")]
            # Sockets, what stands beside the data directory and what is deep in one tell nothing here.
            if rows and folder.path != beside and "/base/" not in folder.path:
                path = f"{name}:{folder.path}" if name else folder.path
                yield path, [entry for row in rows for entry in _entries(row, size, single=single)]


def _entries(row: files.Row, size: int, *, single: bool) -> Iterator[Any]:
    last = row.name
    if not is_segment_name(last):
        yield f"{last}/" if row.folder else f"{last} → {row.target}" if row.target else last
        return
    first = row.first or last
    if single:
        yield {"r": [parse_segment_name(first, size)[1], parse_segment_name(last, size)[1] + 1]}
    else:
        # Names of several timelines: one scale would hide which is which.
        yield first if first == last else f"{first} – {last}"


def _typed(shown: Shown) -> str:
    return f"({shown.on}) {shown.line}" if shown.on else shown.line


def _terminal(shown: Shown) -> list[list[str]]:
    """Lines as ui/steps.py has them."""
    printed = shown.printed.rstrip("\n").split("\n") if shown.printed.strip() else []
    cut = ["…", *printed[-MOST_LINES:]] if len(printed) > MOST_LINES else printed
    return [["$", _typed(shown)], *([steps.kind_of(line), line] for line in cut)]


def _told(moment: Moment, before: Host, lang: str) -> list[dict[str, str]]:
    """What the lesson says of a line; of others what failed, and what became of servers and timelines."""
    assert moment.shown is not None, "a line was typed"
    if moment.say:
        return [{"k": "Say", "t": moment.say}]
    told = []
    if moment.shown.exit:
        told.append(tell("replay", "failed", lang, exit=moment.shown.exit))
    found = diagnose(moment.shown.printed).findings if moment.shown.exit else ()
    told += [f"**{found[0].title(lang)}** {found[0].cause(lang)}"] if found else []
    was = {one.pgdata: one for one in before.servers}
    now = {one.pgdata: one for one in moment.host.servers}
    for path in dict.fromkeys([*was, *now]):
        if path not in now:
            told.append(tell("replay", "stopped", lang, path=path))
        elif path not in was:
            told.append(tell("replay", "started", lang, path=path))
        elif was[path].cluster.data.timeline != now[path].cluster.data.timeline:
            timeline = now[path].cluster.data.timeline
            told.append(tell("replay", "timeline", lang, path=path, timeline=timeline))
        elif was[path].cluster.data.control.redo_lsn != now[path].cluster.data.control.redo_lsn:
            told.append(tell("replay", "checkpoint", lang))
    return [{"k": "Seen", "t": one} for one in told]


__all__ = ["Moment", "moments", "run"]
