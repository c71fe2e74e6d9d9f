"""What was dumped comes back: every format, restored into an empty database, gives the same dump again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host import tree
from host.call import Call, Done
from host.catalog import change, rows
from host.catalog.objects import Column, Table
from host.machine import Build, Host
from host.options.connection import Target
from host.restore.session import HostSession
from host.server.work import running
from host.tools import pg_dump, pg_dumpall, pg_restore
from host.worlds import made, world

PORT = 5432
MAINS = {"pg_dump": pg_dump.main, "pg_dumpall": pg_dumpall.main, "pg_restore": pg_restore.main}


def fixture(major: int) -> Host:
    """A host with the fixture's server."""
    build = Build(major)
    return world("fixture", build, build)


def sql(host: Host, database: str, *texts: str) -> Host:
    """Run SQL that must succeed."""
    session = HostSession(host, Target(host.env.get("PGHOST", ""), str(PORT)))
    assert session.connect(database) is None
    for text in texts:
        assert session.send(text) is None
    session.close()
    return session.host


def run(host: Host, line: str) -> Done:
    """Run one of the tools."""
    words = tuple(line.split())
    return MAINS[words[0]](Call(host, words))


def plain(host: Host, database: str) -> str:
    """The plain dump, without what names the moment or the database."""
    done = run(host, f"pg_dump {database}")
    assert (done.exit, done.stderr) == (0, "")
    assert isinstance(done.stdout, str)
    return re.sub(r"restrict \w+", "restrict KEY", done.stdout)


@pytest.mark.parametrize("major", [13, 15, 16, 18])
@pytest.mark.parametrize("form", ["c", "d", "t"])
def test_a_restored_database_gives_the_same_dump(major: int, form: str) -> None:
    host = sql(fixture(major), "postgres", "CREATE DATABASE copy TEMPLATE template0")
    dumped = run(host, f"pg_dump -F{form} -f /tmp/shop.{form} shop")
    assert (dumped.exit, dumped.stderr) == (0, "")
    restored = run(dumped.host, f"pg_restore -d copy /tmp/shop.{form}")
    assert (restored.exit, restored.stderr) == (0, "")
    assert plain(restored.host, "copy") == plain(host, "shop")
    there = running(restored.host, PORT).catalog.databases["copy"]
    back = running(host, PORT).catalog.databases["shop"]
    assert {key: getattr(one, "rows", None) for key, one in there.relations.items()} == {
        key: getattr(one, "rows", None) for key, one in back.relations.items()
    }


def test_clean_makes_a_second_restore_the_same_as_the_first() -> None:
    host = sql(fixture(16), "postgres", "CREATE DATABASE copy TEMPLATE template0")
    host = run(host, "pg_dump -Fc -f /tmp/shop.dump shop").host
    once = run(host, "pg_restore -d copy /tmp/shop.dump")
    again = run(once.host, "pg_restore -c -d copy /tmp/shop.dump")
    assert (again.exit, again.stderr) == (0, "")
    assert plain(again.host, "copy") == plain(once.host, "copy")
    without = run(once.host, "pg_restore -d copy /tmp/shop.dump")
    assert without.exit == 1
    assert without.stderr.endswith("errors ignored on restore: 19\n")
    there = running(without.host, PORT).catalog.databases["copy"]
    # Primary keys keep rows from coming twice; the table without one has them twice.
    assert {t.name: t.rows.count for t in there.tables()} == {"customers": 5, "orders": 8, "log": 2, "events": 4}


def test_a_single_transaction_that_fails_leaves_nothing() -> None:
    host = sql(fixture(16), "postgres", "CREATE DATABASE copy TEMPLATE template0")
    host = run(sql(host, "copy", "CREATE TABLE orders (x integer)"), "pg_dump -Fc -f /tmp/shop.dump shop").host
    done = run(host, "pg_restore -1 -d copy /tmp/shop.dump")
    assert done.exit == 1
    assert 'relation "orders" already exists' in done.stderr
    assert running(done.host, PORT).catalog.databases["copy"].relations.keys() == {("public", "orders")}


