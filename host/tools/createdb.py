"""createdb on the host."""

from __future__ import annotations

from host import options
from host.call import Call, Done
from host.catalog.names import literal, quoted
from host.options import Refusal
from host.options.checks import createdb
from host.options.checks.scripts import CreatedbSettings
from host.psql.scripts import carried_out, connected
from simulator.versions import since


def main(call: Call) -> Done:
    """Create a database."""
    given = options.read(call, call.host.client)
    wanted = given if isinstance(given, Refusal) else createdb.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(call.host)
    psql = connected(call.host, "createdb", wanted.target, wanted.databases)
    if isinstance(psql, Done):
        return psql
    todo = [("database creation failed", statement(wanted, call.host.client.major))]
    if wanted.comment is not None:
        said = f"COMMENT ON DATABASE {quoted(wanted.name)} IS {literal(wanted.comment)};"
        todo.append(("comment creation failed (database was created)", said))
    return carried_out(psql, "createdb", todo, wanted.echo)


def statement(wanted: CreatedbSettings, major: int) -> str:
    """CREATE DATABASE as this tool words it."""
    sql = f"CREATE DATABASE {quoted(wanted.name)}"
    named = (("OWNER", wanted.owner), ("TABLESPACE", wanted.tablespace))
    sql += "".join(f" {word} {quoted(value)}" for word, value in named if value)
    if wanted.encoding:
        sql += f" ENCODING {literal(wanted.encoding)}"
    if wanted.strategy:
        sql += f" STRATEGY {quoted(wanted.strategy)}"
    if wanted.template:
        sql += f" TEMPLATE {quoted(wanted.template)}"
    collate, ctype = wanted.lc_collate, wanted.lc_ctype
    if wanted.locale:
        if since(major, {12: False, 16: True}):
            sql += f" LOCALE {literal(wanted.locale)}"
        else:
            collate, ctype = collate or wanted.locale, ctype or wanted.locale
    texts = (("LC_COLLATE", collate), ("LC_CTYPE", ctype), ("LOCALE_PROVIDER", wanted.locale_provider))
    sql += "".join(f" {word} {literal(value)}" for word, value in texts if value and word != "LOCALE_PROVIDER")
    if wanted.locale_provider:
        sql += f" LOCALE_PROVIDER {wanted.locale_provider}"
    more = (
        ("BUILTIN_LOCALE", wanted.builtin_locale),
        ("ICU_LOCALE", wanted.icu_locale),
        ("ICU_RULES", wanted.icu_rules),
    )
    return sql + "".join(f" {word} {literal(value)}" for word, value in more if value) + ";"
