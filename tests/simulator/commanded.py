"""Random servers and random commands, for the properties: every class of the closed union of commands is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from simulator import commands as c
from simulator.lsn import KB, MB
from simulator.observation import Observation, observe
from simulator.play import first_world
from simulator.scenario import ServerPlan
from simulator.step import perform
from simulator.versions import KNOWN, Version, version
from simulator.world import ARCHIVE, PRIMARY, Outcome, World

SLOTS = st.sampled_from(["a", "b"])
PATHS = st.sampled_from(["/backup/one", "/backup/two", "/backup/dump", PRIMARY])
SESSIONS = st.sampled_from(["", "keeper"])
DATABASES = st.sampled_from(["postgres", "shop", "nowhere"])
TABLES = st.sampled_from(["orders", "items"])
SMALL = st.integers(0, 8)
CLIENTS = st.integers(0, 3).map(lambda number: f"client{number}")


def _size(most: int, unit: str) -> st.SearchStrategy[str]:
    return st.integers(0, most).map(lambda number: f"{number}{unit}")


@st.composite
def plans(draw: st.DrawFn) -> ServerPlan:
    """A server: any major, 1 or 16 MB segments, legal settings, sometimes an archive, a small disk, slots."""
    megabytes = draw(st.sampled_from([1, 16]))
    minimal = draw(st.integers(0, 9)) == 0
    archive = draw(st.booleans()) and not minimal
    low, more = draw(st.integers(2, 6)), draw(st.integers(0, 12))
    settings = {
        "min_wal_size": f"{low * megabytes}MB",
        "max_wal_size": f"{(low + more) * megabytes}MB",
        "wal_keep_size": f"{draw(st.sampled_from([0, 0, 1, 3, 8])) * megabytes}MB",
        "max_slot_wal_keep_size": draw(st.sampled_from(["-1", "0", f"{megabytes}MB", f"{4 * megabytes}MB"])),
        "wal_recycle": draw(st.sampled_from(["on", "on", "off"])),
        "checkpoint_completion_target": draw(st.sampled_from(["0", "0.5", "0.9", "1"])),
        "checkpoint_timeout": draw(st.sampled_from(["30s", "5min", "1d"])),
        "archive_timeout": draw(st.sampled_from(["0", "0", "10s", "1min"])),
        "max_wal_senders": draw(st.sampled_from(["0", "1", "2", "10"])),
        "max_replication_slots": draw(st.sampled_from(["1", "10"])),
        "wal_level": "replica",
    }
    if minimal:
        settings |= {"wal_level": "minimal", "max_wal_senders": "0"}
    return ServerPlan(
        version=draw(st.sampled_from(KNOWN)),
        versions=frozenset(KNOWN),
        segment_size=megabytes * MB,
        settings=settings,
        databases={"shop": {"orders": draw(st.integers(0, 5000))}},
        disk_bytes=draw(st.none() | st.integers(3, 16).map(lambda count: count * megabytes * MB)),
        archive_command=archive,
        slots=tuple(draw(st.sets(SLOTS, max_size=1))) if not minimal else (),
    )


_STARTS = st.builds(
    c.BackupStart,
    function=st.sampled_from(sorted({version(major).backup_start_function for major in KNOWN})),
    label=st.sampled_from(["night", "夜間", "x" * 1025]),
    fast=st.booleans(),
    exclusive=st.booleans(),
    session=SESSIONS,
    sql=st.just("SELECT pg_backup_start('night')"),
    argument_types=st.just("unknown"),
)
_STOPS = st.builds(
    c.BackupStop,
    function=st.sampled_from(sorted({version(major).backup_stop_function for major in KNOWN})),
    exclusive=st.booleans(),
    wait_for_archive=st.booleans(),
    session=SESSIONS,
    client=CLIENTS,
    expanded=st.booleans(),
    sql=st.just("SELECT pg_backup_stop()"),
)
_SETTINGS = st.sampled_from(
    [
        ("wal_keep_size", "64MB"),
        ("wal_keep_segments", "4"),
        ("max_wal_size", "2MB"),
        ("max_wal_size", "64MB"),
        ("min_wal_size", "32MB"),
        ("max_slot_wal_keep_size", "16MB"),
        ("archive_mode", "on"),
        ("archive_mode", "off"),
        ("archive_command", ""),
        ("archive_command", "cp %p /archive/%f"),
        ("wal_level", "minimal"),
        ("wal_recycle", "off"),
        ("max_wal_senders", "0"),
        ("log_checkpoints", "off"),
        ("nonsense", "1"),
        ("max_wal_size", "banana"),
        ("max_wal_size", None),
        ("all", None),
    ]
)
_BASEBACKUPS = st.builds(
    c.PgBasebackup,
    directory=PATHS,
    format=st.sampled_from(["plain", "tar"]),
    wal_method=st.sampled_from(["none", "fetch", "stream"]),
    checkpoint=st.sampled_from(["fast", "spread"]),
    progress=st.booleans(),
    verbose=st.booleans(),
    write_recovery_conf=st.booleans(),
    slot=st.just("") | SLOTS,
    create_slot=st.booleans(),
    no_slot=st.booleans(),
    tablespace_mapping=st.sampled_from([(), (("/spaces/fast", "/spaces/copy"),)]),
    label=st.sampled_from(["base", "夜間"]),
    client=CLIENTS,
    waldir=st.sampled_from(["", "", "/backup/wal"]),
    max_rate_kb=st.none() | st.integers(32, 1024 * 1024),
)
_REMOVABLE = PATHS | st.sampled_from(
    [f"{PRIMARY}/backup_label", "/backup/one/backup_label", "/backup/one/postmaster.pid", f"{PRIMARY}/pg_wal/{1:024X}"]
)

BY_CLASS: dict[type, st.SearchStrategy[c.Command]] = {
    c.Checkpoint: st.builds(c.Checkpoint),
    c.SwitchWal: st.builds(c.SwitchWal),
    c.RestorePoint: st.builds(c.RestorePoint, st.just("here")),
    c.BackupStart: _STARTS,
    c.BackupStop: _STOPS,
    c.CloseSession: st.builds(c.CloseSession, st.just("keeper")),
    c.AlterSystem: _SETTINGS.map(lambda pair: c.AlterSystem(*pair)),
    c.ReloadConf: st.builds(c.ReloadConf),
    c.Show: st.builds(c.Show, st.sampled_from(["wal_level", "data_checksums", "nonsense", "enable_seqscan"])),
    c.SlotCreate: st.builds(c.SlotCreate, SLOTS, st.booleans()),
    c.SlotAdvance: st.builds(c.SlotAdvance, SLOTS, st.none() | st.integers(0, 1 << 27)),
    c.SlotDrop: st.builds(c.SlotDrop, SLOTS),
    c.Query: st.builds(
        c.Query,
        st.sampled_from(
            "pg_replication_slots pg_stat_archiver pg_control_checkpoint() pg_ls_waldir() pg_stat_replication "
            "orders nothing".split()
        ),
        st.sampled_from([(), ("count",), ("slot_name", "wal_status"), ("name",)]),
        DATABASES,
    ),
    c.InsertRows: st.builds(c.InsertRows, TABLES, st.integers(1, 20_000), DATABASES),
    c.DropTable: st.builds(c.DropTable, TABLES, DATABASES),
    c.CreateDatabase: st.builds(c.CreateDatabase, DATABASES, st.booleans()),
    c.CreateTablespace: st.builds(c.CreateTablespace, st.sampled_from(["fast", "slow"]), st.just("/spaces/fast")),
    c.PgBasebackup: _BASEBACKUPS,
    c.ClientFinishes: st.builds(c.ClientFinishes, CLIENTS),
    c.HoldReceiver: st.builds(c.HoldReceiver, st.just("") | CLIENTS, st.booleans()),
    c.PgDump: st.builds(c.PgDump, DATABASES, st.sampled_from(["plain", "custom", "directory", "tar"]), PATHS),
    c.PgDumpall: st.builds(c.PgDumpall, PATHS, st.booleans()),
    c.PgRestore: st.builds(c.PgRestore, DATABASES, PATHS),
    c.PsqlFile: st.builds(c.PsqlFile, DATABASES, PATHS),
    c.PgCtl: st.builds(
        c.PgCtl,
        st.sampled_from(["start", "stop", "restart"]),
        st.just(PRIMARY) | PATHS,
        st.sampled_from(["smart", "fast", "immediate"]),
    ),
    c.Copy: st.builds(
        c.Copy,
        PATHS | st.sampled_from([ARCHIVE, f"{PRIMARY}/pg_wal", f"{PRIMARY}/backup_label"]),
        PATHS | st.sampled_from(["/backup/one/pg_wal", "/backup/two/pg_wal", "/backup/one/backup_label"]),
        st.sampled_from([(), ("pg_wal/*",), ("postmaster.pid",)]),
        st.just("") | CLIENTS,
    ),
    c.Remove: st.builds(c.Remove, st.lists(_REMOVABLE, min_size=1, max_size=2).map(tuple)),
    c.RemoveOldest: st.builds(c.RemoveOldest, st.integers(1, 6)),
    c.TouchSignal: st.builds(c.TouchSignal, PATHS, st.sampled_from(["recovery.signal", "standby.signal"])),
    c.Configure: st.builds(
        c.Configure,
        PATHS,
        st.sampled_from(["restore_command", "archive_mode", "wal_level"]),
        st.sampled_from(["cp /archive/%f %p", "on", "minimal", ""]),
    ),
    c.SaveLabel: st.builds(c.SaveLabel, PATHS),
    c.WriteWal: st.builds(c.WriteWal, st.integers(1, 40 * MB) | SMALL.map(lambda count: count * MB + 1)),
    c.Wait: st.builds(c.Wait, st.floats(0.5, 900), st.sampled_from([0.0, 100.0 * KB, 1.0 * MB])),
    c.Crash: st.builds(c.Crash),
    c.SetArchive: st.builds(
        c.SetArchive,
        st.booleans(),
        st.sampled_from([(), (".backup",), ("5",)]),
        st.sampled_from([0.0, 0.0, 3.0]),
    ),
    c.ResizeDisk: st.builds(c.ResizeDisk, st.integers(1, 400).map(lambda count: count * MB)),
}


@dataclass(frozen=True, slots=True)
class Tale:
    """A server and what is done to it."""

    plan: ServerPlan
    story: tuple[c.Command, ...]


_MEANWHILE = (c.WriteWal, c.Checkpoint, c.WriteWal, c.SwitchWal, c.HoldReceiver, c.SetArchive, c.InsertRows, c.Wait)
_BETWEEN = st.lists(st.one_of(*(BY_CLASS[kind] for kind in _MEANWHILE)), max_size=4)
"""What goes on while a backup runs."""
_MODES = st.sampled_from(["smart", "fast", "immediate"])
_ENDS = BY_CLASS[c.Crash] | st.builds(c.PgCtl, st.just("stop"), st.just(PRIMARY), _MODES)
_START, _STOP = "the start function", "the stop function"
"""Stand for the names that the tale's major knows."""


