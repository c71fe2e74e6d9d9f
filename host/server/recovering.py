"""The startup process and what comes of it: an Instance that runs, or a postmaster that ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host import tree
from host.catalog.initial import initial
from host.effort import START, spend
from host.server import archiving, directory, disk, logs
from host.server.files import SlotFile
from host.server.instance import Instance
from host.server.starting import NotStarted, Postmaster, Start, begin
from host.tree import Dir, File
from simulator.cluster import Cluster, Slot

if TYPE_CHECKING:
    from host.machine import Host


@dataclass(frozen=True, slots=True)
class Started:
    """A server runs: it accepts connections, or it is in recovery (`instance.recovery`)."""

    host: Host
    port: int

    @property
    def instance(self) -> Instance:
        """The server."""
        found = self.host.instance(self.port)
        assert found is not None, "it has just been started"
        return found


def start(host: Host, wanted: Start) -> Started | NotStarted:
    """`postgres -D …` until it accepts connections, waits in recovery, or has ended."""
    spend(START)
    master = begin(host, wanted)
    if isinstance(master, NotStarted):
        return master
    top = tree.find(master.host.root, master.path)
    assert isinstance(top, Dir), "the postmaster has looked"
    from host.server.replaying import recover

    return recover(master, directory.labels(top))


def new_instance(master: Postmaster, cluster: Cluster, branch: str) -> Instance:
    """The value of a server that has just been started on a directory; its catalogue is what the files hold."""
    host = master.host
    end = cluster.insert_lsn
    cluster = cluster.with_server(checkpointed_at=host.clock, switched_at=host.clock, switched_to=end, idle_from=end)
    catalog = directory.catalog_in_files(host, master.path, master.facts) or initial(master.facts.major)
    return Instance(
        pgdata=master.path,
        port=master.port,
        cluster=cluster,
        catalog=catalog,
        branch=branch,
        pid=master.pid,
        build_release=master.release,
        methods=host.server.methods,
        socket_dir=master.socket_dir,
        listen=master.listen,
        log_path=master.start.log_path,
        next_xid=master.control.next_xid,
        started=host.clock,
        written=directory.wal_listing(host, master.path, master.control.segment_size)[0],
        flushed=cluster.data.wal_end,
        checkpoint_time=master.control.checkpoint_time,
        checkpointed=catalog,
        options=master.start.options,
    )


def ready(host: Host, instance: Instance) -> Started:
    """'database system is ready to accept connections', and the archiver begins."""
    host = logs.say(host, instance, ("LOG:  database system is ready to accept connections",))
    host = disk.flush(host, instance)
    return Started(archiving.turn(host, instance.port), instance.port)


def slots_in(host: Host, path: str) -> tuple[Slot, ...]:
    """pg_replslot: the slots that were saved there."""
    node = tree.find(host.root, f"{path}/pg_replslot")
    found = []
    for _, entry in sorted(node.entries.items()) if isinstance(node, Dir) else ():
        state = entry.entries.get("state") if isinstance(entry, Dir) else None
        if isinstance(state, File) and isinstance(state.content, SlotFile):
            found.append(state.content.slot)
    return tuple(found)
