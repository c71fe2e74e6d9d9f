"""The recordings of the command line tools that come along, read once."""

from __future__ import annotations

import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

from host.conformance.record import Case, read

BUNDLE = Path(__file__).resolve().parent.parent / "data" / "cli.tar.xz"


@cache
def lines() -> tuple[dict[str, Any], ...]:
    """Every line, in order."""
    found: list[dict[str, Any]] = []
    with tarfile.open(BUNDLE) as bundle:
        for name in sorted(bundle.getnames()):
            content = bundle.extractfile(name)
            if content is not None and name.endswith(".jsonl"):
                found += [json.loads(line) for line in content.read().splitlines() if line.strip()]
    return tuple(found)


@cache
def cases() -> tuple[Case, ...]:
    """Every line as a case."""
    return tuple(read(line) for line in lines())


def case(name: str, client: int) -> Case:
    """One case by its id."""
    return next(each for each in cases() if each.case == name and each.client == client)
