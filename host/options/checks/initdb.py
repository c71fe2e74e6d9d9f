"""initdb: its checks before it makes anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from host.options.checks.pg_resetwal import power_of_two, segment_size
from host.options.messages import hint, stop_at_fault, too_many
from host.options.numbers import option_int, sync_method
from host.options.values import Parsed, Refusal, Stop, refusing
from simulator.versions import since

METHODS = ("trust", "reject", "scram-sha-256", "md5", "password", "radius", "pam", "ldap")
HOST_METHODS = (*METHODS, "ident", "gss", "cert")
LOCAL_METHODS = (*METHODS, "peer")
WITH_PASSWORD = ("md5", "password", "scram-sha-256")
PROVIDERS = {12: ("icu", "libc"), 17: ("builtin", "icu", "libc")}
CATEGORIES = ("collate", "ctype", "messages", "monetary", "numeric", "time")
SEGMENT_MB = 16
NO_DIRECTORY = {
    12: "You must identify the directory where the data for this database system\n"
    "will reside.  Do this with either the invocation option -D or the\nenvironment variable PGDATA.\n",
    15: "initdb: hint: You must identify the directory where the data for this database system will reside.  "
    "Do this with either the invocation option -D or the environment variable PGDATA.\n",
}
AS_ROOT = {
    12: 'Please log in (using, e.g., "su") as the (unprivileged) user that will\nown the server process.\n',
    15: 'initdb: hint: Please log in (using, e.g., "su") as the (unprivileged) user that will own the server '
    "process.\n",
}


@dataclass(frozen=True, slots=True)
class InitdbSettings:
    """What initdb is to do."""

    directory: str = ""
    directory_given: bool = False
    username: str = "postgres"
    auth_local: str = "trust"
    auth_host: str = "trust"
    auth_warning: bool = True
    """No method was named: initdb warns of trust at its end."""
    encoding: str = ""
    locale: str = ""
    categories: tuple[tuple[str, str], ...] = ()
    """--lc-collate and its kin, by category."""
    locale_provider: str = ""
    builtin_locale: str = ""
    icu_locale: str = ""
    icu_rules: str = ""
    checksums: bool | None = None
    """None: the default of the major."""
    group_access: bool = False
    waldir: str = ""
    segment_mb: int = SEGMENT_MB
    settings: tuple[tuple[str, str], ...] = ()
    """-c NAME=VALUE."""
    text_search_config: str = ""
    pwprompt: bool = False
    pwfile: str = ""
    clean: bool = True
    sync: bool = True
    sync_only: bool = False
    show: bool = False
    debug: bool = False
    instructions: bool = True
    printed: str = ""
    """What it printed while it read its options: text for stdout."""


class _Asked:
    """What the loop over the options gathers."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.local: str | None = None
        self.host: str | None = None
        self.settings: list[tuple[str, str]] = []
        self.printed = ""
        self.checksums: bool | None = None
        self.locale = ""

    def read(self) -> None:
        """Look at each option in its turn."""
        for name, value in self.parsed.given:
            self.take(name, value or "")

    def take(self, name: str, value: str) -> None:
        parsed = self.parsed
        match name:
            case "auth":
                self.local = "peer" if value == "ident" else value
                self.host = "ident" if value == "peer" else value
            case "auth-local":
                self.local = value
            case "auth-host":
                self.host = value
            case "set":
                setting, equals, text = value.partition("=")
                if not equals:
                    self.fail(f"-c {value} requires a value", usage=True)
                self.settings.append((setting, text))
            case "debug":
                self.printed += "Running in debug mode.\n"
            case "no-clean":
                self.printed += "Running in no-clean mode.  Mistakes will not be cleaned up.\n"
            case "data-checksums" | "no-data-checksums":
                self.checksums = name == "data-checksums"
            case "locale":
                self.locale = value
            case "no-locale":
                self.locale = "C"
            case "locale-provider":
                if value not in since(parsed.build.major, PROVIDERS):
                    self.fail(f"unrecognized locale provider: {value}")
            case "wal-segsize":
                if since(parsed.build.major, {12: False, 17: True}):
                    option_int(parsed, value, "--wal-segsize", 1, 1024)
            case "sync-method":
                sync_method(parsed, value)
            case _:
                pass

    def fail(self, message: str, usage: bool = False, more: str = "") -> NoReturn:
        """The end, with a hint of its own or the usual one."""
        told = f"initdb: error: {message}\n" + (hint(self.parsed) if usage else more)
        raise Stop(Refusal(1, told))


