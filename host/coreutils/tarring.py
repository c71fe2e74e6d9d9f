"""tar: what it is asked, and writing archives; reading them is `untarring`."""

from __future__ import annotations

import re
from dataclasses import replace

from host import tree
from host.archives import Tar, packed
from host.call import Call, Done
from host.content import Content, Gzip, text_of
from host.coreutils.base import Tool, enter, lines_of
from host.coreutils.churn import vanished
from host.coreutils.tar_words import TarFault, TarWords
from host.effort import CHANGE, LETTERS, spend
from host.files import READ, SEARCH, may
from host.shell.globs import compiled
from host.tree import Dir, File, Link, Node, PathError

METHODS = {"z": "gzip", "j": "bzip2", "J": "xz", "zstd": "zstd"}
_ENDINGS = {
    ".gz": "gzip",
    ".tgz": "gzip",
    ".bz2": "bzip2",
    ".tbz2": "bzip2",
    ".xz": "xz",
    ".txz": "xz",
    ".zst": "zstd",
    ".tzst": "zstd",
    ".lz4": "lz4",
}
FAILED = "Exiting with failure status due to previous errors"
_HINT = "Try 'tar --help' or 'tar --usage' for more information.\n"


def main(call: Call) -> Done:
    """Make, list or unpack an archive."""
    from host.coreutils.untarring import extract

    tool = Tool(call, trouble=2)
    words = TarWords()
    arguments = list(call.argv[1:])
    if "--help" in arguments or "--version" in arguments:
        tool.out(
            "tar (GNU tar) 1.34, as the dojo has it\nUsage: tar -c|-x|-t [-zjJvpkOhP] [-f FILE] [-C DIR] [NAME]...\n"
        )
        return tool.done()
    try:
        words.read(arguments)
    except TarFault as fault:
        tool.err(f"{fault}{_HINT}")
        tool.status = 64
        return tool.done()
    modes = words.flags & set("cxtru")
    if len(modes) != 1:
        says = "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options"
        tool.fail(
            "You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option" if modes else says
        )
        tool.err(_HINT)
        return tool.done()
    if "T" in words.values:
        content = tool.content(words.value("T"))
        words.places += [("name", line) for line in lines_of(text_of(content or ""))]
    return _create(tool, words) if modes & set("cru") else extract(tool, words)


def method_of(words: TarWords) -> str:
    """How the archive is compressed by what was asked; '' for not at all."""
    for flag, method in METHODS.items():
        if flag in words.flags:
            return method
    program = words.value("I").split(" ")[0].rpartition("/")[2]
    if program:
        return {"pigz": "gzip"}.get(program, program)
    name = words.value("f")
    return next((m for ending, m in _ENDINGS.items() if name.endswith(ending)), "") if "a" in words.flags else ""


def fatal(tool: Tool, says: str) -> Done:
    """Tar gives up."""
    tool.fail(says)
    tool.fail("Error is not recoverable: exiting now")
    return tool.done()


def excluded(words: TarWords, name: str) -> bool:
    """Whether --exclude takes a member away: its patterns may begin at any '/'."""
    for pattern in words.values.get("exclude", []):
        expression = compiled(pattern.rstrip("/"))
        if expression.fullmatch(name.rstrip("/")):
            return True
        if any(expression.fullmatch(name.rstrip("/")[at + 1 :]) for at, char in enumerate(name) if char == "/"):
            return True
    return False


