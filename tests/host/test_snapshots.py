"""What a transaction sees of the others: its snapshot, and that of pg_dump (seen on real 15, 16 and 18)."""

from __future__ import annotations

from functools import lru_cache

import pytest

from host.content import text_of
from host.machine import Build, Host
from host.seats import Line, after, first_moment
from host.shell import run_line
from host.worlds import world

TABLE = (
    "psql -d shop -qc 'CREATE TABLE a (id int PRIMARY KEY, v text)' -c 'CREATE TABLE b (id int)' "
    "-c \"INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z')\""
)
REPEATABLE = "BEGIN ISOLATION LEVEL REPEATABLE READ"
COUNT = "SELECT count(*) FROM a"


@lru_cache
def _ready(major: int) -> Host:
    return run_line(world("default", Build(major), Build(major)), TABLE).host


def spoken(major: int, *lines: str) -> str:
    r"""What one psql in shop prints of these lines; a line that begins with ! is what somebody else's psql does.

    A line for the other is carried out by \!, so it happens exactly then.
    """
    script = "".join(
        f'\\! psql -X -d shop -qAt -c "{line[1:]}"\n' if line[0] == "!" else f"{line};\n" for line in lines
    )
    done = run_line(_ready(major), f"psql -X -d shop -qAt <<'EOF' 2>&1\n{script}EOF\n")
    return text_of(done.stdout)


# What the first psql says between two statements, what another commits in between, what comes of the last one.
SEEN = [
    ("READ COMMITTED sees what others commit", ("BEGIN", COUNT, "!DELETE FROM a", COUNT), "3 0"),
    ("REPEATABLE READ keeps the state of its first query", (REPEATABLE, COUNT, "!DELETE FROM a", COUNT), "3 3"),
    ("that is of its first query, not of BEGIN", (REPEATABLE, "!DELETE FROM a", COUNT), "0"),
    ("SHOW and SET are no queries", (REPEATABLE, "SET work_mem = 64", "!DELETE FROM a", COUNT), "0"),
    ("SERIALIZABLE does, too", ("BEGIN ISOLATION LEVEL SERIALIZABLE", COUNT, "!DELETE FROM a", COUNT), "3 3"),
    ("with COMMIT it is over", (REPEATABLE, COUNT, "!DELETE FROM a", "COMMIT", COUNT), "3 0"),
    ("its own changes it sees", (REPEATABLE, COUNT, "!DELETE FROM a", "INSERT INTO a VALUES (9)", COUNT), "3 4"),
    ("a table made later is there, and empty",
     (REPEATABLE, COUNT, "!CREATE TABLE late AS SELECT 1", "SELECT count(*) FROM late"), "3 0"),
    ("and not in pg_class",
     (REPEATABLE, COUNT, "!CREATE TABLE l AS SELECT 1", "SELECT count(*) FROM pg_class WHERE relname = 'l'"), "3 0"),
    ("a column made later has its default",
     (REPEATABLE, COUNT, "!ALTER TABLE a ADD j int DEFAULT 5", "!INSERT INTO a VALUES (9)", "SELECT j FROM a"),
     "3 5 5 5"),
    ("a truncated table is empty for everybody",
     (REPEATABLE, "SELECT 1", "!TRUNCATE a", "!INSERT INTO a VALUES (7)", COUNT), "1 0"),
    ("a default for the session",
     ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ", "BEGIN", COUNT, "!DELETE FROM a",
      COUNT, "SHOW transaction_isolation"), "3 3 repeatable read"),
    ("SET outside of a transaction is for nothing",
     ("SET transaction_isolation = 'repeatable read'", "SHOW transaction_isolation"), "read committed"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "lines", "printed"), SEEN, ids=[case[0] for case in SEEN])
def test_a_transaction_sees_what_its_isolation_level_says(why: str, lines: tuple[str, ...], printed: str) -> None:
    assert spoken(16, *lines).split() == printed.split(), why


