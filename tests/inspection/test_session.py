"""A session on real servers: exactly the fixed list arrives, nothing is written, and no password comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inspection.report import report
from inspection.session import NoSession, Wish, look, looks_like_dsn, wish_of
from inspection.statements import STATEMENTS, Statement, asked_of
from lab.binaries import installations
from lab.processes import server_user
from simulator.versions import KNOWN
from tests.inspection.risks import RISKS
from tests.inspection.server_facts import sound
from tests.recorders.throwaway_server import PORT, Server, home_for

FOLDERS = {one.major: one.folder for one in reversed(installations())}
CONF = "log_statement = all\nwal_level = minimal\nmax_wal_senders = 0\n"
PASSWORD = "correct-horse"
SECRETS = ("primary_conninfo", "ssl_passphrase_command", "restore_command")


@contextmanager
def running(number: int) -> Iterator[tuple[Server, Any]]:
    with home_for(server_user()) as home:
        server = Server(FOLDERS[number], home / "one", server_user())
        server.configure(CONF)
        with server.running() as connection:
            connection.execute("CREATE ROLE anybody LOGIN")
            connection.execute("CREATE ROLE monitor LOGIN IN ROLE pg_monitor")
            yield server, connection


@pytest.fixture(scope="module", params=sorted(FOLDERS))
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Any]]:
    with running(request.param) as found:
        yield found


def _wish(server: Server, user: str = "postgres") -> Wish:
    return wish_of(f"host={server.home} port={PORT} user={user} dbname=postgres", from_page=False)


def _logged(text: str) -> list[str]:
    """The statements in a server's log; a line that goes on begins with a tab."""
    parts = re.split(r"^([A-Z]+):  ", text.replace("\n\t", "\n"), flags=re.MULTILINE)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    said = [part for severity, part in pairs if severity == "LOG" and part.startswith(("statement:", "execute "))]
    return [part.split(":", 1)[1].strip() for part in said]


@pytest.mark.server
@pytest.mark.parametrize("user", ["postgres", "monitor", "anybody"])
def test_exactly_the_fixed_list_arrives(served: tuple[Server, Any], user: str) -> None:
    server, _ = served
    before = len(server.log.read_text())
    facts = look(_wish(server, user))
    arrived = _logged(server.log.read_text()[before:])
    assert facts.major == server.major
    around = [each for each in arrived if not each.startswith("SELECT")]
    assert set(around) <= {"BEGIN READ ONLY", "COMMIT", "ROLLBACK"}
    assert around.count("BEGIN READ ONLY") == len(asked_of(server.major))
    assert [each for each in arrived if each.startswith("SELECT")] == [sql for _, sql in asked_of(server.major)]


@pytest.mark.server
def test_nothing_is_written(served: tuple[Server, Any]) -> None:
    """Not one byte of WAL, not one transaction id."""
    server, connection = served
    marks = "SELECT pg_current_wal_insert_lsn(), txid_snapshot_xmax(txid_current_snapshot())"
    look(_wish(server))  # what a first reader sets in a page's hints is done then
    before = connection.execute(marks).fetchone()
    look(_wish(server), watch_seconds=0.1)
    assert connection.execute(marks).fetchone() == before


def _doctored(sql: str) -> tuple[tuple[Statement, str], ...]:
    return ((Statement("doctored", {12: sql}, "anybody"), sql),)


@pytest.mark.server
@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (id integer)",
        "INSERT INTO pg_catalog.pg_description VALUES (1, 1, 1, 'x')",
        "SELECT nextval('mine_seq')",
        "ALTER SYSTEM SET fsync = off",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_physical_replication_slot('mine', true)",
        "COMMIT; CREATE TABLE mine (id integer)",
    ],
)
def test_a_doctored_list_cannot_write(served: tuple[Server, Any], sql: str) -> None:
    """Even a superuser's session; what a read-only transaction would let through is not on the list."""
    server, connection = served
    connection.execute("CREATE SEQUENCE IF NOT EXISTS mine_seq")
    allowed = {"SELECT pg_switch_wal()", "SELECT pg_create_physical_replication_slot('mine', true)"}
    facts = look(_wish(server), asked=lambda _: _doctored(sql.replace("'mine_seq'", "'public.mine_seq'")))
    assert connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'mine'").fetchone() == (0,)
    if sql in allowed:
        assert not any(sql in text for statement in STATEMENTS for text in statement.sql.values())
    else:
        assert "read-only transaction" in facts.refused["doctored"] or "cannot" in facts.refused["doctored"]


