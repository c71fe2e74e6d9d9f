"""What the commands share: options, complaints, quoted names, output."""

from __future__ import annotations

import re
from functools import lru_cache

from host.call import Call, Done
from host.content import Content, joined, text_of
from host.effort import CHANGE, COPIED, ENTRY, LINE, READ, spend
from host.files import Files
from host.options.getopt import scan
from host.options.table import Option, Table
from host.tree import Dir, PathError

_PLAIN = re.compile(r"[^'\x00-\x1f\x7f]*")


def quoted(name: str) -> str:
    r"""A file's name in a message, as quoteaf() has it: 'x', "it's", 'a'$'\n''b'."""
    if _PLAIN.fullmatch(name):
        return f"'{name}'"
    if not re.search(r"[\x00-\x1f\x7f]", name):
        return f'"{name}"' if not re.search(r'["$`\\!]', name) else "'" + name.replace("'", "'\\''") + "'"
    out: list[str] = []
    for piece in re.split(r"([\x00-\x1f\x7f]+)", name):
        if (piece and ord(piece[0]) < 32) or piece == "\x7f":
            out.append("$'" + "".join(_control(char) for char in piece) + "'")
        elif piece or not out:
            out.append("'" + piece.replace("'", "'\\''") + "'")
    return "".join(out)


def quoted_if_needed(name: str) -> str:
    """A file's name at the beginning of a message, as quotef() has it: quotes only where a shell needs them."""
    plain = name and not re.search(r"""[\s!"$&'()*;<=>?\[\\^`|]|^[#~]|^[{}]$""", name)
    return name if plain else quoted(name)


def _control(char: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\a": "\\a", "\f": "\\f", "\v": "\\v"}.get(
        char, f"\\{ord(char):03o}"
    )


@lru_cache(maxsize=128)
def _table(tool: str, spec: str) -> Table:
    """A table from words: `a,all` `o=` `output=` `C,directory=` `color?`."""
    options: list[Option] = []
    for word in spec.split():
        arg = {"=": "required", "?": "optional"}.get(word[-1], "none")
        names = word.rstrip("=?").split(",")
        shorts = [name for name in names if len(name) == 1]
        longs = [name for name in names if len(name) > 1]
        name = names[0] if shorts else longs[0]
        options += [Option(name, "", short, arg) for short in shorts]
        options += [Option(name, long, "", arg) for long in longs]
    return Table(
        tool=tool,
        about="",
        usage=(),
        after="",
        groups=(),
        options=tuple(options),
        plain_hint=True,
        wrong_option_exit=1,
        no_long=False,
        own_help=False,
    )


def enter(node: Dir) -> None:
    """A walk comes into a directory; raises ShellError when the line has walked far enough."""
    spend(CHANGE + ENTRY * len(node.entries))


