"""Sending statements, and what is printed of the replies (common.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.psql.printing import Grid
from host.psql.report import worded
from host.sql.execute import execute
from host.sql.reply import Reply, ServerError
from simulator.versions import since

if TYPE_CHECKING:
    from host.psql.state import Psql

NOT_CONNECTED = "You are currently not connected to a database."
_SAVEPOINT = "pg_psql_temporary_savepoint"
_LOST = (
    "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n"
    "\tbefore or while processing the request.\n"
)
_ALL_RESULTS = {12: False, 15: True}


def run(psql: Psql, text: str) -> tuple[Reply, ...]:
    """The replies to a query text; COPY … FROM STDIN gets its data from where the statement came from."""
    psql.host, replies = execute(psql.host, psql.port, psql.pid, text)
    if replies and replies[-1].wants_copy:
        data = copy_data(psql)
        psql.host, replies = execute(psql.host, psql.port, psql.pid, text, data=data)
    return replies


def copy_data(psql: Psql) -> str:
    r"""The lines up to \\. of the input that is being read."""
    source = psql.sources[-1] if psql.sources else psql.stdin
    found: list[str] = []
    while (line := source.take()) is not None and line != "\\.":
        found.append(line)
    return "".join(f"{line}\n" for line in found)


def _state(psql: Psql) -> str:
    from host.sql.execute import status

    return status(psql.host, psql.port, psql.pid)


def send(psql: Psql, text: str, *, silent: bool = False) -> bool:
    """Send a query text and print what comes back; False when it failed."""
    if not psql.connected:
        psql.complain(NOT_CONNECTED)
        return False
    if psql.variables.get("ECHO") == "queries" and not silent:
        psql.out(f"{text}\n")
    if not silent:
        psql.log(f"{_banner(psql, ' QUERY ')}\n{text}\n{_banner(psql, '')}\n\n")
        if psql.on("SINGLESTEP") and not _confirmed(psql, text):
            return True
    _autocommit(psql, text)
    rollback = psql.on("ON_ERROR_ROLLBACK") and _state(psql) == "T"
    if rollback:
        run(psql, f"SAVEPOINT {_SAVEPOINT}")
    replies = run(psql, text)
    everything = since(psql.major, _ALL_RESULTS) and psql.variables.get("SHOW_ALL_RESULTS", "on") != "off"
    psql.slept += sum(reply.seconds for reply in replies)
    good = True
    for number, reply in enumerate(replies):
        last = number == len(replies) - 1
        good = _printed(psql, reply, text, show=(everything or last) and not silent) and good
    if rollback and _state(psql) in "TE":
        run(psql, f"ROLLBACK TO {_SAVEPOINT}" if not good else f"RELEASE {_SAVEPOINT}")
    if psql.timing and not silent:
        spent = sum(reply.seconds for reply in replies) * 1000
        psql.say(f"Time: {spent + 0.5:.3f} ms\n" if spent < 1000 else f"Time: {spent:.3f} ms ({_clock(spent)})\n")
    psql.last_query = psql.last_query if silent else text
    return good


_COMMENTS = {12: False, 17: True}
"""What psql says between the statements is an SQL comment."""


def _banner(psql: Psql, title: str) -> str:
    stars = f"********{title}*********" if title else "*" * 24
    if not since(psql.major, _COMMENTS):
        return f"*{stars}*"
    return f"/{stars}/"


def _confirmed(psql: Psql, text: str) -> bool:
    """-s: the statement is shown, and a line of standard input says whether it is sent."""
    asks = "(Single step mode: verify command)", "(press return to proceed or enter x and return to cancel)"
    if since(psql.major, _COMMENTS):
        rules = f"/**{asks[0]}******************************************/", f"/**{asks[1]}*******************/"
    else:
        rules = f"***{asks[0]}*******************************************", f"***{asks[1]}********************"
    psql.out(f"{rules[0]}\n{text}\n{rules[1]}\n")
    return not (psql.stdin.take() or "").startswith("x")


def _clock(milliseconds: float) -> str:
    minutes, seconds = divmod(milliseconds / 1000, 60)
    return f"{int(minutes):02d}:{seconds:06.3f}"


def _autocommit(psql: Psql, text: str) -> None:
    word = text.lstrip().split(" ")[0].rstrip(";").upper() if text.strip() else ""
    off = psql.variables.get("AUTOCOMMIT", "on") in ("off", "false", "0") and _state(psql) == "I"
    if off and word not in ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "VACUUM", "CHECKPOINT"):
        run(psql, "BEGIN")


def _printed(psql: Psql, reply: Reply, text: str, *, show: bool) -> bool:
    context = psql.variables.get("SHOW_CONTEXT", "errors")
    for notice in reply.notices:
        if _loud(psql, notice):
            psql.server_says(worded(notice, text, psql.verbosity, context))
    if reply.error is not None:
        _failed(psql, reply, text)
        return False
    if reply.copy_out is not None:
        psql.say(reply.copy_out)
        _counted(psql, reply)
        return True
    if reply.fields is not None and show:
        fields = reply.fields
        grid = Grid(tuple(one.name for one in fields), tuple(one.type for one in fields), reply.rows, psql.look.title)
        psql.show(grid)
        if reply.tag.startswith(("INSERT", "UPDATE", "DELETE")) and not psql.quiet:
            _status(psql, reply.tag)
    elif reply.fields is None and show and reply.tag and not psql.quiet:
        _status(psql, reply.tag)
    _counted(psql, reply)
    return True


def _status(psql: Psql, tag: str) -> None:
    """PrintQueryStatus."""
    psql.say(f"<p>{tag}</p>\n" if psql.look.format == "html" else f"{tag}\n")


_LEVELS = ("DEBUG", "LOG", "INFO", "NOTICE", "WARNING", "ERROR")


def _loud(psql: Psql, notice: ServerError) -> bool:
    """client_min_messages lets it through."""
    instance = psql.instance
    session = instance.session(psql.pid) if instance is not None else None
    wanted = (session.settings.get("client_min_messages", "notice") if session is not None else "notice").upper()
    order = {level: number for number, level in enumerate(_LEVELS)}
    return order.get(notice.severity, 9) >= order.get(wanted.rstrip("12345"), 3)


def _counted(psql: Psql, reply: Reply) -> None:
    count = reply.tag.rpartition(" ")[2]
    psql.variables["ROW_COUNT"] = count if count.isdigit() else "0"
    psql.variables["ERROR"] = "false"
    psql.variables["SQLSTATE"] = "00000"


def _failed(psql: Psql, reply: Reply, text: str) -> None:
    error = reply.error
    assert error is not None
    said = worded(error, text, psql.verbosity, psql.variables.get("SHOW_CONTEXT", "errors"))
    if error.sqlstate == "08006":
        said = _LOST
    elif reply.ended:
        said += _LOST
    psql.server_says(said)
    psql.last_error = (worded(error, text, "verbose", "always"), text)
    psql.variables.update(
        {
            "ERROR": "true",
            "SQLSTATE": error.sqlstate,
            "LAST_ERROR_MESSAGE": error.message,
            "LAST_ERROR_SQLSTATE": error.sqlstate,
            "ROW_COUNT": "0",
        }
    )
    if psql.variables.get("ECHO") == "errors":
        psql.server_says(f"STATEMENT:  {text}\n")
    if reply.ended:
        psql.complain("connection to server was lost")
        psql.pid = 0
        psql.lost = True