@st.composite
def _basebackup(draw: st.DrawFn) -> list[c.Command]:
    """pg_basebackup, with things that happen meanwhile, and its end."""
    sensible = c.PgBasebackup("/backup/one", wal_method=draw(st.sampled_from(["none", "fetch", "stream"])))
    command = draw(st.just(sensible) | _BASEBACKUPS)
    command = replace(command, client=draw(st.sampled_from(["client0", "client1"])))
    return [command, *draw(_BETWEEN), c.ClientFinishes(command.client)]


@st.composite
def _low_level(draw: st.DrawFn) -> list[c.Command]:
    """Start, copy, stop, save the label, and copy the WAL (or not)."""
    exclusive = draw(st.sampled_from([False, False, True]))
    start = c.BackupStart(_START, "night", fast=True, exclusive=exclusive, session="keeper")
    stop = c.BackupStop(_STOP, exclusive, draw(st.booleans()), "keeper", "client2")
    copy = c.Copy(PRIMARY, "/backup/two", draw(st.sampled_from([("postmaster.pid",), ("pg_wal/*", "postmaster.pid")])))
    told = [start, *draw(_BETWEEN), copy, *draw(_BETWEEN), stop, c.SaveLabel("/backup/two")]
    ends = [c.ClientFinishes("client2"), c.Copy(ARCHIVE, "/backup/two/pg_wal"), c.CloseSession("keeper")]
    return [*told, *(end for end in ends if draw(st.booleans()))]


