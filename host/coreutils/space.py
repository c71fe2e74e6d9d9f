"""df, du, stat, file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from host import tree
from host.call import Call, Done
from host.content import Mixed, Payload
from host.coreutils.base import Tool, enter, human, quoted
from host.coreutils.listing import mode_text
from host.effort import EDIT, ENTRY, LINE, spend
from host.files import READ, may, size_in
from host.tree import DENIED, Dir, File, Link, Node, PathError

_WHOLE = 100 << 30
"""Size of the host's first disk."""


def main(call: Call) -> Done:
    """How much room things take, and what they are."""
    tool = Tool(call)
    return {"df": _df, "du": _du, "stat": _stat, "file": _file}[call.name](tool)


def mounts(root: Dir) -> Iterator[tuple[str, Dir, int]]:
    """Every file system: where it is mounted, its directory, its size."""
    yield "/", root, root.capacity or _WHOLE
    for path, node in _dirs(root, ""):
        if node.capacity is not None:
            yield path, node, node.capacity


def _dirs(node: Dir, path: str) -> Iterator[tuple[str, Dir]]:
    for name, child in node.entries.items():
        if isinstance(child, Dir):
            spend(ENTRY)
            yield f"{path}/{name}", child
            yield from _dirs(child, f"{path}/{name}")


def _df(tool: Tool) -> Done:
    if not tool.read("h,human-readable k T,print-type a,all m B,block-size= i P,portability H l t= x= total"):
        return tool.done()
    known = list(mounts(tool.call.host.root))
    wanted = known
    if tool.operands:
        wanted = []
        for path in tool.operands:
            if tool.files.find(path) is None:
                tool.fail(f"{path}: {tree.NO_ENTRY}")
                continue
            real = tree.resolve(tool.call.host.root, tool.call.host.path(path))
            inside = [one for one in known if one[0] == "/" or f"{real}/".startswith(f"{one[0]}/")]
            wanted.append(max(inside, key=lambda one: len(one[0])))
        if not wanted:
            return tool.done()
    rows = [_row(tool, at, known.index(at)) for at in wanted]
    heads = ["Filesystem", "Size", "Used", "Avail", "Use%", "Mounted on"]
    if not tool.has("h", "H"):
        heads[1:4] = ["1M-blocks" if tool.has("m") else "1K-blocks", "Used", "Available"]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(5)]
    widths[0], widths[1] = max(widths[0], 14), max(widths[1], 5)
    for row in [heads, *rows]:
        cells = [row[0].ljust(widths[0]), *(row[at].rjust(widths[at]) for at in range(1, 5)), row[5]]
        tool.out(" ".join(cells) + "\n")
    return tool.done()


