"""Servers: states, exit statuses, values in force, and what starts at all."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Belief, Drawn, Statement, Template, lines, world
from quizzes.templates.words import words

STATE = "pg_controldata | grep 'cluster state' | cut -d: -f2 | sed 's/^ *//'"
START = "pg_ctl start -l ~/log > /dev/null 2>&1"
KILL = "kill -9 $(head -1 $PGDATA/postmaster.pid)"
DEEDS = (
    ("pg_ctl stop -m fast > /dev/null", "was_stopped"),
    ("pg_ctl stop -m smart > /dev/null", "was_stopped"),
    ("pg_ctl stop -m immediate > /dev/null", "had_no_time"),
    (KILL, "had_no_time"),
    (f"pg_ctl stop -m immediate > /dev/null; {START}", "runs"),
    (f"pg_ctl stop -m fast > /dev/null; {START}", "runs"),
    (f"{KILL}; rm $PGDATA/postmaster.pid; {START}; pg_ctl stop -m fast > /dev/null", "was_stopped"),
)
STANDBY = (("touch $PGDATA/standby.signal", "standby_runs"), ("touch $PGDATA/standby.signal", "standby_stopped"))
STATES = {
    "shut down": "shut_down",
    "in production": "in_production",
    "shut down in recovery": "recovery_stopped",
    "in archive recovery": "recovery",
    "in crash recovery": "crash_recovery",
}


def _state_in_control_file(draw: Draw, _major: int) -> Drawn:
    """What pg_controldata says of the cluster after it was stopped, killed or made a standby."""
    deed, key = draw.one(DEEDS + STANDBY)
    if (deed, key) in STANDBY:
        again = "pg_ctl stop -m fast > /dev/null"
        deed = f"{again}; {deed}; echo \"restore_command = 'false'\" >> $PGDATA/postgresql.conf; {START}"
        deed += f"; {again}" if key == "standby_stopped" else ""
    before = f'psql -qd shop -c "CREATE TABLE t{draw.between(1, 99)} (n int)"'
    early = ("psql -qc CHECKPOINT",) if draw.number(2) else ()
    experiment = Experiment(world(), shown=lines(before, *early, deed))
    beliefs = tuple(Belief(state, f"because_{name}") for state, name in STATES.items())
    told = words("state-in-control-file", key)
    return Drawn(experiment, STATE, beliefs, {"told": told})


def _status_of_psql(draw: Draw, _major: int) -> Drawn:
    """0, 1, 2 and 3 of psql."""
    table = draw.one(("orders", "invoices", "missing", "nothing_here"))
    name = draw.one(("load", "change", "nightly"))
    query = f"SELECT count(*) FROM {table}"  # noqa: S608  (of the simulated host)
    script = f"printf 'SELECT 1;\\n{query};\\n' > ~/{name}.sql; cat ~/{name}.sql"
    line = draw.one(
        (
            f"psql -d shop -f ~/{name}.sql",
            f"psql -d shop -v ON_ERROR_STOP=1 -f ~/{name}.sql",
            f"psql -d shop < ~/{name}.sql",
            f"psql -d {table} -f ~/{name}.sql",
            f"psql -d shop -f ~/{name}.txt",
            f"psql -d shop -c '{query}'",
            f"psql -p 5999 -d shop -f ~/{name}.sql",
            f"psql -d shop -v ON_ERROR_STOP=1 < ~/{name}.sql",
        )
    )
    keys = {"0": "finished", "1": "own_error", "2": "no_connection", "3": "script_stopped"}
    beliefs = tuple(Belief(status, f"not_{key}") for status, key in keys.items())
    experiment = Experiment(world(), shown=lines(script))
    return Drawn(experiment, f"{line} > /dev/null 2>&1; echo $?", beliefs, {"line": line})


CHECKS = {
    "0": "accepts",
    "1": "rejects",
    "2": "no_answer",
    "3": "not_tried",
    "4": "no_directory",
}


def _status_of_a_check(draw: Draw, _major: int) -> Drawn:
    """pg_isready and pg_ctl status, whose numbers mean different things."""
    port, name = draw.between(5440, 5499), draw.one(("crm", "stock", "billing", "wiki", "archive"))
    state = draw.one(
        ("pg_ctl reload > /dev/null", "pg_ctl restart > /dev/null", "pg_ctl stop -m fast > /dev/null", KILL)
    )
    line = draw.one(
        (
            f"pg_isready -d {name}",
            f"pg_isready -p {port}",
            "pg_isready -p 70000",
            f"pg_isready -p {port + 65536}",
            "pg_ctl status",
            "pg_ctl -D /nowhere status",
            "pg_ctl status",
            f"pg_ctl -D ~/{name} status",
            f"pg_isready -d {name}2",
            "pg_isready -U nobody",
        )
    )
    shown = (f"createdb {name}", state)
    tool = line.split()[0]
    beliefs = tuple(Belief(status, f"{tool}_{key}") for status, key in CHECKS.items())
    experiment = Experiment(world(), shown=lines(*shown))
    return Drawn(experiment, f"{line} > /dev/null 2>&1; echo $?", beliefs, {"line": line})


def _value_in_a_session(draw: Draw, _major: int) -> Drawn:
    """One parameter set in several places."""
    sizes = [f"{size}MB" for size in draw.some((5, 6, 7, 9, 11, 13, 17, 19, 23), 6)]
    places = {
        "conf": f'echo "work_mem = {sizes[0]}" >> $PGDATA/postgresql.conf; pg_ctl reload > /dev/null',
        "system": f"psql -qc \"ALTER SYSTEM SET work_mem = '{sizes[1]}'\" -c 'SELECT pg_reload_conf()' > /dev/null",
        "database": f"psql -qc \"ALTER DATABASE shop SET work_mem = '{sizes[2]}'\"",
        "role": f"psql -qc \"ALTER ROLE app SET work_mem = '{sizes[3]}'\"",
        "both": f"psql -qc \"ALTER ROLE app IN DATABASE shop SET work_mem = '{sizes[4]}'\"",
    }
    taken = draw.some(tuple(places), 4)
    user, database = draw.one(("app", "app", "postgres")), draw.one(("shop", "shop", "postgres"))
    options = draw.number(4) == 0
    prefix = f"PGOPTIONS='-c work_mem={sizes[5]}' " if options else ""
    values = dict(zip(places, sizes, strict=False))
    beliefs = (*(Belief(values[one], f"because_{one}") for one in taken), Belief("4MB", "because_default"))
    line = f"{prefix}psql -U {user} -d {database} -Atc 'SHOW work_mem'"
    experiment = Experiment(world(), shown=lines(*(places[one] for one in taken)))
    return Drawn(experiment, line, beliefs, {"line": line, "user": user, "database": database})


CHANGES = {
    "shared_buffers": "64MB",
    "wal_level": "logical",
    "work_mem": "9MB",
    "max_wal_size": "2GB",
    "max_connections": "150",
    "archive_command": "'true'",
    "archive_mode": "on",
    "archive_timeout": "300",
    "checkpoint_timeout": "10min",
    "max_wal_senders": "8",
    "wal_log_hints": "on",
    "hot_standby": "off",
    "max_replication_slots": "12",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_compression": "on",
}


def _waits_for_a_restart(draw: Draw, _major: int) -> Drawn:
    """Changed in postgresql.conf and reloaded: which values still wait."""
    names = draw.some(tuple(CHANGES), 8)
    shown = [f'echo "{name} = {CHANGES[name]}" >> $PGDATA/postgresql.conf' for name in names]
    statements = tuple(
        Statement(
            name,
            f"psql -Atc \"SELECT pending_restart FROM pg_settings WHERE name = '{name}'\"",  # noqa: S608  (of the host)
            "t",
            "at_start",
            "at_reload",
        )
        for name in names
    )
    return Drawn(Experiment(world(), shown=lines(*shown, "pg_ctl reload")), statements=statements)


STARTS = {
    "wal_level=minimal": "minimal",
    "wal_level=minimal -c max_wal_senders=0": "minimal",
    "wal_level=minimal -c max_wal_senders=0 -c archive_mode=on": "minimal",
    "wal_level=replica -c archive_mode=on": "archiving",
    "archive_mode=on -c archive_command=false": "archiving",
    "archive_mode=always": "archiving",
    "wal_level=logical -c max_replication_slots=0": "logical",
    "max_wal_size=16MB": "sizes",
    "min_wal_size=2GB -c max_wal_size=1GB": "sizes",
    "min_wal_size=64MB -c max_wal_size=80MB": "sizes",
    "full_page_writes=off -c fsync=off": "safety",
    "max_wal_senders=0 -c max_replication_slots=0": "senders",
    "wal_level=archive": "values",
    "wal_level=full": "values",
    "synchronous_commit=remote": "values",
    "synchronous_commit=remote_apply": "values",
    "checkpoint_timeout=5s": "ranges",
    "checkpoint_timeout=30s": "ranges",
    "checkpoint_completion_target=90": "ranges",
    "wal_segment_size=64MB": "fixed",
}


def _starts_with(draw: Draw, _major: int) -> Drawn:
    """Settings that go together or do not."""
    statements = tuple(
        Statement(
            f'pg_ctl start -o "-c {given}"',
            f'pg_ctl start -o "-c {given}" -l ~/log > /dev/null 2>&1; echo $?',
            "0",
            STARTS[given],
            STARTS[given],
        )
        for given in draw.some(tuple(STARTS), 10)
    )
    return Drawn(Experiment(world(), shown=lines("pg_ctl stop -m fast")), statements=statements)


TEMPLATES = (
    Template(
        "state-in-control-file",
        kind="predict",
        objective="S2.2",
        level="silver",
        difficulty=2,
        manual="pg_controldata",
        facts=("control-file-tells-how-it-was-stopped",),
        draw=_state_in_control_file,
        situational=True,
    ),
    Template(
        "status-of-psql",
        kind="predict",
        objective="S2.2",
        level="silver",
        difficulty=2,
        manual="psql",
        facts=("exit-statuses-of-psql", "psql-goes-on-after-an-error"),
        draw=_status_of_psql,
        situational=True,
    ),
    Template(
        "status-of-a-check",
        kind="predict",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="pg_ctl",
        facts=("exit-statuses-of-pg_isready", "exit-statuses-of-pg_ctl-status"),
        draw=_status_of_a_check,
        situational=True,
    ),
    Template(
        "value-in-a-session",
        kind="predict",
        objective="S2.3",
        level="silver",
        difficulty=3,
        manual="config_setting",
        facts=("the-narrowest-setting-wins",),
        draw=_value_in_a_session,
        situational=True,
    ),
    Template(
        "waits-for-a-restart",
        kind="choose",
        objective="S2.3",
        level="silver",
        difficulty=2,
        manual="settings_view",
        facts=("pending_restart-after-a-reload",),
        draw=_waits_for_a_restart,
        situational=True,
    ),
    Template(
        "starts-with",
        kind="choose",
        objective="G3.1",
        level="gold",
        difficulty=3,
        manual="server_start",
        facts=("settings-that-must-go-together", "a-bad-value-stops-the-start"),
        draw=_starts_with,
        situational=True,
    ),
)