class _Writer:
    def __init__(self, tool: Tool, words: TarWords) -> None:
        self.tool, self.words = tool, words
        self.members: list[tuple[str, Node]] = []
        self.folder = "."
        self.warned = False
        self.archive = tool.files.host.path(words.value("f")) if words.value("f") not in ("", "-") else ""

    def name(self, name: str) -> None:
        """One operand."""
        tool = self.tool
        path = name if name.startswith("/") else f"{self.folder}/{name}"
        try:
            node = tool.files.stat(path, follow="h" in self.words.flags or name.endswith("/"))
        except PathError as error:
            tool.fail(f"{name}: Cannot stat: {error.reason}")
            return
        stored = name
        if name.startswith("/") and "P" not in self.words.flags:
            stored = name.lstrip("/") or "./"
            if not self.warned:
                tool.err("tar: Removing leading `/' from member names\n")
                self.warned = True
        gone = vanished(tool.call.host, path, node)
        self._add(stored, node, tool.files.host.path(path))
        if gone:
            tool.err(f"tar: {stored.rstrip('/')}/{gone}: File removed before we read it\n")
            tool.status = max(tool.status, 1)

    def _add(self, stored: str, node: Node, real: str) -> None:
        tool = self.tool
        if excluded(self.words, stored):
            return
        if isinstance(node, Link) and "h" in self.words.flags:
            node = tool.files.find(real) or node
        if not may(node, tool.call.host.user, READ | (SEARCH if isinstance(node, Dir) else 0)):
            tool.fail(f"{stored}: Cannot open: {tree.DENIED}")
            return
        if real == self.archive and isinstance(node, File):
            tool.err(f"tar: {stored}: file is the archive; not dumped\n")
            return
        if not isinstance(node, Dir):
            self._member(stored, node)
            return
        base = stored if stored.endswith("/") else f"{stored}/"
        self._member(base, next(packed(node, base))[1])
        if "no-recursion" not in self.words.flags:
            enter(node)
            spend(2 * CHANGE + len(base) // LETTERS)
            for entry in sorted(node.entries):
                self._add(base + entry, node.entries[entry], f"{real.rstrip('/')}/{entry}")

    def _member(self, stored: str, node: Node) -> None:
        self.members.append((stored, node))
        if self.words.verbose:
            line = (describe(node, stored) if self.words.verbose > 1 else stored) + "\n"
            self.tool.out(line) if self.archive else self.tool.err(line)


def _create(tool: Tool, words: TarWords) -> Done:
    if not any(kind == "name" for kind, _ in words.places) and "T" not in words.values:
        tool.fail("Cowardly refusing to create an empty archive")
        tool.err(_HINT)
        return tool.done()
    name = words.value("f")
    old: tuple[tuple[str, Node], ...] = ()
    to_file = name not in ("", "-", "/dev/null", "/dev/stdout")
    if to_file:
        try:
            before = tool.files.read(name) if words.flags & set("ru") and tool.files.find(name) else ""
            old = before.members if isinstance(before, Tar) else ()
            tool.files.write(name, before)
        except PathError as error:
            return fatal(tool, f"{name}: Cannot open: {error.reason}")
    writer = _Writer(tool, words)
    for kind, word in words.places:
        if kind == "name":
            writer.name(word)
        elif isinstance(tool.files.find(f"{writer.folder}/{word}" if not word.startswith("/") else word), Dir):
            writer.folder = word if word.startswith("/") else f"{writer.folder}/{word}"
        else:
            return fatal(tool, f"{word}: Cannot open: {tree.NO_ENTRY}")
    archive: Content = Tar((*old, *writer.members))
    method = method_of(words)
    archive = Gzip(archive, method) if method else archive
    if tool.status >= 2:
        tool.fail(FAILED)
    if not to_file:
        if name != "/dev/null":
            tool.out(archive)
        return tool.done()
    try:
        tool.files.write(name, archive)
    except PathError as error:
        return fatal(tool, f"{name}: Cannot write: {error.reason}")
    return tool.done()


def describe(node: Node, name: str) -> str:
    """A line of `tar tv`."""
    from datetime import UTC, datetime

    from host.coreutils.listing import mode_text

    size = str(node.size) if isinstance(node, File) else "0"
    when = f"{datetime.fromtimestamp(node.mtime, UTC):%Y-%m-%d %H:%M}"
    who = f"{node.owner}/{node.owner}"
    arrow = f" -> {node.target}" if isinstance(node, Link) else ""
    return f"{mode_text(node)} {who} {size.rjust(max(1, 18 - len(who)))} {when} {name}{arrow}"


def stripped(name: str, count: int) -> str | None:
    """A member's name without its first parts; None when nothing is left of it."""
    parts = [part for part in re.split("/+", name) if part not in ("",)]  # noqa: FURB171
    if count == 0:
        return name
    return "/".join(parts[count:]) or None


def as_owned(node: Node, user: str, umask: int, keep: bool) -> Node:
    """A member as it is unpacked by a user."""
    owner = node.owner if user == "root" else user
    if isinstance(node, Link):
        return replace(node, owner=owner)
    mode = node.mode if keep or user == "root" else node.mode & ~umask
    return replace(node, owner=owner, mode=mode)
