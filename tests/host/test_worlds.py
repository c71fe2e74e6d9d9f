"""The worlds that a terminal may start in."""

from __future__ import annotations

import pytest

from host import tree
from host.machine import Build
from host.server.samples import conf_text
from host.weather import Weather, senders_taken, sessions_elsewhere
from host.worlds import NAMES, UnknownWorld, world
from simulator.versions import KNOWN


def test_a_world_is_made_once_and_no_command_can_change_it() -> None:
    """The same value is handed out again; whatever is done to it makes another one."""
    first = world("fixture", Build(16), Build(16))
    changed = first.write("/dojo/work/x", "x")
    assert world("fixture", Build(16), Build(16)) is first
    assert tree.find(first.root, "/dojo/work/x") is None
    assert changed is not first


def test_an_unknown_world_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(UnknownWorld, match=", ".join(NAMES)):
        world("pond", Build(16), Build(16))


@pytest.mark.parametrize("major", KNOWN)
def test_the_fixture_is_the_one_of_the_recordings_on_every_major(major: int) -> None:
    """A server on 5432 with shop and hr, and table events in tablespace fast."""
    host = world("fixture", Build(major), Build(major))
    server = host.instance(5432)
    assert server is not None
    assert server.major == major
    assert {"postgres", "shop", "hr"} <= set(server.catalog.databases)
    assert "fast" in server.catalog.tablespaces
    assert tree.find(host.root, "/dojo/fast") is not None
    without = world("fixture-without-tablespace", Build(major), Build(major)).instance(5432)
    assert without is not None
    assert "fast" not in without.catalog.tablespaces


def test_the_fixture_has_its_variables_and_begins_in_work() -> None:
    host = world("fixture", Build(18), Build(15))
    assert (host.cwd, host.env["PGHOST"], host.env["PGPORT"]) == ("/dojo/work", "/dojo/socket", "5432")
    assert host.env["PATH"].startswith("/usr/lib/postgresql/15/bin:")
    assert "PGDATA" not in host.env


@pytest.mark.parametrize("major", KNOWN)
def test_a_learner_begins_with_a_running_server_and_a_shop(major: int) -> None:
    host = world("default", Build(major), Build(major))
    server = host.instance(5432)
    assert server is not None
    assert server.pgdata == host.env["PGDATA"] == f"/var/lib/postgresql/{major}/data"
    assert "shop" in server.catalog.databases
    assert "hr" not in server.catalog.databases


def test_the_empty_world_has_the_programs_and_no_server() -> None:
    host = world("empty", Build(17), Build(17))
    assert host.instances == ()
    assert tree.find(host.root, "/usr/lib/postgresql/17/bin") is not None
    assert tree.find(host.root, f"{host.env['PGDATA']}/PG_VERSION") is None


def test_other_people_take_places_only_while_the_weather_says_so() -> None:
    assert sessions_elsewhere(frozenset()) == ()
    assert sessions_elsewhere(frozenset({Weather.APP_SESSIONS})) == (("app", "postgres"),) * 4
    assert (senders_taken(frozenset()), senders_taken(frozenset({Weather.SENDERS_TAKEN}))) == (0, 2)


@pytest.mark.parametrize(
    ("major", "lines"), [(12, 751), (13, 780), (14, 796), (15, 815), (16, 825), (17, 847), (18, 888)]
)
def test_postgresql_conf_is_as_long_as_that_of_a_server(major: int, lines: int) -> None:
    """What somebody adds at its end is reported with the line number of a real server."""
    text = conf_text(major, 16 * 2**20)
    assert text.count("\n") == lines
    assert "\nmax_wal_size = 1GB\n" in text
    assert "\n#archive_mode = off\n" in text


def test_a_parameter_of_a_newer_major_stands_on_the_line_that_servers_name() -> None:
    """15 and 16 refuse the file of 18 at line 687 (recorded); what initdb sets follows the segment size."""
    assert conf_text(18, 16 * 2**20).split("\n")[686] == "autovacuum_worker_slots = 16"
    assert "\nmin_wal_size = 320MB\n" in conf_text(18, 64 * 2**20)
