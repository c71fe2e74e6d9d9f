"""sed."""

from __future__ import annotations

import re

from host.call import Call, Done
from host.content import Damaged, Payload, text_of
from host.coreutils.base import Tool
from host.coreutils.sed_script import Address, Instruction, ScriptReader, SedFault
from host.effort import EDIT, LETTERS, spend
from host.tree import PathError

_SPEC = (
    "n,quiet,silent e,expression= f,file= E,regexp-extended r i,in-place? s,separate u,unbuffered z,null-data"
    " follow-symlinks posix debug"
)
_LONGEST = 4 << 20


def main(call: Call) -> Done:
    """Edit a stream."""
    from dataclasses import replace

    suffix = ""
    words: list[str] = []
    for word in call.argv[1:]:  # the suffix of -i stands behind the letter
        match = re.fullmatch(r"-([nErsuz]*)i(.+)", word)
        if match:
            suffix = match[2]
            word = f"-{match[1]}i"  # noqa: PLW2901
        words.append(word)
    tool = Tool(replace(call, argv=(call.argv[0], *words)))
    if not tool.read(_SPEC):
        if tool.status:
            done = tool.done()
            return replace(done, stderr=done.stderr.split("\n", 1)[0] + "\n" + _USAGE)
        return tool.done()
    scripts = [value for name, value in tool.given if name == "e"]
    if tool.has("f"):
        scripts.append(text_of(tool.content(tool.value("f"), "couldn't open file {name}: {reason}") or ""))
    if not scripts:
        if not tool.operands:
            tool.err(_USAGE)
            tool.status = 1
            return tool.done()
        scripts = [tool.operands.pop(0)]
    try:
        program = ScriptReader("\n".join(scripts), tool.has("E", "r")).read()
    except SedFault as fault:
        tool.fail(f"-e expression #1, char {fault.place}: {fault.says}")
        return tool.done()
    return _Editor(tool, program).run(suffix or tool.value("i"))


_USAGE = "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n"


