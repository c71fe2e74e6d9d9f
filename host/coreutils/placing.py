"""Where cp, mv and ln put what they are given: onto a name, or into a directory."""

from __future__ import annotations

from host import tree
from host.coreutils.base import Tool, quoted
from host.files import Files
from host.tree import Dir, Link


def last_name(path: str) -> str:
    """The last part of a path as typed, without slashes behind."""
    return path.rstrip("/").rpartition("/")[2] or "/"


def joined_path(folder: str, name: str) -> str:
    """A name in a directory, as messages show it."""
    return f"{folder}{name}" if folder.endswith("/") else f"{folder}/{name}"


def pairs(tool: Tool) -> list[tuple[str, str]] | None:
    """(source, destination) of every operand; None after a complaint about them."""
    operands = list(tool.operands)
    target = tool.value("t") or tool.value("target-directory")
    if target:
        operands.append(target)
    if not tool.operands:
        tool.misuse("missing file operand")
        return None
    if len(operands) == 1:
        tool.misuse(f"missing destination file operand after {quoted(operands[0])}")
        return None
    sources, last = operands[:-1], operands[-1]
    node = tool.files.find(last)
    if tool.has("T", "no-target-directory"):
        if len(sources) > 1:
            tool.misuse(f"extra operand {quoted(operands[2])}")
            return None
        return [(sources[0], last)]
    if isinstance(node, Dir):
        return [(source, _into(last, source)) for source in sources]
    if len(sources) > 1 or target:
        reason = tree.NO_ENTRY if node is None else tree.NOT_A_DIR
        tool.fail(f"target {quoted(last)}: {reason}")
        return None
    return [(sources[0], last)]


def _into(folder: str, source: str) -> str:
    name = last_name(source)
    if name in (".", ".."):
        return joined_path(folder, ".")
    return folder if name == "/" else joined_path(folder, name)


def real_path(files: Files, path: str) -> str:
    """Where a path really leads, links followed."""
    try:
        return tree.resolve(files.host.root, files.host.path(path))
    except tree.PathError:
        return files.host.path(path)


def dangling(files: Files, path: str) -> bool:
    """Whether a link is there that leads nowhere."""
    return isinstance(files.find(path, follow=False), Link) and files.find(path) is None
