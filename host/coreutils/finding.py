"""find."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from host.call import Call, Done
from host.content import joined
from host.coreutils.base import Tool, enter, number, quoted
from host.files import READ, may, size_in
from host.shell import run_argv
from host.shell.globs import matches
from host.tree import DENIED, Dir, Link, Node, PathError

_KINDS = {"f": "File", "d": "Dir", "l": "Link"}


class FindFault(Exception):
    """An expression that find does not take."""


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    node: Node
    depth: int


Test = Callable[[_Found], bool]


def main(call: Call) -> Done:
    """Look for files."""
    return _Search(call).run()


class _Search:
    def __init__(self, call: Call) -> None:
        self.tool = Tool(call)
        self.words = [word for word in call.argv[1:] if word not in ("-H", "-L", "-P")]
        self.least, self.most = 0, 1000
        self.acts = self.pruned = self.depth_first = False
        self.together: dict[int, tuple[list[str], list[str]]] = {}
        self.done = Done(call.host)
        self.printed: list[str] = []
        """What was printed since the last command ended."""

    def run(self) -> Done:
        """Every starting point."""
        tool = self.tool
        starts: list[str] = []
        while self.words and not re.match(r"[-(!,)]", self.words[0]):
            starts.append(self.words.pop(0))
        try:
            test = self._any() if self.words else (lambda _: True)
            if self.words:
                raise FindFault(f"paths must precede expression: `{self.words[0]}'")  # noqa: TRY301
        except FindFault as fault:
            tool.fail(str(fault))
            return tool.done()
        for start in starts or ["."]:
            try:
                node = tool.files.stat(start, follow=start.endswith("/"))
            except PathError as error:
                self._say(f"find: {quoted(start)}: {error.reason}\n")
                continue
            self._walk(_Found(start, node, 0), test)
        for argv, paths in self.together.values():
            if paths:
                self._command([*argv, *paths])
        self._flush()
        return self.done

    def _say(self, text: str) -> None:
        self.done = replace(self.done, exit=1, stderr=self.done.stderr + text)

    def _print(self, text: str) -> bool:
        self.printed.append(text)
        return True

    def _flush(self) -> None:
        text, self.printed = "".join(self.printed), []
        if text:
            self.done = replace(self.done, stdout=joined((self.done.stdout, text)))

    def _walk(self, found: _Found, test: Test) -> None:
        self.pruned = False
        if not self.depth_first:
            self._judge(found, test)
        if isinstance(found.node, Dir) and found.depth < self.most and not self.pruned:
            if not may(found.node, self.tool.call.host.user, READ):
                self._say(f"find: {quoted(found.path)}: {DENIED}\n")
            else:
                enter(found.node)
                for name in sorted(found.node.entries):
                    path = f"{found.path.rstrip('/')}/{name}" if found.path != "/" else f"/{name}"
                    self._walk(_Found(path, found.node.entries[name], found.depth + 1), test)
        if self.depth_first:
            self._judge(found, test)

    def _judge(self, found: _Found, test: Test) -> None:
        if found.depth >= self.least and test(found) and not self.acts:
            self._print(found.path + "\n")

    def _any(self) -> Test:
        left = self._all()
        while self.words[:1] in (["-o"], ["-or"]):
            self.words.pop(0)
            left = _either(left, self._all())
        return left

    def _all(self) -> Test:
        left = self._one()
        while self.words and self.words[0] not in ("-o", "-or", ")"):
            if self.words[0] in ("-a", "-and"):
                self.words.pop(0)
            left = _both(left, self._one())
        return left

    def _one(self) -> Test:
        if not self.words:
            raise FindFault("expected an expression after `-a'")
        word = self.words.pop(0)
        if word in ("!", "-not"):
            inner = self._one()
            return lambda found: not inner(found)
        if word == "(":
            inner = self._any()
            if self.words[:1] != [")"]:
                raise FindFault("invalid expression; I was expecting to find a ')' somewhere but did not see one.")
            self.words.pop(0)
            return inner
        plain = self._without_value(word)
        if plain is not None:
            return plain
        if word in ("-exec", "-execdir", "-ok"):
            return self._exec()
        if word not in _WITH_VALUE:
            if not word.startswith("-"):
                raise FindFault(f"paths must precede expression: `{word}'")
            raise FindFault(f"unknown predicate `{word}'")
        if not self.words:
            raise FindFault(f"missing argument to `{word}'")
        return self._with_value(word, self.words.pop(0))

    def _without_value(self, word: str) -> Test | None:
        match word:
            case "-print" | "-print0":
                self.acts = True
                end = "\n" if word == "-print" else "\0"
                return lambda found: self._print(found.path + end)
            case "-delete":
                self.acts = self.depth_first = True
                return self._delete
            case "-depth" | "-d":
                self.depth_first = True
                return lambda found: True  # noqa: ARG005
            case "-prune":
                return self._prune
            case "-empty":
                return lambda found: not found.node.entries if isinstance(found.node, Dir) else size_in(found.node) == 0
            case "-true" | "-xdev" | "-mount" | "-noleaf":
                return lambda found: True  # noqa: ARG005
            case "-false":
                return lambda found: False  # noqa: ARG005
            case "-ls":
                self.acts = True
                return lambda found: self._print(f"{size_in(found.node):12d} {found.path}\n")
            case _:
                return None

    def _prune(self, found: _Found) -> bool:  # noqa: ARG002
        self.pruned = True
        return True

    def _delete(self, found: _Found) -> bool:
        files = self.tool.files
        files.host = self.done.host
        try:
            node = files.stat(found.path, follow=False)
            if isinstance(node, Dir) and node.entries:
                raise PathError(found.path, "Directory not empty")  # noqa: TRY301
            if found.path not in (".", "./"):
                files.remove(found.path)
        except PathError as error:
            self._say(f"find: cannot delete {quoted(found.path)}: {error.reason}\n")
            return False
        self.done = replace(self.done, host=files.host)
        return True

    def _exec(self) -> Test:
        self.acts = True
        end = next((at for at, word in enumerate(self.words) if word == ";" or (word == "+" and at)), None)
        if end is None or end == 0:
            raise FindFault("missing argument to `-exec'")
        argv, together = self.words[:end], self.words[end] == "+"
        del self.words[: end + 1]
        if together:
            paths: list[str] = []
            self.together[len(self.together)] = ([word for word in argv if word != "{}"], paths)
            return lambda found: _added(paths, found.path)
        return lambda found: self._command([word.replace("{}", found.path) for word in argv])

    def _command(self, argv: list[str]) -> bool:
        self._flush()
        done = run_argv(self.done.host, argv, "", self.tool.call.env)
        if done is None:
            self._say(f"find: {quoted(argv[0])}: No such file or directory\n")
            return False
        self.done = replace(self.done.then(done), exit=self.done.exit)
        return done.exit == 0

    def _with_value(self, word: str, value: str) -> Test:
        match word:
            case "-maxdepth" | "-mindepth":
                if not value.isdecimal():
                    says = f"Expected a positive decimal integer argument to {word}, but got {quoted(value)}"
                    raise FindFault(says)
                if word == "-maxdepth":
                    self.most = int(value[:6])
                else:
                    self.least = int(value[:6])
                return lambda found: True  # noqa: ARG005
            case "-name":
                return lambda found: matches(value, found.path.rstrip("/").rpartition("/")[2] or "/")
            case "-iname":
                return lambda found: matches(value.lower(), found.path.rstrip("/").rpartition("/")[2].lower() or "/")
            case "-path" | "-wholename":
                return lambda found: matches(value, found.path)
            case "-type":
                wanted = {_KINDS.get(letter) for letter in value.split(",")}
                if None in wanted and not set(value) <= set("fdlbcpsD,"):
                    raise FindFault(f"Unknown argument to -type: {value[:1]}")
                return lambda found: type(found.node).__name__ in wanted
            case "-user" | "-group":
                return lambda found: found.node.owner == value
            case "-perm":
                return _permission(value)
            case "-newer":
                other = self.tool.files.find(value)
                if other is None:
                    raise FindFault(f"{quoted(value)}: No such file or directory")
                return lambda found: found.node.mtime > other.mtime
            case "-size":
                return _sized(value)
            case _:
                return self._aged(word, value)

    def _aged(self, word: str, value: str) -> Test:
        match = re.fullmatch(r"([-+]?)(\d{1,9})", value)
        if match is None:
            raise FindFault(f"invalid argument `{value}' to `{word}'")
        unit = 60 if word.endswith("min") else 86_400
        clock, count = self.tool.call.host.clock, int(match[2])

        def test(found: _Found) -> bool:
            age = clock - found.node.mtime
            units = int(age // unit) if unit == 86_400 else -(-age // unit)
            return units > count if match[1] == "+" else units < count if match[1] == "-" else units == count

        return test


_WITH_VALUE = frozenset(
    "-maxdepth -mindepth -name -iname -path -wholename -type -user -group -perm -newer -size -mmin -mtime -amin -cmin"
    " -atime -ctime".split()
)


def _added(paths: list[str], path: str) -> bool:
    paths.append(path)
    return True


def _either(left: Test, right: Test) -> Test:
    return lambda found: left(found) or right(found)


def _both(left: Test, right: Test) -> Test:
    return lambda found: left(found) and right(found)


def _permission(value: str) -> Test:
    match = re.fullmatch(r"([-/]?)([0-7]{1,4})", value)
    if match is None:
        raise FindFault(f"invalid mode {quoted(value)}")
    bits = int(match[2], 8)

    def test(found: _Found) -> bool:
        mode = 0o777 if isinstance(found.node, Link) else found.node.mode
        if match[1] == "-":
            return mode & bits == bits
        return bool(mode & bits) if match[1] == "/" else mode == bits

    return test


def _sized(value: str) -> Test:
    match = re.fullmatch(r"([-+]?)(\d{1,12})([ckMGbw]?)", value)
    if match is None:
        raise FindFault(f"Invalid argument `{value}' to -size")
    unit = {"c": 1, "w": 2, "k": 1024, "M": 1 << 20, "G": 1 << 30}.get(match[3], 512)
    count = number(match[2]) or 0

    def test(found: _Found) -> bool:
        units = -(-size_in(found.node) // unit)
        return units > count if match[1] == "+" else units < count if match[1] == "-" else units == count

    return test
