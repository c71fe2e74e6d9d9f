"""Which WAL a checkpoint leaves: wal_keep_size, slots and their limit, an archive that fails."""

from __future__ import annotations

from itertools import groupby

from levels.challenge import Text
from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import ALL, Belief, Drawn, Template, lines, printed, world
from quizzes.templates.words import joined, words
from simulator.versions import version

LISTED = "ls $PGDATA/pg_wal | grep 0000"
CHECKPOINT = "psql -qc CHECKPOINT"
SLOT = "psql -qAtc \"SELECT pg_create_physical_replication_slot('standby', true)\" > /dev/null"
ADVANCE = "SELECT pg_replication_slot_advance('standby', pg_current_wal_lsn())"
USED = f"psql -qAtc 'CREATE TABLE seen (n int)' -c \"{ADVANCE}\" > /dev/null"
SEGMENT_MB = 16


def file(number: int, timeline: int = 1) -> str:
    """The name of a segment, 16 MB each."""
    return f"{timeline:08X}{0:08X}{number:08X}"


def written(first: int, count: int) -> str:
    """A line that fills up segments, one for each table."""
    numbers = " ".join(str(number) for number in range(first, first + count))
    made = 'psql -qAtc "CREATE TABLE t$i (n int)" -c "SELECT pg_switch_wal()" > /dev/null'
    return f"for i in {numbers}; do {made}; done"


def keeping(major: int, count: int) -> dict[str, str]:
    """The setting that keeps segments, by its name on this major, with little set by for recycling."""
    known = version(major)
    value = f"{count * SEGMENT_MB}MB" if known.keep_is_a_size else str(count)
    return {known.wal_keep_parameter: value, "min_wal_size": "32MB"}


def _told(template: str, experiment: Experiment, major: int, kept: dict[str, str], gone: str) -> Text:
    """Segment by segment: what keeps each of them, the first reason that `kept` has for the oldest it keeps."""
    after = set(printed(experiment, major, LISTED, CHECKPOINT).split())

    def reason(name: str) -> str:
        return next((key for oldest, key in kept.items() if name >= oldest), gone) if name in after else gone

    said = []
    for key, group in groupby(printed(experiment, major, LISTED).split(), reason):
        names = [name[-2:] for name in group]
        said.append(words(template, key, name="-".join(dict.fromkeys((names[0], names[-1])))))
    return joined(tuple(said))


def _kept_by_size(draw: Draw, major: int) -> Drawn:
    """wal_keep_size counts back from the segment that is written."""
    count, keep = draw.between(4, 11), draw.between(1, 5)
    settings = keeping(major, keep)
    shown = (written(1, count), LISTED)
    experiment = Experiment(world(settings=settings), shown=lines(*shown), run=lines(CHECKPOINT))
    asked = Experiment(experiment.beginning, shown=experiment.shown)
    kept = {file(count + 1): "redo", file(count + 1 - keep): "within"}
    told = _told("kept-by-size", asked, major, kept, "beyond")
    name, value = next(iter(settings.items()))
    names = {"setting": f"{name} = {value}", "keep": keep, "last": file(count + 1), "told": told}
    return Drawn(experiment, path="$PGDATA/pg_wal", words=names)


def _kept_by_slot(draw: Draw, major: int) -> Drawn:
    """A slot that nobody uses keeps everything from its restart_lsn on."""
    early, late, keep = draw.between(2, 7), draw.between(2, 6), draw.number(2)
    shown = (written(1, early), USED, written(early + 1, late), LISTED)
    settings = keeping(major, keep)
    experiment = Experiment(world(settings=settings, prepare=(SLOT,)), shown=lines(*shown), run=lines(CHECKPOINT))
    asked = Experiment(experiment.beginning, shown=experiment.shown)
    start = printed(asked, major, "psql -Atc 'SELECT pg_walfile_name(restart_lsn) FROM pg_replication_slots'")
    told = _told("kept-by-slot", asked, major, {file(early + late + 1): "redo", start: "slot"}, "before")
    restart = printed(asked, major, "psql -Atc 'SELECT restart_lsn FROM pg_replication_slots'")
    setting = " = ".join(next(iter(settings.items())))
    names = {"restart": restart, "start": start, "told": told, "setting": setting}
    return Drawn(experiment, path="$PGDATA/pg_wal", words=names)


def _kept_for_archive(draw: Draw, major: int) -> Drawn:
    """archive_command fails for one file: that and all later ones wait."""
    count = draw.between(4, 11)
    stuck = draw.between(2, count - 1)
    command = f"test %f != {file(stuck)} && cp %p /archive/%f"
    settings = {"archive_mode": "on", "archive_command": command, **keeping(major, 0)}
    shown = (written(1, count), LISTED, "ls $PGDATA/pg_wal/archive_status")
    experiment = Experiment(world("/archive", settings=settings), shown=lines(*shown), run=lines(CHECKPOINT))
    asked = Experiment(experiment.beginning, shown=experiment.shown)
    told = _told("kept-for-archive", asked, major, {file(count + 1): "redo", file(stuck): "ready"}, "done")
    return Drawn(experiment, path="$PGDATA/pg_wal", words={"stuck": file(stuck), "told": told})


