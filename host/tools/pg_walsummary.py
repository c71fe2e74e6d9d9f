"""pg_walsummary on the host (17+)."""

from __future__ import annotations

from host import options, tree
from host.call import Call, Done
from host.options import Refusal
from host.options.checks import pg_walsummary
from host.tree import File

NAME = "pg_walsummary"


def main(call: Call) -> Done:
    """Show which blocks a summary says were changed; the dojo's summaries list no blocks."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_walsummary.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    for path in wanted.files:
        if not isinstance(tree.find(host.root, host.path(path)), File):
            return Done(host, 1, "", f'{NAME}: error: could not open file "{path}": {tree.NO_ENTRY}\n')
    return Done(host)
