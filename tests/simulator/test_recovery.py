"""The rules of recovery on a WAL of a dozen records: what a target delivers, what is refused, what is left behind."""

from __future__ import annotations

import pytest

from simulator.frozen import replace
from simulator.lsn import format_lsn
from simulator.records import shutdown_checkpoint
from simulator.recovery import Outcome, Record, WalFile, go_on, promote, resume
from simulator.recovery.state import Sources
from simulator.versions import KNOWN, version
from tests.simulator.small_wal import (
    NOT_FOUND,
    SIZE,
    Scene,
    Told,
    history,
    scene,
    tell,
    with_local,
)

ALL = (501, 502, 503, 505, 506)


def _history(outcome: Outcome) -> str:
    """The line that the new timeline's history file ends with."""
    others = outcome.place.data.pg_wal.others
    texts = [other.text for other in others if other.name.endswith(".history")]
    return texts[-1].rstrip("\n").rpartition("\t")[2] if texts else ""


TARGETS = [
    # target      number or name  inclusive  rows afterwards            what the history file says
    ("", 0, True, ALL, "no recovery target specified"),
    ("name", "fork", True, (501, 502), 'at restore point "fork"'),
    ("xid", 503, True, (501, 502, 503), "after transaction 503"),
    ("xid", 503, False, (501, 502), "before transaction 503"),
    ("xid", 504, True, (501, 502, 503), "after transaction 504"),
    ("time", 503, True, (501, 502, 503), "before 1970-01-01 00:00:00.000504+00"),
    ("time", 503, False, (501, 502), "before 1970-01-01 00:00:00.000503+00"),
    ("time", 504, True, (501, 502, 503), "before 1970-01-01 00:00:00.000505+00"),
    ("lsn", "505 commits", True, (501, 502, 503, 505), "after LSN 0/400028"),
    ("lsn", "505 commits", False, (501, 502, 503), "before LSN 0/400028"),
    ("immediate", 0, True, (501,), "reached consistency"),
]


@pytest.mark.parametrize("major", KNOWN)
@pytest.mark.parametrize(("target", "wanted", "inclusive", "rows", "said"), TARGETS)
def test_a_target_delivers_these_transactions_and_the_history_says_why(
    target: str, wanted: object, inclusive: bool, rows: tuple[int, ...], said: str, major: int
) -> None:
    """R7: an abort is a target like a commit; a time stops before a record, an LSN at the first that starts there."""
    here = scene(major=major)
    number = wanted if isinstance(wanted, int) else here.told.at(str(wanted)).start if target == "lsn" else 0
    outcome = here.recover(target=target, number=number, name=wanted, inclusive=inclusive, action="promote")
    assert outcome.result == "ended"
    assert here.rows(outcome) == rows
    assert _history(outcome) == said
    assert outcome.ended is not None
    assert outcome.ended.timeline == 2


REFUSALS = [
    ("no restore_command", {"restore_command": False}, "must specify"),
    ("a timeline that does not exist", {"timeline": "9"}, "recovery target timeline 9 does not exist"),
    ("a target before consistency", {"target": "xid", "number": 501}, "before consistent recovery point"),
]


@pytest.mark.parametrize("major", KNOWN)
@pytest.mark.parametrize(("why", "asked", "said"), REFUSALS)
def test_what_cannot_be_is_refused(why: str, asked: dict[str, object], said: str, major: int) -> None:
    """R2, R3 and R8: the server is down again with exit code 1 and says why."""
    outcome = scene(major=major).recover(None, **asked)
    assert (outcome.result, outcome.exit_code) == ("exited", 1), why
    assert any(line.startswith("FATAL") and said in line for line in outcome.log)
    assert outcome.log[-1] == "LOG:  database system is shut down"


@pytest.mark.parametrize("major", KNOWN)
def test_a_target_that_is_not_reached_is_an_error_since_13(major: int) -> None:
    """R9: 12 promotes, and the history says what was never set."""
    outcome = scene(major=major).recover(target="xid", number=999, action="promote")
    if major == 12:
        assert (outcome.result, _history(outcome)) == ("ended", "before transaction 0")
    else:
        assert outcome.result == "exited"
        assert "FATAL:  recovery ended before configured recovery target was reached" in outcome.log


def test_a_missing_segment_ends_recovery_without_a_word() -> None:
    """A gap is no error: what lies behind it is lost, and the server promotes."""
    here = scene(missing=(3,))
    outcome = here.recover()
    assert (outcome.result, here.rows(outcome)) == ("ended", (501,))


def test_a_missing_first_segment_is_fatal_with_the_label_and_a_panic_without() -> None:
    """R4: the label's checkpoint must be found; pg_control's must be, too."""
    empty = scene(missing=(2,))
    assert any(line.startswith("FATAL:  could not locate required") for line in empty.recover().log)
    unlabelled = replace(empty, label=False)
    outcome = unlabelled.recover()
    assert any(line.startswith("PANIC:  could not locate a valid") for line in outcome.log)
    assert "LOG:  startup process (PID <PID>) was terminated by signal 6: Aborted" in outcome.log


