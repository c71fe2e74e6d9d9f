"""split and dd."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterator

from host import tree
from host.call import Call, Done
from host.content import Content, Mixed, Piece, Zeros, cut, size_of, text_of
from host.coreutils.base import Tool, device, number, quoted
from host.coreutils.making import resized, written_over
from host.effort import CHANGE, spend
from host.tree import PathError


def main(call: Call) -> Done:
    """Cut a file into pieces, or copy a part of one."""
    tool = Tool(call)
    return _split(tool) if call.name == "split" else _dd(tool)


def _split(tool: Tool) -> Done:
    if not tool.read(
        "b,bytes= l,lines= d n,number= a,suffix-length= numeric-suffixes? additional-suffix= e C= verbose"
    ):
        return tool.done()
    source, prefix, *_ = [*tool.operands, "-", "x"] if not tool.operands else [*tool.operands, "x"]
    content = tool.content(source, "cannot open {quoted} for reading: {reason}")
    if content is None:
        return tool.done()
    asked = tool.value("b") or tool.value("l", "1000")
    size = number(asked)
    if not size:
        what = "bytes" if tool.has("b") else "lines"
        tool.fail(f"invalid number of {what}: {quoted(asked)}")
        return tool.done()
    pieces = _bytes(content, size) if tool.has("b") else _lines(content, size)
    width = int(tool.value("a")) if tool.value("a").isdecimal() and tool.value("a") != "0" else 2
    letters = string.digits if tool.has("d", "numeric-suffixes") else string.ascii_lowercase
    names = ("".join(suffix) for suffix in itertools.product(letters, repeat=min(width, 10)))
    for piece in pieces:
        spend(CHANGE)
        name = next(names, None)
        if name is None:
            tool.fail("output file suffixes exhausted")
            break
        path = f"{prefix}{name}{tool.value('additional-suffix')}"
        try:
            tool.files.write(path, piece)
        except PathError as error:
            what = path if error.reason != tree.NO_SPACE else "write error"
            tool.fail(f"{what}: {error.reason}")
            break
    return tool.done()


def _bytes(content: Content, size: int) -> Iterator[Content]:
    if isinstance(content, str):
        text = content.encode("utf-8", "surrogateescape")
        yield from (text[at : at + size].decode("utf-8", "surrogateescape") for at in range(0, len(text), size))
        return
    whole = size_of(content)
    if whole > size and not isinstance(content, Mixed | Zeros | Piece):
        content = Piece(content, 0, whole)  # which knows its size
    yield from (cut(content, at, at + size) for at in range(0, whole, size))


def _lines(content: Content, size: int) -> Iterator[Content]:
    lines = text_of(content).splitlines(keepends=True)
    return ("".join(lines[at : at + size]) for at in range(0, len(lines), size))


def _dd(tool: Tool) -> Done:
    values: dict[str, str] = {}
    for word in tool.call.argv[1:]:
        name, equals, value = word.partition("=")
        if not equals or name not in (
            "if",
            "of",
            "bs",
            "ibs",
            "obs",
            "count",
            "seek",
            "skip",
            "conv",
            "status",
            "oflag",
            "iflag",
        ):
            return tool.misuse(f"unrecognized operand {quoted(word)}")
        values[name] = value
    sizes: dict[str, int] = {}
    for name in ("bs", "count", "seek", "skip"):
        if name not in values:
            continue
        read = number(values[name])
        if read is None or (name == "bs" and read == 0):
            tool.fail(f"invalid number: {quoted(values[name])}")
            return tool.done()
        sizes[name] = read
    says = "failed to open {quoted}: {reason}"
    content = tool.content(values["if"], says) if "if" in values else tool.stdin()
    if content is None:
        return tool.done()
    block = sizes.get("bs", 512)
    start = sizes.get("skip", 0) * block
    stop = start + sizes["count"] * block if "count" in sizes else size_of(content)
    part = cut(content, start, stop)
    if not _copied(tool, values, part, sizes.get("seek", 0) * block):
        return tool.done()
    size = size_of(part)
    full, rest = divmod(size, block)
    if values.get("status") != "none":
        tool.err(f"{full}+{int(rest > 0)} records in\n{full}+{int(rest > 0)} records out\n")
    if values.get("status") not in ("none", "noxfer"):
        tool.err(f"{size} byte{'s' if size != 1 else ''}{_rounded(size)} copied, 0.001 s, {_speed(size)}\n")
    return tool.done()


def _copied(tool: Tool, values: dict[str, str], part: Content, seek: int) -> bool:
    target = values.get("of")
    if target is None:
        tool.out(part)
        return True
    if device(target) is not None:
        return True
    try:
        old = tool.files.read(target) if tool.files.find(target) is not None else ""
        keep = "notrunc" in values.get("conv", "").split(",")
        base = old if keep else resized(old, seek)
        tool.files.write(target, written_over(base, seek, part))
    except PathError as error:
        what = "error writing" if error.reason == tree.NO_SPACE else "failed to open"
        tool.fail(f"{what} {quoted(target)}: {error.reason}")
        return False
    return True


def _rounded(size: int) -> str:
    if size < 1000:
        return ""
    decimal, binary = _unit(size, 1000, ("kB", "MB", "GB", "TB")), _unit(size, 1024, ("KiB", "MiB", "GiB", "TiB"))
    return f" ({decimal}, {binary})" if size >= 1024 else f" ({decimal})"


def _unit(size: float, base: int, names: tuple[str, ...]) -> str:
    value, name = size / base, names[0]
    for name in names:  # noqa: B007
        if value < base:
            break
        value /= base
    return f"{value:.1f} {name}" if value < 10 else f"{value:.0f} {name}"


def _speed(size: int) -> str:
    return f"{_unit(size * 1000, 1000, ('kB', 'MB', 'GB', 'TB'))}/s"
