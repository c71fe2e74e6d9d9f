"""The host on which a case begins: fixture, settings, circumstances, and what was done before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from host.conformance import sequel, states, steps
from host.conformance.builds import client_build, server_build
from host.conformance.record import Case
from host.machine import Host

CACHED = 512


@dataclass(frozen=True)
class Built:
    """A host, and what words of the recording stand for on it."""

    host: Host
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """T_BEFORE, LSN_BEFORE and the like."""
    notes: tuple[str, ...] = ()
    """Steps before the command that failed: more often a fault of ours than of the recorder."""


@dataclass(frozen=True)
class Start:
    """What decides the first host of a case: cases that agree in it share the value."""

    beginning: states.Beginning
    early: tuple[str, ...]
    """Circumstances that come before the steps."""


def built(case: Case) -> Built:
    """Where the case begins."""
    early, late = states.sorted_by_time(case.states)
    client = client_build(case.client)
    beginning = states.Beginning(
        case.fixture,
        states.server_of(case.states, client) or server_build(case.server, case.client),
        client,
        tuple(case.settings.items()),
        case.pg_hba,
        never_started="server stopped" in case.states,
    )
    first = Start(beginning, early)
    before = sorted(case.before, key=steps.is_late)
    start = _after(first, tuple(before))
    host = start.host
    for state in late:
        host = states.apply(host, state, case)
    host = sequel.kept(host, case)
    if case.client_release:
        host = replace(host, client=client_build(case.client, case.client_release))
    return replace(start, host=replace(host, env=MappingProxyType({**host.env, **case.env})))


@lru_cache(maxsize=CACHED)
def _after(first: Start, before: tuple[str, ...]) -> Built:
    if before:
        start = _after(first, before[:-1])
        host, note = steps.take(start.host, before[-1], start.words)
        return Built(host, start.words, (*start.notes, note) if note else start.notes)
    host = states.begun(first.beginning)
    words: dict[str, str] = {}
    for state in first.early:
        host, more = states.prepared(host, state)
        words |= more
    return Built(host, MappingProxyType(words))
