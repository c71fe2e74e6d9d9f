"""`test` and `[`."""

from __future__ import annotations

import re
from collections.abc import Callable

from host.files import READ, SEARCH, WRITE, Files, may
from host.tree import Dir, File, Link, Node


class ConditionFault(Exception):
    """A condition that cannot be decided: exit status 2."""


_INTEGER = re.compile(r"\s*[-+]?\d{1,19}\s*")
_COMPARED: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}
_FILE_PAIRS = frozenset({"-nt", "-ot", "-ef"})
_UNARY = frozenset("-a -b -c -d -e -f -g -h -k -L -n -O -p -r -s -S -t -u -w -x -z".split())


class Condition:
    """Reads the words of one condition."""

    def __init__(self, words: list[str], files: Files, no_integer: Callable[[str], str], dash: bool = False) -> None:
        self.words, self.files, self.no_integer, self.dash = words, files, no_integer, dash

    def holds(self) -> bool:
        """By the number of words, as POSIX has it; raises ConditionFault."""
        return self._counted(self.words)

    def _counted(self, words: list[str]) -> bool:
        match words:
            case []:
                return False
            case [one]:
                return one != ""
            case ["!", *rest] if len(words) <= 4 and not (len(words) == 3 and self._binary(words[1])):
                return not self._counted(rest)
            case [operator, operand]:
                if operator not in _UNARY:
                    raise ConditionFault(
                        f"{operator}: {'unexpected operator' if self.dash else 'unary operator expected'}"
                    )
                return self._unary(operator, operand)
            case [left, operator, right] if self._binary(operator):
                return self._pair(left, operator, right)
            case ["(", one, ")"]:
                return one != ""
            case [_, ("-a" | "-o") as operator, _]:
                return self._joined(words, operator)
            case [first, operator, _]:
                raise ConditionFault(
                    f"{first}: unexpected operator" if self.dash else f"{operator}: binary operator expected"
                )
            case ["(", *inner, ")"] if len(words) == 4:
                return self._counted(inner)
        return self._long(words)

    def _binary(self, word: str) -> bool:
        return word in _COMPARED or word in _TEXTS or word in _FILE_PAIRS

    def _joined(self, words: list[str], operator: str) -> bool:
        at = words.index(operator)
        left, right = self._counted(words[:at]), self._counted(words[at + 1 :])
        return (left and right) if operator == "-a" else (left or right)

    def _long(self, words: list[str]) -> bool:
        for operator in ("-o", "-a"):
            if operator in words[1:-1]:
                at = words.index(operator, 1)
                if at < len(words) - 1:
                    left, right = self._counted(words[:at]), self._counted(words[at + 1 :])
                    return (left and right) if operator == "-a" else (left or right)
        if words[0] == "!":
            return not self._counted(words[1:])
        raise ConditionFault("too many arguments")

    def _pair(self, left: str, operator: str, right: str) -> bool:
        if operator in _TEXTS:
            return _TEXTS[operator](left, right)
        if operator in _COMPARED:
            for word in (left, right):
                if not _INTEGER.fullmatch(word):
                    raise ConditionFault("\0" + self.no_integer(word))
            return _COMPARED[operator](int(left), int(right))
        one, other = self.files.find(left), self.files.find(right)
        if operator == "-ef":
            return one is not None and one is other
        if operator == "-ot":
            one, other = other, one
        return one is not None and (other is None or _time(one) > _time(other))

    def _unary(self, operator: str, operand: str) -> bool:
        if operator == "-n":
            return operand != ""
        if operator == "-z":
            return operand == ""
        if operator == "-t":
            return False
        if operator in ("-h", "-L"):
            return isinstance(self.files.find(operand, follow=False), Link)
        node = self.files.find(operand)
        if node is None or isinstance(node, Link):
            return False
        return self._of_node(operator, node)

    def _of_node(self, operator: str, node: File | Dir) -> bool:
        user = self.files.host.user
        match operator:
            case "-e" | "-a":
                return True
            case "-f":
                return isinstance(node, File)
            case "-d":
                return isinstance(node, Dir)
            case "-s":
                return isinstance(node, Dir) or node.size > 0
            case "-O":
                return node.owner == user
            case "-r" | "-w":
                return may(node, user, READ if operator == "-r" else WRITE)
            case "-x":
                return may(node, user, SEARCH) and bool(node.mode & 0o111)
            case _:
                return False


def _time(node: Node) -> float:
    return node.mtime


def judge(name: str, words: list[str], files: Files, no_integer: Callable[[str], str], missing: str) -> tuple[int, str]:
    """Exit status and message of `test` or `[`."""
    if name == "[":
        if not words or words[-1] != "]":
            return 2, f"[: {missing}"
        words = words[:-1]
    try:
        return int(not Condition(words, files, no_integer, missing.endswith(" ]")).holds()), ""
    except ConditionFault as fault:
        text = str(fault)
        return 2, text[1:] if text.startswith("\0") else f"{name}: {text}"
    except RecursionError:
        return 2, f"{name}: too many arguments"
