"""chmod, chown, chgrp."""

from __future__ import annotations

import re
from dataclasses import replace

from host.call import Call, Done
from host.coreutils.base import Tool, enter, quoted
from host.tree import Dir, File, Link, Node, PathError

_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=][rwxXst]*)+)")
_OPERATION = re.compile(r"([-+=])([rwxXst]*)")
_BITS = {"r": 4, "w": 2, "x": 1}
USERS = ("postgres", "root")


def main(call: Call) -> Done:
    """Change who may do what."""
    tool = Tool(call)
    if call.name == "chmod":
        words = [word for word in call.argv[1:]]  # noqa: C416
        # A mode may begin with '-': `chmod -w x`.
        signed = next((word for word in words if re.fullmatch(r"-[rwxXst,+=-]+", word) and set(word) - set("-R")), None)
        if signed and not tool_has_mode(words, signed):
            words.remove(signed)
            tool.call = replace(
                call,
                argv=(
                    call.argv[0],
                    *[w for w in words if w.startswith("-")],
                    "--",
                    signed,
                    *[w for w in words if not w.startswith("-")],
                ),
            )
    if not tool.read("R,recursive v,verbose c,changes f,silent,quiet h,no-dereference L H P reference= from="):
        return tool.done()
    if len(tool.operands) < 2:
        says = f"missing operand after {quoted(tool.operands[0])}" if tool.operands else "missing operand"
        return tool.misuse(says)
    return _chmod(tool) if call.name == "chmod" else _chown(tool)


def tool_has_mode(words: list[str], signed: str) -> bool:
    """Whether an ordinary mode was given before the word that only looks like options."""
    before = words[: words.index(signed)]
    return any(not word.startswith("-") for word in before)


def changed_mode(text: str, old: int, umask: int, directory: bool) -> int | None:
    """A mode after a change: '750', 'u+x,go-w', '+x'; None when it is none."""
    if re.fullmatch("[0-7]{1,5}", text):
        return int(text, 8) & 0o7777
    mode = old
    for clause in text.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            return None
        for sign, letters in _OPERATION.findall(match[2]):
            mode = _applied(mode, match[1], sign, letters, umask, directory)
    return mode


def _applied(mode: int, who: str, sign: str, letters: str, umask: int, directory: bool) -> int:
    bits = 0
    for letter in letters:
        if letter == "X":
            bits |= 1 if directory or mode & 0o111 else 0
        bits |= _BITS.get(letter, 0)
    mask = 0
    for letter, shift in (("u", 6), ("g", 3), ("o", 0)):
        if letter in who or "a" in who or not who:
            mask |= 7 << shift
    value = (bits << 6 | bits << 3 | bits) & mask
    if not who:
        value &= ~umask
    if "t" in letters:
        value |= 0o1000
    if sign == "+":
        return mode | value
    return mode & ~value if sign == "-" else (mode & ~mask) | value


def _chmod(tool: Tool) -> Done:
    text = tool.operands[0]
    if changed_mode(text, 0, 0, False) is None:
        return tool.misuse(f"invalid mode: {quoted(text)}")
    for path in tool.operands[1:]:
        try:
            node = tool.files.stat(path)
        except PathError as error:
            tool.fail(f"cannot access {quoted(path)}: {error.reason}")
            continue
        user = tool.call.host.user
        if user not in ("root", node.owner):
            tool.fail(f"changing permissions of {quoted(path)}: Operation not permitted")
            continue
        tool.files.change(path, _with_mode(tool, node, text))
    return tool.done()


def _with_mode(tool: Tool, node: Node, text: str) -> Node:
    if isinstance(node, Link):
        return node
    mode = changed_mode(text, node.mode, tool.files.umask, isinstance(node, Dir))
    assert mode is not None
    if isinstance(node, Dir) and tool.has("R"):
        enter(node)
        node = node.with_entries({name: _with_mode(tool, child, text) for name, child in node.entries.items()})
    return replace(node, mode=mode)


def _chown(tool: Tool) -> Done:
    owner = re.split("[:.]", tool.operands[0])[0]
    if owner and owner not in USERS:
        what = "group" if tool.name == "chgrp" else "user"
        tool.fail(f"invalid {what}: {quoted(tool.operands[0])}")
        return tool.done()
    for path in tool.operands[1:]:
        try:
            node = tool.files.stat(path)
        except PathError as error:
            tool.fail(f"cannot access {quoted(path)}: {error.reason}")
            continue
        if tool.call.host.user != "root" and owner != node.owner:
            what = "group" if tool.name == "chgrp" else "ownership"
            tool.fail(f"changing {what} of {quoted(path)}: Operation not permitted")
        elif owner and tool.name == "chown":
            tool.files.change(path, _owned(tool, node, owner))
    return tool.done()


def _owned(tool: Tool, node: Node, owner: str) -> Node:
    if isinstance(node, Dir) and tool.has("R"):
        enter(node)
        node = node.with_entries({name: _owned(tool, child, owner) for name, child in node.entries.items()})
    changed: File | Dir | Link = replace(node, owner=owner)
    return changed
