"""`[[ … ]]` of bash: what it says, and whether it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from host.coreutils.patterns import PatternFault, compiled
from host.shell import globs
from host.shell.arithmetic import ArithmeticFault, evaluate
from host.shell.conditions import Condition, ConditionFault
from host.shell.syntax import Bracket, BracketTest, BracketWord

if TYPE_CHECKING:
    from host.shell.expand import Expander
    from host.shell.state import Shell

UNARY = frozenset("-a -b -c -d -e -f -g -h -k -L -n -N -o -O -p -r -R -s -S -t -u -v -w -x -z -G".split())
NUMERIC: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}
BINARY = frozenset({"=", "==", "!=", "=~", "<", ">", "-nt", "-ot", "-ef", *NUMERIC})


def status(shell: Shell, expander: Expander, test: Bracket) -> tuple[int, str]:
    """Exit status, and a message."""
    try:
        return int(not _holds(shell, expander, test)), ""
    except ArithmeticFault as fault:
        return 1, f"[[: {fault}"
    except (ConditionFault, PatternFault):
        return 2, ""


def _holds(shell: Shell, expander: Expander, test: Bracket) -> bool:
    if isinstance(test, BracketWord):
        return expander.single(test.word) != ""
    if isinstance(test, BracketTest):
        return _test(shell, expander, test)
    match test.operator:
        case "!":
            return not _holds(shell, expander, test.parts[0])
        case "&&":
            return all(_holds(shell, expander, one) for one in test.parts)
        case _:
            return any(_holds(shell, expander, one) for one in test.parts)


def _test(shell: Shell, expander: Expander, test: BracketTest) -> bool:
    operator = test.operator
    if test.left is None:
        text = expander.single(test.right)
        if operator == "-v":
            return shell.get(text) is not None
        if operator == "-o":
            return text in shell.options
        return Condition([operator, text], shell.files(), str).holds()
    left = expander.single(test.left)
    if operator in ("=", "==", "!="):
        return globs.matches(expander.pattern(test.right), left) == (operator != "!=")
    if operator == "=~":
        return compiled(expander.regex(test.right), extended=True).search(left) is not None
    if operator in NUMERIC:
        return NUMERIC[operator](_number(shell, left), _number(shell, expander.single(test.right)))
    right = expander.single(test.right)
    if operator in "<>":
        return left < right if operator == "<" else left > right
    return Condition([left, operator, right], shell.files(), str).holds()


def _number(shell: Shell, text: str) -> int:
    """An operand is an expression, as within $(( … ))."""
    if not text.strip():
        return 0
    try:
        return evaluate(text, lambda name: shell.get(name) or "0")
    except ArithmeticFault as fault:
        raise ArithmeticFault(f"{text}: {fault}") from None
