"""The archive: what gets there and when, what pg_archivecleanup takes away, what a backup needs of it."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Belief, Drawn, Statement, Step, Template, lines, printed, world
from quizzes.templates.segments import file, written

ARCHIVING = {"archive_mode": "on", "archive_command": "cp %p /archive/%f"}
SWITCH = "psql -qAtc 'SELECT pg_switch_wal()' > /dev/null"
LABELS = "ls /archive | grep backup"
ARCHIVED = "ls /archive | grep -v backup"


def _newest_in_archive(draw: Draw, _major: int) -> Drawn:
    """archive_command refuses one file: nothing overtakes it."""
    count = draw.between(5, 14)
    stuck = draw.between(3, count - 1)
    command = f"test %f != {file(stuck)} && cp %p /archive/%f"
    settings = {"archive_mode": "on", "archive_command": command}
    experiment = Experiment(world("/archive", settings=settings), shown=lines(written(1, count)))
    beliefs = (
        Belief(file(count), "overtakes"),
        Belief(file(count + 1), "current"),
        Belief(file(stuck), "itself"),
        Belief(file(stuck - 2), "one_less"),
        Belief(file(stuck + 1), "skips_one"),
    )
    names = {"stuck": file(stuck), "command": command, "last": file(count)}
    return Drawn(experiment, f"{ARCHIVED} | tail -1", beliefs, names)


def _switches_of_timeout(draw: Draw, _major: int) -> Drawn:
    """Minutes with a small change, and minutes without: how much lies in the archive."""
    seconds = draw.one((30, 60, 120))
    busy, idle = draw.between(2, 5), draw.between(3, 9)
    made = 'psql -qc "CREATE TABLE t$i (n int)"'
    change = f"for i in {' '.join(str(number) for number in range(busy))}; do {made}; sleep 130; done"
    experiment = Experiment(
        world("/archive", settings={**ARCHIVING, "archive_timeout": str(seconds), "checkpoint_timeout": "1h"}),
        shown=lines(change, f"sleep {idle * 120}"),
    )
    line = "echo $(( $(ls /archive | wc -l) * 16 ))"
    every = (busy * 130 + idle * 120) // seconds
    beliefs = (
        Belief(str(every * 16), "idle_switches"),
        Belief("16", "not_filled"),
        Belief(str(every), "only_what_is_new"),
        Belief(str((busy + 1) * 16), "current_too"),
        Belief(str((busy * 130 // seconds) * 16), "every_interval"),
        Belief("0", "none"),
    )
    return Drawn(experiment, line, beliefs, {"seconds": seconds, "busy": busy, "idle": idle * 2})


def _with_backups(draw: Draw) -> tuple[Experiment, int]:
    """An archive with several base backups in it, and segments before, between and after; how many backups."""
    backups = draw.between(2, 3)
    shown, number = [], 1
    for at in range(backups):
        count = draw.between(1, 3)
        shown += [written(number, count), f"pg_basebackup -D /backup/b{at + 1} -c fast"]
        number += count
    shown += [written(number, draw.between(1, 3)), "ls /archive"]
    return Experiment(world("/archive", "/backup", settings=ARCHIVING), shown=lines(*shown)), backups


def _cleaned_up(draw: Draw, major: int) -> Drawn:
    """pg_archivecleanup with the .backup file of one of several backups."""
    experiment, backups = _with_backups(draw)
    label = printed(experiment, major, LABELS).split()[draw.between(1, backups - 1)]
    line = f"pg_archivecleanup /archive {label}"
    asked = Experiment(experiment.beginning, shown=experiment.shown, run=lines(line))
    first = label.split(".")[0]
    return Drawn(asked, path="/archive", words={"line": line, "first": first, "label": label})


def _command_to_clean_up(draw: Draw, major: int) -> Drawn:
    """The command itself is typed; whatever leaves the same in the archive is right."""
    experiment, backups = _with_backups(draw)
    at = draw.between(1, backups - 1)
    labels = printed(experiment, major, LABELS).split()
    first, newest = labels[at].split(".")[0], printed(experiment, major, ARCHIVED).split()[-1]
    accepts = (f"pg_archivecleanup /archive {labels[at]}", f"pg_archivecleanup /archive {first}")
    wrong = (
        Belief(f"pg_archivecleanup -n /archive {labels[at]}", "dry_run"),
        Belief(f"pg_archivecleanup /archive {labels[0]}", "earlier_backup"),
        Belief(f"pg_archivecleanup /archive {newest}", "newest"),
        Belief(f"pg_archivecleanup {labels[at]} /archive", "wrong_order"),
    )
    names = {"name": f"b{at + 1}", "label": labels[at]}
    return Drawn(experiment, ARCHIVED, accepts=accepts, wrong=wrong, words=names)


def _first_file_asked_for(draw: Draw, major: int) -> Drawn:
    """A backup without WAL is recovered: which segment restore_command must deliver first."""
    before, after = draw.between(1, 6), draw.between(2, 5)
    size = draw.one((10, 20, 30))
    shown = (
        written(1, before),
        f'psql -qd shop -c "CREATE TABLE s AS SELECT generate_series(1, {size}) AS n"',
        "pg_basebackup -D /backup/base -c fast -X none 2> /dev/null",
        written(before + 1, after),
        "ls /archive",
    )
    run = (
        "touch /backup/base/recovery.signal",
        "echo \"restore_command = 'echo %f >> ~/asked; cp /archive/%f %p'\" >> /backup/base/postgresql.conf",
        "pg_ctl -D /backup/base -o '-p 5433 -c archive_mode=off' -l ~/log start > /dev/null",
    )
    experiment = Experiment(world("/archive", "/backup", settings=ARCHIVING), shown=lines(*shown), run=lines(*run))
    label = printed(experiment, major, LABELS)
    beliefs = (
        Belief(file(1), "oldest"),
        Belief(printed(experiment, major, ARCHIVED).split()[-1], "newest"),
        Belief(file(before + 1), "before_backup"),
        Belief(file(before + 3), "after_backup"),
        Belief(label, "label_file"),
    )
    return Drawn(experiment, "grep -v history ~/asked | head -1", beliefs, {"label": label})


def _free_to_go(draw: Draw, major: int) -> Drawn:
    """Each archived file is taken away in turn, and a backup recovered without it."""
    experiment, backups = _with_backups(draw)
    at = draw.between(1, backups - 1)
    place = f"/backup/b{at + 1}"
    start = printed(experiment, major, LABELS).split()[at].split(".")[0]
    count = "SELECT count(*) FROM pg_class WHERE relname LIKE 't%' AND relkind = 'r'"
    recovered = (
        f"rm -r {place}/pg_wal/0*; touch {place}/recovery.signal; "
        f"echo \"restore_command = 'cp /archive/%f %p'\" >> {place}/postgresql.conf; "
        f"pg_ctl -D {place} -o '-p 5433 -c archive_mode=off' -l ~/log start > /dev/null 2>&1; "
        f'psql -p 5433 -Atc "{count}" 2>&1'
    )
    whole = printed(experiment, major, recovered)
    statements = tuple(
        Statement(name, f"rm /archive/{name}; {recovered}", whole, "is_before", "is_needed")
        for name in printed(experiment, major, ARCHIVED).split()
    )
    return Drawn(experiment, statements=statements, words={"backup": place, "start": start})


def _steps_of_recovery(draw: Draw, _major: int) -> Drawn:
    """The steps back to a restore point; every order that gets there is right."""
    target = draw.one(("before_deploy", "before_import", "before_cleanup", "release"))
    good, bad = draw.between(2, 40), draw.between(41, 90)
    prepare = (
        'psql -qd shop -c "CREATE TABLE t (n int)"',
        "pg_basebackup -D /backup/base -c fast",
    )
    shown = (
        f'psql -qd shop -c "INSERT INTO t SELECT generate_series(1, {good})"',
        f"psql -qAtc \"SELECT pg_create_restore_point('{target}')\" > /dev/null",
        f'psql -qd shop -c "INSERT INTO t SELECT generate_series(1, {bad})"',
        SWITCH,
    )
    wanted = (
        "restore_command = 'cp /archive/%f %p'",
        f"recovery_target_name = '{target}'",
        "recovery_target_action = promote",
    )
    written_down = (f'echo "{one}" >> $PGDATA/postgresql.conf' for one in wanted)
    steps = (
        Step(("pg_ctl stop -m fast > /dev/null",), "because_stop", "stop"),
        Step(("mv $PGDATA ~/broken; cp -a /backup/base $PGDATA",), "because_restore", "restore"),
        Step(("touch $PGDATA/recovery.signal", *written_down), "because_settings", "settings"),
        Step(("pg_ctl start -l ~/log > /dev/null",), "because_start", "start"),
    )
    experiment = Experiment(world("/archive", "/backup", settings=ARCHIVING, prepare=prepare), shown=lines(*shown))
    return Drawn(experiment, "psql -d shop -Atc 'SELECT count(*) FROM t'", steps=steps, words={"target": target})


TEMPLATES = (
    Template(
        "newest-in-archive",
        kind="predict",
        objective="G2.1",
        level="gold",
        difficulty=2,
        manual="archiving",
        facts=("the-archiver-goes-in-order", "the-current-segment-is-not-archived"),
        draw=_newest_in_archive,
        situational=True,
    ),
    Template(
        "switches-of-timeout",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=3,
        manual="archive_timeout",
        facts=("archive_timeout-switches-when-something-was-written", "a-switched-segment-is-full-size"),
        draw=_switches_of_timeout,
        situational=True,
    ),
    Template(
        "cleaned-up",
        kind="picture",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="pg_archivecleanup",
        facts=("archivecleanup-removes-what-is-older", "backup-file-names-the-first-segment"),
        draw=_cleaned_up,
        situational=True,
    ),
    Template(
        "command-to-clean-up",
        kind="typed",
        objective="G1.2",
        level="gold",
        difficulty=3,
        manual="pg_archivecleanup",
        facts=("archivecleanup-removes-what-is-older", "backup-file-names-the-first-segment"),
        draw=_command_to_clean_up,
        situational=True,
    ),
    Template(
        "first-file-asked-for",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="pitr",
        facts=("recovery-begins-at-the-backup-label", "a-backup-begins-with-a-checkpoint"),
        draw=_first_file_asked_for,
        situational=True,
    ),
    Template(
        "free-to-go",
        kind="choose",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="pitr",
        facts=("wal-before-a-backup-is-not-needed-by-it", "recovery-needs-every-segment-in-turn"),
        draw=_free_to_go,
        situational=True,
    ),
    Template(
        "steps-of-recovery",
        kind="order",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="pitr",
        facts=("recovery.signal-before-the-start", "settings-go-into-the-restored-directory"),
        draw=_steps_of_recovery,
        situational=True,
    ),
)
