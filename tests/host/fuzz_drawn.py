"""What the fuzz types: the rules of fuzz.grammar, and the tables of options, functions, views and settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from host.options.table import TOOLS, table
from host.sql.functions import FUNCTIONS
from host.sql.views import OIDS
from simulator.settings_table import names
from simulator.versions import KNOWN

Choose = Callable[[int], int]
"""A number below n."""
DEEPEST = 7
_NAME = re.compile(r"‹([^‹›]+)›")
_ODD = (
    *"'\"`$\\|&;<>(){}[]*?!#~=%:@,.^\n\t\r\0\x01\x1b\x7f\udc80\udcff\ufffd\u202e\u200b😀éａ０",
    "$(",
    "${",
    "$((",
    "'",
    '"',
    "\\",
    "--",
    "/*",
    "$$",
    "E'",
    "\\x",
    "::",
    " ",
    "a",
    "0",
    "9" * 40,
    "x" * 5000,
    "(" * 300,
    "%s%n",
    "{1..",
    "..",
    "/",
    "e",
    "select",
    "e\u0301",
    "Ǆ",
    "ß",
    "²",
    "٣",
)


@cache
def rules() -> dict[str, tuple[str, ...]]:
    """The choices of every rule of the file."""
    found: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "fuzz.grammar").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            found[line[3:]] = []
        elif line and found:
            found[[*found][-1]].append(line)
    made = {name: tuple(choices) for name, choices in found.items()}
    made["newline"] = ("\n",)
    made["function"] = tuple(sorted(FUNCTIONS))
    made["view"] = tuple(sorted(OIDS))
    made["setting"] = (*sorted(names()), "nosuch.setting", "work_mem", "foo")
    return made


@cache
def _depths() -> dict[str, int]:
    """How many levels of names a rule needs at least."""
    known = dict.fromkeys(rules(), 99) | {"wild": 0}
    for _ in range(20):
        known |= {name: min(_depth(one, known) for one in choices) for name, choices in rules().items()}
    return known


def _depth(choice: str, known: dict[str, int]) -> int:
    return max((1 + known.get(name, 0) for name in _NAME.findall(choice)), default=0)


@cache
def _shallow(rule: str) -> tuple[str, ...]:
    """The choices of a rule that come to an end soonest."""
    choices = rules()[rule]
    least = min(_depth(one, _depths()) for one in choices)
    return tuple(one for one in choices if _depth(one, _depths()) == least)


def written(rule: str, choose: Choose, depth: int = 0) -> str:
    """A text of a rule."""
    if rule == "wild":
        return "".join(_ODD[choose(len(_ODD))] for _ in range(1 + choose(6)))
    if rule.startswith("options:"):
        return " ".join(_option(rule.partition(":")[2], choose, depth) for _ in range(choose(4)))
    choices: Sequence[str] = rules()[rule] if depth < DEEPEST else _shallow(rule)
    choice = choices[choose(len(choices))]
    if rule == "function":
        return _called(choice, choose, depth)
    return _NAME.sub(lambda match: written(match[1], choose, depth + 1), choice)


def _called(name: str, choose: Choose, depth: int) -> str:
    """A function with as many arguments as one of its forms takes, or one more or less."""
    forms = FUNCTIONS[name]
    count = max(len(forms[choose(len(forms))].arguments) + (0, 0, 0, 0, 1, -1)[choose(6)], 0)
    return f"{name}({', '.join(written('expr', choose, max(depth + 1, DEEPEST - 3)) for _ in range(count))})"


def _option(tool: str, choose: Choose, depth: int) -> str:
    assert tool in TOOLS
    known = table(tool, KNOWN[choose(len(KNOWN))]) or table(tool, KNOWN[-1])
    assert known is not None
    option = known.options[choose(len(known.options))]
    value = written(("value", "path", "word", "number")[choose(4)], choose, max(depth + 1, DEEPEST - 1))
    spelled = ("long", "short", "joined", "bare", "abbreviated")[choose(5)]
    if option.short and (spelled == "short" or not option.long):
        return f"-{option.short}" if option.arg == "none" else f"-{option.short} {value}"
    if spelled == "abbreviated":
        return f"--{option.long[: 1 + choose(max(len(option.long), 1))]}"
    if option.arg == "none" or spelled == "bare":
        return f"--{option.long}"
    return f"--{option.long}{' ' if spelled == 'long' else '='}{value}"


@st.composite
def texts(draw: st.DrawFn, rule: str) -> str:
    """Texts of a rule, sometimes with a piece cut out, doubled or put in."""
    choose = lambda below: draw(st.integers(0, below - 1))  # noqa: E731
    return mutated(written(rule, choose), choose)


def mutated(text: str, choose: Choose) -> str:
    """A text as it is, or (one in six) with a small harm done to it."""
    if choose(6):
        return text
    start = choose(len(text) + 1)
    stop = min(len(text), start + choose(8))
    middle = ("", text[start:stop] * 2, written("wild", choose), text[start:stop][::-1])[choose(4)]
    return text[:start] + middle + text[stop:]
