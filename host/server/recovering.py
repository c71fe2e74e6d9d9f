"""The startup process and what comes of it: an Instance that runs, or a postmaster that ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from host import tree
from host.catalog import Catalog
from host.catalog.initial import initial
from host.effort import START, spend
from host.server import archiving, authentication, directory, disk, layout, logs
from host.server.boot import FIRST_XID
from host.server.files import ControlFile, SlotFile
from host.server.instance import Instance
from host.server.starting import NotStarted, Postmaster, Start, begin
from host.tree import Dir, File
from simulator.cluster import Cluster, Slot
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host


_BOOTSTRAPPED, _FIRST_NORMAL_OID = "template1", 16384


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
    catalog = _visible(catalog, master.control)
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
        checkpoint_full_page_writes=master.control.full_page_writes,
        checkpointed=catalog,
        without_roles=tree.find(host.root, f"{master.path}/global/{layout.CATALOG_FILE}") is None,
        options=master.start.options,
        hba=authentication.rules_text(host, master.path),
    )


def _visible(catalog: Catalog, control: ControlFile) -> Catalog:
    """What transactions in the future have made is not seen: a guessed NextXID hides all but the bootstrap's."""
    if control.next_xid >= since(control.major, FIRST_XID):
        return catalog
    return replace(
        catalog,
        databases=MappingProxyType({name: one for name, one in catalog.databases.items() if name == _BOOTSTRAPPED}),
        roles=MappingProxyType({name: one for name, one in catalog.roles.items() if one.oid < _FIRST_NORMAL_OID}),
    )


_NOTHING_YET = 1
"""GetLastImportantRecPtr of a server that has just been started is no record's place."""


def ready(host: Host, instance: Instance) -> Started:
    """'database system is ready to accept connections', and the archiver begins.

    Nothing has been written since this start, not even a checkpoint: the checkpointer's first look brings one.
    """
    instance = replace(instance, cluster=instance.cluster.with_server(idle_from=_NOTHING_YET))
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
