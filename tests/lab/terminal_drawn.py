"""Random sessions: lines drawn by dice from a grammar that remembers what was made before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from host.options import table
from tests.lab import terminal_tools as tools
from tests.lab.terminal_story import WORDS, Story

SHORTEST, LONGEST = 6, 10


def lines(dice: Random, major: int, themes: Sequence[str] = ()) -> list[str]:
    """A session of 6 to 10 lines."""
    story = Story(dice, major)
    known = [one for one in THEMES if one != "chains" or table("pg_combinebackup", major) is not None]
    theme = dice.choice([one for one in known if not themes or one in themes])
    found = [line for opening in OPENINGS[theme] for line in opening(story)]
    wanted = dice.randint(SHORTEST, LONGEST)
    while len(found) < wanted:
        doing = dice.choice(THEMES[theme]) if dice.random() < 0.8 else dice.choice(EVERYWHERE)
        found += doing(story)
    return found[:LONGEST]


def _text_dump(story: Story) -> list[str]:
    if not story.running:
        return []
    path = f"$DUMPS/t{story.fresh()}.sql"
    filters, kind, words = (
        story.some(WORDS["filters"], 0.3),
        story.some(WORDS["kinds"], 0.3),
        story.some(WORDS["words"]),
    )
    kind = "" if "section" in kind and "-c" in words else kind
    if "-a" in kind and "-c" in words:
        words = ""
    story.texts.append((path, "C" if "-C" in words and "-a" not in kind else ""))
    return [
        story.dice.choice(
            (f"pg_dump {filters}{kind}{words}shop > {path}", f"pg_dump {filters}{kind}{words}-f {path} shop")
        )
    ]


def _shown_dump(story: Story) -> list[str]:
    filters, kind, words = (
        story.some(WORDS["filters"], 0.8),
        story.some(WORDS["kinds"], 0.5),
        story.some(WORDS["words"]),
    )
    return [f"pg_dump {filters}{kind}{words}{story.dice.choice(story.databases)}"] if story.running else []


def _archive_dump(story: Story) -> list[str]:
    if not story.running:
        return []
    letter = story.dice.choice("ccdt")
    path = f"$DUMPS/a{story.fresh()}"
    more = story.some(("-Z0", "-Z 1", "--compress=6"), 0.3) if letter != "t" else ""
    jobs = "-j 2 " if letter == "d" and story.dice.random() < 0.5 else ""
    story.archives.append((path, letter))
    more += story.some(WORDS["filters"], 0.2) + story.some(WORDS["kinds"][:2], 0.2)
    return [f"pg_dump -F{letter} {more}{jobs}-f {path} shop"]


def _cluster_dump(story: Story) -> list[str]:
    return story.said("cluster", path=f"$DUMPS/g{story.fresh()}.sql") if story.running else []


def _new_database(story: Story) -> list[str]:
    if not story.running:
        return []
    story.databases.append(f"new{story.fresh()}")
    return story.said("databases", name=story.databases[-1])


def _read_text(story: Story) -> list[str]:
    if not story.texts or not story.running:
        return []
    path, creates = story.dice.choice(story.texts)
    into = "postgres" if creates else story.dice.choice(story.databases)
    how = story.some(("-v ON_ERROR_STOP=1", "-1", "-v ON_ERROR_STOP=1 -1"), 0.4) if not creates else ""
    return [story.dice.choice((f"psql -q {how}-d {into} -f {path}", f"psql -q {how}{into} < {path}"))]


def _read_archive(story: Story) -> list[str]:
    if not story.archives or not story.running:
        return []
    path, letter = story.dice.choice(story.archives)
    into = story.dice.choice(story.databases)
    more = story.some(WORDS["restoring"], 0.5)
    jobs = "-j 2 " if letter in "cd" and "-1" not in more and story.dice.random() < 0.1 else ""
    return [f"pg_restore {more}{jobs}-d {into} {path}"]


def _show_archive(story: Story) -> list[str]:
    return story.said("showing", path=story.dice.choice(story.archives)[0]) if story.archives else []


def _through_a_pipe(story: Story) -> list[str]:
    return story.said("pipes", name=story.databases[-1]) if len(story.databases) > 2 and story.running else []


def _change(story: Story) -> list[str]:
    (sql,) = story.said("changes", at=1000 + 100 * story.fresh())
    return [f'psql -d shop -c "{sql}"'] if story.running else []


def _count(story: Story) -> list[str]:
    port = "-p 5433 " if story.second and story.dice.random() < 0.7 else ""
    form = story.dice.choice(("-Atc", "-c", "-At -c"))
    kind, database = ("counts", "shop") if story.dice.random() < 0.7 else ("looks", "postgres")
    return [f'psql {port}-d {database} {form} "{story.said(kind)[0]}"']


def _meta(story: Story) -> list[str]:
    return [f"psql -d shop -c '{story.said('meta')[0]}'"]


def _wrong(story: Story) -> list[str]:
    return story.said("wrong")


def _look_at_files(story: Story) -> list[str]:
    return story.said("files")


# Backups


def _backup(story: Story) -> list[str]:
    if not story.running:
        return []
    path = f"$BACKUP/b{story.fresh()}"
    method = story.dice.choice("nfss") if story.archiving else story.dice.choice("fss")
    tar = story.dice.random() < 0.25
    more = story.some(("-R", "--no-manifest", "-l weekly", "--manifest-checksums=sha256", "-N", "-v"), 0.4)
    zipped = "-z " if tar and story.dice.random() < 0.4 else ""
    if "-v" in more:
        more = ""
    if "-R" not in more:  # a standby that streams is at the mercy of the background writer's turns
        story.backups.append((path, "z" if zipped else "t" if tar else method))
    if not tar and "--no-manifest" not in more:
        story.chain = [path] if not story.chain or story.dice.random() < 0.3 else story.chain
    return [f"pg_basebackup -D {path} -c fast -X {method} {'-Ft ' if tar else ''}{zipped}{more}".rstrip()]


def _check_backup(story: Story) -> list[str]:
    plain = [path for path, kind in story.backups if kind not in "tz"]  # of a tar, 16 lists a thousand files by hash
    return story.said("checks", path=story.dice.choice(plain))[0].split(" ;; ") if plain else []


def _lay_out(story: Story) -> list[str]:
    """A data directory made of a backup."""
    if not story.backups:
        return []
    path, kind = story.dice.choice(story.backups)
    to = f"$RESTORE/r{story.fresh()}"
    story.restored.append(to)
    if kind in "tz":
        base = f"{path}/base.tar{'.gz' if kind == 'z' else ''}"
        wal = f"{path}/pg_wal.tar{'.gz' if kind == 'z' else ''}"
        letter = "z" if kind == "z" else ""
        return [f"mkdir {to} && tar -x{letter}f {base} -C {to}", f"tar -x{letter}f {wal} -C {to}/pg_wal"]
    made = [f"cp -r {path} {to}"]
    if story.archiving and story.dice.random() < 0.8:
        made.append(_recovery(story, to))
    return made


def _recovery(story: Story, to: str) -> str:
    target = ""
    if story.points and story.dice.random() < 0.7:
        target = f"recovery_target_name = '{story.dice.choice(story.points)}'"
    elif story.dice.random() < 0.3:
        target = story.dice.choice(("recovery_target = 'immediate'", "recovery_target_timeline = 'current'"))
    action = story.dice.choice(("promote", "promote", "pause", "shutdown"))
    said = f"echo \"restore_command = 'cp /dojo/archive/%f %p'\" >> {to}/postgresql.auto.conf"
    if target:
        said += f' && echo "{target}" >> {to}/postgresql.auto.conf'
        said += f" && echo \"recovery_target_action = '{action}'\" >> {to}/postgresql.auto.conf"
    return f"{said} && touch {to}/recovery.signal" if story.dice.random() < 0.9 else said


def _start_restored(story: Story) -> list[str]:
    if not story.restored or story.second:
        return []
    story.second = story.restored.pop()
    return [f"pg_ctl -D {story.second} -o '-p 5433' -l $WORK/second.log start", *_count(story)]


def _end_second(story: Story) -> list[str]:
    if not story.second:
        return []
    second, story.second = story.second, ""
    return [
        f"pg_ctl -D {second} stop -m {story.dice.choice(('fast', 'fast', 'immediate'))}",
        f"pg_controldata {second}",
    ]


def _stop_or_start(story: Story) -> list[str]:
    story.running = not story.running
    if not story.running:
        mode = story.dice.choice(("", " -m fast", " -m immediate", " -s"))
        return [f"pg_ctl -D $PGDATA stop{mode}", *story.said("while_down")]
    return ["pg_ctl -D $PGDATA -l $LOGFILE start"]


def _cold_copy(story: Story) -> list[str]:
    to = f"$BACKUP/c{story.fresh()}"
    if story.running:
        story.running = False
        story.backups.append((to, "c"))
        return ["pg_ctl -D $PGDATA stop", f"cp -r $PGDATA {to}"]
    story.backups.append((to, "c"))
    return [f"cp -a $PGDATA {to}"]


def _restart(story: Story) -> list[str]:
    return ["pg_ctl -D $PGDATA -l $LOGFILE restart"] if story.running else _stop_or_start(story)


# Archiving


def _archive_on(story: Story) -> list[str]:
    story.archiving = True
    form = story.dice.choice(("cp %p /dojo/archive/%f", "test ! -f /dojo/archive/%f && cp %p /dojo/archive/%f"))
    mode, command = "alter system set archive_mode = 'on'", f"alter system set archive_command = '{form}'"
    return [f'psql -q -c "{mode}" -c "{command}" && pg_ctl -D $PGDATA -l $LOGFILE restart']


def _point(story: Story) -> list[str]:
    if not story.running:
        return []
    name = f"p{story.fresh()}"
    story.points.append(name)
    made = f"psql -Atc \"select pg_create_restore_point('{name}')\""
    return [
        made,
        f'psql -d shop -c "delete from orders where id > {story.fresh()}"',
        "psql -Atc 'select pg_switch_wal()'",
    ]


def _archive_looks(story: Story) -> list[str]:
    return story.said("archive") if story.running else []


# Incremental backups


def _summaries_on(story: Story) -> list[str]:
    story.summarizing = True
    return ["psql -q -c \"alter system set summarize_wal = on\" -c 'select pg_reload_conf()'"]


def _first_link(story: Story) -> list[str]:
    path = f"$BACKUP/b{story.fresh()}"
    story.chain = [path]
    story.backups.append((path, "s"))
    return [f"pg_basebackup -D {path} -c fast"]


def _next_link(story: Story) -> list[str]:
    if not story.chain or not story.running:
        return []
    path, last = f"$BACKUP/i{story.fresh()}", story.chain[-1]
    story.chain.append(path)
    return [f"pg_basebackup -D {path} -c fast -i {last}/backup_manifest"]


def _combine(story: Story) -> list[str]:
    if len(story.chain) < 2:
        return []
    to = f"$RESTORE/r{story.fresh()}"
    story.restored.append(to)
    words = story.some(("--no-manifest", "--manifest-checksums=SHA256", "-N"), 0.3)
    return [f"pg_combinebackup {words}{' '.join(story.chain)} -o {to}"]


Doing = Callable[[Story], list[str]]
EVERYWHERE: tuple[Doing, ...] = (_wrong, _count, _look_at_files, _change, _meta)
THEMES: dict[str, tuple[Doing, ...]] = {
    "dumps": (_text_dump, _archive_dump, _archive_dump, _shown_dump, _new_database, _read_text, _read_archive,
              _show_archive, _through_a_pipe, _change, _count, _cluster_dump),
    "backups": (_backup, _backup, _check_backup, _lay_out, _start_restored, _end_second, _change, _count,
                _stop_or_start),
    "servers": (_stop_or_start, _cold_copy, _restart, _lay_out, _start_restored, _end_second, _change, _count),
    "recovery": (_backup, _point, _lay_out, _start_restored, _start_restored, _end_second, _change, _archive_looks),
    "chains": (_next_link, _combine, _start_restored, _change, _count, _end_second, _check_backup),
    "slots": (tools.make_slot, tools.use_slot, tools.look_at_slots, tools.receive, tools.receive, _change, _backup,
              tools.look_at_wal),
    "roles": (tools.make_role, tools.make_role, tools.use_role, tools.use_role, tools.look_at_roles, _cluster_dump,
              _text_dump, _change),
    "spaces": (tools.make_space, tools.use_space, tools.use_space, tools.look_at_spaces, tools.drop_space,
               tools.spaced_backup, _cluster_dump, _text_dump, _stop_or_start),
    "archives": (tools.prune, tools.prune, tools.spread, _change, _archive_looks, tools.look_at_wal),
    "clusters": (tools.new_cluster, tools.look_at_cluster, tools.look_at_cluster, tools.reset_cluster,
                 tools.run_cluster, _change),
    "rewinding": (tools.start_standby, tools.promote, tools.part, tools.rewind, tools.look_at_standby, _change),
    "views": (tools.look_at_views, tools.look_at_views, tools.look_at_wal, _change, _change, tools.use_role, _count),
}  # fmt: skip
OPENINGS: dict[str, tuple[Doing, ...]] = {
    "dumps": (), "backups": (_backup,), "servers": (_change,), "recovery": (_archive_on, _backup, _change),
    "chains": (_summaries_on, _first_link, _change),
    "slots": (tools.make_slot,), "roles": (tools.make_role,), "spaces": (tools.make_space, tools.use_space),
    "archives": (tools.spread,), "clusters": (tools.new_cluster,), "rewinding": (tools.make_standby,),
    "views": (),
}  # fmt: skip
