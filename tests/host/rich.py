"""A catalogue with something of everything, as the SQL in data/rich.sql made it on real servers."""

from __future__ import annotations

from dataclasses import replace

from host.catalog import acl, change, rows
from host.catalog.fixture import fixture
from host.catalog.model import Catalog, Database, DatabaseSetting
from host.catalog.objects import (
    Column,
    Constraint,
    EnumType,
    Function,
    Index,
    LargeObject,
    Relation,
    Schema,
    Sequence,
    Table,
    Trigger,
    View,
)
from simulator.versions import since

ODD = "Odd Name"
_MAY = {12: "arwdDxt", 17: "arwdDxtm"}


def rich(major: int) -> Catalog:
    """The fixture with one more database, `rich`."""
    catalog = change.copied_database(fixture(major, "/fast"), "template1", "rich", "postgres")
    database = replace(
        catalog.databases["rich"],
        connection_limit=5,
        comment="db c",
        acl=acl.items("=Tc/postgres postgres=CTc/postgres app=C/postgres"),
        settings=(DatabaseSetting("work_mem", "8MB"), DatabaseSetting("search_path", '"a, b"', "app")),
    )
    public = database.schemas["public"]
    granted = (*(public.acl or ()), acl.AclItem("app", "C", public.owner))
    database = change.with_schema(database, replace(public, acl=granted))
    odd = Schema(ODD, 20000, "postgres", acl.items("postgres=UC/postgres app=U/postgres"), "it's odd")
    database = change.with_schema(database, odd)
    database = change.with_type(database, EnumType("public", "mood", 20001, "postgres", ("sad", "ok")))
    relations: tuple[Relation, ...] = (*_tables(since(major, _MAY)), *_sequences(), *_views())
    for relation in relations:
        database = change.with_relation(database, relation)
    return change.with_database(catalog, _large_objects(_functions(database)))


def _tables(may: str) -> tuple[Table, ...]:
    return _t1(may), _u(), _uses_seq(may), _ch()


def _t1(may: str) -> Table:
    return Table(
        "public",
        "t1",
        20010,
        "app",
        (
            Column("id", "bigint", True, identity="a"),
            Column("m", "public.mood", default="'ok'::public.mood"),
            Column("n", "integer", generated="(1 + 2)"),
            Column("select", "text", True, "'x''y'::text"),
            Column("b", "boolean", comment="bool", acl=acl.items("readonly=rw/app")),
            Column("ts", "timestamp with time zone"),
        ),
        (Constraint("t1_pkey", "p", "PRIMARY KEY (id)", 20012, ("id",), index_oid=20011),),
        triggers=(
            Trigger(
                "tr",
                "CREATE TRIGGER tr BEFORE INSERT ON public.t1 FOR EACH ROW EXECUTE FUNCTION public.trg()",
                20013,
                function="trg",
            ),
        ),
        rows=rows.of((("1", "sad", "3", "a\\b", "t", None), ("2", "ok", "3", "tab\tnl\n", "f", None))),
        acl=(acl.AclItem("app", acl.every("TABLE", "m" in may), "app", "r"), acl.AclItem("", may, "app")),
        comment="a table",
    )


def _u() -> Table:
    return Table(
        ODD,
        "u",
        20020,
        "postgres",
        (Column("x", "integer"), Column("y", "integer")),
        (
            Constraint("yy", "c", "CHECK ((y <> x))", 20022, ("y", "x")),
            Constraint("u_x_check", "c", "CHECK ((x > 0))", 20021, ("x",)),
            Constraint("u_x_y_key", "u", "UNIQUE (x, y)", 20024, ("x", "y"), index_oid=20023),
        ),
        unlogged=True,
        options=("fillfactor=70",),
    )


