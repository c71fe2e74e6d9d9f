"""psql on the host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host import options
from host.call import Asleep, Call, Done
from host.content import joined, text_of
from host.options import Refusal
from host.options.checks import psql as checks
from host.options.checks.psql import PsqlSettings
from host.psql.describe import list_databases
from host.psql.loop import BAD_CONNECTION, FAILURE, OK, run_action, run_content, run_source
from host.psql.queries import send
from host.psql.settings import set_pset, set_variable
from host.psql.state import Psql, Source, lines_of
from host.server import archiving, connect
from host.tree import PathError
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host

_DEFAULTS = {
    "AUTOCOMMIT": "on",
    "COMP_KEYWORD_CASE": "preserve-upper",
    "ECHO": "none",
    "ECHO_HIDDEN": "off",
    "FETCH_COUNT": "0",
    "HISTCONTROL": "none",
    "HISTSIZE": "500",
    "ON_ERROR_ROLLBACK": "off",
    "ON_ERROR_STOP": "off",
    "PROMPT1": "%/%R%x%# ",
    "PROMPT2": "%/%R%x%# ",
    "PROMPT3": ">> ",
    "QUIET": "off",
    "SHOW_CONTEXT": "errors",
    "SINGLELINE": "off",
    "SINGLESTEP": "off",
    "VERBOSITY": "default",
}


def main(call: Call) -> Done:
    """Connect, do what -c, -f or standard input say, and end."""
    given = options.read(call, call.host.client)
    wanted = given if isinstance(given, Refusal) else checks.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(call.host)
    psql = Psql(call.host, wanted.target)
    psql.stdin = Source("", lines_of(text_of(call.stdin)))
    psql.variables.update(_defaults(psql))
    if wanted.warnings:
        psql.errors.append(wanted.warnings)
    for name, value in wanted.variables:
        set_variable(psql, name, value)
    for name, value in wanted.printing:
        set_pset(psql, name, value, silent=True)
    if (fault := _opened(psql, wanted)) is not None:
        return fault
    psql.errors.append(wanted.target.asked)
    message = psql.connect(wanted.target)
    if message:
        psql.errors.append(f"psql: error: {message}" if message.endswith("\n") else f"psql: error: {message}\n")
        return _done(psql, BAD_CONNECTION)
    return _work(psql, wanted, call)


def _defaults(psql: Psql) -> dict[str, str]:
    release = psql.host.client.release or _release(psql.major)
    return {
        **_DEFAULTS,
        "VERSION_NAME": release,
        "VERSION_NUM": f"{psql.major}{int(release.partition(' ')[0].partition('.')[2] or 0):04d}",
        "VERSION": f"PostgreSQL {release} on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
    }


def _release(major: int) -> str:
    from simulator.versions import version

    return version(major).release


def _opened(psql: Psql, wanted: PsqlSettings) -> Done | None:
    """-o and -L open their files before psql connects."""
    for path in (*wanted.output, *([wanted.log_file] if wanted.log_file else [])):
        try:
            psql.host = psql.host.write(path, "")
        except PathError as error:
            word = "could not open log file" if path == wanted.log_file and path not in wanted.output else ""
            text = f'{word} "{path}": {error.reason}' if word else f"{path}: {error.reason}"
            psql.errors.append(f"psql: error: {text}\n")
            return _done(psql, FAILURE)
    psql.log_file = wanted.log_file
    if wanted.output:
        psql.out_file = wanted.output[-1]
    return None


def _work(psql: Psql, wanted: PsqlSettings, call: Call) -> Done:
    if wanted.list_databases:
        psql.scripted = False
        return _ended(psql, OK if list_databases(psql) else FAILURE)
    if not wanted.actions and wanted.single_transaction:
        # What comes through a pipe is read as a file without a name.
        psql.unnamed = True
        wanted = replace(wanted, actions=(("file", "-"),))
    if not wanted.actions:
        psql.terse = True
        content = call.stdin
        single = isinstance(content, str)
        return _ended(psql, run_source(psql, psql.stdin) if single else run_content(psql, "", content))
    if wanted.single_transaction and not send(psql, "BEGIN", silent=True) and psql.stops:
        return _ended(psql, FAILURE)
    return _actions(psql, wanted, 0)


def _actions(psql: Psql, wanted: PsqlSettings, first: int) -> Done:
    """The -c and -f from this one on; while one of them sleeps, others may run."""
    status = OK
    for number, (kind, text) in enumerate(wanted.actions[first:], first + 1):
        marks = len(psql.pieces), len(psql.errors)
        status = run_action(psql, kind, text)
        if status != OK and (psql.stops or psql.lost):
            break
        if psql.slept and (status == OK or number < len(wanted.actions)):
            return _asleep(psql, wanted, number, marks)
    if wanted.single_transaction and psql.pid:
        rolls_back = status != OK and since(psql.major, {12: False, 15: True})
        send(psql, "ROLLBACK" if rolls_back else "COMMIT", silent=True)
    return _ended(psql, status)


def _asleep(psql: Psql, wanted: PsqlSettings, next_action: int, marks: tuple[int, int]) -> Done:
    """The action has slept: what it prints (from the marks on) comes when it wakes."""
    until, seconds = psql.host.clock, psql.slept
    said, complained = joined(psql.pieces[: marks[0]]), "".join(psql.errors[: marks[1]])
    psql.slept, psql.pieces, psql.errors = 0.0, psql.pieces[marks[0] :], psql.errors[marks[1] :]

    def go_on(host: Host) -> Done:
        psql.host = archiving.turn(host, psql.port) if host.instance(psql.port) is not None else host
        return _actions(psql, wanted, next_action)

    def given_up(host: Host) -> Host:
        return connect.close(host, psql.port, psql.pid) if psql.pid else host

    asleep = replace(psql.host, clock=until - seconds)
    return Asleep(asleep, 0, said, complained, until=until, go_on=go_on, given_up=given_up)


def _ended(psql: Psql, status: int) -> Done:
    psql.disconnect()
    return _done(psql, status)


def _done(psql: Psql, status: int) -> Done:
    return Done(psql.host, status, joined(psql.pieces), "".join(psql.errors))
