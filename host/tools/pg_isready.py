"""pg_isready on the host."""

from __future__ import annotations

import re

from host import options
from host.call import Call, Done
from host.options import Refusal
from host.options.checks import pg_isready
from host.server import connect, hosts

_ACCEPTING, _REJECTING, _NO_RESPONSE, _NO_ATTEMPT = range(4)
_WORDS = ("accepting connections", "rejecting connections", "no response", "no attempt")


def main(call: Call) -> Done:
    """Ask whether a server answers; the role and the database need not exist."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_isready.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    target = wanted.target
    if wanted.no_attempt:
        status = _NO_ATTEMPT
    elif target.fault or not re.fullmatch(r"\s*[+-]?\d+\s*", wanted.timeout):
        status = _NO_RESPONSE
    else:
        asked = connect.Wanted(target.host, target.number, target.user, target.dbname)
        answer = hosts.reachable(host, asked, target)
        status = {"": _NO_RESPONSE, "starting": _REJECTING}.get(answer, _ACCEPTING)
    text = "" if wanted.quiet else f"{wanted.shown} - {_WORDS[status]}\n"
    return Done(host, status, text)
