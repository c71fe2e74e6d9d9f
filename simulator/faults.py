"""Faults of a scenario file, told as `file:line: field: what is wrong, what is allowed`, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.prose import catalogue


class _Kind(str):
    """The kind of a value, where the value itself would say nothing: the end of a key `type_…`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, its kind (key of prose/faults.py), and the facts of its sentence."""

    file: str
    line: int
    field: str
    kind: str
    facts: Mapping[str, object]

    def text(self, language: str) -> str:
        """The sentence without its place."""
        sentences, side = catalogue("faults"), "ja" if language == "ja" else "en"
        entry = sentences.get(self.kind) or sentences["invalid"]
        facts = {"wrong": "", "allowed": "", **self.facts}
        for name in {"wrong", "allowed"} & facts.keys():
            if isinstance(kind_of_value := facts[name], _Kind):
                facts[name] = (sentences.get(f"type_{kind_of_value}") or sentences["type_other"])[side]
        return str(entry[side]).format_map(facts)

    def line_of_text(self, language: str) -> str:
        """`file:line: field: sentence`."""
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        return f"{place}{self.field + ': ' if self.field else ''}{self.text(language)}"


def placed(
    name: str, lines: Mapping[tuple[str | int, ...], int], path: tuple[str | int, ...], kind: str, **facts: object
) -> Fault:
    """A fault of a field, at the line of the nearest field around it that the file has."""
    here = path
    while here not in lines and here:
        here = here[:-1]
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return Fault(name, lines.get(here, 1), field, kind, facts)


class ScenarioError(Exception):
    """A scenario file is malformed; `faults` has everything that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(fault.line_of_text("en") for fault in faults))
        self.faults = tuple(faults)


def from_pydantic(name: str, errors: Sequence[Any], lines: Mapping[tuple[str | int, ...], int]) -> list[Fault]:
    """Turn the library's errors into faults; of a union's alternatives only the deepest place is told once."""
    found: dict[tuple[int, str], Fault] = {}
    for error in errors:
        path = tuple(part for part in error["loc"] if _is_field(part))
        kind, facts = _kind(error)
        fault = placed(name, lines, path, kind, **facts)
        found.setdefault((fault.line, fault.field), fault)
    return sorted(found.values(), key=lambda fault: fault.line)


def _is_field(part: str | int) -> bool:
    """Names of a union's alternatives are in pydantic's paths and not in the file."""
    if isinstance(part, int):
        return True
    alternatives = ("str", "int", "ArchiveFile", "LineThere", "bool")
    return part not in alternatives and not part.startswith(("dict[", "literal[", "function-"))


def _kind(error: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    context = error.get("ctx") or {}
    wrong = error.get("input")
    written = isinstance(wrong, str | int | float)
    facts: dict[str, object] = {"wrong": str(wrong)[:80] if written else _Kind(type(wrong).__name__)}
    match error["type"]:
        case "missing":
            return "missing", {}
        case "extra_forbidden" | "unexpected_keyword_argument":
            return "unknown_field", facts
        case "literal_error":
            return "not_one_of", {**facts, "allowed": str(context.get("expected", ""))}
        case "value_error":
            return str(context.get("error", "invalid")), facts
        case "string_pattern_mismatch":
            return "pattern", facts
        case "greater_than_equal" | "less_than_equal":
            limit = context.get("ge", context.get("le"))
            return ("too_small" if "ge" in context else "too_big"), {**facts, "allowed": limit}
        case "too_short" | "string_too_short":
            return "too_short", facts
        case _:
            return "wrong_type", {
                **facts,
                "allowed": _Kind(str(error["type"]).replace("_type", "").replace("_parsing", "")),
            }
