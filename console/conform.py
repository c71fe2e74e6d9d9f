"""`waldojo conform`: hold the model against recordings of real servers and count what it predicted."""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.recordings import Seen, Unread, documents, observations
from console.words import word

SHOWN = 20
KNOWN_DIFFERENCES = Path(__file__).resolve().parent.parent / "simulator" / "data" / "known_differences.toml"


@dataclass(slots=True)
class Tally:
    """Counts of compared, of predicted and of unknown observations, by major."""

    compared: Counter[int] = field(default_factory=Counter)
    predicted: Counter[int] = field(default_factory=Counter)
    unknown: Counter[int] = field(default_factory=Counter)
    servers: dict[int, set[str]] = field(default_factory=dict)
    misses: list[tuple[str, Seen]] = field(default_factory=list)
    unread: list[tuple[str, Unread]] = field(default_factory=list)

    def add(self, name: str, told: object) -> None:
        """Count one recording; one that cannot be replayed to its end counts nothing."""
        found = told if isinstance(told, Unread) else observations(told)
        if isinstance(found, Unread):
            self.unread.append((name, found))
            return
        major, release, seen = found
        self.servers.setdefault(major, set()).add(release)
        known = [one for one in seen if one.equal is not None]
        self.compared[major] += len(known)
        self.predicted[major] += sum(one.equal is True for one in known)
        self.unknown[major] += len(seen) - len(known)
        self.misses += [(name, one) for one in known if not one.equal]

    @property
    def total(self) -> int:
        """All observations that both sides know."""
        return self.compared.total()

    @property
    def right(self) -> int:
        """Those that were predicted."""
        return self.predicted.total()


def count(paths: Iterable[str]) -> Tally:
    """Replay everything below the paths."""
    tally = Tally()
    for name, told in documents(paths):
        tally.add(name, told)
    return tally


def figures(tally: Tally) -> dict[str, Any]:
    """The figures as data, for the page 'how far to trust this'."""
    return {
        "observations": tally.total,
        "predicted": tally.right,
        "unknown": tally.unknown.total(),
        "by_version": {str(major): [tally.predicted[major], tally.compared[major]] for major in sorted(tally.compared)},
        "servers": {str(major): max(tally.servers[major]) for major in sorted(tally.servers)},
    }


def known_differences() -> dict[str, dict[str, str]]:
    """Where the model is known to differ, and why: key to language to sentence."""
    return tomllib.loads(KNOWN_DIFFERENCES.read_text(encoding="utf-8"))


def conform(paths: Sequence[str], *, as_json: bool, write: str | None, language: str) -> int:
    """Replay, print misses and the closing line; 0 only when everything was predicted."""
    tally = count(paths)
    for name, why in tally.unread:
        print(_unread(name, why, language), file=sys.stderr)
    if as_json:
        print(json.dumps(_as_json(tally), ensure_ascii=False, indent=1, default=str))
    else:
        _print(tally, language)
    if write:
        known = {"known_differences": list(known_differences().values()), "date": datetime.now(UTC).date().isoformat()}
        text = json.dumps({**figures(tally), **known}, ensure_ascii=False, indent=1)
        Path(write).write_text(text + "\n", encoding="utf-8")
    if not as_json:
        percent = 100 * tally.right / tally.total if tally.total else 0.0
        shown = int(percent * 100) / 100
        print(f"conform: {tally.right} of {tally.total} observations predicted ({shown:g} %)")
    return 0 if tally.total and tally.right == tally.total and not tally.unread else 1


def _unread(name: str, why: Unread, language: str) -> str:
    return word(why.key, language, name=name, **dict(why.facts))


def _print(tally: Tally, language: str) -> None:
    for name, one in tally.misses[:SHOWN]:
        print(f"{name}: {one.unit} {one.number} ({one.what}): {one.field}\n  - {one.predicted}\n  + {one.observed}")
    if len(tally.misses) > SHOWN:
        print(word("more_misses", language, count=len(tally.misses) - SHOWN))
    for major in sorted(tally.compared):
        unknown = tally.unknown[major]
        more = f" ({word('unknown_fields', language, count=unknown)})" if unknown else ""
        print(f"PostgreSQL {major}: {tally.predicted[major]} of {tally.compared[major]}{more}")


def _as_json(tally: Tally) -> Any:
    return {
        **figures(tally),
        "misses": [
            {
                "file": name,
                one.unit: one.number,
                "kind" if one.unit == "event" else "typed": one.what,
                "field": one.field,
                "predicted": one.predicted,
                "observed": one.observed,
            }
            for name, one in tally.misses
        ],
        "unread": [name for name, _ in tally.unread],
    }
