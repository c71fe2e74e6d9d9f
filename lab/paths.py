"""Paths of a scenario (/pgdata, /archive, /backup/…) lie below the lab's folder, and nowhere else.

The lab's own process may be root while the folder belongs to the server's user.  So whatever it makes or writes there
itself is reached from the root of the lab folder by folder, and a symbolic link on the way is not followed.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from lab import NotHere
from lab.words import told

SOCKET_SHOWN = "/tmp"  # noqa: S108  (a text in the tools' messages, not a folder that is used)
LONGEST = 255
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_PLAIN = re.compile(r"[A-Za-z0-9_.+/-]*")
"""pg_ctl hands the path of a data directory to a shell, between quotation marks that keep no $(…) from being run."""
_TAKEN = ("/archive/", "/pgdata/")


@dataclass(frozen=True, slots=True)
class Paths:
    """`root` stands for / of the scenario's machine, `sockets` for the folder of the server's socket."""

    root: Path
    sockets: Path

    def real(self, path: str) -> Path:
        """Where a scenario's path is.  Raises NotHere for one that could lead out of the lab's folder."""
        pure = PurePosixPath(path)
        if not pure.is_absolute():
            raise NotHere("relative_path", path=told(path))
        if ".." in pure.parts:
            raise NotHere("outside", path=told(path))
        if _PLAIN.fullmatch(path) is None or len(path) > LONGEST:
            raise NotHere("path_characters", path=told(path), limit=LONGEST)
        if "//" in path or path.rstrip("/") != str(pure).rstrip("/") or not pure.name:
            raise NotHere("path_form", path=told(path))
        found = self.root.joinpath(*pure.parts[1:])
        # A link on the way would lead the tools elsewhere; what does not exist yet has no links.
        try:
            inside = found.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):  # links in a circle
            inside = False
        if not inside:
            raise NotHere("outside", path=told(path))
        return found

    def new(self, path: str) -> Path:
        """Where a tool is to put something new: not into the archive or a data directory, which are the server's own.

        A copy of a data directory inside itself would grow for ever.
        """
        found = self.real(path)
        inside = any((folder / "PG_VERSION").exists() for folder in found.parents)
        if inside or path.rstrip("/") == "/archive" or path.startswith(_TAKEN):
            raise NotHere("inside_cluster", path=told(path))
        return found

    def parent_made(self, path: str, owner: str | None) -> Path:
        """Where a new file will be, its folder made for the owner of the server."""
        found = self.real(path)
        try:
            with self._folder(found.parent, make=True, owner=owner):
                return found
        except OSError as error:
            raise NotHere("path_blocked", path=told(path), reason=error.strerror) from None

    @contextmanager
    def opened(self, path: str, mode: Literal["wb", "ab"], owner: str | None) -> Iterator[BinaryIO]:
        """A file of the lab's own making, anew or at its end, in a folder that is there.

        Raises OSError, also for a file that is a link.
        """
        found = self.real(path)
        how = os.O_TRUNC if mode == "wb" else os.O_APPEND
        with self._folder(found.parent) as folder:
            number = os.open(found.name, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how, 0o600, dir_fd=folder)
        with os.fdopen(number, mode) as file:
            _give(number, owner)
            yield file

    @contextmanager
    def _folder(self, folder: Path, *, make: bool = False, owner: str | None = None) -> Iterator[int]:
        """A descriptor of a folder below the root, reached step by step; what is missing is made for the owner.

        The links of now are followed first (`real` has seen that they stay inside); one that comes later is an error.
        """
        at = os.open(self.root, _FOLDER)
        try:
            for part in folder.resolve().relative_to(self.root.resolve()).parts:
                below = _below(at, part, make=make, owner=owner)
                os.close(at)
                at = below
            yield at
        finally:
            os.close(at)

    @property
    def server_options(self) -> str:
        """What no configuration file can change, for pg_ctl -o (a shell reads it): nobody connects from elsewhere."""
        return f"-c listen_addresses= -c {shlex.quote(f'unix_socket_directories={self.sockets}')}"

    def shown(self, text: str) -> str:
        """What the scenario's user would read: the lab's folders under their names in the scenario."""
        return text.replace(str(self.root), "").replace(str(self.sockets), SOCKET_SHOWN)


def _below(at: int, part: str, *, make: bool, owner: str | None) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=at)
    except FileNotFoundError:
        if not make:
            raise
    os.mkdir(part, 0o700, dir_fd=at)
    made = os.open(part, _FOLDER, dir_fd=at)
    _give(made, owner)
    return made


def _give(number: int, owner: str | None) -> None:
    if owner:
        import pwd  # Unix only

        account = pwd.getpwnam(owner)
        os.fchown(number, account.pw_uid, account.pw_gid)
