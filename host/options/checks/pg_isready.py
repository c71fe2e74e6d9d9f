"""pg_isready: which server it asks, and what it calls it."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.options.connection import PORT, SOCKET_FOLDER, Target, read_string, target
from host.options.conninfo import ConninfoFault, recognized
from host.options.messages import fail, hint, stop_at_fault
from host.options.numbers import strtol
from host.options.values import Parsed, Refusal, Stop, refusing

NO_ATTEMPT = 3
SECONDS = "3"


@dataclass(frozen=True, slots=True)
class IsreadySettings:
    """What pg_isready is to do; `fault`: it makes no attempt."""

    target: Target = field(default_factory=Target)
    shown: str = f"{SOCKET_FOLDER}:{PORT}"
    """HOST:PORT as it prints them."""
    quiet: bool = False
    timeout: str = SECONDS
    no_attempt: bool = False


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
    host = values.get("host") or parsed.last("host") or parsed.env.get("PGHOST") or SOCKET_FOLDER
    address = values.get("hostaddr") or parsed.env.get("PGHOSTADDR")
    port = values.get("port") or parsed.last("port") or parsed.env.get("PGPORT") or PORT
    where = target(parsed, dbname or None)
    timeout = parsed.last("timeout", SECONDS)
    number, rest = strtol(timeout)
    return IsreadySettings(
        target=where,
        shown=f"{address or host}:{port}",
        quiet=parsed.has("quiet"),
        timeout=timeout,
        no_attempt=bool(where.fault) or number is None or bool(rest.strip()),
    )
