"""Schemas, extensions, types and functions as pg_dump writes them."""

from __future__ import annotations

import re

from host.catalog import acl
from host.catalog.initial import PUBLIC_COMMENT, public_schema
from host.catalog.objects import EnumType, Extension, Function, Schema
from host.dump import privileges
from host.dump.items import Dumping, Item, Name
from host.dump.relations import acl_entry, comment_entry, schema_dependency, sql_string
from host.dump.requoting import type_text
from host.dump.toc import CLASS_EXTENSION, CLASS_FUNCTION, CLASS_SCHEMA, CLASS_TYPE, PRE_DATA, TocEntry

_NOT = "-- *not* {} schema, since initdb creates it\n"


def schema_item(d: Dumping, schema: Schema) -> Item:
    """A schema; public only as far as initdb did not make it so."""
    made: list[TocEntry] = []
    name = d.q(schema.name)
    as_made = schema.name == "public" and d.selection.schemas is None
    silent = as_made and d.public_of_database_owner and schema.owner == "pg_database_owner"
    if not silent:
        create, drop = f"CREATE SCHEMA {name};\n", f"DROP SCHEMA {name};\n"
        if as_made and not d.tool.skips_public:
            create, drop = _NOT.format("creating"), _NOT.format("dropping")
        made.append(
            TocEntry(
                schema.name,
                "SCHEMA",
                PRE_DATA,
                class_oid=CLASS_SCHEMA,
                oid=schema.oid,
                owner=schema.owner,
                definition=create,
                drop=drop,
            )
        )
    # The comment of initdb is compared under the plain name: with quotes it never fits.
    usual = as_made and name == "public" and schema.comment == PUBLIC_COMMENT and not d.tool.skips_public
    if schema.comment and not usual:
        made.append(comment_entry("SCHEMA", name, name, schema.comment, None, schema.owner))
    first = acl.default("SCHEMA", schema.owner)
    if schema.name == "public":
        first = _first_of_public(d, schema.owner)
    text = privileges.commands("SCHEMA", name, schema.acl, first, schema.owner, always=d.always)
    if text:
        made.append(acl_entry(f"SCHEMA {name}", text, None, schema.owner))
    return Item("schema", ("schema", schema.name), None, schema.name, tuple(made))


def _first_of_public(d: Dumping, owner: str) -> tuple[acl.AclItem, ...]:
    """From 15 on pg_dump compares with what initdb of 15 grants, whatever the server is."""
    if d.tool.skips_public:
        return public_schema(d.catalog.major, d.catalog.superuser).acl or ()
    return acl.AclItem(owner, "UC", owner), acl.AclItem("", "U", owner)


def extension_item(d: Dumping, extension: Extension) -> Item:
    """CREATE EXTENSION; what is in it is not dumped."""
    name = d.q(extension.name)
    main = TocEntry(
        extension.name,
        "EXTENSION",
        PRE_DATA,
        class_oid=CLASS_EXTENSION,
        oid=extension.oid,
        definition=f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {d.q(extension.schema)};\n",
        drop=f"DROP EXTENSION {name};\n",
    )
    made = [main]
    if extension.comment:
        made.append(comment_entry("EXTENSION", name, name, extension.comment, None, ""))
    depends = schema_dependency(extension.schema)
    return Item("extension", ("extension", extension.name), None, extension.name, tuple(made), depends)


def type_item(d: Dumping, enum: EnumType) -> Item:
    """CREATE TYPE … AS ENUM."""
    name = d.qq(enum.schema, enum.name)
    labels = ",".join(f"\n    {sql_string(label)}" for label in enum.labels)
    main = TocEntry(
        enum.name,
        "TYPE",
        PRE_DATA,
        class_oid=CLASS_TYPE,
        oid=enum.oid,
        schema=enum.schema,
        owner=enum.owner,
        definition=f"CREATE TYPE {name} AS ENUM ({labels}\n);\n",
        drop=f"DROP TYPE {name};\n",
    )
    made = [main]
    if enum.comment:
        made.append(comment_entry("TYPE", d.q(enum.name), name, enum.comment, enum.schema, enum.owner))
    base = acl.default("TYPE", enum.owner)
    text = privileges.commands("TYPE", name, enum.acl, base, enum.owner, always=d.always)
    if text:
        made.append(acl_entry(f"TYPE {d.q(enum.name)}", text, enum.schema, enum.owner))
    key = ("type", enum.schema, enum.name)
    return Item("type", key, enum.schema, enum.name, tuple(made), schema_dependency(enum.schema))


_DEFAULT = re.compile(r" DEFAULT (?:'(?:[^']|'')*'|[^,'])*")


def identity_arguments(function: Function) -> str:
    """pg_get_function_identity_arguments: the arguments without their defaults."""
    return _DEFAULT.sub("", function.arguments)


def _arguments(d: Dumping, text: str) -> str:
    if not d.always or not text:
        return text
    return ", ".join(_argument(part) for part in text.split(", "))


def _argument(part: str) -> str:
    mode = next((word for word in ("INOUT ", "OUT ", "IN ", "VARIADIC ") if part.startswith(word)), "")
    name, _, rest = part.removeprefix(mode).partition(" ")
    kind, default, value = rest.partition(" DEFAULT ")
    return f'{mode}"{name}" {type_text(kind, True)}{default}{value}' if rest else mode + type_text(name, True)


def _body(d: Dumping, body: str) -> str:
    if not d.options.dollar_quoting:
        return "E" * ("\\" in body) + sql_string(body.replace("\\", "\\\\"))
    tag = "$$"
    suffix = "_XYZZY"
    letters = 0
    while tag[:-1] in body:
        letters += 1
        tag = "$" + "".join(suffix[number % len(suffix)] for number in range(letters)) + "$"
    return f"{tag}{body}{tag}"


def function_item(d: Dumping, function: Function) -> Item:
    """CREATE FUNCTION or CREATE PROCEDURE."""
    kind = "PROCEDURE" if function.procedure else "FUNCTION"
    types = tuple(function.types.split(", ")) if function.types else ()
    plain_name = f"{d.q(function.name)}({_arguments(d, identity_arguments(function))})"
    signature = f"{d.q(function.schema)}.{plain_name}"
    arguments = _arguments(d, function.arguments)
    returns = "" if function.procedure else f" RETURNS {type_text(function.returns, d.always)}"
    words = " ".join((f"LANGUAGE {d.q(function.language)}", *function.attributes))
    definition = (
        f"CREATE {kind} {d.qq(function.schema, function.name)}({arguments}){returns}\n"
        f"    {words}\n    AS {_body(d, function.body)};\n"
    )
    main = TocEntry(
        f"{function.name}({', '.join(type_text(one, d.always) for one in types)})",
        kind,
        PRE_DATA,
        class_oid=CLASS_FUNCTION,
        oid=function.oid,
        schema=function.schema,
        owner=function.owner,
        definition=definition,
        drop=f"DROP {kind} {signature};\n",
    )
    made = [main]
    if function.comment:
        made.append(comment_entry(kind, plain_name, signature, function.comment, function.schema, function.owner))
    base = acl.default("FUNCTION", function.owner)
    text = privileges.commands(kind, signature, function.acl, base, function.owner, always=d.always)
    if text:
        made.append(acl_entry(f"{kind} {plain_name}", text, function.schema, function.owner))
    key: Name = ("function", function.schema, function.name, function.types)
    depends = schema_dependency(function.schema)
    return Item("function", key, function.schema, function.name, tuple(made), depends, (len(types), types))
