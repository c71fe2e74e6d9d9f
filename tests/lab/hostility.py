"""The hostile list as scenarios, and the look at everything that must stay as it is."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lab.processes import belonging

LIST = Path(__file__).with_name("hostile.yaml")
VERSION = 18
_HEAD = f"""\
id: hostile
title: {{ja: x, en: x}}
outcome: {{ja: x, en: x}}
prose: {{ja: x, en: x}}
method: wal
objectives: [B1]
versions: {VERSION}
ending: [{{server: running}}]
"""
_SERVER: dict[str, Any] = {"version": VERSION, "wal_segment_size": "1MB", "databases": {"shop": {"orders": 10}}}
_LONG: dict[str, Callable[[int], str]] = {
    "kilobytes": lambda count: "x" * (count * 1000),
    "digits": lambda count: "9" * count,
    "paths": lambda count: " ".join(["/backup/x"] * count),
    "nested": lambda count: "[" * count,
}


@dataclass(frozen=True, slots=True)
class Attack:
    """An entry of the list."""

    group: str
    what: str
    answer: str
    code: str
    told: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its name among the tests."""
        return f"{self.group}: {self.what}"

    def text(self, canary: Path) -> bytes:
        """The scenario file."""
        if "file" in self.told:
            head = f"{_HEAD}server: {{version: {VERSION}}}\n"
            return _filled(str(self.told["file"]), canary).replace("{head}", head).encode()
        entries = self.told.get("timeline") or [{"run": self.told.get("run", "psql -c CHECKPOINT")}]
        body = {"server": {**_SERVER, **self.told.get("server", {})}, "timeline": entries}
        return (_HEAD + yaml.safe_dump(_filled_in(body, canary), allow_unicode=True)).encode()


def attacks(*answers: str) -> list[Attack]:
    """The entries with these kinds of answer (none: all that have one)."""
    found = []
    for group, entries in yaml.safe_load(LIST.read_text(encoding="utf-8")).items():
        for told in entries:
            answer, _, code = str(told.get("answer", "environment")).partition(" ")
            found.append(Attack(group, told["what"], answer, code, told))
    return [attack for attack in found if not answers or attack.answer in answers]


def _filled(text: str, canary: Path) -> str:
    text = re.sub(r"\{(kilobytes|digits|paths|nested) (\d+)\}", lambda m: _LONG[m[1]](int(m[2])), text)
    return text.replace("{canary}", str(canary))


def _filled_in(value: Any, canary: Path) -> Any:
    match value:
        case str():
            return _filled(value, canary)
        case dict():
            return {_filled_in(key, canary): _filled_in(each, canary) for key, each in value.items()}
        case list():
            return [_filled_in(each, canary) for each in value]
        case _:
            return value


@contextmanager
def decoy() -> Iterator[Path]:
    """A folder that everybody may write to, with what an attacker would like to be read or run."""
    folder = Path(tempfile.mkdtemp(prefix="canary-"))
    try:
        (folder / "bin").mkdir()
        program = f"#!/bin/sh\n/usr/bin/touch {folder}/started\nexit 1\n"
        for name in (
            "evil",
            "evil.sh",
            "evil.so",
            "bin/cp",
            "bin/rm",
            "bin/sh",
            "bin/true",
            "bin/psql",
            "bin/touch",
            "bin/ps",
            "bin/mount",
        ):
            (folder / name).write_text(program)
        (folder / "evil.sql").write_text(f"\\! touch {folder}/started\n")
        (folder / "services").write_text("[evil]\nhost=203.0.113.1\n")
        (folder / "pg_service.conf").write_text("[evil]\nhost=203.0.113.1\n")
        (folder / "decoy").write_text("untouched\n")
        (folder / "$(touch x);'&%p").mkdir()
        (folder / "home").mkdir()
        (folder / "home" / ".psqlrc").write_text(f"\\! touch {folder}/started\n")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777)
        yield folder
    finally:
        shutil.rmtree(folder)


@dataclass(slots=True)
class Outside:
    """Everything outside the lab's folder that a hostile input could want to change, as it is now."""

    folders: tuple[Path, ...]
    seen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, canary: Path) -> Outside:
        """The decoys whole, and of the machine what an attacker goes for first."""
        found = cls((canary,))
        found.seen = found.now()
        return found

    def now(self) -> dict[str, str]:
        """Path to a word about it: kind, mode and content."""
        seen = {}
        for folder in self.folders:
            for path in (folder, *folder.rglob("*")):
                seen[str(path)] = _word(path)
        for name in ("/etc/passwd", "/etc/crontab", "/etc/ld.so.preload", "/etc/profile"):
            seen[name] = _word(Path(name))
        for name in ("/", "/etc", "/etc/cron.d", "/root", "/var/lib/postgresql", "/home"):
            readable = os.access(name, os.R_OK)
            seen[f"{name}/*"] = " ".join(sorted(path.name for path in Path(name).iterdir())) if readable else ""
        return seen

    def changes(self) -> list[str]:
        """What is not as it was."""
        now = self.now()
        return sorted(name for name in {*self.seen, *now} if self.seen.get(name) != now.get(name))


def _word(path: Path) -> str:
    try:
        found = path.lstat()
    except OSError:
        return "missing"
    content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(found.st_mode) else ""
    return f"{found.st_mode:o} {found.st_uid} {content}"


def listening(home: Path) -> list[str]:
    """TCP addresses on which a process of the lab listens."""
    sockets = {row[9]: row[1] for name in ("tcp", "tcp6") for row in _rows(name) if row[3] == "0A"}
    mine = set()
    for pid in belonging(home):
        for link in (Path("/proc") / str(pid) / "fd").glob("*"):
            try:
                mine.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
            except OSError:
                continue
    return sorted(sockets[inode] for inode in mine & set(sockets))


def _rows(name: str) -> list[list[str]]:
    file = Path("/proc/net") / name
    return [line.split() for line in file.read_text().splitlines()[1:]] if file.exists() else []


def links_out(root: Path) -> list[Path]:
    """Symbolic links below a folder that lead out of it."""
    return [path for path in root.rglob("*") if path.is_symlink() and not path.resolve().is_relative_to(root.resolve())]
