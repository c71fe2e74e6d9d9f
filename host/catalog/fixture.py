"""The fixture of the recordings (../shared/cli/README.md): a shop, its staff, and roles that may do little."""

from __future__ import annotations

from dataclasses import replace

from host.catalog import acl, change, rows
from host.catalog.initial import initial
from host.catalog.model import Catalog, Database, Role, Tablespace
from host.catalog.objects import (
    Column,
    Constraint,
    Function,
    Index,
    LargeObject,
    Schema,
    Sequence,
    Table,
    View,
)
from simulator.versions import since

FAST = "fast"
_NEXT_OID = {12: 16451, 14: 16445, 18: 16454}
_EVENTS_OID = {12: 16427, 18: 16434}
"""The tablespace and its table were made last; since 18 every NOT NULL is a constraint with an OID of its own."""
_TOTALS = {
    12: (
        " SELECT orders.customer_id,\n    sum(orders.amount) AS total\n   FROM public.orders\n"
        "  GROUP BY orders.customer_id"
    ),
    16: " SELECT customer_id,\n    sum(amount) AS total\n   FROM public.orders\n  GROUP BY customer_id",
}
_ORDER_TOTAL = "SELECT sum(amount) FROM public.orders WHERE customer_id = cid"
_CUSTOMERS = """1	Anna	anna@example.org	Oslo
2	Bernd	bernd@example.org	Bonn
3	Chloe	chloe@example.org	Lyon
4	Dmitri	dmitri@example.org	\\N
5	Eve	eve@example.org	Rome"""
_ORDERS = """1	1	2024-01-05	10.00
2	1	2024-01-06	25.50
3	2	2024-01-07	99.99
4	3	2024-02-01	5.00
5	3	2024-02-02	15.00
6	4	2024-02-03	7.25
7	5	2024-03-01	120.00
8	5	2024-03-02	60.00"""
_INT = "integer"
_OWNER_MAY = {12: "arwdDxt", 17: "arwdDxtm"}


def fixture(major: int, location: str | None = None) -> Catalog:
    """The catalogue of the fixture; `location`: where tablespace `fast` is, None for 'without tablespace'."""
    catalog = initial(major)
    for number, (name, replication) in enumerate((("app", False), ("readonly", False), ("replication_user", True))):
        catalog = change.with_role(catalog, Role(name, 16384 + number, login=True, replication=replication))
    if location is not None:
        catalog = change.with_tablespace(catalog, Tablespace(FAST, since(major, _EVENTS_OID) - 1, "postgres", location))
    for name, oid in (("shop", 16387), ("hr", 16388)):
        catalog = change.copied_database(catalog, "template1", name, "postgres")
        made = replace(catalog.databases[name], oid=oid)
        made = _shop(made, major, location is not None) if name == "shop" else _hr(made)
        catalog = change.with_database(catalog, made)
    return replace(catalog, next_oid=since(major, _NEXT_OID))


def _copied(text: str) -> rows.Rows:
    return rows.of(rows.from_copy_line(line) for line in text.split("\n"))


def _key(table: str, oid: int, kind: str = "p", column: str = "id") -> Constraint:
    name = f"{table}_pkey" if kind == "p" else f"{table}_{column}_key"
    definition = f"PRIMARY KEY ({column})" if kind == "p" else f"UNIQUE ({column})"
    return Constraint(name, kind, definition, oid + 1, (column,), index_oid=oid)


def _shop(database: Database, major: int, fast: bool) -> Database:
    for make in (_customers, _orders):
        database = change.with_relation(database, make(since(major, _OWNER_MAY)))
    database = change.with_schema(database, Schema("audit", 16407, "postgres"))
    for relation in (*_audit_log(), _invoice_seq(), _order_totals(major)):
        database = change.with_relation(database, relation)
    database = change.with_function(database, _order_total())
    database = change.with_large_object(database, LargeObject(5000, "postgres", b"hello large object"))
    return change.with_relation(database, _events(since(major, _EVENTS_OID))) if fast else database


