"""createdb, dropdb, createuser and dropuser: their checks before they connect."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.options.connection import Target, target
from host.options.messages import fail, stop_at_fault, too_many
from host.options.numbers import INT_MAX, option_int, strtol
from host.options.values import Parsed, Refusal, refusing
from simulator.versions import since, spans

ENCODINGS = frozenset(
    "abc alt big5 euccn eucjis2004 eucjp euckr euctw gb18030 gbk iso88591 iso885910 iso885913 iso885914 iso885915 "
    "iso885916 iso88592 iso88593 iso88594 iso88595 iso88596 iso88597 iso88598 iso88599 johab koi8 koi8r koi8u latin1 "
    "latin10 latin2 latin3 latin4 latin5 latin6 latin7 latin8 latin9 mskanji muleinternal shiftjis shiftjis2004 sjis "
    "sqlascii tcvn tcvn5712 uhc unicode utf8 vscii win win1250 win1251 win1252 win1253 win1254 win1255 win1256 win1257 "
    "win1258 win866 win874 win932 win936 win949 win950 windows1250 windows1251 windows1252 windows1253 windows1254 "
    "windows1255 windows1256 windows1257 windows1258 windows866 windows874 windows932 windows936 windows949 "
    "windows950".split()
)
RIGHTS = {
    "superuser": ("superuser", True),
    "no-superuser": ("superuser", False),
    "createdb": ("createdb", True),
    "no-createdb": ("createdb", False),
    "createrole": ("createrole", True),
    "no-createrole": ("createrole", False),
    "inherit": ("inherit", True),
    "no-inherit": ("inherit", False),
    "login": ("login", True),
    "no-login": ("login", False),
    "replication": ("replication", True),
    "no-replication": ("replication", False),
    "bypassrls": ("bypassrls", True),
    "no-bypassrls": ("bypassrls", False),
}


@dataclass(frozen=True, slots=True)
class CreatedbSettings:
    """What createdb is to do."""

    target: Target = field(default_factory=Target)
    databases: tuple[str, ...] = ("postgres", "template1")
    """Tried in order for the connection."""
    name: str = ""
    comment: str | None = None
    owner: str = ""
    tablespace: str = ""
    template: str = ""
    encoding: str = ""
    strategy: str = ""
    locale: str = ""
    lc_collate: str = ""
    lc_ctype: str = ""
    locale_provider: str = ""
    builtin_locale: str = ""
    icu_locale: str = ""
    icu_rules: str = ""
    echo: bool = False


@dataclass(frozen=True, slots=True)
class DropSettings:
    """What dropdb or dropuser is to do."""

    target: Target = field(default_factory=Target)
    databases: tuple[str, ...] = ("postgres", "template1")
    name: str = ""
    """'' only for dropuser --interactive, which asks."""
    force: bool = False
    if_exists: bool = False
    interactive: bool = False
    echo: bool = False


@dataclass(frozen=True, slots=True)
class CreateuserSettings:
    """What createuser is to do; rights are None where nothing is said (and asked for with --interactive)."""

    target: Target = field(default_factory=Target)
    databases: tuple[str, ...] = ("postgres", "template1")
    name: str = ""
    """'' only with --interactive, which asks."""
    superuser: bool | None = None
    createdb: bool | None = None
    createrole: bool | None = None
    inherit: bool | None = None
    login: bool | None = None
    replication: bool | None = None
    bypassrls: bool | None = None
    connection_limit: int | None = None
    member_of: tuple[str, ...] = ()
    with_member: tuple[str, ...] = ()
    with_admin: tuple[str, ...] = ()
    valid_until: str | None = None
    pwprompt: bool = False
    interactive: bool = False
    echo: bool = False


@refusing
def createdb(parsed: Parsed) -> CreatedbSettings | Refusal:
    """The new database's name and description are operands."""
    stop_at_fault(parsed)
    too_many(parsed, 2)
    for exclusive in ("lc-ctype", "lc-collate"):
        if parsed.has("locale") and parsed.has(exclusive) and parsed.build.major in spans("12-14"):
            fail(parsed, f"only one of --locale and --{exclusive} can be specified")
    encoding = parsed.last("encoding")
    if parsed.has("encoding") and "".join(filter(str.isalnum, encoding)).lower() not in ENCODINGS:
        fail(parsed, f'"{encoding}" is not a valid encoding name')
    name = (*parsed.operands, _own_name(parsed))[0]
    maintenance = _maintenance(parsed, name)
    return CreatedbSettings(
        target=_target(parsed, maintenance),
        databases=maintenance,
        name=name,
        comment=parsed.operands[1] if len(parsed.operands) > 1 else None,
        owner=parsed.last("owner"),
        tablespace=parsed.last("tablespace"),
        template=parsed.last("template"),
        encoding=encoding,
        strategy=parsed.last("strategy"),
        locale=parsed.last("locale"),
        lc_collate=parsed.last("lc-collate"),
        lc_ctype=parsed.last("lc-ctype"),
        locale_provider=parsed.last("locale-provider"),
        builtin_locale=parsed.last("builtin-locale"),
        icu_locale=parsed.last("icu-locale"),
        icu_rules=parsed.last("icu-rules"),
        echo=parsed.has("echo"),
    )


