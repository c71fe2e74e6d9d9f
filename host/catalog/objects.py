"""What is inside a database: each object a frozen value, definitions as the server's own functions print them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from host.catalog.acl import Acl
from host.catalog.rows import Rows

Key = tuple[str, str]
"""Schema and name of a relation."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or view."""

    name: str
    type: str
    """As format_type prints it: `numeric(10,2)`, `timestamp with time zone`."""
    not_null: bool = False
    default: str | None = None
    """As pg_get_expr prints it: `nextval('audit.log_id_seq'::regclass)`."""
    identity: str = ""
    """'a' GENERATED ALWAYS AS IDENTITY, 'd' BY DEFAULT."""
    generated: str | None = None
    """The expression of GENERATED ALWAYS AS (…) STORED."""
    collation: str = ""
    comment: str = ""
    acl: Acl = None
    default_oid: int = 0
    """OID of its pg_attrdef row."""
    not_null_name: str = ""
    """Name of its NOT NULL constraint when that is not the usual one (from 18 on it has a name)."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY."""

    name: str
    kind: str
    """'p', 'u', 'c' or 'f', as pg_constraint.contype."""
    definition: str
    """As pg_get_constraintdef prints it: `PRIMARY KEY (id)`."""
    oid: int
    columns: tuple[str, ...] = ()
    index_oid: int = 0
    """OID of the index behind a PRIMARY KEY or UNIQUE."""
    tablespace: str = ""
    references: Key | None = None
    """The table a FOREIGN KEY refers to."""
    referenced: tuple[str, ...] = ()
    """Its columns there."""
    comment: str = ""
    validated: bool = True
    expression: str = ""
    """What a CHECK demands, without CHECK and the outer parentheses."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index that is not behind a constraint."""

    name: str
    definition: str
    """As pg_get_indexdef prints it: `CREATE INDEX … USING btree (customer_id)`."""
    oid: int
    columns: tuple[str, ...] = ()
    unique: bool = False
    tablespace: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a table."""

    name: str
    definition: str
    """As pg_get_triggerdef prints it."""
    oid: int
    enabled: str = "O"
    function: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of row-level security."""

    name: str
    oid: int
    command: str = "*"
    """As pg_policy.polcmd: * all, r SELECT, a INSERT, w UPDATE, d DELETE."""
    permissive: bool = True
    roles: tuple[str, ...] = ()
    """Nobody named: PUBLIC."""
    using: str = ""
    """As pg_get_expr prints it."""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What VACUUM and ANALYZE left in pg_class; -1 rows: never counted."""

    pages: int = 0
    tuples: float = -1
    all_visible: int = 0
    all_frozen: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows, constraints, indexes and triggers."""

    kind: ClassVar[str] = "TABLE"
    schema: str
    name: str
    oid: int
    owner: str
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    rows: Rows = field(default_factory=Rows)
    dead_rows: int = 0
    """Deleted and updated rows whose place is not free again: they make the file larger."""
    tablespace: str = ""
    acl: Acl = None
    comment: str = ""
    unlogged: bool = False
    statistics: Statistics = Statistics()
    options: tuple[str, ...] = ()
    """WITH (…) of the table: `fillfactor=70`."""
    filenode: int = 0
    """Name of its file when it is no longer the OID (TRUNCATE, VACUUM FULL, SET TABLESPACE)."""
    row_security: bool = False
    force_row_security: bool = False
    """For its owner, too."""
    policies: tuple[Policy, ...] = ()
    torn: tuple[tuple[int, Rows], ...] = ()
    """Indexes (OID) whose file is of another moment than the table's, and the rows that they know."""

    def column_names(self) -> tuple[str, ...]:
        """In order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """One column."""
        return next((column for column in self.columns if column.name == name), None)

    def constraint(self, name: str) -> Constraint | None:
        """One constraint."""
        return next((one for one in self.constraints if one.name == name), None)

    @property
    def primary_key(self) -> Constraint | None:
        """Its PRIMARY KEY."""
        return next((one for one in self.constraints if one.kind == "p"), None)

    def index_files(self) -> tuple[tuple[int, str], ...]:
        """OID and tablespace of every index."""
        behind = ((one.index_oid, one.tablespace) for one in self.constraints if one.index_oid)
        return (*behind, *((one.oid, one.tablespace) for one in self.indexes))

    def index_names(self) -> tuple[str, ...]:
        """Names of all indexes, those behind constraints too: they share the names of relations."""
        return (*(one.name for one in self.constraints if one.index_oid), *(one.name for one in self.indexes))


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence and where it stands."""

    kind: ClassVar[str] = "SEQUENCE"
    schema: str
    name: str
    oid: int
    owner: str
    type: str = "bigint"
    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = 9223372036854775807
    cache: int = 1
    cycle: bool = False
    last_value: int = 1
    is_called: bool = False
    owned_by: tuple[str, str, str] | None = None
    """Schema, table and column (serial, identity, OWNED BY)."""
    identity: bool = False
    acl: Acl = None
    comment: str = ""
    unlogged: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A view, or a materialized view with its rows."""

    schema: str
    name: str
    oid: int
    owner: str
    definition: str
    """As pg_get_viewdef prints it, with its leading space and without the semicolon."""
    columns: tuple[Column, ...] = ()
    depends: tuple[Key, ...] = ()
    """The relations it reads."""
    materialized: bool = False
    rows: Rows = field(default_factory=Rows)
    acl: Acl = None
    comment: str = ""
    tablespace: str = ""
    indexes: tuple[Index, ...] = ()
    """Of a materialized view."""
    query: str = ""
    """The SELECT as it was typed, for those who run it."""

    @property
    def kind(self) -> str:
        """VIEW or MATERIALIZED VIEW."""
        return "MATERIALIZED VIEW" if self.materialized else "VIEW"


Relation = Table | Sequence | View


@dataclass(frozen=True, slots=True)
class Function:
    """A function or procedure."""

    schema: str
    name: str
    oid: int
    owner: str
    arguments: str
    """As pg_get_function_arguments prints it: `cid integer`."""
    types: str
    """Types of its input arguments: `integer, text`."""
    returns: str
    language: str
    body: str
    attributes: tuple[str, ...] = ()
    """Words after LANGUAGE: `STABLE`, `STRICT`, `SECURITY DEFINER`."""
    procedure: bool = False
    acl: Acl = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class LargeObject:
    """A large object."""

    oid: int
    owner: str
    data: bytes = b""
    acl: Acl = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema."""

    name: str
    oid: int
    owner: str
    acl: Acl = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension."""

    name: str
    oid: int
    schema: str
    version: str = "1.0"
    comment: str = ""


@dataclass(frozen=True, slots=True)
class EnumType:
    """A type made with CREATE TYPE … AS ENUM."""

    schema: str
    name: str
    oid: int
    owner: str
    labels: tuple[str, ...] = ()
    acl: Acl = None
    comment: str = ""
