"""mkdir, touch, ln, mktemp, truncate."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from host import tree
from host.call import Call, Done
from host.content import Content, Damaged, Payload, Zeros, cut, joined, size_of
from host.coreutils.base import Tool, number, quoted
from host.coreutils.placing import pairs
from host.coreutils.rights import changed_mode
from host.tree import Dir, File, Link, PathError

_FEW = 65_536
"""So many zeros are kept as text, so that what reads text sees them."""


def main(call: Call) -> Done:
    """Make files, directories and links."""
    tool = Tool(call)
    return {"mkdir": _mkdir, "touch": _touch, "ln": _ln, "mktemp": _mktemp, "truncate": _truncate}[call.name](tool)


def _mkdir(tool: Tool) -> Done:
    if not tool.read("m,mode= p,parents v,verbose Z context?"):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand")
    mode: int | None = None
    if tool.has("m"):
        mode = changed_mode(tool.value("m"), 0o777, tool.files.umask, True)
        if mode is None:
            tool.fail(f"invalid mode {quoted(tool.value('m'))}")
            return tool.done()
    for path in tool.operands:
        try:
            if tool.has("p"):
                _parents(tool, path, mode)
            else:
                _one_dir(tool, path, mode)
        except PathError as error:
            named = error.path if tool.has("p") else path
            tool.fail(f"cannot create directory {quoted(named)}: {error.reason}")
    return tool.done()


def _one_dir(tool: Tool, path: str, mode: int | None) -> None:
    tool.files.mkdir(path, mode)
    if tool.has("v"):
        tool.out(f"mkdir: created directory {quoted(path)}\n")


def _parents(tool: Tool, path: str, mode: int | None) -> None:
    so_far = "/" if path.startswith("/") else ""
    if not path:
        raise PathError(path, tree.NO_ENTRY)
    parts = [part for part in path.split("/") if part]
    for index, part in enumerate(parts):
        so_far += part
        last = index == len(parts) - 1
        node = tool.files.find(so_far)
        try:
            if node is None:
                _one_dir(tool, so_far, mode if last else None)
            elif not isinstance(node, Dir):
                raise PathError(so_far, tree.EXISTS if last else tree.NOT_A_DIR)  # noqa: TRY301
        except PathError as error:
            raise PathError(path if last and path.rstrip("/") == so_far else so_far, error.reason) from None
        so_far += "/"


def _touch(tool: Tool) -> Done:
    if not tool.read("a c,no-create d,date= f h,no-dereference m r,reference= t= time="):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing file operand")
    when = tool.call.host.clock
    if tool.has("r"):
        node = tool.files.find(tool.value("r"))
        if node is None:
            tool.fail(f"failed to get attributes of {quoted(tool.value('r'))}: {tree.NO_ENTRY}")
            return tool.done()
        when = node.mtime
    if tool.has("d", "t"):
        moment = read_moment(tool.value("d") or tool.value("t"), tool.call.host.clock)
        if moment is None:
            tool.fail(f"invalid date format {quoted(tool.value('d') or tool.value('t'))}")
            return tool.done()
        when = moment
    for path in tool.operands:
        _touched(tool, path, when)
    return tool.done()


def _touched(tool: Tool, path: str, when: float) -> None:
    files = tool.files
    try:
        node = files.find(path)
        if node is None:
            if path.endswith("/") and files.find(path.rstrip("/")) is not None:
                raise PathError(path, tree.NOT_A_DIR)  # noqa: TRY301
            if tool.has("c"):
                return
            if path.endswith("/"):
                tool.fail(f"setting times of {quoted(path)}: {tree.NO_ENTRY}")
                return
            files.write(path, "")
            node = files.stat(path)
        elif node.owner != files.host.user and files.host.user != "root":  # noqa: PLR1714
            raise PathError(path, tree.DENIED)  # noqa: TRY301
        if not isinstance(node, Link):
            files.change(path, replace(node, mtime=when))
    except PathError as error:
        late = tool.has("c") or (path.endswith("/") and error.reason == tree.NOT_A_DIR)
        what = "setting times of" if late else "cannot touch"
        tool.fail(f"{what} {quoted(path)}: {error.reason}")


def read_moment(text: str, now: float) -> float | None:
    """A date as -d takes it: '2026-09-21 10:00', '@0', '2 hours ago', 'yesterday', or a touch -t stamp."""
    if text.startswith("@") and re.fullmatch(r"@-?\d{1,11}", text):
        return float(text[1:])
    days = {"now": 0, "today": 0, "yesterday": -1, "tomorrow": 1}
    if text in days:
        return now + 86_400 * days[text]
    ago = re.fullmatch(r"([-+]?\d{1,6}) (second|sec|minute|min|hour|day|week)s?( ago)?", text)
    if ago:
        unit = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}[ago[2]]
        return now + int(ago[1]) * unit * (-1 if ago[3] else 1)
    if re.fullmatch(r"\d{12}(\.\d\d)?", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[13:] or '00'}"
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _ln(tool: Tool) -> Done:
    spec = "s,symbolic f,force n,no-dereference r,relative v,verbose t,target-directory= T,no-target-directory i b"
    if not tool.read(spec):
        return tool.done()
    if len(tool.operands) == 1 and not tool.has("t"):
        name = tool.operands[0].rstrip("/").rpartition("/")[2]
        tool.operands.append(f"./{name}")
        tool.given.append(("T", ""))
    if len(tool.operands) == 2 and tool.has("n") and isinstance(tool.files.find(tool.operands[1], False), Link):
        tool.given.append(("T", ""))
    for source, target in pairs(tool) or []:
        _linked(tool, source, target)
    return tool.done()


def _linked(tool: Tool, source: str, target: str) -> None:
    files, host = tool.files, tool.call.host
    what = "symbolic link" if tool.has("s") else "hard link"
    try:
        if tool.has("s"):
            node: File | Link = Link(source, host.clock, host.user)
        else:
            there = files.find(source, follow=False)
            if there is None:
                tool.fail(f"failed to access {quoted(source)}: {tree.NO_ENTRY}")
                return
            if isinstance(there, Dir):
                tool.fail(f"{source}: hard link not allowed for directory")
                return
            node = there
        if files.find(target, follow=False) is not None:
            if not tool.has("f"):
                raise PathError(target, tree.EXISTS)  # noqa: TRY301
            if files.host.path(source) == files.host.path(target):
                tool.fail(f"{quoted(source)} and {quoted(target)} are the same file")
                return
            files.remove(target)
        files.place(target, node)
    except PathError as error:
        arrow = "" if tool.has("s") else f" => {quoted(source)}"
        tool.fail(f"failed to create {what} {quoted(target)}{arrow}: {error.reason}")
        return
    if tool.has("v"):
        tool.out(f"{quoted(target)} {'->' if tool.has('s') else '=>'} {quoted(source)}\n")


def _mktemp(tool: Tool) -> Done:
    if not tool.read("d,directory p,tmpdir? q,quiet u,dry-run t suffix="):
        return tool.done()
    template = tool.operands[0] if tool.operands else "/tmp/tmp.XXXXXXXXXX"  # noqa: S108
    match = re.search(r"X{3,}$", template)
    if match is None:
        tool.fail(f"too few X's in template {quoted(template)}")
        return tool.done()
    width = len(match.group())
    for attempt in range(1000):
        path = template[: match.start()] + f"{int(tool.call.host.clock) * 31 + attempt:0{width}d}"[-width:]
        if tool.files.find(path) is None:
            break
    try:
        if tool.has("d"):
            tool.files.mkdir(path, 0o700)
        elif not tool.has("u"):
            tool.files.write(path, "")
        tool.out(path + "\n")
    except PathError as error:
        what = "directory" if tool.has("d") else "file"
        tool.fail(f"failed to create {what} via template {quoted(template)}: {error.reason}")
    return tool.done()


def _truncate(tool: Tool) -> Done:
    if not tool.read("c,no-create o,io-blocks r,reference= s,size="):
        return tool.done()
    if not tool.has("s", "r"):
        return tool.misuse("you must specify either '--size' or '--reference'")
    if not tool.operands:
        return tool.misuse("missing file operand")
    asked = tool.value("s", "0")
    sign = asked[:1] if asked[:1] in "+-<>" else ""
    count = number(asked[len(sign) :])
    if count is None:
        tool.fail(f"Invalid number: {quoted(asked)}")
        return tool.done()
    for path in tool.operands:
        try:
            old = tool.files.find(path)
            if old is None and tool.has("c"):
                continue
            content = tool.files.read(path) if old is not None else ""
            size = {"+": size_of(content) + count, "-": max(0, size_of(content) - count)}.get(sign, count)
            tool.files.write(path, resized(content, size))
        except PathError as error:
            tool.fail(f"cannot open {quoted(path)} for writing: {error.reason}")
    return tool.done()


def resized(content: Content, size: int) -> Content:
    """A content cut to a size, or filled up with zeros."""
    old = size_of(content)
    if size <= old:
        return cut(content, 0, size)
    few = isinstance(content, str) and size - old <= _FEW
    return joined((content, "\0" * (size - old) if few else Zeros(size - old)))


def written_over(content: Content, start: int, new: Content) -> Content:
    """A content with bytes written over from a place on (`dd conv=notrunc`)."""
    stop = start + size_of(new)
    if isinstance(content, Payload) and size_of(new) < size_of(content):
        if not size_of(new):
            return content
        if isinstance(content, Damaged):  # again: the damage grows, and no value is nested without end
            return Damaged(content.inner, min(content.start, start), max(content.stop, stop))
        return Damaged(content, start, stop)
    content = resized(content, start) if size_of(content) < start else content
    return joined((cut(content, 0, start), new, cut(content, stop, size_of(content))))