class _Editor:
    def __init__(self, tool: Tool, program: list[Instruction]) -> None:
        self.tool, self.program = tool, program
        self.quiet = tool.has("n")
        self.hold = ""
        self.ranges: dict[int, int] = {}
        self.quit: int | None = None

    def run(self, suffix: str) -> Done:
        """Every file: as one stream, or each in its place."""
        tool = self.tool
        if not tool.has("i"):
            texts: list[str] = []
            for path in tool.operands or ["-"]:
                if path != "-" and tool.files.is_dir(path):
                    tool.err(f"sed: read error on {path}: Is a directory\n")
                    tool.status = 4
                    break
                content = tool.content(path, "can't read {name}: {reason}")
                if content is None:
                    tool.status = 2
                else:
                    texts.append(text_of(content))
            for part in [[text] for text in texts] if tool.has("s") else [texts]:
                tool.out(self._stream(part))
        for path in tool.operands if tool.has("i") else []:
            self._in_place(path, suffix)
        if self.quit:
            tool.status = self.quit
        return tool.done()

    def _in_place(self, path: str, suffix: str) -> None:
        tool = self.tool
        if tool.files.is_dir(path):
            tool.fail(f"couldn't edit {path}: not a regular file", 4)
            return
        content = tool.content(path, "can't read {name}: {reason}")
        if content is None:
            tool.status = 2
            return
        self.ranges, self.quit = {}, None
        try:
            if suffix:
                tool.files.write(path + suffix if "*" not in suffix else suffix.replace("*", path), content)
            if isinstance(content, Payload):
                tool.files.write(path, Damaged(content, 0, 1) if text_of(content) else content)
            else:
                tool.files.write(path, self._stream([content]))
        except PathError as error:
            tool.fail(f"couldn't open file {path}: {error.reason}", 4)

    def _stream(self, texts: list[str]) -> str:
        out: list[str] = []
        lines: list[str] = []
        for text in texts:
            if lines and text and not lines[-1].endswith("\n"):
                lines[-1] += "\n"
            lines += re.findall(r"[^\n]*\n|[^\n]+", text)
        letters = sum(map(len, lines)) * len(self.program)
        spend(EDIT * len(lines) * (1 + len(self.program)) // 2 + letters // LETTERS)
        at = 0
        length = 0
        while at < len(lines) and length < _LONGEST:
            bare, end = lines[at].removesuffix("\n"), "\n" if lines[at].endswith("\n") else ""
            at, printed = self._line(bare, at, lines, end)
            out += printed
            length += sum(map(len, printed))
            if self.quit is not None:
                break
            at += 1
        return "".join(out)

    def _line(self, space: str, at: int, lines: list[str], end: str) -> tuple[int, list[str]]:
        """One cycle: the lines that it read, and what it printed."""
        out: list[str] = []
        after: list[str] = []
        quiet = self.quiet
        index = 0
        while index < len(self.program):
            one = self.program[index]
            index += 1
            if not self._selected(one, at, len(lines), space):
                index = one.block if one.name == "{" else index
                continue
            match one.name:
                case "d" | "D":
                    return at, [*out, *after]
                case "p" | "P" | "=":
                    shown = {"p": space, "P": space.partition("\n")[0]}
                    out.append(shown.get(one.name, str(at + 1)) + "\n")
                case "s":
                    space, changed = substituted(one, space)
                    if changed and "p" in one.flags:
                        out.append(space + "\n")
                case "y":
                    space = space.translate(str.maketrans(one.text, one.replacement))
                case "a" | "i":
                    (after if one.name == "a" else out).append(one.text)
                case "c":
                    last = one.second is None or one.index not in self.ranges
                    return at, [*out, one.text if last or one.inverted else "", *after]
                case "q" | "Q":
                    self.quit = int(one.flags or "0") % 256
                    quiet = quiet or one.name == "Q"
                    break
                case "n" | "N":
                    if at + 1 >= len(lines):
                        self.quit = 0
                        break
                    if one.name == "n" and not self.quiet:
                        out.append(space + "\n")
                    at += 1
                    follows = lines[at].removesuffix("\n")
                    end = "\n" if lines[at].endswith("\n") else ""
                    space = follows if one.name == "n" else f"{space}\n{follows}"
                case _:  # g, G, h, H, x
                    space, self.hold = _held(one.name, space, self.hold)
        if not quiet:
            out.append(space + (end if not after else "\n"))
        return at, [*out, *after]

    def _selected(self, one: Instruction, at: int, count: int, space: str) -> bool:
        return self._in_addresses(one, at, count, space) != one.inverted

    def _in_addresses(self, one: Instruction, at: int, count: int, space: str) -> bool:
        if one.first is None:
            return True
        if one.second is None:
            return _fits(one.first, at, count, space)
        if one.index in self.ranges:
            if isinstance(one.second, str) and one.second.startswith("+"):
                if at >= self.ranges[one.index] + int(one.second[1:]):
                    del self.ranges[one.index]
                return True
            if isinstance(one.second, int):
                if at + 1 >= one.second:
                    del self.ranges[one.index]
                return at + 1 <= one.second or self.ranges.get(one.index) is not None
            if _fits(one.second, at, count, space):
                del self.ranges[one.index]
            return True
        if not _fits(one.first, at, count, space):
            return False
        if not (isinstance(one.second, int) and one.second <= at + 1) and not (
            one.second in ("$", "+0") and (one.second == "+0" or at + 1 == count)
        ):
            self.ranges[one.index] = at
        return True


def _fits(address: Address, at: int, count: int, space: str) -> bool:
    if isinstance(address, int):
        return at + 1 == address
    if isinstance(address, tuple):
        first, step = address
        return at + 1 == first if step == 0 else at + 1 >= first and (at + 1 - first) % step == 0
    if isinstance(address, str):
        return at + 1 == count
    return address.search(space) is not None


def _held(name: str, space: str, hold: str) -> tuple[str, str]:
    match name:
        case "g":
            return hold, hold
        case "G":
            return f"{space}\n{hold}"[:_LONGEST], hold
        case "h":
            return space, space
        case "H":
            return space, f"{hold}\n{space}"[:_LONGEST]
        case "x":
            return hold, space
        case _:
            return space, hold


def substituted(one: Instruction, space: str) -> tuple[str, bool]:
    """The pattern space after `s`, and whether anything fitted."""
    assert one.expression is not None
    digits = re.search(r"\d+", one.flags)
    wanted = int(digits.group()[:6]) if digits else 1
    out: list[str] = []
    at = seen = 0
    for match in one.expression.finditer(space):
        seen += 1
        if seen < wanted:
            continue
        out += [space[at : match.start()], replaced(one.replacement, match)]
        at = match.end()
        if "g" not in one.flags:
            break
    return "".join([*out, space[at:]]), bool(out)


def replaced(replacement: str, match: re.Match[str]) -> str:
    r"""The right-hand side with `&` and `\\1` filled in."""

    def piece(token: re.Match[str]) -> str:
        text = token.group()
        if text == "&":
            return match.group()
        if text[1].isdecimal():
            return match.group(int(text[1])) or ""
        return {"n": "\n", "t": "\t"}.get(text[1], text[1])

    return re.sub(r"&|\\.", piece, replacement, flags=re.DOTALL)
