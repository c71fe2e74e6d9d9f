"""cp."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from host import effort, tree
from host.call import Call, Done
from host.content import cut
from host.coreutils.base import Tool, device, quoted
from host.coreutils.churn import vanished
from host.coreutils.placing import dangling, joined_path, pairs, real_path
from host.files import READ, SEARCH, WRITE, may
from host.tree import Dir, File, Link, Node, PathError

_SPEC = (
    "a,archive d f,force i,interactive H l,link L,dereference n,no-clobber P,no-dereference p R,r,recursive"
    " s,symbolic-link t,target-directory= T,no-target-directory u,update v,verbose x,one-file-system preserve?"
    " no-preserve= reflink? sparse= b,backup parents remove-destination"
)


def main(call: Call) -> Done:
    """Copy."""
    tool = Tool(call)
    if not tool.read(_SPEC):
        return tool.done()
    found = pairs(tool)
    if found is None:
        return tool.done()
    copier = Copier(tool)
    for source, target in found:
        copier.copy(source, target)
    copier.flush()
    return tool.done()


class Copier:
    """Copies nodes; what goes into one directory is put there at once (`flush`)."""

    def __init__(self, tool: Tool) -> None:
        self.tool, self.host = tool, tool.call.host
        self.recursive = tool.has("R", "a", "r")
        self.keep = tool.has("a", "p", "preserve")
        self.keep_mode = self.keep and "mode" not in tool.value("no-preserve")
        follow = tool.last("L", "P", "d", "a", "H")
        self.follow_top = follow in ("L", "H") or (follow == "" and not self.recursive)
        self.follow = follow == "L"
        self.room: int | None = None
        self.gone: str | None = None
        self.waiting: dict[str, Node] = {}
        self.folder = ""
        self.sources: set[str] = set()
        self.made: dict[str, str] = {}
        """Destinations of this call, with the source of each."""

    def flush(self) -> None:
        """Put what was copied into its directory."""
        if not self.waiting:
            return
        entries, self.waiting = self.waiting, {}
        try:
            self.tool.files.place_all(self.folder, entries)
        except PathError as error:
            first = next(iter(entries))
            self.tool.fail(f"error writing {quoted(joined_path(self.folder, first))}: {error.reason}")

    def copy(self, source: str, target: str) -> None:
        """One operand."""
        tool, files = self.tool, self.tool.files
        special = device(source)
        try:
            node = File(special) if special is not None else files.stat(source, follow=self.follow_top)
        except PathError as error:
            tool.fail(f"cannot stat {quoted(source)}: {error.reason}")
            return
        if isinstance(node, Dir) and not self.recursive:
            tool.fail(f"-r not specified; omitting directory {quoted(source)}")
            return
        if source in self.sources and not isinstance(node, Dir):
            tool.err(f"{tool.name}: warning: source file {quoted(source)} specified more than once\n")
            return
        self.sources.add(source)
        folder, _, name = target.rpartition("/")
        if name not in ("", ".", "..") and self._many(folder, name, source, node, target):
            return
        self.flush()
        files = tool.files
        if target == "/dev/null":
            return
        if self._in_the_way(target):
            return
        old = files.find(target, follow=not isinstance(node, Link) and not tool.has("remove-destination"))
        if target in self.made and not isinstance(node, Dir) and not isinstance(old, Dir):
            tool.fail(f"will not overwrite just-created {quoted(target)} with {quoted(source)}")
            return
        if isinstance(node, Dir) and self.made.get(target) == source:
            tool.err(f"{tool.name}: warning: source directory {quoted(source)} specified more than once\n")
            return
        if old is not None and self._refused(source, target, node, old):
            return
        self.made[target] = source
        inside = isinstance(node, Dir) and self._is_inside(source, target)
        self.room = files.room(target)
        if isinstance(node, Dir):
            self._directory(source, target, node, old)
        else:
            self._file(source, target, node, old)
        if inside:  # it copies what is there, and complains when it comes to its own copy
            tool.fail(f"cannot copy a directory, {quoted(source)}, into itself, {quoted(target)}")

    def _in_the_way(self, target: str) -> bool:
        """A file stands where the destination needs a directory."""
        try:
            self.tool.files.stat(target)
        except PathError as error:
            if error.reason in (tree.NOT_A_DIR, tree.LOOP):
                self.tool.fail(f"cannot stat {quoted(target)}: {error.reason}")
                return True
        return False

    def _many(self, folder: str, name: str, source: str, node: Node, target: str) -> bool:
        """Several plain files into one directory: gathered, so that ten thousand of them take no time."""
        if not isinstance(node, File) or len(self.tool.operands) < 4 or name in self.waiting:
            return False
        if folder != self.folder:
            self.flush()
        holder = self.tool.files.find(folder or "/")
        if not isinstance(holder, Dir) or not may(holder, self.host.user, WRITE | SEARCH):
            return False
        old = holder.entries.get(name)
        if old is not None or not may(node, self.host.user, READ) or self.tool.files.room(folder or "/") is not None:
            return False
        self.folder = folder or "/"
        self._say(source, target)
        self.made[target] = source
        self.waiting[name] = self._made(node)
        return True

    def _refused(self, source: str, target: str, node: Node, old: Node) -> bool:
        tool, files = self.tool, self.tool.files
        if not isinstance(node, Dir) and not isinstance(old, Dir) and tool.last("n", "f", "i") == "n":
            return True
        if real_path(files, source) == real_path(files, target) and not (isinstance(node, Link)):
            tool.fail(f"{quoted(source)} and {quoted(target)} are the same file")
            return True
        if isinstance(old, Dir) and not isinstance(node, Dir):
            tool.fail(f"cannot overwrite directory {quoted(target)} with non-directory")
            return True
        if isinstance(node, Dir) and not isinstance(old, Dir):
            tool.fail(f"cannot overwrite non-directory {quoted(target)} with directory {quoted(source)}")
            return True
        return not isinstance(node, Dir) and self._kept(node, old)

    def _kept(self, node: Node, old: Node) -> bool:
        """Whether -n or -u leaves an old file alone."""
        if self.tool.last("n", "f", "i") == "n":
            return True
        return self.tool.has("u") and old.mtime >= node.mtime

    def _is_inside(self, source: str, target: str) -> bool:
        files = self.tool.files
        inside, outside = real_path(files, target), real_path(files, source)
        if inside == outside or not inside.startswith(outside.rstrip("/") + "/"):  # noqa: SIM103
            return False
        return True

    def _file(self, source: str, target: str, node: Node, old: Node | None) -> None:
        tool, files = self.tool, self.tool.files
        if not may(node, self.host.user, READ):
            tool.fail(f"cannot open {quoted(source)} for reading: {tree.DENIED}")
            return
        if isinstance(node, File) and dangling(files, target):
            tool.fail(f"not writing through dangling symlink {quoted(target)}")
            return
        try:
            if isinstance(node, Link) or tool.has("remove-destination", "s", "l"):
                self._replace(source, target, node, old)
            elif isinstance(node, File):
                self._write(target, node, old)
        except PathError as error:
            if error.reason == tree.NO_SPACE:
                tool.fail(f"error writing {quoted(target)}: {error.reason}")
            else:
                reason = tree.NOT_A_DIR if target.endswith("/") and old is None else error.reason
                what = "symbolic link" if isinstance(node, Link) else "regular file"
                tool.fail(f"cannot create {what} {quoted(target)}: {reason}")
            return
        self._say(source, target)

    def _replace(self, source: str, target: str, node: Node, old: Node | None) -> None:
        files = self.tool.files
        if self.tool.has("s"):
            node = Link(source, self.host.clock, self.host.user)
            if old is not None:
                raise PathError(target, tree.EXISTS)
        elif isinstance(node, File) and not self.tool.has("l"):
            node = self._made(node)
        files.place(target, node)

    def _write(self, target: str, node: File, old: Node | None) -> None:
        files = self.tool.files
        if old is not None and self.tool.has("f") and not may(old, self.host.user, WRITE):
            files.remove(target)
            old = None
        files.write(target, node.content)
        written = files.stat(target)
        assert isinstance(written, File)
        if old is None or self.keep:
            made = self._made(node)
            mode = made.mode if old is None or self.keep_mode else written.mode
            files.change(target, replace(written, mode=mode, mtime=made.mtime, owner=written.owner))

    def _made(self, node: File) -> File:
        """A file's copy."""
        mode = node.mode if self.keep_mode else node.mode & ~self.tool.files.umask
        owner = node.owner if self.keep and self.host.user == "root" else self.host.user
        return replace(node, mode=mode, mtime=node.mtime if self.keep else self.host.clock, owner=owner)

    def _directory(self, source: str, target: str, node: Dir, old: Node | None) -> None:
        tool, files = self.tool, self.tool.files
        self.gone = vanished(self.host, source, node)
        if self.gone:
            self.gone = joined_path(source, self.gone)
        try:
            if old is None:
                files.mkdir(target)
        except PathError as error:
            tool.fail(f"cannot create directory {quoted(target)}: {error.reason}")
            return
        there = files.stat(target)
        assert isinstance(there, Dir)
        if old is not None and not may(there, self.host.user, WRITE | SEARCH):
            tool.fail(f"cannot create regular file {quoted(target)}: {tree.DENIED}")
            return
        merged = self._merged(source, target, node, there if old is not None else None)
        if old is not None and not self.keep:
            merged = replace(merged, mtime=self.host.clock)
        files.change(target, replace(merged, capacity=there.capacity))

    def _merged(self, source: str, target: str, node: Dir, old: Dir | None) -> Dir:
        """The directory with what is copied into it."""
        tool = self.tool
        if old is None:
            self._say(source, target)
        if not may(node, self.host.user, READ | SEARCH):
            tool.fail(f"cannot access {quoted(source)}: {tree.DENIED}")
            return old if old is not None else self._empty(node)
        made: dict[str, Node] = {}
        effort.of_line().spend(2 * effort.CHANGE)
        for name in sorted(node.entries):
            child = node.entries[name]
            path, onto = joined_path(source, name), joined_path(target, name)
            if not effort.of_line().spend(effort.ENTRY + effort.COPY):
                tool.fail(f"cannot create {quoted(onto)}: {tree.NO_SPACE}")
                break
            if isinstance(child, Link) and self.follow:
                followed = tool.files.find(path)
                if followed is None:
                    tool.fail(f"cannot stat {quoted(path)}: {tree.NO_ENTRY}")
                    continue
                child = followed
            copy = self._child(path, onto, child, old.entries.get(name) if old else None)
            if copy is not None:
                made[name] = copy
        if self.gone and self.gone.rpartition("/")[0] == source.rstrip("/"):
            tool.fail(f"cannot stat {quoted(self.gone)}: {tree.NO_ENTRY}")
        base = old if old is not None and not self.keep else self._empty(node)
        kept = old.entries if old is not None else {}
        return replace(base, entries=MappingProxyType({**kept, **made}))

    def _child(self, path: str, onto: str, child: Node, old: Node | None) -> Node | None:
        tool = self.tool
        if isinstance(child, Dir):
            if old is not None and not isinstance(old, Dir):
                tool.fail(f"cannot overwrite non-directory {quoted(onto)} with directory {quoted(path)}")
                return None
            return self._merged(path, onto, child, old if isinstance(old, Dir) else None)
        if isinstance(old, Dir):
            tool.fail(f"cannot overwrite directory {quoted(onto)} with non-directory {quoted(path)}")
            return None
        if old is not None and self._kept(child, old):
            return None
        if isinstance(child, Link):
            self._say(path, onto)
            return replace(child, owner=self.host.user)
        if not may(child, self.host.user, READ):
            tool.fail(f"cannot open {quoted(path)} for reading: {tree.DENIED}")
            return None
        self._say(path, onto)
        made = self._made(child)
        if isinstance(old, File) and not self.keep_mode:
            made = replace(made, mode=old.mode)
        return self._fitted(onto, made)

    def _fitted(self, onto: str, made: File) -> File:
        """The file as far as there is room for it."""
        if self.room is None:
            return made
        if made.size > self.room:
            self.tool.fail(f"error writing {quoted(onto)}: {tree.NO_SPACE}")
            made = replace(made, content=cut(made.content, 0, self.room))
        self.room -= made.size
        return made

    def _empty(self, node: Dir) -> Dir:
        mode = node.mode if self.keep_mode else node.mode & ~self.tool.files.umask
        owner = node.owner if self.keep and self.host.user == "root" else self.host.user
        return Dir(mode=mode, mtime=node.mtime if self.keep else self.host.clock, owner=owner)

    def _say(self, source: str, target: str) -> None:
        if self.tool.has("v"):
            self.tool.out(f"{quoted(source)} -> {quoted(target)}\n")
