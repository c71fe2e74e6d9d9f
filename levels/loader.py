"""Read challenge files: YAML, checked against the schema; every fault is told with its file, line and field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from host import worlds
from levels.challenge import Beginning, Challenge, Line, OldCluster, Place, Text, Trap, Wanted
from levels.conditions import KINDS, Condition, Typed
from levels.schema import ChallengeFile, CommandLine, ConditionFile, LineThere, TrapFile, WorldFile
from simulator.faults import Fault, ScenarioError, placed
from simulator.loader import bytes_of, checked
from simulator.schema import Prose
from simulator.versions import DEFAULT, KNOWN, UnknownVersion, spans
from simulator.yaml_tree import Path_

FOLDER = "challenges"


@cache
def all_challenges() -> tuple[Challenge, ...]:
    """Those that come with the dojo, in the order of the path; raises ScenarioError."""
    found = []
    for entry in files(FOLDER).iterdir():
        if entry.name.endswith(".yaml"):
            found.append(loads(entry.read_bytes(), f"{FOLDER}/{entry.name}"))
    return tuple(sorted(found, key=lambda one: (one.number, one.id)))


def load(path: str | Path) -> Challenge:
    """Read one file; raises ScenarioError with every fault found."""
    return loads(bytes_of(path), str(path))


def loads(raw: bytes, name: str = "challenge") -> Challenge:
    """Read a challenge from bytes; `name` stands for the file in messages."""
    file, lines = checked(ChallengeFile, raw, name)
    return Builder(name, lines).challenge(file)


class Builder:
    """Turns a checked file into a Challenge, collecting faults that the schema cannot see."""

    def __init__(self, name: str, lines: Mapping[Path_, int]) -> None:
        self.name, self.lines = name, lines
        self.faults: list[Fault] = []
        self.world = ""

    def fault(self, path: Path_, kind: str, **facts: object) -> None:
        """Note a fault at a field."""
        self.faults.append(placed(self.name, self.lines, path, kind, **facts))

    def challenge(self, file: ChallengeFile) -> Challenge:
        """Build it; raises ScenarioError if anything is wrong."""
        majors = self.majors(file.versions, ("versions",), frozenset(KNOWN))
        played_on = file.version or (DEFAULT if DEFAULT in majors else max(majors))
        if played_on not in majors:
            self.fault(("version",), "version_not_named", wrong=played_on, allowed=_list(majors))
        made = Challenge(
            id=file.id,
            number=file.number,
            chapter=file.chapter,
            title=told(file.title),
            story=told(file.story),
            why=told(file.why),
            hints=tuple(told(hint) for hint in file.hints),
            version=played_on,
            versions=majors,
            beginning=self.beginning(file.world, majors),
            goal=self.conditions(file.goal, ("goal",), majors, goal=True),
            par=file.par,
            solution=self.typed(file.solution, ("solution",), majors),
            traps=tuple(self.trap(trap, index, majors) for index, trap in enumerate(file.traps)),
            objectives=tuple(file.objectives),
            failures=tuple(file.failures),
        )
        if self.faults:
            raise ScenarioError(self.faults)
        return made

    def majors(self, rule: str | int | None, path: Path_, default: frozenset[int]) -> frozenset[int]:
        """Read a span of versions."""
        if rule is None:
            return default
        try:
            named = spans(str(rule))
        except UnknownVersion:
            named = frozenset()
        if not named:
            self.fault(path, "unknown_version", wrong=rule, allowed=_list(KNOWN))
        return named & default or default

    def beginning(self, file: WorldFile, majors: frozenset[int]) -> Beginning:
        """The world."""
        self.world = file.name
        if file.name not in worlds.NAMES:
            self.fault(("world", "name"), "not_one_of", wrong=file.name, allowed=", ".join(worlds.NAMES))
        if file.client is not None and file.client not in KNOWN:
            self.fault(("world", "client"), "unknown_version", wrong=file.client, allowed=_list(KNOWN))
        if file.old is not None and file.old.version not in KNOWN:
            self.fault(("world", "old", "version"), "unknown_version", wrong=file.old.version, allowed=_list(KNOWN))
        places = (Place(path, place.size if place else None) for path, place in file.directories.items())
        return Beginning(
            name=file.name,
            client=file.client,
            old=OldCluster(file.old.path, file.old.version, file.old.dump) if file.old else None,
            settings=tuple(file.settings.items()),
            places=tuple(places),
            prepare=self.typed(file.prepare, ("world", "prepare"), majors),
            weather=frozenset(file.weather),
        )

    def typed(self, given: Sequence[CommandLine], path: Path_, majors: frozenset[int]) -> tuple[Line, ...]:
        """Command lines with the majors that they are typed on."""
        found = []
        for index, entry in enumerate(given):
            on = entry.at if isinstance(entry, LineThere) else ""
            lines = entry.run if isinstance(entry, LineThere) else entry
            self.check_machine(on, (*path, index))
            forms: Mapping[str | int, str] = {"": lines} if isinstance(lines, str) else lines
            for rule, text in forms.items():
                here = (*path, index, str(rule)) if rule else (*path, index)
                if not text.strip():
                    self.fault(here, "too_short")
                found.append(Line(text.strip(), self.majors(rule or None, here, majors), on))
        return tuple(found)

    def trap(self, file: TrapFile, index: int, majors: frozenset[int]) -> Trap:
        """One trap."""
        path: Path_ = ("traps", index)
        mine = self.majors(file.versions, (*path, "versions"), majors)
        when = self.conditions(file.when, (*path, "when"), mine, goal=False)
        return Trap(when, told(file.why), self.typed(file.commands, (*path, "commands"), mine), mine)

    def conditions(
        self, given: Sequence[ConditionFile], path: Path_, majors: frozenset[int], *, goal: bool
    ) -> tuple[Wanted, ...]:
        """The conditions of a goal or a trap."""
        found = []
        for index, entry in enumerate(given):
            here = (*path, index)
            named: dict[str, Condition] = {word: value for word in KINDS if (value := getattr(entry, word)) is not None}
            if len(named) != 1:
                self.fault(here, "one_check", wrong=", ".join(named) or "-", allowed=", ".join(KINDS))
                continue
            [condition] = named.values()
            if isinstance(condition, Typed):
                self.check_typed(condition, (*here, "typed"), goal=goal)
            mine = self.majors(entry.versions, (*here, "versions"), majors)
            say = told(entry.say) if entry.say else None
            self.check_machine(entry.at or "", here)
            found.append(Wanted(condition, not entry.negated, mine, say, entry.at or ""))
        return tuple(found)

    def check_machine(self, on: str, path: Path_) -> None:
        """Only a world of several machines has another than its first."""
        known = worlds.MACHINES.get(self.world, ())
        if on and not known:
            self.fault((*path, "at"), "one_machine", wrong=on, allowed=", ".join(worlds.MACHINES))
        elif on and on not in known:
            self.fault((*path, "at"), "not_one_of", wrong=on, allowed=", ".join(known))

    def check_typed(self, condition: Typed, path: Path_, *, goal: bool) -> None:
        """A goal is a state of the host, never a certain command line."""
        if goal:
            self.fault(path, "typed_in_goal")
        try:
            re.compile(condition.pattern)
        except re.error as error:
            self.fault((*path, "pattern"), "regular_expression", wrong=condition.pattern, reason=str(error))


_FOLDED = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])|(?<=[、。」]) ")
"""What YAML makes of a line break in Japanese, which has no space between characters nor after a sentence."""


def told(prose: Prose) -> Text:
    """Both languages, as they are shown."""
    return Text(_FOLDED.sub("", prose.ja.strip()), prose.en.strip())


def _list(majors: Iterable[int]) -> str:
    return ", ".join(str(major) for major in sorted(majors))
