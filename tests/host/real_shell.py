"""The same command line in the simulation and with the real bash and coreutils, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from host import tree
from host.content import Gzip
from host.machine import START_CLOCK, Host
from host.shell import run_line
from host.shell.voice import BASH, Voice
from host.tree import Dir, File, Link, make_dirs

USER = "root" if os.geteuid() == 0 else "postgres"
BASH_PATH = shutil.which("bash")
SEED = """\
a: one\\ntwo\\nthree\\n
b: two\\n
empty:
d/x: inner\\n
d/y: last line has no end
d/e/deep: 1\\n2\\n3\\n10\\n
d/.hidden: h\\n
n: 10 b\\n9 a\\n10 a\\n2 c\\n
it's: quote\\n
sp ace: blank\\n
conf: # comment\\nport = 5432\\nwal_level = replica\\n#archive_mode = off\\n
"""


@dataclass(frozen=True)
class Seen:
    """What a command line did."""

    exit: int
    stdout: str
    stderr: str
    files: tuple[tuple[str, str], ...]


def seed() -> dict[str, str]:
    """The files that every line finds; `ln` is a link to d."""
    return {
        name: text.strip().encode().decode("unicode_escape")
        for name, _, text in (line.partition(":") for line in SEED.splitlines())
    }


def in_reality(line: str) -> Seen:
    """Run it with bash -c in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="dojo-shell-"))
    try:
        old = os.umask(0o077)
        for name, text in seed().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        os.umask(old)
        (folder / "ln").symlink_to("d")
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder)}
        done = subprocess.run(
            [str(BASH_PATH), "-c", line],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=20,
            check=False,
            umask=0o077,
        )
        files = tuple(sorted(_real_files(folder)))
        place = str(folder)
        out, err = (text.replace(place, "/t").replace(str(BASH_PATH), "bash") for text in (done.stdout, done.stderr))
        return Seen(done.returncode, out, err, files)
    finally:
        shutil.rmtree(folder)


def _real_files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            yield name, f"-> {os.readlink(path)}"  # noqa: PTH115
        elif path.is_dir():
            yield name, f"dir {path.stat().st_mode & 0o7777:o}"
        else:
            data = path.read_bytes()
            text = "<binary>" if data[:2] == b"\x1f\x8b" or b"\0" in data else data.decode()
            yield name, f"{path.stat().st_mode & 0o7777:o} {text}"


def first_host() -> Host:
    """The simulated twin of that folder."""
    root = make_dirs(Dir(mode=0o755, owner="root"), "/t", Dir(mode=0o700, owner=USER, mtime=START_CLOCK))
    for place in ("/bin", "/dev", "/etc", "/tmp", "/usr/bin"):
        root = make_dirs(root, place, Dir(mode=0o755, owner="root"))
    for name, text in seed().items():
        parent = f"/t/{name}".rpartition("/")[0]
        root = make_dirs(root, parent, Dir(mode=0o700, owner=USER, mtime=START_CLOCK))
        root = tree.put(root, f"/t/{name}", File(text, 0o600, START_CLOCK, USER))
    root = tree.put(root, "/t/ln", Link("d", START_CLOCK, USER))
    return Host(root=root, cwd="/t", env=MappingProxyType({"HOME": "/t", "PATH": "/usr/bin:/bin"}), user=USER)


def in_the_dojo(line: str, voice: Voice = BASH) -> Seen:
    """Run it on the simulated host."""
    done = run_line(first_host(), line, voice=voice)
    folder = tree.find(done.host.root, "/t")
    files = tuple(sorted(_files(folder))) if isinstance(folder, Dir) else ()
    return Seen(done.exit, done.stdout if isinstance(done.stdout, str) else "<binary>", done.stderr, files)


def _files(folder: Dir) -> Iterator[tuple[str, str]]:
    for path, node in tree.walk(folder):
        name = path.removeprefix("/")
        if not name:
            continue
        if isinstance(node, Link):
            yield name, f"-> {node.target}"
        elif isinstance(node, Dir):
            yield name, f"dir {node.mode:o}"
        else:
            assert isinstance(node.content, str | Gzip) or node.content.magic
            text = node.content if isinstance(node.content, str) and "\0" not in node.content else "<binary>"
            yield name, f"{node.mode:o} {text}"
