"""A session's paths: below the run's folder, relative ones below the session's own directory there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lab import NotHere
from lab.dumped import Dumps
from lab.paths import Paths
from lab.terminal import meta
from lab.terminal.configs import CONFS, Configs
from lab.words import told

_SERVERS_OWN = frozenset(
    {*CONFS, "backup_label", "tablespace_map", "standby.signal", "recovery.signal", "pg_hba.conf", "backup_manifest"}
)
"""What a person puts into a data directory, besides WAL; a server's start reads it after the lab (configs.py)."""
_READABLE = 1 << 20


def server_options(paths: Paths) -> str:
    """For pg_ctl -o: nobody connects from elsewhere, and nothing works by itself."""
    return f"{paths.server_options} -c autovacuum=off -c dynamic_shared_memory_type=mmap"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the words of a session lead."""

    paths: Paths
    cwd: str
    """As the session names it."""
    socket: str
    pgdata: str
    """The variable PGDATA, when it is exported."""
    dumps: Dumps
    configs: Configs

    def absolute(self, text: str) -> str:
        """A path of the session in one form; raises NotHere for '..', which a link could make lead elsewhere."""
        if ".." in text.split("/"):
            raise NotHere("outside", path=told(text))
        if not text:
            raise NotHere("path_form", path="")
        whole = str(PurePosixPath(text if text.startswith("/") else f"{self.cwd}/{text}"))
        return whole if whole == "/" else "/" + whole.lstrip("/")

    def real(self, text: str) -> Path:
        """Where it is; raises NotHere."""
        return self.paths.real(self.absolute(text))

    def word(self, text: str) -> str:
        """As a tool is told it: an absolute path as the real one, a relative one as it was typed."""
        real = self.real(text)
        if not text.startswith("/"):
            return f"./{text}" if text.startswith(("-", "@")) else text
        return f"{real}/" if text.endswith("/") else str(real)

    def inside(self, text: str) -> str | None:
        """The path within the data directory that it is in; None when it is in none, '' for the directory itself."""
        real = self.real(text).resolve()
        root = self.paths.root.resolve()
        for folder in (real, *real.parents):
            if folder == root:
                return None
            if (folder / "PG_VERSION").exists() and folder.name != "base" and folder.parent.name != "base":
                return "" if folder == real else str(real.relative_to(folder))
        return None

    def new(self, text: str) -> str:
        """Something that a tool makes: not in a data directory, not in the world's socket."""
        if self.inside(text) or self._taken(text):
            raise NotHere("inside_cluster", path=told(text))
        return self.word(text)

    def space(self, text: str) -> str:
        """Where a tablespace is made: a directory of the run."""
        if not text.startswith("/") or "'" in text:  # for the server to say
            return text
        return self.new(text)

    def gone(self, text: str) -> str:
        """Something that is removed: not the world's own folders."""
        if self._taken(text) or self.absolute(text).count("/") < 2:
            raise NotHere("outside", path=told(text))
        return self.word(text)

    def touched(self, text: str) -> str:
        """An empty file: in a data directory only one that a server knows."""
        self.allow_in_cluster(text)
        return self.word(text)

    def allow_in_cluster(self, text: str) -> None:
        """Raises NotHere for a file that would come into a data directory and is none that a person puts there."""
        within = self.inside(text)
        if within is None and not self._taken(text):
            return
        if within is None or (within not in _SERVERS_OWN and not within.startswith("pg_wal/")):
            raise NotHere("inside_cluster", path=told(text))

    def into(self, target: str, sources: list[str]) -> str:
        """The target of cp and mv."""
        for source in sources:
            self.gone(source)
            at = self.real(target)
            whole = f"{target.rstrip('/')}/{PurePosixPath(self.absolute(source)).name}" if at.is_dir() else target
            within = self.inside(whole)
            if within == "" and self.real(whole).exists() and not self.real(source).is_dir():
                raise NotHere("inside_cluster", path=told(target))
            if within not in ("pg_wal", ""):
                self.allow_in_cluster(whole)
            if self.real(whole).resolve().is_relative_to(self.real(source).resolve()):
                raise NotHere("inside_cluster", path=told(target))
        return self.word(target)

    def unpacked(self, text: str) -> None:
        """Where tar puts what it finds: nowhere in a data directory but pg_wal."""
        if self.inside(text) not in (None, "pg_wal") or self._taken(text):
            raise NotHere("inside_cluster", path=told(text))

    def script(self, text: str) -> str:
        """A file that psql runs: a dump of this run, or plain SQL."""
        self.runs(self.real(text), text)
        return self.word(text)

    def runs(self, file: Path, text: str) -> None:
        """Raises NotHere for what psql may not run; what is not there is for psql to say."""
        if not file.exists() or file.is_dir() or self.dumps.known(file):
            return
        if file.stat().st_size > _READABLE:
            raise NotHere("not_dumped", path=told(text))
        meta.script(file.read_text(encoding="utf-8", errors="replace"))

    def dump(self, text: str) -> str:
        """A file or directory that pg_restore reads."""
        self.dumps.check(self.real(text), text)
        return self.word(text)

    def server_options(self) -> tuple[str, ...]:
        """For pg_ctl, before what was typed."""
        return ("-o", server_options(self.paths))

    def listed(self, text: str) -> list[str]:
        """The names in a directory."""
        try:
            return sorted(entry.name for entry in self.real(text).iterdir())
        except OSError:
            return []

    def _taken(self, text: str) -> bool:
        whole = self.absolute(text)
        return whole == self.socket or whole.startswith(f"{self.socket}/")