def _uses_seq(may: str) -> Table:
    return Table(
        "public",
        "uses_seq",
        20032,
        "postgres",
        (Column("a", "integer", True, "nextval('public.s3'::regclass)"),),
        (
            Constraint("uses_seq_pkey", "p", "PRIMARY KEY (a)", 20034, ("a",), index_oid=20033),
            Constraint("late", "c", "CHECK ((a > 0)) NOT VALID", 20035, ("a",), validated=False),
        ),
        acl=(acl.AclItem("postgres", may.replace("a", ""), "postgres"),),
    )


def _ch() -> Table:
    key = "FOREIGN KEY (a) REFERENCES public.uses_seq(a) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
    return Table(
        "public",
        "ch",
        20050,
        "postgres",
        (
            Column("a", "integer"),
            Column("c", "character varying(10)", collation="C"),
            Column("d", "integer[]"),
            Column("e", "uuid"),
            Column("f", "jsonb"),
        ),
        (Constraint("ch_a_fkey", "f", key, 20051, ("a",), references=("public", "uses_seq"), referenced=("a",)),),
        (
            Index(
                "chi",
                "CREATE UNIQUE INDEX chi ON public.ch USING btree (lower((c)::text)) WHERE (a > 3)",
                20052,
                unique=True,
            ),
        ),
        rows=rows.of(((None, "q", "{1,2}", None, '{"a": 1}'),)),
    )


def _sequences() -> tuple[Sequence, ...]:
    return (
        Sequence(
            "public",
            "s2",
            20030,
            "postgres",
            start=-1,
            increment=-1,
            minimum=-100,
            maximum=-1,
            cache=5,
            cycle=True,
            last_value=-1,
            owned_by=("public", "ch", "d"),
        ),
        Sequence("public", "s3", 20031, "postgres", "smallint", maximum=32767),
        Sequence(
            "public",
            "t1_id_seq",
            20009,
            "app",
            last_value=2,
            is_called=True,
            owned_by=("public", "t1", "id"),
            identity=True,
        ),
    )


def _views() -> tuple[View, ...]:
    return (
        View(
            "public",
            "a_view",
            20042,
            "postgres",
            " SELECT id,\n    b\n   FROM public.v2",
            _columns(),
            (("public", "v2"),),
        ),
        View(
            "public", "v2", 20041, "postgres", " SELECT id,\n    b\n   FROM public.mv", _columns(), (("public", "mv"),)
        ),
        View(
            "public",
            "mv",
            20040,
            "postgres",
            " SELECT id,\n    b\n   FROM public.t1",
            _columns(),
            (("public", "t1"),),
            materialized=True,
            indexes=(Index("mv_id_idx", "CREATE INDEX mv_id_idx ON public.mv USING btree (id)", 20043, ("id",)),),
        ),
    )


def _columns() -> tuple[Column, ...]:
    return Column("id", "bigint"), Column("b", "boolean")


def _functions(database: Database) -> Database:
    trigger = Function("public", "trg", 20060, "postgres", "", "", "trigger", "plpgsql", "begin return new; end")
    procedure = Function(
        "public",
        "p1",
        20061,
        "postgres",
        "IN a integer, IN b text",
        "integer, text",
        "",
        "sql",
        "select 1",
        procedure=True,
        comment="proc",
    )
    f2 = Function(
        "public",
        "f2",
        20062,
        "postgres",
        "a integer DEFAULT 3, OUT b integer, OUT c text",
        "integer",
        "record",
        "sql",
        "select 1,'x'::text",
        ("IMMUTABLE", "STRICT", "SECURITY DEFINER", "COST 5"),
        acl=acl.items("postgres=X/postgres app=X/postgres"),
    )
    for function in (trigger, procedure, f2):
        database = change.with_function(database, function)
    return database


def _large_objects(database: Database) -> Database:
    readable = acl.items("postgres=rw/postgres app=r/postgres")
    for one in (
        LargeObject(6000, "postgres", b"\0\xff", comment="lo"),
        LargeObject(6001, "postgres", b"b", readable),
        LargeObject(6002, "postgres"),
    ):
        database = change.with_large_object(database, one)
    return database
