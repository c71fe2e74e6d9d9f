"""`waldojo conform --misses`: what the simulated host said otherwise, by tool, behaviour and field."""

from __future__ import annotations

import difflib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from console.recordings import documents
from host.replay_cli import Case, Field, is_record, notes, read, replay

CONTEXT = 2
LONGEST = 40
MOST_NAMES = 400
MOST_LINES = 100
LONGEST_LINE = 160


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases to replay, and how much to print."""

    tool: str = ""
    case: str = ""
    behaviour: str = ""
    field: str = ""
    client: int = 0
    every: bool = False
    """Every miss, not the first of each group."""
    lines: bool = False
    """The most frequent lines that only one side has, instead of the groups."""

    def takes(self, case: Case) -> bool:
        """Is it one of these cases?"""
        return (
            (not self.tool or case.tool == self.tool)
            and (not self.case or case.case == self.case)
            and (not self.behaviour or case.behaviour == self.behaviour)
            and (not self.client or case.client == self.client)
        )


def misses(paths: Sequence[str], wanted: Wanted) -> int:
    """Print the misses, grouped, with the first difference of each group; then a table by tool."""
    compared: Counter[str] = Counter()
    found: list[_Miss] = []
    for case in _cases(paths, wanted):
        fields = [one for one in replay(case) if not wanted.field or _kind(one) == wanted.field]
        compared[case.tool] += len(fields)
        found += [(case, one) for one in fields if not one.equal]
    told = [(case, one) for case, one in found if not one.fault]
    if wanted.lines:
        _print_lines(told)
    else:
        _print_groups(told, every=wanted.every or bool(wanted.case))
    _print_faults([(case, one) for case, one in found if one.fault])
    missed = Counter(case.tool for case, _ in found)
    print()
    for tool, count in sorted(compared.items()):
        print(f"{tool:20} {count - missed[tool]:6} of {count:6}")
    print(f"misses: {missed.total()} of {compared.total()}")
    return 0 if not missed else 1


_Miss = tuple[Case, Field]


def _kind(one: Field) -> str:
    return one.name.rpartition(" ")[2]


def _named(those: Sequence[_Miss]) -> str:
    return "   " + " ".join(sorted({f"{case.client}:{case.case}" for case, _ in those}))[:MOST_NAMES]


def _print_groups(told: Sequence[_Miss], *, every: bool) -> None:
    groups: dict[tuple[str, str, str], list[_Miss]] = defaultdict(list)
    for case, one in told:
        groups[case.tool, case.behaviour, _kind(one)].append((case, one))
    for (tool, behaviour, kind), those in sorted(groups.items()):
        print(f"\n== {tool} / {behaviour} / {kind}: {len(those)}")
        print(_named(those))
        for case, one in those if every else those[:1]:
            print("\n".join(_difference(case, one)))


def _print_lines(told: Sequence[_Miss]) -> None:
    """Which lines are most often on one side only: '-' recorded, '+' ours."""
    counted: Counter[tuple[str, str]] = Counter()
    those: dict[tuple[str, str], list[_Miss]] = defaultdict(list)
    for case, one in told:
        for line in difflib.ndiff(_lines(one.expected), _lines(one.got)):
            if line.startswith(("- ", "+ ")):
                counted[case.tool, line] += 1
                those[case.tool, line].append((case, one))
    for (tool, line), count in counted.most_common(MOST_LINES):
        print(f"{count:5} {tool}: {line[:LONGEST_LINE]}  {_named(those[tool, line][:3]).strip()}")


def _print_faults(found: Sequence[_Miss]) -> None:
    """What could not be replayed at all, by the exception."""
    faults: dict[str, list[_Miss]] = defaultdict(list)
    for case, one in found:
        faults[one.fault].append((case, one))
    for fault, those in sorted(faults.items(), key=lambda pair: -len(pair[1])):
        print(f"\n== could not be replayed: {len(those)}\n   ! {fault[:MOST_NAMES]}\n{_named(those)}")
        print(f"   $ {those[0][0].cmd}")


def _cases(paths: Iterable[str], wanted: Wanted) -> Iterator[Case]:
    for _, told in documents(paths):
        if is_record(told) and isinstance(told, dict):
            case = read(told)
            if case.stable and wanted.takes(case):
                yield case


def _difference(case: Case, one: Field) -> Iterator[str]:
    server = "" if case.server == case.client else f" (server {case.server})"
    yield f" {case.client}{server} {case.case}: {one.name}"
    yield f"   $ {case.cmd}"
    if one.name.startswith("after "):
        yield f"   then $ {case.after[int(one.name.split()[1]) - 1].cmd}"
    for state in case.states:
        yield f"   ({state})"
    for note in notes(case):
        yield f"   (before) {note.rstrip()}"
    expected, got = _lines(one.expected), _lines(one.got)
    lines = list(difflib.unified_diff(expected, got, "expected", "got", lineterm="", n=CONTEXT))[2:]
    yield from (f"   {line}" for line in lines[:LONGEST])
    if len(lines) > LONGEST:
        yield f"   … {len(lines) - LONGEST} more lines"


def _lines(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split("\n")
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).split("\n")
