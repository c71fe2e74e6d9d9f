"""gzip, bzip2, xz, zstd, lz4 and what undoes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from host import tree
from host.call import Call, Done
from host.content import Content, Gzip, Mixed, Piece, cut, joined, size_of
from host.coreutils.base import Tool
from host.tree import File, PathError

_SPEC = (
    "1,fast 2 3 4 5 6 7 8 9,best c,stdout,to-stdout d,decompress,uncompress f,force k,keep l,list n,no-name N,name"
    " q,quiet r,recursive S,suffix= t,test v,verbose T,threads= z,compress m rm o= no-progress"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    method: str
    suffix: str
    keeps: bool = False
    """zstd and lz4 keep the file that they read."""


_KINDS = {
    "gzip": _Kind("gzip", ".gz"),
    "bzip2": _Kind("bzip2", ".bz2"),
    "xz": _Kind("xz", ".xz"),
    "zstd": _Kind("zstd", ".zst", True),
    "lz4": _Kind("lz4", ".lz4", True),
}
_NAMES = {
    "gunzip": "gzip",
    "zcat": "gzip",
    "bunzip2": "bzip2",
    "bzcat": "bzip2",
    "unxz": "xz",
    "xzcat": "xz",
    "unzstd": "zstd",
    "zstdcat": "zstd",
    "unlz4": "lz4",
    "lz4cat": "lz4",
}


def main(call: Call) -> Done:
    """Compress or decompress."""
    tool = Tool(call)
    kind = _KINDS[_NAMES.get(call.name, call.name)]
    if not tool.read(_SPEC):
        return tool.done()
    tool.name = kind.method
    back = call.name in _NAMES or tool.has("d", "t", "l")
    to_stdout = call.name.endswith("cat") or tool.has("c")
    for path in _below(tool) if tool.has("r") else tool.operands or ["-"]:
        if path == "-":
            made = _turned(tool, kind, tool.stdin(), back, "stdin")
            if made is not None and not tool.has("t"):
                tool.out(made)
        else:
            _file(tool, kind, path, back, to_stdout)
    return tool.done()


def _below(tool: Tool) -> list[str]:
    """Operands, and with -r the files below directories."""
    found: list[str] = []
    for path in tool.operands:
        node = tool.files.find(path)
        files = [below for below, child in tree.walk(node, path) if isinstance(child, File)] if node else [path]
        found += files
    return found


def _turned(tool: Tool, kind: _Kind, content: Content, back: bool, name: str) -> Content | None:
    """The other form of a content; None after a complaint."""
    if not back:
        return Gzip(content, kind.method)
    parts = content.parts if isinstance(content, Mixed) else (content,)
    inner = [part.inner for part in parts if isinstance(part, Gzip) and part.method == kind.method]
    if len(inner) == len(parts):
        return joined(inner)
    if isinstance(content, Piece) and isinstance(content.inner, Gzip) and content.start == 0:
        tool.err(f"\n{kind.method}: {name}: unexpected end of file\n")
        tool.status = 1
        return cut(content.inner.inner, 0, size_of(content.inner.inner) * content.stop // content.inner.bytes)
    if content == "" and name == "stdin" and kind.method != "gzip":
        return ""
    what = "unexpected end of file" if content == "" else f"not in {kind.method} format"
    tool.err(f"\n{kind.method}: {name}: {what}\n")
    tool.status = 1
    return None


def _file(tool: Tool, kind: _Kind, path: str, back: bool, to_stdout: bool) -> None:
    files = tool.files
    if back and files.find(path) is None and files.find(path + kind.suffix) is not None:
        path += kind.suffix
    try:
        content = files.read(path)
    except PathError as error:
        where = (
            path + kind.suffix if back and error.reason == tree.NO_ENTRY and not path.endswith(kind.suffix) else path
        )
        if error.reason == tree.IS_A_DIR:
            tool.err(f"{tool.name}: {path} is a directory -- ignored\n")
            tool.status = max(tool.status, 2)
        else:
            tool.fail(f"{where}: {error.reason}")
        return
    if tool.has("l"):
        _listed(tool, path, content)
        return
    if not back and path.endswith(kind.suffix) and not to_stdout:
        tool.err(f"{tool.name}: {path} already has {kind.suffix} suffix -- unchanged\n")
        return
    target = path + kind.suffix if not back else _without(path, kind.suffix)
    if target is None and not to_stdout and not tool.has("t"):
        tool.err(f"{tool.name}: {path}: unknown suffix -- ignored\n")
        tool.status = max(tool.status, 2)
        return
    made = _turned(tool, kind, content, back, path)
    if made is None or tool.has("t"):
        return
    if to_stdout:
        tool.out(made)
    elif target is not None:
        _written(tool, kind, path, target, made)


def _written(tool: Tool, kind: _Kind, path: str, target: str, made: Content) -> None:
    files = tool.files
    old = files.stat(path)
    if files.find(target) is not None and not tool.has("f"):
        tool.err(f"{tool.name}: {target} already exists;\tnot overwritten\n")
        tool.status = 2
        return
    try:
        files.write(target, made)
        new = files.stat(target)
        if isinstance(new, File) and isinstance(old, File):
            files.change(target, replace(new, mode=old.mode, mtime=old.mtime))
        if not (tool.has("k") or (kind.keeps and not tool.has("rm"))):
            files.remove(path)
    except PathError as error:
        tool.fail(f"{target}: {error.reason}")


def _without(path: str, suffix: str) -> str | None:
    if path.endswith(".tgz"):
        return path[:-4] + ".tar"
    return path[: -len(suffix)] if path.endswith(suffix) else None


def _listed(tool: Tool, path: str, content: Content) -> None:
    if not isinstance(content, Gzip):
        tool.err(f"\n{tool.name}: {path}: not in {tool.name} format\n")
        tool.status = 1
        return
    before, after = size_of(content.inner), content.bytes
    saved = 100 * (before - after + 18) / before if before else 0.0
    tool.out("         compressed        uncompressed  ratio uncompressed_name\n")
    tool.out(f"{after:19d} {before:19d} {saved:5.1f}% {_without(path, '.gz') or path}\n")
