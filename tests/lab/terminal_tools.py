"""Parts of random sessions about slots, roles, tablespaces, archives, clusters, standbys and views."""

from __future__ import annotations

from tests.lab.terminal_story import Story


def _psql(sql: str, form: str = "-Atc", database: str = "") -> str:
    return f'psql {database and f"-d {database} "}{form} "{sql}"'


# Slots and pg_receivewal


def make_slot(story: Story) -> list[str]:
    name = f"s{story.fresh()}"
    again = story.dice.choice(story.slots) if story.slots and story.dice.random() < 0.1 else name
    story.slots.append(again)
    reserved = story.dice.choice(("", ", true", ", false", ", true, false"))
    made = _psql(f"select slot_name from pg_create_physical_replication_slot('{again}'{reserved})")
    return [story.dice.choice((made, f"pg_receivewal --create-slot -S {again}",
                               f"pg_receivewal --create-slot --if-not-exists --slot={again}"))]  # fmt: skip


def use_slot(story: Story) -> list[str]:
    name = story.dice.choice(story.slots) if story.slots and story.dice.random() < 0.8 else "nosuch"
    said = story.said("slot_uses", name=name, other=f"s{story.fresh()}")
    if "drop" in said[0] and name in story.slots:
        story.slots.remove(name)
    return said


def look_at_slots(story: Story) -> list[str]:
    return story.said("slot_looks")


def receive(story: Story) -> list[str]:
    """Up to a position in the segment in which the session began, or in the next."""
    folder = f"$WORK/wal{story.dice.randint(1, 2)}"
    slot = f"-S {story.dice.choice(story.slots)} " if story.slots and story.dice.random() < 0.6 else ""
    segment = 2 if story.major >= 18 else 1
    end = f"0/{segment}{story.dice.choice(('000000', '000010', '000028'))}"
    more = story.dice.choice(("", "", "-v ", "-Z 1 ", "-n ", "--no-sync ", "-Z none "))
    before = [f"mkdir -p {folder}"] if story.dice.random() < 0.9 else []
    switch = ["psql -Atc 'select pg_switch_wal()'"] if story.dice.random() < 0.5 else []
    return [*before, *switch, f"pg_receivewal -D {folder} {slot}{more}--endpos={end}", f"ls {folder}"]


def look_at_wal(story: Story) -> list[str]:
    return story.said("wal_looks")


# Roles


def make_role(story: Story) -> list[str]:
    name = f"role{story.fresh()}"
    story.roles.append(name)
    return story.said("roles", name=name, other=story.dice.choice(story.roles))


def use_role(story: Story) -> list[str]:
    said = story.said("role_uses", name=story.dice.choice(story.roles), other=story.dice.choice(story.roles))
    return said[0].split(" ;; ")


def look_at_roles(story: Story) -> list[str]:
    return story.said("role_looks", name=story.dice.choice(story.roles))


# Tablespaces


def make_space(story: Story) -> list[str]:
    name = f"space{story.fresh()}"
    folder = f"$WORK/{name}" if story.dice.random() < 0.9 else "$WORK/nosuch"
    story.spaces.append(name)
    owner = story.some(("owner app",), 0.2)
    made = _psql(f"create tablespace {name} {owner}location '{folder}'", "-c")
    return [f"mkdir {folder}", made] if "nosuch" not in folder else [made]


def use_space(story: Story) -> list[str]:
    name = story.dice.choice(story.spaces) if story.spaces and story.dice.random() < 0.9 else "nosuch"
    return story.said("space_uses", name=name)


def look_at_spaces(story: Story) -> list[str]:
    return story.said("space_looks", name=story.dice.choice(story.spaces) if story.spaces else "nosuch")


def drop_space(story: Story) -> list[str]:
    name = story.dice.choice(story.spaces) if story.spaces else "nosuch"
    return [_psql(f"drop tablespace {story.some(('if exists',), 0.2)}{name}", "-c")]


def spaced_backup(story: Story) -> list[str]:
    """A plain backup has to put tablespaces elsewhere on the same machine."""
    if not story.running:
        return []
    path = f"$BACKUP/b{story.fresh()}"
    if story.dice.random() < 0.3:
        return [f"pg_basebackup -D {path} -c fast -Ft", f"ls {path}"]
    wanted = [f"-T $WORK/{name}=$RESTORE_FAST/{name}x{story.number}" for name in story.spaces]
    if wanted and story.dice.random() < 0.2:
        wanted.pop()
    return [f"pg_basebackup -D {path} -c fast {' '.join(wanted)}".rstrip(), f"ls {path}/pg_tblspc | wc -l"]


# pg_archivecleanup