@pytest.mark.server
def test_the_session_is_bounded_and_finds_no_function_of_somebody_else(served: tuple[Server, Any]) -> None:
    server, _ = served
    names = "statement_timeout lock_timeout default_transaction_read_only search_path application_name".split()
    listed = ", ".join(f"'{name}'" for name in names)
    sql = f"SELECT name, setting FROM pg_settings WHERE name IN ({listed})"
    facts = look(_wish(server), asked=lambda _: _doctored(sql))
    assert facts.settings == {
        "statement_timeout": "5000",
        "lock_timeout": "1000",
        "default_transaction_read_only": "on",
        "search_path": "pg_catalog",
        "application_name": "waldojo",
    }


@pytest.mark.server
def test_a_role_without_rights_gets_everything_else(served: tuple[Server, Any]) -> None:
    server, _ = served
    plain, monitor = look(_wish(server, "anybody")), look(_wish(server, "monitor"))
    needs_monitor = {statement.id for statement in STATEMENTS if statement.role == "pg_monitor"}
    assert monitor.refused == {}
    assert set(plain.refused) == needs_monitor & {"pg_wal", "ready"}
    assert plain.settings == monitor.settings
    told = report(plain)
    assert "unknown.pg_wal" in {said.code for said in told.unknowns}


@pytest.mark.server
def test_two_looks_measure_the_rate(served: tuple[Server, Any]) -> None:
    server, _ = served
    told = report(look(_wish(server), watch_seconds=0.6))
    assert told.rate is not None
    assert told.rate.source == "looks"


@pytest.mark.server
def test_a_real_server_takes_the_lines_that_mend(served: tuple[Server, Any]) -> None:
    server, connection = served
    number = server.major
    lines = {
        mend.line
        for risk in RISKS
        if number in risk.majors
        for finding in report(risk.change(sound(number))).findings
        for mend in finding.mends
        if mend.line.startswith("ALTER SYSTEM")
    }
    assert len(lines) > 10
    for line in sorted(lines):
        connection.execute(line)
    connection.execute("ALTER SYSTEM RESET ALL")


def test_no_statement_asks_for_what_may_hold_a_secret() -> None:
    texts = [sql for number in KNOWN for _, sql in asked_of(number)]
    assert not [name for name in SECRETS for sql in texts if name in sql]
    assert all(sql.startswith("SELECT ") for sql in texts)
    assert not [sql for sql in texts if ";" in sql or "%" in sql]


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://me:{PASSWORD}@127.0.0.1:1/postgres",
        f"host=127.0.0.1 port=1 user=me password={PASSWORD}",
        f"postgresql://me:{PASSWORD}@[::1:1/postgres",
        f"host=127.0.0.1 {PASSWORD}",
        f"host=127.0.0.1 port={PASSWORD} password={PASSWORD}",
        f"host=127.0.0.1 passwort={PASSWORD}",
    ],
)
@pytest.mark.parametrize("from_page", [True, False])
def test_a_password_is_never_said(dsn: str, from_page: bool) -> None:
    said = _everything_said(dsn, from_page=from_page)
    assert said
    assert PASSWORD not in "".join(said)


def _everything_said(dsn: str, *, from_page: bool) -> Sequence[str]:
    try:
        wish = wish_of(dsn, from_page=from_page)
    except NoSession as fault:
        return [fault.told("ja"), fault.told("en"), str(fault), repr(fault.__context__ and None)]
    with pytest.raises(NoSession) as caught:
        look(wish)
    return [caught.value.told("ja"), caught.value.told("en"), repr(wish), str(wish), repr(caught.value)]


@pytest.mark.parametrize(
    "extra",
    [
        "service=prod",
        "passfile=/etc/passwd",
        "sslkey=/etc/ssl/private/key.pem",
        "sslcert=/etc/ssl/cert.pem",
        "sslrootcert=/etc/passwd",
        "options='-c default_transaction_read_only=off'",
        "hostaddr=10.0.0.1",
        "krbsrvname=x",
    ],
)
def test_a_page_takes_nothing_that_names_a_file_a_program_or_an_option(extra: str) -> None:
    with pytest.raises(NoSession) as caught:
        wish_of(f"host=db.example user=me {extra}", from_page=True)
    assert caught.value.code in {"key_refused", "bad_dsn"}
    assert "/etc" not in caught.value.told("en")


def test_a_page_never_uses_the_surroundings_of_the_app() -> None:
    wish = wish_of("host=db.example", from_page=True)
    assert wish.parameters["password"] == ""
    assert wish.parameters["passfile"] == "/dev/null"
    with pytest.raises(NoSession):
        wish_of("dbname=postgres", from_page=True)


@pytest.mark.parametrize(
    ("given", "is_dsn"),
    [
        ("postgresql://db.example/postgres", True),
        ("host=/run/postgresql dbname=app", True),
        ("settings.txt", False),
        (str(Path("some folder") / "a=b.txt"), False),
        ("-", False),
    ],
)
def test_a_connection_string_is_told_from_a_file(given: str, is_dsn: bool) -> None:
    assert looks_like_dsn(given) == is_dsn