@pytest.mark.parametrize("major", KNOWN)
def test_without_the_redo_points_wal_12_and_13_start_all_the_same(major: int) -> None:
    """A checkpoint in segment 3 that began in segment 2, which somebody deleted: the newer ones look for it."""
    told = tell("501 commits\nswitch\n502 commits")
    first, last = told.records[0], told.records[-1]
    checkpoint = Record(last.end, last.end + 120, "checkpoint_online", redo=first.start)
    here = Scene(major, Told((*told.records, checkpoint), checkpoint.end), label=False)
    place = with_local(here.place, here.told, 3, valid=checkpoint.end)
    place = place.with_control(checkpoint_lsn=checkpoint.start, redo_lsn=first.start)
    outcome = here.recover(place, signal="")
    missing = "PANIC:  could not find redo location 0/00200028 referenced by checkpoint record at 0/00300050"
    if version(major).checks_redo_without_label:
        assert (outcome.result, missing in outcome.log) == ("exited", True)
    else:
        assert (outcome.result, "LOG:  redo is not required" in outcome.log) == ("ended", True)


def test_wal_that_ends_before_the_end_of_the_backup_is_not_enough() -> None:
    """R8: the data files are a mixture until the backup's end record was replayed."""
    here = scene()
    end = here.told.at("end of backup").start
    place = with_local(here.place, here.told, 2, valid=end)
    outcome = replace(here, archive={}).recover(place)
    assert "FATAL:  WAL ends before end of online backup" in outcome.log
    assert outcome.place.data.label is None, "the label is out of the way before replay begins"
    assert outcome.place.control.backup_end_required, "so pg_control has to remember"


def test_simply_starting_again_works_once_the_wal_is_there() -> None:
    """R4: a recovery that failed has no label any more, and does not need it."""
    here = scene()
    place = with_local(here.place, here.told, 2, valid=here.told.at("end of backup").start)
    failed = replace(here, archive={}).recover(place)
    again = here.recover(failed.place)
    assert (again.result, here.rows(again)) == ("ended", ALL)


def test_without_a_signal_file_the_archive_is_not_asked() -> None:
    """R1 and R15: label and WAL, no signal: it works on the same timeline; without WAL it fails."""
    here = scene()
    place = with_local(here.place, here.told, 2)
    outcome = here.recover(place, signal="")
    assert (outcome.result, here.rows(outcome)) == ("ended", (501,))
    assert outcome.ended is not None
    assert outcome.ended.timeline == 1
    assert not any("restored log file" in line for line in outcome.log)
    assert here.recover(signal="").result == "exited"


def test_an_archived_copy_wins_over_a_file_in_pg_wal() -> None:
    """R6: what restore_command gives is taken, however old the file of that name is that was salvaged."""
    here = scene()
    cut = here.told.at("503 commits").start
    place = with_local(here.place, here.told, 2, 3, 4)
    shorter = replace(here, archive={**here.archive, "000000010000000000000003": WalFile(1, 3, "", cut)})
    outcome = shorter.recover(place)
    assert here.rows(outcome) == (501, 502)


def test_a_file_of_another_size_is_fatal_but_a_standby_waits_for_its_rest() -> None:
    """R6: a standby takes a file that is too short for one that is still being copied."""
    here = scene()
    short = replace(here, archive={**here.archive, "000000010000000000000003": WalFile(1, 3, "", 0, size=1000)})
    outcome = short.recover()
    wrong = 'FATAL:  archive file "000000010000000000000003" has wrong size: 1000 instead of 1048576'
    assert (outcome.result, wrong in outcome.log) == ("exited", True)
    standby = short.recover(signal="standby.signal")
    assert (standby.result, short.rows(standby)) == ("waiting", (501,))


def test_a_restore_command_that_cannot_be_run_is_fatal_at_the_first_file() -> None:
    """R6: exit code 127 is no 'not there'."""
    here = scene(more={"00000002.history": NOT_FOUND})
    outcome = here.recover()
    said = 'FATAL:  could not restore file "00000002.history" from archive: command not found'
    assert (outcome.result, said in outcome.log) == ("exited", True)


FORKED = '1\t0/300050\tat restore point "fork"\n'


def test_latest_follows_every_history_file_up_to_the_first_gap() -> None:
    """R3: a missing history file hides all that come after it."""
    both = scene(more={**history(2, FORKED), **history(3, FORKED)})
    gap = scene(more=history(3, FORKED))
    assert (both.recover().recovery.target_timeline, gap.recover().recovery.target_timeline) == (3, 1)
    assert both.recover(timeline="current").recovery.target_timeline == 1
    assert both.recover(timeline="2").recovery.target_timeline == 2


def test_the_new_timeline_is_one_more_than_the_newest_even_where_current_was_asked_for() -> None:
    """R11: and the history begins with the target timeline's own."""
    here = scene(more={**history(2, FORKED), **history(3, FORKED)})
    current = here.recover(timeline="current")
    assert current.ended is not None
    assert current.ended.timeline == 4
    newest = here.recover(timeline="2", target="immediate", action="promote")
    texts = {other.name: other.text for other in newest.place.data.pg_wal.others}
    assert texts["00000004.history"] == f"{FORKED}\n2\t{format_lsn(newest.recovery.replayed)}\treached consistency\n"


