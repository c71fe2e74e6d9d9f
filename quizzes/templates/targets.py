"""Recovery targets and timelines: where replay stops, what is there then, and what files are called afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.archive import ARCHIVING, SWITCH
from quizzes.templates.base import Belief, Drawn, Template, lines, printed, world

BASE = "/backup/base"
FIRST = 15
"""Rows that the table has from the beginning."""
TABLE = f'psql -q -d shop -c "CREATE TABLE t AS SELECT generate_series(1, {FIRST}) AS n"'
TAKEN = f"pg_basebackup -D {BASE} -c fast"
RESTORE = "restore_command = 'cp /archive/%f %p'"
COUNT = "psql -p 5433 -d shop -Atc 'SELECT count(*) FROM t'"
SIZES = (7, 10, 20, 35, 50, 80, 100, 150, 300)


def insert(count: int) -> str:
    """A line that adds rows."""
    return f'psql -q -d shop -c "INSERT INTO t SELECT generate_series(1, {count})"'


def configured(settings: Sequence[str], at: str = BASE) -> tuple[str, ...]:
    """Lines that write settings down in a restored directory."""
    return tuple(f'echo "{one}" >> {at}/postgresql.conf' for one in settings)


def started(at: str = BASE) -> str:
    """The line that starts it beside the first server, without an archive of its own."""
    return f"pg_ctl -D {at} -o '-p 5433 -c archive_mode=off' -l ~/base.log start > /dev/null 2>&1"


def recovered(*settings: str) -> tuple[str, ...]:
    """Lines that recover the base backup."""
    return (f"touch {BASE}/recovery.signal", *configured((RESTORE, *settings)), started())


def archived(shown: Sequence[str], run: Sequence[str], prepare: Sequence[str] = ()) -> Experiment:
    """A server with an archive, and a recovery of its base backup."""
    start = world("/archive", "/backup", settings=ARCHIVING, prepare=prepare)
    return Experiment(start, shown=lines(*shown), run=lines(*run))


def _by_xid(draw: Draw, _major: int) -> Drawn:
    """recovery_target_xid with recovery_target_inclusive on, off or left out."""
    sizes, at = draw.some(SIZES, 4), draw.between(1, 2)
    inclusive = draw.one(("on", "off"))
    shown = [TABLE, TAKEN]
    for number, size in enumerate(sizes, 1):
        rows = f"INSERT INTO t SELECT generate_series(1, {size})"
        shown.append(f'X{number}=$(psql -qAtd shop -c BEGIN -c "{rows}" -c "SELECT txid_current()" -c COMMIT)')
    shown += ["echo $X1 $X2 $X3 $X4", SWITCH]
    wanted = (
        f"recovery_target_xid = $X{at + 1}",
        f"recovery_target_inclusive = {inclusive}",
        "recovery_target_action = promote",
    )
    upto = [FIRST + sum(sizes[:count]) for count in range(5)]
    beliefs = (
        Belief(str(upto[at + 1]), "with_it"),
        Belief(str(upto[at]), "without_it"),
        Belief(str(upto[at + 2]), "one_more"),
        Belief(str(upto[4]), "all"),
        Belief(str(upto[0]), "base"),
        Belief(str(sizes[at]), "it_alone"),
    )
    experiment = archived(shown, recovered(*wanted))
    return Drawn(experiment, COUNT, beliefs, {"xid": f"$X{at + 1}", "inclusive": inclusive})


def _by_time(draw: Draw, _major: int) -> Drawn:
    """A time between two commits."""
    sizes, at = draw.some(SIZES, 4), draw.between(1, 2)
    shown = [TABLE, TAKEN]
    for number, size in enumerate(sizes, 1):
        shown += [insert(size), "sleep 20", f"T{number}=$(psql -Atc 'SELECT now()')", "sleep 20"]
    shown += ["echo $T1, $T2, $T3, $T4", SWITCH]
    upto = [FIRST + sum(sizes[:count]) for count in range(5)]
    beliefs = (
        Belief(str(upto[at]), "one_less"),
        Belief(str(upto[at + 2]), "one_more"),
        Belief(str(upto[4]), "all"),
        Belief(str(upto[0]), "base"),
        Belief(str(sizes[at]), "it_alone"),
    )
    wanted = (f"recovery_target_time = '$T{at + 1}'", "recovery_target_action = promote")
    return Drawn(archived(shown, recovered(*wanted)), COUNT, beliefs, {"time": f"$T{at + 1}"})


def _with_a_hole(draw: Draw, major: int) -> Drawn:
    """One batch in each segment, and one segment that is not in the archive any more."""
    sizes = draw.some(SIZES, 5)
    at = draw.between(1, 3)
    shown = [TABLE, TAKEN]
    for size in sizes:
        shown += [insert(size), SWITCH]
    made = Experiment(world("/archive", "/backup", settings=ARCHIVING), shown=lines(*shown))
    gone = printed(made, major, "ls /archive | grep -v backup").split()[at - 5]
    shown += [f"rm /archive/{gone}", "ls /archive"]
    upto = [FIRST + sum(sizes[:count]) for count in range(6)]
    beliefs = (
        Belief(str(upto[5] - sizes[at]), "leaves_out_one"),
        Belief(str(upto[5]), "all"),
        Belief(str(upto[at + 1]), "one_more"),
        Belief(str(upto[at - 1]), "one_less"),
        Belief(str(FIRST), "nothing"),
    )
    return Drawn(archived(shown, recovered()), COUNT, beliefs, {"gone": gone, "batch": at + 1, "before": at})


SIGNALS = {
    "no_signal": ((), ()),
    "signal": (("recovery.signal",), ()),
    "standby": (("standby.signal",), ()),
    "immediate": (("recovery.signal",), ("recovery_target = 'immediate'", "recovery_target_action = 'promote'")),
    "both": (("recovery.signal", "standby.signal"), ("recovery_target_action = 'promote'",)),
}
STATES = {"f": "writable", "t": "read_only"}


def _by_signal(draw: Draw, _major: int) -> Drawn:
    """Which signal file there is, and whether the target is immediate: rows and whether the server can be written."""
    more, later, last = draw.some(SIZES, 3)
    before = FIRST + more
    case = draw.one(tuple(SIGNALS))
    signals, wanted = SIGNALS[case]
    shown = (
        TABLE,
        insert(more),
        TAKEN,
        insert(later),
        SWITCH,
        insert(last),
        "pg_ctl stop -m immediate > /dev/null",
        *(f"touch {BASE}/{name}" for name in signals),
        *configured((RESTORE, *wanted)),
    )
    line = f"echo $({COUNT}) $(psql -p 5433 -Atc 'SELECT pg_is_in_recovery()')"
    rows = {before: "rows_of_backup", before + later: "rows_of_archive", before + later + last: "rows_of_all"}
    beliefs = tuple(
        Belief(f"{count} {state}", key if state == "f" else f"{key}_waiting")
        for count, key in rows.items()
        for state in ("f", "t")
    )
    texts = {one.value: one.key for one in beliefs}
    reasons = tuple(Belief(one.value, f"because_{one.key}") for one in beliefs)
    names = {"before": before, "archive": before + later, "all": before + later + last}
    return Drawn(archived(shown, (started(),)), line, reasons, names, texts=texts)


ENDS = {"f": "promoted", "t": "paused", "shut down in recovery": "shut_down", "in archive recovery": "failed"}


def _at_the_target(draw: Draw, _major: int) -> Drawn:
    """recovery_target_action given or not, a target that is there or not."""
    action = draw.one(("", "pause", "promote", "shutdown"))
    there = draw.number(3) > 0
    target = draw.one(("release", "noon", "before_import", "deploy"))
    asked = target if there else draw.one((target.upper(), target + "2", target[:-1]))
    shown = (
        TABLE,
        TAKEN,
        insert(draw.between(5, 50)),
        f"psql -qAtc \"SELECT pg_create_restore_point('{target}')\" > /dev/null",
        insert(draw.between(5, 50)),
        SWITCH,
    )
    wanted = (f"recovery_target_name = '{asked}'", *((f"recovery_target_action = '{action}'",) if action else ()))
    state = f"pg_controldata {BASE} | grep state | cut -d: -f2"
    line = f"echo $(psql -p 5433 -Atc 'SELECT pg_is_in_recovery()' 2> /dev/null || {state})"
    beliefs = tuple(Belief(value, f"because_{key}") for value, key in ENDS.items())
    names = {"settings": ", ".join(wanted), "target": target, "asked": asked}
    return Drawn(archived(shown, recovered(*wanted)), line, beliefs, names, texts=ENDS)


TEMPLATES = (
    Template(
        "rows-by-xid",
        kind="predict",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="recovery_target",
        facts=("xid-target-stops-at-its-commit", "inclusive-decides-about-the-transaction"),
        draw=_by_xid,
        situational=True,
    ),
    Template(
        "rows-by-time",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="recovery_target",
        facts=("time-target-compares-commit-times", "base-backup-plus-wal"),
        draw=_by_time,
        situational=True,
    ),
    Template(
        "rows-with-a-hole",
        kind="predict",
        objective="G4.2",
        level="gold",
        difficulty=2,
        manual="restore_command",
        facts=("replay-ends-at-a-missing-segment", "recovery-needs-every-segment-in-turn"),
        draw=_with_a_hole,
        situational=True,
    ),
    Template(
        "rows-by-signal",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=3,
        manual="pitr",
        facts=("signal-files-decide-the-kind-of-recovery", "immediate-stops-when-consistent"),
        draw=_by_signal,
        situational=True,
    ),
    Template(
        "at-the-target",
        kind="predict",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="recovery_target",
        facts=("recovery_target_action-at-the-target", "a-target-that-is-not-reached"),
        draw=_at_the_target,
        situational=True,
    ),
)
