"""Timelines: what files are called after a recovery, which history is asked for, and which branch is followed."""

from __future__ import annotations

from collections.abc import Sequence

from quizzes.drawing import Draw
from quizzes.templates.archive import SWITCH
from quizzes.templates.base import Belief, Drawn, Template, printed
from quizzes.templates.targets import (
    BASE,
    COUNT,
    FIRST,
    RESTORE,
    SIZES,
    TABLE,
    TAKEN,
    archived,
    configured,
    insert,
    recovered,
    started,
)
from quizzes.templates.words import words


def _again(number: int, settings: Sequence[str]) -> tuple[str, ...]:
    """Another recovery of the same backup, to the point that was made on the timeline before."""
    return (
        "pg_ctl stop -m fast > /dev/null",
        f"rm -r $PGDATA; cp -a {BASE} $PGDATA; touch $PGDATA/recovery.signal",
        *configured((RESTORE, "recovery_target_action = promote", *settings), "$PGDATA"),
        "pg_ctl start -l ~/log > /dev/null",
        *((insert(number), SWITCH) if number else ()),
    )


def _name_after_recoveries(draw: Draw, major: int) -> Drawn:
    """So many recoveries, one after the other, and then the file that is written."""
    count = draw.between(1, 3)
    sizes = draw.some(SIZES, count + 1)
    shown = [TABLE, TAKEN]
    for number in range(draw.between(1, 3)):
        shown += [insert(sizes[0] + number), SWITCH]
    for number in sizes[1:]:
        shown += [*_again(number, ())]
    experiment = archived(shown, ())
    line = "psql -Atc 'SELECT pg_walfile_name(pg_current_wal_insert_lsn())'"
    current = int(printed(experiment, major, line)[16:], 16)
    beliefs = tuple(
        Belief(f"{timeline:08X}{0:08X}{segment:08X}", key)
        for timeline, segment, key in (
            (1, current, "same_timeline"),
            (count, current, "one_timeline_less"),
            (2, current, "always_two"),
            (count + 1, 1, "counts_anew"),
            (count + 1, 0, "counts_anew"),
            (count + 2, current, "one_timeline_more"),
            (1, current + 1, "same_timeline"),
        )
    )
    return Drawn(experiment, line, beliefs, {"count": count, "timeline": count + 1})


def _first_history(draw: Draw, _major: int) -> Drawn:
    """The history files that restore_command is asked for, and in which order."""
    count = draw.between(1, 3)
    sizes = draw.some(SIZES, count + 1)
    shown = [TABLE, TAKEN, insert(sizes[0]), SWITCH]
    for number in sizes[1:]:
        shown += [*_again(number, ())]
    shown += ["ls /archive"]
    asked = "restore_command = 'echo %f >> ~/asked; cp /archive/%f %p'"
    experiment = archived(shown, (f"touch {BASE}/recovery.signal", *configured((asked,)), started()))
    line = "echo $(grep -o '0000000.[.]history' ~/asked | sort -u | tail -1 | cut -c1-8)"
    beliefs = (
        Belief("00000001", "first"),
        Belief("00000002", "second"),
        Belief(f"{count + 1:08X}", "newest"),
        Belief(f"{count + 3:08X}", "two_more"),
        Belief(f"{count:08X}", "before_newest"),
    )
    return Drawn(experiment, line, beliefs, {"newest": f"{count + 1:08X}", "count": count})


def _timeline_wanted(draw: Draw, _major: int) -> Drawn:
    """recovery_target_timeline of the second recovery: latest, current, a number, or left out."""
    early, lost, kept = draw.some(SIZES, 3)
    before = FIRST + early
    wanted = draw.one(("", "latest", "current", "1", "2"))
    shown = (
        TABLE,
        TAKEN,
        insert(early),
        "psql -qAtc \"SELECT pg_create_restore_point('noon')\" > /dev/null",
        insert(lost),
        SWITCH,
        *_again(kept, ("recovery_target_name = 'noon'",)),
    )
    settings = (f"recovery_target_timeline = '{wanted}'",) if wanted else ()
    experiment = archived(shown, recovered("recovery_target_action = promote", *settings))
    beliefs = (
        Belief(str(before + lost), "old_timeline"),
        Belief(str(before + kept), "new_timeline"),
        Belief(str(before + lost + kept), "both"),
        Belief(str(before), "up_to_fork"),
        Belief(str(FIRST), "base"),
    )
    told = f"'{wanted}'" if wanted else words("timeline-wanted", "not_set")
    return Drawn(experiment, COUNT, beliefs, {"told": told})


TEMPLATES = (
    Template(
        "name-after-recoveries",
        kind="predict",
        objective="G4.2",
        level="gold",
        difficulty=2,
        manual="timelines",
        facts=("each-recovery-begins-a-timeline", "file-names-begin-with-the-timeline"),
        draw=_name_after_recoveries,
        situational=True,
    ),
    Template(
        "first-unused-timeline",
        kind="predict",
        objective="G4.2",
        level="gold",
        difficulty=3,
        manual="timelines",
        facts=("history-files-are-looked-for-in-turn", "each-recovery-begins-a-timeline"),
        draw=_first_history,
        situational=True,
    ),
    Template(
        "timeline-wanted",
        kind="predict",
        objective="G4.2",
        level="gold",
        difficulty=3,
        manual="timelines",
        facts=("latest-is-the-default-timeline", "a-timeline-leaves-its-parent-at-the-fork"),
        draw=_timeline_wanted,
        situational=True,
    ),
)
