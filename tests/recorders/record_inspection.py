"""Record what a real psql prints for the statements of 'your own server'; tests/inspection replays it.

    python tests/recorders/record_inspection.py PSQL BIN [BIN ...] --user SOMEBODY [--out tests/data/inspection]

PSQL is a psql program; BIN is the folder with initdb, pg_ctl and postgres of one server; give one per major.  For each
server the answers are recorded in every form that psql has, with the facts as the read-only session saw them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspection.statements import asked_of, psql_script
from tests.recorders.throwaway_server import BASE_CONF, PORT, Server, home_for

FORMS = {
    "aligned": [],
    "expanded": ["-x"],
    "csv": ["--csv"],
    "unaligned": ["-A"],
    "boxed": ["-P", "border=2"],
    "boxed expanded": ["-P", "border=2", "-x"],
    "unicode": ["-P", "border=2", "-P", "linestyle=unicode"],
}
CONF = (
    "archive_mode = on\narchive_command = 'gzip -c %p | cat > /nowhere/%f'\nmax_wal_size = 64MB\nmin_wal_size = 32MB\n"
    "wal_level = replica\ncheckpoint_timeout = 10min\n"
)


def main() -> None:
    """Record every given server."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("psql", type=Path)
    arguments.add_argument("bins", nargs="+", type=Path)
    arguments.add_argument("--japanese", type=Path, help="a psql that has its Japanese messages with it")
    arguments.add_argument("--user", default=None)
    arguments.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "data" / "inspection")
    given = arguments.parse_args()
    for folder in given.bins:
        with home_for(given.user) as home:
            server = Server(folder, home / "one", given.user)
            server.configure(CONF, BASE_CONF.replace("fsync = off\n", ""))
            with server.running() as connection:
                recording = record(given.psql, given.japanese, server, connection)
        name = given.out / f"psql-{server.major}.json.gz"
        name.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(recording, ensure_ascii=False, indent=1)
        name.write_bytes(gzip.compress(text.encode(), mtime=0))
        print(name)


def record(psql: Path, japanese: Path | None, server: Server, connection: Any) -> dict[str, Any]:
    """Slots, a little WAL and a failing archive; then the same questions in every form."""
    connection.execute("SELECT pg_create_physical_replication_slot('standby_1', true)")
    connection.execute("SELECT pg_create_physical_replication_slot('unused')")
    connection.execute("SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000))")
    connection.execute("SELECT pg_switch_wal()")
    connection.execute("CHECKPOINT")
    connection.execute("SELECT pg_sleep(4)")
    statements = "".join(f"{sql};\n" for _, sql in asked_of(server.major))
    forms = {name: run(psql, server, options, statements) for name, options in FORMS.items()}
    forms["japanese"] = run(japanese or psql, server, [], statements, language="ja")
    return {"major": server.major, "forms": forms, "script": run(psql, server, ["-q"], psql_script(server.major))}


def run(psql: Path, server: Server, options: list[str], script: str, *, language: str = "en") -> str:
    """What psql prints for a script on its standard input."""
    environment = {"LC_ALL": "C.UTF-8", "LANGUAGE": language, "PATH": "/usr/bin:/bin"}
    command = [str(psql), "-X", *options, "-h", str(server.home), "-p", str(PORT), "-U", "postgres", "postgres"]
    done = subprocess.run(
        command, input=script, capture_output=True, text=True, env=environment, check=True, timeout=60
    )
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
