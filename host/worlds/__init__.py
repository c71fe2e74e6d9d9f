"""The worlds that a terminal may start in: frozen values, made once for each pair of builds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from host.machine import Build, Host
from host.worlds import places

CACHED = 64


class UnknownWorld(ValueError):
    """No world has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f'there is no world "{name}"; known: {", ".join(NAMES)}')
        self.wrong = name


def _empty(server: Build, client: Build) -> Host:
    return places.for_learner(server, client)


def _default(server: Build, client: Build) -> Host:
    from host.worlds import made

    return made.learners(server, client)


def _fixture(server: Build, client: Build) -> Host:
    from host.worlds import made

    return made.fixture(server, client, with_tablespace=True)


def _without_tablespace(server: Build, client: Build) -> Host:
    from host.worlds import made

    return made.fixture(server, client, with_tablespace=False)


def _three_machines(server: Build, client: Build) -> Host:
    from host.worlds import made

    return made.three_machines(server, client)


_MAKERS: dict[str, Callable[[Build, Build], Host]] = {
    "default": _default,
    "empty": _empty,
    "fixture": _fixture,
    "fixture-without-tablespace": _without_tablespace,
    "three-machines": _three_machines,
}
NAMES = tuple(_MAKERS)
"""default: a learner's host with a running server and database shop; empty: the programs, and nothing made;
fixture: the host of ../shared/cli/README.md; three-machines: db1 with the server, backup1 and standby1 beside it."""

MACHINES = {"three-machines": tuple(places.ADDRESSES)}
"""The machines of the worlds that have several; one sits at the first."""


@lru_cache(maxsize=CACHED)
def world(name: str, server: Build, client: Build) -> Host:
    """The world of a name, with the programs of these builds; raises UnknownWorld."""
    maker = _MAKERS.get(name)
    if maker is None:
        raise UnknownWorld(name)
    return maker(server, client)
