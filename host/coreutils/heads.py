"""head and tail."""

from __future__ import annotations

import re
from dataclasses import replace

from host import tree
from host.call import Call, Done
from host.content import Content, cut, size_of, text_of
from host.coreutils.base import Tool, number, quoted
from host.effort import LINE, spend
from host.tree import PathError


def main(call: Call) -> Done:
    """The beginning or the end of files."""
    words = list(call.argv[1:])
    if words and re.fullmatch(r"-\d+|\+\d+", words[0]) and (call.name == "tail" or words[0][0] == "-"):
        if call.name == "tail" and len(words) > 2:
            says = f"tail: option used in invalid context -- {words[0].lstrip('-+')}\n"
            return Done(call.host, 1, "", says)
        words[:1] = ["-n", words[0].lstrip("-")]
    tool = Tool(replace(call, argv=(call.argv[0], *words)))
    if not tool.read("c,bytes= n,lines= q,quiet,silent v,verbose z f,follow? F s= pid= retry"):
        return tool.done()
    by = tool.last("c", "n") or "n"
    asked = tool.value(by, "10")
    sign = asked[:1] if asked[:1] in "+-" else ""
    count = number(asked[len(sign) :])
    if count is None:
        what = "bytes" if by == "c" else "lines"
        tool.fail(f"invalid number of {what}: {quoted(asked)}")
        return tool.done()
    many = (len(tool.operands) > 1 or tool.has("v")) and not tool.has("q")
    printed = False
    for path in tool.operands or ["-"]:
        content = _content(tool, path)
        if content is None:
            continue
        if many:
            name = "standard input" if path == "-" else path
            tool.out(f"{chr(10) if printed else ''}==> {name} <==\n")
        printed = True
        part = _bytes if by == "c" else _lines
        tool.out(part(content, tool.name, sign, count))
    if tool.has("f", "F"):
        tool.err(f"{tool.name}: the dojo does not wait for more: this is the file as it is now\n")
    return tool.done()


def _content(tool: Tool, path: str) -> Content | None:
    says = "cannot open {quoted} for reading: {reason}"
    try:
        if path != "-" and tool.files.is_dir(path):
            raise PathError(path, tree.IS_A_DIR)  # noqa: TRY301
    except PathError as error:
        tool.fail(f"error reading {quoted(path)}: {error.reason}")
        return "" if len(tool.operands) > 1 else None
    return tool.content(path, says)


def _bytes(content: Content, name: str, sign: str, count: int) -> Content:
    size = size_of(content)
    if name == "head":
        return cut(content, 0, max(0, size - count) if sign == "-" else count)
    return cut(content, count - 1 if sign == "+" and count else 0 if sign == "+" else max(0, size - count), size)


def _lines(content: Content, name: str, sign: str, count: int) -> Content:
    if isinstance(content, str):
        lines = _split(content, count if name == "head" and sign != "-" else None)
    else:
        lines = text_of(content).splitlines(keepends=True)
    if name == "head":
        kept = lines[: max(0, len(lines) - count)] if sign == "-" else lines[:count]
    elif sign == "+":
        kept = lines[max(0, count - 1) :]
    else:
        kept = lines[len(lines) - count :] if 0 < count < len(lines) else lines if count else []
    return "".join(kept)


def _split(text: str, first: int | None) -> list[str]:
    """Lines with their ends; of no more than the first few need each be one of its own."""
    few = -1 if first is None else min(first, len(text))
    if few < 0:
        spend(LINE * text.count("\n"))
    pieces = text.split("\n", few)
    lines = [piece + "\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines
