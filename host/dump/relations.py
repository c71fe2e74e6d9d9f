"""Tables, sequences and views as pg_dump writes them."""

from __future__ import annotations

import re

from host.catalog import acl
from host.catalog.names import literal
from host.catalog.objects import Column, Constraint, Relation, Sequence, Table, View
from host.dump import privileges
from host.dump.items import Dumping, Item, Name, relation_name
from host.dump.requoting import requoted, type_text
from host.dump.toc import CLASS_DEFAULT, CLASS_RELATION, NONE, PRE_DATA, TocEntry

_LIMITS = {"smallint": 32767, "integer": 2147483647, "bigint": 9223372036854775807}


def sql_string(text: str) -> str:
    """A literal under standard_conforming_strings: only quotes are doubled."""
    return "'" + text.replace("'", "''") + "'"


def comment_entry(kind: str, tag: str, target: str, text: str, schema: str | None, owner: str) -> TocEntry:
    """COMMENT ON …; `target` is the qualified name."""
    definition = f"COMMENT ON {kind} {target} IS {sql_string(text)};\n"
    return TocEntry(f"{kind} {tag}", "COMMENT", NONE, schema=schema, owner=owner, definition=definition)


def acl_entry(tag: str, text: str, schema: str | None, owner: str) -> TocEntry:
    """The entry of GRANT and REVOKE commands."""
    return TocEntry(tag, "ACL", NONE, schema=schema, owner=owner, definition=text)


def schema_dependency(schema: str) -> frozenset[Name]:
    """Everything in a schema comes after it."""
    return frozenset({("schema", schema)})


def separate_default(d: Dumping, table: Table, column: Column) -> bool:
    """The default reads a sequence that the table owns: it has to come after both."""
    sequence = sequence_read(d, column.default)
    return (
        sequence is not None and sequence.owned_by is not None and sequence.owned_by[:2] == (table.schema, table.name)
    )


def sequence_read(d: Dumping, default: str | None) -> Sequence | None:
    """The sequence of nextval('schema.name'::regclass)."""
    if default is None or "nextval('" not in default:
        return None
    inside = default.partition("nextval('")[2].partition("'::regclass")[0]
    schema, _, name = inside.replace('"', "").rpartition(".")
    return d.database.sequence(schema or "public", name)


def in_table(constraint: Constraint) -> bool:
    """Constraints that stand in CREATE TABLE; the others are added after the data."""
    return constraint.kind == "c" and constraint.validated


def relation_item(d: Dumping, relation: Relation, wanted: bool = True) -> Item:
    """The item of a table, sequence or view with its comments and privileges; without entries when it is not wanted."""
    entries = {Table: _table_entries, Sequence: _sequence_entries, View: _view_entries}[type(relation)]
    depends = set(schema_dependency(relation.schema))
    if isinstance(relation, View):
        depends.update(relation_name(key) for key in relation.depends)
    if isinstance(relation, Sequence) and relation.owned_by:
        depends.add(relation_name(relation.owned_by[:2]))
    if isinstance(relation, Table):
        depends |= _table_depends(d, relation)
    key = (relation.schema, relation.name)
    made = (*entries(d, relation), *_privileges(d, relation)) if wanted else ()  # type: ignore[operator]
    again = _read_again(d, relation) if isinstance(relation, View) else ()
    return Item("table", relation_name(key), relation.schema, relation.name, made, frozenset(depends), again=again)


def _read_again(d: Dumping, view: View) -> tuple[Name, ...]:
    """A view depends on every column that it reads: its relations count as often, less the first time."""
    words = set(re.findall(r"[a-z_]\w*", view.definition))
    again: list[Name] = []
    for key in view.depends:
        columns = getattr(d.database.relations.get(key), "columns", ())
        again += [relation_name(key)] * (sum(column.name in words for column in columns) - 1)
    return tuple(again)


def _table_depends(d: Dumping, table: Table) -> set[Name]:
    """Types of the columns, and sequences of others that a default reads."""
    needs: set[Name] = set()
    for column in table.columns:
        schema, dot, name = column.type.removesuffix("[]").replace('"', "").partition(".")
        if dot and (schema, name) in d.database.types:
            needs.add(("type", schema, name))
        sequence = sequence_read(d, column.default)
        if sequence is not None and not separate_default(d, table, column):
            needs.add(relation_name((sequence.schema, sequence.name)))
    return needs


