"""The logical content of a server: rows that cost nothing, names, privileges, changes that share."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.catalog import Literal, Number, Row, Rows, Same, Series, acl, change
from host.catalog.fixture import fixture
from host.catalog.initial import initial
from host.catalog.names import literal, quoted
from host.catalog.rows import Hashed, copy_line, from_copy_line, of
from host.catalog.sizes import PAGE, index_bytes, table_bytes, total_bytes

MILLION = 1_000_000
MAJORS = (12, 13, 14, 15, 16, 17, 18)


def series(count: int) -> Rows:
    """Rows (g, 'row g', 'x') for g from 1."""
    return Rows((Series(1, count, (Number(), Number(before="row "), Same("x"))),))


def test_a_million_rows_are_one_chunk_and_any_part_of_them_too() -> None:
    rows = series(MILLION)
    assert rows.count == MILLION
    part = rows.part(499_999, 500_001)
    assert tuple(part) == (("500000", "row 500000", "x"), ("500001", "row 500001", "x"))
    left = rows.without_part(10, 20)
    assert (left.count, len(left.chunks)) == (MILLION - 10, 2)
    assert left.part(10, 11).first(1)[0][0] == "21"


@given(
    before=st.lists(st.tuples(st.text(max_size=3), st.none()), max_size=4),
    count=st.integers(0, 9),
    cut=st.tuples(st.integers(0, 15), st.integers(0, 15)),
)
def test_parts_are_those_of_the_rows_written_out(before: list[Row], count: int, cut: tuple[int, int]) -> None:
    rows = of(before) + Rows((Series(5, count, (Number(3, -1), Hashed()), step=2),))
    written = list(rows)
    start, stop = min(cut), max(cut)
    assert list(rows.part(start, stop)) == written[start:stop]
    assert list(rows.without_part(start, stop)) == written[:start] + written[stop:]
    assert rows == of(written)
    assert rows.where(lambda row: row in written[:2]) == of([row for row in written if row in written[:2]])


@given(st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8"))), min_size=1).map(tuple))
def test_copy_text_brings_every_row_back(row: Row) -> None:
    line = copy_line(row)
    assert "\n" not in line
    assert from_copy_line(line) == row


def test_columns_come_and_go_without_writing_a_series_out() -> None:
    rows = series(MILLION).with_column(None).without_column(1)
    assert rows.part(6, 7).first(1) == (("7", "x", None),)
    assert len(rows.chunks) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orders", "orders"),
        ("Orders", '"Orders"'),
        ("select", '"select"'),
        ("a b", '"a b"'),
        ('q"', '"q"""'),
        ("name", "name"),
    ],
)
def test_identifiers_are_quoted_when_they_need_it(name: str, text: str) -> None:
    assert quoted(name) == text
    assert quoted(name, always=True).startswith('"')


def test_a_literal_with_a_backslash_says_so() -> None:
    assert literal("it's") == "'it''s'"
    assert literal("a\\b") == "E'a\\\\b'"


def test_privileges_are_granted_and_revoked_letter_by_letter() -> None:
    items = acl.items("postgres=arwdDxt/postgres")
    granted = acl.granted(items, "app", "wr", "postgres", "r")
    assert granted is not None
    assert str(granted[-1]) == "app=r*w/postgres"
    assert acl.item(str(granted[-1])) == granted[-1]
    assert acl.revoked(granted, "app", "rw") == items


@pytest.mark.parametrize("major", MAJORS)
def test_schema_public_is_everybodys_until_14(major: int) -> None:
    public = initial(major).databases["postgres"].schemas["public"]
    everybody = next(one for one in public.acl or () if not one.grantee)
    assert (public.owner, everybody.privileges) == (("postgres", "UC") if major < 15 else ("pg_database_owner", "U"))


def test_predefined_roles_grow_from_major_to_major() -> None:
    names = [set(initial(major).roles) for major in MAJORS]
    assert all(older <= newer for older, newer in pairwise(names))
    assert "pg_read_all_data" in names[2] - names[1]
    assert initial(14).is_member("pg_monitor", "pg_read_all_stats")


def test_the_fixture_has_what_its_description_says() -> None:
    catalog = fixture(16, "/fast")
    counts = {table.name: table.rows.count for table in catalog.databases["shop"].tables()}
    assert counts == {"customers": 5, "orders": 8, "log": 2, "events": 2}
    assert {t.name: t.rows.count for t in catalog.databases["hr"].tables()} == {"departments": 2, "employees": 3}
    assert catalog.tablespaces["fast"].location == "/fast"
    without = fixture(16)
    assert "fast" not in without.tablespaces
    assert without.databases["shop"].table("public", "events") is None


def test_a_change_shares_what_it_does_not_touch() -> None:
    catalog = fixture(16)
    shop = catalog.databases["shop"]
    changed = change.with_database(catalog, change.with_rows(shop, ("public", "orders"), Rows(), dead=8))
    assert changed.databases["hr"] is catalog.databases["hr"]
    orders = changed.databases["shop"].table("public", "orders")
    assert orders is not None
    assert (orders.rows.count, orders.dead_rows) == (0, 8)
    assert catalog.databases["shop"].table("public", "orders") == shop.table("public", "orders")


def test_a_dropped_table_takes_its_sequence_along() -> None:
    shop = fixture(16).databases["shop"]
    assert shop.relation_exists("audit", "log_pkey")
    left = change.without_relation(shop, ("audit", "log"))
    assert left.sequence("audit", "log_id_seq") is None
    assert left.sequence("public", "invoice_seq") is not None
    assert not left.relation_exists("audit", "log_pkey")


def test_a_copied_database_has_the_objects_and_none_of_the_attributes() -> None:
    catalog = change.copied_database(fixture(16), "shop", "copy", "app")
    copy = catalog.databases["copy"]
    assert (copy.owner, copy.comment, copy.oid) == ("app", "", 16445)
    assert copy.relations == catalog.databases["shop"].relations
    assert change.renamed_database(catalog, "copy", "other").databases["other"].oid == copy.oid


def test_size_grows_with_rows_living_and_dead() -> None:
    table = fixture(16).databases["shop"].table("public", "orders")
    assert table is not None
    big = replace(table, rows=Rows((Series(1, MILLION, (Number(), Number(), Same("2024-01-01"), Same("5.00"))),)))
    assert table_bytes(table) == PAGE
    assert table_bytes(replace(table, rows=Rows())) == 0
    assert 30 * MILLION < table_bytes(big) < 80 * MILLION
    assert table_bytes(replace(big, dead_rows=MILLION)) in range(2 * table_bytes(big) - PAGE, 2 * table_bytes(big) + 1)
    assert total_bytes(big) == table_bytes(big) + 2 * index_bytes(big)


def test_literal_rows_of_neighbours_become_one_chunk() -> None:
    rows: Seq[Row] = (("1",), ("2",))
    both = of(rows[:1]) + of(rows[1:])
    assert both.chunks == (Literal(tuple(rows)),)
