"""Record what real servers do with random backups and recoveries: to hold the model against what nobody has seen.

    python -m tests.recorders.record_recovery BIN_FOLDER OUT_FOLDER --clients CLIENT_FOLDER --seed 7 --user SOMEBODY

Every run is another mix of backups, damage and recoveries.  The format is that of the recordings' README (format 2).
CLIENT_FOLDER holds the pg_basebackup and pg_combinebackup to use; those of 18 work with every server.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.recorders.draw_recovery import DrawnRecovery
from tests.recorders.throwaway_server import home_for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bin", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--clients", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--recoveries", type=int, default=5)
    parser.add_argument("--user")
    args = parser.parse_args()
    with home_for(args.user) as home:
        world = DrawnRecovery(args.bin, args.clients, home, args.user, args.seed)
        try:
            trace = world.recording(args.recoveries)
        finally:
            world.close()
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{trace['major']}-drawn-{args.seed}.json").write_text(json.dumps(trace))


if __name__ == "__main__":
    main()
