"""What checkpointer and archiver do by the clock, and what they count, as real 12 to 18 did."""

from __future__ import annotations

import pytest

from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world
from simulator.versions import KNOWN, since

COUNTS = {
    12: "checkpoints_timed, checkpoints_req FROM pg_stat_bgwriter",
    17: "num_timed, num_requested FROM pg_stat_checkpointer",
    18: "num_timed, num_requested, num_done FROM pg_stat_checkpointer",
}
SHORT = "psql -qc \"ALTER SYSTEM SET checkpoint_timeout = '30s'\" -c 'SELECT pg_reload_conf()' > ~/out"
SMALL = "psql -qd shop -c 'INSERT INTO customers VALUES (1001, $$x$$)'"


def begin(major: int) -> Host:
    """A learner's host with a running server."""
    return world("default", Build(major), Build(major))


def typed(host: Host, *lines: str) -> tuple[Host, str]:
    """The host after these lines, and what the last of them printed."""
    printed = ""
    for line in lines:
        done = run_line(host, line)
        host, printed = done.host, f"{done.stdout}{done.stderr}"
    return host, printed


def counted(host: Host) -> tuple[int, ...]:
    """Timed checkpoints, requested ones, and from 18 on those that were done."""
    major = int(typed(host, "psql --version")[1].split()[2].partition(".")[0])
    said = typed(host, f"psql -Atc 'SELECT {since(major, COUNTS)}'")[1]
    return tuple(int(number) for number in said.split("|"))


# What happens, timed, requested, done (18) since the checkpoint; seen on 15, 16 and 18 with checkpoint_timeout = 30s.
HALF_MINUTES = [
    ("sleep 22", 0, 0, 0),
    ("sleep 75", 2, 0, 0),  # nothing to do: skipped, and counted all the same
    (f"sleep 75; {SMALL}; sleep 5", 2, 0, 0),
    (f"sleep 75; {SMALL}; sleep 15", 3, 0, 1),
    (f"sleep 75; {SMALL}; sleep 60", 4, 0, 1),
    (f"sleep 75; {SMALL}; psql -qc CHECKPOINT; sleep 25", 2, 1, 1),
]


@pytest.mark.parametrize("major", KNOWN)
@pytest.mark.parametrize(("happens", "timed", "requested", "done"), HALF_MINUTES)
def test_a_checkpointer_sleeps_on_from_its_last_look(
    happens: str, timed: int, requested: int, done: int, major: int
) -> None:
    """However small a change, the next look brings a checkpoint; an idle server's looks count as timed ones."""
    host, _ = typed(begin(major), SHORT, "psql -qc CHECKPOINT")
    before, after = counted(host), counted(typed(host, happens)[0])
    grown = tuple(new - old for old, new in zip(before, after, strict=True))
    assert grown == (timed, requested, done)[: len(grown)]


@pytest.mark.parametrize("major", [12, 15, 18])
def test_after_a_long_rest_the_first_write_waits_for_the_next_look(major: int) -> None:
    """The world was made 600 s before: the looks are 5 minutes apart from then on."""
    large = "psql -qd shop -c 'CREATE TABLE large AS SELECT generate_series(1, 5000) AS i'"
    asked = "psql -Atc 'SELECT extract(epoch FROM checkpoint_time) FROM pg_control_checkpoint()'"
    host, made = typed(begin(major), asked)
    host, soon = typed(host, "sleep 400", large, "sleep 100", asked)
    assert soon == made
    _, later = typed(host, "sleep 100", asked)
    assert float(later) == float(made) + 1200


@pytest.mark.parametrize("major", [12, 14, 15, 18])
def test_the_first_look_after_a_start_brings_a_checkpoint_with_nothing_to_write(major: int) -> None:
    asked = "psql -Atc 'SELECT extract(epoch FROM checkpoint_time) FROM pg_control_checkpoint()'"
    host, made = typed(begin(major), SHORT, "pg_ctl -l ~/log restart > ~/out", asked)
    host, first = typed(host, "sleep 34", asked)
    _, second = typed(host, "sleep 70", asked)
    assert float(first) == pytest.approx(float(made) + 30, abs=1)
    assert second == first


def test_pg_stat_reset_shared_counts_checkpoints_anew() -> None:
    for major, target in ((16, "bgwriter"), (18, "checkpointer")):
        host, _ = typed(begin(major), "sleep 900", f"psql -qc \"SELECT pg_stat_reset_shared('{target}')\" > ~/out")
        assert set(counted(host)) == {0}


FAILING = """mkdir ~/archive; pg_ctl -l ~/log stop > ~/out
printf "archive_mode = on\narchive_command = 'false'\n" >> $PGDATA/postgresql.conf; pg_ctl -l ~/log start > ~/out
psql -qd shop -c 'CREATE TABLE one (i int)' -c 'SELECT pg_switch_wal()' > ~/out; sleep 5"""
RELOAD = "-c 'SELECT pg_reload_conf()' > ~/out"
MENDED = f"""psql -qc "ALTER SYSTEM SET archive_command = 'cp %p $HOME/archive/%f'" {RELOAD}"""
OTHER = f"psql -qc 'ALTER SYSTEM SET log_connections = on' {RELOAD}"
ONE_MORE = "psql -qd shop -c 'CREATE TABLE two (i int)' -c 'SELECT pg_switch_wal()' > ~/out"
SLEEPING = [
    # what happens to an archiver that sleeps after three failures; archived and failed up to 13, and from 14 on
    (MENDED, (0, 3), (1, 3)),
    (f"{MENDED}; {SMALL}", (0, 3), (1, 3)),
    (f"{MENDED}; sleep 60", (1, 3), (1, 3)),
    (f"{MENDED}; {ONE_MORE}", (2, 3), (2, 3)),
    (OTHER, (0, 3), (0, 6)),
]


@pytest.mark.parametrize("major", KNOWN)
@pytest.mark.parametrize(("happens", "until_13", "from_14"), SLEEPING)
def test_a_reload_wakes_a_sleeping_archiver_from_14_on(
    happens: str, until_13: tuple[int, int], from_14: tuple[int, int], major: int
) -> None:
    """Before, it notices a new archive_command when its minute is over, or when one more segment is finished."""
    asked = "psql -Atc 'SELECT archived_count, failed_count FROM pg_stat_archiver'"
    said = typed(begin(major), FAILING, happens, asked)[1]
    assert tuple(map(int, said.split("|"))) == since(major, {12: until_13, 14: from_14})
