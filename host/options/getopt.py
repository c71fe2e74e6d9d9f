"""getopt_long of the GNU C library: operands anywhere, clustered letters, abbreviated long names, and its messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from host.options.table import Option, Table


@dataclass(slots=True)
class _Scan:
    """One reading of a command line, argument by argument."""

    program: str
    table: Table
    todo: list[str]
    given: list[tuple[str, str | None]] = field(default_factory=list)
    operands: list[str] = field(default_factory=list)
    fault: str | None = None

    def run(self) -> None:
        """Read until the end or the first fault: the tools stop at the first '?' that getopt returns."""
        while self.todo and self.fault is None:
            word = self.todo.pop(0)
            if word == "--":
                self.operands += self.todo
                return
            if word.startswith("--") and not self.table.no_long:
                self._long(word[2:])
            elif word.startswith("-") and word != "-":
                self._cluster(word[1:])
            else:
                self.operands.append(word)

    def _take(self, option: Option, value: str | None) -> None:
        if option.refused or (option.name in ("help", "version") and not self.table.own_help):
            self.fault = ""  # the tool's own default case: its hint, with nothing before it
        else:
            self.given.append((option.name, value))

    def _cluster(self, letters: str) -> None:
        if letters == "?" and self.table.own_help:
            self.given.append(("help", None))
            return
        while letters and self.fault is None:
            letter, letters = letters[0], letters[1:]
            option = next((one for one in self.table.options if one.short == letter), None)
            if letter == "?" and self.table.own_help:
                self.fault = ""
            elif option is None:
                first_byte = letter.encode("utf-8", "surrogateescape")[:1].decode("utf-8", "surrogateescape")
                self.fault = f"{self.program}: invalid option -- '{first_byte}'\n"
            elif not option.short_arg:
                self._take(option, None)
            elif letters or self.todo:
                self._take(option, letters or self.todo.pop(0))
                return
            else:
                self.fault = f"{self.program}: option requires an argument -- '{letter}'\n"

    def _long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        matches = self._matches(name)
        if not matches:
            self.fault = f"{self.program}: unrecognized option '--{word}'\n"
        elif len(matches) > 1:
            possible = "".join(f" '--{one.long}'" for one in matches)
            self.fault = f"{self.program}: option '--{word}' is ambiguous; possibilities:{possible}\n"
        else:
            self._argument(matches[0], value if equals else None)

    def _argument(self, option: Option, value: str | None) -> None:
        if option.arg == "none" and value is not None:
            self.fault = f"{self.program}: option '--{option.long}' doesn't allow an argument\n"
        elif option.arg != "required" or value is not None:
            self._take(option, value)
        elif self.todo:
            self._take(option, self.todo.pop(0))
        else:
            self.fault = f"{self.program}: option '--{option.long}' requires an argument\n"

    def _matches(self, name: str) -> list[Option]:
        """The option of that name, or those that it abbreviates: spellings of one and the same are no ambiguity."""
        listed = [option for option in self.table.options if option.long and option.listed]
        for option in listed:
            if option.long == name:
                return [option]
        found = [option for option in listed if option.long.startswith(name)]
        return found[:1] + [one for one in found[1:] if (one.name, one.arg) != (found[0].name, found[0].arg)]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What getopt_long returned until it stopped."""

    given: tuple[tuple[str, str | None], ...]
    operands: tuple[str, ...]
    fault: str | None
    """What it printed before it returned '?': '' for an option that only the tool refuses, None for no fault."""


def scan(program: str, arguments: Sequence[str], table: Table) -> Scanned:
    """Read the arguments after the program's name."""
    reading = _Scan(program, table, list(arguments))
    reading.run()
    return Scanned(tuple(reading.given), tuple(reading.operands), reading.fault)
