"""pg_isready: which server it asks, and what it calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from host.options.connection import PORT, SOCKET_FOLDER, Target, port_fault, read_string, target
from host.options.conninfo import ConninfoFault, recognized
from host.options.messages import fail, hint, stop_at_fault
from host.options.values import Parsed, Refusal, Stop, refusing

NO_ATTEMPT = 3
SECONDS = "3"


@dataclass(frozen=True, slots=True)
class IsreadySettings:
    """What pg_isready is to do."""

    target: Target = field(default_factory=Target)
    shown: str = f"{SOCKET_FOLDER}:{PORT}"
    """HOST:PORT as it prints them."""
    quiet: bool = False
    timeout: str = SECONDS
    no_attempt: bool = False
    """libpq refuses the parameters (exit 3); a port that is no number counts as no response (exit 2)."""


@refusing
def settings(parsed: Parsed) -> IsreadySettings | Refusal:
    """The options; every fault is exit 3."""
    stop_at_fault(parsed)
    if parsed.operands:
        first = f'pg_isready: error: too many command-line arguments (first is "{parsed.operands[0]}")\n'
        raise Stop(Refusal(NO_ATTEMPT, first + hint(parsed)))
    dbname = parsed.last("dbname")
    values: dict[str, str] = {}
    if dbname and recognized(dbname):
        try:
            values = read_string(dbname, parsed.build.major)
        except ConninfoFault as wrong:
            fail(parsed, str(wrong), status=NO_ATTEMPT)
    host = _shown(parsed, values, "host", SOCKET_FOLDER)
    address = values.get("hostaddr") or parsed.env.get("PGHOSTADDR")
    port = _shown(parsed, values, "port", PORT)
    where = target(parsed, dbname or None)
    return IsreadySettings(
        target=where,
        shown=f"{address or host}:{port}",
        quiet=parsed.has("quiet"),
        timeout=parsed.last("timeout", SECONDS),
        no_attempt=where.fault not in ("", port_fault(where.port)),
    )


def _shown(parsed: Parsed, values: Mapping[str, str], word: str, default: str) -> str:
    """A connection string says it before an option, and an option before the environment; an empty one counts."""
    if word in values:
        return values[word]
    return parsed.last(word) if parsed.has(word) else parsed.env.get(f"PG{word.upper()}", default)
