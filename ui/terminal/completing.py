r"""What Tab makes of a word: a program, an option of the tool, a path, a function of SQL, a \-command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from host import options, programs
from host.files import Files
from host.machine import Host
from host.network import enter, seated
from host.tree import PathError

DOJO = ("help", "hint", "reset", "show goal", "show solution", "undo")
"""Commands of the dojo itself."""
BUILTINS = ("cd", "echo", "exit", "export", "set", "unset", "umask", "wait")
META = (
    *("\\?", "\\c", "\\conninfo", "\\copy", "\\d", "\\db", "\\dn", "\\dt", "\\du", "\\echo", "\\i", "\\l", "\\o"),
    *("\\pset", "\\q", "\\set", "\\timing", "\\unset", "\\x", "\\!"),
)
KEYWORDS = tuple(
    "ALTER BEGIN CHECKPOINT COMMIT COPY CREATE DATABASE DELETE DROP FROM GRANT INSERT INTO ROLE ROLLBACK SELECT"
    " SET SHOW SYSTEM TABLE TABLESPACE TRUNCATE UPDATE VALUES WHERE".split()
)
VIEWS = tuple(
    "pg_database pg_replication_slots pg_roles pg_settings pg_stat_activity pg_stat_archiver"
    " pg_stat_progress_basebackup pg_stat_replication pg_stat_wal pg_stat_wal_receiver pg_tables pg_tablespace".split()
)
MOST = 200
_WORD = re.compile(r"[^\s;|&<>()]*\Z")
_SQL_WORD = re.compile(r"[\w\\?!]*\Z")
_NAMES_DATABASE = frozenset({"psql", "pg_dump", "dropdb", "createdb"})


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand in the place of the text from `start` on."""

    start: int
    words: tuple[str, ...]

    @property
    def common(self) -> str:
        """What all of them begin with."""
        first, last = min(self.words, default=""), max(self.words, default="")
        return first[: next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


def complete(host: Host, text: str) -> Completion:
    """Words for the end of `text`, the line up to the cursor."""
    part = _last_command(text)
    words = part.split()
    quote = _open_quote(part)
    if quote and words[:1] and words[0].rpartition("/")[2] == "psql":
        return sql(host, text)
    start = len(text) - len(_found(_WORD, text))
    word = text[start:].lstrip("'\"")
    start = len(text) - len(word)
    before = words[:-1] if part and not part[-1:].isspace() else words
    before = [each for each in before if "=" not in each or each.startswith("-")]
    return Completion(start, tuple(sorted(set(_words(host, word, before))))[:MOST])


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[0] if match else ""


def _last_command(text: str) -> str:
    """The command that the end of the line belongs to."""
    begin, quote = 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "|;&(":
            begin = at + 1
    return text[begin:]


def _open_quote(text: str) -> str:
    quote = ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
    return quote


def _words(host: Host, word: str, before: list[str]) -> Iterator[str]:
    if not before and "/" not in word:
        names = [*programs.names(host), *BUILTINS, *DOJO]
        yield from (f"{name} " for name in names if name.startswith(word))
        return
    if before == ["show"]:
        yield from (f"{name} " for name in ("goal", "solution") if name.startswith(word))
        return
    tool = before[0].rpartition("/")[2] if before else ""
    named = before[-1:] in (["-h"], ["--host"]) if programs.is_tool(tool, host) else tool == "ssh" and before == ["ssh"]
    if named and host.network.machines:
        yield from (f"{name} " for name in host.network.machines if name.startswith(word))
        return
    if tool in ("scp", "rsync"):
        yield from _remote(host, word)
    if word.startswith("-"):
        yield from _options(host, tool, word)
        return
    if tool in _NAMES_DATABASE or (before and before[-1] in ("-d", "--dbname")):
        yield from (f"{name} " for name in _databases(host) if name.startswith(word))
    yield from _paths(host, word)


def _remote(host: Host, word: str) -> Iterator[str]:
    """`backup1:`, and the paths behind it."""
    name, colon, path = word.partition(":")
    if not colon:
        yield from (f"{each}:" for each in host.network.machines if each.startswith(word))
    elif name in host.network.machines:
        there = enter(host, name)
        yield from (f"{name}:{each}" for each in _paths(seated(there, there.network.machines[name].login), path))


def _options(host: Host, tool: str, word: str) -> Iterator[str]:
    name, equals, value = word.partition("=")
    if equals:
        yield from (f"{name}={path}" for path in _paths(host, value))
        return
    found = options.table(tool, host.client.major)
    if found is None:
        return
    for each in found.options:
        if each.long and f"--{each.long}".startswith(word):
            yield f"--{each.long}" + ("=" if each.arg == "required" else " ")
        if each.short and f"-{each.short}".startswith(word) and not word.startswith("--"):
            yield f"-{each.short} "


def _databases(host: Host) -> list[str]:
    return [name for one in host.instances for name in one.catalog.databases]


def _paths(host: Host, word: str) -> Iterator[str]:
    folder, slash, begin = word.rpartition("/")
    place = folder + slash
    home = host.env.get("HOME", "")
    looked = home + place[1:] if place.startswith("~/") else place
    for name, value in host.env.items():
        if looked.startswith((f"${name}/", f"${{{name}}}/")):
            looked = value + "/" + looked.partition("/")[2]
    files = Files(host)
    try:
        names = files.names(looked or ".")
    except PathError:
        return
    for name in names:
        if name.startswith(begin) and (begin or not name.startswith(".")):
            yield place + _escaped(name) + ("/" if files.is_dir(looked + name) else " ")


def _escaped(name: str) -> str:
    return re.sub(r"([\s'\"\\$`&|;<>()*?\[\]#!])", r"\\\1", name)


def sql(host: Host, text: str) -> Completion:
    """The same inside psql."""
    from host.sql.functions import FUNCTIONS

    word = _found(_SQL_WORD, text)
    start = len(text) - len(word)
    if word.startswith("\\"):
        return Completion(start, tuple(f"{name} " for name in META if name.startswith(word)))
    if not word:
        return Completion(start, ())
    major = host.client.major
    functions = [name for name, forms in FUNCTIONS.items() if any(major in form.majors for form in forms)]
    found = [f"{name}(" for name in _like(word, functions)]
    found += [f"{name} " for name in _like(word, (*VIEWS, *_tables(host)))]
    found += [f"{name if word[0].isupper() else name.lower()} " for name in _like(word, KEYWORDS)]
    return Completion(start, tuple(sorted(set(found)))[:MOST])


def _like(word: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.lower().startswith(word.lower())]


def _tables(host: Host) -> list[str]:
    databases = [each for one in host.instances for each in one.catalog.databases.values()]
    return sorted({table.name for database in databases for table in database.tables()})