def _table_entries(d: Dumping, table: Table) -> tuple[TocEntry, ...]:
    name = d.qq(table.schema, table.name)
    main = TocEntry(
        table.name,
        "TABLE",
        PRE_DATA,
        class_oid=CLASS_RELATION,
        oid=table.oid,
        schema=table.schema,
        owner=table.owner,
        tablespace=table.tablespace,
        access_method="heap",
        definition=create_table(d, table),
        drop=f"DROP TABLE {name};\n",
    )
    return (main, *_comments(d, table, "TABLE"))


def create_table(d: Dumping, table: Table) -> str:
    """CREATE TABLE with columns and checks."""
    parts = [f"\n    {_column(d, table, column)}" for column in table.columns]
    names = _names_in(table)
    for constraint in sorted((c for c in table.constraints if in_table(c)), key=lambda c: c.name):
        text = requoted(constraint.definition, names, d.always)
        parts.append(f"\n    CONSTRAINT {d.q(constraint.name)} {text}")
    unlogged = "UNLOGGED " if table.unlogged else ""
    options = ", ".join(_option(d, option) for option in table.options)
    with_options = f"\nWITH ({options})" if options else ""
    name = d.qq(table.schema, table.name)
    force = f"\nALTER TABLE ONLY {name} FORCE ROW LEVEL SECURITY;\n" if table.force_row_security else ""
    return f"CREATE {unlogged}TABLE {name} ({','.join(parts)}\n){with_options};\n{force}"


def _option(d: Dumping, option: str) -> str:
    name, _, value = option.partition("=")
    simple = value.replace("_", "a").isidentifier() and value.islower()
    return f"{d.q(name)}={value if simple else literal(value)}"


def _names_in(table: Table) -> frozenset[str]:
    return frozenset({table.schema, table.name, *table.column_names()})


def _column(d: Dumping, table: Table, column: Column) -> str:
    words = [d.q(column.name), type_text(column.type, d.always)]
    if column.collation:
        words.append(f"COLLATE {d.qq('pg_catalog', column.collation)}")
    if column.generated is not None:
        words.append(f"GENERATED ALWAYS AS ({requoted(column.generated, _names_in(table), d.always)}) STORED")
    elif column.default is not None and not separate_default(d, table, column):
        words.append(f"DEFAULT {requoted(column.default, frozenset(), d.always)}")
    if column.not_null:
        named = f"CONSTRAINT {d.q(column.not_null_name)} " if column.not_null_name else ""
        words.append(f"{named}NOT NULL")
    return " ".join(words)


def _comments(d: Dumping, relation: Table | View, kind: str) -> list[TocEntry]:
    made = []
    tag, target = d.q(relation.name), d.qq(relation.schema, relation.name)
    if relation.comment:
        made.append(comment_entry(kind, tag, target, relation.comment, relation.schema, relation.owner))
    for column in relation.columns:
        if column.comment:
            of = f".{d.q(column.name)}"
            made.append(comment_entry("COLUMN", tag + of, target + of, column.comment, relation.schema, relation.owner))
    return made


def _view_entries(d: Dumping, view: View) -> tuple[TocEntry, ...]:
    name = d.qq(view.schema, view.name)
    query = requoted(view.definition, _names_of_view(d, view), d.always)
    end = "\n  WITH NO DATA;\n" if view.materialized else ";\n"
    main = TocEntry(
        view.name,
        view.kind,
        PRE_DATA,
        class_oid=CLASS_RELATION,
        oid=view.oid,
        schema=view.schema,
        owner=view.owner,
        tablespace=view.tablespace if view.materialized else None,
        access_method="heap" if view.materialized else None,
        definition=f"CREATE {view.kind} {name} AS\n{query}{end}",
        drop=f"DROP {view.kind} {name};\n",
    )
    return (main, *_comments(d, view, view.kind))


def _names_of_view(d: Dumping, view: View) -> frozenset[str]:
    names = {column.name for column in view.columns}
    for key in view.depends:
        relation = d.database.relations.get(key)
        names |= {*key, *(c.name for c in getattr(relation, "columns", ()))}
    return frozenset(names)


