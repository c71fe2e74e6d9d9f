"""Replay a recorded recovery (format 2 with `events`, see ../shared/recovery/README.md): actions in, predictions out.

Nothing here decides anything about recovery: it feeds `simulator/recovery/` and the rules of a running server, and
compares.  `log_receiver` and `end_of_wal` depend on other processes and on old bytes: nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from simulator.cluster import DataDirectory, Pages, Server, WalLimits
from simulator.frozen import replace
from simulator.lsn import check_segment_size, parse_lsn
from simulator.pg_wal import from_listing
from simulator.recovery.files import ControlFile, Place, WalFiles
from simulator.recovery.journal import ROOT, Branch, Journal
from simulator.replay_recovery import copies, starting, writing
from simulator.replay_recovery.observed import observe
from simulator.replay_recovery.records import end_of, journaled
from simulator.replay_recovery.world import Json, Machine, World
from simulator.replay_trace import Compared
from simulator.settings import ServerSettings
from simulator.settings_table import parameters
from simulator.versions import version

FORMAT = 2
NOT_DETERMINED = frozenset({"log_receiver", "end_of_wal"})
"""Fields that depend on the order of processes and on old bytes in recycled files."""

_ACTIONS: Mapping[str, Callable[[World, Json], World]] = {
    "create_table": writing.change,
    "insert": writing.change,
    "delete": writing.change,
    "drop_table": writing.change,
    "rollback": writing.change,
    "begin": writing.begin,
    "commit": writing.writes,
    "bulk": writing.writes,
    "switch_wal": writing.writes,
    "idle": writing.writes,
    "restore_point": writing.restore_point,
    "checkpoint": writing.checkpoint,
    "set": writing.set_parameter,
    "slot_create": writing.slot_create,
    "stop": writing.stop,
    "crash": writing.crash,
    "power_loss": writing.crash,
    "backup_start": copies.backup_start,
    "backup_copy": copies.copy,
    "backup_stop": copies.backup_stop,
    "cold_copy": copies.copy,
    "hot_copy": copies.copy,
    "basebackup": copies.basebackup,
    "combinebackup": copies.combinebackup,
    "restore": copies.restore,
    "configure": copies.configure,
    "remove_file": copies.remove_file,
    "destroy": copies.destroy,
    "archive_remove": copies.archive_remove,
    "archive_truncate": copies.archive_truncate,
    "archive_put_back": copies.archive_put_back,
    "start": starting.start,
    "resume": starting.resume,
    "promote": starting.promote,
    "catchup": starting.catchup,
}


def replay(trace: Json) -> Iterator[Compared]:
    """Yield every compared field of every event of a recorded recovery.

    Once a prediction was wrong, a later action may ask what the model's server cannot do (promote one that runs):
    such an event is missed in all its fields.
    """
    world, missed = initial(trace), False
    for event in trace["events"]:
        action = event["action"]
        try:
            world = _ACTIONS[action["kind"]](replace(world, answers={}), action)
            predicted = observe(world, action)
        except (LookupError, AssertionError):
            if not missed:
                raise
            predicted = {}
        for field, observed in event["observed"].items():
            if field not in NOT_DETERMINED:
                one = Compared(event["n"], action["kind"], field, predicted.get(field), observed)
                missed = missed or not one.equal
                yield one


def initial(trace: Json) -> World:
    """The primary as the recording begins."""
    facts, size, seen = version(trace["major"]), check_segment_size(trace["wal_segment_size"]), trace["initial"]
    known = parameters(facts.major)
    shown = {name: text for name, text in trace["settings"].items() if name in known}
    writable = {name: text for name, text in shown.items() if known[name].context != "internal"}
    conf = ServerSettings.initial(facts.major, size, writable, data_directory="$PGDATA")
    row = seen["observed"]["control"]
    control = ControlFile(
        row["state"],
        parse_lsn(row["checkpoint"]),
        parse_lsn(row["redo"]),
        row["timeline"],
        previous=row["prev_timeline"],
    )
    begin, end = parse_lsn(seen["wal"][0]["s"]), end_of(seen["wal"], size)
    data = DataDirectory(
        facts=facts,
        segment_size=size,
        system_identifier=0,
        settings=conf,
        control=control,
        pg_wal=from_listing(seen["observed"]["pg_wal"], seen["observed"]["archive_status"], size),
        wal_end=end,
        pages=Pages(control.redo_lsn, control.checkpoint_lsn),
        summarized=control.redo_lsn,
    )
    files = WalFiles().written(ROOT, seen["tli"], begin, end, size)
    server = Server(WalLimits.of(conf, facts, size))
    machine = Machine(Place(data, files, ROOT), conf, server=server)
    journal = Journal(MappingProxyType({ROOT: Branch(seen["tli"], initial=dict(seen["observed"]["rows"]))}))
    world = World(size, journal, {"primary": machine})
    return journaled(world, "primary", {"wal": seen["wal"], "tli": seen["tli"]})
