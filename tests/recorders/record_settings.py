"""Record what real servers say about their settings; tests/simulator/test_settings.py replays it.

    python tests/recorders/record_settings.py BIN [BIN ...] --user SOMEBODY [--out tests/data]

BIN is the folder with initdb, pg_ctl and postgres of one server; give one per major.  A server refuses to run
as root, so root names another user.  Nothing outside the output folder and a temporary folder is touched.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.recorders.throwaway_server import BASE_CONF, Server, home_for

COLUMNS = ("vartype", "unit", "boot_val", "min_val", "max_val", "enumvals", "context")
NOISE = re.compile(
    r"starting PostgreSQL|listening on|database system (was|is)|ready to|redirecting|Future log|"
    r"shutting down|checkpoint (starting|complete)|received .* shutdown|background worker|"
    r"aborting any|terminating|logical replication launcher|_pg_|could not open usermap"
)


def main() -> None:
    """Record every given server and merge what several majors answer alike."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("bins", nargs="+", type=Path)
    arguments.add_argument("--user", default=None)
    arguments.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "data")
    chosen = arguments.parse_args()
    answers: dict[str, list[tuple[int, Any]]] = {"alter": [], "reload": [], "startup": [], "wal_sizes": []}
    for bin_dir in chosen.bins:
        with home_for(chosen.user) as home:
            record_one(bin_dir.resolve(), home, chosen.user, chosen.out, answers)
    write(chosen.out / "alter_system-messages.json", merged(answers["alter"]))
    write(chosen.out / "settings-reload.json", merged(answers["reload"]))
    write(chosen.out / "startup-errors.json", merged(answers["startup"]))
    write(chosen.out / "initdb-wal_sizes.json", merged(answers["wal_sizes"]))


def record_one(
    bin_dir: Path, home: Path, user: str | None, out: Path, answers: dict[str, list[tuple[int, Any]]]
) -> None:
    cases = json.loads((Path(__file__).resolve().parents[1] / "data" / "settings-cases.json").read_text())
    for seg_mb in (1, 64):
        server = Server(bin_dir, home / f"seg{seg_mb}", user, seg_mb)
        answers["wal_sizes"].append((server.major, [seg_mb, conf_sizes(server)]))
    server = Server(bin_dir, home, user)
    answers["wal_sizes"].append((server.major, [16, conf_sizes(server)]))
    print(server.major, bin_dir, flush=True)
    server.configure("")
    with server.running() as connection:
        write(out / f"pg_settings-{server.major}.json", pg_settings(connection))
        for name, values in cases["alter_system"].items():
            for value in values:
                answer = alter_system(server, connection, name, value)
                answers["alter"].append((server.major, answer))
    for conf, steps in cases["reloads"]:
        answers["reload"].append((server.major, reload_steps(server, conf, steps)))
    for conf in cases["startups"]:
        answers["startup"].append((server.major, startup(server, conf)))


def conf_sizes(server: Server) -> dict[str, str]:
    """What initdb left uncommented in postgresql.conf."""
    return dict(re.findall(r"^(\w+) = ([^\t#\n]*?)\s*(?:#|$)", server.pristine_conf, re.MULTILINE))


