r"""What psql does with an archive of pg_dump that it is given as a script (seen on real 15, 16 and 18)."""

from __future__ import annotations

from functools import lru_cache

import pytest

from host.content import text_of
from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world

MADE = (
    "createdb s; psql -X -qd s -c 'CREATE TABLE o (id int, v text)' -c \"INSERT INTO o VALUES (1, 'x')\"; createdb e; "
    "pg_dump -Ft s -f d.tar; pg_dump -Fc s -f d.custom; pg_dump -Fd s -f d.dir; pg_dump s -Z6 -f d.sql.gz"
)


@lru_cache
def _ready(major: int) -> Host:
    return run_line(world("default", Build(major), Build(major)), MADE).host


CUSTOM = (
    "The input is a PostgreSQL custom-format dump.\n"
    "Use the pg_restore command-line client to restore this dump to a database.\n\n"
)


@pytest.mark.parametrize("line", ["-f d.custom", "< d.custom", "-f d.dir/toc.dat", "-c '\\i d.custom'"])
@pytest.mark.parametrize("major", [15, 16, 18])
def test_psql_names_pg_restore_for_an_archive_in_custom_format(major: int, line: str) -> None:
    done = run_line(_ready(major), f"psql -X -d e {line}")
    assert (done.exit, text_of(done.stdout), done.stderr) == (
        1,
        CUSTOM,
        "",
    )


FIRST = (
    'psql:d.tar:3: ERROR:  syntax error at or near "toc"\nLINE 1: toc.dat\1\1\1\1\1\1\1\1    id integer,\n        ^\n'
)


@pytest.mark.parametrize(("major", "reset", "copy"), [(15, 41, 78), (16, 41, 78), (18, 42, 80)])
def test_psql_reads_the_text_within_a_tar_archive_and_its_restore_sql_drops_the_database_itself(
    major: int, reset: int, copy: int
) -> None:
    done = run_line(_ready(major), "psql -X -d e -f d.tar")
    said = done.stderr.splitlines(keepends=True)
    assert "".join(said[:3]) == FIRST
    assert said[3:7] == [
        "psql:d.tar:4: error: invalid command \\.\n",
        'psql:d.tar:20: ERROR:  syntax error at or near "\1"\n',
        "LINE 1: \1\1\n",
        "        ^\n",
    ]
    assert said[7] == f"psql:d.tar:{reset}: error: \\unrestrict: not currently in restricted mode\n"
    assert said[8].startswith(f'psql:d.tar:{copy}: ERROR:  could not open file "$$PATH$$/')
    assert (done.exit, len(said)) == (0, 10)
    out = text_of(done.stdout).splitlines()
    assert 'You are now connected to database "s" as user "postgres".' in out
    assert [line for line in out if "DATABASE" in line] == ["DROP DATABASE", "CREATE DATABASE", "ALTER DATABASE"]
    assert text_of(run_line(done.host, "psql -d s -Atc 'SELECT count(*) FROM o'").stdout) == "0\n"


def test_on_error_stop_keeps_psql_from_dropping_it() -> None:
    done = run_line(_ready(16), "psql -X -d e -v ON_ERROR_STOP=1 -f d.tar")
    assert (done.exit, done.stderr) == (3, FIRST)
    assert text_of(run_line(done.host, "psql -d s -Atc 'SELECT count(*) FROM o'").stdout) == "1\n"
