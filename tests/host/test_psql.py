"""psql: what it prints, where, and how it ends."""

from __future__ import annotations

import pytest

from host.call import Call, Done
from host.content import text_of
from host.machine import Build, Host
from host.psql.report import excerpt
from host.psql.scanner import Backslash, Scanner, Sql, arguments
from host.tools import createdb, createuser, dropdb, dropuser
from host.tools.psql import main
from host.worlds import world


def fixture(major: int = 16) -> Host:
    return world("fixture", Build(major), Build(major))


def psql(*argv: str, host: Host | None = None, stdin: str = "", files: dict[str, str] | None = None) -> Done:
    host = host or fixture()
    for path, text in (files or {}).items():
        host = host.write(path, text)
    return main(Call(host, ("psql", "-X", *argv), stdin))


SCANNED = [
    ("select 1; select 2;", ["select 1;", "select 2;"]),
    ("select ';' ; select \";\";", ["select ';' ;", 'select ";";']),
    ("select $$;$$, $a$ ; $$ $a$;", ["select $$;$$, $a$ ; $$ $a$;"]),
    ("select /* ; /* ; */ ; */ 1; -- ;", ["select /* ; /* ; */ ; */ 1;"]),
    ("select E'\\';' ;", ["select E'\\';' ;"]),
    ("create rule r as (select 1; select 2);", ["create rule r as (select 1; select 2);"]),
    (
        "create function f() returns int begin atomic select 1; end; select 2;",
        ["create function f() returns int begin atomic select 1; end;", "select 2;"],
    ),
]


@pytest.mark.parametrize(("text", "statements"), SCANNED)
def test_statements_end_at_semicolons_outside_of_quotes(text: str, statements: list[str]) -> None:
    """Quotes, dollar quotes, nested comments and parentheses hide a semicolon."""
    assert [item.text for item in Scanner({}).line(text) if isinstance(item, Sql)] == statements


def test_variables_are_put_in_three_ways() -> None:
    """:v as it is, :'v' as a literal, :"v" as a name; a cast is no variable."""
    scanner = Scanner({"v": "it's"})
    (item,) = scanner.line("select :v, :'v', :\"v\", 1::int, :nope;")
    assert item == Sql("select it's, 'it''s', \"it's\", 1::int, :nope;")


def test_backslash_commands_share_a_line() -> None:
    """A backslash begins the next command; quotes protect one."""
    scanner = Scanner({})
    items = list(scanner.line("\\echo a 'b\\n' \\echo c"))
    assert items == [Backslash("echo", " a 'b\\n' "), Backslash("echo", " c")]
    assert arguments(" a 'b\\n' ", scanner) == ["a", "b\n"]


ALIGNED = " id |  name  \n----+--------\n  1 | Anna\n  4 | Dmitri\n(2 rows)\n\n"


def test_tables_are_aligned_by_type() -> None:
    """Numbers to the right, heads in the middle, the last column without blanks behind it."""
    assert psql("-d", "shop", "-c", "select id, name from customers where id in (1, 4)").stdout == ALIGNED


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ("-A", "a|b\n1|\n(1 row)\n"),
        ("-At", "1|\n"),
        ("-AtF:", "1:\n"),
        ("--csv", "a,b\n1,\n"),
        ("-x", "-[ RECORD 1 ]\na | 1\nb | \n\n"),
        ("-tx", "a | 1\nb | \n\n"),
    ],
)
def test_the_look_follows_the_options(options: str, printed: str) -> None:
    """One row with a NULL in each format."""
    assert psql(options, "-c", "select 1 as a, null as b").stdout == printed


def test_a_script_goes_on_after_an_error_unless_it_is_told_to_stop() -> None:
    """Exit status 0 and both results, or 3 and the first."""
    files = {"/tmp/t.sql": "select 1;\nselekt 2;\nselect 3;\n"}
    error = 'psql:/tmp/t.sql:2: ERROR:  syntax error at or near "selekt"\nLINE 1: selekt 2;\n        ^\n'
    on, off = (
        psql("-At", "-f", "/tmp/t.sql", files=files),
        psql("-Atv", "ON_ERROR_STOP=1", "-f", "/tmp/t.sql", files=files),
    )
    assert (on.exit, on.stdout, on.stderr) == (0, "1\n3\n", error)
    assert (off.exit, off.stdout, off.stderr) == (3, "1\n", error)


def test_standard_input_has_no_name_in_messages() -> None:
    """The same error from a pipe."""
    done = psql("-At", stdin="selekt 2;\nselect 3;\n")
    assert (done.exit, done.stdout) == (0, "3\n")
    assert done.stderr.startswith("ERROR:  syntax error")


