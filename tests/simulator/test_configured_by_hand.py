"""A line written into postgresql.auto.conf by hand: known, unknown and left-out parameters, none of which may raise."""

from __future__ import annotations

import pytest

from simulator.commands import Configure, PgCtl, ReloadConf
from simulator.loader import load
from simulator.play import first_world
from simulator.step import perform
from simulator.versions import KNOWN
from simulator.world import PRIMARY, World


def _world(major: int) -> World:
    return first_world(load("scenarios/fetch-loses-wal.yaml").server, major, {})


@pytest.mark.parametrize("major", KNOWN)
@pytest.mark.parametrize("name", ["geqo", "random_page_cost", "no_such_parameter", "max_wal_size"])
def test_no_line_makes_a_reload_or_a_start_raise(major: int, name: str) -> None:
    """Left-out parameters are refused with a sentence; unknown ones keep the server from starting, as in reality."""
    outcome = perform(_world(major), Configure(PRIMARY, name, "64MB"))
    left_out = name in ("geqo", "random_page_cost")
    assert outcome.exit_code == (1 if left_out else 0)
    assert any(line.startswith("dojo: ") for line in outcome.stderr) == left_out
    world = perform(outcome.world, ReloadConf()).world
    world = perform(world, PgCtl("stop", PRIMARY)).world
    started = perform(world, PgCtl("start", PRIMARY))
    assert started.world.primary.running == (name != "no_such_parameter")
