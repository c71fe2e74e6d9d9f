"""The hostile list (hostile.yaml), performed: nothing leaves the lab's folder or survives, each gets an answer."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import NotHere, cluster, tickets
from lab.binaries import choose
from lab.cluster import Lab, throwaway
from lab.limits import LimitReached, Limits
from lab.processes import Runner, alive, belonging
from lab.progress import nobody
from lab.run import Recorder, lab_run, record
from lab.texts import text
from simulator.faults import ScenarioError
from simulator.loader import loads
from simulator.play import predict
from simulator.recording import Recording
from tests.lab.hostility import VERSION, Attack, Outside, attacks, decoy, links_out, listening

ROOT = Path(__file__).resolve().parents[2]
GROUPS = {"sql", "psql", "connection strings", "options", "paths", "tablespaces", "settings", "files", "limits",
          "environment"}  # fmt: skip
PLANS = [attack for attack in attacks("refused") if "server" in attack.told]
PERFORMED = [attack for attack in attacks("refused", "says", "inert") if attack not in PLANS]


def each(found: list[Attack]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("attack", found, ids=[attack.id for attack in found])


@pytest.fixture(autouse=True)
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other runs on this machine are none of this list's affair."""
    monkeypatch.setenv(tickets.VARIABLE, "50")


@pytest.fixture(scope="module")
def canary() -> Iterator[Path]:
    """Whatever the tests of this module have done, at the end everything outside is as it was."""
    with decoy() as folder:
        before = Outside.of(folder)
        yield folder
        assert before.changes() == []


@dataclass
class Ground:
    """One lab for many attacks, and the processes that it had at any time."""

    lab: Lab
    pids: set[int]

    def perform(self, attack: Attack, canary: Path) -> Recording:
        """As `record` does once its server is there."""
        for path, target in attack.told.get("links", {}).items():
            link = self.lab.paths.root / path.lstrip("/")
            link.parent.mkdir(exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target.replace("{canary}", str(canary)))
        try:
            return Recorder(self.lab, loads(attack.text(canary)), nobody).recorded()
        finally:
            self.pids |= set(belonging(self.lab.home))
            for path in attack.told.get("links", {}):
                (self.lab.paths.root / path.lstrip("/")).unlink()


@pytest.fixture(scope="module")
def ground(canary: Path) -> Iterator[Ground]:
    """The lab is gone at the end, with every process that it ever had, and no link in it led out."""
    plan = loads(attacks("inert")[0].text(canary)).server
    with throwaway(choose(VERSION, ()), plan, Limits(seconds=900, bytes=4 << 30)) as lab:
        ground = Ground(lab, set(belonging(lab.home)))
        yield ground
        assert links_out(lab.paths.root) == []
        assert listening(lab.home) == []
    assert not lab.home.exists()
    assert [pid for pid in ground.pids if alive(pid)] == []


def answered(code: str, facts: dict[str, object]) -> None:
    """There is a sentence in both languages, short, on lines that can be read."""
    for language in ("en", "ja"):
        said = text(code, language, **facts)
        assert 10 < len(said) < 600
        assert said.isprintable()


def test_the_list_has_enough_of_everything() -> None:
    found = attacks()
    assert {attack.group for attack in found} == GROUPS
    assert len(found) >= 80
    assert len({attack.id for attack in found}) == len(found)
    assert {attack.answer for attack in found} == {"fault", "refused", "says", "inert", "limit", "environment"}


