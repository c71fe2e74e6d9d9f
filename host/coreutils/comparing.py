"""diff and cmp."""

from __future__ import annotations

import difflib

from host import tree
from host.call import Call, Done
from host.content import Content, text_of
from host.coreutils.base import Tool, enter, quoted
from host.tree import Dir, File, Node, PathError


def main(call: Call) -> Done:
    """Compare files."""
    tool = Tool(call, trouble=2)
    return _cmp(tool) if call.name == "cmp" else _diff(tool)


def _pair(tool: Tool) -> tuple[str, str] | None:
    if len(tool.operands) < 2:
        after = f"missing operand after {quoted(tool.operands[-1] if tool.operands else tool.name)}"
        tool.fail(after)
        tool.err(f"{tool.name}: Try '{tool.name} --help' for more information.\n")
        return None
    if len(tool.operands) > 2:
        tool.fail(f"extra operand {quoted(tool.operands[2])}")
        tool.err(f"{tool.name}: Try '{tool.name} --help' for more information.\n")
        return None
    return tool.operands[0], tool.operands[1]


def _diff(tool: Tool) -> Done:
    spec = "q,brief r,recursive u U,unified= N,new-file s,report-identical-files i w b B a,text x,exclude= y c color?"
    if not tool.read(spec):
        return tool.done()
    pair = _pair(tool)
    if pair is None:
        return tool.done()
    left, right = _node(tool, pair[0]), _node(tool, pair[1])
    if left is None or right is None:
        return tool.done()
    if isinstance(left, Dir) != isinstance(right, Dir):
        at = 0 if isinstance(left, Dir) else 1
        folder, file = pair[at], pair[1 - at]
        inside = f"{folder.rstrip('/')}/{file.rpartition('/')[2]}"
        found = _node(tool, inside)
        if found is None:
            return tool.done()
        pair = (inside, file) if at == 0 else (file, inside)
        left, right = (found, right) if at == 0 else (left, found)
    _nodes(tool, pair[0], pair[1], left, right)
    return tool.done()


def _node(tool: Tool, path: str) -> Node | None:
    if path == "-":
        return File(tool.stdin())
    try:
        return tool.files.stat(path)
    except PathError as error:
        tool.fail(f"{path}: {error.reason}")
        return None


def _differ(tool: Tool, text: str) -> None:
    tool.out(text)
    tool.status = max(tool.status, 1)


def _nodes(tool: Tool, one: str, other: str, left: Node, right: Node) -> None:
    if left is right and isinstance(left, Dir):
        return
    if isinstance(left, Dir) and isinstance(right, Dir):
        _dirs(tool, one, other, left, right)
    elif isinstance(left, File) and isinstance(right, File):
        _files(tool, one, other, left.content, right.content)
    elif left != right:
        kinds = [_KINDS[type(node)] for node in (left, right)]
        _differ(tool, f"File {one} is a {kinds[0]} while file {other} is a {kinds[1]}\n")


_KINDS = {Dir: "directory", File: "regular file", tree.Link: "symbolic link"}


def _dirs(tool: Tool, one: str, other: str, left: Dir, right: Dir) -> None:
    enter(left)
    for name in sorted({*left.entries, *right.entries}):
        a, b = left.entries.get(name), right.entries.get(name)
        below, beside = f"{one.rstrip('/')}/{name}", f"{other.rstrip('/')}/{name}"
        if a is None or b is None:
            _differ(tool, f"Only in {one if b is None else other}: {name}\n")
        elif isinstance(a, Dir) and isinstance(b, Dir):
            if not tool.has("r"):
                tool.out(f"Common subdirectories: {below} and {beside}\n")
            elif a is not b:
                _dirs(tool, below, beside, a, b)
        elif isinstance(a, File) and isinstance(b, File) and a.content != b.content and not tool.has("q"):
            flags = "".join(f" -{letter}" for letter in ("r", "u", "s") if tool.has(letter))
            tool.out(f"diff{flags} {below} {beside}\n" if _both_text(a.content, b.content) else "")
            _files(tool, below, beside, a.content, b.content)
        else:
            _nodes(tool, below, beside, a, b)


