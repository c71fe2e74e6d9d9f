"""What a DBA does, from begin to end, as entries of a timeline; and the slips that belong to it."""

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


def _pick(dice: Random, *choices: T) -> T:
    return dice.choice(choices)


def _chance(dice: Random, one_in: int) -> bool:
    return dice.randint(1, one_in) == one_in


# One entry


def write(dice: Random, story: Story) -> list[Entry]:
    """Clients write, from a few records to many segments."""
    kilobytes = _pick(dice, 1, 8, 100, 700, 1024, 1024, 2048, 2600, 4096, 9000)
    return [{"write": f"{kilobytes * story.size}kB"}]


def checkpoint(dice: Random, story: Story) -> list[Entry]:
    return [psql("CHECKPOINT")]


def switch(dice: Random, story: Story) -> list[Entry]:
    return [psql("SELECT pg_switch_wal()")]


def restore_point(dice: Random, story: Story) -> list[Entry]:
    return [psql("SELECT pg_create_restore_point('before')")]


def rows(dice: Random, story: Story) -> list[Entry]:
    database = _pick(dice, "shop", "shop", "shop", "postgres", "nowhere")
    table = _pick(dice, "orders", "orders", "orders", "orders", "items")
    return [psql(f"INSERT INTO {table} SELECT generate_series(1, {_pick(dice, 1, 100, 5000)})", database)]