def test_a_backup_made_after_the_fork_is_no_ancestor_of_that_timeline() -> None:
    """R5: timeline 2 left timeline 1 before the backup's checkpoint."""
    here = scene(more=history(2, "1\t0/200000\tno recovery target specified\n"))
    outcome = here.recover()
    assert "FATAL:  requested timeline 2 is not a child of this server's history" in outcome.log
    assert outcome.place.data.label is not None, "nothing was changed yet"


def test_pause_waits_and_resume_ends_recovery() -> None:
    """R10: rows can be looked at, and then the server writes on a timeline of its own."""
    here = scene()
    paused = here.recover(target="name", name="fork")
    assert (paused.result, here.rows(paused)) == ("paused", (501, 502))
    resumed = resume(paused.recovery, Sources(here.journal, here.restore))
    assert resumed.ended is not None
    assert (resumed.ended.timeline, resumed.ended.words) == (2, "end-of-recovery immediate wait")


@pytest.mark.parametrize("major", KNOWN)
def test_a_paused_server_obeys_pg_promote_since_13(major: int) -> None:
    """R10: 12 stays paused."""
    here = scene(major=major)
    paused = here.recover(target="name", name="fork")
    promoted = promote(paused.recovery, Sources(here.journal, here.restore))
    assert promoted.result == ("paused" if major == 12 else "ended")
    if promoted.ended is not None:
        assert promoted.ended.words == "force"


def test_pause_without_hot_standby_becomes_a_shutdown_with_exit_code_0() -> None:
    """R2 and R10: nobody could connect to resume; the signal file stays."""
    here = scene()
    place = here.place.with_data(signals=frozenset({"recovery.signal"}))
    outcome = here.recover(place, target="name", name="fork", action="shutdown", hot_standby=False)
    assert (outcome.result, outcome.exit_code) == ("exited", 0)
    assert outcome.place.control.state == "shut down in recovery"
    assert outcome.place.data.signals == {"recovery.signal"}


def test_with_both_signal_files_standby_wins_and_the_other_stays() -> None:
    """R1: the next start is a recovery again."""
    here = scene()
    place = here.place.with_data(signals=frozenset({"recovery.signal", "standby.signal"}))
    outcome = here.recover(place, signal="standby.signal", target="name", name="fork", action="promote")
    assert outcome.place.data.signals == {"recovery.signal"}


def test_restored_segments_are_done_and_the_last_one_is_copied_to_the_new_timeline() -> None:
    """R12: in the middle of segment 3; the history file waits for the archiver."""
    here = scene()
    outcome = here.recover(target="name", name="fork", action="promote", archiving=True)
    ended = outcome.ended
    assert ended is not None
    pg_wal = outcome.place.data.pg_wal
    assert pg_wal.status_listing(SIZE) == [
        "000000010000000000000002.done",
        "000000010000000000000003.done",
        "00000002.history.ready",
    ]
    assert "000000020000000000000003" in pg_wal.listing(SIZE)
    cluster, files = go_on(ended, "copy", shutdown_checkpoint(ended.end, SIZE))
    assert cluster.data.control.timeline == 2
    assert "000000010000000000000002" not in cluster.data.pg_wal.listing(SIZE)
    assert files.get(2, 3).valid == ended.end


def test_a_salvaged_last_segment_becomes_partial() -> None:
    """R12: it was never archived, and its old timeline will never complete it."""
    here = scene(missing=(3, 4))
    cut = here.told.at("504 aborts").end
    place = with_local(here.place, here.told, 3, valid=cut)
    settings = place.data.settings.alter_system("archive_mode", "on").restarted()
    outcome = here.recover(place.with_data(settings=settings), archiving=True)
    assert outcome.ended is not None
    cluster, _ = go_on(outcome.ended, "copy", shutdown_checkpoint(outcome.ended.end, SIZE))
    listed = cluster.data.pg_wal.status_listing(SIZE)
    assert listed == ["000000010000000000000003.partial.ready", "00000002.history.ready"]


def test_a_clean_directory_without_signal_files_is_not_replayed() -> None:
    """Nothing is needed, and nothing happens."""
    here = replace(scene(), label=False, state="shut down")
    outcome = here.recover(with_local(here.place, here.told, 2), signal="")
    assert (outcome.result, outcome.recovery.checkpoint) == ("clean", here.told.records[0])


def test_a_crashed_directory_with_recovery_signal_replays_pg_wal_first() -> None:
    """R6: nobody knows how far it must go, so the archive is asked only when local WAL is at its end."""
    here = replace(scene(), label=False)
    place = with_local(here.place, here.told, 2, valid=here.told.at("switch").end)
    outcome = here.recover(place)
    order = [line for line in outcome.log if "restored" in line or "redo starts" in line or "consistent" in line]
    assert ["redo starts" in order[0], "consistent" in order[1], "restored" in order[2]] == [True, True, True]
    assert here.rows(outcome) == ALL
