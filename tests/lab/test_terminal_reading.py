"""What a line is read as before anything is performed: words, SQL and configuration, written anew or refused."""

from pathlib import Path

import pytest

from host.conformance.record import PLACES
from lab import NotHere
from lab.dumped import Dumps
from lab.paths import Paths
from lab.terminal import meta, sql
from lab.terminal.arguments import Writer
from lab.terminal.configs import Configs
from lab.terminal.places import Places
from lab.terminal.reading import globbed, order, script_of, simples

SOCKET = PLACES["SOCKET"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for path in ("work/sub", "pgdata/pg_wal", "dumps", "backup", "archive"):
        (tmp_path / "root" / "dojo" / path).mkdir(parents=True)
    (tmp_path / "root/dojo/pgdata/PG_VERSION").write_text("16\n")
    return tmp_path


@pytest.fixture
def places(home: Path) -> Places:
    configs = Configs(home, home / "root", frozenset({"port = 5432"}), "")
    return Places(Paths(home / "root", home / "root/dojo/socket"), PLACES["WORK"], SOCKET, "", Dumps(), configs)


def words(line: str, **variables: str) -> list[tuple[str, ...]]:
    return [order(one, variables, lambda _: ["a", "b"]).words for one in simples(script_of(line))]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("ls $D/x", [("ls", "/dojo/x")]),
        ("""echo "$D" '$D' \\$D""", [("echo", "/dojo", "$D", "$D")]),
        ("ls * '*'", [("ls", "a", "b", "*")]),
        ("a | b && c || d; e", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ('ls $NONE "$NONE"', [("ls", "")]),
    ],
)
def test_words_are_what_a_shell_would_make_of_them(line: str, read: list[tuple[str, ...]]) -> None:
    assert words(line, D="/dojo") == read


@pytest.mark.parametrize(
    "line",
    [
        "ls $(id)",
        "ls `id`",
        "ls $((1+1))",
        "id &",
        "! ls",
        "time ls",
        "{ ls; }",
        "if true; then ls; fi",
        "ls ~",
        "ls {a,b}",
        "ls ${D#x}",
        "cat << E",
        "ls 3> x",
        "ls &> x",
        "f() { ls; }",
        "ls 'x",
        "ls\nid",
        "X+=y ls",
        "ls $B",
    ],
)
def test_what_only_a_shell_could_do_is_refused(line: str) -> None:
    with pytest.raises(NotHere):
        words(line, B="a b")


def test_patterns_are_matched_component_by_component_without_hidden_names() -> None:
    tree = {"/d/": ["b", "a"], "/d/a/": [".h", "y.sql", "x.sql"], "/d/b/": ["z.sql"]}
    assert globbed("/d/*/*.sql", lambda path: tree.get(path, [])) == ["/d/a/x.sql", "/d/a/y.sql", "/d/b/z.sql"]
    assert globbed("/d/a/.*", lambda path: tree.get(path, [])) == ["/d/a/.h"]
    assert globbed("/d/q*", lambda path: tree.get(path, [])) == []


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("pg_dump -Fc -f x.dump shop", ("--format=c", "--file=x.dump", "shop")),
        ("pg_dump --form custom shop -sa", ("--format=custom", "--schema-only", "--data-only", "shop")),
        ("psql -Atc 'select 1' shop", ("--no-psqlrc", "--no-align", "--tuples-only", "--command=select 1", "shop")),
        ("rm -rf sub", ("-rf", "--", "sub")),
        ("tar -tf -", ("-tf", "-")),
        ("pg_isready -p 5433 -q", ("--port=5433", "--quiet")),
        ("initdb -N -U postgres --wal-segsize=4 new", ("--nosync", "--username=postgres", "--wal-segsize=4", "new")),
        ("pg_resetwal -n sub", ("--dry-run", "sub")),
        ("tar xf x.tar -C sub", ("-xf", "x.tar", "-C", "sub")),
    ],
)
def test_a_command_is_written_anew_in_one_form(typed: str, written: tuple[str, ...], places: Places) -> None:
    (said,) = words(typed)
    assert Writer(places, 16).written(said).words == written


def test_pg_rewind_reaches_a_server_by_the_sessions_own_socket(places: Places, home: Path) -> None:
    typed = ("pg_rewind", "-D", "sub", f"--source-server=host={SOCKET} port=5433 user=postgres")
    written = Writer(places, 16).written(typed)
    assert written.words == (
        "--target-pgdata=sub",
        f"--source-server=host='{home}/root/dojo/socket' port=5433 user=postgres",
    )
    assert written.server_reads == ("sub",)
    for other in ("host=/tmp", "port=5433 service=x", "dbname='x y'", "postgresql://10.0.0.1/x"):
        with pytest.raises(NotHere):
            Writer(places, 16).written(("pg_rewind", "-D", "sub", f"--source-server={other}"))


def test_an_absolute_path_becomes_the_one_of_the_runs_folder(places: Places, home: Path) -> None:
    assert Writer(places, 16).written(("cat", "/dojo/work/x")).words == ("--", f"{home}/root/dojo/work/x")


