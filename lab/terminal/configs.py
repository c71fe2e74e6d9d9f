"""The files that a server reads when it starts or is asked to: what stands there passes, or the server is not started.

Whatever way a line came into such a file (echo, cp, mv, tar), here it is read before the server reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab import NotHere
from lab.settings import COMMANDS, real_value
from lab.words import told

CONFS = ("postgresql.conf", "postgresql.auto.conf")
ARCHIVE = "/dojo/archive/"
"""Where the world's archive is; the forms of the dojo's commands (simulator/archive_forms.py) name /archive/."""
_LINE = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(?:=\s*|\s)\s*(?:'((?:[^'\\]|''|\\\\)*)'|([^\s'#]+))\s*(?:#.*)?")
_SKIPPED = re.compile(r"\s*(?:#.*)?")
_HBA = re.compile(r"(?:local|host)\s+[\w, ]+(?:[0-9a-f.:/]+\s+)?(?:trust|reject|scram-sha-256|md5)\s*")
_LONGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Configs:
    """What passes in this run: the lines that the lab wrote, and settings that a scenario may have."""

    home: Path
    root: Path
    trusted: frozenset[str]
    """Lines of postgresql.conf as the lab made it."""
    hba: str
    """pg_hba.conf as initdb made it."""

    def real(self, name: str, text: str) -> str:
        """The value that goes to the server for a setting as somebody typed it; raises NotHere."""
        key = name.lower()
        if key not in COMMANDS:
            return real_value(self.home, name, text)
        if "/archive/" in text.replace(ARCHIVE, ""):
            raise NotHere("setting_command", name=key, value=told(text))
        known = text.replace(ARCHIVE, "/archive/")
        value = real_value(self.home, name, known)
        return value.replace(known.encode().hex(), text.encode().hex()) if text else value

    def rewritten(self, text: str) -> str:
        """Lines that somebody adds to such a file, as they may stand there; raises NotHere."""
        lines = []
        for line in text.split("\n"):
            if _SKIPPED.fullmatch(line):
                lines.append(line)
                continue
            name, value = self._read(line)
            real = self.real(name, value)
            lines.append(line if real == value else f"{name} = '{_quoted(real)}'")
        return "\n".join(lines)

    def check(self, data: Path) -> None:
        """Raises NotHere when a server in this directory would read something that does not pass."""
        for name in CONFS:
            for line in _lines(data / name):
                self._passes(line)
        for line in _lines(data / "pg_hba.conf"):
            if line not in self.hba.split("\n") and not _SKIPPED.fullmatch(line) and not _HBA.fullmatch(line):
                raise NotHere("conf_line", line=told(line))
        for name in ("pg_ident.conf", "recovery.conf"):
            if any(not _SKIPPED.fullmatch(line) for line in _lines(data / name)):
                raise NotHere("conf_file", name=name)
        for line in _lines(data / "tablespace_map"):
            if line and not line.partition(" ")[2].startswith(f"{self.root}/dojo/"):
                raise NotHere("outside", path=told(line))
        self._links(data)

    def _passes(self, line: str) -> None:
        if _SKIPPED.fullmatch(line) or line in self.trusted:
            return
        name, value = self._read(line)
        if name == "primary_conninfo":
            self._own_server(value)
        elif name in COMMANDS and value.startswith(f"{self.home}/programs/"):
            typed = bytes.fromhex(value.rpartition(" ")[2]).decode()
            if self.real(name, typed) != value:
                raise NotHere("conf_line", line=told(line))
        elif self.real(name, value) != value:
            raise NotHere("conf_line", line=told(line))

    def _read(self, line: str) -> tuple[str, str]:
        match = _LINE.fullmatch(line)
        if match is None:
            raise NotHere("conf_line", line=told(line))
        value = match[3] if match[2] is None else match[2].replace("''", "'").replace("\\\\", "\\")
        return match[1].lower(), value

    def _own_server(self, value: str) -> None:
        """A standby's connection leads to a server of this run: by its socket."""
        words = dict(re.findall(r"(\w+)='?([^'\s]*)'?", value))
        if words.get("host") != f"{self.root}/dojo/socket" or {"hostaddr", "service", "sslkey"} & set(words):
            raise NotHere("setting_network", name="primary_conninfo")

    def _links(self, data: Path) -> None:
        """Nothing that a server follows may lead out of the run's folder."""
        spaces = data / "pg_tblspc"
        for link in (data / "pg_wal", *(spaces.iterdir() if spaces.is_dir() else ())):
            if link.is_symlink() and not link.resolve().is_relative_to(self.root.resolve()):
                raise NotHere("outside", path=link.name)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _lines(file: Path) -> Iterable[str]:
    """Lines of a plain file; none when there is none."""
    if file.is_symlink():
        raise NotHere("outside", path=file.name)
    if not file.is_file():
        return ()
    if file.stat().st_size > _LONGEST:
        raise NotHere("conf_file", name=file.name)
    return file.read_text(encoding="utf-8", errors="replace").split("\n")