def _limited(limit: int, more: dict[str, str]) -> Experiment:
    settings = {"max_slot_wal_keep_size": f"{limit * SEGMENT_MB}MB", **more}
    return Experiment(world(settings=settings, prepare=(SLOT,)))


def _oldest_beside_limited_slot(draw: Draw, major: int) -> Drawn:
    """A slot within its limit keeps all it needs, one beyond it keeps nothing any more; wal_keep_size always counts."""
    count = draw.between(5, 9)
    limit, keep = draw.some((1, 2, 3, 4, 5, 6), 2)
    more = keeping(major, keep)
    start = _limited(limit, more).beginning
    shown = (written(1, count), LISTED)
    experiment = Experiment(start, shown=lines(*shown), run=lines(CHECKPOINT))
    beliefs = (
        Belief(file(1), "all_for_the_slot"),
        Belief(file(max(count + 1 - limit, 1)), "limit_alone"),
        Belief(file(max(count + 1 - keep, 1)), "size_alone"),
        Belief(file(count + 1), "redo_alone"),
        Belief(file(max(count + 1 - limit - keep, 1)), "added_up"),
    )
    state = printed(experiment, major, "psql -Atc 'SELECT wal_status FROM pg_replication_slots'")
    told = words(
        "oldest-beside-limited-slot", "slot_lost" if state == "lost" else "slot_kept", limit=limit * SEGMENT_MB
    )
    names = {"limit": limit * SEGMENT_MB, "keep": keep * SEGMENT_MB, "last": file(count + 1), "told": told}
    return Drawn(experiment, f"{LISTED} | head -1", beliefs, names)


STATES = ("reserved", "extended", "unreserved", "lost")


def _state_of_slot(draw: Draw, _major: int) -> Drawn:
    """How far a slot that nobody uses is behind, and what that is called."""
    limit, size, count = draw.between(2, 9), draw.one((3, 4, 5, 64, 128)), draw.between(1, 11)
    experiment = _limited(limit, {"max_wal_size": f"{size * SEGMENT_MB}MB", "min_wal_size": "32MB"})
    shown = (written(1, count),) + ((CHECKPOINT,) if draw.number(3) == 0 else ())
    made = Experiment(experiment.beginning, shown=lines(*shown))
    line = "psql -Atc 'SELECT wal_status FROM pg_replication_slots'"
    names = {"limit": limit * SEGMENT_MB, "size": size * SEGMENT_MB, "behind": count * SEGMENT_MB}
    return Drawn(made, line, tuple(Belief(state, f"not_{state}") for state in STATES), names)


def _waiting_to_be_archived(draw: Draw, _major: int) -> Drawn:
    """How many .ready files there are when the archive refuses one name."""
    count = draw.between(4, 12)
    stuck = draw.between(2, count - 1)
    command = f"test %f != {file(stuck)} && cp %p /archive/%f"
    settings = {"archive_mode": "on", "archive_command": command}
    experiment = Experiment(world("/archive", settings=settings), shown=lines(written(1, count), "ls /archive"))
    names = {"stuck": file(stuck), "command": command, "last": file(count), "current": file(count + 1)}
    return Drawn(experiment, "ls $PGDATA/pg_wal/archive_status | grep -c ready", words=names)


TEMPLATES = (
    Template(
        "kept-by-size",
        kind="picture",
        objective="G3.1",
        level="gold",
        difficulty=2,
        manual="wal_keep",
        facts=("wal_keep_size-counts-from-the-current-segment",),
        draw=_kept_by_size,
        situational=True,
    ),
    Template(
        "kept-by-slot",
        kind="picture",
        objective="G1.4",
        level="gold",
        difficulty=2,
        manual="slots",
        facts=("a-slot-keeps-from-restart_lsn", "an-idle-slot-keeps-wal"),
        draw=_kept_by_slot,
        situational=True,
    ),
    Template(
        "kept-for-archive",
        kind="picture",
        objective="G4.1",
        level="gold",
        difficulty=2,
        manual="archiving",
        facts=("wal-waits-until-it-is-archived", "one-failing-file-holds-up-the-rest"),
        draw=_kept_for_archive,
        situational=True,
    ),
    Template(
        "oldest-beside-limited-slot",
        kind="predict",
        objective="G3.1",
        level="gold",
        difficulty=3,
        manual="max_slot_wal_keep_size",
        facts=("a-lost-slot-keeps-nothing", "wal_keep_size-counts-from-the-current-segment"),
        draw=_oldest_beside_limited_slot,
        situational=True,
        versions=ALL - {12},
    ),
    Template(
        "state-of-slot",
        kind="predict",
        objective="G1.4",
        level="gold",
        difficulty=3,
        manual="slots_view",
        facts=("wal_status-by-distance", "the-limit-cuts-what-slots-keep"),
        draw=_state_of_slot,
        situational=True,
        versions=ALL - {12},
    ),
    Template(
        "waiting-to-be-archived",
        kind="number",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="archive_command",
        facts=("ready-marks-what-waits", "one-failing-file-holds-up-the-rest"),
        draw=_waiting_to_be_archived,
        situational=True,
    ),
)
