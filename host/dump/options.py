"""What pg_dump, pg_dumpall and pg_restore were asked to do, after their options have been read and checked."""

from __future__ import annotations

from dataclasses import dataclass

SECTIONS = ("pre-data", "data", "post-data")


@dataclass(frozen=True, slots=True)
class Output:
    """How entries become statements: what pg_dump (plain) and pg_restore have in common."""

    data_only: bool = False
    schema_only: bool = False
    statistics_only: bool = False
    statistics: bool = True
    no_data: bool = False
    no_schema: bool = False
    sections: frozenset[str] = frozenset(SECTIONS)
    clean: bool = False
    if_exists: bool = False
    create: bool = False
    no_owner: bool = False
    no_privileges: bool = False
    no_comments: bool = False
    no_tablespaces: bool = False
    no_table_access_method: bool = False
    disable_triggers: bool = False
    superuser: str = ""
    session_authorization: bool = False
    """--use-set-session-authorization."""
    enable_row_security: bool = False
    single_transaction: bool = False
    restrict_key: str = ""
    """Key of \\restrict; '' where the tool has no such lines."""
    verbose: bool = False
    role: str = ""
    """SET ROLE at the start: pg_restore --role."""
    quote_all: bool = False
    sequence_data: bool = False
    """Values of sequences come along where rows do not (18+)."""

    @property
    def wants_schema(self) -> bool:
        """Definitions are wanted."""
        return not (self.data_only or self.statistics_only or self.no_schema)

    @property
    def wants_data(self) -> bool:
        """Rows are wanted."""
        return not (self.schema_only or self.statistics_only or self.no_data)

    @property
    def wants_statistics(self) -> bool:
        """Statistics are wanted (18+)."""
        return self.statistics_only or (self.statistics and not (self.schema_only or self.data_only))


@dataclass(frozen=True, slots=True)
class DumpOptions:
    """Options of pg_dump."""

    output: Output = Output(statistics=False)
    format: str = "p"
    """p, c, d or t."""
    tables: tuple[str, ...] = ()
    exclude_tables: tuple[str, ...] = ()
    exclude_table_data: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    exclude_schemas: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    exclude_extensions: tuple[str, ...] = ()
    strict_names: bool = False
    large_objects: bool | None = None
    """True -b, False -B, None neither."""
    inserts: bool = False
    column_inserts: bool = False
    rows_per_insert: int = 0
    on_conflict_do_nothing: bool = False
    no_unlogged_table_data: bool = False
    dollar_quoting: bool = True
    compression: str = "default"
    """none, gzip, lz4, zstd; 'default': gzip where the format compresses."""
    compression_level: int | None = None
    encoding: str = ""

    @property
    def as_inserts(self) -> bool:
        """Rows become INSERT statements."""
        return self.inserts or self.column_inserts or self.rows_per_insert > 0

    @property
    def include_everything(self) -> bool:
        """Nothing restricts the dump to some objects."""
        return not (self.tables or self.schemas or self.extensions)

    @property
    def wants_large_objects(self) -> bool:
        """Large objects are dumped: with everything, or asked for."""
        asked = self.large_objects
        return asked if asked is not None else self.include_everything


@dataclass(frozen=True, slots=True)
class DumpAllOptions:
    """Options of pg_dumpall; `dump` is what it hands on to pg_dump."""

    dump: DumpOptions = DumpOptions()
    globals_only: bool = False
    roles_only: bool = False
    tablespaces_only: bool = False
    no_role_passwords: bool = False
    exclude_databases: tuple[str, ...] = ()

    @property
    def globals(self) -> bool:
        """Roles and tablespaces are dumped (they are not with -a and --statistics-only)."""
        return self.dump.output.wants_schema


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """Options of pg_restore beyond `Output`."""

    output: Output = Output()
    tables: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    exclude_schemas: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    strict_names: bool = False
    wanted: tuple[int, ...] | None = None
    """Dump IDs of -L, in the order of the list."""
    exit_on_error: bool = False
    no_data_for_failed_tables: bool = False
    jobs: int = 1

    @property
    def by_kind(self) -> bool:
        """-t, -P, -I or -T choose objects."""
        return bool(self.tables or self.functions or self.indexes or self.triggers)
