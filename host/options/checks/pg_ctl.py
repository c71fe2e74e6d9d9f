"""pg_ctl: what it is to do, and with which data directory."""

from __future__ import annotations

from dataclasses import dataclass

from host.options.messages import plain, stop_at_fault
from host.options.numbers import atoi
from host.options.values import Parsed, Refusal, refusing
from simulator.versions import since

MODES = {"s": "smart", "smart": "smart", "f": "fast", "fast": "fast", "i": "immediate", "immediate": "immediate"}
COMMANDS = ("init", "initdb", "start", "stop", "restart", "reload", "status", "promote", "logrotate", "kill")
SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "ABRT": 6, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15}
WAIT_SECONDS = 60
AS_ROOT = (
    "cannot be run as root\n"
    'Please log in (using, e.g., "su") as the (unprivileged) user that will\n'
    "own the server process."
)


@dataclass(frozen=True, slots=True)
class CtlSettings:
    """What pg_ctl is to do."""

    command: str = ""
    """init, start, stop, restart, reload, status, promote, logrotate or kill."""
    directory: str = ""
    """-D or PGDATA; '' only for kill."""
    directory_given: bool = False
    """By -D: pg_ctl hands it on to postgres."""
    log: str = ""
    mode: str = "fast"
    options: str = ""
    """-o, several of them with a blank between."""
    postgres: str = ""
    """-p."""
    silent: bool = False
    wait: bool = True
    timeout: int = WAIT_SECONDS
    core_files: bool = False
    signal: int = 0
    """kill: the signal and the process."""
    signal_name: str = ""
    pid: int = 0


@refusing
def settings(parsed: Parsed) -> CtlSettings | Refusal:
    """The loop over the options, the command, then the data directory."""
    if parsed.user == "root":
        plain(parsed, AS_ROOT, usage=False)
    wait = True
    for name, value in parsed.given:
        if name == "mode" and value not in MODES:
            plain(parsed, f'unrecognized shutdown mode "{value}"')
        if name == "S":
            plain(parsed, "-S option not supported on this platform", usage=False)
        wait = {"wait": True, "no-wait": False}.get(name, wait)
    stop_at_fault(parsed)
    command, name, pid = _command(parsed)
    directory = parsed.last("pgdata") if parsed.has("pgdata") else parsed.env.get("PGDATA")
    if directory is None and command != "kill":
        plain(parsed, "no database directory specified and environment variable PGDATA unset")
    seconds = parsed.last("timeout") if parsed.has("timeout") else parsed.env.get("PGCTLTIMEOUT", str(WAIT_SECONDS))
    return CtlSettings(
        command=command,
        directory=directory or "",
        directory_given=parsed.has("pgdata"),
        log=parsed.last("log"),
        mode=MODES[parsed.last("mode", "fast")],
        options=" ".join(parsed.all("options")),
        postgres=parsed.last("p"),
        silent=parsed.has("silent"),
        wait=wait and command != "reload",
        timeout=atoi(seconds),
        core_files=parsed.has("core-files"),
        signal=SIGNALS.get(name, 0),
        signal_name=name,
        pid=pid,
    )


def _command(parsed: Parsed) -> tuple[str, str, int]:
    """The command, and signal and process of kill."""
    if not parsed.operands:
        plain(parsed, "no operation specified")
    command, *rest = parsed.operands
    if command not in COMMANDS:
        plain(parsed, f'unrecognized operation mode "{command}"')
    name, pid = "", 0
    if command == "kill":
        if len(rest) < 2:
            plain(parsed, "missing arguments for kill mode")
        name, pid, rest = rest[0], atoi(rest[1]), rest[2:]
        if name not in SIGNALS:
            plain(parsed, f'unrecognized signal name "{name}"')
    if rest:
        # Before 17 it reads on with getopt after the command, which goes back to the first operand.
        named = since(parsed.build.major, {12: command, 17: rest[0]})
        plain(parsed, f'too many command-line arguments (first is "{named}")')
    return "init" if command == "initdb" else command, name, pid
