"""From words to arguments: variables, command substitution, field splitting, patterns, quotes taken off."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from host.effort import COPIED, READ, WORD, spend
from host.shell import globs
from host.shell.arithmetic import ArithmeticFault, evaluate
from host.shell.state import Shell, ShellError
from host.shell.syntax import Arithmetic, Literal, Script, Substitution, Variable, Word

Substitute = Callable[[Script], str]
"""Runs the body of `$(…)` and gives what it printed."""

_BRACE = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])")
_MOST_FIELDS = 20_000
_MAY_BREAK = re.compile(r"[\s*?\[]")


@dataclass(frozen=True, slots=True)
class _Run:
    """Some characters of a field: quoted ones mean only themselves; `split` may fall apart at blanks."""

    text: str
    quoted: bool = False
    split: bool = False


_ALL_ARGUMENTS = ((Literal("", True), Variable("@", quoted=True)), (Variable("@", quoted=True),))
"""`"$@"`: no field at all when there are no arguments."""
_BREAK = _Run("\0break")
_Field = list[_Run]


class Expander:
    """Expands words for one shell."""

    def __init__(self, shell: Shell, substitute: Substitute) -> None:
        self.shell, self.substitute = shell, substitute

    def fields(self, words: tuple[Word, ...]) -> list[str]:
        """Words as arguments."""
        out: list[str] = []
        for word in words:
            if len(word) == 1 and isinstance(word[0], Literal) and (word[0].quoted or _is_plain(word[0].text)):
                out.append(word[0].text)
                continue
            if (value := self._unbroken(word)) is not None:
                out.append(value)
                continue
            if word in _ALL_ARGUMENTS and not self.shell.args:
                continue
            for alternative in self._braced(word):
                if len(alternative) == 1 and isinstance(alternative[0], Literal) and _is_plain(alternative[0].text):
                    out.append(alternative[0].text)
                    continue
                for field in _split(self._runs(alternative, True), self.shell.get("IFS") or ""):
                    out += self._globbed(field)
            if len(out) > _MOST_FIELDS:
                raise ShellError("the dojo takes no longer list of arguments\n")
        return out

    def _unbroken(self, word: Word) -> str | None:
        """The value of a lone `$name` or `"$name"` that stays one field as it is; None: it needs a closer look."""
        part = word[0] if len(word) == 1 else None
        if not isinstance(part, Variable) or part.op or part.name in ("@", "*"):
            return None
        value = self.shell.get(part.name)
        if not value or (not part.quoted and ("IFS" in self.shell.variables or _MAY_BREAK.search(value))):
            return None
        return value

    def single(self, word: Word) -> str:
        """A word as one text: no splitting, no patterns (assignments, redirections, `case`)."""
        return "".join(" " if run is _BREAK else run.text for run in self._runs(word, True))

    def pattern(self, word: Word) -> str:
        """A word as a pattern: quoted characters are escaped."""
        return "".join(_escaped(run.text) if run.quoted else run.text for run in self._runs(word, False))

    def regex(self, word: Word) -> str:
        """A word as a regular expression: quoted characters stand for themselves."""
        return "".join(re.escape(run.text) if run.quoted else run.text for run in self._runs(word, False))

    def _braced(self, word: Word) -> list[Word]:
        """`a{b,c}d` and `{1..3}`, as bash has them."""
        if self.shell.voice.name != "bash" or not any(
            isinstance(part, Literal) and not part.quoted and "{" in part.text for part in word
        ):
            return [word]
        choices: list[list[Word]] = []
        for part in word:
            if isinstance(part, Literal) and not part.quoted:
                choices.append([(Literal(text),) if text else () for text in braces(part.text)])
            else:
                choices.append([(part,)])
        spend(WORD * math.prod(map(len, choices)))
        products = itertools.islice(itertools.product(*choices), _MOST_FIELDS)
        return [tuple(part for piece in chosen for part in piece) for chosen in products]

    def _runs(self, word: Word, tilde: bool) -> list[_Run]:
        runs: list[_Run] = []
        for index, part in enumerate(word):
            match part:
                case Literal(text, quoted):
                    if index == 0 and tilde and not quoted and text.startswith("~"):
                        text = self._tilde(text, runs)
                    runs.append(_Run(text, quoted))
                case Variable():
                    runs += self._variable(part)
                case Substitution(body, quoted):
                    runs.append(_Run(self.substitute(body).rstrip("\n"), quoted, not quoted))
                case Arithmetic(text_word, quoted):
                    runs.append(_Run(self._arithmetic(self.single(text_word)), quoted, not quoted))
        return runs

    def _tilde(self, text: str, runs: list[_Run]) -> str:
        user, slash, rest = text.partition("/")
        home = self.shell.get("HOME") or f"/home/{self.shell.user}" if user == "~" else f"/home/{user[1:]}"
        if user == "~root":
            home = "/root"
        runs.append(_Run(home, True))
        return slash + rest

    def _arithmetic(self, text: str) -> str:
        try:
            return str(evaluate(text, lambda name: self.shell.get(name) or "0"))
        except ArithmeticFault as fault:
            raise ShellError(self.shell.say(f"{text}: {fault}")) from None

    def _variable(self, part: Variable) -> list[_Run]:
        shell, quoted = self.shell, part.quoted
        if part.op == "bad":
            word = "Bad substitution" if shell.voice.name != "bash" else f"${{{part.name}}}: bad substitution"
            raise ShellError(shell.say(word), shell.voice.misuse)
        if part.name in ("@", "*"):
            return self._arguments(part)
        value = shell.get(part.name)
        if part.op == "length":
            return [_Run(str(len(value or "")), quoted)]
        if part.op.lstrip(":") in ("-", "+", "=", "?"):
            return self._conditional(part, value)
        if value is None:
            if "nounset" in shell.options:
                unset = "unbound variable" if shell.voice.name == "bash" else "parameter not set"
                raise ShellError(shell.say(f"{part.name}: {unset}"), 127 if shell.voice.name == "bash" else 2)
            value = ""
        if part.op:
            value = _trimmed(value, part.op, self.pattern(part.argument))
        return [_Run(value, quoted, not quoted)]

    def _conditional(self, part: Variable, value: str | None) -> list[_Run]:
        missing = value is None or (part.op.startswith(":") and value == "")
        kind = part.op[-1]
        if kind == "+":
            return [] if missing else self._argument(part)
        if not missing:
            return [_Run(value or "", part.quoted, not part.quoted)]
        if kind == "-":
            return self._argument(part)
        text = self.single(part.argument)
        if kind == "=":
            self.shell.set(part.name, text)
            return [_Run(text, part.quoted, not part.quoted)]
        what = text or ("parameter null or not set" if part.op == ":?" else "parameter not set")
        raise ShellError(self.shell.say(f"{part.name}: {what}"), 127 if self.shell.voice.name == "bash" else 2)

    def _argument(self, part: Variable) -> list[_Run]:
        runs = self._runs(part.argument, True)
        if part.quoted:
            return [_Run(run.text, True) for run in runs] or [_Run("", True)]
        return [_Run(run.text, run.quoted, not run.quoted) for run in runs]

    def _arguments(self, part: Variable) -> list[_Run]:
        values = self.shell.args
        if part.op == "length":
            return [_Run(str(len(values)))]
        if part.quoted and part.name == "*":
            return [_Run(" ".join(values), True)]
        runs: list[_Run] = []
        for index, value in enumerate(values):
            if index:
                runs.append(_BREAK)
            runs.append(_Run(value, part.quoted, not part.quoted))
        return runs

    def _globbed(self, field: _Field) -> list[str]:
        text = "".join(run.text for run in field)
        if text == "[" or not any(not run.quoted and globs.MAGIC.search(run.text) for run in field):
            return [text]
        pattern = "".join(_escaped(run.text) if run.quoted else run.text for run in field)
        found = globs.expand(self.shell.files(), pattern)
        spend(WORD * len(found))
        return found or [text]


def _is_plain(text: str) -> bool:
    return text == "[" or (not globs.MAGIC.search(text) and "{" not in text and not text.startswith("~"))


def _escaped(text: str) -> str:
    return re.sub(r"([*?\[\]\\!^-])", r"\\\1", text)


def _trimmed(value: str, op: str, pattern: str) -> str:
    """Without the shortest (#, %) or the longest (##, %%) beginning or end that fits."""
    front = op[0] == "#"
    ends = range(len(value) + 1)
    for at in ends if op in ("#", "%%") else reversed(ends):
        piece = value[:at] if front else value[at:]
        spend(WORD + len(piece) // COPIED)
        if globs.matches(pattern, piece):
            return value[at:] if front else value[:at]
    return value


def _split(runs: list[_Run], ifs: str) -> list[_Field]:
    """Runs as fields: at blanks in the ones that came from expansions."""
    fields: list[_Field] = []
    current: _Field | None = None
    for run in runs:
        if run is _BREAK:
            fields.append(current or [])
            current = None
        elif not run.split:
            if run.text or run.quoted:
                current = [*(current or []), run]
        else:
            pieces = _pieces(run.text, ifs)
            spend(WORD * len(pieces) + 2 * len(run.text) // READ)
            for index, piece in enumerate(pieces):
                if index and current is not None:
                    fields.append(current)
                    current = None
                if piece is not None:
                    current = [*(current or []), _Run(piece)]
    if current is not None:
        fields.append(current)
    return fields


def _pieces(text: str, ifs: str) -> list[str | None]:
    """What lies between separators; None: nothing (a blank at the edge); '' an empty field between two commas."""
    if not ifs:
        return [text] if text else []
    blanks = "".join(char for char in ifs if char in " \t\n")
    others = "".join(char for char in ifs if char not in " \t\n")
    if not others:
        if all(blank not in text for blank in blanks):  # told a hundred times as fast as by the expression
            return [text] if text else []
        pieces = re.split(f"[{re.escape(blanks)}]+", text)
        return [piece or None for piece in pieces] if text else []
    blank = f"[{re.escape(blanks)}]" if blanks else "(?!)"
    text_pieces = re.split(f"{blank}*[{re.escape(others)}]{blank}*|{blank}+", text)
    if text_pieces and text_pieces[-1] == "":
        text_pieces[-1:] = []
        return [*text_pieces, None]
    return list(text_pieces)


def braces(text: str) -> list[str]:
    """Brace expansion of unquoted text."""
    match = _BRACE.search(text)
    while match and "," not in match[1] and not _RANGE.fullmatch(match[1]):
        match = _BRACE.search(text, match.end())
    if match is None:
        return [text]
    spend(WORD)
    before, after = text[: match.start()], text[match.end() :]
    span = _RANGE.fullmatch(match[1])
    inner = _span(span[1], span[2]) if span else match[1].split(",")
    if inner is None:
        return [text]
    found: list[str] = []
    for piece in inner:
        found += braces(before + piece + after)
        if len(found) > _MOST_FIELDS:
            raise ShellError("the dojo takes no longer list of arguments\n")
    return found


def _span(first: str, last: str) -> list[str] | None:
    if first.isalpha() != last.isalpha():
        return None
    start, stop = (ord(first), ord(last)) if first.isalpha() else (int(first), int(last))
    if abs(stop - start) > _MOST_FIELDS:
        return None
    step = 1 if stop >= start else -1
    numbers = range(start, stop + step, step)
    if first.isalpha():
        return [chr(number) for number in numbers]
    padded = any(re.match(r"-?0\d", end) for end in (first, last))
    width = max(len(first), len(last)) if padded else 0
    return [f"{number:0{width}d}" for number in numbers]
