"""A run in a process of its own, for the pages: start it, look at its state at any time, cancel it.

    job = Job.start(scenario, 18)
    match job.state:
        case JobWaiting(place): ...          # place 0: it is about to begin
        case JobRunning(number, of, steps): ...
        case JobDone(reality): ...
        case JobRefused(code, facts) | JobLimited(code, facts): text(..., language, **facts)
        case JobFailed(reason): ...
        case JobCancelled(): ...
    job.cancel()

`JobRefused.code` is a key of lab/texts.toml; of `JobLimited` the key is `limit_` and the code.  The state only moves
forward, and the last five are final.  Nothing here needs psycopg: the worker does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from lab.limits import DEFAULTS, Limits
from lab.sweeping import sweep
from simulator.observation import Step
from simulator.play import predict
from simulator.recording import Reality, from_json, held_against, step_from_json
from simulator.scenario import Scenario

HOUSE = Path(__file__).resolve().parent.parent
GRACE = 15.0
"""Seconds that a worker has for cleaning up before it is killed."""


@dataclass(frozen=True, slots=True)
class JobWaiting:
    """Other runs come first; 1 is the next, 0 is about to begin."""

    place: int = 0


@dataclass(frozen=True, slots=True)
class JobRunning:
    """`number` of `of` steps are done; 0 while the server is being made."""

    number: int
    of: int
    steps: tuple[Step, ...]
    major: int = 0
    release: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class JobDone:
    """The recording, the prediction, and both field by field."""

    reality: Reality


@dataclass(frozen=True, slots=True)
class JobRefused:
    """Nothing of this scenario can be performed here: no server, another major, not for a lab."""

    code: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JobLimited:
    """It used too much and was ended."""

    code: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The lab itself went wrong: for [failed] of lab/texts.toml."""

    reason: str


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """As was asked for."""


JobState = JobWaiting | JobRunning | JobDone | JobRefused | JobLimited | JobFailed | JobCancelled
FINAL = JobDone | JobRefused | JobLimited | JobFailed | JobCancelled


@dataclass(slots=True)
class Job:
    """One run under way in a worker; may be used from any thread."""

    scenario: Scenario
    major: int | None
    limits: Limits
    _process: subprocess.Popen[str]
    _errors: IO[bytes]
    _state: JobState = field(default_factory=JobWaiting)
    _stopped: FINAL | None = None
    """What it is to be called when it ends without a word: it was cancelled, or it was wedged and killed."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def start(cls, scenario: Scenario, major: int | None = None, limits: Limits = DEFAULTS) -> Job:
        """Start a worker; returns at once."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115  (read when the worker has ended)
        process = subprocess.Popen(
            [sys.executable, "-m", "lab.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=HOUSE,
            start_new_session=True,  # Ctrl-C in the terminal ends the app; the worker then hears the end of its stdin
        )
        job = cls(scenario, major, limits, process, errors)
        request = {"scenario": scenario.source, "name": scenario.id, "major": major, "limits": asdict(limits)}
        job._send(json.dumps(request))
        threading.Thread(target=job._follow, name="lab job", daemon=True).start()
        return job

    @property
    def state(self) -> JobState:
        """Where it is now."""
        with self._lock:
            return self._state

    @property
    def over(self) -> bool:
        """Has it ended, one way or the other?"""
        return self._over.is_set()

    def wait(self, seconds: float | None = None) -> JobState:
        """Wait for the end, or that long."""
        self._over.wait(seconds)
        return self.state

    @property
    def pid(self) -> int:
        """The worker's process."""
        return self._process.pid

    def cancel(self, grace: float = GRACE) -> None:
        """Have it stopped and cleaned up; the state says when that is done."""
        if not self.over:
            self._end_within(grace, JobCancelled())
            self._send("cancel")

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        with self._lock, suppress(OSError, ValueError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _end_within(self, seconds: float, called: FINAL) -> None:
        """A worker that has not ended by then is killed; the next run, or this one's follower, sweeps."""

        def end() -> None:
            if not self._over.wait(seconds):
                self._stopped = self._stopped or called
                self._process.kill()

        threading.Thread(target=end, name="lab job's end", daemon=True).start()

    def _follow(self) -> None:
        """Read what the worker tells, to its end."""
        assert self._process.stdout is not None
        last: JobState = JobFailed("")
        for line in self._process.stdout:
            try:
                last = self._told(json.loads(line))
            except Exception as error:  # noqa: BLE001  (a page must not wait for a thread that has died)
                last = JobFailed(f"{type(error).__name__}: {error}")
                self._process.kill()
            if isinstance(last, FINAL):
                break
            self._become(last)
        code = self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream and stream.close()
        if not isinstance(last, FINAL) or last == JobFailed(""):
            sweep()
            last = self._stopped or JobFailed(self._last_words(code))
        self._errors.close()
        self._become(last)
        self._over.set()

    def _become(self, state: JobState) -> None:
        with self._lock:
            self._state = state

    def _told(self, told: dict[str, Any]) -> JobState:
        """The state after a line."""
        match told["kind"]:
            case "waiting":
                return JobWaiting(int(told["place"]))
            case "begun":
                self._end_within(
                    self.limits.seconds + GRACE, JobLimited("time", {"seconds": f"{self.limits.seconds:g}"})
                )
                major = int(told["major"])
                of = len(predict(self.scenario, major).run.steps)
                return JobRunning(0, of, (), major, str(told["release"]), str(told["origin"]))
            case "step":
                step = step_from_json(told["step"], self.scenario.server.segment_size)
                before = self.state
                assert isinstance(before, JobRunning)
                return replace(before, number=int(told["number"]), of=int(told["of"]), steps=(*before.steps, step))
            case "done":
                return JobDone(held_against(from_json(told["recording"])))
            case "refused":
                return JobRefused(str(told["code"]), told["facts"])
            case "limit":
                return JobLimited(str(told["code"]), told["facts"])
            case "cancelled":
                return JobCancelled()
            case _:
                return JobFailed(str(told["reason"]))

    def _last_words(self, code: int) -> str:
        """Of a worker that ended without saying how."""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {code}"
