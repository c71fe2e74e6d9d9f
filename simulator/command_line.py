"""Read what somebody types at a shell as a Command.  Options are taken as getopt_long takes them.

Only the tools and options that scenarios use so far; anything else is a NotUnderstood with what is.
"""

from __future__ import annotations

import getopt
import shlex
from collections.abc import Callable, Mapping

from simulator import commands as c
from simulator.statements import NotUnderstood, statement

Pairs = list[tuple[str, str]]

_CONNECTION = "h:p:U:wW"
_LONG_CONNECTION = ["host=", "port=", "username=", "no-password", "password"]
_FORMATS = {"p": "plain", "c": "custom", "d": "directory", "t": "tar"}


def _options(tool: str, words: list[str], short: str, long: list[str]) -> tuple[dict[str, str], list[str]]:
    """Split into options (by their short or long name, last one wins) and the other words."""
    try:
        pairs, rest = getopt.gnu_getopt(words, _CONNECTION + short, [*_LONG_CONNECTION, *long])
    except getopt.GetoptError as error:
        known = " ".join(sorted({f"--{name.rstrip('=')}" for name in long}))
        raise NotUnderstood("option", f"{tool}: {error.msg}", known) from None
    return {name.lstrip("-"): value for name, value in pairs}, rest


def _pick(options: Mapping[str, str], *names: str) -> str | None:
    return next((options[name] for name in names if name in options), None)


def _enum(tool: str, option: str, text: str, choices: Mapping[str, str]) -> str:
    for key, value in choices.items():
        if text in (key, value):
            return value
    raise NotUnderstood("value", f'{tool}: {option} "{text}"', ", ".join(choices.values()))


_BASEBACKUP_LONG = (
    "pgdata= format= wal-method= checkpoint= progress verbose write-recovery-conf slot= create-slot no-slot "
    "tablespace-mapping= label= waldir= max-rate="
).split()


def _pg_basebackup(words: list[str], session: str, client: str) -> c.Command:
    options, rest = _options("pg_basebackup", words, "D:F:X:c:PvRS:CT:l:r:", _BASEBACKUP_LONG)
    directory = _pick(options, "D", "pgdata")
    if rest or not directory:
        raise NotUnderstood("words", "pg_basebackup " + " ".join(words), "pg_basebackup -D DIRECTORY [options]")
    mapping = _pick(options, "T", "tablespace-mapping")
    old, _, new = (mapping or "").partition("=")
    rate = _pick(options, "r", "max-rate")
    return c.PgBasebackup(
        directory=directory.rstrip("/"),
        format=_enum("pg_basebackup", "-F", _pick(options, "F", "format") or "p", {"p": "plain", "t": "tar"}),
        wal_method=_enum(
            "pg_basebackup",
            "-X",
            _pick(options, "X", "wal-method") or "s",
            {"n": "none", "f": "fetch", "s": "stream"},
        ),
        checkpoint=_enum(
            "pg_basebackup",
            "-c",
            _pick(options, "c", "checkpoint") or "spread",
            {"fast": "fast", "spread": "spread"},
        ),
        progress="P" in options or "progress" in options,
        verbose="v" in options or "verbose" in options,
        write_recovery_conf="R" in options or "write-recovery-conf" in options,
        slot=_pick(options, "S", "slot") or "",
        create_slot="C" in options or "create-slot" in options,
        no_slot="no-slot" in options,
        tablespace_mapping=((old, new),) if mapping else (),
        label=_pick(options, "l", "label") or "pg_basebackup base backup",
        waldir=_pick(options, "waldir") or "",
        max_rate_kb=_rate(rate) if rate else None,
        client=client,
        typed=shlex.join(["pg_basebackup", *words]),
    )


def _rate(text: str) -> int:
    number, unit = text.rstrip("kM"), text[-1:]
    if not number.isdigit():
        raise NotUnderstood("value", f'pg_basebackup: -r "{text}"', "32k … 1024M")
    return int(number) * (1024 if unit == "M" else 1)


def _redirect(words: list[str]) -> tuple[list[str], str]:
    """Take '> file' off the end."""
    if len(words) >= 2 and words[-2] == ">":
        return words[:-2], words[-1]
    return words, ""


def _pg_dump(words: list[str], session: str, client: str) -> c.Command:
    words, redirected = _redirect(words)
    options, rest = _options("pg_dump", words, "d:F:f:", ["dbname=", "format=", "file="])
    database = _pick(options, "d", "dbname") or (rest[0] if rest else "postgres")
    file = _pick(options, "f", "file") or redirected
    if not file:
        raise NotUnderstood("words", "pg_dump " + " ".join(words), "pg_dump … -f FILE")
    kind = _enum("pg_dump", "-F", _pick(options, "F", "format") or "p", _FORMATS)
    return c.PgDump(database, kind, file)


def _pg_dumpall(words: list[str], session: str, client: str) -> c.Command:
    words, redirected = _redirect(words)
    options, _ = _options("pg_dumpall", words, "f:g", ["file=", "globals-only"])
    file = _pick(options, "f", "file") or redirected
    if not file:
        raise NotUnderstood("words", "pg_dumpall " + " ".join(words), "pg_dumpall … -f FILE")
    return c.PgDumpall(file, globals_only="g" in options or "globals-only" in options)


