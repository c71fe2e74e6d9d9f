"""cat, tac, nl."""

from __future__ import annotations

from host.call import Call, Done
from host.content import Payload, text_of
from host.coreutils.base import Tool, lines_of


def main(call: Call) -> Done:
    """Print files."""
    tool = Tool(call)
    if call.name != "cat":
        return _turned(tool)
    if not tool.read("n,number A,show-all E,show-ends b,number-nonblank s,squeeze-blank T,show-tabs v u e t"):
        return tool.done()
    number = 0
    for path in tool.operands or ["-"]:
        content = tool.content(path)
        if content is None:
            continue
        if isinstance(content, Payload) or not tool.given:
            tool.out(content)
            continue
        for line in content.splitlines(keepends=True):
            if tool.has("n", "b") and (line.strip("\n") or not tool.has("b")):
                number += 1
                tool.out(f"{number:6d}\t")
            if tool.has("A", "T", "t"):
                line = line.replace("\t", "^I")  # noqa: PLW2901
            if tool.has("A", "E", "e"):
                line = line.replace("\n", "$\n")  # noqa: PLW2901
            tool.out(line)
    return tool.done()


def _turned(tool: Tool) -> Done:
    if not tool.read("b= v= w="):
        return tool.done()
    number = 0
    says = "{name}: {reason}" if tool.name == "nl" else "failed to open {quoted} for reading: {reason}"
    for path in tool.operands or ["-"]:
        content = tool.content(path, says)
        lines = lines_of(text_of(content)) if content else []
        if tool.name == "tac":
            lines.reverse()
            tool.out("".join(line + "\n" for line in lines))
            continue
        for line in lines:
            number += bool(line)
            tool.out(f"{number:6d}\t{line}\n" if line else "       \n")
    return tool.done()
