"""What a command line says, read: words and commands as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it stands there; quoted text is neither split nor a pattern."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`, or `${name op argument}`; `op` 'length' is `${#name}`."""

    name: str
    op: str = ""
    argument: Word = ()
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$( … )` or backticks."""

    body: Script
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$(( … ))`."""

    text: Word
    quoted: bool = False


Part = Literal | Variable | Substitution | Arithmetic
Word = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """`fd op target`; a here-document has op '<<' and its text as target."""

    fd: int
    op: str
    target: Word


@dataclass(frozen=True, slots=True)
class Assign:
    """`name=value` before a command, or alone."""

    name: str
    value: Word
    append: bool = False


@dataclass(frozen=True, slots=True)
class Simple:
    """A command with its words."""

    assigns: tuple[Assign, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    line: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """`{ …; }`, or `( … )` when it is a subshell."""

    body: Script
    subshell: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """`if`: conditions with what follows each; `otherwise` may be empty."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    """`for name in words; do body; done`; None for the words: the arguments."""

    name: str
    words: tuple[Word, ...] | None
    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class While:
    """`while` (`until` when `wanted` is False)."""

    condition: Script
    body: Script
    wanted: bool = True
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """`case word in pattern|pattern) body;; esac`."""

    word: Word
    arms: tuple[tuple[tuple[Word, ...], Script], ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class BracketWord:
    """A word of `[[ … ]]` alone: it is not empty."""

    word: Word


@dataclass(frozen=True, slots=True)
class BracketTest:
    """`left operator right`, or without a left side `operator right`."""

    operator: str
    left: Word | None
    right: Word


@dataclass(frozen=True, slots=True)
class BracketJoin:
    """`!` with one part, `&&` or `||` with two."""

    operator: str
    parts: tuple[Bracket, ...]


Bracket = BracketWord | BracketTest | BracketJoin


@dataclass(frozen=True, slots=True)
class Double:
    """`[[ … ]]`."""

    test: Bracket
    redirects: tuple[Redirect, ...] = ()
    line: int = 1


Command = Simple | Group | If | For | While | Case | Double


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands with `|` between; `timed` is the word `time` before."""

    commands: tuple[Command, ...]
    inverted: bool = False
    timed: bool = False


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines with `&&` and `||` between; `text` is the source, `background` the `&` behind."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()
    background: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """Lists one after the other."""

    lists: tuple[AndOr, ...] = ()


class SyntaxFault(Exception):
    """The line cannot be read.  `token`: what stood there ('' at the end); `looking_for`: what is missing.

    `before`: what is wrong within `[[ … ]]`, where it is told alone (' ': not even that).
    """

    def __init__(self, token: str = "", looking_for: str = "", line: int = 1, before: str = "") -> None:
        super().__init__(token or looking_for or "end of file")
        self.token, self.looking_for, self.line, self.before = token, looking_for, line, before

    @property
    def status(self) -> int:
        """What bash 5.2 ends with: a condition that is wrong, but closed, counts as nothing."""
        closed = self.token not in ("", "newline")
        return 0 if self.before and closed else 2
