"""Physical backups: what pg_basebackup writes and leaves out, what pg_verifybackup finds, chains of increments."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import ALL, Drawn, Statement, Template, lines, printed, world

COPY = "/backup/base"
OPTIONS = ("", "-X fetch", "-X none", "-z", "-z -X fetch")
SPACES = ("fast", "old", "nvme", "slow", "archive2019")


def _there(names: dict[str, str], words: dict[str, str] | None = None) -> tuple[Statement, ...]:
    """Names of files, each with the sentence about it."""
    return tuple(
        Statement(name, f"test -e {COPY}/{name} && echo there", "there", key, key, words or {})
        for name, key in names.items()
    )


def _files_of_tar(draw: Draw, major: int) -> Drawn:
    """-Ft writes a tar file for the data directory, one for each tablespace, and one for streamed WAL."""
    spaces = draw.some(SPACES, draw.between(1, 2))
    option = draw.one(OPTIONS)
    end = ".tar.gz" if "-z" in option else ".tar"
    made = tuple(f"psql -qc \"CREATE TABLESPACE {one} LOCATION '/disk{at}'\"" for at, one in enumerate(spaces))
    start = world("/backup", *(f"/disk{at}" for at in range(len(spaces))))
    shown = (*made, "psql -Atc \"SELECT oid, spcname FROM pg_tablespace WHERE spcname !~ '^pg_'\"")
    line = f"pg_basebackup -D {COPY} -Ft {option} -c fast".replace("  ", " ")
    oids = printed(Experiment(start, shown=lines(*made)), major, shown[-1]).splitlines()
    names = {
        f"base{end}": "base",
        f"pg_wal{end}": "wal",
        "backup_manifest": "manifest",
        f"{spaces[0]}{end}": "space_name",
        f"pg_tblspc{end}": "links",
        f"global{end}": "no_tar_of_its_own",
        f"pg_xact{end}": "no_tar_of_its_own",
        "PG_VERSION": "inside",
        "base.tar" if "-z" in option else "base.tar.gz": "ending",
        **{f"{one.split('|')[0]}{end}": "space_oid" for one in oids},
    }
    experiment = Experiment(start, shown=lines(*shown), run=lines(f"{line} 2> /dev/null"))
    return Drawn(experiment, statements=_there(names), words={"line": line})


def _left_out(draw: Draw, _major: int) -> Drawn:
    """What a plain backup has of the data directory, and what it makes itself."""
    slot, own = draw.one(("standby1", "reporting", "east")), draw.one(("notes.txt", "upgrade.log", "old.conf"))
    option = draw.one(("", "-R", "-X none", "-l monday"))
    shown = (
        f"psql -qAtc \"SELECT pg_create_physical_replication_slot('{slot}', true)\" > /dev/null",
        f"touch $PGDATA/{own}",
        "psql -qc \"ALTER SYSTEM SET work_mem = '9MB'\"",
        "ls $PGDATA",
    )
    line = f"pg_basebackup -D {COPY} {option} -c fast".replace("  ", " ")
    names = {
        "postmaster.pid": "of_the_process",
        "postmaster.opts": "of_the_process",
        f"pg_replslot/{slot}": "slots",
        own: "anything_else",
        "backup_label": "label",
        "tablespace_map": "map",
        "postgresql.auto.conf": "configuration",
        "pg_hba.conf": "configuration",
        "standby.signal": "signal",
        "recovery.signal": "signal",
        "pg_replslot": "empty_directory",
        "global/pg_control": "control",
        "pg_wal": "empty_directory",
    }
    experiment = Experiment(world("/backup"), shown=lines(*shown), run=lines(f"{line} 2> /dev/null"))
    return Drawn(experiment, statements=_there(names), words={"line": line})


DAMAGES = (
    ("echo 'work_mem = 8MB' >> {}/postgresql.conf", "in_manifest"),
    ("echo 'work_mem = 8MB' >> {}/postgresql.auto.conf", "not_looked_at"),
    ("echo 'work_mem = 8MB' >> {}/pg_hba.conf", "in_manifest"),
    ("touch {}/recovery.signal", "not_looked_at"),
    ("touch {}/standby.signal", "not_looked_at"),
    ("touch {}/README", "not_in_manifest"),
    ("rm {}/backup_label", "in_manifest"),
    ("rm {}/pg_wal/0*", "wal_is_parsed"),
    ("touch {}/PG_VERSION", "times_do_not_count"),
    ("touch {}/pg_wal/README", "wal_directory"),
    ("rm {}/backup_manifest", "no_manifest"),
    ("rm {}/pg_ident.conf", "in_manifest"),
    ("chmod 600 {}/pg_hba.conf", "times_do_not_count"),
    ("cp {0}/global/pg_control {0}/global/pg_control.bak", "not_in_manifest"),
)


def _found_by_verify(draw: Draw, _major: int) -> Drawn:
    """What pg_verifybackup notices."""
    place = draw.one(("/backup/base", "/backup/monday", "/backup/full", "/backup/before"))
    check = f"pg_verifybackup {place} > /dev/null 2>&1; test $? -ne 0 && echo found"
    statements = tuple(
        Statement(line, f"{line}; {check}", "found", key, key)
        for line, key in ((damage.format(place), key) for damage, key in draw.some(DAMAGES, 9))
    )
    shown = (f"pg_basebackup -D {place} -c fast", f"pg_verifybackup {place}")
    return Drawn(Experiment(world("/backup"), shown=lines(*shown)), statements=statements, words={"place": place})


def _chain(draw: Draw, _major: int) -> Drawn:
    """Increments of increments, and which backups pg_combinebackup wants, in which order."""
    names = draw.some(("mon", "tue", "wed", "thu", "fri", "sat"), 4)
    parents = {names[1]: "full", names[2]: draw.one((names[1], "full")), names[3]: draw.one(names[1:3])}
    shown = ["pg_basebackup -D /backup/full -c fast"]
    for name, parent in parents.items():
        shown.append('psql -qd shop -c "UPDATE orders SET amount = amount + 1"')
        shown.append(f"pg_basebackup -D /backup/{name} -c fast -i /backup/{parent}/backup_manifest")
    last = names[3]
    chain = [last]
    while chain[0] != "full":
        chain.insert(0, parents[chain[0]])
    everything = ["full", *names[1:]]
    spare = next((one for one in everything if one not in chain), None)
    cases = {
        "whole_chain": chain,
        "turned_round": chain[::-1],
        "link_left_out": ["full", last],
        "increments_alone": chain[1:],
        "without_full": [last],
        "one_too_many": everything if spare else [*chain, chain[-2]],
        "full_last": [*chain[1:], "full"],
    }
    seen: dict[str, str] = {}
    for key, case in cases.items():
        seen.setdefault(" ".join(case), key)
    statements = tuple(
        Statement(
            f"pg_combinebackup -o ~/new {case}",
            f"cd /backup && pg_combinebackup -o ~/new {case} > /dev/null 2>&1; echo $?",
            "0",
            key,
            key,
        )
        for case, key in seen.items()
    )
    start = world("/backup", settings={"summarize_wal": "on"})
    told = " ← ".join(chain[::-1])
    return Drawn(Experiment(start, shown=lines(*shown)), statements=statements, words={"last": last, "chain": told})


TEMPLATES = (
    Template(
        "files-of-tar",
        kind="choose",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="pg_basebackup",
        facts=("a-tar-file-for-each-tablespace", "streamed-wal-is-a-tar-file-of-its-own"),
        draw=_files_of_tar,
        situational=True,
    ),
    Template(
        "left-out-of-a-copy",
        kind="choose",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="pg_basebackup",
        facts=("pg_basebackup-leaves-out-what-is-of-the-process", "slots-are-not-copied"),
        draw=_left_out,
        situational=True,
    ),
    Template(
        "found-by-verify",
        kind="choose",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="pg_verifybackup",
        facts=("a-manifest-lists-the-files", "verifybackup-skips-some-files"),
        draw=_found_by_verify,
        situational=True,
        versions=ALL - {12},
    ),
    Template(
        "chain-of-increments",
        kind="one",
        objective="versions",
        level="gold",
        difficulty=2,
        manual="pg_combinebackup",
        facts=("combinebackup-wants-the-whole-chain", "oldest-backup-first"),
        draw=_chain,
        situational=True,
        versions=frozenset({17, 18}),
    ),
)
