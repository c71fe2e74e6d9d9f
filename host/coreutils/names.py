"""basename, dirname, realpath, readlink."""

from __future__ import annotations

from host import tree
from host.call import Call, Done
from host.coreutils.base import Tool, quoted
from host.tree import Dir, Link, PathError


def main(call: Call) -> Done:
    """Work on paths."""
    tool = Tool(call)
    return {"basename": _basename, "dirname": _dirname, "realpath": _realpath, "readlink": _readlink}[call.name](tool)


def _base(path: str) -> str:
    if not path:
        return ""
    return path.rstrip("/").rpartition("/")[2] or "/"


def _basename(tool: Tool) -> Done:
    if not tool.read("a,multiple s,suffix= z,zero", first=True):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand")
    if tool.has("a", "s"):
        names, suffix = tool.operands, tool.value("s")
    elif len(tool.operands) > 2:
        return tool.misuse(f"extra operand {quoted(tool.operands[2])}")
    else:
        names, suffix = tool.operands[:1], (tool.operands[1] if len(tool.operands) > 1 else "")
    for name in names:
        base = _base(name)
        tool.out((base.removesuffix(suffix) if base != suffix else base) + "\n")
    return tool.done()


def _dirname(tool: Tool) -> Done:
    if not tool.read("z,zero", first=True):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand")
    for path in tool.operands:
        bare = path.rstrip("/")
        if not bare:
            tool.out("/\n" if path else ".\n")
            continue
        parent = bare.rpartition("/")[0].rstrip("/")
        tool.out((parent or ("/" if bare.startswith("/") else ".")) + "\n")
    return tool.done()


def _realpath(tool: Tool) -> Done:
    if not tool.read("e,canonicalize-existing m,canonicalize-missing s,strip,no-symlinks q,quiet z relative-to="):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand")
    for path in tool.operands:
        real = _resolved(tool, path, tool.has("e"), tool.has("m"))
        if isinstance(real, PathError):
            if tool.has("q"):
                tool.status = 1
            else:
                tool.fail(f"{path}: {real.reason}")
        else:
            tool.out(real + "\n")
    return tool.done()


def _resolved(tool: Tool, path: str, existing: bool, missing: bool) -> str | PathError:
    files = tool.files
    try:
        real = tree.resolve(files.host.root, files.host.path(path)) if path else ""
    except PathError as error:
        return error
    parent = real.rpartition("/")[0] or "/"
    if not real or (existing and files.find(real) is None) or (not missing and not files.is_dir(parent)):
        return PathError(path, tree.NO_ENTRY)
    return real


def _readlink(tool: Tool) -> Done:
    if not tool.read("f,canonicalize e,canonicalize-existing m,canonicalize-missing n,no-newline q s v,verbose z"):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand")
    for path in tool.operands:
        found: str | PathError
        if tool.has("f", "e", "m"):
            kind = tool.last("f", "e", "m")
            found = _resolved(tool, path, kind == "e", kind == "m")
        else:
            node = tool.files.find(path, follow=False)
            wrong = PathError(path, "Invalid argument" if isinstance(node, tree.File | Dir) else tree.NO_ENTRY)
            found = node.target if isinstance(node, Link) else wrong
        if isinstance(found, PathError):
            tool.status = 1
            if tool.has("v"):
                tool.fail(f"{path}: {found.reason}")
        else:
            tool.out(found + ("" if tool.has("n") else "\n"))
    return tool.done()
