"""Read scenario files: YAML, checked against a schema; every fault is told with file, line, field and what is allowed.

The only module of the simulator that reads files; yaml_tree.py has PyYAML's safe loader, schema.py pydantic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from simulator import commands as c
from simulator.command_line import parse
from simulator.faults import Fault, ScenarioError, from_pydantic, placed
from simulator.lsn import check_segment_size
from simulator.play import initial_settings
from simulator.scenario import Check, Condition, Planned, Scenario, ServerPlan, Text
from simulator.schema import MAX_SIZE, ArchiveFile, EndingFile, Entry, Prose, ScenarioFile, ServerFile
from simulator.settings import UnmodelledParameter
from simulator.settings_values import InvalidValue
from simulator.statements import NotUnderstood
from simulator.versions import DEFAULT, KNOWN, UnknownVersion, spans, version
from simulator.yaml_tree import Path_, decoded, parse_yaml

Schema = TypeVar("Schema", bound=BaseModel)

_ACTIONS = (
    "run",
    "write",
    "wait",
    "archive",
    "crash",
    "disk",
    "close",
    "hold",
    "release",
    "delete_oldest",
    "save_label",
)
_CHECKS = (
    "exit",
    "stderr",
    "stdout",
    "log",
    "restorable",
    "slot",
    "server",
    "event",
    "no_event",
    "segments",
    "rows",
    "lost",
    "exists",
    "absent",
    "waits",
)


_NEEDED: Mapping[str, tuple[str, ...]] = {"restorable": ("backup",), "slot": ("name",), "rows": ("table", "is")}
"""Fields that a condition cannot do without."""


def load(path: str | Path) -> Scenario:
    """Read one scenario file; raises ScenarioError with every fault found."""
    return loads(bytes_of(path), str(path))


def loads(raw: bytes, name: str = "scenario") -> Scenario:
    """Read a scenario from bytes; `name` stands for the file in messages."""
    file, lines = checked(ScenarioFile, raw, name)
    return replace(Builder(name, lines).scenario(file), source=decoded(raw, name))


def bytes_of(path: str | Path) -> bytes:
    """What is in a file; raises ScenarioError when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        fault = Fault(str(path), 0, "", "unreadable", {"reason": error.strerror or str(error)})
        raise ScenarioError([fault]) from None


def checked(schema: type[Schema], raw: bytes, name: str) -> tuple[Schema, Mapping[Path_, int]]:
    """YAML that fits a schema, and the line of each field; raises ScenarioError with every fault found."""
    tree, lines = parse_yaml(decoded(raw, name), name)
    try:
        return schema.model_validate(tree), lines
    except ValidationError as error:
        raise ScenarioError(from_pydantic(name, error.errors(), lines)) from None


