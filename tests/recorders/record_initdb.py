"""Record what a fresh server looks like: LSNs, pg_wal, the files of the data directory, the size of a backup.

    python tests/recorders/record_initdb.py BIN[:CLIENT] [BIN[:CLIENT] ...] --user SOMEBODY [--out tests/data]

BIN is the folder with initdb, pg_ctl and postgres of one server, CLIENT a folder with a pg_basebackup that is
not older.  A server refuses to run as root, so root names another user.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.recorders.throwaway_server import PORT, Server, home_for

# As a fresh server, but for the socket: autovacuum stays on and does nothing in its first minute.
BASE_CONF = f"log_line_prefix = ''\nlisten_addresses = ''\nport = {PORT}\nfsync = off\nlog_checkpoints = on\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("bins", nargs="+")
    arguments.add_argument("--user", default=None)
    arguments.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "data")
    chosen = arguments.parse_args()
    rows = []
    for pair in chosen.bins:
        bin_dir, _, client = pair.partition(":")
        for seg_mb in (1, 16):
            with home_for(chosen.user) as home:
                server = Server(Path(bin_dir).resolve(), home, chosen.user, seg_mb)
                rows.append(record(server, seg_mb, Path(client) if client else None))
                print(rows[-1]["version"], seg_mb, flush=True)
    text = ",\n".join(json.dumps(row) for row in rows)
    (chosen.out / "initdb.json").write_text(f"[\n{text}\n]\n")


def record(server: Server, seg_mb: int, client: Path | None) -> dict[str, Any]:
    wal_after_initdb = listing(server.data / "pg_wal")
    server.configure("", BASE_CONF)
    row: dict[str, Any] = {
        "major": server.major,
        "segment_mb": seg_mb,
        "pg_wal_after_initdb": wal_after_initdb,
    }
    with server.running() as connection:
        found = connection.execute("SELECT version()").fetchone()
        row["version"] = str(found[0]) if found else ""
        row["started"] = state(server, connection)
        row["files_running"] = listing(server.data)
        connection.execute("CREATE DATABASE shop")
        row["with_shop"] = state(server, connection)
        if client:  # last, for it switches segments
            row["backup_kb_with_shop"] = backup_kb(server, client)
            connection.execute("DROP DATABASE shop")
            row["backup_kb_fresh"] = backup_kb(server, client)
    row["files_stopped"] = listing(server.data)
    row["pg_wal_stopped"] = listing(server.data / "pg_wal")
    return row


def state(server: Server, connection: psycopg.Connection[Any]) -> dict[str, Any]:
    found = connection.execute(
        "SELECT pg_current_wal_insert_lsn()::text, pg_current_wal_flush_lsn()::text, checkpoint_lsn::text, "
        "redo_lsn::text, timeline_id, next_xid, next_oid FROM pg_control_checkpoint()"
    ).fetchone()
    names = ("insert_lsn", "flush_lsn", "checkpoint_lsn", "redo_lsn", "timeline_id", "next_xid", "next_oid")
    values = map(str, found or ())
    return {**dict(zip(names, values, strict=True)), "pg_wal": listing(server.data / "pg_wal")}


def listing(folder: Path) -> list[str]:
    """As `LC_ALL=C ls -A`."""
    return sorted(path.name for path in folder.iterdir())


def backup_kb(server: Server, client: Path) -> int:
    """The N of 'N/N kB (100%), 1/1 tablespace' that pg_basebackup -P ends with: all but pg_wal."""
    target = str(server.home / "backup")
    command = [str(client / "pg_basebackup"), "-h", str(server.home), "-p", str(PORT), "-U", "postgres"]
    shutil.rmtree(target, ignore_errors=True)
    command += ["-D", target, "-P", "-c", "fast", "-X", "none"]
    done = subprocess.run(command, capture_output=True, text=True, user=server.user, check=True, cwd=server.home)
    return int(re.findall(r"(\d+)/\1 kB \(100%\)", done.stderr + done.stdout)[-1])


if __name__ == "__main__":
    main()
