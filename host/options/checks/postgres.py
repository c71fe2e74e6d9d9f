"""postgres: its own words, and those that pg_ctl hands on to it."""

from __future__ import annotations

from dataclasses import dataclass

from host.options.messages import hint, plain, stop_at_fault
from host.options.values import Parsed, Refusal, Stop, refusing
from simulator.versions import since

FIRST_ONLY = {12: (), 18: ("check", "boot", "describe-config", "single", "forkchild")}
MODES = ("--single", "--boot", "--check", "--describe-config")
PLANS = {
    "s": "enable_seqscan",
    "i": "enable_indexscan",
    "o": "enable_indexonlyscan",
    "b": "enable_bitmapscan",
    "t": "enable_tidscan",
    "n": "enable_nestloop",
    "m": "enable_mergejoin",
    "h": "enable_hashjoin",
}
STATISTICS = {"pa": "log_parser_stats", "pl": "log_planner_stats", "ex": "log_executor_stats"}
NAMED = {
    "B": "shared_buffers",
    "h": "listen_addresses",
    "k": "unix_socket_directories",
    "N": "max_connections",
    "p": "port",
    "S": "work_mem",
    "W": "post_auth_delay",
}
FIXED = {
    "E": ("log_statement", "all"),
    "e": ("datestyle", "euro"),
    "F": ("fsync", "false"),
    "i": ("listen_addresses", "*"),
    "l": ("ssl", "true"),
    "O": ("allow_system_table_mods", "true"),
    "P": ("ignore_system_indexes", "true"),
    "s": ("log_statement_stats", "true"),
}


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """What postgres is to do."""

    directory: str = ""
    """-D or PGDATA; '' is none."""
    settings: tuple[tuple[str, str], ...] = ()
    """In order: -c and --NAME=VALUE, and the letters that stand for a setting."""
    show: str = ""
    """-C: print this setting and stop."""
    fault: str = ""
    """A message that the server logs as FATAL before it reads its configuration: it ends with exit 1."""
    mode: str = ""
    """--single, --boot, --check or --describe-config as the first word; '' is a server."""


@refusing
def settings(parsed: Parsed) -> PostgresSettings | Refusal:
    """The options of the postmaster."""
    found: list[tuple[str, str]] = []
    fault = ""
    for name, value in parsed.given:
        text = value or ""
        if name == "setting" and f"--{text}" in MODES and not found:
            return PostgresSettings(parsed.env.get("PGDATA", ""), mode=f"--{text}")
        if name in ("c", "setting"):
            setting, equals, content = text.partition("=")
            if not equals:
                fault = _no_value(parsed, name, text)
                break
            found.append((setting.replace("-", "_"), content))
        elif name in ("f", "t"):
            found.append(_choice(parsed, name, text))
        elif name in NAMED:
            found.append((NAMED[name], text))
        elif name in FIXED:
            found.append(FIXED[name])
    if not fault:
        stop_at_fault(parsed)
        if parsed.operands:
            told = f'{parsed.tool}: invalid argument: "{parsed.operands[0]}"\n'
            raise Stop(Refusal(1, told + hint(parsed)))
    directory = parsed.last("D") if parsed.has("D") else parsed.env.get("PGDATA", "")
    return PostgresSettings(directory, tuple(found), parsed.last("C"), fault)


def _no_value(parsed: Parsed, name: str, text: str) -> str:
    if name == "setting" and text in since(parsed.build.major, FIRST_ONLY):
        return f"--{text} must be first argument"
    return f"--{text} requires a value" if name == "setting" else f"-c {text} requires a value"


def _choice(parsed: Parsed, name: str, text: str) -> tuple[str, str]:
    if name == "f" and text in PLANS:
        return PLANS[text], "false"
    found = [setting for start, setting in STATISTICS.items() if text.startswith(start)]
    if name == "f" or not found:
        plain(parsed, f'invalid argument for option -{name}: "{text}"', usage=False)
    return found[0], "true"
