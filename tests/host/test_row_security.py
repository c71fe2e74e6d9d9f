"""Row-level security: what a role sees and writes, and what pg_dump says (each case was seen on real 15, 16 and 18)."""

from __future__ import annotations

from functools import lru_cache

import pytest

from host.content import text_of
from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world

ROLES = (
    "psql -X -qd shop -c 'CREATE ROLE own LOGIN' -c 'CREATE ROLE rd LOGIN' -c 'CREATE ROLE byp LOGIN BYPASSRLS' "
    "-c 'CREATE ROLE mem LOGIN' -c 'GRANT own TO mem' -c 'GRANT CREATE, USAGE ON SCHEMA public TO own'"
)
TABLE = (
    "psql -X -qd shop -U own -c 'CREATE TABLE o (id int PRIMARY KEY, who text, v int)' "
    "-c \"INSERT INTO o VALUES (1, 'rd', 10), (2, 'own', 20), (3, 'rd', 30)\" "
    "-c 'GRANT ALL ON o TO rd, byp' -c 'REVOKE TRUNCATE ON o FROM rd' -c 'ALTER TABLE o ENABLE ROW LEVEL SECURITY'"
)
MINE = "CREATE POLICY mine ON o USING (who = current_user)"
COUNT = "SELECT count(*) FROM o"


@lru_cache
def _ready(major: int) -> Host:
    host = world("default", Build(major), Build(major))
    for line in (ROLES, TABLE):
        host = run_line(host, line).host
    return host


def said(host: Host, role: str, *statements: str) -> tuple[Host, str]:
    """The host after these statements of a role in shop, and what psql printed of the last one."""
    for text in statements[:-1]:
        host = run_line(host, f'psql -X -d shop -U {role} -qAt -c "{text}"').host
    done = run_line(host, f'psql -X -d shop -U {role} -At -c "{statements[-1]}"')
    return done.host, (text_of(done.stdout) + done.stderr).strip()


def ruled(major: int, *policies: str) -> Host:
    """The host where these statements of the owner are in force."""
    return said(_ready(major), "own", *policies)[0] if policies else _ready(major)


OF_POLICY = 'query would be affected by row-level security policy for table "o"'
NEW_ROW = 'new row violates row-level security policy for table "o"'
CASES = [
    ("without a policy nobody but the owner sees a row", (), "rd", COUNT, "0"),
    ("the owner is not held to it", (MINE,), "own", COUNT, "3"),
    ("nor is a member of the owner", (MINE,), "mem", COUNT, "3"),
    ("nor a superuser", (MINE,), "postgres", COUNT, "3"),
    ("nor who may bypass it", (MINE,), "byp", COUNT, "3"),
    ("FORCE holds the owner to it", (MINE, "ALTER TABLE o FORCE ROW LEVEL SECURITY"), "own", COUNT, "1"),
    ("a policy lets some rows through", (MINE,), "rd", COUNT, "2"),
    ("COPY shows no more", (MINE,), "rd", "COPY o (id) TO STDOUT", "1\n3"),
    ("an allowed row", (MINE,), "rd", "INSERT INTO o VALUES (4, 'rd', 1)", "INSERT 0 1"),
    ("a row of somebody else", (MINE,), "rd", "INSERT INTO o VALUES (4, 'x', 1)", f"ERROR:  {NEW_ROW}"),
    ("a row given away", (MINE,), "rd", "UPDATE o SET who = 'x' WHERE id = 1", f"ERROR:  {NEW_ROW}"),
    ("only visible rows are changed", (MINE,), "rd", "UPDATE o SET v = 0", "UPDATE 2"),
    ("only visible rows are deleted", (MINE,), "rd", "DELETE FROM o WHERE id < 3", "DELETE 1"),
    ("a key is taken, its row is not told", (MINE,), "rd", "INSERT INTO o VALUES (2, 'rd', 1)",
     'ERROR:  duplicate key value violates unique constraint "o_pkey"'),
    ("COPY FROM is not for it", (MINE,), "rd", "COPY o FROM STDIN",
     "ERROR:  COPY FROM not supported with row-level security\nHINT:  Use INSERT statements instead."),
    ("TRUNCATE needs its own privilege", (MINE,), "rd", "TRUNCATE o", "ERROR:  permission denied for table o"),
    ("a restrictive policy allows nothing alone",
     ("CREATE POLICY r ON o AS RESTRICTIVE USING (v > 5)",), "rd", COUNT, "0"),
    ("it takes away from what others allow",
     (MINE, "CREATE POLICY r ON o AS RESTRICTIVE USING (v > 15)"), "rd", COUNT, "1"),
    ("it is named", (MINE, "CREATE POLICY r ON o AS RESTRICTIVE USING (v > 15)"), "rd",
     "INSERT INTO o VALUES (4, 'rd', 1)", 'ERROR:  new row violates row-level security policy "r" for table "o"'),
    ("a policy for one command", ("CREATE POLICY i ON o FOR INSERT WITH CHECK (true)",), "rd", COUNT, "0"),
    ("a policy for others", ("CREATE POLICY b ON o TO byp USING (true)",), "rd", COUNT, "0"),
    ("a view reads as its owner does", (MINE, "CREATE VIEW w AS SELECT * FROM o", "GRANT SELECT ON w TO rd"),
     "rd", "SELECT count(*) FROM w", "3"),
    ("switched off", (MINE, "ALTER TABLE o DISABLE ROW LEVEL SECURITY"), "rd", COUNT, "3"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "rules", "role", "statement", "printed"), CASES, ids=[case[0] for case in CASES])