def test_a_link_that_leaves_the_folder_is_refused(places: Places, home: Path) -> None:
    (home / "root/dojo/work/out").symlink_to("/etc")
    with pytest.raises(NotHere) as refused:
        Writer(places, 16).written(("cat", "out/passwd"))
    assert refused.value.code == "outside"


def _plain(_: str, value: str) -> str:
    return f"<{value}>"


@pytest.mark.parametrize(
    "text",
    [
        "select count(*) from orders",
        "insert into orders (id, amount) values (1, 2.5), (2, 3)",
        "insert into orders select g, 1, now()::date, 5 from generate_series(1, 10) g",
        "begin; delete from orders; rollback",
        "create table t (id integer primary key, what varchar(10) default 'x''y')",
        "create index i on orders (amount)",
        "select pg_create_restore_point('a'), pg_switch_wal()",
        "copy (select * from orders) to stdout",
        "vacuum (full) orders",
        "select rolname from pg_roles where rolname !~ '^pg_'",
        "select pg_backup_start('label', true)",
    ],
)
def test_sql_of_the_subject_passes_as_it_is(text: str) -> None:
    assert sql.checked(text, _plain) == text


@pytest.mark.parametrize(
    "text",
    [
        "copy t from program 'id'",
        "copy t from '/etc/passwd'",
        "select lo_export(1, 'x')",
        "select (pg_ls_dir('/'))",
        "create extension x",
        "set role x",
        "alter database shop set search_path = x",
        "select $$x$$",
        "select 1 /* x */",
        "insert into pg_authid values (1)",
        "with x as (delete from pg_class returning 1) select 1 from x",
        "create view v as select query_to_xml('x', true, true, '')",
        "select u&'\\0041'",
        "select 'a'\\g",
        "listen x",
        "create subscription s connection 'host=x' publication p",
        "alter system set a.b = 'x'",
        "declare c cursor for select 1",
        "select * from orders where exists query_to_xml('x')",
        "create schema s create trigger t",
        "import foreign schema x",
    ],
)
def test_sql_that_reaches_out_or_can_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(NotHere):
        sql.checked(text, _plain)


def test_alter_system_is_written_anew() -> None:
    text = "select 1; ALTER  SYSTEM set Wal_Level to 'a''b'; select 2"
    assert sql.checked(text, _plain) == "select 1; ALTER SYSTEM SET wal_level = '<a''b>'; select 2"


def test_a_tablespace_is_made_below_the_runs_folder(places: Places, home: Path) -> None:
    text = "create tablespace fast owner app location '/dojo/work/it''s'; create table t (id int) tablespace fast"
    written = sql.checked(text, _plain, lambda path: f"<{path}>")
    assert written == text.replace("'/dojo/work/it''s'", "'</dojo/work/it''s>'")
    assert places.space("/dojo/work/sub") == f"{home}/root/dojo/work/sub"
    for path in ("/dojo/pgdata/pg_wal", "/dojo/work/../../x", f"{SOCKET}/x"):
        with pytest.raises(NotHere):
            places.space(path)


def test_psql_only_looks_and_runs_scripts_of_plain_sql() -> None:
    assert meta.command("\\dt public.*", _plain) == "\\dt public.*"
    meta.script("\\set ON_ERROR_STOP on\nselect 1;\nselect 2;\n")
    for text in ("\\! id\n", "select :x;\n", "select 1 \\g x\n", "\\i x\n", "alter system set port = 1;\n"):
        with pytest.raises(NotHere):
            meta.script(text)


def test_lines_for_a_configuration_file_are_rewritten_and_known_again(home: Path) -> None:
    configs = Configs(home, home / "root", frozenset(), "")
    line = configs.rewritten("restore_command = 'cp /dojo/archive/%f %p'\nrecovery_target_name = 'x'\n")
    assert line.startswith(f"restore_command = '{home}/programs/restore %f %p ")
    assert line.endswith("\nrecovery_target_name = 'x'\n")
    data = home / "root/dojo/pgdata"
    (data / "postgresql.auto.conf").write_text(line)
    configs.check(data)
    (data / "postgresql.auto.conf").write_text(line.replace("programs/restore", "programs/../root/dojo/work/x"))
    with pytest.raises(NotHere):
        configs.check(data)


def test_a_standby_may_follow_only_a_server_of_the_run(home: Path) -> None:
    configs, data = Configs(home, home / "root", frozenset(), ""), home / "root/dojo/pgdata"
    ours = f"primary_conninfo = 'user=postgres host=''{home}/root/dojo/socket'' port=5432'\n"
    (data / "postgresql.auto.conf").write_text(ours)
    configs.check(data)
    for other in (ours.replace("port=5432", "hostaddr=10.0.0.1"), ours.replace(str(home), "/x")):
        (data / "postgresql.auto.conf").write_text(other)
        with pytest.raises(NotHere):
            configs.check(data)
