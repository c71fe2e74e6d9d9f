"""pg_dump's choices in small: which objects a pattern finds, in which order things come, how values are written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.catalog import Catalog, Membership, acl, change, rows
from host.catalog.fixture import fixture
from host.catalog.objects import Column, Constraint, Table
from host.dump import privileges, writing
from host.dump.cluster import Cluster
from host.dump.dumping import Source, archived, planned, text
from host.dump.facts import random_key, tool_facts
from host.dump.options import DumpAllOptions, DumpOptions, Output
from host.dump.patterns import PatternError
from host.dump.selection import select
from host.dump.toc import InsertData

TOOL = tool_facts(16, "16.14")
PLAIN = Output(statistics=False)


def source(catalog: Catalog | None = None, name: str = "shop") -> Source:
    """Where to dump from."""
    made = catalog or fixture(16, "/fast")
    return Source(made, made.databases[name], "16.14")


def tags(options: DumpOptions, catalog: Catalog | None = None) -> list[str]:
    """What a dump holds, in order, without what only the archive needs."""
    made = planned(source(catalog), options, TOOL)
    archive = archived(source(catalog), made, replace(options, format="c"), TOOL, 0.0)
    fixed = ("ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE")
    return [f"{entry.desc} {entry.tag}" for entry in archive.entries if entry.desc not in fixed]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("orders", "orders"),
        ("ORDERS", "orders"),
        ('"ORDERS"', ""),
        ("order*", "order_totals orders"),
        ("order?", "orders"),
        ("public.orders", "orders"),
        ("pub*.orders", "orders"),
        ("shop.public.orders", "orders"),
        ("log", ""),
        ("audit.log", "log"),
        ("*.log", "log"),
        ("*.*", "customers events invoice_seq log log_id_seq order_totals orders"),
        ("(orders|events)", "events orders"),
        ("o.*", ""),
        ("[oe]*s", "events order_totals orders"),
    ],
)
def test_what_a_pattern_finds(pattern: str, found: str) -> None:
    asked = DumpOptions(tables=(pattern,))
    if not found:
        with pytest.raises(PatternError, match="no matching tables were found"):
            select(source().database, asked)
        return
    chosen = select(source().database, asked).tables or frozenset()
    assert " ".join(sorted(name for _, name in chosen)) == found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (DumpOptions(tables=("nope",)), "no matching tables were found"),
        (DumpOptions(tables=("nope", "orders"), strict_names=True), 'no matching tables were found for pattern "nope"'),
        (DumpOptions(schemas=("nope",)), "no matching schemas were found"),
        (DumpOptions(extensions=("nope",)), "no matching extensions were found"),
        (DumpOptions(tables=("hr.public.x",)), "cross-database references are not implemented: hr.public.x"),
        (DumpOptions(tables=("a.b.c.d",)), "improper relation name (too many dotted names): a.b.c.d"),
        (DumpOptions(tables=("(",)), "query failed: ERROR:  invalid regular expression: parentheses () not balanced"),
    ],
)
def test_a_pattern_that_finds_nothing_says_so(options: DumpOptions, said: str) -> None:
    with pytest.raises(PatternError) as raised:
        select(source().database, options)
    assert str(raised.value) == said


@given(st.text(max_size=12), st.booleans())
def test_every_pattern_is_answered(pattern: str, strict: bool) -> None:
    asked = DumpOptions(tables=(pattern,), exclude_schemas=(pattern[::-1],), strict_names=strict)
    said = ""
    try:
        found = select(source().database, asked).tables
    except PatternError as fault:
        found, said = None, str(fault)
    assert bool(found) != bool(said)


def test_without_a_table_its_sequence_stays_and_loses_its_owner() -> None:
    left = tags(DumpOptions(PLAIN, exclude_tables=("audit.log",)))
    assert "SEQUENCE log_id_seq" in left
    assert "SEQUENCE OWNED BY log_id_seq" not in left
    assert "TABLE DATA log" not in left


def test_large_objects_come_with_everything_or_when_asked_for() -> None:
    assert "BLOB 5000" in tags(DumpOptions(PLAIN))
    assert "BLOB 5000" not in tags(DumpOptions(PLAIN, tables=("orders",)))
    assert "BLOB 5000" in tags(DumpOptions(PLAIN, tables=("orders",), large_objects=True))
    assert "BLOB 5000" not in tags(DumpOptions(PLAIN, large_objects=False))


def test_the_data_of_a_table_can_be_left_out_alone() -> None:
    left = tags(DumpOptions(PLAIN, exclude_table_data=("orders",)))
    assert "TABLE orders" in left
    assert "TABLE DATA orders" not in left


def test_data_alone_comes_in_the_order_of_the_foreign_keys() -> None:
    shop = fixture(16).databases["shop"]
    child = Table(
        "public",
        "a_child",
        19000,
        "postgres",
        (Column("o", "integer"),),
        (
            Constraint(
                "c",
                "f",
                "FOREIGN KEY (o) REFERENCES public.orders(id)",
                19001,
                ("o",),
                references=("public", "orders"),
                referenced=("id",),
            ),
        ),
    )
    catalog = change.with_database(fixture(16), change.with_relation(shop, child))
    whole = tags(DumpOptions(PLAIN), catalog)
    alone = tags(DumpOptions(Output(data_only=True, statistics=False)), catalog)
    assert whole.index("TABLE DATA a_child") < whole.index("TABLE DATA orders")
    assert alone.index("TABLE DATA customers") < alone.index("TABLE DATA orders") < alone.index("TABLE DATA a_child")


def test_foreign_keys_in_a_circle_are_warned_of() -> None:
    shop = fixture(16).databases["shop"]

    def of(name: str, other: str, oid: int) -> Table:
        key = Constraint(
            f"{name}_k",
            "f",
            f"FOREIGN KEY (x) REFERENCES public.{other}(x)",
            oid + 1,
            ("x",),
            references=("public", other),
        )
        return Table("public", name, oid, "postgres", (Column("x", "integer"),), (key,))

    for table in (of("hen", "egg", 19000), of("egg", "hen", 19010)):
        shop = change.with_relation(shop, table)
    catalog = change.with_database(fixture(16), shop)
    made = planned(source(catalog), DumpOptions(Output(data_only=True, statistics=False)), TOOL)
    assert set(made.circle) == {"hen", "egg"}
    assert {"hen", "egg"} <= {entry.tag for entry in made.entries}


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        ("5", "integer", "5"),
        ("-1.5", "numeric(10,2)", "-1.5"),
        ("NaN", "double precision", "'NaN'"),
        ("t", "boolean", "true"),
        ("101", "bit varying(5)", "B'101'"),
        ("it's", "text", "'it''s'"),
        ("a\\b", "text", "'a\\b'"),
        (None, "text", "NULL"),
        ("{1,2}", "integer[]", "'{1,2}'"),
    ],
)
def test_a_value_of_an_insert(value: str | None, kind: str, written: str) -> None:
    data = InsertData(rows.of(((value,),)), "INSERT INTO t VALUES", (kind,))
    assert list(data.statements()) == [f"INSERT INTO t VALUES ({written});\n"]


def test_rows_go_into_one_insert_as_many_as_asked_for() -> None:
    data = InsertData(rows.of([("1",), ("2",), ("3",)]), "INSERT INTO t VALUES", ("integer",), 2, multiple=True)
    assert list(data.statements()) == ["INSERT INTO t VALUES\n\t(1),\n\t(2);\n", "INSERT INTO t VALUES\n\t(3);\n"]


@pytest.mark.parametrize(
    ("after", "commands"),
    [
        ("postgres=arwdDxt/postgres", ""),
        ("postgres=arwdDxt/postgres app=r/postgres", "GRANT SELECT ON TABLE t TO app;\n"),
        ("postgres=arwdDxt/postgres =arwdDxt/postgres", "GRANT ALL ON TABLE t TO PUBLIC;\n"),
        ("postgres=arwdDxt/postgres app=r*/postgres", "GRANT SELECT ON TABLE t TO app WITH GRANT OPTION;\n"),
        ("", "REVOKE ALL ON TABLE t FROM postgres;\n"),
        (
            "postgres=arwdDxt/postgres x=r/app",
            "SET SESSION AUTHORIZATION app;\nGRANT SELECT ON TABLE t TO x;\nRESET SESSION AUTHORIZATION;\n",
        ),
    ],
)
def test_privileges_become_what_differs_from_the_first_ones(after: str, commands: str) -> None:
    first = acl.default("TABLE", "postgres")
    assert privileges.commands("TABLE", "t", acl.items(after), first, "postgres") == commands
    assert privileges.commands("TABLE", "t", None, first, "postgres") == ""


@pytest.mark.parametrize(
    ("major", "release", "guarded"),
    [
        (16, "16.2", False),
        (16, "16.10", True),
        (15, "15.18 (Debian 15.18-0+deb12u1)", True),
        (12, "12.22", False),
        (18, "18.0", True),
    ],
)
def test_restrict_came_with_the_minor_releases_of_august_2025(major: int, release: str, guarded: bool) -> None:
    assert tool_facts(major, release).restricts is guarded


def test_a_key_is_the_same_for_the_same_call_and_63_letters_long() -> None:
    assert random_key("a") == random_key("a") != random_key("b")
    assert len(random_key("a")) == 63
    assert random_key("a").isalnum()


def test_the_files_of_a_directory_archive() -> None:
    options = DumpOptions(PLAIN, format="d")
    for tool, listed in ((TOOL, "blobs.toc"), (tool_facts(18, "18.4"), "blobs_")):
        made = planned(source(), options, tool)
        names = writing.members(archived(source(), made, options, tool, 0.0), tool.metadata_of_large_objects)
        assert sum(name.endswith(".dat.gz") for name in names) == 5
        assert sum(name.startswith(listed) for name in names) == 1


def test_a_million_rows_of_a_directory_archive_are_not_written_out() -> None:
    shop = fixture(16).databases["shop"]
    orders = shop.table("public", "orders")
    assert orders is not None
    many = rows.Rows((rows.Series(1, 10**6, (rows.Number(), rows.Number(), rows.Same("2024-01-01"), rows.Same("1"))),))
    catalog = change.with_database(fixture(16), change.with_relation(shop, replace(orders, rows=many)))
    options = DumpOptions(PLAIN, format="d")
    made = archived(source(catalog), planned(source(catalog), options, TOOL), options, TOOL, 0.0)
    assert not any(
        isinstance(content, str) and len(content) > 1000 for content in writing.members(made, False).values()
    )
    assert made.bytes < 100_000 < replace(made, format="c").bytes


def test_roles_with_settings_memberships_and_passwords() -> None:
    catalog = fixture(16)
    app = replace(catalog.roles["app"], settings=(("work_mem", "1MB"), ("search_path", "a, b")), password="SCRAM$x")
    catalog = change.with_role(catalog, app)
    catalog = change.with_membership(catalog, Membership("pg_monitor", "app", "postgres", admin=True))
    written = Cluster(catalog, DumpAllOptions(DumpOptions(PLAIN)), TOOL, "").globals()
    assert "LOGIN NOREPLICATION NOBYPASSRLS PASSWORD 'SCRAM$x';\n" in written
    assert "-- User Config \"app\"\n--\n\nALTER ROLE app SET work_mem TO '1MB';\n" in written
    assert "ALTER ROLE app SET search_path TO 'a', 'b';\n\n\n--\n-- Role memberships\n--\n\n" in written
    assert "GRANT pg_monitor TO app WITH ADMIN OPTION, INHERIT TRUE GRANTED BY postgres;\n" in written
    assert (
        "PASSWORD"
        not in Cluster(catalog, DumpAllOptions(DumpOptions(PLAIN), no_role_passwords=True), TOOL, "").globals()
    )


def test_a_database_without_a_simple_name_is_connected_to_by_a_connection_string() -> None:
    catalog = change.renamed_database(fixture(16), "hr", "h r")
    options = DumpOptions(replace(PLAIN, create=True))
    at = source(catalog, "h r")
    made = planned(at, options, TOOL)
    written = text(archived(at, made, options, TOOL, 0.0), options, TOOL)
    assert 'CREATE DATABASE "h r" WITH TEMPLATE' in written
    assert "\\connect -reuse-previous=on \"dbname='h r'\"\n" in written
