"""WAL summaries (17+): with summarize_wal on, each checkpoint leaves a file that says what changed before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import tree
from host.server.files import Bytes
from host.tree import Dir, File

if TYPE_CHECKING:
    from host.machine import Host
    from host.server.instance import Instance


def written(host: Host, instance: Instance) -> tuple[Host, Instance]:
    """The summary up to the redo point of the checkpoint that has just been made (WalSummarizerMain)."""
    control = instance.cluster.data.control
    if not instance.settings.values.get("summarize_wal"):
        return host, replace(instance, summarized=0)
    start, end = instance.summarized or instance.cluster.data.segment_size, control.redo_lsn
    folder = f"{instance.pgdata}/pg_wal/summaries"
    if end <= start or not isinstance(tree.find(host.root, folder), Dir):
        return host, instance
    name = (
        f"{control.timeline:08X}{start >> 32:08X}{start & 0xFFFFFFFF:08X}{end >> 32:08X}{end & 0xFFFFFFFF:08X}.summary"
    )
    file = File(Bytes("a WAL summary", 1024), mtime=host.clock)
    return host.with_root(tree.put(host.root, f"{folder}/{name}", file)), replace(instance, summarized=end)
