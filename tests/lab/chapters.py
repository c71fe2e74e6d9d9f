"""What a DBA does from begin to end: backups, restores, standbys, dumps; and the slips that belong to it."""

from __future__ import annotations

from random import Random

from tests.lab.doings import (
    MODES,
    RESTORE,
    SMALL,
    Doing,
    Entry,
    Story,
    archive,
    between,
    chance,
    checkpoint,
    create_slot,
    database,
    delete_oldest,
    disk,
    drop_table,
    end,
    pick,
    psql,
    query,
    restore_point,
    rows,
    run,
    setting,
    show,
    slot,
    slow_archive,
    start,
    switch,
    tablespace,
    wait,
    write,
)


def single(dice: Random, story: Story) -> list[Entry]:
    """One small thing, of every kind there is."""
    return pick(
        dice, write, wait, wait, disk, slow_archive, checkpoint, switch, restore_point, rows, query, show, archive,
        delete_oldest, create_slot, slot, setting, tablespace, database, drop_table,
    )(dice, story)  # fmt: skip


def common(dice: Random, story: Story) -> list[Entry]:
    """One of the small things that happen every day."""
    return pick(dice, *SMALL)(dice, story)


def _options(dice: Random, story: Story) -> tuple[str, str]:
    method = pick(dice, "s", "s", "s", "f", "f", "n")
    options = pick(dice, "", f"-X{method}") if method == "s" else f"-X{method}"
    options += pick(dice, "", "", " -Ft") + pick(dice, " -c fast", " -c fast", " -c fast", "")
    options += (
        pick(dice, "", "", " -P", " -v", " -P -v") + pick(dice, "", "", "", " -R") + pick(dice, "", "", " -l night")
    )
    if chance(dice, 3) and (method == "s" or chance(dice, 4)):
        name = pick(dice, *story.slots) if story.slots and chance(dice, 2) else story.new("clone")
        if name not in story.slots or chance(dice, 4):
            options += " -C"
            story.slots.append(name)
        options += f" -S {name}"
    elif chance(dice, 6):
        options += " --no-slot"
    if chance(dice, 12):
        options += pick(dice, " --waldir=/backup/wal", " -S missing", " -C")
    return options, method


def basebackup(dice: Random, story: Story) -> list[Entry]:
    """pg_basebackup with things that happen meanwhile, and what may be done with the copy."""
    directory = pick(dice, *story.copies) if story.copies and chance(dice, 8) else story.new("/backup/base")
    options, method = _options(dice, story)
    for number in range(story.spaces):
        if not chance(dice, 4) and "-Ft" not in options:
            options += f" -T /spaces/fast{number + 1}={story.new('/spaces/copy')}"
    entry = run(f"pg_basebackup -D {directory} {options}".replace("  ", " ").strip())
    meanwhile = between(dice, story)
    if method == "s" and not story.limited and chance(dice, 4):
        meanwhile = [{"hold": "receiver"}, *meanwhile, *([{"release": "receiver"}] if chance(dice, 2) else [])]
    if chance(dice, 8):
        meanwhile.append(pick(dice, end(dice), {"delete_oldest": 1}))
    if meanwhile:
        entry["while"] = meanwhile
    if "-Ft" not in options:
        story.copies.append(directory)
    return [entry]


def low_level(dice: Random, story: Story) -> list[Entry]:
    """Start, copy, stop, save the label, copy the WAL; some of it forgotten now and then."""
    old = story.facts.exclusive_backup
    exclusive, session = old and chance(dice, 3), "" if chance(dice, 6) else story.new("keeper")
    start_name, stop_name = story.facts.backup_start_function, story.facts.backup_stop_function
    if chance(dice, 12):
        start_name = pick(dice, "pg_start_backup", "pg_backup_start")
    arguments = "'night', true" + (", false" if start_name == "pg_start_backup" and not exclusive else "")
    stop_arguments = pick(dice, "", "", "wait_for_archive => false")
    if stop_name == "pg_stop_backup":
        stop_arguments = ("true" if exclusive else "false") + pick(dice, "", "", ", false")
    star = pick(dice, "", "* FROM ")
    copy = story.new("/backup/copy")
    how = pick(dice, f"cp -a /pgdata {copy}", f"rsync -a --exclude=postmaster.pid --exclude=pg_wal/* /pgdata/ {copy}")
    if "rsync" not in how and chance(dice, 2):
        how = f"rsync -a --exclude=postmaster.pid /pgdata/ {copy}"
    copying = run(how)
    if chance(dice, 3):
        copying["while"] = between(dice, story, 3) or [{"write": "1000kB"}]
    parts = [
        psql(f"SELECT {start_name}({arguments})") | ({"session": session} if session else {}),
        *between(dice, story, 2),
        copying,
        *between(dice, story, 2),
        psql(f"SELECT {star}{stop_name}({stop_arguments})") | ({"session": session} if session else {}),
    ]
    story.copies.append(copy)
    if chance(dice, 4):
        parts[-1]["while"] = [*between(dice, story, 2), {"archive": "works"}]
    if dice.randint(0, 4) and not exclusive:
        parts.append({"save_label": copy})
    if "pg_wal" in how or chance(dice, 2):
        source = "/archive" if story.server.get("archive") else "/pgdata/pg_wal"
        parts.append(run(f"cp -a {source}/* {copy}/pg_wal/"))
    if session and chance(dice, 2):
        parts.append({"close": session})
    if chance(dice, 8):
        parts.insert(2, {"close": session or "nobody"})
    return parts