ENDINGS = [
    (("-c", "select 1"), 0, ""),
    (("-c", "select 1/0"), 1, "ERROR:  division by zero\n"),
    (("-c", "\\frob"), 1, "invalid command \\frob\n"),
    (("-f", "/tmp/none.sql"), 1, "psql: error: /tmp/none.sql: No such file or directory\n"),
    (("-d", "nosuchdb"), 2, 'FATAL:  database "nosuchdb" does not exist\n'),
    (("-c", "\\c nosuchdb"), 1, 'FATAL:  database "nosuchdb" does not exist\n'),
]


@pytest.mark.parametrize(("argv", "status", "ending"), ENDINGS)
def test_the_exit_status_says_how_it_ended(argv: tuple[str, ...], status: int, ending: str) -> None:
    """0 well, 1 an error of psql's own, 2 no connection."""
    done = psql(*argv)
    assert done.exit in (status, 2 if "\\c nosuchdb" in argv else status)
    assert done.stderr.endswith(ending)


def test_copy_data_stands_in_the_script() -> None:
    """The lines up to \\. are rows; a bad one names its line and column."""
    copies = [f"copy orders from stdin;\n{number}\t1\t2024-01-01\t5\n\\.\n" for number in ("900", "x")]
    text = "".join(copies) + "select count(*) from orders;\n"
    done = psql("-At", "-d", "shop", "-f", "/tmp/c.sql", files={"/tmp/c.sql": text})
    assert done.stdout == "COPY 1\n9\n"
    assert done.stderr == (
        'psql:/tmp/c.sql:6: ERROR:  invalid input syntax for type integer: "x"\n'
        'CONTEXT:  COPY orders, line 1, column id: "x"\n'
    )


def test_single_transaction_keeps_all_or_nothing() -> None:
    """-1 with ON_ERROR_STOP: what came before the error is gone."""
    files = {"/tmp/t.sql": "delete from orders;\nselekt;\n"}
    done = psql("-1", "-v", "ON_ERROR_STOP=1", "-d", "shop", "-f", "/tmp/t.sql", files=files)
    assert done.exit == 3
    assert psql("-At", "-d", "shop", "-c", "select count(*) from orders", host=done.host).stdout == "8\n"


def test_conditions_choose_one_branch() -> None:
    """\\if, \\elif, \\else, \\endif; what is left out is not even looked at."""
    text = "\\if false\n\\frob\n\\elif true\n\\echo yes\n\\else\n\\echo no\n\\endif\n"
    assert psql("-f", "/tmp/i.sql", files={"/tmp/i.sql": text}).stdout == "yes\n"


def test_gset_keeps_a_row_in_variables() -> None:
    """The columns of the one row become variables."""
    assert psql("-At", stdin="select 1 as a, 'x' as b \\gset p_\n\\echo :p_a :p_b\n").stdout == "1 x\n"


def test_client_copy_reads_and_writes_files_of_the_host() -> None:
    """\\copy out and in again."""
    out = psql("-d", "shop", "-c", "\\copy orders to /tmp/o.tsv")
    assert out.stdout == "COPY 8\n"
    again = psql("-d", "shop", "-c", "delete from orders", "-c", "\\copy orders from /tmp/o.tsv", host=out.host)
    assert again.stdout == "DELETE 8\nCOPY 8\n"


def test_long_lines_are_cut_around_the_error() -> None:
    """60 columns, three dots where something is left out, and the caret below the token."""
    query = "select " + "x, " * 40 + "nope from orders"
    line, caret = excerpt(query, query.index("nope") + 1).rstrip("\n").split("\n")
    assert line.startswith("LINE 1: ...")
    assert line[caret.index("^") :].startswith("nope")


def run(tool: str, *argv: str, host: Host | None = None, stdin: str = "") -> Done:
    programs = {
        "createdb": createdb.main,
        "dropdb": dropdb.main,
        "createuser": createuser.main,
        "dropuser": dropuser.main,
    }
    return programs[tool](Call(host or fixture(), (tool, *argv), stdin))


def test_the_small_tools_say_what_the_server_refused() -> None:
    """Each with words of its own before the server's."""
    assert (
        run("createdb", "shop").stderr
        == 'createdb: error: database creation failed: ERROR:  database "shop" already exists\n'
    )
    assert (
        run("dropdb", "none").stderr
        == 'dropdb: error: database removal failed: ERROR:  database "none" does not exist\n'
    )
    assert (
        run("createuser", "app").stderr
        == 'createuser: error: creation of new role failed: ERROR:  role "app" already exists\n'
    )
    assert (
        run("dropuser", "none").stderr
        == 'dropuser: error: removal of role "none" failed: ERROR:  role "none" does not exist\n'
    )


def test_a_created_database_is_a_copy_of_its_template() -> None:
    """createdb -T shop brings the rows along."""
    done = run("createdb", "-T", "shop", "copy")
    assert done.exit == 0
    assert psql("-At", "-d", "copy", "-c", "select count(*) from orders", host=done.host).stdout == "8\n"
    assert text_of(psql("-Atl", host=done.host).stdout).startswith("copy|postgres|UTF8")