@st.composite
def _restart(draw: st.DrawFn) -> list[c.Command]:
    """Stop or crash, perhaps a cold copy, start."""
    end = draw(_ENDS)
    cold = [c.Copy(PRIMARY, "/backup/cold")] if draw(st.booleans()) else []
    return [end, *cold, c.PgCtl("start", PRIMARY)]


@st.composite
def _restored(draw: st.DrawFn) -> list[c.Command]:
    """A backup is put in the place of PGDATA, or started where it is, with or without the archive."""
    source = draw(st.sampled_from(["/backup/one", "/backup/two", "/backup/cold"]))
    told: list[c.Command] = [c.PgCtl("stop", PRIMARY, draw(_MODES))]
    place = PRIMARY
    if draw(st.booleans()):
        told += [c.Remove((PRIMARY,)), c.Copy(source, PRIMARY)]
    else:
        place = source
    if draw(st.booleans()):
        signal = draw(st.sampled_from(["recovery.signal", "recovery.signal", "standby.signal"]))
        told += [c.Configure(place, "restore_command", "cp /archive/%f %p"), c.TouchSignal(place, signal)]
    return [*told, c.PgCtl("start", place), *draw(_BETWEEN), c.PgCtl("start", PRIMARY)]


@st.composite
def _standby(draw: st.DrawFn) -> list[c.Command]:
    """A copy made with -R is started, streams, and falls behind (or not); the dump of a table comes back."""
    base = c.PgBasebackup("/backup/standby", write_recovery_conf=True, client="client3")
    told = [base, c.ClientFinishes("client3"), c.PgCtl("start", "/backup/standby"), *draw(_BETWEEN)]
    down = [c.PgCtl("stop", "/backup/standby", draw(_MODES)), *draw(_BETWEEN), c.PgCtl("start", "/backup/standby")]
    return [*told, *(down if draw(st.booleans()) else []), *draw(_BETWEEN)]


