r"""\\dt, \\di, \\dv and their kin: lists of relations (listTables in describe.c)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from host.backtracking import runs_away
from host.catalog import Database, Sequence, Table, View
from host.catalog.sizes import index_bytes, table_bytes, toast_bytes
from host.psql.printing import Grid
from host.sql.scalars import pretty
from simulator.versions import since

if TYPE_CHECKING:
    from host.psql.state import Psql

Pattern = Callable[[str, str], bool]
_KINDS = {"t": "table", "v": "view", "m": "materialized view", "s": "sequence", "i": "index"}
_PLURAL = {"t": "tables", "v": "views", "m": "materialized views", "s": "sequences", "i": "indexes"}
_ONE_KIND = {12: False, 18: True}
"""A list of one kind is called after it."""
_PAGE = 8192
_SYSTEM = tuple(
    """
    pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_authid pg_cast pg_class pg_collation
    pg_constraint pg_conversion pg_database pg_db_role_setting pg_default_acl pg_depend pg_description pg_enum
    pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table pg_index pg_inherits
    pg_init_privs pg_language pg_largeobject pg_largeobject_metadata pg_namespace pg_opclass pg_operator pg_opfamily
    pg_partitioned_table pg_policy pg_proc pg_publication pg_publication_rel pg_range pg_replication_origin pg_rewrite
    pg_seclabel pg_sequence pg_shdepend pg_shdescription pg_shseclabel pg_statistic pg_statistic_ext
    pg_statistic_ext_data pg_subscription pg_subscription_rel pg_tablespace pg_transform pg_trigger pg_ts_config
    pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user_mapping
    """.split()
)
_NEWER = {12: (), 15: ("pg_parameter_acl", "pg_publication_namespace")}
_STANDARD = {
    12: ("sql_features", "sql_implementation_info", "sql_languages", "sql_packages", "sql_parts", "sql_sizing"),
    13: ("sql_features", "sql_implementation_info", "sql_parts", "sql_sizing"),
}


def matcher(words: list[str]) -> Pattern:
    """A pattern (schema.name with * and ?) as a test of schema and name; none given: what is visible."""
    if not words:
        return lambda schema, _name: schema == "public"
    parts = re.findall(r'(?:"[^"]*"|[^."])+', words[0])
    tests = [regex(part) for part in parts] or [regex("*")]
    if len(tests) == 1:
        return lambda schema, name: schema == "public" and tests[0].fullmatch(name) is not None
    return lambda schema, name: tests[-2].fullmatch(schema) is not None and tests[-1].fullmatch(name) is not None


def regex(part: str) -> re.Pattern[str]:
    """One part of a pattern."""
    out = ""
    inside = False
    for letter in part:
        if letter == '"':
            inside = not inside
        elif inside:
            out += re.escape(letter)
        else:
            out += {"*": ".*", "?": "."}.get(
                letter, letter.lower() if letter in "|()[]+^" else re.escape(letter.lower())
            )
    try:
        return re.compile(re.escape(part) if runs_away(out) else out, re.DOTALL)
    except re.error:
        return re.compile(re.escape(part))


def kind_of(one: Any) -> str:
    """What the Type column says."""
    if isinstance(one, View):
        return "materialized view" if one.materialized else "view"
    return "sequence" if isinstance(one, Sequence) else "table"


def _row(one: Any, kind: str, table: Table | None, size: int, comment: str) -> dict[str, Any]:
    owner = table.owner if table is not None else one.owner
    unlogged = getattr(table or one, "unlogged", False)
    return {
        "Schema": (table or one).schema,
        "Name": one.name,
        "Type": kind,
        "Owner": owner,
        "Table": table.name if table is not None else None,
        "Persistence": "unlogged" if unlogged else "permanent",
        "Access method": {"index": "btree", "table": "heap", "materialized view": "heap"}.get(kind),
        "Size": pretty(size),
        "Description": comment or None,
    }


def _bytes(one: Any) -> int:
    if isinstance(one, Table):
        return table_bytes(one) + toast_bytes(one)
    return _PAGE if isinstance(one, Sequence) or getattr(one, "materialized", False) else 0


def _indexes(table: Table) -> list[dict[str, Any]]:
    made = []
    for name in table.index_names():
        owner = table.constraint(name) or next(one for one in table.indexes if one.name == name)
        named = type("Named", (), {"name": name})
        made.append(_row(named, "index", table, index_bytes(table), owner.comment))
    return made


def _system_tables(major: int) -> list[dict[str, Any]]:
    """The tables of pg_catalog and information_schema: only a pattern with a schema reaches them."""
    made: list[dict[str, Any]] = []
    for schema, names in (
        ("pg_catalog", (*_SYSTEM, *since(major, _NEWER))),
        ("information_schema", since(major, _STANDARD)),
    ):
        for name in names:
            made.append(_row(Table(schema, name, 0, "postgres"), "table", None, _PAGE, ""))
    return made


def list_relations(psql: Psql, database: Database, letters: str, words: list[str], *, verbose: bool) -> bool:
    """The relations of some kinds."""
    kinds = {_KINDS.get(letter, "") for letter in letters}
    wanted = matcher(words)
    found = [
        _row(one, kind_of(one), None, _bytes(one), one.comment)
        for one in database.relations.values()
        if kind_of(one) in kinds
    ]
    if "i" in letters:
        for table in database.tables():
            found += _indexes(table)
    if "t" in letters and words and psql.instance is not None:
        found += _system_tables(psql.instance.major)
    rows = [row for row in found if wanted(row["Schema"], row["Name"])]
    rows.sort(key=lambda row: (row["Schema"], row["Name"]))
    lone = since(psql.major, _ONE_KIND) and letters in _PLURAL
    if not rows and not psql.quiet:
        _nothing(psql, _PLURAL[letters] if lone else "", words)
        return True
    heads = ["Schema", "Name", "Type", "Owner", *(["Table"] if "i" in letters else [])]
    if verbose:
        method = ["Access method"] if kinds & {"table", "index", "materialized view"} else []
        heads += ["Persistence", *method, "Size", "Description"]
    title = f"List of {_PLURAL[letters] if lone else 'relations'}"
    shown = tuple(tuple(row[head] for head in heads) for row in rows)
    psql.show(Grid(tuple(heads), ("text",) * len(heads), shown, title))
    return True


def _nothing(psql: Psql, plural: str, words: list[str]) -> None:
    if words:
        said = f'Did not find any {plural or "relation"} named "{words[0]}".'
    else:
        said = f"Did not find any {plural or 'relations'}."
    psql.errors.append(f"{psql.locus}{'error: ' if psql.locus else ''}{said}\n")