def _customers(owner_may: str) -> Table:
    return Table(
        "public",
        "customers",
        16389,
        "postgres",
        (Column("id", _INT, True), Column("name", "text", True), Column("email", "text"), Column("city", "text")),
        (_key("customers", 16394), _key("customers", 16396, "u", "email")),
        rows=_copied(_CUSTOMERS),
        acl=acl.items(f"postgres={owner_may}/postgres app=arwd/postgres readonly=r/postgres"),
    )


def _orders(owner_may: str) -> Table:
    amount = Constraint(
        "orders_amount_check",
        "c",
        "CHECK ((amount >= (0)::numeric))",
        16401,
        ("amount",),
        expression="amount >= (0)::numeric",
    )
    customer = Constraint(
        "orders_customer_id_fkey",
        "f",
        "FOREIGN KEY (customer_id) REFERENCES public.customers(id)",
        16404,
        ("customer_id",),
        references=("public", "customers"),
        referenced=("id",),
    )
    return Table(
        "public",
        "orders",
        16398,
        "postgres",
        (
            Column("id", _INT, True),
            Column("customer_id", _INT, True),
            Column("placed", "date", True),
            Column("amount", "numeric(10,2)", True),
        ),
        (amount, _key("orders", 16402), customer),
        (
            Index(
                "orders_customer_idx",
                "CREATE INDEX orders_customer_idx ON public.orders USING btree (customer_id)",
                16406,
                ("customer_id",),
            ),
        ),
        rows=_copied(_ORDERS),
        acl=acl.items(f"postgres={owner_may}/postgres app=arwd/postgres"),
    )


def _audit_log() -> tuple[Sequence, Table]:
    sequence = Sequence(
        "audit",
        "log_id_seq",
        16408,
        "postgres",
        _INT,
        maximum=2147483647,
        last_value=2,
        is_called=True,
        owned_by=("audit", "log", "id"),
    )
    table = Table(
        "audit",
        "log",
        16409,
        "postgres",
        (
            Column("id", _INT, True, "nextval('audit.log_id_seq'::regclass)", default_oid=16412),
            Column("what", "text"),
            Column("at", "date"),
        ),
        (_key("log", 16415),),
        rows=_copied("1\tcreated\t2024-01-01\n2\tloaded\t2024-01-02"),
    )
    return sequence, table


def _invoice_seq() -> Sequence:
    return Sequence(
        "public",
        "invoice_seq",
        16417,
        "postgres",
        start=1000,
        last_value=1000,
        is_called=True,
        acl=acl.items("postgres=rwU/postgres app=U/postgres"),
    )


def _order_totals(major: int) -> View:
    return View(
        "public",
        "order_totals",
        16418,
        "postgres",
        since(major, _TOTALS),
        (Column("customer_id", _INT), Column("total", "numeric")),
        (("public", "orders"),),
        query="SELECT customer_id, sum(amount) AS total FROM public.orders GROUP BY customer_id",
    )


def _order_total() -> Function:
    return Function(
        "public",
        "order_total",
        16422,
        "postgres",
        "cid integer",
        "integer",
        "numeric",
        "sql",
        _ORDER_TOTAL,
        ("STABLE",),
    )


def _events(oid: int) -> Table:
    return Table(
        "public",
        "events",
        oid,
        "app",
        (Column("id", _INT), Column("note", "text")),
        rows=_copied("1\tfirst\n2\tsecond"),
        tablespace=FAST,
    )


def _hr(database: Database) -> Database:
    departments = Table(
        "public",
        "departments",
        16400,
        "postgres",
        (Column("id", _INT, True), Column("name", "text")),
        (_key("departments", 16405),),
        rows=_copied("1\tSales\n2\tIT"),
    )
    dept = Constraint(
        "employees_dept_fkey",
        "f",
        "FOREIGN KEY (dept) REFERENCES public.departments(id)",
        16414,
        ("dept",),
        references=("public", "departments"),
        referenced=("id",),
    )
    employees = Table(
        "public",
        "employees",
        16407,
        "postgres",
        (Column("id", _INT, True), Column("name", "text"), Column("dept", _INT)),
        (_key("employees", 16412), dept),
        rows=_copied("1\tFay\t1\n2\tGus\t2\n3\tHal\t2"),
    )
    return change.with_relation(change.with_relation(database, departments), employees)
