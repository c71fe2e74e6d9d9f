"""scp: files from one machine to another (over SFTP, as from OpenSSH 9 on)."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace

from host import tree
from host.call import Call, Done
from host.coreutils import remote
from host.coreutils.base import Tool, enter
from host.coreutils.placing import joined_path, last_name
from host.files import READ, SEARCH, WRITE, may
from host.tree import Dir, File, Node, PathError

_SPEC = "3 4 6 A B C O R T p q r s v c= D= F= i= J= l= o= P= S= X="
_USAGE = "usage: scp [-Cpqr] [-P port] source ... target\n"


def main(call: Call) -> Done:
    """Copy."""
    tool = Tool(call)
    if not tool.read(_SPEC):
        said = tool.done().stderr.splitlines()[0].removeprefix("scp: ")
        return Done(call.host, 1, "", said.replace("invalid option", "unknown option") + "\n" + _USAGE)
    if len(tool.operands) < 2:
        return Done(call.host, 1, "", _USAGE)
    return _Copy(tool).run()


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a copy: what is shown of a path, and where it is from here."""

    shown: str
    path: str
    far: bool


class _Copy:
    def __init__(self, tool: Tool) -> None:
        self.tool, self.files = tool, tool.files
        self.user = tool.call.host.user

    def run(self) -> Done:
        """All sources."""
        tool = self.tool
        *sources, last = tool.operands
        target = self._end(last)
        if target is None:
            return tool.done()
        if len(sources) > 1 and not self.files.is_dir(target.path):
            if target.far:
                self._made(target.path)
            else:
                tool.err(f"scp: {target.shown}: {self._why_no_dir(target.path)}\n")
                tool.status = 1
                return tool.done()
        for word in sources:
            source = self._end(word)
            if source is None:
                return tool.done()
            self._one(source, target)
        return tool.done()

    def _made(self, path: str) -> None:
        try:
            self.files.mkdir(path.rstrip("/"))
        except PathError:
            return

    def _why_no_dir(self, path: str) -> str:
        return tree.NO_ENTRY if self.files.find(path) is None else tree.NOT_A_DIR

    def _end(self, word: str) -> _End | None:
        """None after ssh's complaint."""
        tool, there = self.tool, remote.spot(word)
        if not there.name:
            return _End(word, word, far=False)
        machine = remote.reached(tool.call.host, there.name, there.user, tool.value("P", remote.PORT))
        if isinstance(machine, str):
            tool.err(f"{machine}scp: Connection closed\n")
            tool.status = remote.FAILED
            return None
        path = remote.path_on(tool.call.host, machine, there.path)
        return _End(tree.own(path), path, far=True)

    def _one(self, source: _End, target: _End) -> None:
        try:
            found = self._matching(source)
        except PathError as error:
            self._missing(source, error.reason)
            return
        for path, node in found:
            shown = tree.own(path) if source.far else path
            here = replace(source, shown=shown, path=path)
            if isinstance(node, Dir) and not self.tool.has("r"):
                self._no_file(here, target)
            elif isinstance(node, Dir):
                self._directory(here, node, target)
            elif isinstance(node, File):
                self._file(here, node, target)

    def _matching(self, source: _End) -> list[tuple[str, Node]]:
        """A remote path may have a pattern in its last name: the shell there does not see it."""
        folder, slash, name = source.path.rpartition("/")
        if source.far and any(mark in name for mark in "*?["):
            names = [each for each in self.files.names(folder or "/") if fnmatch.fnmatchcase(each, name)]
            if not names:
                raise PathError(source.path, tree.NO_ENTRY)
            return [(f"{folder}{slash}{each}", self.files.stat(f"{folder}{slash}{each}")) for each in names]
        return [(source.path, self.files.stat(source.path))]

    def _missing(self, source: _End, reason: str) -> None:
        says = f"scp: {source.shown}: {reason}\n" if source.far else f'scp: stat local "{source.shown}": {reason}\n'
        self._failed(says, 1 if source.far else remote.FAILED)

    def _failed(self, says: str, status: int = 1) -> None:
        self.tool.err(says)
        self.tool.status = status

    def _not_sent(self, source: _End, target: _End, says: str) -> None:
        """An upload says once more which file it was."""
        after = f"scp: failed to upload file {source.shown} to {target.shown}\n" if target.far else ""
        self._failed(f"scp: {says}\n{after if not source.far else ''}")

    def _no_file(self, source: _End, target: _End) -> None:
        if source.far:
            self._failed(f"scp: download {source.shown.rstrip('/')}/: not a regular file\n")
        else:
            self._not_sent(source, target, f'local "{source.shown}" is not a regular file')

    def _file(self, source: _End, node: File, target: _End) -> None:
        into = self.files.is_dir(target.path)
        path = joined_path(target.path, last_name(source.path)) if into else target.path
        if not may(node, self.user, READ):
            where = "remote open" if source.far else "open local"
            self._not_sent(source, target, f'{where} "{source.shown}": {tree.DENIED}')
            return
        try:
            self.files.write(path, node.content)
        except PathError as error:
            self._refused(source, target, path, error)
            return
        self._as_it_was(path, node)

    def _refused(self, source: _End, target: _End, path: str, error: PathError) -> None:
        shown = tree.own(path)
        if error.reason == tree.NO_SPACE:
            self._not_sent(source, target, f'write {"remote" if target.far else "local"} "{shown}": Failure')
        elif target.far:
            reason = "Failure" if error.reason == tree.IS_A_DIR else error.reason
            self._not_sent(source, target, f'dest open "{shown}": {reason}')
        else:
            self._failed(f'scp: open local "{shown}": {error.reason}\n')

    def _as_it_was(self, path: str, node: File) -> None:
        """The mode of the source less the umask (-p: all of it), and with -p its time."""
        made = self.files.stat(path)
        if isinstance(made, File):
            keep = self.tool.has("p")
            mode = node.mode if keep else node.mode & ~self.files.umask
            self.files.change(path, replace(made, mode=mode, mtime=node.mtime if keep else made.mtime))

    def _directory(self, source: _End, node: Dir, target: _End) -> None:
        name = last_name(tree.own(source.path))
        into = self.files.is_dir(target.path) and name not in (".", "..")
        path = joined_path(target.path, name) if into else target.path.rstrip("/")
        parent = path.rpartition("/")[0] or "/"
        if target.far and self.files.find(parent) is None:
            shown = target.shown
            self._failed(
                f"scp: realpath {shown}: No such file\n"
                f'scp: upload "{shown}": path canonicalization failed\n'
                f"scp: failed to upload directory {source.shown} to {shown}\n"
            )
            return
        old = self.files.find(path)
        try:
            self.files.place(path, self._copied(node, old if isinstance(old, Dir) else None, source.shown))
        except PathError as error:
            verb = "remote mkdir" if target.far else "mkdir"
            self._failed(f'scp: {verb} "{tree.own(path)}": {error.reason}\n')

    def _copied(self, node: Dir, old: Dir | None, shown: str) -> Dir:
        """A directory with what is in it, as this user gets it: links are followed, owners are not kept."""
        host, keep = self.files.host, self.tool.has("p")
        if not may(node, self.user, READ | SEARCH):
            self._failed(f'scp: open local "{shown}": {tree.DENIED}\n')
            return old or Dir(mtime=host.clock, owner=self.user)
        enter(node)
        entries: dict[str, Node] = {}
        for name, child in node.entries.items():
            below = f"{shown.rstrip('/')}/{name}"
            there = old.entries.get(name) if old else None
            if isinstance(child, Dir):
                entries[name] = self._copied(child, there if isinstance(there, Dir) else None, below)
            elif isinstance(child, File) and may(child, self.user, READ):
                mode = child.mode if keep else child.mode & ~self.files.umask
                entries[name] = File(child.content, mode, child.mtime if keep else host.clock, self.user)
            elif isinstance(child, File):
                self._failed(f'scp: open local "{below}": {tree.DENIED}\n')
        mode = node.mode if keep else (node.mode & ~self.files.umask) | WRITE << 6
        made = old or Dir(owner=self.user)
        mtime = node.mtime if keep else host.clock
        return replace(made.with_entries(entries), mode=old.mode if old else mode, mtime=mtime)