REFUSED = [
    ((REPEATABLE, COUNT, "!UPDATE a SET v = 'theirs' WHERE id = 1", "UPDATE a SET v = 'mine' WHERE id = 1"),
     "could not serialize access due to concurrent update"),
    ((REPEATABLE, COUNT, "!UPDATE a SET v = 'theirs' WHERE id = 1", "DELETE FROM a WHERE id = 1"),
     "could not serialize access due to concurrent update"),
    ((REPEATABLE, COUNT, "!DELETE FROM a WHERE id = 3", "DELETE FROM a WHERE id = 3"),
     "could not serialize access due to concurrent delete"),
    ((REPEATABLE, COUNT, "!INSERT INTO a VALUES (5)", "INSERT INTO a VALUES (5)"),
     'duplicate key value violates unique constraint "a_pkey"'),
    (("BEGIN", COUNT, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"),
     "SET TRANSACTION ISOLATION LEVEL must be called before any query"),
    (("BEGIN", "SAVEPOINT s", "SET transaction_isolation = 'serializable'"),
     "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction"),
    (("SET transaction_isolation = 'bogus'",), 'invalid value for parameter "transaction_isolation": "bogus"'),
    (("BEGIN", "SAVEPOINT s", "SELECT pg_export_snapshot()"), "cannot export a snapshot from a subtransaction"),
    (("BEGIN", "SET TRANSACTION SNAPSHOT '00000009-00000001-1'"),
     "a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ"),
    ((REPEATABLE, COUNT, "SET TRANSACTION SNAPSHOT '00000009-00000001-1'"),
     "SET TRANSACTION SNAPSHOT must be called before any query"),
    ((REPEATABLE, "SET TRANSACTION SNAPSHOT 'bogus'"), 'invalid snapshot identifier: "bogus"'),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "said"), REFUSED)
def test_a_transaction_is_refused_what_its_snapshot_does_not_allow(lines: tuple[str, ...], said: str) -> None:
    assert f"ERROR:  {said}\n" in spoken(18, *lines)


@pytest.mark.parametrize(
    ("major", "said"), [(16, 'invalid snapshot identifier: "0000000A-1"'), (18, 'snapshot "0000000A-1" does not exist')]
)
def test_a_snapshot_that_nobody_exports_is_told_in_the_words_of_the_major(major: int, said: str) -> None:
    assert f"ERROR:  {said}\n" in spoken(major, REPEATABLE, "SET TRANSACTION SNAPSHOT '0000000A-1'")


BOTH = [
    ("rows of both", "INSERT INTO a VALUES (10)", "INSERT INTO a VALUES (11)", "1 2 3 10 11"),
    ("rows of one, what the other deleted", "INSERT INTO a VALUES (10)", "DELETE FROM a WHERE id = 1", "2 3 10"),
    ("what both deleted", "DELETE FROM a WHERE id = 2", "DELETE FROM a WHERE id = 1", "3"),
    ("another table", "INSERT INTO a VALUES (10)", "INSERT INTO b VALUES (1)", "1 2 3 10"),
]


@pytest.mark.parametrize("begin", ["BEGIN", REPEATABLE])
@pytest.mark.parametrize(("why", "mine", "theirs", "left"), BOTH, ids=[case[0] for case in BOTH])
def test_what_two_transactions_did_to_one_table_is_there_when_both_have_committed(
    why: str, mine: str, theirs: str, left: str, begin: str
) -> None:
    said = spoken(16, begin, mine, f"!{theirs}", "COMMIT", "SELECT id FROM a ORDER BY id")
    assert said.split() == left.split(), why


def test_a_read_committed_transaction_that_has_written_sees_what_others_commit() -> None:
    assert spoken(16, "BEGIN", "INSERT INTO a VALUES (10)", "!INSERT INTO a VALUES (11)", COUNT) == "5\n"
    assert spoken(16, "BEGIN", COUNT, "!DELETE FROM a", "SELECT txid_current() > 0", "COMMIT", COUNT) == "3\nt\n0\n"


EXPORT = f"{REPEATABLE};\nSELECT pg_export_snapshot() AS id \\gset\n\\setenv ID :id\n"


def exported(major: int, *lines: str) -> str:
    """What is printed while a psql keeps a snapshot exported as $ID: lines of the shell."""
    script = EXPORT + "".join(f"\\! {line}\n" for line in lines)
    return text_of(run_line(_ready(major), f"psql -X -d shop -qAt <<'EOF' 2>&1\n{script}EOF\n").stdout)


@pytest.mark.parametrize("major", [15, 18])
def test_pg_dump_shows_the_state_of_an_exported_snapshot(major: int) -> None:
    later = "psql -X -d shop -qc 'DELETE FROM a' -c 'CREATE TABLE late (i int)'"
    dump = "pg_dump --snapshot=$ID -t a -t late -a --inserts shop | grep INSERT | wc -l"
    assert exported(major, later, dump) == "3\n"
    took = f'psql -X -d shop -qAt -c "{REPEATABLE}" -c "SET TRANSACTION SNAPSHOT \'$ID\'" -c "{COUNT}"'
    assert exported(major, later, took) == "3\n"