@refusing
def settings(parsed: Parsed) -> InitdbSettings | Refusal:
    """The loop over the options, then the checks of main() until the first line that it prints."""
    asked = _Asked(parsed)
    try:
        return _checked(parsed, asked)
    except Stop as stop:  # what it printed while it read its options stays printed
        raise Stop(replace(stop.refusal, stdout=asked.printed)) from None


def _checked(parsed: Parsed, asked: _Asked) -> InitdbSettings:
    asked.read()
    stop_at_fault(parsed)
    too_many(parsed, 0 if parsed.has("pgdata") else 1)
    for option, provider in (("builtin-locale", "builtin"), ("icu-locale", "icu"), ("icu-rules", "icu")):
        if parsed.has(option) and parsed.last("locale-provider", "libc") != provider:
            asked.fail(f'--{option} cannot be specified unless locale provider "{provider}" is chosen')
    if not parsed.has("sync-only"):
        _authentication(parsed, asked)
    segment = SEGMENT_MB
    if parsed.has("wal-segsize") and not parsed.has("sync-only"):
        text = parsed.last("wal-segsize")
        segment = power_of_two(parsed, int(text)) if text.isdigit() else segment_size(parsed, text)
    directory = parsed.last("pgdata") or (*parsed.operands, parsed.env.get("PGDATA", ""))[0]
    if not directory:
        asked.fail("no data directory specified", more=since(parsed.build.major, NO_DIRECTORY))
    if parsed.user == "root":
        asked.fail("cannot be run as root", more=since(parsed.build.major, AS_ROOT))
    username = parsed.last("username", parsed.user)
    if username.startswith("pg_"):
        asked.fail(f'superuser name "{username}" is disallowed; role names cannot begin with "pg_"')
    return _settings(parsed, asked, directory, username, segment)


def _settings(parsed: Parsed, asked: _Asked, directory: str, username: str, segment: int) -> InitdbSettings:
    return InitdbSettings(
        directory=directory,
        directory_given=parsed.has("pgdata") or bool(parsed.operands),
        username=username,
        auth_local=asked.local or "trust",
        auth_host=asked.host or "trust",
        auth_warning=asked.local is None or asked.host is None,
        encoding=parsed.last("encoding"),
        locale=asked.locale,
        categories=tuple((word, parsed.last(f"lc-{word}")) for word in CATEGORIES if parsed.has(f"lc-{word}")),
        locale_provider=parsed.last("locale-provider"),
        builtin_locale=parsed.last("builtin-locale"),
        icu_locale=parsed.last("icu-locale"),
        icu_rules=parsed.last("icu-rules"),
        checksums=asked.checksums,
        group_access=parsed.has("allow-group-access"),
        waldir=parsed.last("waldir"),
        segment_mb=segment,
        settings=tuple(asked.settings),
        text_search_config=parsed.last("text-search-config"),
        pwprompt=parsed.has("pwprompt"),
        pwfile=parsed.last("pwfile"),
        clean=not parsed.has("no-clean"),
        sync=not parsed.has("no-sync"),
        sync_only=parsed.has("sync-only"),
        show=parsed.has("show"),
        debug=parsed.has("debug"),
        instructions=not parsed.has("no-instructions"),
        printed=asked.printed,
    )


def _authentication(parsed: Parsed, asked: _Asked) -> None:
    if parsed.has("pwprompt") and parsed.has("pwfile"):
        asked.fail("password prompt and password file cannot be specified together")
    local, host = asked.local or "trust", asked.host or "trust"
    for method, known, kind in ((local, LOCAL_METHODS, "local"), (host, HOST_METHODS, "host")):
        if method not in known:
            asked.fail(f'invalid authentication method "{method}" for "{kind}" connections')
    if local in WITH_PASSWORD and host in WITH_PASSWORD and not parsed.has("pwprompt") and not parsed.has("pwfile"):
        asked.fail("must specify a password for the superuser to enable password authentication")
