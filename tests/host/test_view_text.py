"""The query of a view as a dump has it: readable where search_path is empty (data/views.txt: seen on real servers)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from host.content import text_of
from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world

TABLES = """createdb v; psql -X -qd v << 'EOF'
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, email text, city text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, placed date NOT NULL, amount numeric(10,2) NOT NULL);
CREATE SCHEMA rep; CREATE VIEW rep.v AS SELECT id, amount FROM orders WHERE amount > 100 ORDER BY id;
CREATE TABLE rep."Big" ("Col" int);
INSERT INTO customers SELECT g, 'ab' || g, null, 'Kyoto' FROM generate_series(1, 5) g;
INSERT INTO orders SELECT g, g, date '2024-03-01' + g, g * 60 FROM generate_series(1, 5) g;
EOF
"""


def _cases() -> Iterator[tuple[str, str]]:
    text = (Path(__file__).parent / "data" / "views.txt").read_text(encoding="utf-8")
    for part in text.split("\n? ")[1:]:
        query, _, definition = part.partition("\n")
        yield query, definition.rstrip("\n")


CASES = tuple(_cases())


@lru_cache
def _ready(major: int) -> Host:
    return run_line(world("default", Build(major), Build(major)), TABLES).host


def made(major: int, query: str, kind: str = "VIEW") -> Host:
    """A database with this view as z."""
    done = run_line(_ready(major), f"psql -X -qd v << 'EOF'\nCREATE {kind} z AS {query};\nEOF\n")
    assert done.stderr == "", query
    return done.host


def dumped(host: Host) -> str:
    """The query of view z in a dump."""
    text = text_of(run_line(host, "pg_dump v -s -t z").stdout)
    return text.partition("VIEW public.z AS\n")[2].partition("\n\n\nALTER")[0]


@pytest.mark.parametrize(("query", "definition"), CASES, ids=[case[0][:60] for case in CASES])
def test_a_view_is_dumped_as_the_server_prints_it(query: str, definition: str) -> None:
    assert dumped(made(16, query)) == definition


@pytest.mark.parametrize(
    ("major", "column"), [(15, "orders.amount"), (16, "amount")], ids=["15: with its table", "16: alone"]
)
def test_a_column_of_the_only_table_is_named_with_it_until_15(major: int, column: str) -> None:
    wanted = f" SELECT {column}\n   FROM public.orders\n  WHERE ({column} > (100)::numeric);"
    assert dumped(made(major, "select amount from orders where amount > 100")) == wanted


def test_a_materialized_view_names_the_schema_of_what_it_reads() -> None:
    assert dumped(made(16, "select count(*) from orders", "MATERIALIZED VIEW")) == (
        " SELECT count(*) AS count\n   FROM public.orders\n  WITH NO DATA;"
    )


def test_a_query_that_is_not_printed_anew_names_the_schema_of_what_it_reads_all_the_same() -> None:
    query = "select c.name from orders o join customers c using (id)"
    assert dumped(made(16, query)) == " select c.name from public.orders o join public.customers c using (id);"


@pytest.mark.parametrize("query", [case[0] for case in CASES if "now()" not in case[0]])
def test_a_materialized_view_comes_back_from_a_dump_with_its_rows(query: str) -> None:
    host = made(16, query, "MATERIALIZED VIEW")
    lines = "pg_dump v -Fc -f d; createdb w; pg_restore -d w d"
    both = "for i in v w; do psql -d $i -Atc 'SELECT * FROM z' > $i; done; cmp v w"
    done = run_line(host, f"{lines} && {both}")
    assert (done.exit, text_of(done.stdout) + done.stderr) == (0, "")


def test_a_view_means_the_same_whatever_search_path_is() -> None:
    host = made(16, "select count(*) from orders")
    done = run_line(host, "psql -d v -Atqc \"SET search_path = ''\" -c 'SELECT * FROM public.z'")
    assert text_of(done.stdout) == "5\n"


@pytest.mark.parametrize(("path", "schema"), [("public", ""), ("''", "public.")])
def test_pg_views_leaves_out_the_schemas_of_the_search_path(path: str, schema: str) -> None:
    asked = f"SET search_path = {path}; SELECT definition FROM pg_views WHERE viewname = 'z'"
    done = run_line(made(16, "select id from orders"), f'psql -d v -Atqc "{asked}"')
    assert text_of(done.stdout) == f" SELECT id\n   FROM {schema}orders;\n"
