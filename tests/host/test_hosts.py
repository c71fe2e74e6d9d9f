"""Several hosts in a connection string: which of them libpq takes, and what it says of the others."""

from __future__ import annotations

import pytest

from host.content import text_of
from tests.host.machines import on, said, with_standby

REFUSED = (
    'connection to server at "backup1" (192.168.56.12), port 5432 failed: Connection refused\n'
    "\tIs the server running on that host and accepting TCP/IP connections?\n"
)
WHERE = 'connection to server at "{}" ({}), port 5432 failed: {}\n'
READ_ONLY = WHERE.format("standby1", "192.168.56.13", "session is read-only")
HOT = WHERE.format("standby1", "192.168.56.13", "server is in hot standby mode")
WRITABLE = WHERE.format("db1", "192.168.56.11", "session is not read-only")
PRIMARY = WHERE.format("db1", "192.168.56.11", "server is not in hot standby mode")


def asked(hosts: str, kind: str, major: int = 16) -> str:
    """The address of the server that was taken, or what was said."""
    line = f'psql -Atc "select inet_server_addr()" -d "host={hosts} target_session_attrs={kind} dbname=shop"'
    return said(on("backup1", line, host=with_standby(major)))


@pytest.mark.parametrize(
    ("hosts", "kind", "says"),
    [
        ("db1,standby1", "any", "192.168.56.11\n"),
        ("standby1,db1", "any", "192.168.56.13\n"),
        ("backup1,standby1", "any", "192.168.56.13\n"),
        ("nowhere,db1", "any", "192.168.56.11\n"),
        ("standby1,db1", "read-write", "192.168.56.11\n"),
        ("standby1", "read-write", f"psql: error: {READ_ONLY}"),
        ("standby1,backup1", "read-write", f"psql: error: {READ_ONLY}{REFUSED}"),
        ("db1,standby1", "read-only", "192.168.56.13\n"),
        ("db1", "read-only", f"psql: error: {WRITABLE}"),
        ("standby1,db1", "primary", "192.168.56.11\n"),
        ("standby1", "primary", f"psql: error: {HOT}"),
        ("db1,standby1", "standby", "192.168.56.13\n"),
        ("db1,backup1", "standby", f"psql: error: {PRIMARY}{REFUSED}"),
        ("db1,standby1", "prefer-standby", "192.168.56.13\n"),
        ("backup1,db1", "prefer-standby", "192.168.56.11\n"),
        ("db1", "wrong", 'psql: error: invalid target_session_attrs value: "wrong"\n'),
    ],
)
def test_the_first_that_will_do_is_taken(hosts: str, kind: str, says: str) -> None:
    """Asked of libpq of 15, 16 and 18."""
    assert asked(hosts, kind) == says


def test_before_14_there_is_one_kind_to_ask_for_and_other_words_for_it() -> None:
    says = 'psql: error: could not make a writable connection to server "standby1:5432"\n'
    assert asked("standby1", "read-write", 13) == says
    assert asked("standby1", "primary", 13) == 'psql: error: invalid target_session_attrs value: "primary"\n'


def test_a_server_that_refuses_ends_it_before_the_others_are_asked() -> None:
    done = on("backup1", "psql -h db1,standby1 -U nobody -c 'select 1' shop")
    assert done.stderr == "psql: error: " + WHERE.format("db1", "192.168.56.11", 'FATAL:  role "nobody" does not exist')


def test_each_host_has_its_port_or_one_is_that_of_all() -> None:
    assert said(on("backup1", "psql -h standby1,db1 -p 1,5432 -Atc 'select 1' shop")) == "1\n"
    done = on("backup1", "psql -h standby1,db1 -p 1,2,3 -c 'select 1' shop")
    assert done.stderr == "psql: error: could not match 3 port numbers to 2 hosts\n"


def test_every_tool_goes_through_the_hosts() -> None:
    assert said(on("backup1", "pg_isready -h backup1,db1")) == "backup1,db1:5432 - accepting connections\n"
    assert "CREATE TABLE public.orders" in text_of(on("backup1", "pg_dump -h backup1,db1 shop").stdout)
    assert said(on("backup1", "pg_basebackup -h standby1,db1 -D b", "cat b/PG_VERSION")) == "16\n"


def test_conninfo_names_the_host_that_was_taken_and_its_address() -> None:
    here = 'You are connected to database "shop" as user "postgres" on host "db1" (address "192.168.56.11") at port'
    assert said(on("backup1", "psql -h backup1,db1 -c '\\conninfo' shop")) == f'{here} "5432".\n'


def test_who_names_both_comes_to_the_standby_that_took_over() -> None:
    host = on("db1", "pg_ctl stop", "true", host=with_standby()).host
    line = "psql -d 'host=db1,standby1 dbname=shop target_session_attrs=read-write' -qc 'create table t()'"
    assert "session is read-only" in on("backup1", line, host=host).stderr
    host = on("standby1", "pg_ctl -D ~/data promote", "true", host=host).host
    assert on("backup1", line, host=host).exit == 0