@st.composite
def _dumped(draw: st.DrawFn) -> list[c.Command]:
    """A dump is taken, the table is dropped, and the dump is replayed."""
    kind = draw(st.sampled_from(["plain", "custom"]))
    back = c.PsqlFile("shop", "/backup/sql") if draw(st.booleans()) else c.PgRestore("shop", "/backup/sql")
    return [c.PgDump("shop", kind, "/backup/sql"), c.DropTable("orders", "shop"), *draw(_BETWEEN), back]


@st.composite
def _slot(draw: st.DrawFn) -> list[c.Command]:
    """A slot holds WAL, and is moved or dropped."""
    name = draw(SLOTS)
    after = draw(st.lists(st.sampled_from([c.SlotAdvance(name), c.SlotDrop(name), c.Query("pg_replication_slots")])))
    return [c.SlotCreate(name, reserve=True), *draw(_BETWEEN), c.Checkpoint(), *after]


_SINGLE = st.one_of(*BY_CLASS.values()).map(lambda command: [command])
_DOINGS = (_basebackup(), _basebackup(), _low_level(), _restart(), _restored(), _slot(), _standby(), _dumped())
_CHAPTER = st.one_of(_SINGLE, _SINGLE, *_DOINGS)
_CHAPTERS = {count: st.lists(_CHAPTER, min_size=count, max_size=count) for count in range(2, 10)}
_PLANS = plans()


def _named(command: c.Command, facts: Version) -> c.Command:
    if isinstance(command, c.BackupStart) and command.function == _START:
        return replace(command, function=facts.backup_start_function)
    if isinstance(command, c.BackupStop) and command.function == _STOP:
        return replace(command, function=facts.backup_stop_function)
    return command


@st.composite
def tales(draw: st.DrawFn) -> Tale:
    """A server, and chapters: single commands of every class, and the doings of a DBA from begin to end."""
    plan = draw(_PLANS)
    facts, chapters = version(plan.version), draw(_CHAPTERS[draw(st.integers(2, 9))])
    return Tale(plan, tuple(_named(command, facts) for chapter in chapters for command in chapter))


LONGEST = 40
"""Steps of one long write or wait that are followed; the rest is left out."""


def steps_of(tale: Tale) -> Iterator[tuple[c.Command, World, Outcome]]:
    """Perform a tale from its first world on."""
    return steps(begun(tale.plan), tale.story)


def steps(world: World, story: tuple[c.Command, ...]) -> Iterator[tuple[c.Command, World, Outcome]]:
    """Perform a story: command, world before, outcome; a long write or wait is several steps."""
    for told in story:
        command: c.Command | None = told
        for _ in range(LONGEST):
            if command is None:
                break
            outcome = perform(world, command)
            yield command, world, outcome
            world, command = outcome.world, outcome.rest


def begun(plan: ServerPlan) -> World:
    """The first world of a plan."""
    return first_world(plan, plan.version, {})


def seen(world: World) -> Observation:
    """What can be seen, without anything that was typed or said."""
    return observe(world, Outcome(world))