@refusing
def dropdb(parsed: Parsed) -> DropSettings | Refusal:
    """The database is an operand."""
    stop_at_fault(parsed)
    if not parsed.operands:
        fail(parsed, "missing required argument database name", usage=True)
    too_many(parsed, 1)
    maintenance = _maintenance(parsed, parsed.operands[0])
    return DropSettings(
        target=_target(parsed, maintenance),
        databases=maintenance,
        name=parsed.operands[0],
        force=parsed.has("force"),
        if_exists=parsed.has("if-exists"),
        interactive=parsed.has("interactive"),
        echo=parsed.has("echo"),
    )


@refusing
def dropuser(parsed: Parsed) -> DropSettings | Refusal:
    """The role is an operand."""
    stop_at_fault(parsed)
    too_many(parsed, 1)
    if not parsed.operands and not parsed.has("interactive"):
        fail(parsed, "missing required argument role name", usage=True)
    databases = ("postgres", "template1")
    return DropSettings(
        target=_target(parsed, databases),
        name=(*parsed.operands, "")[0],
        if_exists=parsed.has("if-exists"),
        interactive=parsed.has("interactive"),
        echo=parsed.has("echo"),
    )


@refusing
def createuser(parsed: Parsed) -> CreateuserSettings | Refusal:
    """The new role is an operand."""
    limit: int | None = None
    rights: dict[str, bool] = {}
    for name, value in parsed.given:
        if name == "connection-limit":
            limit = _limit(parsed, value or "")
        elif name in RIGHTS:
            right, given = RIGHTS[name]
            rights[right] = given
    stop_at_fault(parsed)
    too_many(parsed, 1)
    own = "" if parsed.has("interactive") else _own_name(parsed, database=False)
    return CreateuserSettings(
        target=_target(parsed, ("postgres", "template1")),
        name=(*parsed.operands, own)[0],
        superuser=rights.get("superuser"),
        createdb=rights.get("createdb"),
        createrole=rights.get("createrole"),
        inherit=rights.get("inherit"),
        login=rights.get("login"),
        replication=rights.get("replication"),
        bypassrls=rights.get("bypassrls"),
        connection_limit=limit,
        member_of=parsed.all("member-of"),
        with_member=parsed.all("with-member"),
        with_admin=parsed.all("with-admin"),
        valid_until=parsed.last("valid-until") if parsed.has("valid-until") else None,
        pwprompt=parsed.has("pwprompt"),
        interactive=parsed.has("interactive"),
        echo=parsed.has("echo"),
    )


def _limit(parsed: Parsed, text: str) -> int:
    if since(parsed.build.major, {12: False, 15: True}):
        return option_int(parsed, text, "-c/--connection-limit", -1, INT_MAX)
    number, rest = strtol(text)
    if rest or (number or 0) < -1:
        fail(parsed, f"invalid value for --connection-limit: {text}")
    return number or 0


def _own_name(parsed: Parsed, database: bool = True) -> str:
    """The name when none is given: of the environment, or of the user."""
    named = parsed.env.get("PGDATABASE") if database else None
    return named or parsed.env.get("PGUSER") or parsed.user


def _maintenance(parsed: Parsed, name: str) -> tuple[str, ...]:
    """Where to connect to: --maintenance-db, else postgres or template1, and never the database in question."""
    if parsed.has("maintenance-db"):
        return (parsed.last("maintenance-db"),)
    return ("template1",) if name == "postgres" else ("postgres", "template1")


def _target(parsed: Parsed, databases: tuple[str, ...]) -> Target:
    return target(parsed, databases[0])