def _sequence_entries(d: Dumping, sequence: Sequence) -> tuple[TocEntry, ...]:
    name = d.qq(sequence.schema, sequence.name)
    main = TocEntry(
        sequence.name,
        "SEQUENCE",
        PRE_DATA,
        class_oid=CLASS_RELATION,
        oid=sequence.oid,
        schema=sequence.schema,
        owner=sequence.owner,
        definition=_identity(d, sequence) if sequence.identity else f"CREATE SEQUENCE {name}\n{_clauses(sequence)};\n",
        drop="" if sequence.identity else f"DROP SEQUENCE {name};\n",
    )
    made = [main]
    if sequence.owned_by and not sequence.identity and d.selection.relation(sequence.owned_by[:2]):
        schema, table, column = sequence.owned_by
        owned = f"ALTER SEQUENCE {name} OWNED BY {d.qq(schema, table)}.{d.q(column)};\n"
        made.append(
            TocEntry(
                sequence.name,
                "SEQUENCE OWNED BY",
                PRE_DATA,
                schema=sequence.schema,
                owner=sequence.owner,
                definition=owned,
            )
        )
    if sequence.comment:
        tag = d.q(sequence.name)
        made.append(comment_entry("SEQUENCE", tag, name, sequence.comment, sequence.schema, sequence.owner))
    return tuple(made)


def _clauses(sequence: Sequence) -> str:
    limit = _LIMITS.get(sequence.type, _LIMITS["bigint"])
    down = sequence.increment < 0
    usual_minimum, usual_maximum = (-limit - 1, -1) if down else (1, limit)
    lines = [f"    AS {sequence.type}"] if sequence.type != "bigint" and not sequence.identity else []
    lines += [f"    START WITH {sequence.start}", f"    INCREMENT BY {sequence.increment}"]
    minimum, maximum = sequence.minimum, sequence.maximum
    lines.append("    NO MINVALUE" if minimum == usual_minimum else f"    MINVALUE {minimum}")
    lines.append("    NO MAXVALUE" if maximum == usual_maximum else f"    MAXVALUE {maximum}")
    lines.append(f"    CACHE {sequence.cache}" + ("\n    CYCLE" if sequence.cycle else ""))
    return "\n".join(lines)


def _identity(d: Dumping, sequence: Sequence) -> str:
    assert sequence.owned_by is not None
    schema, table_name, column_name = sequence.owned_by
    table = d.database.table(schema, table_name)
    column = table.column(column_name) if table else None
    always = "BY DEFAULT" if column is not None and column.identity == "d" else "ALWAYS"
    unlogged = "    UNLOGGED\n" if sequence.unlogged else ""
    return (
        f"ALTER TABLE {d.qq(schema, table_name)} ALTER COLUMN {d.q(column_name)} "
        f"ADD GENERATED {always} AS IDENTITY (\n    SEQUENCE NAME {d.qq(sequence.schema, sequence.name)}\n"
        f"{unlogged}{_clauses(sequence)}\n);\n"
    )


def _privileges(d: Dumping, relation: Relation) -> list[TocEntry]:
    kind = "SEQUENCE" if isinstance(relation, Sequence) else "TABLE"
    name, tag = d.qq(relation.schema, relation.name), d.q(relation.name)
    base = acl.default(kind, relation.owner, d.maintain)
    text = privileges.commands(kind, name, relation.acl, base, relation.owner, maintain=d.maintain, always=d.always)
    made = [acl_entry(f"{kind} {tag}", text, relation.schema, relation.owner)] if text else []
    for column in getattr(relation, "columns", ()):
        text = privileges.commands(
            "TABLE", name, column.acl, (), relation.owner, column=column.name, maintain=d.maintain, always=d.always
        )
        if text:
            made.append(acl_entry(f"COLUMN {tag}.{d.q(column.name)}", text, relation.schema, relation.owner))
    return made


def default_items(d: Dumping, table: Table) -> list[Item]:
    """DEFAULT entries: defaults that read a sequence of the table."""
    name, made = d.qq(table.schema, table.name), []
    for number, column in enumerate(table.columns, 1):
        if not separate_default(d, table, column):
            continue
        alter = f"ALTER TABLE {name} ALTER COLUMN {d.q(column.name)}"
        value = requoted(column.default or "", frozenset(), d.always)
        entry = TocEntry(
            f"{table.name} {column.name}",
            "DEFAULT",
            PRE_DATA,
            class_oid=CLASS_DEFAULT,
            oid=column.default_oid,
            schema=table.schema,
            owner=table.owner,
            definition=f"ALTER TABLE ONLY {name} ALTER COLUMN {d.q(column.name)} SET DEFAULT {value};\n",
            drop=f"{alter} DROP DEFAULT;\n",
        )
        needs = {relation_name((table.schema, table.name))}
        sequence = sequence_read(d, column.default)
        if sequence is not None:
            needs.add(relation_name((sequence.schema, sequence.name)))
        key = ("default", table.schema, table.name, column.name)
        again = (relation_name((table.schema, table.name)),)
        made.append(Item("default", key, table.schema, table.name, (entry,), frozenset(needs), (number,), again))
    return made
