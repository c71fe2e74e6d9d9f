"""One statement at work: the host as it becomes, what the statement sees, what it has to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host import tree
from host.catalog import Catalog, Database, Relation, Schema, acl, change
from host.catalog.acl import Acl
from host.effort import CELL, COPIED, NODES, ROW, spend
from host.server import room
from host.server.instance import Instance, Session
from host.sql.parsing import Statement, place
from host.sql.reply import Raised, ServerError, fail
from simulator.frozen import replace
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host

ROW_LIMIT = 100_000
"""Rows that one statement may look at: a slip of the keyboard must not take minutes."""

ROW_LETTERS = 500
"""So many letters of a row are as much work as another row."""
DISK_BYTES = 100 << 30
"""What `df` says that the host's disk holds: one statement writes no more."""
_EXTENDED = {12: "", 16: " with FileFallocate()", 18: ""}
"""How a file grows by many pages at a time."""


@dataclass
class Context:
    """Changes as the statement goes on; whoever runs it reads the end of it."""

    host: Host
    port: int
    pid: int
    statement: Statement
    catalog: Catalog
    notices: list[ServerError] = field(default_factory=list)
    written: int = 0
    """Bytes of WAL by a plain rule; 0: nothing was changed in the catalogue."""
    seconds: float = 0.0
    looked_at: int = 0
    nodes: int = 0
    """Parts of expressions that may be worked out at a row."""
    acting: str = ""
    """Whose rights count within a view: its owner's; '' those of the current role."""
    data: str | None = None
    """What came for COPY … FROM STDIN."""

    @property
    def instance(self) -> Instance:
        """The server."""
        found = self.host.instance(self.port)
        assert found is not None, "a statement runs on a server"
        return found

    @property
    def session(self) -> Session:
        """The session."""
        found = self.instance.session(self.pid)
        assert found is not None, "a statement runs in a session"
        return found

    @property
    def major(self) -> int:
        """Of the server."""
        return self.instance.major

    @property
    def database(self) -> Database:
        """The database of the session, as the statement sees it."""
        name = self.session.database
        found = self.catalog.databases.get(name)
        if found is None:
            raise fail(f'database "{name}" does not exist', "3D000")
        return found

    @property
    def user(self) -> str:
        """The role whose rights count."""
        return self.setting("role", "none").replace("none", "") or self.session_user

    @property
    def session_user(self) -> str:
        """The role that SET SESSION AUTHORIZATION chose, or who logged in."""
        return self.setting("session_authorization", "") or self.session.user

    @property
    def judged(self) -> str:
        """The role that is asked about when something is read."""
        return self.acting or self.user

    @property
    def superuser(self) -> bool:
        """Is the current role one?"""
        role = self.catalog.roles.get(self.judged)
        return role is not None and role.superuser

    def setting(self, name: str, default: str) -> str:
        """A parameter of this session that the model's settings do not have."""
        session = self.session
        return session.local_settings.get(name, session.settings.get(name, default))

    def update_session(self, **changes: Any) -> None:
        """Change fields of the session."""
        self.host = self.host.with_instance(self.instance.with_session(replace(self.session, **changes)))

    def write(self, catalog: Catalog, size: int) -> None:
        """The catalogue changes, with so much WAL."""
        self.catalog = catalog
        self.written += max(size, 1)
        if self.written > DISK_BYTES:
            raise self._full(f"base/{self.database.oid}/{self.catalog.next_oid}")

    def _full(self, path: str, *, many: bool = False) -> Raised:
        """A table's file finds no more room."""
        how = since(self.major, _EXTENDED) if many else ""
        return fail(f'could not extend file "{path}"{how}: {tree.NO_SPACE}', "53100", hint="Check free disk space.")

    def write_database(self, database: Database, size: int, *, many: bool = False) -> None:
        """The session's database changes; `many`: a table grows by many pages at a time."""
        if path := room.unextended(self.host, self.instance, self.catalog, database):
            raise self._full(path, many=many)
        self.write(change.with_database(self.catalog, database), size)

    def new_oid(self) -> int:
        """Take the next OID."""
        self.catalog, oid = change.take_oids(self.catalog)
        return oid

    def notice(self, message: str, severity: str = "NOTICE", detail: str = "", hint: str = "") -> None:
        """Say something that is no error."""
        self.notices.append(ServerError(message, "00000", severity, detail, hint))

    def look_at(self, rows: int = 1) -> None:
        """Count rows; raises Raised when they are too many for the dojo."""
        spend((ROW + self.nodes // NODES) * rows)
        self._count(rows)

    def _count(self, rows: int) -> None:
        self.looked_at += rows
        if self.looked_at > ROW_LIMIT:
            raise fail(f"the dojo does not go through more than {ROW_LIMIT} rows in one statement", "54000")

    def look_at_row(self, row: Sequence[str | None]) -> None:
        """Count a row that is kept: long texts count as several."""
        letters = sum(len(cell) for cell in row if cell)
        spend(ROW + CELL * len(row) + letters // COPIED)
        self._count(1 + letters // ROW_LETTERS)

    def place(self, node: exp.Expression | None) -> int:
        """Where a node stands in the query text."""
        return 0 if node is None else place(node, self.statement)

    @property
    def search_path(self) -> tuple[str, ...]:
        """The schemas that names are looked up in, without pg_catalog."""
        text = self.setting("search_path", self.stored("search_path", '"$user", public'))
        names = [one.strip().strip('"') for one in text.split(",")]
        schemas = self.database.schemas
        found = [self.user if name == "$user" else name for name in names if name]
        return tuple(name for name in found if name in schemas)

    def stored(self, name: str, default: str) -> str:
        """ALTER ROLE or ALTER DATABASE … SET; the more special wins."""
        user = self.session.user
        database = self.catalog.databases.get(self.session.database)
        settings = database.settings if database else ()
        role = self.catalog.roles.get(user)
        for found in (
            [one.value for one in settings if one.name == name and one.role == user],
            [value for key, value in (role.settings if role else ()) if key == name],
            [one.value for one in settings if one.name == name and not one.role],
        ):
            if found:
                return found[-1]
        return default

    def creation_schema(self, name: str | None, position: int = 0) -> str:
        """Where CREATE puts an object that is named with or without a schema."""
        if name is not None:
            self.schema(name, position)
            return name
        path = self.search_path
        if not path:
            raise fail("no schema has been selected to create in", "3F000", position=position)
        return path[0]

    def schema(self, name: str, position: int = 0) -> Schema:
        """A schema by name."""
        found = self.database.schemas.get(name)
        if found is None:
            raise fail(f'schema "{name}" does not exist', "3F000", position=position)
        return found

    def candidates(self, schema: str | None) -> tuple[str, ...]:
        """The schemas that a name may be in."""
        return (schema,) if schema is not None else self.search_path

    def find(self, schema: str | None, name: str) -> Relation | None:
        """A table, sequence or view."""
        return self.database.find(name, self.candidates(schema))

    def relation(self, schema: str | None, name: str, position: int = 0, *, parsed: bool = False) -> Relation:
        """A table, sequence or view; raises Raised (`parsed`: as the parser of queries does, which names no schema)."""
        found = self.find(schema, name)
        if found is None and schema is not None and not parsed:
            self.schema(schema)
        if found is None:
            shown = f"{schema}.{name}" if schema is not None else name
            raise fail(f'relation "{shown}" does not exist', "42P01", position=position)
        return found

    def has_role(self, role: str) -> bool:
        """The current role is that one, belongs to it, or is a superuser; `pg_database_owner` is whoever owns it."""
        if self.superuser or self.catalog.is_member(self.judged, role):
            return True
        return role == "pg_database_owner" and self.catalog.is_member(self.judged, self.database.owner)

    def allowed(self, kind: str, owner: str, given: Acl, letter: str) -> bool:
        """The current role may do this to an object (`letter` as in the catalogue)."""
        if self.superuser:
            return True
        items = given if given is not None else acl.default(kind, owner)
        return any(letter in one.privileges and (not one.grantee or self.has_role(one.grantee)) for one in items)

    def sessions(self) -> Iterator[Session]:
        """Everybody who is connected."""
        return iter(self.instance.sessions)