class Tool:
    """One call of a command: what it was given, the files, and what it says."""

    def __init__(self, call: Call, trouble: int = 1) -> None:
        self.call = call
        self.name = call.name
        self.trouble = trouble
        self.files = Files(call.host)
        self.status = 0
        self.given: list[tuple[str, str]] = []
        self.operands: list[str] = []
        self._out: list[Content] = []
        self._err: list[str] = []
        self._stdin: Content = call.stdin

    def read(self, spec: str, first: bool = False) -> bool:
        """Read the options; False when the call ends here.  `first`: options end at the first operand."""
        arguments = list(self.call.argv[1:])
        tail: list[str] = []
        if first:
            arguments, tail = _head(arguments, spec)
        if "--help" in arguments or "--version" in arguments:
            self.out(_about(self.name, spec, "--version" in arguments))
            return False
        scanned = scan(self.name, arguments, _table(self.name, spec))
        if scanned.fault is not None:
            self.err(scanned.fault)
            self.hint()
            return False
        self.given = [(name, value or "") for name, value in scanned.given]
        self.operands = [*scanned.operands, *tail]
        return True

    def has(self, *names: str) -> bool:
        """Whether one of these options was given."""
        return any(name in names for name, _ in self.given)

    def value(self, name: str, default: str = "") -> str:
        """The last value of an option."""
        return next((value for known, value in reversed(self.given) if known == name), default)

    def last(self, *names: str) -> str:
        """Which of these options was given last."""
        return next((known for known, _ in reversed(self.given) if known in names), "")

    def out(self, content: Content) -> None:
        """Print."""
        if isinstance(content, str):
            spend(len(content) // COPIED)
        self._out.append(content)

    def err(self, text: str) -> None:
        """Print to standard error, as it is."""
        self._err.append(text)

    def fail(self, text: str, status: int | None = None) -> None:
        """Complain with the program's name before it; the exit status is at least that of trouble."""
        spend(LINE)
        self.err(f"{self.name}: {text}\n")
        self.status = max(self.status, self.trouble if status is None else status)

    def hint(self) -> None:
        """Point to --help after wrong usage."""
        self.err(f"Try '{self.name} --help' for more information.\n")
        self.status = max(self.status, self.trouble)

    def misuse(self, text: str) -> Done:
        """A complaint about usage ends the call."""
        self.fail(text)
        self.hint()
        return self.done()

    def done(self) -> Done:
        """The end of the call."""
        return Done(self.files.host, self.status, joined(self._out), "".join(self._err))

    def stdin(self) -> Content:
        """Standard input; only the first reader gets it."""
        content, self._stdin = self._stdin, ""
        return content

    def content(self, path: str, says: str = "{name}: {reason}") -> Content | None:
        """A file's content ('-': standard input); None after a complaint."""
        if path == "-" or path in ("/dev/stdin", "/dev/fd/0"):
            return self.stdin()
        special = device(path)
        if special is not None:
            return special
        try:
            found = self.files.read(path)
            spend(len(found) // READ if isinstance(found, str) else 0)
            return found
        except PathError as error:
            own = self.name in ("sed", "grep", "diff", "cmp")
            name = path if own else quoted_if_needed(path)
            self.fail(says.format(name=name, quoted=quoted(path), reason=error.reason))
            return None

    def texts(self, says: str = "{name}: {reason}") -> list[tuple[str, str]]:
        """The operands (none: standard input) with the text of each."""
        found: list[tuple[str, str]] = []
        for path in self.operands or ["-"]:
            content = self.content(path, says)
            if content is not None:
                found.append((path, text_of(content)))
        return found


def device(path: str) -> Content | None:
    """/dev/null and /dev/zero; None for another path."""
    from host.content import Zeros
    from host.shell.redirect import ENDLESS

    if path == "/dev/null":
        return ""
    return Zeros(ENDLESS) if path in ("/dev/zero", "/dev/urandom", "/dev/random") else None


def _head(arguments: list[str], spec: str) -> tuple[list[str], list[str]]:
    """Arguments up to the first operand, and the rest (for programs that run another one)."""
    takes = {name for word in spec.split() if word.endswith("=") for name in word[:-1].split(",")}
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word == "--":
            return arguments[:at], arguments[at + 1 :]
        if not word.startswith("-") or word == "-":
            break
        if word.startswith("--"):
            at += 2 if "=" not in word and word[2:] in takes else 1
        else:
            letter = next((index for index, char in enumerate(word[1:], 1) if char in takes), None)
            at += 2 if letter == len(word) - 1 else 1
    return arguments[:at], arguments[at:]


def _about(name: str, spec: str, asks_version: bool) -> str:
    if asks_version:
        return f"{name} (GNU coreutils) 9.1, as the dojo has it\n"
    lines = [f"Usage: {name} [OPTION]... [ARGUMENT]...", "The dojo has these of its options:"]
    for option in _table(name, spec).options:
        short = f"-{option.short}" if option.short else "  "
        joint = ", " if option.short and option.long else "  "
        long = f"{joint}--{option.long}" if option.long else ""
        lines.append(f"  {short}{long}{'=VALUE' if option.arg == 'required' else ''}")
    return "\n".join(lines) + "\n"


def lines_of(text: str) -> list[str]:
    """Lines without their ends; the end of the text makes no empty one."""
    spend(LINE * text.count("\n"))
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def number(text: str) -> int | None:
    """A size as head, tail and truncate read it: 10, 2k, 1M, 1kB; None if it is none."""
    match = re.fullmatch(r"(\d{1,18})(?:([kKMGT])(B|iB)?|b)?", text)
    if match is None:
        return None
    if text.endswith("b"):
        return int(match[1]) * 512
    base = 1000 if match[3] == "B" else 1024
    return int(match[1]) * int(base ** ("kmgt".index(match[2].lower()) + 1 if match[2] else 0))


def human(size: int) -> str:
    """A size as -h shows it: 812, 4.0K, 16M, rounded up."""
    if size < 1024:
        return str(size)
    for unit in "KMGT":
        size_tenths = -(-size * 10 // 1024)
        if size_tenths < 100:
            return f"{size_tenths // 10}.{size_tenths % 10}{unit}"
        if -(-size // 1024) < 1024:
            return f"{-(-size // 1024)}{unit}"
        size = -(-size // 1024)
    return f"{size}P"
