"""The report: a sound server has nothing to complain about, every risk is found, and its mending removes it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.facts import ServerFacts
from inspection.plays import settings_of
from inspection.rates import Assumptions
from inspection.report import Report, as_json, manual_of, report
from inspection.texts import text
from inspection.words import BAD, RESTART, WARN
from simulator import commands as c
from simulator.events import DiskFull
from simulator.lsn import GB, MB, segment_name
from simulator.pg_wal import on_timeline
from simulator.play import first_world, predict
from simulator.settings import ServerSettings, parameters
from simulator.step import perform
from simulator.versions import KNOWN, UnknownVersion, version
from tests.inspection.risks import FAILING, FAILING_NOW, NO_LIMIT, RISKS, SLOT_LOSS, Risk, both, changed, seen
from tests.inspection.server_facts import SEGMENT, name, slot, sound
from tests.simulator.plans import plan
from ui.shelf import scenarios

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
        facts = changed(**{match[1]: value})(facts)
    server.restarted()
    if not risk.mended_by_hand:
        assert risk.code not in _codes(report(facts))


def test_the_worst_comes_first_and_is_the_headline() -> None:
    told = report(both(changed(fsync="off", archive_command="cp %p /archive/%f"))(sound(16)))
    assert [finding.severity for finding in told.findings] == [BAD, WARN]
    assert told.headline.code == "finding.fsync_off.title"


def test_a_disk_that_is_full_tomorrow_comes_before_everything() -> None:
    facts = both(FAILING_NOW, seen(ready_files=99, oldest_ready=name(4901)), changed(fsync="off"))(sound(16))
    told = report(facts, Assumptions(free_bytes=50 * GB))
    assert told.headline.code == "headline.full_archive"
    assert told.fillers[0].code == "archive"
    assert told.fillers[0].happening


def test_a_slot_that_somebody_reads_fills_nothing_now() -> None:
    facts = both(NO_LIMIT, seen(slots=(slot(active=True),)))(sound(16))
    told = report(facts, Assumptions(free_bytes=50 * GB))
    held = next(filler for filler in told.fillers if filler.code == "slot")
    assert not held.happening
    assert held.held_bytes == GB
    assert held.most_bytes is None


@pytest.mark.parametrize("number", SLOT_LOSS)
def test_a_limit_bounds_what_a_slot_may_fill(number: int) -> None:
    told = report(seen(slots=(slot(),))(sound(number)), Assumptions(free_bytes=500 * GB))
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
    facts = changed(**chosen, **{version(number).wal_keep_parameter: "0"}, wal_segment_size="1MB", min_wal_size="2MB")(
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
    first = report(seen(slots=(slot(),))(sound(16))).plays[0]
    assert first.scenario == "slot-keeps-wal-without-limit"
    assert report(FAILING_NOW(sound(16))).plays[0].scenario == "archive-fills-the-disk"


def test_a_setting_that_the_scenario_cannot_start_with_is_left_out_and_named() -> None:
    small = changed(wal_segment_size="1MB", min_wal_size="5MB")(sound(16))
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
    facts = changed(archive_command="curl --user backup:s3cret -T %p https://archive/%f")(sound(16))
    assert "s3cret" not in json.dumps(as_json(report(facts)))


def test_a_version_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownVersion):
        report(ServerFacts(major=11))


def test_the_scenarios_that_are_offered_exist() -> None:
    from inspection.plays import _ALWAYS, _BY_FINDING

    assert {*_ALWAYS, *_BY_FINDING.values()} <= set(scenarios())
