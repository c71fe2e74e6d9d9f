"""mv."""

from __future__ import annotations

from host import tree
from host.call import Call, Done
from host.coreutils.base import Tool, quoted
from host.coreutils.placing import pairs, real_path
from host.tree import Dir, Node, PathError

_SPEC = (
    "f,force i,interactive n,no-clobber u,update v,verbose t,target-directory= T,no-target-directory b,backup"
    " strip-trailing-slashes"
)


def main(call: Call) -> Done:
    """Move or rename."""
    tool = Tool(call)
    if not tool.read(_SPEC):
        return tool.done()
    tried: dict[str, str] = {}
    made: set[str] = set()
    found = pairs(tool) or []
    folders = {target.rpartition("/")[0]: "" for _, target in found}  # opened before anything is moved
    folders = {folder: real_path(tool.files, folder) for folder in folders if folder}
    for source, target in found:
        before = tool.files.host
        node = tool.files.find(source, follow=False)
        if (
            isinstance(node, Dir)
            and tried.get(target) == real_path(tool.files, source)
            and _is_inside(tool, source, target)
        ):
            tool.err(f"mv: warning: source directory {quoted(source)} specified more than once\n")
            continue
        tried[target] = real_path(tool.files, source)
        if target in made and node is not None and not isinstance(node, Dir):
            tool.fail(f"will not overwrite just-created {quoted(target)} with {quoted(source)}")
            continue
        folder, _, name = target.rpartition("/")
        _move(tool, source, target, f"{folders[folder]}/{name}" if folder and name else target)
        if tool.files.host is not before:
            made.add(target)
    return tool.done()


def _is_inside(tool: Tool, source: str, target: str) -> bool:
    """Whether a directory would come below itself."""
    return real_path(tool.files, target).startswith(real_path(tool.files, source).rstrip("/") + "/")


def _move(tool: Tool, source: str, target: str, place: str) -> None:
    """`place`: where the target really is."""
    files = tool.files
    try:
        node = files.stat(source, follow=source.endswith("/"))
    except PathError as error:
        tool.fail(f"cannot stat {quoted(source)}: {error.reason}")
        return
    old = files.find(place, follow=False)
    if old is not None and tool.last("n", "f", "i") == "n":
        return
    if old is not None and _refused(tool, source, target, node, old):
        return
    here = tree.absolute(source, files.host.cwd)
    if here == "/" or source.rstrip("/").rpartition("/")[2] in (".", ".."):
        tool.fail(f"cannot move {quoted(source)} to {quoted(target)}: Device or resource busy")
        return
    if isinstance(node, Dir) and _is_inside(tool, source, target):
        tool.fail(f"cannot move {quoted(source)} to a subdirectory of itself, {quoted(target)}")
        return
    before = files.host
    try:
        if target.endswith("/") and not isinstance(node, Dir):
            raise PathError(target, tree.NOT_A_DIR)  # noqa: TRY301
        files.remove(source)
        files.place(place.rstrip("/") if isinstance(node, Dir) else place, node)
    except PathError as error:
        files.host = before
        tool.fail(f"cannot move {quoted(source)} to {quoted(target)}: {error.reason}")
        return
    if tool.has("v"):
        tool.out(f"renamed {quoted(source)} -> {quoted(target)}\n")


def _refused(tool: Tool, source: str, target: str, node: Node, old: Node) -> bool:
    files = tool.files
    same = tree.absolute(source, files.host.cwd) == tree.absolute(target, files.host.cwd)
    if same or (node is old and real_path(files, source) == real_path(files, target)):
        tool.fail(f"{quoted(source)} and {quoted(target)} are the same file")
    elif isinstance(old, Dir) and not isinstance(node, Dir):
        tool.fail(f"cannot overwrite directory {quoted(target)} with non-directory")
    elif isinstance(node, Dir) and not isinstance(old, Dir):
        tool.fail(f"cannot overwrite non-directory {quoted(target)} with directory {quoted(source)}")
    elif isinstance(old, Dir) and old.entries and source.rstrip("/").rpartition("/")[2] not in (".", ".."):
        tool.fail(f"cannot move {quoted(source)} to {quoted(target)}: {tree.NOT_EMPTY}")
    else:
        return tool.has("u") and old.mtime >= node.mtime
    return True
