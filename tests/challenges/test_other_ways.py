"""A goal is a state of the host: other ways than the solution's reach it, and near misses do not."""

from __future__ import annotations

import pytest

from levels.attempt import attempt
from levels.loader import all_challenges

BY_ID = {one.id: one for one in all_challenges()}
COPY = "cp -a /backup/base ~/restored"
RESTORE = "echo \"restore_command = 'cp /archive/%f %p'\" >> ~/restored/postgresql.auto.conf"
SIGNAL = "touch ~/restored/recovery.signal"
START = "pg_ctl -D ~/restored -l ~/restored.log start"
OTHER_WAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("first-dump", ("pg_dump shop > /backup/shop.sql",)),
    ("first-dump", ("pg_dump -Fp --inserts -d shop | tee /backup/shop.sql > /dev/null",)),
    ("first-dump", ("cd /backup && PGDATABASE=shop pg_dump > shop.sql",)),
    ("first-dump", ("pg_dump -Fc -f /tmp/x shop", "pg_restore -f /backup/shop.sql /tmp/x")),
    ("restore-into-a-new-database", ("psql -c 'CREATE DATABASE copy'", "cat /backup/shop.sql | psql -q copy")),
    ("the-wrong-name", ("createdb copy", "pg_restore -f - /backup/shop.sql | psql -q -d copy")),
    ("one-table-back", ("pg_restore -t orders -f - /backup/shop.dump | psql -q shop",)),
    ("rows-from-a-file", ("psql -d shop -c 'COPY orders FROM STDIN CSV' < ~/orders.csv",)),
    ("move-to-a-new-server", ("pg_dumpall | psql -q -p 5433 postgres",)),
    ("cold-copy", ("pg_ctl stop -m immediate", "pg_ctl start", "pg_ctl stop", "rsync -a $PGDATA/ /backup/cold/", "pg_ctl start")),
    ("cold-copy", ("pg_ctl stop", "mkdir -m 700 /backup/cold", "tar -cf - -C $PGDATA . | tar -xf - -C /backup/cold", "pg_ctl start")),
    ("back-from-the-cold", ("pg_ctl stop", "rm -rf $PGDATA/*", "cp -a /backup/cold/. $PGDATA", "pg_ctl start")),
    ("self-contained-copy", ("pg_basebackup -D /backup/base -X fetch",)),
    ("self-contained-copy", ("pg_basebackup -D /tmp/t -Ft", "mkdir -m 700 /backup/base", "tar -xf /tmp/t/base.tar -C /backup/base && tar -xf /tmp/t/pg_wal.tar -C /backup/base/pg_wal")),
    ("no-slots-left", ("pg_basebackup -D /backup/base -X fetch",)),
    ("minimal-refuses", ("pg_ctl stop", "set $PGDATA/postgresql.conf wal_level=replica", "set $PGDATA/postgresql.conf max_wal_senders=3", "pg_ctl start", "pg_basebackup -D /backup/base")),
    ("turn-archiving-on", ("pg_ctl stop", "echo \"archive_mode = on\" >> $PGDATA/postgresql.conf", "echo \"archive_command = 'cp %p /archive/%f'\" >> $PGDATA/postgresql.conf", "pg_ctl start", "psql -c 'SELECT pg_switch_wal()'")),
    ("stuck-on-one-file", ("mv /archive/000000010000000000000001 /tmp/", "psql -c 'CREATE TABLE t (i int)'", "psql -c 'SELECT pg_switch_wal()'")),
    ("to-a-restore-point", (COPY, RESTORE, "printf \"recovery_target_name = 'before_mistake'\\nrecovery_target_action = promote\\n\" >> ~/restored/postgresql.conf", SIGNAL, START)),
    ("to-a-restore-point", (COPY, RESTORE, SIGNAL, "pg_ctl -D ~/restored -l ~/l -o \"-c recovery_target_name=before_mistake\" start", "psql -c 'SELECT pg_wal_replay_resume()'")),
    ("just-before-a-transaction", ("sed -i '/recovery_target_action/d' ~/restored/postgresql.conf", "echo \"recovery_target_xid = '$(cat ~/xid.txt)'\" >> ~/restored/postgresql.conf", "echo 'recovery_target_inclusive = off' >> ~/restored/postgresql.conf", SIGNAL, START, "psql -c 'SELECT pg_wal_replay_resume()'")),
    ("an-old-runbook", ("mv ~/restored/recovery.conf /tmp/", RESTORE, SIGNAL, START)),
    ("it-can-only-read", ("psql -c 'SELECT pg_promote()'",)),
    ("the-second-recovery", ("echo \"recovery_target_timeline = 'current'\" >> ~/restored/postgresql.conf", START)),
    ("a-forgotten-slot", ("psql -c \"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots\"", "psql -c CHECKPOINT")),
    ("the-first-standby", ("pg_basebackup -D /standby/data", "touch /standby/data/standby.signal", "echo \"primary_conninfo = 'port=5432'\" >> /standby/data/postgresql.conf", "pg_ctl -D /standby/data -o '-p 5433' start")),
    ("a-standby-with-a-slot", ("psql -c \"SELECT pg_create_physical_replication_slot('sb1', true)\"", "pg_basebackup -D /standby/data -R -S sb1", "pg_ctl -D /standby/data -o '-p 5433' start")),
    ("take-over", ("psql -p 5433 -c 'SELECT pg_promote()'",)),
    ("which-one-is-broken", ("mv /backup/tue /tmp/",)),
)  # fmt: skip
NEAR_MISSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("first-dump", ("pg_dump -Fc -f /backup/shop.sql shop",)),
    ("first-dump", ("pg_dump -s -f /backup/shop.sql shop",)),
    ("first-dump", ("pg_dump shop | head -n 50 > /backup/shop.sql",)),
    ("custom-format", ("pg_dump shop > /backup/shop.dump",)),
    ("roles-are-not-in-it", ("pg_dumpall -f /backup/globals.sql",)),
    ("self-contained-copy", ("mkdir /backup/base",)),
    ("turn-archiving-on", ("psql -c \"ALTER SYSTEM SET archive_command = 'cp %p /archive/%f'\"", "cp $PGDATA/pg_wal/0* /archive/")),
    ("stuck-on-one-file", ("psql -c 'SELECT pg_switch_wal()'",)),
    ("the-first-standby", ("pg_basebackup -D /standby/data -R",)),
    ("a-gap-in-the-archive", ("cp /spare/000000010000000000000003 /archive/000000010000000000000004",)),
    ("the-exclusive-way", ("touch /backup/low/backup_label",)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "lines"), OTHER_WAYS)
def test_another_way_reaches_the_goal(name: str, lines: tuple[str, ...]) -> None:
    """Nobody looks at the words of a command line."""
    now = attempt(BY_ID[name]).played(lines)
    said = [(turn.line, turn.done.exit, turn.done.stderr) for turn in now.turns]
    assert now.standing.outcome == "reached", (said, [one.missing("en") for one in now.standing.goal])


@pytest.mark.parametrize(("name", "lines"), NEAR_MISSES)
def test_a_near_miss_does_not(name: str, lines: tuple[str, ...]) -> None:
    """Something is still missing, and it is said what."""
    now = attempt(BY_ID[name]).played(lines)
    assert now.standing.outcome == "open"
    assert any(one.missing("en") for one in now.standing.goal)