def _both_text(left: Content, right: Content) -> bool:
    return isinstance(left, str) and isinstance(right, str)


def _files(tool: Tool, one: str, other: str, left: Content, right: Content) -> None:
    if left == right:
        if tool.has("s"):
            tool.out(f"Files {one} and {other} are identical\n")
    elif tool.has("q"):
        _differ(tool, f"Files {one} and {other} differ\n")
    elif not (isinstance(left, str) and isinstance(right, str)):
        _differ(tool, f"Binary files {one} and {other} differ\n")
        tool.status = 2
    elif tool.has("u", "U"):
        a, b = left.splitlines(keepends=True), right.splitlines(keepends=True)
        context = int(tool.value("U")) if tool.value("U").isdecimal() else 3
        lines = list(difflib.unified_diff(a, b, one, other, n=context))
        _differ(
            tool, "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
        )
    else:
        _differ(tool, _normal(left, right))


def _normal(left: str, right: str) -> str:
    a, b = left.splitlines(keepends=True), right.splitlines(keepends=True)
    out: list[str] = []
    for kind, a1, a2, b1, b2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        letter = {"replace": "c", "delete": "d", "insert": "a"}[kind]
        out.append(f"{_span(a1, a2)}{letter}{_span(b1, b2)}\n")
        out += [_marked("<", line) for line in a[a1:a2]]
        if kind == "replace":
            out.append("---\n")
        out += [_marked(">", line) for line in b[b1:b2]]
    return "".join(out)


def _marked(mark: str, line: str) -> str:
    return f"{mark} {line}" if line.endswith("\n") else f"{mark} {line}\n\\ No newline at end of file\n"


def _span(start: int, stop: int) -> str:
    if stop - start <= 1:
        return str(stop if stop == start else start + 1)
    return f"{start + 1},{stop}"


def _cmp(tool: Tool) -> Done:
    if not tool.read("s,quiet,silent l,verbose b n,bytes= i,ignore-initial="):
        return tool.done()
    pair = _pair(tool)
    if pair is None:
        return tool.done()
    nodes = [tool.files.find(path) if path != "-" else None for path in pair]
    if nodes[0] is not None and nodes[0] is nodes[1]:
        return tool.done()
    contents: list[Content] = []
    for path, node in zip(pair, nodes, strict=True):  # both are opened before one is read
        if node is None and path != "-" and tool.content(path) is None:
            done = tool.done()
            return Done(done.host, done.exit) if tool.has("s") else done
    for path in pair:
        if tool.files.is_dir(path):
            tool.fail(f"{path}: {tree.IS_A_DIR}")
            return tool.done()
    for path in pair:
        content = tool.content(path)
        if content is None:
            done = tool.done()
            return Done(done.host, done.exit) if tool.has("s") else done
        contents.append(content)
    left, right = contents
    if left == right:
        return tool.done()
    tool.status = 1
    if tool.has("s"):
        return tool.done()
    a, b = text_of(left).encode("utf-8", "surrogateescape"), text_of(right).encode("utf-8", "surrogateescape")
    at = next((place for place, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if at is None and _both_text(left, right):
        short, size = (pair[0], len(a)) if len(a) < len(b) else (pair[1], len(b))
        text = a if len(a) < len(b) else b
        lines = text.count(b"\n")
        where = f"line {lines}" if text.endswith(b"\n") else f"in line {lines + 1}"
        says = "which is empty" if size == 0 else f"after byte {size}, {where}"
        tool.err(f"cmp: EOF on {short} {says}\n")
    else:
        tool.out(f"{pair[0]} {pair[1]} differ: char {(at or 0) + 1}, line {a[: at or 0].count(10) + 1}\n")
    return tool.done()
