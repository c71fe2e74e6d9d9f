"""A scenario written in a test: a server and a timeline, held against a real server."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lab.run import lab_run
from simulator.dumper import dumped
from simulator.loader import loads
from simulator.recording import Reality
from simulator.scenario import Scenario

TEXT = {"ja": "何が起こるか", "en": "What comes of it?"}
Entry = dict[str, Any]


def staged(server: Entry, *timeline: Entry) -> Scenario:
    """The scenario, read from a file's text as every other."""
    document = {
        "id": "staged",
        "title": TEXT,
        "outcome": TEXT,
        "prose": TEXT,
        "method": "wal",
        "objectives": ["G1.2"],
        "server": {"wal_segment_size": "1MB", **server},
        "timeline": list(timeline),
        "ending": [{"lost": False}],
    }
    return loads(dumped(document).encode(), "staged")


@cache
def can_mount() -> bool:
    """Does this machine let us mount a file system, as a disk of a given size needs?"""
    with TemporaryDirectory() as folder:
        point = Path(folder) / "point"
        point.mkdir()
        try:
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=1m", "waldojo", point], check=False, capture_output=True
            )
        except OSError:
            return False
        if done.returncode == 0:
            subprocess.run(["umount", point], check=True)
        return done.returncode == 0


def as_predicted(scenario: Scenario, major: int) -> Reality:
    """Perform it; every field that is known must be as predicted, and every step performed."""
    reality = lab_run(scenario, major)
    wrong = [(d.step, d.field, d.predicted, d.real) for d in reality.differences if d.equal is False]
    assert not wrong, wrong
    assert not reality.recording.reason
    assert reality.equal > 8 * len(reality.run.steps)
    return reality


def run(command: str) -> Entry:
    """`run:` of a timeline."""
    return {"run": command}


def sql(statement: str) -> Entry:
    """A statement through psql."""
    return run(f'psql -c "{statement}"')