class Builder:
    """Turns a checked file into a Scenario, collecting faults that the schema cannot see."""

    def __init__(self, name: str, lines: Mapping[Path_, int]) -> None:
        self.name, self.lines = name, lines
        self.faults: list[Fault] = []
        self.clients = 0

    def fault(self, path: Path_, kind: str, **facts: object) -> None:
        """Note a fault at a field."""
        self.faults.append(placed(self.name, self.lines, path, kind, **facts))

    def scenario(self, file: ScenarioFile) -> Scenario:
        """Build it; raises ScenarioError if anything is wrong."""
        majors = self.majors(file.versions, ("versions",), frozenset(KNOWN))
        plan = self.server(file.server, majors)
        timeline = self.entries(file.timeline, ("timeline",), 0, majors, [0])
        ending = self.ending(file.ending, majors)
        if self.faults:
            raise ScenarioError(self.faults)
        return Scenario(
            id=file.id,
            title=_text(file.title),
            outcome=_text(file.outcome),
            prose=_text(file.prose),
            method=file.method,
            objectives=tuple(file.objectives),
            failures=tuple(file.failures),
            messages=tuple(file.messages),
            server=plan,
            timeline=tuple(timeline),
            ending=tuple(ending),
            conditions=tuple(Condition(name, tuple(values)) for name, values in file.conditions.items()),
            lab=file.lab,
        )

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

    def server(self, file: ServerFile, majors: frozenset[int]) -> ServerPlan:
        """The server plan."""
        try:
            major = version(file.version).major
            if major not in majors:
                self.fault(("server", "version"), "version_not_named", wrong=major, allowed=_list(majors))
        except UnknownVersion as error:
            self.fault(("server", "version"), "unknown_version", wrong=error.wrong, allowed=_list(KNOWN))
            major = DEFAULT
        try:
            check_segment_size(file.wal_segment_size)
        except ValueError:
            self.fault(("server", "wal_segment_size"), "segment_size", wrong=file.wal_segment_size)
        plan = ServerPlan(
            version=major,
            versions=majors,
            segment_size=file.wal_segment_size,
            settings=dict(file.settings),
            databases=file.databases,
            disk_bytes=file.disk,
            archive_command=file.archive,
            slots=tuple(file.slots),
        )
        if not self.faults:
            self.check_settings(plan)
        return plan

    def check_settings(self, plan: ServerPlan) -> None:
        """Would the servers of all majors take these settings?"""
        for major in sorted(plan.versions):
            if not _refused(plan, major):
                continue
            for name in plan.settings:
                reason = _refused(replace(plan, settings={name: plan.settings[name]}), major)
                if reason:
                    self.fault(("server", "settings", name), "setting_refused", major=major, reason=reason)
            if not self.faults:
                self.fault(("server", "settings"), "setting_refused", major=major, reason=_refused(plan, major))
            return

    def entries(
        self, entries: Sequence[Entry], path: Path_, depth: int, majors: frozenset[int], counter: list[int]
    ) -> list[Planned]:
        """The commands of a list of entries, those under `while` between a client's start and its end."""
        found: list[Planned] = []
        for index, entry in enumerate(entries):
            here = (*path, index)
            given = [name for name in _ACTIONS if getattr(entry, name) is not None]
            if len(given) != 1:
                self.fault(here, "one_action", wrong=", ".join(given) or "-", allowed=", ".join(_ACTIONS))
                continue
            number, counter[0] = counter[0], counter[0] + 1
            mine = self.majors(entry.versions, (*here, "versions"), majors)
            if (entry.wait or 0) * entry.writing > MAX_SIZE:
                self.fault((*here, "writing"), "volume_limit", wrong=f"{entry.writing:g} B/s")
            say = _text(entry.say) if entry.say else None
            client = f"client{number}"
            planned = [
                Planned(command, typed, number, depth, say, which, entry.name)
                for command, typed, which in self.commands(entry, here, client, mine)
            ]
            found += planned
            if entry.during:
                found += self.entries(entry.during, (*here, "while"), depth + 1, mine, counter)
            if entry.during or any(isinstance(each.command, c.PgBasebackup) for each in planned):
                finish = c.ClientFinishes(client)
                found.append(Planned(finish, "", number, depth, None, mine, entry.name and entry.name + "-end"))
        return found

    def commands(
        self, entry: Entry, path: Path_, client: str, majors: frozenset[int]
    ) -> Iterable[tuple[c.Command, str, frozenset[int]]]:
        """The command of an entry, one for each way of typing it."""
        if entry.run is not None:
            forms = entry.run if isinstance(entry.run, dict) else {"": entry.run}
            for rule, typed in forms.items():
                which = self.majors(rule or None, (*path, "run"), majors)
                try:
                    command = parse(typed, session=entry.session, client=client)
                    if entry.during and isinstance(command, c.Copy):
                        command = replace(command, client=client)
                    yield command, typed, which
                except NotUnderstood as error:
                    self.fault(
                        (*path, "run"),
                        f"not_understood_{error.kind}",
                        wrong=error.wrong,
                        allowed=error.allowed,
                    )
                except ValueError as error:
                    self.fault((*path, "run"), "not_understood_value", wrong=str(error), allowed="X/X")
            return
        yield self.world_command(entry), "", majors

    def world_command(self, entry: Entry) -> c.Command:
        """What the world does."""
        if entry.write is not None:
            return c.WriteWal(entry.write)
        if entry.wait is not None:
            return c.Wait(entry.wait, entry.writing)
        if entry.archive is not None:
            if isinstance(entry.archive, ArchiveFile):
                return c.SetArchive(True, tuple(entry.archive.fails_for), entry.archive.seconds_per_file)
            return c.SetArchive(works=entry.archive == "works")
        if entry.disk is not None:
            return c.ResizeDisk(entry.disk)
        if entry.close is not None:
            return c.CloseSession(entry.close)
        if entry.delete_oldest is not None:
            return c.RemoveOldest(entry.delete_oldest)
        if entry.save_label is not None:
            return c.SaveLabel(entry.save_label.rstrip("/"))
        if entry.hold is not None or entry.release is not None:
            return c.HoldReceiver("", held=entry.hold is not None)
        return c.Crash()

    def ending(self, checks: Sequence[EndingFile], majors: frozenset[int], at: Path_ = ("ending",)) -> list[Check]:
        """The conditions of the ending."""
        found = []
        for index, check in enumerate(checks):
            path: Path_ = (*at, index)
            given = [name for name in _CHECKS if getattr(check, name) is not None]
            if len(given) != 1:
                self.fault(path, "one_check", wrong=", ".join(given) or "-", allowed=", ".join(_CHECKS))
                continue
            value = getattr(check, given[0])
            facts = dict(value) if isinstance(value, dict) else {"is": value}
            for name in _NEEDED.get(given[0], ()):
                if name not in facts:
                    self.fault((*path, given[0], name), "missing")
            mine = self.majors(check.versions, (*path, "versions"), majors)
            found.append(Check(given[0], {**facts, "of": check.of}, self.lines.get(path, 1), mine))
        return found


def _text(prose: Prose) -> Text:
    return Text(prose.ja.strip(), prose.en.strip())


def _refused(plan: ServerPlan, major: int) -> str:
    """What a server says to the plan's settings; '' if it starts with them."""
    try:
        initial_settings(plan, major, {})
    except (InvalidValue, UnmodelledParameter) as error:
        return str(error)
    return ""


def _list(majors: Iterable[int]) -> str:
    return ", ".join(str(major) for major in sorted(majors))