@pytest.mark.parametrize(
    ("before", "line", "said"),
    [
        (":", "pg_dump --snapshot=$ID postgres", "cannot import a snapshot from a different database"),
        ("psql -d shop -qc 'DROP TABLE b'", "pg_dump --snapshot=$ID -t b shop", 'relation "public.b" does not exist'),
        (":", 'psql -d shop -qc "BEGIN ISOLATION LEVEL SERIALIZABLE" -c "SET TRANSACTION SNAPSHOT \'$ID\'"',
         "a serializable transaction cannot import a snapshot from a non-serializable transaction"),
    ],
)  # fmt: skip
def test_a_snapshot_is_of_one_database_and_does_not_keep_what_is_dropped(before: str, line: str, said: str) -> None:
    assert said in exported(16, before, line)


def test_an_exported_snapshot_ends_with_its_transaction() -> None:
    script = EXPORT + "COMMIT;\n\\! pg_dump --snapshot=$ID shop\n"
    done = run_line(_ready(16), f"psql -X -d shop -qAt <<'EOF' 2>&1\n{script}EOF\n")
    assert "pg_dump: error: query failed: ERROR:  invalid snapshot identifier" in text_of(done.stdout)


HOLDER = "psql -X -d shop -qc BEGIN -c 'LOCK TABLE a' -c 'SELECT pg_sleep(5)' -c 'DELETE FROM a' -c COMMIT"
LOCKED = f"{HOLDER} > ~/out 2>&1 & sleep 1"


@pytest.mark.parametrize("major", [15, 16, 18])
def test_pg_dump_waits_for_a_table_and_shows_the_state_of_its_own_start(major: int) -> None:
    dump = "pg_dump shop -t a -a --inserts | grep -c INSERT"
    done = run_line(_ready(major), f"{LOCKED}; {dump}; psql -X -d shop -qAtc '{COUNT}'")
    assert text_of(done.stdout).split() == ["3", "0"]


@pytest.mark.parametrize(("timeout", "status"), [("2s", 1), ("2000", 1), ("20s", 0)])
def test_pg_dump_waits_no_longer_than_its_lock_wait_timeout(timeout: str, status: int) -> None:
    done = run_line(_ready(15), f"{LOCKED}; pg_dump --lock-wait-timeout={timeout} shop -t a -f ~/dump")
    said = (
        "pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\n"
        "pg_dump: detail: Query was: LOCK TABLE public.a IN ACCESS SHARE MODE\n"
    )
    assert (done.exit, done.stderr) == (status, said if status else "")


def test_pg_dump_loses_its_server_while_it_waits() -> None:
    done = run_line(_ready(16), f"{LOCKED}; (sleep 2; pg_ctl stop -m fast > ~/stop) & pg_dump shop -t a")
    assert (done.exit, done.stderr.splitlines()[:1], done.stderr.splitlines()[-1:]) == (
        1,
        ["pg_dump: error: query failed: FATAL:  terminating connection due to administrator command"],
        ["pg_dump: detail: Query was: LOCK TABLE public.a IN ACCESS SHARE MODE"],
    )


def test_two_psql_in_two_tabs_see_what_their_transactions_say() -> None:
    moment = first_moment(_ready(16))
    said = []
    for seat, text in (
        (0, "psql -d shop -qAt"),
        (1, "psql -d shop -qAt"),
        (0, f"{REPEATABLE};"),
        (0, f"{COUNT};"),
        (1, "DELETE FROM a WHERE id = 1;"),
        (1, f"{COUNT};"),
        (0, f"{COUNT};"),
        (0, "COMMIT;"),
        (0, f"{COUNT};"),
    ):
        moment = after(moment, Line(seat, text))
        said.append(moment.said.out)
    assert "".join(said) == "3\n2\n3\n2\n"


def test_a_dump_that_waits_for_a_tab_that_never_commits_is_given_up() -> None:
    moment = first_moment(_ready(16))
    for seat, text in (
        (0, "psql -d shop -q"),
        (0, "BEGIN; LOCK TABLE a;"),
        (1, "pg_dump shop -t a > ~/dump; echo $?"),
    ):
        moment = after(moment, Line(seat, text))
    assert moment.said.out == "130\n"
