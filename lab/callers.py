"""The lab's own connection: not led elsewhere by its caller's environment, and its errors told as the lab's."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lab import ToolFailed

NOT_THE_CALLERS = {"PATH": f"{os.defpath}:/usr/sbin:/sbin", "LC_ALL": "C"}
"""Environment of the small programs (cp, mount, ps) that the lab's own process starts, perhaps as root."""
_LOCK = threading.RLock()


@contextmanager
def no_pg_variables() -> Iterator[None]:
    """Without what libpq reads: PGHOSTADDR, PGSERVICE and thirty more.

    Someone who keeps PGHOSTADDR of a production server in the profile would have the lab's statements run there.
    """
    with _LOCK:
        kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PG")}
        try:
            yield
        finally:
            os.environ.update(kept)


@contextmanager
def answering() -> Iterator[None]:
    """A question of the lab's own that a server does not answer ends the run in words; raises ToolFailed."""
    import psycopg  # an extra

    try:
        yield
    except psycopg.Error as error:
        raise ToolFailed(f"the server did not answer the lab: {str(error).strip() or type(error).__name__}") from error
