"""A run made by hand, as long as wanted: to see how the stage bears it."""

from typing import Any

from ui.payload import Frame, packed

SEGMENT_MB = 16
MANUAL = "https://www.postgresql.org/docs/14/app-pgbasebackup.html"
CURRENT, BACKUP, KEEP, SLOT, READY, DONE, FUTURE, LOST, GOES = (1 << i for i in range(9))


def as_runs(bits: dict[int, int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for segment in sorted(bits):
        if runs and runs[-1][1] == segment and runs[-1][2] == bits[segment]:
            runs[-1][1] += 1
        else:
            runs.append([segment, segment + 1, bits[segment]])
    return runs


def name(segment: int) -> str:
    return f"{1:08X}{segment // 256:08X}{segment % 256:08X}"


def endless(steps: int = 5000) -> dict[str, Any]:
    """One segment a step; a slot that stands still, a checkpoint every ten steps, an archive that follows."""
    frames: list[Frame] = []
    marks: list[dict[str, Any]] = []
    oldest = 1
    for i in range(steps):
        insert = 20 + i
        if i % 10 == 0:
            oldest = max(1, insert - 12)
            marks.append({"i": i, "k": "checkpoint", "t": f"checkpoint {i}"})
        bits = {s: DONE | (SLOT if s >= insert - 6 else 0) for s in range(oldest, insert)}
        bits |= {insert: CURRENT} | dict.fromkeys(range(insert + 1, insert + 4), FUTURE)
        frames.append(
            {
                "w": as_runs(bits),
                "a": [[1, insert, DONE]],
                "b": [],
                "f": [{"k": "slot", "n": "s1", "at": insert - 6, "t": ""}],
                "redo": insert - insert % 10,
                "ins": insert + 0.5,
                "hz": oldest,
                "by": "slot:s1",
                "tree": {"/pgdata/pg_wal": [{"lane": "w"}]},
                "cmd": f"write {i}",
                "term": [["$", f"psql -c 'INSERT {i}'"], ["o", "INSERT 0 1000"]],
                "ev": [
                    {"k": "WalWritten", "t": f"Writing has reached `{name(insert)}`.", "m": MANUAL, "mt": "Manual: WAL"}
                ],
            }
        )
    head = {"id": f"endless-{steps}", "lang": "en", "segMB": SEGMENT_MB, "tli": 1, "marks": marks, "verdict": None}
    return packed(head, frames)