def spread(story: Story) -> list[str]:
    """A few files as an archive has them."""
    first = story.dice.randint(1, 240)
    names = [f"{timeline:08X}00000000{number:08X}" for timeline in (1, *story.dice.choices((1, 2), k=1))
             for number in range(first, first + story.dice.randint(2, 5))]  # fmt: skip
    chosen = sorted(set(names))
    extra = story.dice.choice((".partial", ".gz", ".00000028.backup", ".lz4"))
    story.archived = [*chosen, f"{chosen[0]}{extra}", "00000002.history"]
    files = " ".join(f"$ARCHIVE/{name}" for name in story.archived)
    return [f"touch {files}"]


def prune(story: Story) -> list[str]:
    keep = story.dice.choice(story.archived)
    if story.dice.random() < 0.15:
        keep = story.dice.choice(("x", "000000010000000000000001", "0000000200000000000000F1.partial"))
    more = story.some(("-n", "-d", "-x .gz", "-x .lz4", "-n -x .gz", "-d -n", "-x .zst"), 0.6)
    folder = "$ARCHIVE" if story.dice.random() < 0.9 else "$WORK/nosuch"
    return [f"pg_archivecleanup {more}{folder} {keep}", f"ls {folder} | wc -l"]


# initdb, pg_resetwal


def new_cluster(story: Story) -> list[str]:
    path = f"$WORK/new{story.fresh()}" if story.dice.random() < 0.9 else "$PGDATA"
    story.clusters.append(path)
    words = story.said("initdb", number_of=story.number)[0]
    return [f"initdb -D {path} -N {words}".rstrip()]


def look_at_cluster(story: Story) -> list[str]:
    return story.said("cluster_looks", path=story.dice.choice(story.clusters))


def reset_cluster(story: Story) -> list[str]:
    return story.said("resets", path=story.dice.choice(story.clusters))


def run_cluster(story: Story) -> list[str]:
    """Started on a port of its own and stopped again."""
    path = story.dice.choice(story.clusters)
    if path == "$PGDATA":
        return []
    mode = story.dice.choice(("fast", "immediate", "smart"))
    return [f"pg_ctl -D {path} -o '-p 5434' -l $WORK/new.log start", f"pg_ctl -D {path} stop -m {mode}"]


# Standbys and pg_rewind


def make_standby(story: Story) -> list[str]:
    path = f"$RESTORE/s{story.fresh()}"
    story.standbys.append(path)
    hints = ['psql -q -c "alter system set wal_log_hints = on" && pg_ctl -D $PGDATA -l $LOGFILE restart']
    slot = story.some((f"-C -S slot{story.number}",), 0.4)
    return [*(hints if story.dice.random() < 0.6 else []), f"pg_basebackup -D {path} -c fast -R {slot}".rstrip()]


def start_standby(story: Story) -> list[str]:
    if story.second:
        return []
    story.second = story.standbys[0]
    return [f"pg_ctl -D {story.second} -o '-p 5433' -l $WORK/second.log start"]


def promote(story: Story) -> list[str]:
    if not story.second:
        return start_standby(story)
    return [story.dice.choice((f"pg_ctl -D {story.second} promote",
                               "psql -p 5433 -Atc 'select pg_promote()'"))]  # fmt: skip


def part(story: Story) -> list[str]:
    """One of the two goes on alone, or stops."""
    port = story.dice.choice(("5432", "5433"))
    return [
        story.dice.choice((
            f'psql -p {port} -d shop -c "insert into orders values ({7000 + story.fresh()}, 1, \'2024-05-05\', 1)"',
            f"pg_ctl -D $PGDATA stop -m {story.dice.choice(('fast', 'immediate'))}",
            f"psql -p {port} -c checkpoint",
        ))
    ]  # fmt: skip


def rewind(story: Story) -> list[str]:
    path = story.standbys[0]
    more = story.some(("-n", "-R", "-P", "--no-ensure-shutdown", "-c"), 0.4)
    if "-R" in more:
        more = "-R "
        return [f"pg_rewind -D $PGDATA {more}--source-server='port=5433 user=postgres dbname=postgres'"]
    source = story.dice.choice(("--source-server='port=5433 user=postgres dbname=postgres'",
                                f"--source-pgdata={path}"))  # fmt: skip
    stopped = [f"pg_ctl -D {path} stop"] if "pgdata=" in source and story.dice.random() < 0.7 else []
    return [*stopped, f"pg_rewind -D $PGDATA {more}{source}"]


def look_at_standby(story: Story) -> list[str]:
    return story.said("standby_looks")


# Views


def look_at_views(story: Story) -> list[str]:
    return story.said("views")
