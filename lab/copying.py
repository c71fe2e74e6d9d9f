"""cp -a and rsync -a of directories, at once or with other things happening meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lab import NotHere
from lab.cluster import Lab
from lab.deed import Deed
from lab.observe import runs
from lab.processes import Done
from simulator.commands import Copy


@dataclass(slots=True)
class Copies:
    """Copies that have begun and not ended.

    One that takes a while may read things in any order; pg_control and pg_wal last is the worst, and the model's.
    """

    lab: Lab
    begun: dict[str, Copy] = field(default_factory=dict)

    def known(self, client: str) -> bool:
        """Is this copy under way?"""
        return client in self.begun

    def under_way(self) -> list[str]:
        """Directories that are being written."""
        return [command.destination for command in self.begun.values()]

    def begin(self, command: Copy) -> Deed:
        """The whole copy; of one that takes a while everything but what is read last."""
        source, target = self._places(command)
        if not (source / "PG_VERSION").exists():
            return Deed.of(self._plain(source, target))
        slow = bool(command.client) and runs(source)
        done = self._copy(source, target, command.exclude, later=slow)
        if slow and done.exit_code == 0:
            self.begun[command.client] = command
            return Deed()
        return Deed.of(done)

    def _places(self, command: Copy) -> tuple[Path, Path]:
        """Source and target of a copy that the dojo has a meaning for; raises NotHere for any other.

        Whatever could put a file of the learner's making among those that a server reads is another.
        """
        paths, owner = self.lab.paths, self.lab.runner.user
        source, target = paths.real(command.source), paths.real(command.destination)
        into = target.parent if target.name in ("pg_wal", "backup_label") else target
        cluster = (into / "PG_VERSION").exists()
        wal = target.name == "pg_wal" and source.name in ("pg_wal", "archive")
        label = source.name == "backup_label" and target.name in ("backup_label", into.name)
        if cluster and (wal or label):
            return source, target
        whole = (source / "PG_VERSION").exists() or (source / "base.tar").exists()
        if whole or not source.exists() or self.lab.dumps.known(source):
            paths.new(command.destination)
            return source, paths.parent_made(command.destination, owner)
        raise NotHere("copy_form", source=command.source, target=command.destination)

    def finish(self, client: str) -> Deed:
        """The rest of it."""
        command = self.begun.pop(client)
        source, target = self.lab.paths.real(command.source), self.lab.paths.real(command.destination)
        control = self._cp(source / "global" / "pg_control", target / "global")
        return Deed.of(control, self._pg_wal(source, target, command.exclude))

    def _plain(self, source: Path, target: Path) -> Done:
        """A file, or `SOURCE/*` into a directory that is there."""
        if source.is_dir() and (target.name == "pg_wal" or target.is_dir()):
            entries = sorted(entry for entry in source.iterdir() if not entry.name.startswith("."))
            return self._cp(*(entries or [source / "*"]), target)  # a shell leaves a pattern that fits nothing
        return self._cp(source / "*" if target.name == "pg_wal" else source, target)

    def _copy(self, source: Path, target: Path, exclude: tuple[str, ...], *, later: bool) -> Done:
        """A data directory, entry by entry, so that patterns can leave some out."""
        names = sorted(entry.name for entry in source.iterdir())
        wanted = [source / name for name in names if name not in (*exclude, "pg_wal")]
        self.lab.runner.run(["mkdir", "-p", "-m", "700", target])
        done = self._cp(*wanted, target)
        if later:
            (target / "global" / "pg_control").unlink(missing_ok=True)
            return done
        wal = self._pg_wal(source, target, exclude)
        return Done(done.exit_code or wal.exit_code, done.stdout + wal.stdout, done.stderr + wal.stderr)

    def _pg_wal(self, source: Path, target: Path, exclude: tuple[str, ...]) -> Done:
        if "pg_wal/*" in exclude:
            return self.lab.runner.run(["mkdir", "-p", "-m", "700", target / "pg_wal"])
        return self._cp(source / "pg_wal", target)

    def _cp(self, *words: Path) -> Done:
        return self.lab.runner.run(["cp", "-a", *words])
