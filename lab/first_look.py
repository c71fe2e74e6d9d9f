"""What the model must know of a real server to begin where it begins."""

from __future__ import annotations

from lab.cluster import Lab
from simulator.lsn import parse_lsn
from simulator.observation import Observation
from simulator.observed_world import FirstLook


def first_look(lab: Lab, seen: Observation) -> FirstLook:
    """The first observation, and what it does not show."""
    lsn, oid = lab.server.ask("SELECT checkpoint_lsn::text, next_oid::text FROM pg_control_checkpoint()")[0]
    return FirstLook(seen, parse_lsn(lsn), int(oid))
