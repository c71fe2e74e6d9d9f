"""Regular expressions of POSIX, basic and extended, as Python's."""

from __future__ import annotations

import re
from functools import lru_cache

from host.backtracking import runs_away

_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "xdigit": "0-9A-Fa-f",
    "punct": r"!-/:-@\[-`{-~",
    "print": " -~",
}
_REPEATED = re.compile(r"\((?:\\?.|\[[^\]\\]+\])[*+]\)", re.DOTALL)
"""A group of one repeated character."""
_QUANTIFIER = re.compile(r"\{(\d*)(,?)(\d*)\}")


class PatternFault(Exception):
    """Not a regular expression; the text is regcomp's."""


@lru_cache(maxsize=256)
def compiled(pattern: str, extended: bool = False, fixed: bool = False, ignore_case: bool = False) -> re.Pattern[str]:
    """A pattern of grep or sed; raises PatternFault."""
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    if fixed:
        return re.compile("|".join(re.escape(line) for line in pattern.split("\n")), flags)
    try:
        text = "|".join(_Translation(line, extended).text() for line in pattern.split("\n"))
        if runs_away(text):
            raise PatternFault("Regular expression too big")
        return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError):
        raise PatternFault("Invalid regular expression") from None


class _Translation:
    def __init__(self, pattern: str, extended: bool) -> None:
        self.pattern, self.extended, self.at = pattern, extended, 0
        self.atoms: list[str] = []
        self.starts: list[int] = []
        self.groups = 0
        self.quantified = False

    def text(self) -> str:
        """The whole pattern."""
        while self.at < len(self.pattern):
            self._one()
        if self.starts:
            raise PatternFault("Unmatched ( or \\(")
        return "".join(self.atoms)

    def _one(self) -> None:
        pattern, char = self.pattern, self.pattern[self.at]
        escaped = char == "\\"
        if escaped:
            if self.at + 1 >= len(pattern):
                raise PatternFault("Trailing backslash")
            char = pattern[self.at + 1]
        self.at += 1 + escaped
        special = escaped != self.extended
        if char == "[" and not escaped:
            self._atom(self._bracket())
        elif char == "(" and special:
            self.starts.append(len(self.atoms))
            self.groups += 1
            self.atoms.append("(")
        elif char == ")" and special and (self.starts or escaped):
            self._close()
        elif char == "|" and special:
            self.atoms.append("|")
            self.quantified = False
        elif (char in "+?" and special) or (char == "*" and not escaped):
            self._quantify(char, char)
        elif char == "{" and special:
            self._bounds(escaped)
        elif escaped:
            self._escaped(char)
        elif char in "^$":
            self._anchor(char)
        else:
            self._atom("." if char == "." else re.escape(char))

    def _atom(self, text: str) -> None:
        self.atoms.append(text)
        self.quantified = False

    def _close(self) -> None:
        if not self.starts:
            raise PatternFault("Unmatched ) or \\)")
        start = self.starts.pop()
        whole = "".join(self.atoms[start:]) + ")"
        self.atoms[start:] = [whole]
        self.quantified = False

    def _quantify(self, quantifier: str, literal: str) -> None:
        if not self.atoms or self.atoms[-1] in ("(", "|", "^"):
            if self.extended:
                return
            self._atom(re.escape(literal))
            return
        last = self.atoms.pop()
        if quantifier == "*" and self.atoms and self.atoms[-1] == f"{last}*":
            return  # `.*` after `.*` adds nothing
        if quantifier == "+" and _REPEATED.fullmatch(last):
            self._atom(last)  # nor does a repeat of a repeat
            return
        self.atoms.append((f"(?:{last})" if self.quantified else last) + quantifier)
        self.quantified = True

    def _bounds(self, escaped: bool) -> None:
        start = self.at - 1
        text = self.pattern[start:].replace("\\}", "}", 1) if escaped else self.pattern[start:]
        match = _QUANTIFIER.match(text)
        if match is None or not (match[1] or match[2]):
            if escaped:
                raise PatternFault(
                    "Unmatched \\{" if "\\}" not in self.pattern[start:] else "Invalid content of \\{\\}"
                )
            self._atom(r"\{")
            return
        low, high = int(match[1] or "0"), int(match[3]) if match[3] else None
        if low > 32_767 or (high is not None and (high > 32_767 or high < low)):
            raise PatternFault(
                "Invalid content of \\{\\}" if high is not None and high < low else "Regular expression too big"
            )
        self.at = start + match.end() + escaped
        self._quantify(match.group() if match[1] else "{0," + match[3] + "}", "{")

    def _escaped(self, char: str) -> None:
        known = {"<": r"\b(?=\w)", ">": r"\b(?<=\w)", "b": r"\b", "B": r"\B", "w": r"\w", "W": r"\W", "s": r"\s"}
        known |= {"S": r"\S", "n": "\n", "t": "\t", "`": r"\A", "'": r"\Z"}
        if char.isdecimal() and char != "0":
            if int(char) > self.groups - len(self.starts):
                raise PatternFault("Invalid back reference")
            self._atom(f"(?:\\{char})")
        else:
            self._atom(known.get(char) or re.escape(char))

    def _anchor(self, char: str) -> None:
        if self.extended:
            self.atoms.append(char if char == "^" else "$")
            return
        if char == "^":
            at_start = not self.atoms or self.atoms[-1] in ("(", "|")
            self.atoms.append("^" if at_start else r"\^")
        else:
            rest = self.pattern[self.at :]
            self.atoms.append("$" if rest in ("",) or rest.startswith(("\\)", "\\|")) else r"\$")  # noqa: FURB171
        self.quantified = False

    def _bracket(self) -> str:
        pattern, at = self.pattern, self.at
        negated = pattern[at : at + 1] == "^"
        at += negated
        inner: list[str] = []
        first = True
        while at < len(pattern) and (first or pattern[at] != "]"):
            first = False
            match = re.compile(r"\[:(\w+):\]").match(pattern, at)
            if match:
                if match[1] not in _CLASSES:
                    raise PatternFault("Invalid character class name")
                inner.append(_CLASSES[match[1]])
                at = match.end()
                continue
            char = pattern[at]
            is_range = char == "-" and inner and pattern[at + 1 : at + 2] not in ("]", "")
            inner.append("-" if is_range else re.escape(char) if char != "-" else r"\-")
            at += 1
        if at >= len(pattern):
            raise PatternFault("Unmatched [, [^, [:, [., or [=")
        self.at = at + 1
        return f"[{'^' if negated else ''}{''.join(inner)}]"
