"""What follows the data: constraints, indexes, triggers, and statistics."""

from __future__ import annotations

from host.catalog.objects import Constraint, Index, Policy, Statistics, Table, Trigger, View
from host.catalog.sizes import index_bytes, table_bytes
from host.dump.items import Dumping, Item, Name, relation_name
from host.dump.relations import comment_entry, in_table, sql_string
from host.dump.requoting import requoted
from host.dump.toc import (
    CLASS_CONSTRAINT,
    CLASS_POLICY,
    CLASS_RELATION,
    CLASS_TRIGGER,
    DATA,
    POST_DATA,
    TocEntry,
)

_RESTORE_STATISTICS = "SELECT * FROM pg_catalog.pg_restore_relation_stats(\n{pairs}\n);\n"


def after_data(d: Dumping, table: Table) -> list[Item]:
    """Every constraint, index and trigger of a table that is dumped on its own."""
    made = [_constraint(d, table, one) for one in table.constraints if not in_table(one)]
    made += [index_item(d, table, one) for one in table.indexes]
    made += [_trigger(d, table, one) for one in table.triggers]
    if table.row_security:
        made.append(_row_security(d, table))
    made += [_policy(d, table, one) for one in table.policies]
    return made


def _names(table: Table | View, constraint: Constraint | None = None) -> frozenset[str]:
    other = constraint.references if constraint else None
    more = {*other, *(constraint.referenced if constraint else ())} if other else set()
    columns = {column.name for column in table.columns}
    indexes = {index.name for index in table.indexes}
    triggers = {trigger.name for trigger in table.triggers} if isinstance(table, Table) else set()
    return frozenset({table.schema, table.name, *columns, *indexes, *triggers, *more})


def _constraint(d: Dumping, table: Table, constraint: Constraint) -> Item:
    name = d.qq(table.schema, table.name)
    only = "" if constraint.kind == "c" else "ONLY "
    text = requoted(constraint.definition, _names(table, constraint), d.always)
    kind = {"f": "fk constraint"}.get(constraint.kind, "constraint")
    main = TocEntry(
        f"{table.name} {constraint.name}",
        {"f": "FK CONSTRAINT", "c": "CHECK CONSTRAINT"}.get(constraint.kind, "CONSTRAINT"),
        POST_DATA,
        class_oid=CLASS_CONSTRAINT,
        oid=constraint.oid,
        schema=table.schema,
        owner=table.owner,
        tablespace=constraint.tablespace if constraint.kind in "pu" else None,
        definition=f"ALTER TABLE {only}{name}\n    ADD CONSTRAINT {d.q(constraint.name)} {text};\n",
        drop=f"ALTER TABLE {only}{name} DROP CONSTRAINT {d.q(constraint.name)};\n",
    )
    depends: set[Name] = {relation_name((table.schema, table.name))}
    if constraint.references:
        depends |= {relation_name(constraint.references), *_referenced(d, constraint)}
    entries = [main]
    if constraint.comment:
        on = f"{d.q(constraint.name)} ON "
        entries.append(
            comment_entry("CONSTRAINT", on + d.q(table.name), on + name, constraint.comment, table.schema, table.owner)
        )
    key = ("constraint", table.schema, table.name, constraint.name)
    again = (relation_name((table.schema, table.name)),) * (len(constraint.columns) - 1)
    return Item(kind, key, table.schema, constraint.name, tuple(entries), frozenset(depends), (table.name,), again)


def _referenced(d: Dumping, constraint: Constraint) -> set[Name]:
    """The key that a foreign key leans on."""
    assert constraint.references is not None
    table = d.database.table(*constraint.references)
    if table is None:
        return set()
    return {
        ("constraint", table.schema, table.name, one.name)
        for one in table.constraints
        if one.kind in "pu" and set(one.columns) == set(constraint.referenced)
    }


def index_item(d: Dumping, table: Table | View, index: Index) -> Item:
    """CREATE INDEX."""
    name = d.qq(table.schema, index.name)
    main = TocEntry(
        index.name,
        "INDEX",
        POST_DATA,
        class_oid=CLASS_RELATION,
        oid=index.oid,
        schema=table.schema,
        owner=table.owner,
        tablespace=index.tablespace,
        definition=requoted(index.definition, _names(table), d.always) + ";\n",
        drop=f"DROP INDEX {name};\n",
    )
    entries = [main]
    if index.comment:
        entries.append(comment_entry("INDEX", d.q(index.name), name, index.comment, table.schema, table.owner))
    depends = frozenset({relation_name((table.schema, table.name))})
    return Item("index", ("index", table.schema, index.name), table.schema, index.name, tuple(entries), depends)


