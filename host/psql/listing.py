r"""Lists that are short on the dojo's servers: \\dL, \\dT, \\ddp, \\drds, \\dconfig, and large objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.catalog import Catalog, Database, View
from host.content import text_of
from host.psql.printing import Grid
from host.psql.relations import regex
from host.server.files import Bytes
from host.tree import PathError

if TYPE_CHECKING:
    from host.psql.state import Psql


def _show(psql: Psql, title: str, heads: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> bool:
    psql.show(Grid(heads, ("text",) * len(heads), tuple(rows), title))
    return True


def languages(psql: Psql, _catalog: Catalog, _database: Database, words: list[str], _verbose: bool) -> bool:
    r"""\\dL."""
    rows: list[tuple[str | None, ...]] = [("plpgsql", "postgres", "t", "PL/pgSQL procedural language")]
    kept = [row for row in rows if not words or regex(words[0]).fullmatch(str(row[0]))]
    return _show(psql, "List of languages", ("Name", "Owner", "Trusted", "Description"), kept)


def types(psql: Psql, _catalog: Catalog, database: Database, words: list[str], _verbose: bool) -> bool:
    r"""\\dT."""
    found = sorted(database.types.values(), key=lambda one: (one.schema, one.name))
    rows: list[tuple[str | None, ...]] = [
        (one.schema, one.name if one.schema == "public" else f"{one.schema}.{one.name}", None)
        for one in found
        if (not words and one.schema == "public") or (words and regex(words[0]).fullmatch(one.name))
    ]
    return _show(psql, "List of data types", ("Schema", "Name", "Description"), rows)


def default_privileges(psql: Psql, _catalog: Catalog, _database: Database, _words: list[str], _verbose: bool) -> bool:
    r"""\\ddp: nobody has any here."""
    return _show(psql, "Default access privileges", ("Owner", "Schema", "Type", "Access privileges"), [])


def role_settings(psql: Psql, catalog: Catalog, _database: Database, words: list[str], _verbose: bool) -> bool:
    r"""\\drds: ALTER ROLE … SET and ALTER DATABASE … SET."""
    rows: list[tuple[str | None, ...]] = [
        (role.name, None, "\n".join(f"{name}={value}" for name, value in role.settings))
        for role in sorted(catalog.roles.values(), key=lambda one: one.name)
        if role.settings and (not words or regex(words[0]).fullmatch(role.name))
    ]
    for one in sorted(catalog.databases.values(), key=lambda one: one.name):
        for role in sorted({each.role for each in one.settings}):
            if not words or (role and regex(words[0]).fullmatch(role)):
                texts = [f"{each.name}={each.value}" for each in one.settings if each.role == role]
                rows.append((role or None, one.name, "\n".join(texts)))
    rows.sort(key=lambda row: (row[0] is None, row[0] or "", row[1] is not None, row[1] or ""))
    if not rows and not psql.quiet:
        said = f'Did not find any settings for role "{words[0]}".' if words else "Did not find any settings."
        psql.errors.append(f"{psql.locus}{'error: ' if psql.locus else ''}{said}\n")
        return True
    return _show(psql, "List of settings", ("Role", "Database", "Settings"), rows)


_EVERY_PARAMETER = "SELECT name, current_setting(name) FROM pg_settings ORDER BY name"
_CHANGED_PARAMETERS = "SELECT name, current_setting(name) FROM pg_settings WHERE source <> 'default' ORDER BY name"


def parameters(psql: Psql, _catalog: Catalog, _database: Database, words: list[str], _verbose: bool) -> bool:
    r"""\\dconfig: parameters by a pattern."""
    from host.sql.execute import execute

    query = _EVERY_PARAMETER if words else _CHANGED_PARAMETERS
    psql.host, replies = execute(psql.host, psql.port, psql.pid, query)
    rows = [row for row in replies[-1].rows if not words or regex(words[0]).fullmatch(str(row[0]))]
    if not rows and words:
        psql.errors.append(f'Did not find any configuration parameters named "{words[0]}".\n')
        return True
    return _show(psql, "List of configuration parameters", ("Parameter", "Value"), list(rows))


def export_large_object(psql: Psql, words: list[str]) -> bool:
    r"""\\lo_export OID FILE."""
    if len(words) < 2:
        psql.complain("\\lo_export: missing required argument")
        return False
    instance = psql.instance
    database = instance.catalog.databases.get(psql.target.dbname) if instance is not None else None
    found = database.large_objects.get(int(words[0])) if database is not None and words[0].isdigit() else None
    if found is None:
        psql.complain(f"ERROR:  large object {words[0]} does not exist")
        return False
    try:
        text = found.data.decode()
        psql.host = psql.host.write(words[1], text)
    except UnicodeDecodeError:
        psql.host = psql.host.write(words[1], Bytes("large object", len(found.data)))
    except PathError as error:
        psql.complain(f'could not open file "{words[1]}": {error.reason}')
        return False
    if not psql.quiet:
        psql.say("lo_export\n")
    return True


def import_large_object(psql: Psql, words: list[str]) -> bool:
    r"""\\lo_import FILE."""
    from host.sql.execute import execute

    if not words:
        psql.complain("\\lo_import: missing required argument")
        return False
    try:
        data = text_of(psql.host.read(words[0])).encode()
    except PathError as error:
        psql.complain(f'could not open file "{words[0]}": {error.reason}')
        return False
    psql.host, replies = execute(psql.host, psql.port, psql.pid, f"SELECT lo_from_bytea(0, '\\x{data.hex()}')")
    if replies[-1].error is not None:
        psql.server_says(f"ERROR:  {replies[-1].error.message}\n")
        return False
    oid = str(replies[-1].rows[0][0])
    psql.variables["LASTOID"] = oid
    if not psql.quiet:
        psql.say(f"lo_import {oid}\n")
    return True


def unlink_large_object(psql: Psql, words: list[str]) -> bool:
    r"""\\lo_unlink OID."""
    from host.sql.execute import execute

    if not words:
        psql.complain("\\lo_unlink: missing required argument")
        return False
    psql.host, replies = execute(psql.host, psql.port, psql.pid, f"SELECT lo_unlink({int(words[0] or 0)})")
    if replies[-1].error is not None:
        psql.complain(f"ERROR:  {replies[-1].error.message}")
        return False
    if not psql.quiet:
        psql.say(f"lo_unlink {words[0]}\n")
    return True


def _named(words: list[str]) -> tuple[str, str]:
    schema, _, name = words[0].partition("(")[0].rpartition(".")
    return schema or "public", name


def _database(psql: Psql) -> Database | None:
    instance = psql.instance
    return instance.catalog.databases.get(psql.target.dbname) if instance is not None else None


def show_function(psql: Psql, words: list[str]) -> bool:
    r"""\\sf NAME: pg_get_functiondef."""
    if not words:
        psql.complain("function name is required")
        return False
    schema, name = _named(words)
    database = _database(psql)
    found = [one for one in database.functions.values() if (one.schema, one.name) == (schema, name)] if database else []
    if not found:
        psql.complain(f'ERROR:  function "{words[0]}" does not exist')
        return False
    one = found[0]
    kind, mark = ("PROCEDURE", "$procedure$") if one.procedure else ("FUNCTION", "$function$")
    lines = [f"CREATE OR REPLACE {kind} {one.schema}.{one.name}({one.arguments})"]
    lines += [] if one.procedure else [f" RETURNS {one.returns}"]
    lines += [f" LANGUAGE {one.language}", *(f" {word}" for word in one.attributes), f"AS {mark}{one.body}{mark}"]
    psql.say("".join(f"{line}\n" for line in lines))
    return True


def show_view(psql: Psql, words: list[str]) -> bool:
    r"""\\sv NAME: pg_get_viewdef."""
    if not words:
        psql.complain("view name is required")
        return False
    database = _database(psql)
    found = database.relations.get(_named(words)) if database else None
    if found is None:
        psql.complain(f'ERROR:  relation "{words[0]}" does not exist')
        return False
    if not isinstance(found, View):
        psql.complain(f'"{found.schema}.{found.name}" is not a view')
        return False
    psql.say(f"CREATE OR REPLACE VIEW {found.schema}.{found.name} AS\n{found.definition.replace('public.', '')}\n")
    return True
