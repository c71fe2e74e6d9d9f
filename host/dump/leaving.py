"""What pg_dump leaves: a file, a directory, a text; and what it says when that cannot be."""

from __future__ import annotations

from dataclasses import dataclass, field

from host import tree
from host.content import Content, Gzip, size_of
from host.dump import dumping, writing
from host.dump.facts import ToolFacts
from host.dump.toc import DumpArchive
from host.files import Files
from host.machine import Host
from host.options.checks.pg_dump import DumpSettings
from host.restore.run import tar_script
from host.server.connect import Connected
from host.tree import PathError

TOOL = "pg_dump"
_BUFFER = 4096


class Failed(Exception):
    """pg_dump ends with these lines on standard error."""

    def __init__(self, *lines: str, detail: str = "") -> None:
        super().__init__(lines)
        self.lines = [f"{TOOL}: error: {line}\n" for line in lines]
        detail = detail.removesuffix("\n")
        self.lines += [f"{TOOL}: detail: {detail}\n"] if detail else []


@dataclass
class Run:
    """One run: the host as it becomes, and what was said."""

    host: Host
    wanted: DumpSettings
    tool: ToolFacts
    stderr: list[str] = field(default_factory=list)
    stdout: Content = ""
    made: Connected | None = None

    def say(self, text: str) -> None:
        """A line of -v."""
        if self.wanted.verbose:
            self.stderr.append(f"{TOOL}: {text}\n")


def open_output(run: Run) -> None:
    """Custom, directory and tar open their output before they connect."""
    wanted, files = run.wanted, Files(run.host)
    path = wanted.file
    try:
        if wanted.dump.format == "d":
            _open_directory(run, files, path)
        elif wanted.dump.format in "ct" and path:
            files.write(path, "")
    except PathError as fault:
        if wanted.dump.format == "t":
            raise Failed(f'could not open TOC file "{path}" for output: {fault.reason}') from None
        what = "create directory" if wanted.dump.format == "d" else "open output file"
        raise Failed(f'could not {what} "{path}": {fault.reason}') from None
    run.host = files.host
    if wanted.tar_compressed:
        raise Failed("compression is not supported by tar archive format")


def _open_directory(run: Run, files: Files, path: str) -> None:
    if files.is_dir(path) and not files.names(path):
        return
    if run.tool.opens_directory and files.find(path) is not None:
        if files.is_dir(path):
            raise Failed(f'directory "{path}" is not empty')
        raise Failed(f'could not open directory "{path}": {tree.NOT_A_DIR}')
    files.mkdir(path, 0o700)


def say_data(run: Run, archive: DumpArchive) -> None:
    if run.wanted.dump.format == "p":
        return
    for entry in archive.entries:
        if entry.data is not None:
            for line in _dumping(run, entry.desc, entry.schema, entry.tag):
                run.say(line)
            if run.wanted.jobs > 1:
                run.say(f"finished item {entry.dump_id} {entry.desc} {entry.tag}")


def _dumping(run: Run, desc: str, schema: str | None, tag: str) -> list[str]:
    if desc == "BLOBS":
        return [f'saving large objects "{tag}"' if run.tool.metadata_of_large_objects else "saving large objects"]
    return [f'dumping contents of table "{schema}.{tag}"']


def leave(run: Run, archive: DumpArchive) -> None:
    """Write what there is to write."""
    wanted, grouped = run.wanted, run.tool.metadata_of_large_objects
    form, path = wanted.dump.format, wanted.file
    if form == "p":
        _plain(run, archive)
    elif form == "d":
        _directory(run, archive, path, grouped)
    else:
        content: Content = archive
        if form == "t":
            content = writing.tar(archive, tar_script(archive, run.tool), grouped, run.host.user)
        if path:
            write(run, path, content)
        else:
            run.stdout = content


def _plain(run: Run, archive: DumpArchive) -> None:
    wanted = run.wanted

    def progressed(text: str) -> None:
        run.say(text)
        name = text.removeprefix("processing data for table ")
        if name != text:
            run.say(f"dumping contents of table {name}")
        elif text == "processing BLOBS":
            groups = [e.tag for e in archive.entries if e.desc == "BLOBS"]
            for line in _dumping(run, "BLOBS", None, groups[0] if groups else ""):
                run.say(line)

    put(run, dumping.text(archive, wanted.dump, run.tool, progressed))


def put(run: Run, text: str) -> None:
    """A plain dump, compressed or not, to its place."""
    wanted = run.wanted
    method = wanted.compression.method if wanted.compression_given else "none"
    content: Content = text if method == "none" else Gzip(text, method)
    if wanted.file:
        write(run, wanted.file, content)
    else:
        run.stdout = content


def write(run: Run, path: str, content: Content) -> None:
    files = Files(run.host)
    try:
        files.write(path, content, append=run.wanted.append)
    except PathError as fault:
        run.host = files.host
        if fault.reason == tree.NO_SPACE:
            raise Failed(*no_space(run.tool, size_of(content))) from None
        raise Failed(f'could not open output file "{path}": {fault.reason}') from None
    run.host = files.host


def no_space(tool: ToolFacts, size: int) -> tuple[str, ...]:
    """The disk is full: short output fails only when the file is closed."""
    named = tool.names_compression
    if size <= _BUFFER:
        close = (f"could not close file: {tree.NO_SPACE}",) if named else ()
        return (*close, f"could not close output file: {tree.NO_SPACE}")
    return (f"could not write to {'file' if named else 'output file'}: {tree.NO_SPACE}",)


def _directory(run: Run, archive: DumpArchive, path: str, grouped: bool) -> None:
    files = Files(run.host)
    contents = writing.members(archive, grouped)
    try:
        for name, content in contents.items():
            files.write(f"{path}/{name}", content)
        files.write(f"{path}/toc.dat", archive)
    except PathError as fault:
        run.host = files.host
        if fault.reason == tree.NO_SPACE:
            raise Failed(*no_space(run.tool, _BUFFER + 1)) from None
        raise Failed(f'could not open output file "{path}": {fault.reason}') from None
    run.host = files.host
