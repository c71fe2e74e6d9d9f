"""The script of sed, read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from host.coreutils.patterns import PatternFault, compiled

Address = int | str | tuple[int, int] | re.Pattern[str]
"""A line number, '$' for the last line, first~step, or a pattern."""


class SedFault(Exception):
    """`sed: -e expression #1, char N: …`"""

    def __init__(self, place: int, says: str) -> None:
        super().__init__(says)
        self.place, self.says = place, says


@dataclass(frozen=True, slots=True)
class Instruction:
    """One command with its addresses."""

    name: str
    first: Address | None = None
    second: Address | None = None
    inverted: bool = False
    expression: re.Pattern[str] | None = None
    replacement: str = ""
    flags: str = ""
    text: str = ""
    index: int = 0
    block: int = 0
    """For `{`: the place behind its `}`."""


class ScriptReader:
    """Reads one script."""

    def __init__(self, text: str, extended: bool) -> None:
        self.text, self.extended, self.at = text, extended, 0
        self.found: list[Instruction] = []
        self.open: list[int] = []

    def read(self) -> list[Instruction]:
        """Every instruction; raises SedFault."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\n;":
                self.at += 1
            if self.at >= len(self.text):
                break
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
                continue
            self._one()
        if self.open:
            raise SedFault(0, "unmatched `{'")
        return self.found

    def _fault(self, says: str) -> SedFault:
        return SedFault(self.at, says)

    def _one(self) -> None:
        first, second = self._address(), None
        self._blanks()
        if first is not None and self._peek() == ",":
            self.at += 1
            self._blanks()
            second = self._address()
            if second is None and (more := re.compile(r"\+(\d{1,9})").match(self.text, self.at)):
                self.at = more.end()
                second = f"+{more[1]}"
            if second is None:
                self.at += 1
                raise self._fault("unexpected `,'")
        self._blanks()
        inverted = self._peek() == "!"
        while self._peek() in ("!", " "):
            self.at += 1
        name = self._peek()
        self.at += 1
        if not name:
            self.at -= 1
            raise self._fault("missing command")
        made = Instruction(name, first, second, inverted, index=len(self.found))
        self._command(made)

    def _command(self, made: Instruction) -> None:
        name = made.name
        if name == "s":
            self.found.append(self._substitute(made))
        elif name == "y":
            mark, one, other = self._parts()
            if len(one) != len(other):
                raise self._fault("strings for `y' command are different lengths")
            self.found.append(_with(made, replacement=other, text=one, flags=mark))
            self._end()
        elif name in "aic":
            self.found.append(_with(made, text=self._lines()))
        elif name == "{":
            self.open.append(len(self.found))
            self.found.append(made)
        elif name == "}":
            if not self.open:
                raise self._fault("unexpected `}'")
            start = self.open.pop()
            self.found[start] = _with(self.found[start], block=len(self.found))
            self._end()
        elif name in "rw":
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            self.found.append(_with(made, text=self.text[self.at : end].strip()))
            self.at = end
        elif name in "dDpPqQ=nNgGhHxl":
            digits = re.compile(r"\s*\d*").match(self.text, self.at) if name in "qQ" else None
            if digits:
                self.at = digits.end()
            self.found.append(_with(made, flags=digits.group().strip() if digits else ""))
            self._end()
        else:
            raise self._fault(f"unknown command: `{name}'")

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _blanks(self) -> None:
        while self._peek() in (" ", "\t"):
            self.at += 1

    def _end(self) -> None:
        self._blanks()
        if self._peek() not in ("", ";", "\n", "}", "#"):
            self.at += 1
            raise self._fault("extra characters after command")

    def _address(self) -> Address | None:
        char = self._peek()
        number = re.compile(r"\d+").match(self.text, self.at)
        if number:
            self.at = number.end()
            step = re.compile(r"~(\d{1,9})").match(self.text, self.at)
            if step:
                self.at = step.end()
                return int(number.group()[:9]), int(step[1])
            return int(number.group()[:9])
        if char == "$":
            self.at += 1
            return "$"
        if char == "/" or (char == "\\" and self.at + 1 < len(self.text)):
            mark = "/" if char == "/" else self.text[self.at + 1]
            self.at += 1 if char == "/" else 2
            pattern = self._until(mark, "unterminated address regex")
            ignore = self._peek() == "I"
            self.at += ignore
            return self._pattern(pattern, ignore)
        return None

    def _until(self, mark: str, says: str, pattern: bool = False) -> str:
        """Up to a mark; in a pattern the mark may stand in brackets."""
        out: list[str] = []
        bracket = False
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\" and self.at + 1 < len(self.text):
                follows = self.text[self.at + 1]
                out.append(follows if follows == mark and mark not in "()|+?{}.*[]^$" else char + follows)
                self.at += 2
                continue
            self.at += 1
            if char == mark and not bracket:
                return "".join(out)
            if pattern and char == ("]" if bracket else "["):
                bracket = not bracket and "]" in self.text[self.at :]
            out.append(char)
        raise self._fault(says)

    def _pattern(self, text: str, ignore: bool) -> re.Pattern[str]:
        try:
            return compiled(text, self.extended, False, ignore)
        except PatternFault as fault:
            raise self._fault(str(fault)) from None

    def _parts(self) -> tuple[str, str, str]:
        mark = self._peek()
        self.at += 1
        name = self.text[self.at - 2 : self.at - 1]
        says = f"unterminated `{name}' command"
        if not mark or mark in "\n\\":
            self.at -= not mark
            raise self._fault(says)
        return mark, self._until(mark, says, name == "s"), self._until(mark, says)

    def _substitute(self, made: Instruction) -> Instruction:
        _, pattern, replacement = self._parts()
        flags = re.compile(r"[gpiIe0-9]*").match(self.text, self.at)
        text = flags.group() if flags else ""
        self.at += len(text)
        for letter in "gp":
            if text.count(letter) > 1:
                raise self._fault(f"multiple `{letter}' options to `s' command")
        self._blanks()
        if self._peek() not in ("", ";", "\n", "}", "#"):
            self.at += 1
            raise self._fault("unknown option to `s'")
        expression = self._pattern(pattern, "i" in text.lower())
        biggest = max((int(digit) for digit in re.findall(r"\\([1-9])", replacement.replace("\\\\", ""))), default=0)
        if biggest > expression.groups:
            raise self._fault(f"invalid reference \\{biggest} on `s' command's RHS")
        return _with(made, expression=expression, replacement=replacement, flags=text)

    def _lines(self) -> str:
        r"""The text of a, i and c: one line, or several with `\\` at their ends."""
        self._blanks()
        if self.text.startswith("\\\n", self.at):
            self.at += 2
        elif self._peek() == "\\":
            self.at += 1
            self._blanks()
        if self.at >= len(self.text):
            raise self._fault("expected \\ after `a', `c' or `i'")
        out: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != "\n":
            if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
                self.at += 1
            out.append(self.text[self.at])
            self.at += 1
        return "".join(out) + "\n"


def _with(made: Instruction, **changes: object) -> Instruction:
    from dataclasses import replace

    return replace(made, **changes)  # type: ignore[arg-type]