def test_a_role_sees_and_writes_what_the_policies_allow(
    why: str, rules: tuple[str, ...], role: str, statement: str, printed: str
) -> None:
    assert said(ruled(16, *rules), role, statement)[1] == printed, why


@pytest.mark.parametrize("statement", ["SELECT * FROM o", "DELETE FROM o", "UPDATE o SET v = 0", "COPY o TO STDOUT"])
def test_with_row_security_off_a_statement_is_refused_rather_than_cut(statement: str) -> None:
    assert said(ruled(16, MINE), "rd", f"SET row_security = off; {statement}")[1] == f"SET\nERROR:  {OF_POLICY}"
    forced = ruled(16, MINE, "ALTER TABLE o FORCE ROW LEVEL SECURITY")
    assert said(forced, "own", f"SET row_security = off; {statement}")[1].splitlines()[1:] == [
        f"ERROR:  {OF_POLICY}",
        "HINT:  To disable the policy for the table's owner, use ALTER TABLE NO FORCE ROW LEVEL SECURITY.",
    ]


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("CREATE POLICY p ON o FOR INSERT USING (true)", "only WITH CHECK expression allowed for INSERT"),
        ("CREATE POLICY p ON o FOR SELECT WITH CHECK (true)", "WITH CHECK cannot be applied to SELECT or DELETE"),
        ("CREATE POLICY p ON o USING (1)", "argument of POLICY must be type boolean, not type integer"),
        ("CREATE POLICY p ON o USING (nope)", 'column "nope" does not exist'),
        ("CREATE POLICY p ON nope USING (true)", 'relation "nope" does not exist'),
        ("CREATE POLICY p ON o TO nobody USING (true)", 'role "nobody" does not exist'),
        (f"{MINE}; {MINE}", 'policy "mine" for table "o" already exists'),
        ("ALTER POLICY p ON o TO rd", 'policy "p" for table "o" does not exist'),
        ("DROP POLICY p ON o", 'policy "p" for table "o" does not exist'),
    ],
)
def test_a_policy_is_refused(statement: str, refusal: str) -> None:
    assert said(_ready(16), "own", statement)[1].splitlines()[-1].endswith(f"ERROR:  {refusal}")


RULES = (
    MINE,
    "CREATE POLICY ins ON o FOR INSERT TO rd, byp WITH CHECK (v IS NOT NULL)",
    "CREATE POLICY strict ON o AS RESTRICTIVE USING (id < 100)",
)


