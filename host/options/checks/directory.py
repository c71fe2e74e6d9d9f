"""Tools that work on a stopped data directory: where it is, by -D, by an operand or by PGDATA."""

from __future__ import annotations

from host.options.messages import fail, too_many
from host.options.values import Parsed


def data_directory(parsed: Parsed, environment: bool = True) -> str:
    """The data directory; the tool ends when there is none, or a word too many."""
    given = parsed.has("pgdata")
    operand = None if given else (*parsed.operands, None)[0]
    directory = parsed.last("pgdata") if given else operand
    if directory is None and environment:
        directory = parsed.env.get("PGDATA")
    too_many(parsed, 0 if given else 1)
    if directory is None:
        fail(parsed, "no data directory specified", usage=True)
    return directory
