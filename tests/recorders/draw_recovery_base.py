"""What every drawn recording is made of: its random numbers, its names, and servers that write."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from tests.recorders.draw_recovery_settings import Marks, drawn
from tests.recorders.record_recovery_actions import RecoveryActions
from tests.recorders.record_recovery_wal import Json

WRITES = {
    "insert": 30,
    "rollback": 4,
    "delete": 5,
    "create_table": 4,
    "drop_table": 2,
    "bulk": 8,
    "restore_point": 10,
    "switch_wal": 10,
    "checkpoint": 9,
    "second": 4,
    "idle": 1,
}


class DrawnWriting(RecoveryActions):
    """Every choice comes from the seed."""

    def __init__(self, bins: Path, clients: Path, home: Path, user: str | None, seed: int) -> None:
        self.random, self.seed, self.marks = Random(seed), seed, Marks()
        super().__init__(bins, clients, home, user, checksums=self.random.random() < 0.15)
        self.numbers = {"t": 0, "b": 0, "r": 0, "p": 0}
        self.kept: list[str] = []
        self.incremental_from: list[str] = []
        self.put_aside: list[str] = []
        self.summarizes = self.major >= 17 and self.random.random() < 0.4

    def event(self, *args: Any, **more: Any) -> Json:
        row = super().event(*args, **more)
        self.marks.read(row)
        return row

    def number(self, letter: str) -> str:
        self.numbers[letter] += 1
        return f"{letter}{self.numbers[letter]}"

    def up(self, name: str) -> bool:
        """A primary that runs and archives: others have nothing to write, or wait for ever for the archive."""
        server = self.servers[name]
        return server.running() and not server.in_recovery()

    # --- writing

    def write(self, name: str, most: int) -> None:
        if not self.up(name):
            return
        for _ in range(self.random.randint(1, most)):
            self.one_write(name, drawn(self.random, WRITES))
        if self.servers[name].second is not None and self.random.random() < 0.7:
            self.commit(name)

    def one_write(self, name: str, kind: str) -> None:
        server, many = self.servers[name], self.random.randint(1, 60)
        tables = list(server.rows())
        if kind == "create_table" or not tables:
            self.create_table(name, self.number("t"), many)
        elif kind == "second":
            self.commit(name) if server.second else self.begin(name, self.random.choice(tables), many)
        elif kind == "drop_table":
            if server.second is None and len(tables) > 1:
                self.change(kind, name, self.random.choice(tables), 0)
        elif kind in ("insert", "delete", "rollback"):
            self.change(kind, name, self.random.choice(tables), many if kind != "delete" else min(many, 4))
        elif kind == "bulk":
            self.bulk(name, self.random.choice((10_000, 100_000, 900_000, 1_200_000, 2_500_000)))
        elif kind == "restore_point":
            self.restore_point(name, self.random.choice([self.number("p"), *self.marks.names[:1]]))
        elif kind == "idle":
            self.set(name, "archive_timeout", "1s")
            self.idle(name, 2.5)
            self.set(name, "archive_timeout", "0")
        else:
            getattr(self, kind)(name)
