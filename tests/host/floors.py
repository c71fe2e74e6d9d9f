"""How much of a kind of field the tools answer as recorded."""

from __future__ import annotations

from collections.abc import Iterable

from host.conformance.record import Case
from host.replay_cli import Field


def reached(name: str, fields: Iterable[tuple[Case, Field]]) -> tuple[float, list[tuple[int, str, str]]]:
    """The share of a field that is right, and the others: client, command line, fault.  0 when there is none of it."""
    of_kind = [(case, field) for case, field in fields if field.name.rpartition(" ")[2] == name]
    wrong = [(case.client, case.cmd, field.fault) for case, field in of_kind if not field.equal]
    return (1 - len(wrong) / len(of_kind) if of_kind else 0.0), wrong
