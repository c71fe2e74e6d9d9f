"""Record what real servers do with random actions: to hold the model against what nobody has seen.

    python -m tests.recorders.record_traces BIN_FOLDER OUT_FOLDER --seed 7 --user SOMEBODY

Every run is another mix of settings and actions.  The format is that of the traces' README (format 1).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import ClassVar

from tests.recorders.throwaway_server import Server, home_for
from tests.recorders.trace_actions import SHOWN, Json, TraceActions


class Recorder(TraceActions):
    """One server, one trace."""

    WEIGHTS: ClassVar[dict[str, int]] = {
        "write": 30,
        "checkpoint": 14,
        "switch_wal": 8,
        "restore_point": 3,
        "slot_create": 4,
        "slot_advance": 6,
        "slot_drop": 2,
        "set": 7,
        "archive_break": 1,
        "archive_fix": 1,
        "restart": 4,
        "crash_restart": 4,
        "backup_start": 3,
        "backup_stop": 4,
    }

    def event(self, number: int) -> Json | None:
        kind = self.random.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))[0]
        if (kind == "archive_break" and not self.archiving) or (kind == "archive_fix" and not self.broken.exists()):
            return None
        if (kind == "backup_start" and len(self.sessions) > 2) or (kind == "slot_create" and self.slots > 7):
            return None
        self.read_to = self.server.log.stat().st_size
        before = self.positions()
        if "restart" not in kind:
            self.hold.touch()
        done = getattr(self, kind)()
        if kind == "restore_point":
            time.sleep(0.5)  # its record is flushed by the WAL writer
        if done is None:
            return None
        extra, seen = done
        self.settle()
        text = self.log()
        rows, logs = self.checkpoints(text)
        after = self.positions()
        action = {
            "kind": kind,
            "from_lsn": before[0],
            "from_flush_lsn": before[1],
            **extra,
            "to_lsn": after[0],
            "to_flush_lsn": after[1],
            "to_write_lsn": after[2],
        }
        observed = {**self.observe(), **seen}
        if rows:
            action["checkpoints"] = rows
            observed["checkpoint_logs"] = logs
        return {"n": number, "action": action, "observed": observed}

    def trace(self, seed: int, count: int) -> Json:
        self.server.configure("\n".join(self.prepare()) + "\n")
        self._restarted()
        self.read_to = self.server.log.stat().st_size
        self.settle()
        rows = self.main.execute(
            "select name, setting, unit from pg_settings where name = any(%s)", (SHOWN,)
        ).fetchall()
        version = self.sql("show server_version")[0].split()[0]
        initial = self.observe()
        events: list[Json] = []
        while len(events) < count:
            event = self.event(len(events))
            if event is not None:
                events.append(event)
        self.server.stop()
        return {
            "format": 1,
            "server_version": version,
            "major": self.server.major,
            "wal_segment_size": self.seg,
            "timeline": 1,
            "seed": seed,
            "profile": "random",
            "settings": {name: {"setting": setting, "unit": unit} for name, setting, unit in rows},
            "initial": initial,
            "events": events,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bin", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=60)
    parser.add_argument("--segment", type=int, default=1, help="MB")
    parser.add_argument("--user")
    args = parser.parse_args()
    with home_for(args.user) as home:
        server = Server(args.bin, home / "server", args.user, args.segment)
        try:
            trace = Recorder(server, args.seed, args.segment).trace(args.seed, args.events)
        finally:
            server.run("pg_ctl", "-D", server.data, "-m", "immediate", "stop", check=False)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{trace['major']}-random-{args.seed}.json").write_text(json.dumps(trace))


if __name__ == "__main__":
    main()
