"""Where output goes and input comes from: pipes, files, the terminal."""

from __future__ import annotations

import math
from collections.abc import Callable

from host import effort
from host.content import Content, Mixed, joined, text_of
from host.effort import CHANGE, COPIED, ShellError, spend
from host.files import Files
from host.machine import Host
from host.server import passing

MOST_WRITTEN = 16 << 20
"""So much text one line may write to files."""
LONGEST_OUTPUT = 4 << 20
"""So much text is kept of what one pipe or terminal gets."""


class Sink:
    """Takes output; the plain one drops it, as /dev/null."""

    path = ""

    def write(self, content: Content) -> None:
        """Take more; raises PathError when it is a file and there is no room."""


class Collect(Sink):
    """Keeps what it gets: a pipe, or the terminal."""

    def __init__(self) -> None:
        self.parts: list[Content] = []
        self.length = 0

    def write(self, content: Content) -> None:
        if content != "" and self.length < LONGEST_OUTPUT:
            self.parts.append(content)
            self.length += len(content) if isinstance(content, str) else 0

    def content(self) -> Content:
        """All of it."""
        return joined(self.parts)

    def text(self) -> str:
        """The text in it."""
        return text_of(self.content())


class ToFile(Sink):
    """A file opened for writing; `world` holds the host that it is in."""

    def __init__(self, world: World, path: str) -> None:
        self.world, self.path = world, path

    def write(self, content: Content) -> None:
        if content != "":
            self.world.count(content)
            self.world.spend(2 * CHANGE)
            files = Files(self.world.host)
            try:
                files.write(self.path, content, append=True)
            finally:
                self.world.host = files.host


class Source:
    """Input: a content that is taken line by line or as a whole."""

    def __init__(self, content: Content = "") -> None:
        self.content = content

    def line(self) -> str | None:
        """The next line, without its end; None when there is none."""
        if isinstance(self.content, Mixed) and isinstance(self.content.parts[0], str):
            first, rest = self.content.parts[0], self.content.parts[1:]
        elif isinstance(self.content, str):
            first, rest = self.content, ()
        else:
            return None
        if first == "":
            return None
        spend(len(first) // COPIED)
        line, _, left = first.partition("\n")
        self.content = joined((left, *rest))
        return line


class Job:
    """What runs in the background: its steps, and when the next one is due."""

    def __init__(self, number: int, due: float, step: Callable[[], float | None]) -> None:
        self.number, self.due, self.step = number, due, step


class World:
    """What all shells of one line share: the host as it is now, the jobs, and how much the line may still do."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.effort = effort.of_line()
        self.jobs: list[Job] = []
        self.started = 0
        self.bytes = MOST_WRITTEN
        self.ignores: frozenset[int] | None = None
        """Signals that the shell ignores; None: it is the one somebody types into, which nothing ends."""
        self.signal = 0
        """The signal that ended the shell."""

    def spend(self, count: int) -> None:
        """Work of the line; raises ShellError when it goes on without end."""
        spend(count, self.effort)

    def count(self, content: Content) -> None:
        """Text that goes to a file; raises ShellError when one line writes without end."""
        self.bytes -= len(content) if isinstance(content, str) else 1
        if self.bytes < 0:
            raise ShellError(f"the dojo stops here: one line writes at most {MOST_WRITTEN >> 20} MB of text\n", 130)

    def wait_until(self, moment: float) -> None:
        """Let time pass: what is due in the background runs first."""
        while due := [job for job in self.jobs if job.due <= moment]:
            self.run(min(due, key=lambda job: (job.due, job.number)))
        self._clock(moment)

    def run(self, job: Job) -> None:
        """One step of a job, at its time."""
        self._clock(job.due)
        job.due = math.inf  # it may let time pass itself
        then = job.step()
        if then is None:
            self.jobs.remove(job)
        else:
            job.due = then

    def finish_jobs(self) -> None:
        """`wait`: every job runs to its end."""
        while waiting := [job for job in self.jobs if job.due < math.inf]:
            self.run(min(waiting, key=lambda job: (job.due, job.number)))

    def _clock(self, moment: float) -> None:
        if moment > self.host.clock:
            self.host = passing.until(self.host, moment)
