"""What the rules of the house read: the files of the tree, and what a broken rule says about a place."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Finding(NamedTuple):
    """One place that breaks a rule; prints as file:line, which editors and terminals turn into a link."""

    path: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.says}"


@dataclass(frozen=True)
class Source:
    """A Python file by its path from the top of the tree; a rule can be fed one that exists nowhere."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def room(self) -> str:
        """`simulator` for simulator/wal.py, `cli` for cli.py."""
        return self.path.split("/")[0].removesuffix(".py")


def files(root: Path = ROOT) -> list[Path]:
    """Every file that is, or would be, committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
        # A file deleted but not yet committed is still listed.
        return sorted({root / name for name in names if name and (root / name).is_file()})
    # Unpacked from an archive: no git to ask, so leave out what a build makes.
    return sorted(path for path in root.rglob("*") if path.is_file() and not _made_here(path.relative_to(root)))


def _made_here(path: Path) -> bool:
    made = {"__pycache__", "build", "dist", "shots"}
    hidden = {part for part in path.parts if part.startswith(".")} - {".ci", ".streamlit", ".gitignore"}
    return bool(hidden or made & set(path.parts) or any(part.endswith(".egg-info") for part in path.parts))


def sources(root: Path = ROOT) -> Iterator[Source]:
    for path in files(root):
        if path.suffix == ".py":
            yield Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))


def report(findings: list[Finding]) -> str:
    return "\n".join(["", *map(str, findings)])
