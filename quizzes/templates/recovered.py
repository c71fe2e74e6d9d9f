"""What comes back: rows after a restore, by what dump and WAL really hold."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment, Question
from quizzes.templates.base import ALL, UNTOLD, Asked, Belief, Template, lines, printed, valued, world

ARCHIVING = {"archive_mode": "on", "archive_command": "cp %p /archive/%f"}
POINTS = ("before_deploy", "before_import", "before_cleanup")
TABLE = 'psql -q -d shop -c "CREATE TABLE t (n int)"'
COUNT = "SELECT count(*) FROM t"


def _insert(count: int) -> str:
    return f'psql -q -d shop -c "INSERT INTO t SELECT generate_series(1, {count})"'


def _rows_of_a_restore_point(draw: Draw, major: int) -> Question | None:
    """Batches with a restore point after each; recovery to one of them."""
    sizes = draw.some((10, 20, 35, 50, 80, 100, 150, 300), 4)
    at = draw.number(2)
    shown = [TABLE, "pg_basebackup -D /backup/base -c fast"]
    for name, size in zip(POINTS, sizes[:3], strict=True):
        shown += [_insert(size), f"psql -qAtc \"SELECT pg_create_restore_point('{name}')\" > /dev/null"]
    shown += [_insert(sizes[3]), "psql -qAtc 'SELECT pg_switch_wal()' > /dev/null"]
    wanted = (
        "restore_command = 'cp /archive/%f %p'",
        f"recovery_target_name = '{POINTS[at]}'",
        "recovery_target_action = 'promote'",
    )
    run = (
        "touch /backup/base/recovery.signal",
        *(f'echo "{line}" >> /backup/base/postgresql.conf' for line in wanted),
        "pg_ctl -D /backup/base -o '-p 5433 -c archive_mode=off' -l ~/base.log start > /dev/null",
    )
    experiment = Experiment(world("/archive", "/backup", settings=ARCHIVING), shown=lines(*shown), run=lines(*run))
    line = f'psql -p 5433 -d shop -Atc "{COUNT}"'
    upto = [sum(sizes[:count]) for count in range(len(sizes) + 1)]
    beliefs = (
        Belief(str(upto[0]), "base"),
        Belief(str(upto[at]), "one_before"),
        Belief(str(upto[at + 2]), "one_after"),
        Belief(str(upto[-1]), "all"),
        Belief(str(sizes[at]), "last_batch"),
    )
    question = Question(
        id="rows-of-a-restore-point",
        kind="predict",
        objective="S2.4",
        level="silver",
        versions=ALL,
        stem=UNTOLD,
        explanation=UNTOLD,
        difficulty=2,
        manual="recovery_target",
        facts=("recovery_target_name-stops-there", "base-backup-plus-wal"),
        situational=True,
        experiment=experiment,
    )
    asked = Asked(question, line, {"target": POINTS[at]})
    return valued(asked, printed(experiment, major, line), beliefs, draw)


def _rows_of_a_dump(draw: Draw, major: int) -> Question | None:
    """A dump, and what changes after it."""
    before, added, deleted = draw.some((10, 20, 40, 70, 100, 150), 3)
    shown = (
        TABLE,
        _insert(before),
        "pg_dump -Fc -f /backup/shop.dump shop",
        _insert(added),
        f'psql -q -d shop -c "DELETE FROM t WHERE n <= {deleted // 2}"',  # noqa: S608  (a line of the simulated host)
    )
    run = ("createdb again", "pg_restore -d again /backup/shop.dump")
    experiment = Experiment(world("/backup"), shown=lines(*shown), run=lines(*run))
    line = f'psql -d again -Atc "{COUNT}"'
    beliefs = (
        Belief(printed(experiment, major, f'psql -d shop -Atc "{COUNT}"'), "now"),
        Belief(str(before + added), "before_delete"),
        Belief("0", "none"),
        Belief(str(added), "later"),
    )
    question = Question(
        id="rows-of-a-dump",
        kind="predict",
        objective="S2.4",
        level="silver",
        versions=ALL,
        stem=UNTOLD,
        explanation=UNTOLD,
        difficulty=1,
        manual="pg_dump",
        facts=("a-dump-is-one-snapshot",),
        situational=True,
        experiment=experiment,
    )
    return valued(Asked(question, line, {}), printed(experiment, major, line), beliefs, draw)


TEMPLATES = (
    Template("rows-of-a-restore-point", _rows_of_a_restore_point),
    Template("rows-of-a-dump", _rows_of_a_dump),
)
