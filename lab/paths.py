"""Paths of a scenario (/pgdata, /archive, /backup/…) lie below the lab's folder, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lab import NotHere

SOCKET_SHOWN = "/tmp"  # noqa: S108  (a text in the tools' messages, not a folder that is used)


@dataclass(frozen=True, slots=True)
class Paths:
    """`root` stands for / of the scenario's machine, `sockets` for the folder of the server's socket."""

    root: Path
    sockets: Path

    def real(self, path: str) -> Path:
        """Where a scenario's path is.  Raises NotHere for one that could lead out of the lab's folder."""
        pure = PurePosixPath(path)
        if not pure.is_absolute():
            raise NotHere("relative_path", path=path)
        if ".." in pure.parts or "\0" in path:
            raise NotHere("outside", path=path)
        found = self.root.joinpath(*pure.parts[1:])
        # A link on the way would lead the tools elsewhere; what does not exist yet has no links.
        if not found.resolve().is_relative_to(self.root.resolve()):
            raise NotHere("outside", path=path)
        return found

    def parent_made(self, path: str, owner: str | None) -> Path:
        """Where a new file will be, its folder made for the owner of the server."""
        import shutil

        found = self.real(path)
        missing = [folder for folder in found.parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700)
            if owner:
                shutil.chown(folder, owner)
        return found

    def shown(self, text: str) -> str:
        """What the scenario's user would read: the lab's folders under their names in the scenario."""
        return text.replace(str(self.root), "").replace(str(self.sockets), SOCKET_SHOWN)
