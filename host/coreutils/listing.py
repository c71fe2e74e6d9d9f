"""ls."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from host import tree
from host.call import Call, Done
from host.coreutils.base import Tool, enter, human, quoted
from host.effort import COPY, EDIT, spend
from host.files import READ, size_in
from host.tree import Dir, File, Link, Node, PathError

_SPEC = (
    "a,all A,almost-all l 1 d,directory h,human-readable R,recursive r,reverse S t F,classify? n,numeric-uid-gid"
    " g o G,no-group U f c u L,dereference H i,inode s,size k,kibibytes C x m p q Q N v X color? time-style= full-time"
    " sort= group-directories-first I,ignore= B,ignore-backups"
)
_HALF_A_YEAR = 15_778_476
_BLOCK = 4096


def main(call: Call) -> Done:
    """List directories."""
    tool = Tool(call, trouble=2)
    if not tool.read(_SPEC):
        return tool.done()
    listing = _Listing(tool)
    single: list[tuple[str, Node]] = []
    dirs: list[tuple[str, Dir]] = []
    for path in tool.operands or ["."]:
        node = listing.found(path)
        if isinstance(node, Dir) and not tool.has("d"):
            dirs.append((path, node))
        elif node is not None:
            single.append((path, node))
    listing.print(listing.sorted(single), False)
    ordered = [(path, node) for path, node in listing.sorted(list(dirs)) if isinstance(node, Dir)]
    for index, (path, node) in enumerate(ordered):
        if single or index:
            tool.out("\n")
        listing.directory(path, node, len(tool.operands) > 1 or tool.has("R"))
    return tool.done()


class _Listing:
    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.long = tool.has("l", "n", "g", "o", "full-time")
        self.ignored = [value for key, value in tool.given if key == "I"]
        self.given = frozenset(key for key, _ in tool.given)
        """For what is asked once an entry."""
        self.moments: dict[float, str] = {}

    def found(self, path: str) -> Node | None:
        """The node of an operand; a link to a directory counts as one unless -l, -d or -F is given."""
        tool = self.tool
        follow = tool.has("L", "H") or not (self.long or tool.has("d", "F"))
        try:
            node = tool.files.find(path) if follow else None
            return node if node is not None else tool.files.stat(path, follow=tool.has("L"))
        except PathError as error:
            tool.fail(f"cannot access {quoted(path)}: {error.reason}")
            return None

    def sorted(self, entries: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
        """In the order that was asked for."""
        tool = self.tool
        if tool.has("U", "f"):
            return entries
        entries = sorted(entries, key=lambda entry: entry[0])
        by = tool.last("S", "t", "sort") or ("t" if tool.has("c", "u") and not self.long else "")
        if by == "sort":
            by = {"size": "S", "time": "t"}.get(tool.value("sort"), "")
        if by == "S":
            entries.sort(key=lambda entry: -size_in(entry[1]))
        elif by == "t":
            entries.sort(key=lambda entry: -entry[1].mtime)
        if tool.has("r"):
            entries.reverse()
        if tool.has("group-directories-first"):
            entries.sort(key=lambda entry: not isinstance(entry[1], Dir))
        return entries

    def directory(self, path: str, node: Dir, named: bool) -> None:
        """The entries of a directory, and with -R of those below."""
        from host.files import may

        tool = self.tool
        if not may(node, tool.call.host.user, READ):
            tool.fail(f"cannot open directory {quoted(path)}: {tree.DENIED}")
            return
        if named:
            tool.out(f"{path}:\n")
        enter(node)
        if self.given.isdisjoint("aAfIB"):
            entries = [(name, child) for name, child in node.entries.items() if name[:1] != "."]
        else:
            entries = [(name, child) for name, child in node.entries.items() if self._shown(name)]
        inside = entries
        if tool.last("a", "A", "f") in ("a", "f"):
            parent = tool.files.find(f"{path}/..")
            entries = [(".", node), ("..", parent if parent is not None else node), *entries]
        if self.long or tool.has("s"):
            blocks = sum(_blocks(child) for _, child in entries) * 1024
            tool.out(f"total {human(blocks) if tool.has('h') else blocks // 1024}\n")
        self.print(self.sorted(entries), True)
        if tool.has("R"):
            for name, child in self.sorted(inside):
                if isinstance(child, Dir):
                    tool.out("\n")
                    self.directory(f"{path.rstrip('/')}/{name}" if path != "/" else f"/{name}", child, True)

    def _shown(self, name: str) -> bool:
        if name.startswith(".") and self.given.isdisjoint("aAf"):
            return False
        from host.shell.globs import matches

        if self.ignored and any(matches(value, name) for value in self.ignored):
            return False
        return not ("B" in self.given and name.endswith("~"))

    def print(self, entries: list[tuple[str, Node]], inside: bool) -> None:  # noqa: ARG002
        """One line an entry."""
        if not self.long:
            if self.tool.has("m") and entries:
                self.tool.out(", ".join(name for name, _ in entries) + "\n")
                return
            if self.given.isdisjoint("sQFp"):
                self.tool.out("".join([f"{name}\n" for name, _ in entries]))
                return
            self.tool.out("".join(f"{self._extra(node)}{self._label(name, node)}\n" for name, node in entries))
            return
        spend(EDIT + COPY * len(entries))
        rows = [self._row(node) for _, node in entries]
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
        for row, (name, node) in zip(rows, entries, strict=True):
            links, owner, group, size, when = row
            cells = [links.rjust(widths[0])]
            if "g" not in self.given:
                cells.append(owner.ljust(widths[1]))
            if self.given.isdisjoint("oG"):
                cells.append(group.ljust(widths[2]))
            arrow = f" -> {node.target}" if isinstance(node, Link) else ""
            cells += [size.rjust(widths[3]), when, self._label(name, node) + arrow]
            self.tool.out(f"{self._extra(node)}{mode_text(node)} {' '.join(cells)}\n")

    def _extra(self, node: Node) -> str:
        if "s" not in self.given:
            return ""
        return f"{human(_blocks(node) * 1024) if self.tool.has('h') else _blocks(node)} "

    def _label(self, name: str, node: Node) -> str:
        if "Q" in self.given:
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if "F" in self.given or ("p" in self.given and isinstance(node, Dir)):
            mark = {Dir: "/", Link: "" if self.long else "@"}.get(type(node), "")
            return name + (mark or ("*" if isinstance(node, File) and node.mode & 0o111 else ""))
        return name

    def _row(self, node: Node) -> tuple[str, str, str, str, str]:
        links = 2 + sum(isinstance(child, Dir) for child in node.entries.values()) if isinstance(node, Dir) else 1
        size = size_in(node)
        shown = human(size) if "h" in self.given else str(size)
        owner = ({"root": "0", "postgres": "999"}.get(node.owner, "1000")) if "n" in self.given else node.owner
        return str(links), owner, owner, shown, self._when(node.mtime)

    def _when(self, mtime: float) -> str:
        """Thousands of files may have few times."""
        if mtime not in self.moments:
            self.moments[mtime] = self._time(mtime)
        return self.moments[mtime]

    def _time(self, mtime: float) -> str:
        moment = datetime.fromtimestamp(mtime, UTC)
        if self.tool.has("full-time") or self.tool.value("time-style") == "full-iso":
            return moment.strftime("%Y-%m-%d %H:%M:%S.%f") + "000 +0000"
        if self.tool.value("time-style") == "long-iso":
            return moment.strftime("%Y-%m-%d %H:%M")
        age = self.tool.call.host.clock - mtime
        if -3600 < age < _HALF_A_YEAR:
            return f"{moment:%b} {moment.day:2d} {moment:%H:%M}"
        return f"{moment:%b} {moment.day:2d}  {moment.year}"


def _blocks(node: Node) -> int:
    """Kilobytes on disk."""
    if isinstance(node, Dir):
        return 4
    return -(-node.size // _BLOCK) * 4 if isinstance(node, File) else 0


def mode_text(node: Node) -> str:
    """drwx------"""
    if isinstance(node, Link):
        return "lrwxrwxrwx"
    return ("d" if isinstance(node, Dir) else "-") + _rights(node.mode)


@lru_cache(maxsize=256)
def _rights(mode: int) -> str:
    text = "".join(letter if mode >> (8 - at) & 1 else "-" for at, letter in enumerate("rwxrwxrwx"))
    return text[:8] + ("t" if mode & 1 else "T") if mode & 0o1000 else text