@each(attacks("fault"))
def test_what_no_scenario_can_say_is_refused_when_it_is_read(attack: Attack, canary: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(attack.text(canary))
    faults = caught.value.faults
    assert attack.code in {fault.kind for fault in faults}
    assert all(fault.line_of_text("en") != fault.line_of_text("ja") for fault in faults)


@each(attacks("refused", "says", "inert", "limit"))
def test_the_model_has_an_answer_to_what_can_be_read(attack: Attack, canary: Path) -> None:
    assert predict(loads(attack.text(canary))).run.steps


@pytest.mark.server
@each(PLANS)
def test_what_a_server_is_not_to_be_is_refused_before_there_is_a_folder(
    attack: Attack, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "new_home", lambda: pytest.fail("a folder was made"))
    with pytest.raises(NotHere) as caught:
        record(loads(attack.text(canary)), VERSION)
    assert caught.value.code == attack.code
    answered(caught.value.code, caught.value.facts)


@pytest.mark.server
@each(PERFORMED)
def test_what_reaches_the_lab_ends_there(
    attack: Attack, canary: Path, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, started = Outside.of(canary), []
    start = Runner.start

    def noted(self: Runner, *words: object, **more: object) -> subprocess.Popen[str]:
        started.append(words)
        return start(self, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Runner, "start", noted)
    recording = ground.perform(attack, canary)
    assert before.changes() == []
    match attack.answer:
        case "refused":
            assert recording.reason == attack.code
            answered(recording.reason, dict(recording.facts))
            if "timeline" not in attack.told:
                assert [words for words in started if "pg_controldata" not in str(words)] == []
        case "says":
            assert recording.reason == ""
            assert attack.code in " ".join(recording.run.steps[-1].observation.stderr)
        case _:
            assert recording.reason == ""
            assert recording.run.steps[-1].observation.running


@pytest.mark.server
@each(attacks("limit"))
def test_what_never_ends_is_ended(attack: Attack, canary: Path) -> None:
    before, begun = Outside.of(canary), time.monotonic()
    with pytest.raises(LimitReached) as caught:
        record(loads(attack.text(canary)), VERSION, limits=Limits(**attack.told["limits"]))
    assert caught.value.code == attack.code
    answered(f"limit_{caught.value.code}", caught.value.facts)
    assert before.changes() == []
    assert time.monotonic() - begun < Limits().seconds


@pytest.mark.server
def test_the_environment_of_the_caller_leads_nothing_elsewhere(canary: Path, tmp_path: Path) -> None:
    path = os.environ["PATH"]
    given = {
        name: value.replace("{canary}", str(canary)).replace("{path}", path)
        for attack in attacks("environment")
        for name, value in attack.told["variables"].items()
    }
    file = tmp_path / "hostile.yaml"
    file.write_bytes(attacks("inert")[0].text(canary))
    before = Outside.of(canary)
    command = [sys.executable, "-m", "cli", "lab", "run", str(file), "--pg", str(VERSION), "--lang", "en"]
    environment = {**os.environ, **given, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, timeout=280, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " fields equal, " in done.stdout.splitlines()[-1]
    assert before.changes() == []


def test_a_change_outside_would_be_seen() -> None:
    with decoy() as folder:
        before = Outside.of(folder)
        assert before.changes() == []
        subprocess.run([folder / "bin" / "cp"], check=False)
        (folder / "decoy").write_text("touched\n")
        assert before.changes() == [str(folder / "decoy"), str(folder / "started")]


def test_a_link_that_leads_out_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "inside").symlink_to(tmp_path)
    (tmp_path / "out").symlink_to("/etc")
    assert links_out(tmp_path) == [tmp_path / "out"]


def test_a_socket_would_be_seen(tmp_path: Path) -> None:
    program = "import socket, sys, time; s = socket.create_server(('127.0.0.1', 0)); print(flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True
    ) as server:
        assert server.stdout is not None
        server.stdout.readline()
        assert len(listening(tmp_path)) == 1
        server.kill()
    assert listening(tmp_path) == []


def test_a_run_of_its_own_is_as_predicted_around_a_refusal(canary: Path) -> None:
    attack = next(attack for attack in PERFORMED if attack.answer == "refused")
    reality = lab_run(loads(attack.text(canary)), VERSION)
    assert reality.recording.reason == attack.code
    assert not reality.wrong
