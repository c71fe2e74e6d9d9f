"""The report: a sound server has nothing to complain about, every risk is found, and its mending removes it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.archive_commands import archive_form
from inspection.facts import Archiver, Disk, ServerFacts
from inspection.plays import settings_of
from inspection.rates import Assumptions, amount, rate_of
from inspection.report import Report, as_json, manual_of, report
from inspection.texts import text, time_words
from inspection.words import BAD, RESTART, WARN
from simulator import commands as c
from simulator.events import DiskFull
from simulator.lsn import GB, MB, segment_name
from simulator.pg_wal import on_timeline
from simulator.play import first_world, predict
from simulator.settings import ServerSettings, parameters
from simulator.step import perform
from simulator.versions import KNOWN, UnknownVersion, version
from tests.inspection.server_facts import LSN, NOW, SEGMENT, name, sender, slot, sound
from tests.simulator.plans import plan
from ui.shelf import scenarios

Change = Callable[[ServerFacts], ServerFacts]
SLOT_LOSS = tuple(number for number in KNOWN if version(number).slot_loss)
SUMMARIES = tuple(number for number in KNOWN if version(number).summarize_wal)
FAILING = Archiver(5, name(4900), NOW - timedelta(hours=3), 40, name(4901), NOW, NOW - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Risk:
    """A change that makes a sound server risky, and the finding that it must lead to."""

    code: str
    change: Change
    majors: tuple[int, ...] = KNOWN
    mended_by_hand: bool = False
    """What mends it is no ALTER SYSTEM."""


def _set(**values: str) -> Change:
    return lambda facts: replace(facts, settings={**facts.settings, **values})


def _with(**values: Any) -> Change:
    return lambda facts: replace(facts, **values)


def _both(*changes: Change) -> Change:
    def change(facts: ServerFacts) -> ServerFacts:
        for each in changes:
            facts = each(facts)
        return facts

    return change


def _keep_zero(facts: ServerFacts) -> ServerFacts:
    return _set(**{facts.version.wal_keep_parameter: "0"})(facts)


def _keep_much(facts: ServerFacts) -> ServerFacts:
    return _set(**{facts.version.wal_keep_parameter: "900GB" if facts.version.keep_is_a_size else "60000"})(facts)


SLOW = _with(looks=((NOW - timedelta(hours=10), LSN - 10 * MB), (NOW, LSN)))
NO_LIMIT = _set(max_slot_wal_keep_size="-1")
FAILING_NOW = _with(archiver=FAILING)
RISKS = (
    Risk("archive_off", _set(archive_mode="off")),
    Risk("archive_nowhere", _set(archive_command="")),
    Risk("archive_discards", _set(archive_command="/bin/true")),
    Risk("archive_ignores", _set(archive_command="cp %p /archive/%f || true")),
    Risk("archive_overwrites", _set(archive_command="cp %p /archive/%f")),
    Risk("archive_failing", _both(FAILING_NOW, _with(seen_at=None)), mended_by_hand=True),
    Risk("archive_failing_since", _both(FAILING_NOW, _with(ready_files=None)), mended_by_hand=True),
    Risk("archive_failing_waiting", _both(FAILING_NOW, _with(ready_files=300)), mended_by_hand=True),
    Risk("archive_slow", _with(ready_files=500), mended_by_hand=True),
    Risk("archive_rarely", _both(_set(archive_timeout="0"), SLOW)),
    Risk("archive_rarely_idle", _both(_set(archive_timeout="0"), _with(looks=((NOW - timedelta(1), LSN), (NOW, LSN))))),
    Risk("slot_lost", _with(slots=(slot(wal_status="lost", restart_lsn=None),)), mended_by_hand=True),
    Risk("slot_unreserved", _with(slots=(slot(wal_status="unreserved", active=True),)), SLOT_LOSS, mended_by_hand=True),
    Risk("slot_idle", _both(_with(slots=(slot(),)), _with(lsn=None)), mended_by_hand=True),
    Risk("slot_idle_behind", _with(slots=(slot(inactive_since=None),)), mended_by_hand=True),
    Risk("slot_idle_since", _with(slots=(slot(),)), mended_by_hand=True),
    Risk("slots_unlimited", _both(NO_LIMIT, _with(slots=(slot(active=True),))), SLOT_LOSS),
    Risk(
        "slots_unlimited_loses",
        _both(NO_LIMIT, _with(slots=(slot(active=True),), disk=Disk(GB, 256 * MB))),
        SLOT_LOSS,
    ),
    Risk("standby_without_slot", _both(_keep_zero, _with(senders=(sender(),)))),
    Risk("senders_none", _set(max_wal_senders="0")),
    Risk("senders_few", _with(senders=tuple(sender(pid=pid) for pid in range(9)))),
    Risk("slots_none_left", _with(slots=tuple(slot(f"s{n}", active=True) for n in range(10)))),
    Risk("sync_standby_missing", _both(_set(synchronous_standby_names="tokyo"), _with(senders=(sender(),)))),
    Risk("fsync_off", _set(fsync="off")),
    Risk("pages_off", _set(full_page_writes="off")),
    Risk("commit_off", _set(synchronous_commit="off")),
    Risk("minimal", _set(wal_level="minimal", max_wal_senders="0", archive_mode="off")),
    Risk("checkpoints_crowded", _both(_set(max_wal_size="128MB"), _with(checkpoints_requested=5000))),
    Risk("keep_over_disk", _both(_keep_much, _with(disk=Disk(None, 100 * GB)))),
    Risk("summaries_off", _set(summarize_wal="off"), SUMMARIES),
    Risk("checksums_off", _set(data_checksums="off"), mended_by_hand=True),
    Risk("pending_restart", _with(pending_restart=("shared_buffers",)), mended_by_hand=True),
)
EVERY = [pytest.param(risk, number, id=f"{risk.code}-{number}") for risk in RISKS for number in risk.majors]


def _codes(told: Report) -> set[str]:
    return {finding.code for finding in told.findings}


@pytest.mark.parametrize("number", KNOWN)
def test_a_sound_server_has_nothing_to_complain_about(number: int) -> None:
    told = report(sound(number))
    assert _codes(told) == set()
    assert told.headline.code == "headline.quiet"
    assert [said.code for said in told.unknowns] == ["unknown.disk"]


@pytest.mark.parametrize(("risk", "number"), EVERY)
def test_every_risk_is_found_and_told_in_both_languages(risk: Risk, number: int) -> None:
    told = report(risk.change(sound(number)))
    found = next(finding for finding in told.findings if finding.code == risk.code)
    for language in ("ja", "en"):
        for part in ("title", "text"):
            said = text(f"finding.{found.code}.{part}", language, **found.facts)
            assert said
            assert "{" not in said
        page = manual_of(found, language, number)
        assert page is not None
        assert page[0].startswith("https://www.postgresql.")
    if any(mend.line.startswith("ALTER") for mend in found.mends):
        assert text(f"finding.{found.code}.cost", "en", **found.facts)


def test_every_text_of_a_finding_belongs_to_a_risk() -> None:
    from inspection.texts import _texts

    assert set(_texts()["finding"]) == {risk.code for risk in RISKS}


_ALTER = re.compile(r"ALTER SYSTEM SET (\w+) = '((?:[^']|'')*)';")


@pytest.mark.parametrize(("risk", "number"), EVERY)
def test_the_lines_that_mend_are_taken_by_the_server_and_remove_the_finding(risk: Risk, number: int) -> None:
    facts = risk.change(sound(number))
    found = next(finding for finding in report(facts).findings if finding.code == risk.code)
    lines = [mend for mend in found.mends if mend.line.startswith("ALTER")]
    assert bool(lines) != risk.mended_by_hand or risk.code == "slot_unreserved"
    server = ServerSettings.initial(number, SEGMENT)
    for mend in lines:
        match = _ALTER.fullmatch(mend.line)
        assert match is not None
        value = match[2].replace("''", "'")
        server = server.alter_system(match[1], value)
        assert (mend.needs == RESTART) == (parameters(number)[match[1]].context == "postmaster")
        facts = _set(**{match[1]: value})(facts)
    server.restarted()
    if not risk.mended_by_hand:
        assert risk.code not in _codes(report(facts))


def test_the_worst_comes_first_and_is_the_headline() -> None:
    told = report(_both(_set(fsync="off", archive_command="cp %p /archive/%f"))(sound(16)))
    assert [finding.severity for finding in told.findings] == [BAD, WARN]
    assert told.headline.code == "finding.fsync_off.title"


def test_a_disk_that_is_full_tomorrow_comes_before_everything() -> None:
    facts = _both(FAILING_NOW, _with(ready_files=99, oldest_ready=name(4901)), _set(fsync="off"))(sound(16))
    told = report(facts, Assumptions(free_bytes=50 * GB))
    assert told.headline.code == "headline.full_archive"
    assert told.fillers[0].code == "archive"
    assert told.fillers[0].happening


def test_a_slot_that_somebody_reads_fills_nothing_now() -> None:
    facts = _both(NO_LIMIT, _with(slots=(slot(active=True),)))(sound(16))
    told = report(facts, Assumptions(free_bytes=50 * GB))
    held = next(filler for filler in told.fillers if filler.code == "slot")
    assert not held.happening
    assert held.held_bytes == GB
    assert held.most_bytes is None


@pytest.mark.parametrize("number", SLOT_LOSS)
def test_a_limit_bounds_what_a_slot_may_fill(number: int) -> None:
    told = report(_with(slots=(slot(),))(sound(number)), Assumptions(free_bytes=500 * GB))
    held = next(filler for filler in told.fillers if filler.code == "slot")
    assert held.most_bytes is not None
    assert 20 * GB < held.most_bytes < 26 * GB
    assert held.full_seconds is None


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(KNOWN),
    st.integers(2, 40),
    st.integers(64, 2048),
    st.integers(80, 400),
    st.sampled_from([30, 300]),
)
def test_the_disk_is_full_when_the_models_server_stops(
    number: int, max_wal: int, kilobytes: int, disk: int, timeout: int
) -> None:
    """A failing archive: the World writes until it panics, and the report had said when (to a few segments)."""
    rate = kilobytes * 1024
    chosen = {"max_wal_size": f"{max_wal}MB", "checkpoint_timeout": f"{timeout}s"}
    world = first_world(plan(number, archive=True, disk_bytes=disk * MB), number, chosen)
    world = perform(world, c.SetArchive(works=False)).world
    data = world.primary.data
    files = on_timeline(data.pg_wal.segments, 1)
    facts = _set(**chosen, **{version(number).wal_keep_parameter: "0"}, wal_segment_size="1MB", min_wal_size="2MB")(
        replace(sound(number), lsn=data.wal_end, redo_lsn=data.control.redo_lsn, archiver=FAILING, ready_files=0)
    )
    ends = (segment_name(1, files.first, MB), segment_name(1, files.last, MB))
    assert facts.pg_wal is not None
    seen = replace(facts.pg_wal, count=len(files), bytes=len(files) * MB, oldest=ends[0], newest=ends[1])
    facts = replace(facts, pg_wal=seen, oldest_ready=ends[0])
    told = report(facts, Assumptions(wal_rate=rate, free_bytes=(disk - len(files)) * MB))
    said = next(filler for filler in told.fillers if filler.code == "archive").full_seconds
    stopped = _stops_at(world, rate)
    assert said is not None
    assert abs(said - stopped) <= 3 * MB / rate


def _stops_at(world: object, rate: float) -> float:
    from simulator.world import World

    assert isinstance(world, World)
    left: c.Command | None = c.Wait(1e7, rate)
    while left is not None:
        begin = world.clock
        written = world.primary.data.wal_end
        outcome = perform(world, left)
        if any(isinstance(event, DiskFull) for event in outcome.events):
            return begin + (outcome.world.primary.data.wal_end - written) / rate
        world, left = outcome.world, outcome.rest
    raise AssertionError("the disk never got full")


@pytest.mark.parametrize("number", KNOWN)
def test_what_a_play_sets_is_taken_by_its_scenario_and_is_the_servers(number: int) -> None:
    told = report(sound(number))
    assert told.plays
    for play in told.plays:
        scenario = scenarios()[play.scenario]
        prediction = predict(scenario, number, play.settings)
        server = prediction.worlds[0].primary.live.limits
        assert server.keep_segments == 64
        assert server.max_wal_segments == 256
        assert not play.left_out
        assert play.address().startswith(f"/theatre?scenario={play.scenario}&v={number}")


def test_what_was_found_chooses_the_scenario() -> None:
    first = report(_with(slots=(slot(),))(sound(16))).plays[0]
    assert first.scenario == "slot-keeps-wal-without-limit"
    assert report(FAILING_NOW(sound(16))).plays[0].scenario == "archive-fills-the-disk"


def test_a_setting_that_the_scenario_cannot_start_with_is_left_out_and_named() -> None:
    small = _set(wal_segment_size="1MB", min_wal_size="5MB")(sound(16))
    told = report(small)
    assert all("min_wal_size" in play.left_out for play in told.plays)
    assert "unknown.segment_size" in {said.code for said in told.unknowns}


def test_segments_of_12_become_the_same_amount() -> None:
    assert settings_of(sound(12))["wal_keep_size"] == "1024MB"


_FIELDS = (
    "settings seen_at standby lsn redo_lsn archiver slots senders wal_bytes wal_stats_reset checkpoints_timed "
    "checkpoints_requested pg_wal ready_files oldest_ready database_bytes"
).split()
_EMPTY: dict[str, Any] = {"settings": {}}


@settings(deadline=None)
@given(st.sampled_from(KNOWN), st.sets(st.sampled_from(_FIELDS)), st.sampled_from(RISKS), st.booleans())
def test_whatever_is_not_known_the_report_says_so_and_holds(
    number: int, missing: set[str], risk: Risk, disk: bool
) -> None:
    facts = risk.change(sound(number)) if number in risk.majors else sound(number)
    changes: dict[str, Any] = {each: _EMPTY.get(each) for each in missing}
    facts = replace(facts, looks=(), **changes)
    told = report(facts, Assumptions(free_bytes=10 * GB if disk else None))
    for language in ("ja", "en"):
        assert text(told.headline.code, language, **told.headline.facts)
        for answer in told.backups:
            assert text(f"reason.{answer.reason.code}", language, **answer.reason.facts)
        for said in told.unknowns:
            assert text(said.code, language, **said.facts)
    assert len(told.unknowns) >= len(missing & {"settings", "lsn", "slots", "senders", "pg_wal", "database_bytes"})


def test_no_value_of_a_command_is_in_the_data() -> None:
    facts = _set(archive_command="curl --user backup:s3cret -T %p https://archive/%f")(sound(16))
    assert "s3cret" not in json.dumps(as_json(report(facts)))


def test_a_version_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownVersion):
        report(ServerFacts(major=11))


@pytest.mark.parametrize(
    ("command", "form"),
    [
        ("", "empty"),
        ("(disabled)", "empty"),
        ("/bin/true", "nothing"),
        ("true", "nothing"),
        (":", "nothing"),
        ("exit 0", "nothing"),
        ("cp %p /archive/%f; true", "ignores"),
        ("rsync -a %p backup:/wal/%f || :", "ignores"),
        ("pgbackrest --stanza=main archive-push %p", "tool"),
        ("envdir /etc/wal-e.d/env wal-e wal-push %p", "tool"),
        ("barman-wal-archive backup main %p", "tool"),
        ("test ! -f /mnt/server/archivedir/%f && cp %p /mnt/server/archivedir/%f", "checked"),
        ("[ ! -f /a/%f ] && cp %p /a/%f", "checked"),
        ("rsync --ignore-existing %p backup::wal/%f", "checked"),
        ("cp %p /archive/%f", "overwrites"),
        ('copy "%p" "C:\\\\server\\\\archivedir\\\\%f"', "overwrites"),
        ("gzip < %p > /archive/%f.gz", "overwrites"),
        ("scp %p archive:/wal/%f", "overwrites"),
        ("/usr/local/bin/archive.sh %p %f", "unknown"),
    ],
)
def test_the_forms_of_archive_command_are_told_apart(command: str, form: str) -> None:
    assert archive_form(command) == form


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("100GB", 100 * GB),
        ("2 MB/s", 2 * MB),
        ("512k", 512 << 10),
        ("1.5 TiB", 3 << 39),
        ("0", None),
        ("-1GB", None),
        ("lots", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_amounts_are_read_as_people_write_them(said: str, size: int | None) -> None:
    assert amount(said) == size


def test_a_given_rate_comes_before_looks_and_looks_before_statistics() -> None:
    facts = sound(16)
    sources = [
        rate_of(facts, Assumptions(wal_rate=5.0)),
        rate_of(facts, Assumptions()),
        rate_of(replace(facts, looks=()), Assumptions()),
        rate_of(replace(facts, looks=(), wal_bytes=None), Assumptions()),
        rate_of(replace(facts, looks=(), seen_at=None), Assumptions()),
    ]
    assert [rate.source if rate else None for rate in sources] == ["given", "looks", "pg_stat_wal", "archiver", None]
    assert sources[1] is not None
    assert sources[1].bytes_per_second == MB


@pytest.mark.parametrize(
    ("seconds", "ja", "en"),
    [
        (0.2, "1秒", "1 s"),
        (89, "89秒", "89 s"),
        (3600 * 7 + 12 * 60, "7時間12分", "7 h 12 min"),
        (86400 * 2, "2日", "2 d"),
    ],
)
def test_times_are_told_in_two_units_at_most(seconds: float, ja: str, en: str) -> None:
    assert (time_words(seconds, "ja"), time_words(seconds, "en")) == (ja, en)


def test_the_scenarios_that_are_offered_exist() -> None:
    from inspection.plays import _ALWAYS, _BY_FINDING

    assert {*_ALWAYS, *_BY_FINDING.values()} <= set(scenarios())
