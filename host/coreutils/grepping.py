"""grep."""

from __future__ import annotations

import re

from host import tree
from host.backtracking import runs_away
from host.call import Call, Done
from host.content import Content, Payload, text_of
from host.coreutils.base import Tool, lines_of
from host.coreutils.patterns import PatternFault, compiled
from host.shell.globs import matches
from host.tree import Dir, PathError

_SPEC = (
    "c,count v,invert-match i,ignore-case y E,extended-regexp F,fixed-strings G,basic-regexp P,perl-regexp"
    " q,quiet,silent n,line-number o,only-matching l,files-with-matches L,files-without-match r,recursive R,dereference-recursive"  # noqa: E501
    " h,no-filename H,with-filename w,word-regexp x,line-regexp m,max-count= s,no-messages e,regexp= f,file="
    " A,after-context= B,before-context= C,context= a,text b Z z U I color? colour? include= exclude= exclude-dir= line-buffered"  # noqa: E501
)


def main(call: Call) -> Done:
    """Print lines that match."""
    tool = Tool(call, trouble=2)
    spec = _SPEC
    if not tool.read(spec):
        return _usage(tool)
    tool.name = "grep"
    patterns = [value for name, value in tool.given if name == "e"]
    for name, value in tool.given:
        if name == "f":
            content = tool.content(value)
            if content is None:
                return tool.done()
            patterns += lines_of(text_of(content))
    if not patterns and not tool.has("f"):
        if not tool.operands:
            tool.err("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n")
            tool.status = 2
            return tool.done()
        patterns = [tool.operands.pop(0)]
    try:
        search = _Search(tool, "\n".join(patterns), call.name)
    except PatternFault as fault:
        tool.fail(str(fault))
        return tool.done()
    return search.run()


def _usage(tool: Tool) -> Done:
    done = tool.done()
    if done.exit == 0:
        return done
    usage = "Usage: grep [OPTION]... PATTERNS [FILE]...\n"
    first, _, rest = done.stderr.partition("\n")
    return Done(done.host, 2, "", f"{first}\n{usage}{rest}")


class _Search:
    def __init__(self, tool: Tool, pattern: str, name: str) -> None:
        self.tool = tool
        kind = tool.last("E", "F", "G", "P") or {"egrep": "E", "fgrep": "F"}.get(name, "G")
        ignore = tool.has("i", "y")
        if kind == "P":
            try:
                self.expression = re.compile(pattern, re.IGNORECASE if ignore else re.NOFLAG)
            except re.error as error:
                raise PatternFault(str(error.msg)) from None
            if runs_away(pattern):
                raise PatternFault("exceeded PCRE's backtracking limit")
        else:
            self.expression = compiled(pattern, kind == "E", kind == "F", ignore)
        if tool.has("x"):
            self.expression = re.compile(f"(?:{self.expression.pattern})\\Z", self.expression.flags)
        elif tool.has("w"):
            self.expression = re.compile(rf"(?<!\w)(?:{self.expression.pattern})(?!\w)", self.expression.flags)
        self.find = self.expression.match if tool.has("x") else self.expression.search
        self.found = False
        self.most = int(tool.value("m")) if tool.value("m").isdecimal() else None
        self.after = self._context("A")
        self.before = self._context("B")
        self.separated = False

    def _context(self, letter: str) -> int:
        value = self.tool.value(letter) or self.tool.value("C")
        return int(value) if value.isdecimal() else 0

    def run(self) -> Done:
        """Every file."""
        tool = self.tool
        recursive = tool.has("r", "R")
        operands = tool.operands or (["."] if recursive else ["-"])
        named = (len(operands) > 1 or (recursive and tool.files.is_dir(operands[0])) or tool.has("H")) and not tool.has(
            "h"
        )
        for path in operands:
            for found, content in self._contents(path, recursive, bool(tool.operands)):
                self._file(found, content, named)
                if tool.has("q") and self.found:
                    tool.status = 0
                    return tool.done()
        if not self.found and tool.status == 0:
            tool.status = 1
        return tool.done()

    def _contents(self, path: str, recursive: bool, given: bool) -> list[tuple[str, Content]]:
        tool = self.tool
        if path == "-":
            return [("(standard input)", tool.stdin())]
        node = tool.files.find(path)
        if isinstance(node, Dir):
            if not recursive:
                tool.err("" if tool.has("s") else f"grep: {path}: {tree.IS_A_DIR}\n")
                tool.status = 2
                return [(path, "")] if tool.has("c", "L") else []
            found: list[tuple[str, Content]] = []
            for below, child in tree.walk(node, path.rstrip("/")):
                name = below.rpartition("/")[2]
                if isinstance(child, tree.File) and self._wanted(name):
                    found.append((below if given else below.removeprefix("./"), child.content))
            return found
        try:
            return [(path, tool.files.read(path))]
        except PathError as error:
            tool.status = 2
            tool.err("" if tool.has("s") else f"grep: {path}: {error.reason}\n")
            return []

    def _wanted(self, name: str) -> bool:
        included = [value for key, value in self.tool.given if key == "include"]
        left_out = [value for key, value in self.tool.given if key == "exclude"]
        if included and not any(matches(pattern, name) for pattern in included):
            return False
        return not any(matches(pattern, name) for pattern in left_out)

    def _file(self, path: str, content: Content, named: bool) -> None:
        tool = self.tool
        binary = isinstance(content, Payload) and not tool.has("a")
        hits = 0
        shown: list[str] = []
        lines = lines_of(text_of(content))
        last = -1
        for number, line in enumerate(lines):
            if self.most is not None and hits >= self.most:
                break
            if bool(self.find(line)) == tool.has("v"):
                continue
            hits += 1
            last = self._context_lines(shown, path, lines, number, last, named)
        self.found = self.found or hits > 0
        if tool.has("q"):
            return
        if tool.has("l", "L"):
            if (hits > 0) == (tool.last("l", "L") == "l"):
                tool.out(f"{path}\n")
            self.found = self.found if tool.has("l") else self.found or hits == 0
        elif tool.has("c"):
            tool.out(f"{path}:{hits}\n" if named else f"{hits}\n")
        elif binary and hits:
            tool.out(f"grep: {path}: binary file matches\n")
        else:
            tool.out("".join(shown))

    def _context_lines(self, shown: list[str], path: str, lines: list[str], number: int, last: int, named: bool) -> int:
        """A hit with the lines around it; gives the number of the last line shown."""
        if not (self.after or self.before):
            self._line(shown, path, number, lines[number], ":", named)
            return number
        while shown and last > number - 1:  # the hit was shown as context: show it again as a hit
            shown.pop()
            last -= 1
        start = max(last + 1, number - self.before)
        if self.separated and start > last + 1:
            shown.append("--\n")
        self.separated = True
        for at in range(start, min(number + self.after + 1, len(lines))):
            self._line(shown, path, at, lines[at], ":" if at == number else "-", named)
        return min(number + self.after, len(lines) - 1)

    def _line(self, shown: list[str], path: str, number: int, line: str, mark: str, named: bool) -> None:
        tool = self.tool
        head = f"{path}{mark}" if named else ""
        head += f"{number + 1}{mark}" if tool.has("n") else ""
        if not tool.has("o"):
            shown.append(f"{head}{line}\n")
        elif not tool.has("v") and mark == ":":
            shown += [f"{head}{hit.group()}\n" for hit in self.expression.finditer(line) if hit.group()]
