"""rsync between directories of one host, or of two (`host:path`)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from host import tree
from host.call import Call, Done
from host.content import text_of
from host.coreutils import remote
from host.coreutils.base import Tool, enter, lines_of
from host.coreutils.churn import vanished
from host.coreutils.rsync_filter import Rule, excluded
from host.effort import CHANGE, COPY, spend
from host.files import READ, SEARCH, may
from host.tree import Dir, File, Link, Node, PathError

_SPEC = (
    "a,archive r,recursive l,links p,perms t,times g,group o,owner D v,verbose q,quiet n,dry-run u,update c,checksum"
    " z,compress h,human-readable P i,itemize-changes delete delete-before delete-during delete-after delete-excluded"
    " exclude= include= exclude-from= include-from= f,filter= progress stats partial inplace W,whole-file"
    " x,one-file-system H,hard-links A,acls X,xattrs S,sparse ignore-existing existing size-only numeric-ids"
    " e,rsh= bwlimit= link-dest= L,copy-links k,copy-dirlinks d,dirs R,relative no-owner no-group no-perms no-times"
    " info= append append-verify ignore-errors force mkpath remove-source-files max-size= timeout= devices specials"
)
_RELEASE = "3.5.0"
_TRANSFER = f"at main.c(1394) [sender={_RELEASE}]"


def main(call: Call) -> Done:
    """Make one directory like another."""
    tool = Tool(call)
    if len(call.argv) == 1:
        tool.out("Usage: rsync [OPTION]... SRC [SRC]... DEST\n")
        tool.status = 1
        return tool.done()
    if not tool.read(_SPEC):
        done = tool.done()
        fault = done.stderr.split("\n", 1)[0].removeprefix("rsync: ")
        if done.exit == 0:
            return done
        says = f"rsync: {fault.replace('invalid option -- ', '').replace('unrecognized option ', '').strip(chr(39))}"
        text = f"{says}: unknown option\n{_error('syntax or usage error', 1, 'main.c(1795) [client=')}"
        return replace(done, exit=1, stderr=text)
    return _Transfer(tool).run()


def _error(what: str, code: int, where: str) -> str:
    return f"rsync error: {what} (code {code}) at {where}{_RELEASE}]\n"


class _Transfer:
    def __init__(self, tool: Tool) -> None:
        self.tool, self.host = tool, tool.call.host
        archive = tool.has("a")
        self.recursive = archive or tool.has("r")
        self.links = archive or tool.has("l")
        self.perms = (archive or tool.has("p")) and not tool.has("no-perms")
        self.times = (archive or tool.has("t")) and not tool.has("no-times")
        self.dry = tool.has("n")
        self.delete = tool.has("delete", "delete-before", "delete-during", "delete-after", "delete-excluded")
        self.rules = tuple(self._rules())
        self.lines: list[str] = []
        self.total = self.sent = 0
        self.vanished = self.partial = False
        self.room: int | None = None
        self.pulls = False
        """A source is on another machine."""

    def _rules(self) -> list[Rule]:
        rules: list[Rule] = []
        for name, value in self.tool.given:
            if name in ("exclude", "include"):
                rules.append(Rule(value, name == "include"))
            elif name in ("exclude-from", "include-from"):
                text = text_of(self.tool.content(value) or "")
                found = [line for line in lines_of(text) if line.strip() and line[0] not in "#;"]
                rules += [Rule(line, name == "include-from") for line in found]
            elif name == "f" and value[:2] in ("- ", "+ "):
                rules.append(Rule(value[2:], value[0] == "+"))
        return rules

    def run(self) -> Done:
        """All sources."""
        tool = self.tool
        *sources, target = tool.operands or [""]
        if not self._mounted(sources, target):
            return tool.done()
        *sources, target = tool.operands or [""]
        if not sources:
            return self._listed(target)
        if self.delete and not (self.recursive or tool.has("d")):
            tool.err("rsync: --delete does not work without --recursive (-r) or --dirs (-d).\n")
            tool.err(_error("syntax or usage error", 1, "main.c(1795) [client="))
            tool.status = 1
            return tool.done()
        before = tool.files.host
        try:
            self._transfer(sources, target)
        except PathError as error:
            tool.err(f'rsync: [Receiver] mkdir "{self._shown(target)}" failed: {error.reason} ({_errno(error)})\n')
            tool.err(_error("error in file IO", 11, "main.c(791) [Receiver="))
            tool.status = 11
            return tool.done()
        if self.dry:
            tool.files.host = before
        return self._ended()

    def _mounted(self, sources: list[str], target: str) -> bool:
        """Operands on other machines as paths that are reached from here; False after a complaint."""
        tool = self.tool
        ends = [remote.spot(word) for word in (*sources, target)]
        if ends[-1].name and any(each.name for each in ends[:-1]):
            tool.err("The source and destination cannot both be remote.\n")
            tool.err(_error("syntax or usage error", 1, "main.c(1471) [Receiver="))
            tool.status = 1
            return False
        self.pulls = any(each.name for each in (ends[:-1] or ends))
        for at, each in enumerate(ends):
            if not each.name:
                continue
            machine = remote.reached(self.host, each.name, each.user)
            if isinstance(machine, str):
                role = "Receiver" if self.pulls else "sender"
                tool.err(f"{machine}rsync: connection unexpectedly closed (0 bytes received so far) [{role}]\n")
                tool.err(_error("unexplained error", remote.FAILED, f"io.c(285) [{role}="))
                tool.status = remote.FAILED
                return False
            tool.operands[at] = remote.path_on(self.host, machine, each.path)
        return True

    def _shown(self, path: str) -> str:
        """A path in a message, as its own machine calls it."""
        return tree.own(self.host.path(path))

    def _listed(self, source: str) -> Done:
        node = self.tool.files.find(source)
        if node is None:
            self._missing(source)
            return self._ended()
        from host.coreutils.listing import mode_text

        shown = [(".", node), *sorted(node.entries.items())] if isinstance(node, Dir) else [(source, node)]
        for name, child in shown:
            size = child.size if isinstance(child, File) else 4096
            self.tool.out(f"{mode_text(child)} {size:14,d} 2026/09/21 00:00:00 {name}\n")
        return self.tool.done()

    def _missing(self, source: str) -> None:
        path = self._shown(source)
        call = "change_dir" if source.endswith("/") else "link_stat"
        self.tool.err(f'rsync: [sender] {call} "{path}" failed: {tree.NO_ENTRY} (2)\n')
        self.partial = True

    def _transfer(self, sources: list[str], target: str) -> None:
        found: list[tuple[str, Node]] = []
        for source in sources:
            node = self.tool.files.find(source, follow=source.endswith("/") or self.tool.has("L"))
            if node is None:
                self._missing(source)
            else:
                found.append((source, node))
        if not found:
            return
        there = self.tool.files.find(target)
        into_dir = isinstance(there, Dir) or target.endswith("/") or len(sources) > 1
        first_source, first = found[0]
        if not isinstance(first, Dir) and not into_dir:
            self._single(first_source, first, target, there)
            return
        old = there if isinstance(there, Dir) else None
        if old is None:
            self.tool.files.mkdir(target.rstrip("/"))
            old = self._fresh()
            self.lines.append(f"created directory {tree.own(target.rstrip('/'))}")
        self.room = self.tool.files.room(target)
        self.tool.files.change(target, self._into(old, found))

    def _into(self, made: Dir, found: list[tuple[str, Node]]) -> Dir:
        for source, node in found:
            gone = vanished(self.host, source, node)
            if gone:
                self.vanished = True
                self.tool.err(f'file has vanished: "{self._shown(source).rstrip("/")}/{gone}"\n')
            name = source.rstrip("/").rpartition("/")[2]
            if isinstance(node, Dir) and not self.recursive:
                self.tool.out(f"skipping directory {name or '.'}\n")
            elif isinstance(node, Dir) and (source.endswith("/") or name in (".", "..")):
                made = self._merged(node, made, "", source)
            elif not excluded(self.rules, name, isinstance(node, Dir)):
                child = self._child(node, made.entries.get(name), name, source)
                made = made.with_entry(name, child) if child is not None else made
        return made

    def _fresh(self) -> Dir:
        return Dir(mode=0o777 & ~self.tool.files.umask, mtime=self.host.clock, owner=self.host.user)

    def _single(self, source: str, node: Node, target: str, old: Node | None) -> None:
        self.room = self.tool.files.room(target)
        made = self._child(node, old, source.rpartition("/")[2], source)
        if made is not None:
            self.tool.files.place(target, made)

    def _merged(self, node: Dir, old: Dir | None, path: str, source: str) -> Dir:
        if not may(node, self.host.user, READ | SEARCH):
            self._denied("opendir", source)
            return old or self._fresh()
        at = len(self.lines)
        entries: dict[str, Node] = dict(old.entries) if old else {}
        here: set[str] = set()
        changed = old is None
        enter(node)
        spend(2 * CHANGE + COPY * len(node.entries))
        for name in sorted(node.entries, key=lambda name: (isinstance(node.entries[name], Dir), name)):
            child = node.entries[name]
            below = f"{path}/{name}" if path else name
            if excluded(self.rules, below, isinstance(child, Dir)):
                continue
            here.add(name)
            made = self._child(child, entries.get(name), below, f"{source.rstrip('/')}/{name}")
            changed = changed or (name not in entries)
            if made is not None:
                entries[name] = made
        for name in [name for name in entries if name not in here] if self.delete else []:
            changed = self._deleted(entries, name, f"{path}/{name}" if path else name) or changed
        if changed or (old is not None and self.times and old.mtime != node.mtime):
            self.lines.insert(at, f"{path}/" if path else "./")
        base = old or self._fresh()
        mode = node.mode if self.perms else (base.mode if old else node.mode & ~self.tool.files.umask)
        return replace(
            base,
            entries=MappingProxyType(entries),
            mode=mode,
            mtime=node.mtime if self.times else self.host.clock,
            owner=node.owner if self.host.user == "root" else self.host.user,
        )

    def _deleted(self, entries: dict[str, Node], name: str, path: str) -> bool:
        is_dir = isinstance(entries[name], Dir)
        if excluded(self.rules, path, is_dir) and not self.tool.has("delete-excluded"):
            return False
        for below, child in reversed(list(tree.walk(entries[name], path))):
            self.lines.append(f"deleting {below}{'/' if isinstance(child, Dir) else ''}")
        del entries[name]
        return True

    def _child(self, node: Node, old: Node | None, path: str, source: str) -> Node | None:
        if isinstance(node, Link) and self.tool.has("L"):
            node = self.tool.files.find(source) or node
        if isinstance(node, Dir):
            if not self.recursive:
                self.tool.out(f"skipping directory {path}\n")
                return None
            return self._merged(node, old if isinstance(old, Dir) else None, path, source)
        if isinstance(node, Link):
            if not self.links:
                self.tool.out(f'skipping non-regular file "{path}"\n')
                return None
            if not (isinstance(old, Link) and old.target == node.target):
                self.lines.append(f"{path} -> {node.target}")
            return replace(node, owner=self.host.user)
        return self._file(node, old, path, source)

    def _file(self, node: File, old: Node | None, path: str, source: str) -> Node | None:
        tool = self.tool
        self.total += node.size
        if not may(node, self.host.user, READ):
            self._denied("send_files failed to open", source)
            return None
        if isinstance(old, File):
            same = node.size == old.size and (tool.has("size-only") or node.mtime == old.mtime)
            if tool.has("c"):
                same = node.content == old.content
            if tool.has("ignore-existing") or (tool.has("u") and old.mtime > node.mtime):
                return old
            if same:
                return replace(old, mode=node.mode) if self.perms else old
        elif tool.has("existing"):
            return None
        if self.room is not None and node.size > self.room and not self.dry:
            tool.err(f'rsync: [receiver] write failed on "{path}": {tree.NO_SPACE} (28)\n')
            tool.status = 11
            return None
        self.room = None if self.room is None else self.room - node.size
        self.sent += node.size
        self.lines.append(path)
        mode = node.mode if self.perms else (old.mode if isinstance(old, File) else node.mode & ~tool.files.umask)
        owner = node.owner if self.host.user == "root" else self.host.user
        return File(node.content, mode, node.mtime if self.times else self.host.clock, owner)

    def _denied(self, call: str, source: str) -> None:
        joint = " " if call == "opendir" else ": "
        path = self._shown(source)
        failed = f'{call} "{path}" failed: ' if call == "opendir" else f'{call} "{path}"{joint}'
        self.tool.err(f"rsync: [sender] {failed}{tree.DENIED} (13)\n")
        self.partial = True

    def _ended(self) -> Done:
        tool = self.tool
        if tool.has("v", "i", "P", "progress") and not tool.has("q"):
            deed = "receiving" if self.pulls else "sending"
            head = "" if tool.has("i") and not tool.has("v") else f"{deed} incremental file list\n"
            tool.out(head + "".join(f"{line}\n" for line in self.lines))
        if tool.has("v") and not tool.has("q"):
            sent, received = self.sent + 46 * len(self.lines) + 80, 19 * len(self.lines) + 16
            speed = self.total / (sent + received)
            tool.out(f"\nsent {sent:,} bytes  received {received:,} bytes  {(sent + received) * 2:,}.00 bytes/sec\n")
            tool.out(f"total size is {self.total:,}  speedup is {speed:,.2f}{' (DRY RUN)' if self.dry else ''}\n")
        if tool.status == 11:
            tool.err(_error("error in file IO", 11, "receiver.c(380) [receiver="))
        elif self.partial:
            at = f"at main.c(1956) [generator={_RELEASE}]" if self.pulls else _TRANSFER
            tool.err(f"rsync error: some files/attrs were not transferred (see previous errors) (code 23) {at}\n")
            tool.status = 23
        elif self.vanished:
            tool.err(f"rsync warning: some files vanished before they could be transferred (code 24) {_TRANSFER}\n")
            tool.status = 24
        return tool.done()


def _errno(error: PathError) -> int:
    return {tree.NO_ENTRY: 2, tree.DENIED: 13, tree.EXISTS: 17, tree.NOT_A_DIR: 20, tree.NO_SPACE: 28}.get(
        error.reason, 5
    )
