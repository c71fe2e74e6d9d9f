"""A standby beside its primary: what a reader sees there, and how far it is behind."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Belief, Drawn, Template, lines, printed, world
from quizzes.templates.words import words

STANDBY_MADE = ("pg_basebackup -D ~/standby -R -c fast",)
STANDBY_STARTED = "pg_ctl -D ~/standby -o '-p 5434' -l ~/standby.log start > /dev/null"
COUNT = "psql -p 5434 -d shop -Atc 'SELECT count(*) FROM t'"
ROWS = (110, 120, 130, 150, 170, 190, 210, 240)


def _rows_on_a_standby(draw: Draw, _major: int) -> Drawn:
    """Delayed, paused, promoted: what a reader of the standby sees."""
    first, second, third = draw.some(ROWS, 3)
    delay = draw.one((2, 5, 10))
    waits = draw.one((delay * 60 - 30, delay * 60 + 30))
    case = draw.one(("delayed", "paused", "resumed", "promoted", "stopped_primary"))
    insert = 'psql -qd shop -c "INSERT INTO t SELECT generate_series(1, {})"'
    slow = f'echo "recovery_min_apply_delay = {delay}min" >> ~/standby/postgresql.conf'
    ask = "psql -p 5434 -qAtc 'SELECT {}()' > /dev/null"
    shown = [
        f'psql -qd shop -c "CREATE TABLE t AS SELECT generate_series(1, {first}) AS n"',
        *STANDBY_MADE,
        *((slow,) if case in ("delayed", "promoted") else ()),
        STANDBY_STARTED,
        insert.format(second),
        *((f"sleep {waits}",) if case == "delayed" else ()),
        *((ask.format("pg_wal_replay_pause"),) if case in ("paused", "resumed") else ()),
        insert.format(third),
        *((ask.format("pg_wal_replay_resume"),) if case == "resumed" else ()),
        *(("pg_ctl -D ~/standby promote > /dev/null",) if case == "promoted" else ()),
        *(("pg_ctl stop -m fast > /dev/null",) if case == "stopped_primary" else ()),
    ]
    beliefs = (
        Belief(str(first), "because_first"),
        Belief(str(first + second), "because_second"),
        Belief(str(first + second + third), "because_third"),
        Belief(str(first + third), "because_skipped"),
        Belief(str(second + third), "because_later"),
        Belief(str(first + 2 * second), "because_twice"),
    )
    told = words("rows-on-a-standby", case, delay=delay)
    return Drawn(Experiment(world(), shown=lines(*shown)), COUNT, beliefs, {"told": told})


def _lag_of_a_standby(draw: Draw, major: int) -> Drawn:
    """sent_lsn and replay_lsn of pg_stat_replication, replay being paused."""
    switches = draw.number(3)
    shown = [
        *STANDBY_MADE,
        STANDBY_STARTED,
        "psql -p 5434 -qAtc 'SELECT pg_wal_replay_pause()' > /dev/null",
        f'psql -qd shop -c "CREATE TABLE t AS SELECT generate_series(1, {draw.between(20, 900)}) AS n"',
        *("psql -qAtc 'CREATE TABLE u (n int)' -c 'DROP TABLE u' -c 'SELECT pg_switch_wal()' > /dev/null",) * switches,
        f'psql -qd shop -c "CREATE TABLE v AS SELECT generate_series(1, {draw.between(20, 900)}) AS n"',
        "psql -xc 'SELECT sent_lsn, write_lsn, flush_lsn, replay_lsn FROM pg_stat_replication'",
    ]
    experiment = Experiment(world(), shown=lines(*shown))
    asked = "psql -Atc 'SELECT {} FROM pg_stat_replication'"
    sent, replayed = (printed(experiment, major, asked.format(one)) for one in ("sent_lsn", "replay_lsn"))
    line = asked.format("pg_wal_lsn_diff(sent_lsn, replay_lsn)")
    return Drawn(experiment, line, words={"sent": sent, "replayed": replayed})


TEMPLATES = (
    Template(
        "rows-on-a-standby",
        kind="predict",
        objective="G1.4",
        level="gold",
        difficulty=2,
        manual="hot_standby",
        facts=("delay-and-pause-hold-up-replay", "promotion-replays-what-was-received"),
        draw=_rows_on_a_standby,
        situational=True,
    ),
    Template(
        "lag-of-a-standby",
        kind="number",
        objective="G4.3",
        level="gold",
        difficulty=3,
        manual="monitoring",
        facts=("lag-is-sent-less-replayed", "lsn-difference"),
        draw=_lag_of_a_standby,
        situational=True,
        unit="B",
    ),
)
