"""What comes back: rows after a restore, by what dump and WAL really hold."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Belief, Drawn, Template, lines, printed, world

ARCHIVING = {"archive_mode": "on", "archive_command": "cp %p /archive/%f"}
POINTS = ("before_deploy", "before_import", "before_cleanup")
TABLE = 'psql -q -d shop -c "CREATE TABLE t (n int)"'
COUNT = "SELECT count(*) FROM t"


def _insert(count: int) -> str:
    return f'psql -q -d shop -c "INSERT INTO t SELECT generate_series(1, {count})"'


def _rows_of_a_restore_point(draw: Draw, _major: int) -> Drawn:
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
    upto = [sum(sizes[:count]) for count in range(len(sizes) + 1)]
    beliefs = (
        Belief(str(upto[0]), "base"),
        Belief(str(upto[at]), "one_before"),
        Belief(str(upto[at + 2]), "one_after"),
        Belief(str(upto[-1]), "all"),
        Belief(str(sizes[at]), "last_batch"),
    )
    experiment = Experiment(world("/archive", "/backup", settings=ARCHIVING), shown=lines(*shown), run=lines(*run))
    return Drawn(experiment, f'psql -p 5433 -d shop -Atc "{COUNT}"', beliefs, {"target": POINTS[at]})


def _rows_of_a_dump(draw: Draw, major: int) -> Drawn:
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
    beliefs = (
        Belief(printed(experiment, major, f'psql -d shop -Atc "{COUNT}"'), "now"),
        Belief(str(before + added), "before_delete"),
        Belief("0", "none"),
        Belief(str(added), "later"),
    )
    return Drawn(experiment, f'psql -d again -Atc "{COUNT}"', beliefs)


TEMPLATES = (
    Template(
        "rows-of-a-restore-point",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="recovery_target",
        facts=("recovery_target_name-stops-there", "base-backup-plus-wal"),
        draw=_rows_of_a_restore_point,
        situational=True,
    ),
    Template(
        "rows-of-a-dump",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=1,
        manual="pg_dump",
        facts=("a-dump-is-one-snapshot",),
        draw=_rows_of_a_dump,
        situational=True,
    ),
)