def query(dice: Random, story: Story) -> list[Entry]:
    if _chance(dice, 2):
        table = _pick(dice, "orders", "orders", "orders", "items", "nothing")
        return [psql(f"SELECT count(*) FROM {table}", _pick(dice, "shop", "shop", "shop", "postgres"))]
    columns, view = _pick(
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
    return [psql(f"SHOW {_pick(dice, *names)}")]


def archive(dice: Random, story: Story) -> list[Entry]:
    """archive_command begins to fail, or to work again."""
    return [{"archive": _pick(dice, "fails", "fails", "works", "works", {"fails_for": ["3", "5"]})}]


def wait(dice: Random, story: Story) -> list[Entry]:
    """Time passes, mostly while somebody writes a little."""
    rate = _pick(dice, "", "1kB/s", "10kB/s", "40kB/s")
    return [{"wait": _pick(dice, "20s", "1min", "3min")} | ({"writing": rate} if rate else {})]


def disk(dice: Random, story: Story) -> list[Entry]:
    """Another size of the disk of pg_wal."""
    return [{"disk": f"{_pick(dice, 8, 12, 20, 40) * story.size}MB"}]


def slow_archive(dice: Random, story: Story) -> list[Entry]:
    """archive_command takes its time."""
    return [{"archive": {"seconds_per_file": _pick(dice, 5, 20, 50)}}, *wait(dice, story), {"archive": "works"}]


def delete_oldest(dice: Random, story: Story) -> list[Entry]:
    return [{"delete_oldest": _pick(dice, 1, 1, 2)}]


def create_slot(dice: Random, story: Story) -> list[Entry]:
    name = _pick(dice, "a", "b", "a", "b", "Bad-Name") if _chance(dice, 8) else story.new("s")
    story.slots.append(name)
    reserve = ", true" if dice.randint(0, 3) else ""
    return [psql(f"SELECT pg_create_physical_replication_slot('{name}'{reserve})")]


def slot(dice: Random, story: Story) -> list[Entry]:
    """A slot is moved, dropped or looked at."""
    name = _pick(dice, *story.slots) if story.slots and not _chance(dice, 6) else "nobody"
    target = _pick(dice, "pg_current_wal_lsn()", "pg_current_wal_lsn()", "'0/1000028'", "'FFF/0'")
    return [
        psql(
            _pick(
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
    ("max_slot_wal_keep_size", ("'1MB'", "'2MB'", "-1")),
    ("archive_mode", ("on", "off", "always")),
    ("archive_command", ("''", "'/bin/true'", "'/bin/false'")),
    ("wal_level", ("minimal", "replica", "logical")),
    ("wal_recycle", ("off", "on")),
    ("max_wal_senders", ("0", "1", "5")),
    ("max_replication_slots", ("0", "1", "5")),
    ("checkpoint_completion_target", ("0", "0.9", "1.5")),
    ("log_checkpoints", ("off",)),
    ("full_page_writes", ("off", "on")),
)


def setting(dice: Random, story: Story) -> list[Entry]:
    """ALTER SYSTEM, and perhaps a reload."""
    name, values = _pick(dice, *SETTINGS)
    value = _pick(dice, *values)
    line = psql(f"ALTER SYSTEM SET {name} = {value}")
    if _chance(dice, 6):
        line = psql(f"ALTER SYSTEM RESET {_pick(dice, name, 'all')}")
    after = _pick(dice, [], [psql("SELECT pg_reload_conf()")], [psql("SELECT pg_reload_conf()")])
    return [line, *after]


def tablespace(dice: Random, story: Story) -> list[Entry]:
    story.spaces += 1
    name = "fast" if _chance(dice, 6) else f"fast{story.spaces}"
    return [psql(f"CREATE TABLESPACE {name} LOCATION '/spaces/{name}'")]


def database(dice: Random, story: Story) -> list[Entry]:
    """From 15 on its WAL comes at one go, and where a checkpoint by volume falls in it nobody can say."""
    if not story.facts.create_database_checkpoints and not story.roomy:
        return write(dice, story)
    name = _pick(dice, "shop", "shop", "archive", "postgres")
    return [_pick(dice, psql(f"CREATE DATABASE {name}"), run(f"createdb {name}"))]


def drop_table(dice: Random, story: Story) -> list[Entry]:
    return [
        psql(
            f"DROP TABLE {_pick(dice, 'orders', 'orders', 'orders', 'items')}", _pick(dice, "shop", "shop", "postgres")
        )
    ]


_MODES = ("-m fast", "-m fast", "-m smart", "-m immediate", "")


def _end(dice: Random) -> Entry:
    if _chance(dice, 4):
        return {"crash": True}
    return run(f"pg_ctl -D /pgdata {_pick(dice, *_MODES)} stop".replace("  ", " "))


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
        found += _pick(dice, *SMALL)(dice, story)
    return found


# Chapters


def single(dice: Random, story: Story) -> list[Entry]:
    """One small thing, of every kind there is."""
    return _pick(
        dice, write, wait, wait, disk, slow_archive, checkpoint, switch, restore_point, rows, query, show, archive,
        delete_oldest, create_slot, slot, setting, tablespace, database, drop_table,
    )(dice, story)  # fmt: skip


def common(dice: Random, story: Story) -> list[Entry]:
    """One of the small things that happen every day."""
    return _pick(dice, *SMALL)(dice, story)


def _options(dice: Random, story: Story) -> tuple[str, str]:
    method = _pick(dice, "s", "s", "s", "f", "f", "n")
    options = _pick(dice, "", f"-X{method}") if method == "s" else f"-X{method}"
    options += _pick(dice, "", "", " -Ft") + _pick(dice, " -c fast", " -c fast", " -c fast", "")
    options += (
        _pick(dice, "", "", " -P", " -v", " -P -v") + _pick(dice, "", "", "", " -R") + _pick(dice, "", "", " -l night")
    )
    if _chance(dice, 3) and (method == "s" or _chance(dice, 4)):
        name = _pick(dice, *story.slots) if story.slots and _chance(dice, 2) else story.new("clone")
        if name not in story.slots or _chance(dice, 4):
            options += " -C"
            story.slots.append(name)
        options += f" -S {name}"
    elif _chance(dice, 6):
        options += " --no-slot"
    if _chance(dice, 12):
        options += _pick(dice, " --waldir=/backup/wal", " -S missing", " -C")
    return options, method


def basebackup(dice: Random, story: Story) -> list[Entry]:
    """pg_basebackup with things that happen meanwhile, and what may be done with the copy."""
    directory = _pick(dice, *story.copies) if story.copies and _chance(dice, 8) else story.new("/backup/base")
    options, method = _options(dice, story)
    for number in range(story.spaces):
        if not _chance(dice, 4) and "-Ft" not in options:
            options += f" -T /spaces/fast{number + 1}={story.new('/spaces/copy')}"
    entry = run(f"pg_basebackup -D {directory} {options}".replace("  ", " ").strip())
    meanwhile = between(dice, story)
    if method == "s" and _chance(dice, 4):
        meanwhile = [{"hold": "receiver"}, *meanwhile, *([{"release": "receiver"}] if _chance(dice, 2) else [])]
    if _chance(dice, 8):
        meanwhile.append(_pick(dice, _end(dice), {"delete_oldest": 1}))
    if meanwhile:
        entry["while"] = meanwhile
    if "-Ft" not in options:
        story.copies.append(directory)
    return [entry]


def low_level(dice: Random, story: Story) -> list[Entry]:
    """Start, copy, stop, save the label, copy the WAL; some of it forgotten now and then."""
    old = story.facts.exclusive_backup
    exclusive, session = old and _chance(dice, 3), "" if _chance(dice, 6) else story.new("keeper")
    start_name, stop_name = story.facts.backup_start_function, story.facts.backup_stop_function
    if _chance(dice, 12):
        start_name = _pick(dice, "pg_start_backup", "pg_backup_start")
    arguments = "'night', true" + (", false" if start_name == "pg_start_backup" and not exclusive else "")
    stop_arguments = _pick(dice, "", "", "wait_for_archive => false")
    if stop_name == "pg_stop_backup":
        stop_arguments = ("true" if exclusive else "false") + _pick(dice, "", "", ", false")
    star = _pick(dice, "", "* FROM ")
    copy = story.new("/backup/copy")
    how = _pick(dice, f"cp -a /pgdata {copy}", f"rsync -a --exclude=postmaster.pid --exclude=pg_wal/* /pgdata/ {copy}")
    if "rsync" not in how and _chance(dice, 2):
        how = f"rsync -a --exclude=postmaster.pid /pgdata/ {copy}"
    copying = run(how)
    if _chance(dice, 3):
        copying["while"] = between(dice, story, 3) or [{"write": "1MB"}]
    parts = [
        psql(f"SELECT {start_name}({arguments})") | ({"session": session} if session else {}),
        *between(dice, story, 2),
        copying,
        *between(dice, story, 2),
        psql(f"SELECT {star}{stop_name}({stop_arguments})") | ({"session": session} if session else {}),
    ]
    story.copies.append(copy)
    if _chance(dice, 4):
        parts[-1]["while"] = [*between(dice, story, 2), {"archive": "works"}]
    if dice.randint(0, 4) and not exclusive:
        parts.append({"save_label": copy})
    if "pg_wal" in how or _chance(dice, 2):
        parts.append(run(f"cp -a {_pick(dice, '/archive', '/archive', '/pgdata/pg_wal')}/* {copy}/pg_wal/"))
    if session and _chance(dice, 2):
        parts.append({"close": session})
    if _chance(dice, 8):
        parts.insert(2, {"close": session or "nobody"})
    return parts


def restart(dice: Random, story: Story) -> list[Entry]:
    """Stop or crash, perhaps a cold copy, start; or restart."""
    if _chance(dice, 3):
        return [run(f"pg_ctl -D /pgdata {_pick(dice, *_MODES)} restart".replace("  ", " "))]
    found = [_end(dice)]
    if _chance(dice, 3):
        cold = story.new("/backup/cold")
        story.copies.append(cold)
        found.append(run(f"cp -a /pgdata {cold}"))
    if _chance(dice, 8):
        found += single(dice, story)
    return [*found, start("/pgdata")]


def hot_copy(dice: Random, story: Story) -> list[Entry]:
    """A copy of a running server without a backup."""
    directory = story.new("/backup/hot")
    story.copies.append(directory)
    exclude = _pick(dice, "", "--exclude=postmaster.pid ")
    entry = run(f"rsync -a {exclude}/pgdata/ {directory}")
    if meanwhile := between(dice, story, 3):
        entry["while"] = meanwhile
    return [entry]


def _prepared(dice: Random, directory: str) -> list[Entry]:
    """Signal file and restore_command, or one of them, or none."""
    signal = (
        f"touch {directory}/{_pick(dice, 'recovery.signal', 'recovery.signal', 'recovery.signal', 'standby.signal')}"
    )
    line = run(f'echo "{RESTORE}" >> {directory}/postgresql.auto.conf')
    return _pick(dice, [line, run(signal)], [line, run(signal)], [run(signal)], [line], [], [])


def restore(dice: Random, story: Story) -> list[Entry]:
    """A backup is put in the place of PGDATA, or started where it is, with or without the archive."""
    source = _pick(dice, *story.copies) if story.copies else "/backup/nothing"
    found = [run(f"rm {source}/{_pick(dice, 'postmaster.pid', 'backup_label')}")] if _chance(dice, 6) else []
    if _chance(dice, 2):
        if dice.randint(0, 5):
            found.append(_end(dice))
        found += [run("rm -r /pgdata"), run(f"cp -a {source} /pgdata"), *_prepared(dice, "/pgdata"), start("/pgdata")]
        return found + between(dice, story, 3)
    found += [*_prepared(dice, source), start(source), *between(dice, story, 3)]
    if _chance(dice, 2):
        found.append(run(f"pg_ctl -D {source} {_pick(dice, *_MODES)} stop".replace("  ", " ")))
    return found


def standby(dice: Random, story: Story) -> list[Entry]:
    """A clone is started, streams, and falls behind (or not)."""
    directory = story.new("/standby")
    name = story.new("clone")
    slot = _pick(dice, "", "", f" -C -S {name}", " --no-slot")
    if name in slot:
        story.slots.append(name)
    clone = run(f"pg_basebackup -D {directory} -R -c fast{slot}")
    if meanwhile := between(dice, story, 2):
        clone["while"] = meanwhile
    found = [clone, *between(dice, story, 2), start(directory), *between(dice, story, 3)]
    if _chance(dice, 2):
        mode = _pick(dice, *_MODES)
        found += [
            run(f"pg_ctl -D {directory} {mode} stop".replace("  ", " ")),
            *between(dice, story, 4),
            start(directory),
        ]
        found += between(dice, story, 2)
    return found


def dump(dice: Random, story: Story) -> list[Entry]:
    """A dump of one database or of all; and perhaps it comes back."""
    file = story.new("/backup/dump")
    kind = _pick(dice, "p", "c", "c", "d", "t")
    database = _pick(dice, "shop", "shop", "shop", "shop", "postgres", "nowhere")
    line = run(f"pg_dump -d {database} -F{kind} -f {file}")
    if _chance(dice, 4):
        kind = "p"
        line = run(f"pg_dumpall {_pick(dice, '', '-g ')}-f {file}")
    story.dumps.append((file, kind))
    if _chance(dice, 3):
        return [line]
    return [line, *(drop_table(dice, story) if _chance(dice, 2) else []), *replay(dice, story)]


def replay(dice: Random, story: Story) -> list[Entry]:
    """A dump is read again, mostly with the right tool."""
    file, kind = story.dumps[-1] if story.dumps else ("/backup/nothing", "c")
    right = "psql" if kind == "p" else "pg_restore"
    tool = right if dice.randint(0, 5) else _pick(dice, "psql", "pg_restore")
    database = _pick(dice, "shop", "shop", "shop", "postgres", "nowhere")
    return [run(f"psql -d {database} -f {file}" if tool == "psql" else f"pg_restore -d {database} {file}")]


def mistake(dice: Random, story: Story) -> list[Entry]:
    """A slip of the keyboard, or of the head."""
    return [
        _pick(
            dice,
            run("pg_ctl -D /nowhere start"),
            run("pg_ctl -D /pgdata start"),
            run("pg_ctl -D /archive stop"),
            run("cp -a /nowhere /backup/copy"),
            run("rm -r /backup/nothing"),
            run("rm /pgdata/backup_label"),
            run("touch /nowhere/recovery.signal"),
            run(f'echo "{RESTORE}" >> /nowhere/postgresql.auto.conf'),
            psql("SELECT pg_stop_backup()"),
            psql("SELECT pg_backup_stop()"),
            psql("SELECT pg_start_backup('x')"),
            psql("SELECT pg_backup_start('x')"),
            psql("SELECT pg_backup_start('x', true, false)"),
            psql("SELECT pg_start_backup('x', true, false)"),
            {"save_label": "/backup/nothing"},
            {"close": "nobody"},
            {"release": "receiver"},
            {"crash": True},
            *([run(f"rm -r {story.copies[-1]}")] if story.copies else []),
        )
    ]


CHAPTERS: tuple[Doing, ...] = (
    single, common, common, basebackup, basebackup, basebackup, low_level, low_level, restart, restart, hot_copy,
    restore, restore, standby, dump, mistake,
)  # fmt: skip
