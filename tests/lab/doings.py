"""The small things that a DBA does, and the world with them, as entries of a timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from simulator.versions import Version

Entry = dict[str, Any]
T = TypeVar("T")
Doing = Callable[[Random, "Story"], list[Entry]]
RESTORE = "restore_command = 'cp /archive/%f %p'"


@dataclass(slots=True)
class Story:
    """What has been made so far, as far as the teller knows."""

    facts: Version
    server: Entry
    copies: list[str] = field(default_factory=list)
    """Directories that a server could be started on."""
    dumps: list[tuple[str, str]] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    spaces: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        self.slots += self.server.get("slots", [])

    def new(self, stem: str) -> str:
        """A name that was not used yet."""
        self.count += 1
        return f"{stem}{self.count}"

    @property
    def limited(self) -> bool:
        """May a slot hold only so much?  A checkpoint that ends it waits for a receiver that stands still."""
        return bool(self.server["settings"].get("max_slot_wal_keep_size", -1) != -1)

    @property
    def roomy(self) -> bool:
        """Is a checkpoint by volume far away?"""
        return int(str(self.server["settings"]["max_wal_size"]).removesuffix("MB")) >= 64

    @property
    def size(self) -> int:
        """Megabytes of a segment."""
        return int(str(self.server["wal_segment_size"]).removesuffix("MB"))


def told(entries: Iterable[Entry]) -> list[Entry]:
    """All entries, those under `while` too."""
    return [each for entry in entries for each in (entry, *told(entry.get("while", ())))]


def psql(statement: str, database: str = "") -> Entry:
    """A statement."""
    where = f"-d {database} " if database else ""
    return {"run": f'psql {where}-c "{statement}"'}


def run(typed: str) -> Entry:
    """A typed line."""
    return {"run": typed}


def pick(dice: Random, *choices: T) -> T:
    return dice.choice(choices)


def chance(dice: Random, one_in: int) -> bool:
    return dice.randint(1, one_in) == one_in


# One entry


def write(dice: Random, story: Story) -> list[Entry]:
    """Clients write, from a few records to many segments."""
    kilobytes = pick(dice, 1, 8, 100, 700, 1000, 1000, 2000, 2600, 4000, 9000)
    return [{"write": f"{kilobytes * story.size}kB"}]


def checkpoint(dice: Random, story: Story) -> list[Entry]:
    return [psql("CHECKPOINT")]


def switch(dice: Random, story: Story) -> list[Entry]:
    return [psql("SELECT pg_switch_wal()")]


def restore_point(dice: Random, story: Story) -> list[Entry]:
    return [psql("SELECT pg_create_restore_point('before')")]


def rows(dice: Random, story: Story) -> list[Entry]:
    database = pick(dice, "shop", "shop", "shop", "postgres", "nowhere")
    table = pick(dice, "orders", "orders", "orders", "orders", "items")
    return [psql(f"INSERT INTO {table} SELECT generate_series(1, {pick(dice, 1, 100, 5000)})", database)]


def query(dice: Random, story: Story) -> list[Entry]:
    if chance(dice, 2):
        table = pick(dice, "orders", "orders", "orders", "items", "nothing")
        return [psql(f"SELECT count(*) FROM {table}", pick(dice, "shop", "shop", "shop", "postgres"))]
    columns, view = pick(
        dice,
        ("slot_name, active, restart_lsn", "pg_replication_slots"),
        ("slot_name, restart_lsn, wal_status, safe_wal_size", "pg_replication_slots"),
        ("slot_name, wal_status", "pg_replication_slots"),
        ("*", "pg_replication_slots"),
        ("archived_count, last_archived_wal, last_failed_wal", "pg_stat_archiver"),
        ("redo_lsn, timeline_id", "pg_control_checkpoint()"),
        ("name", "pg_ls_waldir()"),
        ("state", "pg_stat_replication"),
        ("nonsense", "pg_stat_archiver"),
    )
    return [psql(f"SELECT {columns} FROM {view}")]


def show(dice: Random, story: Story) -> list[Entry]:
    names = ("wal_keep_size", "wal_keep_segments", "max_wal_size", "archive_mode", "archive_command", "wal_level",
             "wal_segment_size", "max_slot_wal_keep_size", "nonsense", "data_directory", "restore_command")  # fmt: skip
    return [psql(f"SHOW {pick(dice, *names)}")]


def archive(dice: Random, story: Story) -> list[Entry]:
    """archive_command begins to fail, or to work again."""
    return [{"archive": pick(dice, "fails", "fails", "works", "works", {"fails_for": ["3", "5"]})}]


def wait(dice: Random, story: Story) -> list[Entry]:
    """Time passes, mostly while somebody writes a little."""
    rate = pick(dice, "", "1kB/s", "3kB/s", "10kB/s")
    return [{"wait": pick(dice, "1min", "5min", "12min")} | ({"writing": rate} if rate else {})]


def disk(dice: Random, story: Story) -> list[Entry]:
    """Another size of the disk of pg_wal."""
    return [{"disk": f"{pick(dice, 8, 12, 20, 40) * story.size}MB"}]


def slow_archive(dice: Random, story: Story) -> list[Entry]:
    """archive_command takes its time."""
    return [{"archive": {"seconds_per_file": pick(dice, 5, 20, 50)}}, *wait(dice, story), {"archive": "works"}]


def delete_oldest(dice: Random, story: Story) -> list[Entry]:
    return [{"delete_oldest": pick(dice, 1, 1, 2)}]


def create_slot(dice: Random, story: Story) -> list[Entry]:
    name = pick(dice, "a", "b", "a", "b", "Bad-Name") if chance(dice, 8) else story.new("s")
    story.slots.append(name)
    reserve = ", true" if dice.randint(0, 3) else ""
    return [psql(f"SELECT pg_create_physical_replication_slot('{name}'{reserve})")]


def slot(dice: Random, story: Story) -> list[Entry]:
    """A slot is moved, dropped or looked at."""
    name = pick(dice, *story.slots) if story.slots and not chance(dice, 6) else "nobody"
    target = pick(dice, "pg_current_wal_lsn()", "pg_current_wal_lsn()", "'0/1000028'", "'FFF/0'")
    return [
        psql(
            pick(
                dice,
                f"SELECT pg_replication_slot_advance('{name}', {target})",
                f"SELECT pg_replication_slot_advance('{name}', {target})",
                f"SELECT pg_drop_replication_slot('{name}')",
                "SELECT slot_name, wal_status, safe_wal_size FROM pg_replication_slots",
            )
        )
    ]


SETTINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("wal_keep_size", ("'2MB'", "'64MB'", "0")),
    ("max_wal_size", ("'2MB'", "'4MB'", "'64MB'", "'banana'", "-1")),
    ("min_wal_size", ("'2MB'", "'5MB'", "'32MB'")),
    ("max_slot_wal_keep_size", ("-1",)),
    ("archive_mode", ("on", "off", "always")),
    ("archive_command", ("''", "'/bin/true'", "'/bin/false'")),
    ("wal_level", ("minimal", "replica", "logical")),
    ("wal_recycle", ("off", "on")),
    ("max_wal_senders", ("0", "1", "5")),
    ("max_replication_slots", ("0", "1", "5")),
    ("checkpoint_completion_target", ("0", "0.9", "1.5")),
    ("full_page_writes", ("off", "on")),
)


def setting(dice: Random, story: Story) -> list[Entry]:
    """ALTER SYSTEM, and perhaps a reload."""
    name, values = pick(dice, *SETTINGS)
    value = pick(dice, *values)
    line = psql(f"ALTER SYSTEM SET {name} = {value}")
    if chance(dice, 6):
        line = psql(f"ALTER SYSTEM RESET {pick(dice, name, 'all')}")
    after = pick(dice, [], [psql("SELECT pg_reload_conf()")], [psql("SELECT pg_reload_conf()")])
    return [line, *after]


def tablespace(dice: Random, story: Story) -> list[Entry]:
    story.spaces += 1
    name = "fast" if chance(dice, 6) else f"fast{story.spaces}"
    return [psql(f"CREATE TABLESPACE {name} LOCATION '/spaces/{name}'")]


def database(dice: Random, story: Story) -> list[Entry]:
    """From 15 on its WAL comes at one go, and where a checkpoint by volume falls in it nobody can say."""
    if not story.facts.create_database_checkpoints and not story.roomy:
        return write(dice, story)
    name = pick(dice, "shop", "shop", "archive", "postgres")
    return [pick(dice, psql(f"CREATE DATABASE {name}"), run(f"createdb {name}"))]


def drop_table(dice: Random, story: Story) -> list[Entry]:
    return [
        psql(f"DROP TABLE {pick(dice, 'orders', 'orders', 'orders', 'items')}", pick(dice, "shop", "shop", "postgres"))
    ]


MODES = ("-m fast", "-m fast", "-m smart", "-m immediate", "")


def end(dice: Random) -> Entry:
    if chance(dice, 4):
        return {"crash": True}
    return run(f"pg_ctl -D /pgdata {pick(dice, *MODES)} stop".replace("  ", " "))


def start(directory: str) -> Entry:
    """A start of a server: one on a copy gets another port."""
    port = "" if directory == "/pgdata" else ' -o "-p 5433"'
    return run(f"pg_ctl -D {directory}{port} start")


SMALL: tuple[Doing, ...] = (
    write, write, write, write, checkpoint, checkpoint, switch, rows, archive, create_slot, slot, setting
)  # fmt: skip


def between(dice: Random, story: Story, most: int = 4) -> list[Entry]:
    """What others do meanwhile."""
    found: list[Entry] = []
    for _ in range(dice.randint(0, most)):
        found += pick(dice, *SMALL)(dice, story)
    return found
