"""rm, rmdir, unlink."""

from __future__ import annotations

from host import tree
from host.call import Call, Done
from host.coreutils.base import Tool, quoted
from host.files import READ, SEARCH, WRITE, may
from host.tree import Dir, Link, Node, PathError


def main(call: Call) -> Done:
    """Remove."""
    tool = Tool(call)
    if call.name == "rmdir":
        return _rmdir(tool)
    if call.name == "unlink":
        if tool.read("") and tool.operands:
            _remove(tool, tool.operands[0], "cannot unlink")
        return tool.done()
    spec = "f,force i I interactive? r,R,recursive d,dir v,verbose one-file-system preserve-root? no-preserve-root"
    if not tool.read(spec):
        return tool.done()
    if not tool.operands and not tool.has("f"):
        return tool.misuse("missing operand")
    if not tool.has("r", "R", "v", "d") and len(tool.operands) > 3:
        _many(tool)
    for path in tool.operands:
        _remove(tool, path, "cannot remove")
    return tool.done()


def _many(tool: Tool) -> None:
    """Plain files of one directory, all at once; what is left over is taken one by one."""
    folder = tool.operands[0].rpartition("/")[0]
    holder = tool.files.find(folder or ".")
    if not isinstance(holder, Dir):
        return
    names = {path: path.rpartition("/")[2] for path in tool.operands if path.rpartition("/")[0] == folder}
    plain = {path: name for path, name in names.items() if not isinstance(holder.entries.get(name, holder), Dir)}
    if plain and not (folder == "" and tool.operands[0].startswith("/")):
        try:
            tool.files.remove_all(folder or ".", plain.values())
        except PathError:
            return
        tool.operands = [path for path in tool.operands if path not in plain]


def _remove(tool: Tool, path: str, says: str) -> None:
    files = tool.files
    name = path.rstrip("/").rpartition("/")[2]
    recursive = tool.has("r", "R")
    if recursive and name in (".", ".."):
        tool.fail(f"refusing to remove '.' or '..' directory: skipping {quoted(path)}")
        return
    try:
        node = files.stat(path, follow=False)
        if recursive and path.endswith("/") and isinstance(files.find(path.rstrip("/"), follow=False), Link):
            files.remove_all(
                path, files.names(path)
            )  # it goes through the link, and cannot remove the link as a directory
            if not tool.has("f"):
                tool.fail(f"{says} {quoted(path)}: {tree.NOT_A_DIR}")
            return
    except PathError as error:
        if not (tool.has("f") and error.reason in (tree.NO_ENTRY, tree.NOT_A_DIR)):
            tool.fail(f"{says} {quoted(path)}: {error.reason}")
        return
    if files.host.path(path) == "/" and recursive:
        tool.fail("it is dangerous to operate recursively on '/'")
        tool.fail("use --no-preserve-root to override this failsafe")
        return
    if isinstance(node, Dir) and not recursive and not (tool.has("d") and not node.entries):
        reason = tree.NOT_EMPTY if tool.has("d") else tree.IS_A_DIR
        tool.fail(f"{says} {quoted(path)}: {reason}")
        return
    if isinstance(node, Dir) and node.entries and not _emptied(tool, path, node):
        return
    try:
        files.remove(path)
    except PathError as error:
        tool.fail(f"{says} {quoted(path)}: {error.reason}")
        return
    if isinstance(node, Dir):
        _say(tool, path, node)
    elif tool.has("v"):
        tool.out(f"removed {quoted(path)}\n")


def _emptied(tool: Tool, path: str, node: Dir) -> bool:
    """Whether everything below may go; says which file may not."""
    user = tool.call.host.user
    for below, child in tree.walk(node, path.rstrip("/")):
        if isinstance(child, Dir) and child.entries and not may(child, user, READ | WRITE | SEARCH):
            if may(child, user, READ):
                for name in sorted(child.entries):
                    tool.fail(f"cannot remove {quoted(f'{below}/{name}')}: {tree.DENIED}")
            else:
                tool.fail(f"cannot remove {quoted(below)}: {tree.DENIED}")
            return False
    return True


def _say(tool: Tool, path: str, node: Node) -> None:
    if not tool.has("v"):
        return
    if isinstance(node, Dir):
        for name in sorted(node.entries):
            _say(tool, f"{path.rstrip('/')}/{name}", node.entries[name])
        tool.out(f"removed directory {quoted(path)}\n")
    else:
        tool.out(f"removed {quoted(path)}\n")


def _rmdir(tool: Tool) -> Done:
    if not tool.read("p,parents v,verbose ignore-fail-on-non-empty"):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand")
    for operand in tool.operands:
        path = operand
        while path:
            if tool.has("v"):
                tool.out(f"rmdir: removing directory, {quoted(path)}\n")
            if not _one_dir(tool, path, path != operand):
                break
            path = path.rstrip("/").rpartition("/")[0] if tool.has("p") else ""
    return tool.done()


def _one_dir(tool: Tool, path: str, parent: bool) -> bool:
    what = "failed to remove directory" if parent else "failed to remove"
    try:
        node = tool.files.stat(path, follow=False)
        if not isinstance(node, Dir):
            raise PathError(path, tree.NOT_A_DIR)  # noqa: TRY301
        if path.rstrip("/").rpartition("/")[2] == ".":
            raise PathError(path, "Invalid argument")  # noqa: TRY301
        if node.entries:
            raise PathError(path, tree.NOT_EMPTY)  # noqa: TRY301
        tool.files.remove(path)
    except PathError as error:
        if not (error.reason == tree.NOT_EMPTY and tool.has("ignore-fail-on-non-empty")):
            tool.fail(f"{what} {quoted(path)}: {error.reason}")
        return False
    return True