def test_a_data_file_that_was_removed_is_missed() -> None:
    host = sql(fixture(16), "postgres", "CREATE DATABASE copy TEMPLATE template0")
    host = run(host, "pg_dump -Fd -f /tmp/shop.d shop").host
    names = tree.need_dir(host.root, "/tmp/shop.d").entries
    name = min(name for name in names if name.endswith(".dat.gz") and name[0].isdigit())
    done = run(host.with_root(tree.remove(host.root, f"/tmp/shop.d/{name}")), "pg_restore -d copy /tmp/shop.d")
    assert done.exit == 1
    assert f'could not open input file "/tmp/shop.d/{name.removesuffix(".gz")}": No such file' in done.stderr


VALUES = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), max_size=5), st.sampled_from(["", "--inserts", "--rows-per-insert=2"]))
def test_rows_of_any_text_come_back(given_rows: list[tuple[str | None, str | None]], how: str) -> None:
    host = fixture(16)
    instance = running(host, PORT)
    shop = instance.catalog.databases["shop"]
    table = Table(
        "public", "t", 30000, "postgres", (Column("a", "text"), Column("b", "text")), rows=rows.of(given_rows)
    )
    catalog = change.with_database(instance.catalog, change.with_relation(shop, table))
    host = made.filled(host, PORT, catalog)
    host = sql(host, "postgres", "CREATE DATABASE copy TEMPLATE template0")
    host = run(host, f"pg_dump -Fc {how} -t t -f /tmp/t.dump shop").host
    done = run(host, "pg_restore -d copy /tmp/t.dump")
    assert (done.exit, done.stderr) == (0, "")
    back = running(done.host, PORT).catalog.databases["copy"].table("public", "t")
    assert back is not None
    assert list(back.rows) == given_rows


def test_a_million_rows_come_back_as_one_value() -> None:
    host = fixture(16)
    instance = running(host, PORT)
    many = rows.Rows((rows.Series(1, 10**6, (rows.Number(), rows.Hashed())),))
    table = Table("public", "t", 30000, "postgres", (Column("a", "integer"), Column("b", "text")), rows=many)
    shop = change.with_relation(instance.catalog.databases["shop"], table)
    host = made.filled(host, PORT, change.with_database(instance.catalog, shop))
    host = sql(host, "postgres", "CREATE DATABASE copy TEMPLATE template0")
    host = run(host, "pg_dump -Fd -t t -f /tmp/t.d shop").host
    done = run(host, "pg_restore -d copy /tmp/t.d")
    assert (done.exit, done.stderr) == (0, "")
    back = running(done.host, PORT).catalog.databases["copy"].table("public", "t")
    assert back is not None
    assert back.rows.chunks == many.chunks
    assert not running(done.host, PORT).sessions


WORDS = st.sampled_from(
    """-Fc -Fd -Ft -Fp -f /tmp/x /tmp/shop.c - -t orders -n audit -a -s -c -C -1 -e -j 2 -l -L -v -x -O --inserts
    --if-exists --section=data -d shop hr nosuch -g -r -b -B -Z 0 --role=app -U app -p 5999 --strict-names -T * "
    (""".split()
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["pg_dump", "pg_dumpall", "pg_restore"]),
    st.lists(st.one_of(WORDS, st.text(max_size=5)), max_size=6),
)
def test_no_command_line_raises(tool: str, words: list[str]) -> None:
    host = run(fixture(16), "pg_dump -Fc -f /tmp/shop.c shop").host
    main = {"pg_dump": pg_dump.main, "pg_dumpall": pg_dumpall.main, "pg_restore": pg_restore.main}[tool]
    done = main(Call(host, (tool, *words)))
    assert done.exit in (0, 1)
    assert done.exit == 0 or done.stderr
    assert not running(done.host, PORT).sessions