def _row(tool: Tool, mount: tuple[str, Dir, int], index: int) -> list[str]:
    path, node, size = mount
    used = tree.used(node) + 4096
    if path == "/":
        used -= sum(tree.used(other) for at, other, _ in mounts(node) if at != "/")
    used = min(used, size)
    free = size - used
    share = -(-100 * used // size) if size else 100
    name = f"/dev/vd{chr(97 + index % 26)}{1 if index == 0 else ''}"
    if tool.has("h", "H"):
        cells = [human(size), human(used), human(free) if free else "0"]
    else:
        unit = 1 << 20 if tool.has("m") else 1024
        cells = [str(size // unit), str(-(-used // unit)), str(free // unit)]
    return [name, *cells, f"{share}%", path]


def _du(tool: Tool) -> Done:
    spec = "s,summarize h,human-readable k a,all c,total d,max-depth= b,bytes m x S L apparent-size"
    spec += " B,block-size= exclude= D H"
    if not tool.read(spec):
        return tool.done()
    if tool.has("s") and tool.has("a"):
        return tool.misuse("cannot both summarize and show all entries")
    most = int(tool.value("d")) if tool.value("d").isdecimal() else (0 if tool.has("s") else 10**6)
    total = 0
    for path in tool.operands or ["."]:
        try:
            node = tool.files.stat(path, follow=path.endswith("/"))
        except PathError as error:
            tool.fail(f"cannot access {quoted(path)}: {error.reason}")
            continue
        total += _counted(tool, path, node, 0, most)
    if tool.has("c"):
        tool.out(f"{_size(tool, total)}\ttotal\n")
    return tool.done()


def _counted(tool: Tool, path: str, node: Node, depth: int, most: int) -> int:
    bytes_only = tool.has("b", "apparent-size")
    spend(LINE)
    own = size_in(node)
    size = own if bytes_only else (4096 if isinstance(node, Dir) else -(-own // 4096) * 4096)
    if isinstance(node, Link):
        size = own if bytes_only else 0
    if isinstance(node, Dir):
        if not may(node, tool.call.host.user, READ):
            tool.fail(f"cannot read directory {quoted(path)}: {DENIED}")
        else:
            enter(node)
            for name in sorted(node.entries):
                size += _counted(tool, f"{path.rstrip('/')}/{name}", node.entries[name], depth + 1, most)
    if (isinstance(node, Dir) or tool.has("a") or depth == 0) and depth <= most:
        tool.out(f"{_size(tool, size)}\t{path}\n")
    return size


def _size(tool: Tool, size: int) -> str:
    if tool.has("h"):
        return human(size) if size else "0"
    if tool.has("b"):
        return str(size)
    return str(-(-size // (1 << 20 if tool.has("m") else 1024)))


def _stat(tool: Tool) -> Done:
    if not tool.read("c,format= printf= L,dereference f,file-system t,terse"):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand")
    for path in tool.operands:
        try:
            node = tool.files.stat(path, follow=tool.has("L"))
        except PathError as error:
            tool.fail(f"cannot statx {quoted(path)}: {error.reason}")
            continue
        spend(3 * EDIT)
        form = tool.value("c") or tool.value("printf") or _LONG
        end = "\n" if tool.has("c") or not tool.has("printf") else ""
        tool.out(_formatted(form.replace("\\n", "\n") if tool.has("printf") else form, path, node) + end)
    return tool.done()


_LONG = "  File: %n\n  Size: %s\tBlocks: %b\tIO Block: 4096   %F\n"
_LONG += "Access: (%04a/%A)  Uid: (%u/%U)   Gid: (%g/%G)\nModify: %y"


def _formatted(form: str, path: str, node: Node) -> str:
    size = size_in(node)
    moment = datetime.fromtimestamp(node.mtime, UTC)
    mode = 0o777 if isinstance(node, Link) else node.mode
    kind = {Dir: "directory", Link: "symbolic link"}.get(type(node), "regular file" if size else "regular empty file")
    uid = {"root": "0"}.get(node.owner, "999")
    values = {
        "n": path,
        "N": quoted(path) + (f" -> {quoted(node.target)}" if isinstance(node, Link) else ""),
        "s": str(size),
        "b": str(-(-size // 4096) * 8 if isinstance(node, File) else 8),
        "F": kind,
        "a": f"{mode:o}",
        "A": mode_text(node),
        "u": uid,
        "g": uid,
        "U": node.owner,
        "G": node.owner,
        "y": f"{moment:%Y-%m-%d %H:%M:%S.%f}000 +0000",
        "Y": str(int(node.mtime)),
        "h": "1",
        "%": "%",
    }
    return re.sub(r"%(0?\d*)([A-Za-z%])", lambda m: values.get(m[2], "?").rjust(int(m[1] or "0"), "0"), form)


def _file(tool: Tool) -> Done:
    if not tool.read("b,brief L,dereference i,mime z"):
        return tool.done()
    if not tool.operands:
        tool.err("Usage: file [-bLiz] file...\n")
        tool.status = 1
        return tool.done()
    width = max(len(path) for path in tool.operands) + 1
    for path in tool.operands:
        node = tool.files.find(path, follow=tool.has("L"))
        says = f"cannot open `{path}' (No such file or directory)" if node is None else kind_of(node)
        tool.out(f"{says}\n" if tool.has("b") else f"{(path + ':').ljust(width)} {says}\n")
    return tool.done()


_MAGIC = {
    "PGDMP": "PostgreSQL custom database dump",
    "gzip": "gzip compressed data",
    "tar": "POSIX tar archive",
    "zstd": "Zstandard compressed data (v0.8+)",
    "lz4": "LZ4 compressed data (v1.4+)",
    "bzip2": "bzip2 compressed data",
    "xz": "XZ compressed data",
}


def kind_of(node: Node) -> str:
    """What `file` says."""
    if isinstance(node, Dir):
        return "directory"
    if isinstance(node, Link):
        return f"symbolic link to {node.target}"
    if isinstance(node.content, Payload):
        return "data" if isinstance(node.content, Mixed) else _MAGIC.get(node.content.magic, "data")
    if node.content == "":
        return "empty"
    text = "ASCII" if node.content.isascii() else "Unicode text, UTF-8"
    return f"{text} text" if node.content.endswith("\n") else f"{text} text, with no line terminators"
