"""Statements at the server of the fixture: what comes back, and what they leave behind."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.machine import Build, Host
from host.psql.report import worded
from host.server.connect import Connected, Wanted, connect
from host.sql.execute import execute
from host.sql.reply import Reply
from host.worlds import world

MAJORS = (12, 14, 15, 16, 18)


@lru_cache(maxsize=16)
def session(major: int = 16, user: str = "postgres", database: str = "shop") -> tuple[Host, int, int]:
    host = world("fixture", Build(major), Build(major))
    made = connect(host, Wanted(host.env["PGHOST"], 5432, user, database))
    assert isinstance(made, Connected)
    return made.host, made.port, made.pid


def replies(*texts: str, major: int = 16, user: str = "postgres") -> list[Reply]:
    """The replies to several query texts in one session."""
    host, port, pid = session(major, user)
    found: list[Reply] = []
    for text in texts:
        host, answers = execute(host, port, pid, text)
        found += answers
    return found


def said(*texts: str, major: int = 16, user: str = "postgres") -> str:
    """Rows ('a|b'), the tag, or the error of the last statement."""
    reply = replies(*texts, major=major, user=user)[-1]
    if reply.error is not None:
        return worded(reply.error, texts[-1]).rstrip("\n")
    if reply.fields is None:
        return reply.tag
    return "\n".join("|".join("~" if cell is None else cell for cell in row) for row in reply.rows)


ANSWERS = """
select count(*) from orders                                            -> 8
select sum(amount), max(id) from orders where customer_id = 1          -> 35.50|2
select city from customers where email like 'd%'                       -> ~
select name from customers order by name desc limit 1                  -> Eve
select name, count(o.id) from customers c left join orders o on customer_id = c.id group by 1 order by 1 -> Anna|2
select total from order_totals where customer_id = 5                   -> 180.00
select order_total(3)                                                  -> 20.00
select case when 1 > 2 then 'a' else 'b' end || 1                      -> b1
select pg_wal_lsn_diff('0/2000000', '0/1000000')                       -> 16777216
select pg_size_pretty(123456789::bigint)                               -> 118 MB
select current_database(), current_user                                -> shop|postgres
select pg_is_in_recovery()                                             -> f
select 'audit.log'::regclass, 'orders'::regclass                       -> audit.log|orders
select setting from pg_settings where name = 'max_connections'         -> 30
select count(*) from pg_tables where schemaname = 'public'             -> 3
select spcname from pg_tablespace order by 1                           -> fast
select conname from pg_constraint where conrelid = 'orders'::regclass and contype = 'p' -> orders_pkey
select table_name from information_schema.tables where table_schema = 'audit' -> log
select count(*) from generate_series(1, 1000000)                       -> 1000000
insert into orders values (102, 1, '2024-06-01', 5)                    -> INSERT 0 1
update orders set amount = amount + 1                                  -> UPDATE 8
delete from orders where id > 6                                        -> DELETE 2
create table big as select g id, repeat('y', 1000) t from generate_series(1, 30000) g -> SELECT 30000
checkpoint                                                             -> CHECKPOINT
alter database hr set work_mem = 8192                                  -> ALTER DATABASE
grant pg_read_all_data to app                                          -> GRANT ROLE
""".strip().splitlines()


@pytest.mark.parametrize("line", ANSWERS)
def test_a_statement_is_answered(line: str) -> None:
    """Each line is a statement and the first row or the tag that it is answered with."""
    statement, _, answer = line.rpartition("->")
    assert said(statement.strip()).split("\n")[0] == answer.strip()


REFUSALS = """
selekt 1                                        -> syntax error at or near "selekt"
select * form orders                            -> syntax error at or near "form"
select count(*) from                            -> syntax error at end of input
create tabel x(a int)                           -> syntax error at or near "tabel"
select * from nope                              -> relation "nope" does not exist
select nope from orders                         -> column "nope" does not exist
select nofunc(1)                                -> function nofunc(integer) does not exist
select 1/0                                      -> division by zero
select 'x'::int                                 -> invalid input syntax for type integer: "x"
select id from orders group by customer_id      -> column "orders.id"
insert into orders values (1, 1, '2024-01-01', 1) -> duplicate key value violates unique constraint "orders
insert into orders values (900, 99, '2024-01-01', 1) -> insert or update on table "orders" violates foreign
insert into orders values (900, 1, '2024-01-01', -1) -> new row for relation "orders" violates check constraint
insert into orders (id) values (900)            -> null value in column "customer_id" of relation "orders" violates
delete from customers where id = 1              -> update or delete on table "customers" violates foreign key
truncate customers                              -> cannot truncate a table referenced in a foreign key constraint
create database shop                            -> database "shop" already exists
drop database nosuchdb                          -> database "nosuchdb" does not exist
create role app                                 -> role "app" already exists
drop role app                                   -> role "app" cannot be dropped because some objects depend on it
set wal_level = minimal                         -> parameter "wal_level" cannot be changed without restarting the server
show nope                                       -> unrecognized configuration parameter "nope"
select pg_wal_replay_resume()                   -> recovery is not in progress
select pg_drop_replication_slot('x')            -> replication slot "x" does not exist
select pg_backup_stop()                         -> backup is not in progress
drop tablespace fast                            -> tablespace "fast" is not empty
""".strip().splitlines()


@pytest.mark.parametrize("line", REFUSALS)
def test_a_statement_is_refused_in_the_words_of_the_server(line: str) -> None:
    """Each line is a statement and how the message of its error begins."""
    statement, _, message = line.rpartition("->")
    assert said(statement.strip()).startswith(f"ERROR:  {message.strip()}")


@pytest.mark.parametrize("major", MAJORS)
def test_a_function_of_another_majors_name_does_not_exist(major: int) -> None:
    """The low-level functions were renamed in 15: each server knows its own names only."""
    wrong = "pg_backup_start" if major < 15 else "pg_start_backup"
    right = "pg_start_backup" if major < 15 else "pg_backup_start"
    assert said(f"select {wrong}('x')", major=major) == (
        f"ERROR:  function {wrong}(unknown) does not exist\nLINE 1: select {wrong}('x')\n               ^\n"
        "HINT:  No function matches the given name and argument types. You might need to add explicit type casts."
    )
    assert "/" in said(f"select {right}('x', true)", major=major)


def test_an_error_closes_the_transaction_to_everything_but_its_end() -> None:
    """25P02 until ROLLBACK; COMMIT then answers ROLLBACK, and nothing was kept."""
    lines = replies("begin", "insert into orders values (500,1,'2024-01-01',1)", "select 1/0", "select 1", "commit")
    assert lines[3].error is not None
    assert lines[3].error.message == "current transaction is aborted, commands ignored until end of transaction block"
    assert [lines[2].transaction, lines[3].transaction, lines[4].tag] == ["E", "E", "ROLLBACK"]
    assert (
        said("begin", "insert into orders values (500,1,'2024-01-01',1)", "rollback", "select count(*) from orders")
        == "8"
    )


def test_a_savepoint_takes_back_only_what_came_after_it() -> None:
    """ROLLBACK TO keeps the rows from before the savepoint."""
    texts = (
        "begin",
        "insert into orders values (500,1,'2024-01-01',1)",
        "savepoint a",
        "delete from orders",
        "rollback to a",
        "commit",
        "select count(*) from orders",
    )
    assert said(*texts) == "9"


def test_several_statements_of_one_text_are_one_transaction() -> None:
    """The second fails: the first is undone."""
    assert said("insert into orders values (500,1,'2024-01-01',1); select 1/0", "select count(*) from orders") == "8"
    assert said("create table t1 (a int); create database z", "select 1").startswith("1")
    refused = replies("select 1; create database z")[-1]
    assert refused.error is not None
    assert refused.error.message == "CREATE DATABASE cannot run inside a transaction block"


def test_what_one_session_has_not_committed_another_does_not_see() -> None:
    """A second session counts the rows of the last commit."""
    host, port, first = session()
    other = connect(host, Wanted(host.env["PGHOST"], port, "postgres", "shop"))
    assert isinstance(other, Connected)
    host = other.host
    for text in ("begin", "insert into orders values (500,1,'2024-01-01',1)"):
        host, _ = execute(host, port, first, text)
    host, (seen,) = execute(host, port, other.pid, "select count(*) from orders")
    assert seen.rows == (("8",),)
    host, _ = execute(host, port, other.pid, "insert into customers values (50, 'Zoe', 'z@example.org', null)")
    host, _ = execute(host, port, first, "commit")
    host, (seen,) = execute(
        host, port, other.pid, "select (select count(*) from orders), (select count(*) from customers)"
    )
    assert seen.rows == (("9", "6"),)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("select * from audit.log", "permission denied for schema audit"),
        ("truncate customers", "permission denied for table customers"),
        ("drop table customers", "must be owner of table customers"),
        ("checkpoint", "permission denied to execute CHECKPOINT command"),
        ("create role x", "permission denied to create role"),
        ("select pg_switch_wal()", "permission denied for function pg_switch_wal"),
        ("alter system set work_mem = '1MB'", 'permission denied to set parameter "work_mem"'),
        ("create table x (a int)", "permission denied for schema public"),
    ],
)
def test_an_ordinary_role_may_do_little(statement: str, message: str) -> None:
    """`app` has the rights of the fixture and no more."""
    assert said(statement, user="app").split("\n")[0] == f"ERROR:  {message}"


def test_alter_system_is_in_force_after_a_reload_or_waits_for_a_restart() -> None:
    """work_mem-like parameters at the reload; archive_mode shows pending_restart."""
    texts = ("alter system set archive_mode = on", "select pg_reload_conf()")
    assert said(*texts, "show archive_mode") == "off"
    assert said(*texts, "select pending_restart from pg_settings where name = 'archive_mode'") == "t"
    assert (
        said("alter system set archive_timeout = '5min'", "select pg_reload_conf()", "show archive_timeout") == "5min"
    )


def test_a_commit_writes_wal_and_takes_one_transaction_number() -> None:
    """pg_current_wal_lsn moves on with an INSERT and stays with a SELECT."""
    host, port, pid = session()
    before = host.instance(port)
    assert before is not None
    host, _ = execute(host, port, pid, "select count(*) from orders")
    same = host.instance(port)
    assert same is not None
    assert (same.cluster.insert_lsn, same.next_xid) == (before.cluster.insert_lsn, before.next_xid)
    host, _ = execute(host, port, pid, "insert into orders values (500,1,'2024-01-01',1)")
    after = host.instance(port)
    assert after is not None
    assert after.cluster.insert_lsn > before.cluster.insert_lsn
    assert after.next_xid == before.next_xid + 1


WORDS = st.sampled_from(
    """
    select insert update delete create drop alter table from where group by order limit ( ) , ; * 1 2.5 'x' "Q" orders
    customers id amount count sum :: int text = < + - || and or not null is in like case when then end begin commit
    rollback set show pg_switch_wal pg_backup_start generate_series $$ -- /* */ copy to stdout grant on app as join
    using values returning default primary key references check now interval array any exists union distinct
    """.split()
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=14).map(" ".join)))
def test_no_text_raises(text: str) -> None:
    """Whatever is sent, the server answers every statement with rows, a tag or an error."""
    host, port, pid = session()
    _, answers = execute(host, port, pid, text)
    assert answers
    assert all(
        reply.error is not None or reply.tag or reply.wants_copy or text.strip("; \n\t") != text for reply in answers
    ) or (answers == (Reply(),))
