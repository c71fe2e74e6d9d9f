"""A backup tried out: copied aside on the value of the host, started there, and looked at; nobody notices."""

from __future__ import annotations

from dataclasses import dataclass, replace

from host import tree
from host.content import text_of
from host.machine import Host
from host.server.recovering import start
from host.server.starting import NotStarted, Start
from host.shell import run_line
from host.tree import Dir, File

ASIDE = "/tmp/.trial"  # noqa: S108  (a path of the simulated host)
LOG = "/tmp/.trial.log"  # noqa: S108
PORT = 59999
_SIGNALS = ("standby.signal", "recovery.signal")


@dataclass(frozen=True, slots=True)
class Trial:
    """The host on which the copy runs at `port`; 0: it did not start, and `said` is the last word of its log."""

    host: Host
    port: int
    said: str = ""


def tried(host: Host, path: str, archive: str) -> Trial:
    """Start a copy of a backup; `archive`: recover it with all WAL from there."""
    node = tree.find(host.root, path)
    if isinstance(node, Dir) and any(name.startswith("base.tar") for name in node.entries):
        host = _unpacked(host, path, node)
    elif isinstance(node, Dir):
        # A copy with the lock file of a server elsewhere is refused, as on a real host; its own server's is no fault.
        running = any(one.pgdata == tree.resolve(host.root, path) for one in host.instances)
        left = replace(node, capacity=None).without(*_SIGNALS, *(("postmaster.pid",) if running else ()))
        host = host.with_root(tree.put(host.root, ASIDE, left))
    if archive:
        host = _recovering(host, archive)
    begun = start(host, Start(ASIDE, (("port", str(PORT)), ("archive_mode", "off")), LOG))
    if isinstance(begun, NotStarted):
        return Trial(begun.host, 0, _last_word(begun))
    return Trial(begun.host, begun.port)


def _unpacked(host: Host, path: str, node: Dir) -> Host:
    """A tar backup as somebody unpacks it."""
    lines = [f"mkdir -m 700 {ASIDE}"]
    for name in sorted(node.entries):
        stem = name.partition(".tar")[0]
        if stem in ("base", "pg_wal"):
            lines.append(f"tar -xf '{path}/{name}' -C {ASIDE}{'/pg_wal' if stem == 'pg_wal' else ''}")
    return run_line(host, "\n".join(lines)).host


def _recovering(host: Host, archive: str) -> Host:
    top = tree.find(host.root, ASIDE)
    if not isinstance(top, Dir):
        return host
    own = top.entries.get("postgresql.auto.conf")
    said = text_of(own.content) if isinstance(own, File) else ""
    top = top.with_entries(
        {
            "postgresql.auto.conf": File(f"{said}restore_command = 'cp {archive}/%f %p'\n", mtime=host.clock),
            "recovery.signal": File("", mtime=host.clock),
        }
    )
    return host.with_root(tree.put(host.root, ASIDE, top))


def _last_word(begun: NotStarted) -> str:
    """The FATAL or PANIC line of the log, without its stamp."""
    node = tree.find(begun.host.root, LOG)
    text = begun.said + (text_of(node.content) if isinstance(node, File) else "")
    bad = [line for line in text.splitlines() if "FATAL:" in line or "PANIC:" in line]
    line = bad[0] if bad else (text.splitlines() or [""])[-1]
    for word in ("FATAL:", "PANIC:"):
        if word in line:
            return word + line.partition(word)[2]
    return line