def restart(dice: Random, story: Story) -> list[Entry]:
    """Stop or crash, perhaps a cold copy, start; or restart."""
    if chance(dice, 3):
        return [run(f"pg_ctl -D /pgdata {pick(dice, *MODES)} restart".replace("  ", " "))]
    found = [end(dice)]
    if chance(dice, 3):
        cold = story.new("/backup/cold")
        story.copies.append(cold)
        found.append(run(f"cp -a /pgdata {cold}"))
    if chance(dice, 8):
        found += single(dice, story)
    return [*found, start("/pgdata")]


def hot_copy(dice: Random, story: Story) -> list[Entry]:
    """A copy of a running server without a backup."""
    directory = story.new("/backup/hot")
    story.copies.append(directory)
    exclude = pick(dice, "", "--exclude=postmaster.pid ")
    entry = run(f"rsync -a {exclude}/pgdata/ {directory}")
    if meanwhile := between(dice, story, 3):
        entry["while"] = meanwhile
    return [entry]


def _prepared(dice: Random, directory: str) -> list[Entry]:
    """Signal file and restore_command, or one of them, or none."""
    signal = (
        f"touch {directory}/{pick(dice, 'recovery.signal', 'recovery.signal', 'recovery.signal', 'standby.signal')}"
    )
    line = run(f'echo "{RESTORE}" >> {directory}/postgresql.auto.conf')
    return pick(dice, [line, run(signal)], [line, run(signal)], [run(signal)], [line], [], [])


def restore(dice: Random, story: Story) -> list[Entry]:
    """A backup is put in the place of PGDATA, or started where it is, with or without the archive."""
    source = pick(dice, *story.copies) if story.copies else "/backup/nothing"
    found = [run(f"rm {source}/{pick(dice, 'postmaster.pid', 'backup_label')}")] if chance(dice, 6) else []
    if chance(dice, 2):
        if dice.randint(0, 5):
            found.append(end(dice))
        found += [run("rm -r /pgdata"), run(f"cp -a {source} /pgdata"), *_prepared(dice, "/pgdata"), start("/pgdata")]
        return found + between(dice, story, 3)
    found += [*_prepared(dice, source), start(source), *between(dice, story, 3)]
    if chance(dice, 2):
        found.append(run(f"pg_ctl -D {source} {pick(dice, *MODES)} stop".replace("  ", " ")))
    return found


def standby(dice: Random, story: Story) -> list[Entry]:
    """A clone is started, streams, and falls behind (or not)."""
    directory = story.new("/standby")
    name = story.new("clone")
    slot = pick(dice, "", "", f" -C -S {name}", " --no-slot")
    if name in slot:
        story.slots.append(name)
    clone = run(f"pg_basebackup -D {directory} -R -c fast{slot}")
    if meanwhile := between(dice, story, 2):
        clone["while"] = meanwhile
    found = [clone, *between(dice, story, 2), start(directory), *between(dice, story, 3)]
    if chance(dice, 2):
        mode = pick(dice, *MODES)
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
    kind = pick(dice, "p", "c", "c", "d", "t")
    database = pick(dice, "shop", "shop", "shop", "shop", "postgres", "nowhere")
    line = run(f"pg_dump -d {database} -F{kind} -f {file}")
    if chance(dice, 4):
        kind = "p"
        line = run(f"pg_dumpall {pick(dice, '', '-g ')}-f {file}")
    story.dumps.append((file, kind))
    if chance(dice, 3):
        return [line]
    return [line, *(drop_table(dice, story) if chance(dice, 2) else []), *replay(dice, story)]


def replay(dice: Random, story: Story) -> list[Entry]:
    """A dump is read again, mostly with the right tool."""
    file, kind = story.dumps[-1] if story.dumps else ("/backup/nothing", "c")
    right = "psql" if kind == "p" else "pg_restore"
    tool = right if kind == "t" or dice.randint(0, 5) else pick(dice, "psql", "pg_restore")
    database = pick(dice, "shop", "shop", "shop", "postgres", "nowhere")
    return [run(f"psql -d {database} -f {file}" if tool == "psql" else f"pg_restore -d {database} {file}")]


def mistake(dice: Random, story: Story) -> list[Entry]:
    """A slip of the keyboard, or of the head."""
    return [
        pick(
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