def test_psql_describes_the_policies_of_a_table() -> None:
    shown = text_of(run_line(ruled(16, *RULES), r"psql -X -d shop -c '\d o'").stdout)
    assert shown.partition("Policies")[2] == (
        ':\n    POLICY "ins" FOR INSERT\n      TO byp,rd\n      WITH CHECK ((v IS NOT NULL))\n'
        '    POLICY "mine"\n      USING ((who = CURRENT_USER))\n'
        '    POLICY "strict" AS RESTRICTIVE\n      USING ((id < 100))\n\n'
    )
    assert "Policies (row security enabled): (none)" in text_of(run_line(_ready(16), r"psql -d shop -c '\d o'").stdout)


def test_pg_dump_writes_the_policies_and_a_restore_brings_them_back() -> None:
    host = ruled(16, *RULES, "ALTER TABLE o FORCE ROW LEVEL SECURITY")
    dumped = text_of(run_line(host, "pg_dump shop -s -t o").stdout)
    wanted = (
        ");\n\nALTER TABLE ONLY public.o FORCE ROW LEVEL SECURITY;\n\n\nALTER TABLE public.o OWNER TO own;\n",
        "CREATE POLICY ins ON public.o FOR INSERT TO rd, byp WITH CHECK ((v IS NOT NULL));\n",
        "CREATE POLICY mine ON public.o USING ((who = CURRENT_USER));\n",
        "ALTER TABLE public.o ENABLE ROW LEVEL SECURITY;\n\n--\n-- Name: o strict; Type: POLICY;",
        "CREATE POLICY strict ON public.o AS RESTRICTIVE USING ((id < 100));\n",
    )
    places = [dumped.find(text) for text in wanted]
    assert -1 not in places
    assert places == sorted(places)
    again = run_line(host, "createdb again; pg_dump -Fc shop -t o -f d; pg_restore -d again d").host
    counted = run_line(again, f"psql -d again -U rd -Atc '{COUNT}'")
    assert text_of(counted.stdout) == "2\n"


@pytest.mark.parametrize("major", [15, 16, 18])
@pytest.mark.parametrize(
    ("options", "query"),
    [
        ("-t o", "COPY public.o (id, who, v) TO stdout;"),
        ("-t o -Fc -f d", "COPY public.o (id, who, v) TO stdout;"),
        ("-t o --inserts", "DECLARE _pg_dump_cursor CURSOR FOR SELECT id, who, v FROM ONLY public.o"),
    ],
)
def test_pg_dump_would_rather_fail_than_dump_a_part_of_a_table(major: int, options: str, query: str) -> None:
    done = run_line(ruled(major, MINE), f"pg_dump -U rd shop {options}")
    assert (done.exit, done.stderr) == (
        1,
        f"pg_dump: error: query failed: ERROR:  {OF_POLICY}\npg_dump: detail: Query was: {query}\n",
    )


@pytest.mark.parametrize(
    ("role", "options", "rows"),
    [
        ("rd", "--enable-row-security", 2),
        ("own", "", 3),
        ("byp", "", 3),
        ("postgres", "", 3),
        ("postgres", "--role=rd --enable-row-security", 2),
    ],
)
def test_a_dump_has_the_rows_that_its_role_may_see(role: str, options: str, rows: int) -> None:
    host = ruled(16, MINE)
    done = run_line(host, f"pg_dump -U {role} shop -a -t o {options} | grep -c '^[0-9]'")
    assert text_of(done.stdout) == f"{rows}\n"


def test_a_role_that_a_policy_is_for_is_not_dropped() -> None:
    host = said(ruled(16, "CREATE POLICY p ON o TO rd USING (true)"), "postgres", "REVOKE ALL ON o FROM rd")[0]
    assert said(host, "postgres", "DROP ROLE rd")[1].splitlines() == [
        'ERROR:  role "rd" cannot be dropped because some objects depend on it',
        "DETAIL:  target of policy p on table o",
    ]