def _trigger(d: Dumping, table: Table, trigger: Trigger) -> Item:
    name = d.qq(table.schema, table.name)
    text = requoted(trigger.definition, _names(table), d.always) + ";\n"
    state = {"D": "DISABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}.get(trigger.enabled)
    if state:
        text += f"\nALTER TABLE {name} {state} TRIGGER {d.q(trigger.name)};\n"
    main = TocEntry(
        f"{table.name} {trigger.name}",
        "TRIGGER",
        POST_DATA,
        class_oid=CLASS_TRIGGER,
        oid=trigger.oid,
        schema=table.schema,
        owner=table.owner,
        definition=text,
        drop=f"DROP TRIGGER {d.q(trigger.name)} ON {name};\n",
    )
    entries = [main]
    if trigger.comment:
        on = f"{d.q(trigger.name)} ON "
        entries.append(
            comment_entry("TRIGGER", on + d.q(table.name), on + name, trigger.comment, table.schema, table.owner)
        )
    key = ("trigger", table.schema, table.name, trigger.name)
    depends = frozenset({relation_name((table.schema, table.name))})
    return Item("trigger", key, table.schema, trigger.name, tuple(entries), depends, (table.name,))


def _row_security(d: Dumping, table: Table) -> Item:
    text = f"ALTER TABLE {d.qq(table.schema, table.name)} ENABLE ROW LEVEL SECURITY;"
    main = TocEntry(
        table.name,
        "ROW SECURITY",
        POST_DATA,
        oid=table.oid,
        schema=table.schema,
        owner=table.owner,
        definition=text,
    )
    depends = frozenset({relation_name((table.schema, table.name))})
    return Item("policy", ("policy", table.schema, table.name), table.schema, table.name, (main,), depends)


_FOR = {"*": "", "r": " FOR SELECT", "a": " FOR INSERT", "w": " FOR UPDATE", "d": " FOR DELETE"}


def _policy(d: Dumping, table: Table, policy: Policy) -> Item:
    name, own = d.qq(table.schema, table.name), d.q(policy.name)
    roles = f" TO {', '.join(map(d.q, policy.roles))}" if policy.roles else ""
    using = f" USING ({requoted(policy.using, _names(table), d.always)})" if policy.using else ""
    check = f" WITH CHECK ({requoted(policy.check, _names(table), d.always)})" if policy.check else ""
    kind = "" if policy.permissive else " AS RESTRICTIVE"
    main = TocEntry(
        f"{table.name} {policy.name}",
        "POLICY",
        POST_DATA,
        class_oid=CLASS_POLICY,
        oid=policy.oid,
        schema=table.schema,
        owner=table.owner,
        definition=f"CREATE POLICY {own} ON {name}{kind}{_FOR[policy.command]}{roles}{using}{check};\n",
        drop=f"DROP POLICY {own} ON {name};\n",
    )
    key = ("policy", table.schema, table.name, policy.name)
    depends = frozenset({relation_name((table.schema, table.name))})
    return Item("policy", key, table.schema, policy.name, (main,), depends, (table.name,))


def statistics_items(table: Table, version_number: int) -> list[Item]:
    """STATISTICS DATA of a table and of its indexes (18+)."""
    own = relation_name((table.schema, table.name))
    made = [_statistics(table.schema, table.name, table.statistics, DATA, own, version_number)]
    for constraint in table.constraints:
        if constraint.index_oid:
            key: Name = ("constraint", table.schema, table.name, constraint.name)
            made.append(_of_index(table, constraint.name, key, version_number))
    for index in table.indexes:
        made.append(_of_index(table, index.name, ("index", table.schema, index.name), version_number))
    return made


def _of_index(table: Table, name: str, key: Name, number: int) -> Item:
    # An index is counted when it is built; until an ANALYZE it keeps the page it had then.
    counted = table.statistics.tuples >= 0
    pages = index_bytes(table) // 8192 if counted and table_bytes(table) else 1
    found = Statistics(pages, max(0, table.statistics.tuples))
    return _statistics(table.schema, name, found, POST_DATA, key, number)


def _statistics(schema: str, name: str, found: Statistics, section: str, needs: Name, number: int) -> Item:
    pairs = (
        ("version", number, "integer"),
        ("schemaname", schema, ""),
        ("relname", name, ""),
        ("relpages", found.pages, "integer"),
        ("reltuples", f"{found.tuples:g}", "real"),
        ("relallvisible", found.all_visible, "integer"),
        ("relallfrozen", found.all_frozen, "integer"),
    )
    lines = ",\n".join(f"\t'{key}', {sql_string(str(value))}{'::' * bool(kind)}{kind}" for key, value, kind in pairs)
    text = _RESTORE_STATISTICS.format(pairs=lines)
    entry = TocEntry(name, "STATISTICS DATA", section, schema=schema, definition=text)
    return Item("statistics", ("statistics", schema, name), schema, name, (entry,), frozenset({needs}))
