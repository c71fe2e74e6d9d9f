"""What may be typed to get out of a session (terminal_hostile.yaml): each is refused, with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import NotHere, tickets
from lab.binaries import choose
from lab.processes import belonging
from lab.progress import nobody
from lab.terminal.ground import PGDATA, Ground, ground
from lab.terminal.performing import Terminal
from lab.terminal.texts import reason
from tests.lab.hostility import Outside, decoy

TABLE: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("terminal_hostile.yaml").read_text("utf-8"))

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]


@dataclass
class Place:
    """One ground for all attacks."""

    ground: Ground
    home: Path


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Whatever the attacks have done, at the end everything outside is as it was."""
    with decoy() as folder, tickets.turn(nobody):
        before = Outside.of(folder)
        with ground(choose(16, (16,))) as found:
            yield Place(found, found.lab.home)
        assert before.changes() == []
    assert not belonging(found.lab.home)
    assert not found.lab.home.exists()


@pytest.fixture
def undisturbed(place: Place) -> Iterator[Place]:
    """What one attack leaves in the data directory is not there for the next."""
    data = place.ground.lab.paths.real(PGDATA)
    kept = {name: (data / name).read_bytes() for name in ("postgresql.conf", "postgresql.auto.conf", "pg_hba.conf")}
    yield place
    for name, text in kept.items():
        (data / name).write_bytes(text)
    (data / "tablespace_map").unlink(missing_ok=True)


@pytest.mark.parametrize("attack", TABLE, ids=[attack["line"] for attack in TABLE])
def test_what_leads_out_of_a_session_is_refused_with_its_reason(attack: dict[str, Any], undisturbed: Place) -> None:
    terminal = Terminal(undisturbed.ground)
    for line in attack.get("before", ()):
        terminal.run(line)
    if attack["says"] == "missing":  # /etc of the session is a folder of the run, and not there
        done = terminal.run(attack["line"])
        assert (done.exit, done.stdout) == (1, b"")
        assert "/etc/passwd: No such file or directory" in done.stderr
        return
    with pytest.raises(NotHere) as refused:
        terminal.run(attack["line"])
    assert refused.value.code == attack["says"]
    for language in ("en", "ja"):
        assert len(reason(refused.value, language)) > 10
