"""postgresql.conf and its like: reading them as ParseConfigFp does, changing one key in place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from host.effort import READ, spend

_LINE = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?)(?P<eq>\s*=\s*|\s+)
        (?P<value>'(?:[^'\\\n]|\\.|'')*'|[^\s#']+)?)?\s*(?P<rest>[^\#\s].*?)?\s*(?:\#.*)?$""",
    re.VERBOSE,
)
_NAME_ALONE = re.compile(r"\s*[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?\s*(?:=\s*)?(?:#.*)?")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Line:
    """One setting as it stands in a file."""

    name: str
    value: str
    number: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no setting."""

    number: int
    token: str
    """'' at the end of the line."""

    def message(self, path: str) -> str:
        """What the server logs of it."""
        where = f'near token "{self.token}"' if self.token else "near end of line"
        return f'syntax error in file "{path}" line {self.number}, {where}'


def read(text: str) -> tuple[tuple[Line, ...], tuple[Broken, ...]]:
    """The settings of a file in order, and the lines that are none."""
    spend(len(text) // READ)
    return _read(text)


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[tuple[Line, ...], tuple[Broken, ...]]:
    lines: list[Line] = []
    broken: list[Broken] = []
    for number, raw in enumerate(text.split("\n"), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        match = _LINE.match(raw)
        if _NAME_ALONE.fullmatch(raw):
            broken.append(Broken(number, ""))
        elif match is None or match["name"] is None:
            broken.append(Broken(number, raw.split()[0]))
        elif match["value"] is None or match["rest"]:
            rest = (match["rest"] or "").split(" ")[0]
            broken.append(Broken(number, "'" if rest.startswith("'") else rest))
        else:
            lines.append(Line(match["name"].lower(), unquoted(match["value"]), number))
    return tuple(lines), tuple(broken)


def unquoted(value: str) -> str:
    """A value without its quotes: GUC_scanstr."""
    if not value.startswith("'"):
        return value
    inner = value[1:-1].replace("''", "'")
    return re.sub(r"\\(?:([0-7]{1,3})|(.))", lambda m: chr(int(m[1], 8)) if m[1] else _ESCAPES.get(m[2], m[2]), inner)


def quoted(value: str) -> str:
    """A value as it may always stand in a file."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def with_setting(text: str, name: str, value: str) -> str:
    """The file with a setting changed where it stands last (a commented default is put to use), or added."""
    said = f"{name} = {quoted(value)}"
    lines = text.split("\n")
    for commented in (False, True):
        key = re.compile(rf"\s*{'#' if commented else ''}\s*{re.escape(name)}\s*(=|\s)", re.IGNORECASE)
        found = [at for at, line in enumerate(lines) if key.match(line)]
        if found:
            lines[found[-1]] = said
            return "\n".join(lines)
    body = text if not text or text.endswith("\n") else text + "\n"
    return f"{body}{said}\n"
