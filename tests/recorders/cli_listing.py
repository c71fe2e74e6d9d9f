"""A real file tree in the words of ../shared/cli: what host/conformance/listing.py says of a simulated one."""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

TEXTS = ("backup_label", "tablespace_map", "postgresql.auto.conf")
_TAR = re.compile(r"\.tar(\.gz)?\Z")
_SEGMENT = re.compile(r"[0-9A-F]{24}(?:\.partial)?\Z")
_MAGIC = ((b"PGDMP", "PGDMP"), (b"\x1f\x8b", "gzip"))
_TAR_MAGIC = slice(257, 262)
_MANY = 2

Said = Callable[[str], str]


class Listing:
    """Listings with names and texts as a recording has them."""

    def __init__(self, name: Said, text: Said) -> None:
        self.name, self.text = name, text

    def of(self, path: Path) -> dict[str, Any]:
        """What is at a path."""
        if not path.exists():
            return {"exists": False}
        if path.is_file():
            return {"kind": "file", "empty": path.stat().st_size == 0, "magic": magic(path)}
        data = (path / "PG_VERSION").exists()
        shown: dict[str, Any] = {"kind": "data directory" if data else "directory"}
        shown["top"] = _counted(self._line(each) for each in path.iterdir())
        if data:
            wal = path / "pg_wal"
            shown["pg_wal"] = self._wal([(each.name, self._line(each)) for each in wal.iterdir()])
            links = (path / "pg_tblspc").iterdir() if (path / "pg_tblspc").exists() else ()
            shown["pg_tblspc"] = sorted(self._line(each).replace("@ -> ", " -> ") for each in links)
            shown |= {name: self.text((path / name).read_text()) for name in TEXTS if (path / name).exists()}
            return shown
        tars = [each for each in sorted(path.iterdir()) if _TAR.search(each.name)]
        if tars:
            shown["tar"] = {self.name(each.name): self.archive(each) for each in tars}
        return shown

    def archive(self, path: Path) -> dict[str, Any]:
        """The table of contents of a tar file."""
        try:
            with tarfile.open(path) as bundle:
                return self._contents(bundle)
        except (tarfile.TarError, OSError) as error:
            return {"unreadable": type(error).__name__}

    def _contents(self, bundle: tarfile.TarFile) -> dict[str, Any]:
        top: dict[str, str] = {}
        wal: list[tuple[str, str]] = []
        texts: dict[str, str] = {}
        for member in bundle:
            plain = member.name.removeprefix("./")
            first, slash, rest = plain.partition("/")
            link = f"@ -> {self.text(member.linkname)}" if member.issym() else ""
            top[first] = f"{self.name(first)}/" if slash or member.isdir() else self.name(first) + link
            if first == "pg_wal" and rest and "/" not in rest and member.isfile():
                wal.append((rest, self.name(rest)))
            if plain in TEXTS and (content := bundle.extractfile(member)) is not None:
                texts[plain] = self.text(content.read().decode())
        shown: dict[str, Any] = {"top": _counted(top.values())}
        return shown | ({"pg_wal": self._wal(wal)} if "pg_wal" in top else {}) | texts

    def _wal(self, entries: list[tuple[str, str]]) -> dict[str, Any]:
        segments = sum(1 for name, _ in entries if _SEGMENT.match(name))
        return {"names": sorted({line for _, line in entries}), "segments": segments if segments < _MANY else "2+"}

    def _line(self, path: Path) -> str:
        shown = self.name(path.name)
        if path.is_symlink():
            return f"{shown}@ -> {self.text(str(path.readlink()))}"
        return f"{shown}/" if path.is_dir() else shown


def magic(path: Path) -> str:
    """text, PGDMP, gzip, tar, binary."""
    with path.open("rb") as file:
        return magic_of(file.read(512))


def magic_of(begin: bytes) -> str:
    """The kind of bytes by their first ones."""
    for start, kind in _MAGIC:
        if begin.startswith(start):
            return kind
    if begin[_TAR_MAGIC] == b"ustar":
        return "tar"
    try:
        begin[:500].decode()
    except UnicodeDecodeError:
        return "binary"
    return "binary" if b"\0" in begin else "text"


def _counted(lines: Iterable[str]) -> list[str]:
    counted = Counter(lines)
    return [line if counted[line] == 1 else f"{line} x{counted[line]}" for line in sorted(counted)]
