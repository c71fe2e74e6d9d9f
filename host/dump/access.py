"""What the server lets a role dump: LOCK TABLE, rows, large objects."""

from __future__ import annotations

from dataclasses import dataclass

from host.catalog import acl
from host.catalog.model import Catalog, Database
from host.catalog.names import literal, qualified
from host.catalog.objects import Table
from host.dump.facts import ToolFacts
from host.dump.options import DumpOptions
from host.dump.plan import Plan
from simulator.settings import parameter, parse_value
from simulator.settings_values import InvalidValue
from simulator.versions import since

_READ_ALL = "pg_read_all_data"
_SEQUENCE_DATA = {12: False, 18: True}
"""The server has pg_get_sequence_data."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A query that failed, as pg_dump reports it: `pg_dump: error: …` and perhaps `detail: Query was: …`."""

    message: str
    query: str = ""
    large_object: int = 0
    """The one that could not be opened."""
    table: int = 0
    """The entry whose rows could not be read."""


def allowed(catalog: Catalog, user: str, kind: str, owner: str, rights: acl.Acl, letter: str) -> bool:
    """A role has a privilege: as owner or superuser, by a grant to itself, to its roles or to everybody."""
    role = catalog.roles.get(user)
    if role is None or role.superuser or catalog.is_member(user, owner):
        return role is not None
    items = acl.default(kind, owner) if rights is None else rights
    return any(
        letter in item.privileges and (not item.grantee or catalog.is_member(user, item.grantee)) for item in items
    )


def lock_failure(
    plan: Plan, tool: ToolFacts, user: str, now: Database | None, locked: frozenset[str]
) -> Refused | None:
    """LOCK TABLE … IN ACCESS SHARE MODE; `now`: the newest state; `locked`: what was waited for in vain."""
    d = plan.dumping
    tables = [t for t in d.database.tables() if d.selection.relation((t.schema, t.name))]
    tables.sort(key=lambda table: table.oid)
    names = [qualified(table.schema, table.name, d.always) for table in tables]
    for number, table in enumerate(tables):
        if now is not None and (table.schema, table.name) not in now.relations:
            reason = f'ERROR:  relation "{table.schema}.{table.name}" does not exist'
        else:
            reason = _refusal(d.catalog, d.database, table, user)
        if not reason and f"{table.schema}.{table.name}" in locked:
            reason = "ERROR:  canceling statement due to statement timeout"
        if reason:
            listed = ", ".join(names) if tool.locks_at_once else names[number]
            return Refused(f"query failed: {reason}", f"LOCK TABLE {listed} IN ACCESS SHARE MODE")
    return None


def _refusal(catalog: Catalog, database: Database, table: Table, user: str) -> str:
    reads_all = _READ_ALL in catalog.roles and catalog.is_member(user, _READ_ALL)
    schema = database.schemas.get(table.schema)
    if schema and not reads_all and not allowed(catalog, user, "SCHEMA", schema.owner, schema.acl, "U"):
        return f"ERROR:  permission denied for schema {table.schema}"
    if not reads_all and not allowed(catalog, user, "TABLE", table.owner, table.acl, "r"):
        return f"ERROR:  permission denied for table {table.name}"
    return ""


def large_object_failure(plan: Plan, options: DumpOptions, user: str) -> Refused | None:
    """lo_open of a large object that the role may not read."""
    d = plan.dumping
    if not (options.wants_large_objects and options.output.wants_data):
        return None
    for oid in sorted(d.database.large_objects):
        one = d.database.large_objects[oid]
        if not allowed(d.catalog, user, "LARGE OBJECT", one.owner, one.acl, "r"):
            said = f"could not open large object {oid}: ERROR:  permission denied for large object {oid}"
            return Refused(said, large_object=oid)
    return None


def sequence_failure(plan: Plan, tool: ToolFacts, user: str) -> Refused | None:
    """The value of a sequence: SELECT from it, or since 18 a function that gives nothing to whom may not."""
    d = plan.dumping
    for entry in plan.entries:
        if entry.desc != "SEQUENCE SET":
            continue
        sequence = d.database.relations[entry.schema or "", entry.tag]
        reads_all = _READ_ALL in d.catalog.roles and d.catalog.is_member(user, _READ_ALL)
        if reads_all or allowed(d.catalog, user, "SEQUENCE", sequence.owner, sequence.acl, "r"):
            continue
        if tool.sequences_at_once and since(d.catalog.major, _SEQUENCE_DATA):
            lacks = "user may lack SELECT privilege on the sequence or the sequence may have been concurrently dropped"
            return Refused(f'failed to get data for sequence "{entry.tag}"; {lacks}')
        name = qualified(sequence.schema, sequence.name, d.always)
        said = f"query failed: ERROR:  permission denied for sequence {entry.tag}"
        return Refused(said, f"SELECT last_value, is_called FROM {name}")  # noqa: S608  (a text that is shown)
    return None


def timeout_failure(given: str, major: int) -> Refused | None:
    """--lock-wait-timeout becomes the server's statement_timeout."""
    if not given:
        return None
    try:
        parse_value(parameter(major, "statement_timeout"), given)
    except InvalidValue as fault:
        return Refused(f"query failed: ERROR:  {fault.message}", f"SET statement_timeout = {literal(given)}")
    return None
