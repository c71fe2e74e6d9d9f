"""createuser on the host."""

from __future__ import annotations

from host import options
from host.call import Call, Done
from host.catalog.names import literal, quoted
from host.content import text_of
from host.options import Refusal
from host.options.checks import createuser
from host.options.checks.scripts import CreateuserSettings
from host.psql.scripts import carried_out, connected
from simulator.versions import since

_SAYS_ALL = {12: False, 16: True}
"""Attributes that were not asked for are named too."""
_QUESTIONS = (
    ("superuser", "Shall the new role be a superuser? (y/n) "),
    ("createdb", "Shall the new role be allowed to create databases? (y/n) "),
    ("createrole", "Shall the new role be allowed to create more new roles? (y/n) "),
)


def main(call: Call) -> Done:
    """Create a role."""
    given = options.read(call, call.host.client)
    wanted = given if isinstance(given, Refusal) else createuser.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(call.host)
    lines, asked, name, password = text_of(call.stdin).splitlines(), "", wanted.name, None
    if not name:
        asked, name = "Enter name of role to add: ", lines.pop(0) if lines else ""
    if wanted.pwprompt:
        asked += "Enter password for new role: \nEnter it again: \n"
        first, second = (lines.pop(0) if lines else "" for _ in range(2))
        if first != second:
            return Done(call.host, 1, "", f"{asked}Passwords didn't match.\n")
        password = first
    rights = {key: getattr(wanted, key) for key, _ in _QUESTIONS}
    for key, question in _QUESTIONS if wanted.interactive else ():
        if rights[key] is None and not (rights["superuser"] and key != "superuser"):
            asked += question
            rights[key] = (lines.pop(0) if lines else "").lower().startswith("y")
    psql = connected(call.host, "createuser", wanted.target, wanted.databases)
    if isinstance(psql, Done):
        return psql
    sql = statement(wanted, name, rights, password, call.host.client.major)
    done = carried_out(psql, "createuser", [("creation of new role failed", sql)], wanted.echo)
    return Done(done.host, done.exit, done.stdout, asked + done.stderr)


def statement(
    wanted: CreateuserSettings, name: str, rights: dict[str, bool | None], password: str | None, major: int
) -> str:
    """CREATE ROLE as this tool words it."""
    sql = f"CREATE ROLE {quoted(name)}"
    if password is not None:
        sql += f" PASSWORD {literal(password)}"
    superuser = bool(rights["superuser"])
    sql += " SUPERUSER" if superuser else " NOSUPERUSER"
    sql += " CREATEDB" if superuser or rights["createdb"] else " NOCREATEDB"
    sql += " CREATEROLE" if superuser or rights["createrole"] else " NOCREATEROLE"
    sql += " NOINHERIT" if wanted.inherit is False else " INHERIT"
    sql += " NOLOGIN" if wanted.login is False else " LOGIN"
    for value, word in ((wanted.replication, "REPLICATION"), (wanted.bypassrls, "BYPASSRLS")):
        if value is not None or since(major, _SAYS_ALL):
            sql += f" {word}" if value else f" NO{word}"
    if wanted.connection_limit is not None and wanted.connection_limit >= -1:
        sql += f" CONNECTION LIMIT {wanted.connection_limit}"
    if wanted.valid_until is not None:
        sql += f" VALID UNTIL {literal(wanted.valid_until)}"
    lists = (("IN ROLE", wanted.member_of), ("ROLE", wanted.with_member), ("ADMIN", wanted.with_admin))
    return sql + "".join(f" {word} {','.join(quoted(one) for one in names)}" for word, names in lists if names) + ";"
