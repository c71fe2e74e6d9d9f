"""A place of their own for tests of the lab: short, open to the servers' user, and empty."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import folders
from lab.processes import alive
from simulator.loader import load, loads
from simulator.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]


def scenario(name: str) -> Scenario:
    return load(ROOT / f"scenarios/{name}.yaml")


def written(*timeline: object, **settings: str) -> Scenario:
    """A scenario of a few entries."""
    words = {"ja": "試験", "en": "a test"}
    told = {
        "id": "test", "title": words, "outcome": words, "prose": words, "method": "basebackup", "objectives": ["G1.2"],
        "server": {"databases": {"shop": {"orders": 10}}, "settings": settings},
        "timeline": list(timeline), "ending": [{"lost": False}],
    }  # fmt: skip
    return loads(json.dumps(told).encode(), "test")  # JSON is YAML


@contextmanager
def own_ground() -> Iterator[Path]:
    """A folder that is as the system's temporary one."""
    ground = Path(tempfile.mkdtemp(prefix="wd-", dir=folders.base()))
    ground.chmod(0o1777)
    try:
        yield ground
    finally:
        shutil.rmtree(ground)


@contextmanager
def only(ground: Path) -> Iterator[Path]:
    """The lab of this process looks nowhere else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(ground))
        patch.setattr(folders, "COMMON", ())
        yield ground


def runs(ground: Path) -> list[Path]:
    return sorted(ground.glob(folders.PREFIX + "*"))


def still_alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if alive(pid)]