def pg_settings(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """The rows of pg_settings for the parameters the model knows, without the empty columns at the end."""
    from simulator.settings_table import names  # the table decides which parameters matter

    rows = connection.execute(f"SELECT name, {', '.join(COLUMNS)} FROM pg_settings ORDER BY name").fetchall()
    return {row[0]: list(row[1:]) for row in rows if row[0] in names()}


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def said(error: psycopg.Error) -> dict[str, str]:
    facts = {
        "message": error.diag.message_primary,
        "detail": error.diag.message_detail,
        "hint": error.diag.message_hint,
    }
    return {key: text for key, text in facts.items() if text}


def alter_system(server: Server, connection: psycopg.Connection[Any], name: str, value: str) -> dict[str, Any]:
    """Set one parameter; what was said, or (accepted) the line in the file and how the value is shown."""
    notices: list[list[str]] = []

    def heard(diag: psycopg.errors.Diagnostic) -> None:
        notices.append(
            [
                text or ""
                for text in (
                    diag.severity_nonlocalized,
                    diag.message_primary,
                    diag.message_detail,
                    diag.message_hint,
                )
            ]
        )

    connection.add_notice_handler(heard)
    answer: dict[str, Any] = {"name": name, "value": value}
    try:
        connection.execute(f"ALTER SYSTEM SET {name} = {quoted(value)}")
    except psycopg.Error as error:
        answer |= said(error)
    else:
        text = (server.data / "postgresql.auto.conf").read_text()
        answer["line"] = text.splitlines()[-1]
        answer |= shown(server, connection, name, value)
        connection.execute(f"ALTER SYSTEM RESET {name}")
    finally:
        connection.remove_notice_handler(heard)
    if notices:
        answer["notices"] = notices
    return answer


def shown(server: Server, connection: psycopg.Connection[Any], name: str, value: str) -> dict[str, str]:
    found = connection.execute("SELECT context FROM pg_settings WHERE name = lower(%s)", (name,)).fetchone()
    if found is None:
        return {}
    if found[0] in {"user", "superuser"}:
        with server.connect() as session:
            session.execute(f"SET {name} = {quoted(value)}")
            row = session.execute(
                "SELECT current_setting(name), setting FROM pg_settings WHERE name = lower(%s)", (name,)
            ).fetchone()
        assert row
        return {"show": row[0], "setting": row[1]}
    if found[0] == "sighup" and name not in {"archive_library", "fsync", "restore_command"}:
        reload(connection)
        row = connection.execute(
            "SELECT current_setting(name), setting FROM pg_settings WHERE name = lower(%s)", (name,)
        ).fetchone()
        assert row
        return {"show": row[0], "setting": row[1]}
    if found[0] == "postmaster":
        done = server.run("postgres", "-D", server.data, "-C", name.lower(), check=False)
        if done.returncode:
            return {"at_start": cleaned(server, done.stderr)[0]}
        return {"setting": done.stdout.removesuffix("\n")}
    return {}


def reload(connection: psycopg.Connection[Any]) -> None:
    """Signal the server and wait until this session itself has read the files again."""
    before = connection.execute("SELECT pg_conf_load_time()").fetchone()
    connection.execute("SELECT pg_reload_conf()")
    for _ in range(200):
        if connection.execute("SELECT pg_conf_load_time()").fetchone() != before:
            return
        time.sleep(0.01)
    raise RuntimeError("the configuration was not read again")


def reload_steps(server: Server, conf: str, steps: list[str]) -> dict[str, Any]:
    """Run ALTER SYSTEM, reload and restart; after each: new log lines, the file, what waits for a restart."""
    (server.data / "postgresql.auto.conf").write_text(
        "# Do not edit this file manually!\n# It will be overwritten by the ALTER SYSTEM command.\n"
    )
    server.configure(conf)
    results: list[dict[str, Any]] = []
    server.start()
    try:
        for step in steps:
            mark = server.log.stat().st_size
            with server.connect() as connection:
                if step == "reload":
                    reload(connection)
                    time.sleep(0.05)
                elif step == "restart":
                    connection.close()
                    server.stop()
                    server.start()
                else:
                    connection.execute(step.encode())
            results.append(after_step(server, mark, step))
    finally:
        server.stop()
    return {"conf": conf, "steps": results}


def after_step(server: Server, mark: int, step: str) -> dict[str, Any]:
    with server.log.open() as log:
        log.seek(mark)
        lines = [line.replace(str(server.data), "DATA") for line in log.read().splitlines()]
    with server.connect() as connection:
        pending = connection.execute("SELECT name FROM pg_settings WHERE pending_restart ORDER BY name").fetchall()
        auto = (server.data / "postgresql.auto.conf").read_text()
        return {
            "do": step,
            "log": [] if step == "restart" else [x for x in lines if not x.startswith("STATEMENT:  SELECT")],
            "auto_conf": auto,
            "pending_restart": [row[0] for row in pending],
            "shows": shows(connection, auto),
        }


def shows(connection: psycopg.Connection[Any], auto: str) -> dict[str, str]:
    watched = sorted({"wal_buffers", "wal_level", *re.findall(r"^(\w+) =", auto, re.MULTILINE)})
    rows = connection.execute(
        "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s) ORDER BY name", (watched,)
    ).fetchall()
    return dict(rows)


def startup(server: Server, conf: str) -> dict[str, Any]:
    """Start with these lines in postgresql.conf; every line the server wrote before it gave up or ran."""
    (server.data / "postgresql.auto.conf").write_text("")
    server.configure(conf)
    process = subprocess.Popen(
        [server.bin / "postgres", "-D", server.data],
        stderr=subprocess.PIPE,
        text=True,
        user=server.user,
        cwd=server.home,
    )
    pid_file = server.data / "postmaster.pid"
    deadline = time.monotonic() + 10
    started = False
    while process.poll() is None and time.monotonic() < deadline and not started:
        time.sleep(0.05)
        lines = pid_file.read_text().splitlines() if pid_file.exists() else []
        started = len(lines) > 7 and lines[7].strip() in {"ready", "standby"}
    if process.poll() is None:
        process.send_signal(signal.SIGINT if started else signal.SIGQUIT)
        if not started:
            print("neither ready nor gone:", repr(conf), flush=True)
    text = process.communicate(timeout=30)[1]
    return {"conf": conf, "started": started, "stderr": cleaned(server, text)}


def cleaned(server: Server, text: str) -> list[str]:
    """Without what differs from run to run: times, process ids, folders, numbers of lines above ours."""
    above = (server.pristine_conf + BASE_CONF).count("\n") + 1
    lines: list[str] = []
    for line in text.splitlines():
        if NOISE.search(line):
            continue
        plain = re.sub(r"^\d{4}-\d\d-\d\d [0-9:.]+ \w+ \[\d+\] ", "", line).replace(str(server.data), "DATA")
        numbered = re.sub(r"(?<= line )\d+", lambda found: str(int(found[0]) - above), plain)
        if numbered not in lines:  # the archiver repeats itself as often as time allows
            lines.append(numbered)
    return lines


def merged(answers: list[tuple[int, Any]]) -> list[dict[str, Any]]:
    """Put together the majors that gave the same answer, in the order in which they were first heard."""
    by_answer: dict[str, list[int]] = {}
    for major, answer in answers:
        by_answer.setdefault(json.dumps(answer), []).append(major)
    return [{"majors": majors, "said": json.loads(text)} for text, majors in by_answer.items()]


def write(path: Path, content: Any) -> None:
    """One row a line: compact, yet a diff shows which row changed."""
    rows: list[str]
    if isinstance(content, dict):
        rows = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
        path.write_text("{\n" + ",\n".join(rows) + "\n}\n")
    else:
        rows = [json.dumps(row) for row in content]
        path.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
