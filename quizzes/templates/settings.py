"""Parameters: what brings a new value into force, and which value is in force."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Belief, Drawn, Template, lines, world

PARAMETERS = (
    "archive_command",
    "archive_mode",
    "archive_timeout",
    "checkpoint_timeout",
    "full_page_writes",
    "hot_standby",
    "max_wal_senders",
    "max_wal_size",
    "shared_buffers",
    "synchronous_commit",
    "wal_level",
    "wal_log_hints",
    "max_connections",
    "work_mem",
    "max_replication_slots",
    "max_standby_streaming_delay",
    "wal_segment_size",
    "data_checksums",
)
CONTEXTS = {"postmaster": "restart", "sighup": "reload", "user": "session", "internal": "never"}
"""The contexts of pg_settings that are asked about, and the action that each stands for."""


def _brings_into_force(draw: Draw, _major: int) -> Drawn:
    name = draw.one(PARAMETERS)
    line = f"psql -Atc \"SELECT context FROM pg_settings WHERE name = '{name}'\""  # noqa: S608  (of the simulated host)
    beliefs = tuple(Belief(context, f"not_{action}") for context, action in CONTEXTS.items())
    return Drawn(Experiment(world()), line, beliefs, {"name": name}, (f"context-of-{name}",), CONTEXTS)


MEGABYTES = (64, 96, 128, 192, 256, 384, 512)


def _which_file_wins(draw: Draw, _major: int) -> Drawn:
    """postgresql.conf twice, ALTER SYSTEM, a reload or none."""
    first, second, system, running = (f"{size}MB" for size in draw.some(MEGABYTES, 4))
    reloads = draw.number(2) == 0
    removed = draw.number(3) == 0
    shown = [
        f'echo "max_wal_size = {first}" >> $PGDATA/postgresql.conf',
        f'echo "max_wal_size = {second}" >> $PGDATA/postgresql.conf',
        f"psql -qc \"ALTER SYSTEM SET max_wal_size = '{system}'\"",
    ]
    shown += ['psql -qc "ALTER SYSTEM RESET max_wal_size"'] if removed else []
    shown += ["pg_ctl reload"] if reloads else []
    beliefs = (
        Belief(first, "first_line" if reloads else "no_reload"),
        Belief(second, "conf_beats_auto" if not removed and reloads else "no_reload"),
        Belief(system, "auto_was_reset" if removed else "no_reload"),
        Belief(running, "reloaded"),
    )
    experiment = Experiment(world(settings={"max_wal_size": running}), shown=lines(*shown))
    return Drawn(experiment, "psql -Atc 'SHOW max_wal_size'", beliefs, {"running": running})


TEMPLATES = (
    Template(
        "brings-into-force",
        kind="one",
        objective="S2.3",
        level="silver",
        difficulty=1,
        manual="settings_view",
        facts=("context-of-a-parameter",),
        draw=_brings_into_force,
    ),
    Template(
        "which-file-wins",
        kind="predict",
        objective="S2.3",
        level="silver",
        difficulty=2,
        manual="config_setting",
        facts=("postgresql.auto.conf-wins", "the-last-line-wins"),
        draw=_which_file_wins,
        situational=True,
    ),
)
