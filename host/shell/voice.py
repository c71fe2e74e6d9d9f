"""What a shell says itself: bash for a learner, dash where a server or `sh -c` calls it."""

from __future__ import annotations

from dataclasses import dataclass

from host import tree
from host.shell.syntax import SyntaxFault

_DASH_OUT = {tree.NO_ENTRY: "Directory nonexistent"}
_DASH_IN = {tree.NO_ENTRY: "No such file"}


@dataclass(frozen=True, slots=True)
class Voice:
    """How a shell names itself and a place; this one is bash."""

    name: str = "bash"
    numbered: bool = True
    """Whether it says the line (a script, -c) or not (a terminal)."""
    misuse: int = 1
    """Exit status of a redirection or builtin that failed."""

    def at(self, line: int) -> str:
        """The beginning of a message."""
        return f"{self.name}: line {line}: " if self.numbered else f"{self.name}: "

    def not_found(self, line: int, command: str) -> str:
        """A command that is nowhere."""
        return f"{self.at(line)}{command}: command not found\n"

    def cannot_run(self, line: int, command: str, reason: str) -> str:
        """A path that cannot be executed."""
        return f"{self.at(line)}{command}: {reason}\n"

    def cannot_open(self, line: int, path: str, reason: str, output: bool) -> str:  # noqa: ARG002
        """A redirection that failed."""
        return f"{self.at(line)}{path}: {reason}\n"

    def syntax(self, fault: SyntaxFault, text: str) -> str:
        """A line that cannot be read."""
        where = f"{self.name}: -c: line {fault.line}: " if self.numbered else f"{self.name}: "
        if fault.looking_for:
            return f"{where}unexpected EOF while looking for matching `{fault.looking_for}'\n"
        if fault.before:
            return f"{where}{fault.before}\n" if fault.before.strip() else ""
        if not fault.token:
            return f"{where}syntax error: unexpected end of file\n"
        says = f"{where}syntax error near unexpected token `{fault.token}'\n"
        if not self.numbered:
            return says
        lines = text.split("\n")
        return says + f"{where}`{lines[min(fault.line, len(lines)) - 1]}'\n"

    def cd(self, path: str, reason: str) -> str:
        """What `cd` says."""
        return f"cd: {path}: {reason}"

    def bad_name(self, builtin: str, name: str) -> str:
        """What `export` and `read` say about a name."""
        return f"{builtin}: `{name}': not a valid identifier"

    def no_integer(self, builtin: str, word: str) -> str:
        """A word that should be a number."""
        return f"{builtin}: {word}: integer expression expected"

    def not_numeric(self, builtin: str, word: str) -> str:
        """An exit status that is none."""
        return f"{builtin}: {word}: numeric argument required"


@dataclass(frozen=True, slots=True)
class Dash(Voice):
    """/bin/sh of Debian."""

    name: str = "sh"
    misuse: int = 2

    def at(self, line: int) -> str:
        return f"{self.name}: {line}: "

    def not_found(self, line: int, command: str) -> str:
        return f"{self.at(line)}{command}: not found\n"

    def cannot_run(self, line: int, command: str, reason: str) -> str:
        says = {tree.NO_ENTRY: "not found", tree.IS_A_DIR: tree.DENIED}.get(reason, reason)
        return f"{self.at(line)}{command}: {says}\n"

    def cannot_open(self, line: int, path: str, reason: str, output: bool) -> str:
        if output:
            return f"{self.at(line)}cannot create {path}: {_DASH_OUT.get(reason, reason)}\n"
        return f"{self.at(line)}cannot open {path}: {_DASH_IN.get(reason, reason)}\n"

    def syntax(self, fault: SyntaxFault, text: str) -> str:
        if fault.looking_for == "`":
            says = "EOF in backquote substitution"
        elif fault.looking_for == "}":
            says = "Missing '}'"
        elif fault.looking_for == ")":
            says = 'end of file unexpected (expecting ")")'
        elif fault.looking_for:
            says = "Unterminated quoted string"
        elif not fault.token:
            says = "end of file unexpected"
        else:
            says = ("newline" if fault.token == "newline" else f'"{fault.token}"') + " unexpected"  # noqa: S105
        return f"{self.at(min(fault.line, text.count(chr(10)) + 1))}Syntax error: {says}\n"

    def cd(self, path: str, reason: str) -> str:  # noqa: ARG002
        return f"cd: can't cd to {path}"

    def bad_name(self, builtin: str, name: str) -> str:
        return f"{builtin}: {name.partition('=')[0]}: bad variable name"

    def no_integer(self, builtin: str, word: str) -> str:
        return f"{builtin}: Illegal number: {word}"

    def not_numeric(self, builtin: str, word: str) -> str:
        return f"{builtin}: Illegal number: {word}"


@dataclass(frozen=True, slots=True)
class Direct(Voice):
    """No shell at all: somebody starts one program and says himself that there is none of that name."""

    def at(self, line: int) -> str:  # noqa: ARG002
        return ""


BASH = Voice()
"""`bash -c`, and what `waldojo exec` says."""
TERMINAL = Voice(numbered=False)
"""bash with somebody in front of it."""
DIRECT = Direct()
"""What the recordings of a plain command line show."""
SH = Dash()
"""`sh -c`: system(), which runs archive_command and its like."""