def _pg_restore(words: list[str], session: str, client: str) -> c.Command:
    options, rest = _options("pg_restore", words, "d:F:", ["dbname=", "format="])
    database = _pick(options, "d", "dbname")
    if not database or len(rest) != 1:
        raise NotUnderstood("words", "pg_restore " + " ".join(words), "pg_restore -d DATABASE FILE")
    return c.PgRestore(database, rest[0])


def _psql(words: list[str], session: str, client: str) -> c.Command:
    options, rest = _options("psql", words, "c:f:d:XAtq", ["command=", "file=", "dbname="])
    database = _pick(options, "d", "dbname") or (rest[0] if rest else "postgres")
    text, file = _pick(options, "c", "command"), _pick(options, "f", "file")
    if file:
        return c.PsqlFile(database, file)
    if not text:
        raise NotUnderstood("words", "psql " + " ".join(words), "psql -c 'STATEMENT' | psql -f FILE")
    return statement(text, session=session, client=client, database=database)


def _createdb(words: list[str], session: str, client: str) -> c.Command:
    _, rest = _options("createdb", words, "", [])
    return c.CreateDatabase(rest[0] if rest else "postgres")


def _pg_ctl(words: list[str], session: str, client: str) -> c.Command:
    options, rest = _options("pg_ctl", words, "D:m:l:o:t:s", ["pgdata=", "mode=", "log=", "wait", "no-wait"])
    actions = ("start", "stop", "restart")
    if len(rest) != 1 or rest[0] not in actions:
        raise NotUnderstood(
            "words", "pg_ctl " + " ".join(words), " | ".join(f"pg_ctl -D DIRECTORY {a}" for a in actions)
        )
    mode = _pick(options, "m", "mode") or "fast"
    mode = _enum("pg_ctl", "-m", mode, {"s": "smart", "f": "fast", "i": "immediate"})
    return c.PgCtl(rest[0], (_pick(options, "D", "pgdata") or "/pgdata").rstrip("/"), mode)


_EXCLUDED = ("postmaster.pid", "postmaster.opts", "pg_wal/*")


def _copy(words: list[str], session: str, client: str) -> c.Command:
    plain = [word for word in words if not word.startswith("-")]
    exclude = tuple(word.partition("=")[2] for word in words if word.startswith("--exclude="))
    if not set(exclude) <= set(_EXCLUDED):
        raise NotUnderstood("value", " ".join(exclude), ", ".join(f"--exclude={name}" for name in _EXCLUDED))
    if len(plain) != 2:
        raise NotUnderstood("words", "cp " + " ".join(words), "cp -a SOURCE DESTINATION")
    source = plain[0].removesuffix("/*").rstrip("/")
    target = plain[1].rstrip("/")
    return c.Copy(source, target, exclude)


def _remove(words: list[str], session: str, client: str) -> c.Command:
    plain = tuple(word for word in words if not word.startswith("-"))
    if not plain:
        raise NotUnderstood("words", "rm " + " ".join(words), "rm -r PATH")
    return c.Remove(plain)


def _touch(words: list[str], session: str, client: str) -> c.Command:
    directory, _, name = (words[0] if words else "").rpartition("/")
    if name not in ("recovery.signal", "standby.signal"):
        raise NotUnderstood("words", "touch " + " ".join(words), "touch DIRECTORY/recovery.signal")
    return c.TouchSignal(directory, name)


def _echo(words: list[str], session: str, client: str) -> c.Command:
    if len(words) == 3 and words[1] == ">>" and words[2].endswith("/postgresql.auto.conf") and "=" in words[0]:
        name, _, value = words[0].partition("=")
        return c.Configure(words[2].removesuffix("/postgresql.auto.conf"), name.strip(), value.strip().strip("'"))
    raise NotUnderstood("words", "echo " + " ".join(words), "echo \"name = 'value'\" >> DIRECTORY/postgresql.auto.conf")


_TOOLS: Mapping[str, Callable[[list[str], str, str], c.Command]] = {
    "pg_basebackup": _pg_basebackup,
    "pg_dump": _pg_dump,
    "pg_dumpall": _pg_dumpall,
    "pg_restore": _pg_restore,
    "psql": _psql,
    "createdb": _createdb,
    "pg_ctl": _pg_ctl,
    "cp": _copy,
    "rsync": _copy,
    "rm": _remove,
    "touch": _touch,
    "echo": _echo,
}


LONGEST = 16_384
"""Characters of a typed line: nobody types more, and every character is read several times."""


def parse(typed: str, *, session: str = "", client: str = "") -> c.Command:
    """Read one command line; raises NotUnderstood, which says what the dojo would understand."""
    if len(typed) > LONGEST:
        raise NotUnderstood("length", f"{typed[:60]}…", str(LONGEST))
    try:
        words = shlex.split(typed)
    except ValueError as error:
        raise NotUnderstood("quotes", f"{typed}: {error}", "'…' \"…\"") from None
    if not words or words[0] not in _TOOLS:
        raise NotUnderstood("tool", words[0] if words else typed, ", ".join(sorted(_TOOLS)))
    return _TOOLS[words[0]](words[1:], session, client)
