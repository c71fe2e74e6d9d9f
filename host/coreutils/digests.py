"""md5sum, sha256sum and their like."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass

from host import tree
from host.call import Call, Done
from host.content import Content, text_of
from host.coreutils.base import Tool, lines_of
from host.effort import ROW, spend


def digest(method: str, content: Content) -> str:
    """Of text: the real one.  Of a payload: a number that is the same for equal payloads and for no others."""
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else _canonical(content).encode()
    return hashlib.new(method, data, usedforsecurity=False).hexdigest()


def _canonical(value: object) -> str:
    """A value as text that does not depend on the order in a mapping or a set."""
    spend(ROW)
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(_canonical(getattr(value, one.name)) for one in fields(value))
        return f"{type(value).__name__}({inner})"
    if isinstance(value, tuple | list):
        return f"[{','.join(_canonical(one) for one in value)}]"
    if isinstance(value, frozenset | set):
        return f"{{{','.join(sorted(_canonical(one) for one in value))}}}"
    if hasattr(value, "items"):
        return f"{{{','.join(sorted(f'{_canonical(k)}:{_canonical(v)}' for k, v in value.items()))}}}"
    return repr(value)


def main(call: Call) -> Done:
    """Print or check digests."""
    tool = Tool(call)
    if not tool.read("c,check b,binary t,text z,zero tag quiet status w,warn strict ignore-missing"):
        return tool.done()
    method = call.name.removesuffix("sum")
    if tool.has("c"):
        return _checked(tool, method)
    for path in tool.operands or ["-"]:
        if path != "-" and tool.files.is_dir(path):
            tool.fail(f"{path}: {tree.IS_A_DIR}")
            continue
        content = tool.content(path)
        if content is not None:
            tool.out(f"{digest(method, content)}  {path}\n")
    return tool.done()


def _checked(tool: Tool, method: str) -> Done:
    wrong = missing = 0
    for path in tool.operands or ["-"]:
        content = tool.content(path)
        rows = [line.split(None, 1) for line in lines_of(text_of(content or ""))]
        for row in rows:
            if len(row) != 2:
                continue
            name = row[1].lstrip("*")
            found = tool.content(name)
            if found is None:
                missing += 1
                tool.out(f"{name}: FAILED open or read\n")
                continue
            good = digest(method, found) == row[0]
            wrong += not good
            if not tool.has("status") and not (good and tool.has("quiet")):
                tool.out(f"{name}: {'OK' if good else 'FAILED'}\n")
    if missing:
        tool.fail(f"WARNING: {missing} listed file{'s' if missing > 1 else ''} could not be read")
    if wrong:
        tool.fail(f"WARNING: {wrong} computed checksum{'s' if wrong > 1 else ''} did NOT match")
    return tool.done()
