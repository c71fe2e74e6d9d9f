"""`waldojo conform`: replay recordings of real servers and count what the model predicted."""

from __future__ import annotations

import gzip
import json
import lzma
import sys
import tarfile
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.words import word
from simulator.replay_trace import Compared, replay

SHOWN = 20
KNOWN_DIFFERENCES = Path(__file__).resolve().parent.parent / "simulator" / "data" / "known_differences.toml"


@dataclass(slots=True)
class Tally:
    """Counts of compared and of predicted observations, whole and by major."""

    compared: Counter[int] = field(default_factory=Counter)
    predicted: Counter[int] = field(default_factory=Counter)
    servers: dict[int, set[str]] = field(default_factory=dict)
    misses: list[tuple[str, Compared]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, name: str, trace: dict[str, Any]) -> None:
        """Replay one recording."""
        major = int(trace["major"])
        self.servers.setdefault(major, set()).add(str(trace.get("server_version", major)))
        for one in replay(trace):
            self.compared[major] += 1
            self.predicted[major] += one.equal
            if not one.equal:
                self.misses.append((name, one))

    @property
    def total(self) -> int:
        """All observations."""
        return self.compared.total()

    @property
    def right(self) -> int:
        """Those that were predicted."""
        return self.predicted.total()


def recordings(paths: Iterable[str]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Every recording below the paths: .json, .json.gz, or a .tar.gz of them; None for what cannot be read."""
    for given in paths:
        path = Path(given)
        files = sorted(path.rglob("*.json*")) + sorted(path.rglob("*.tar.*")) if path.is_dir() else [path]
        for file in files:
            yield from _read(file)


_NOT_READ = (OSError, EOFError, ValueError, RecursionError, tarfile.TarError, zlib.error, lzma.LZMAError)
"""What files raise that are cut, spoilt, or no JSON at all."""
_NOT_REPLAYED = (LookupError, ValueError, TypeError, AttributeError, AssertionError)
"""What recordings raise that lack a field, or hold something else in it."""


def _read(file: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    try:
        if ".tar" in file.name:
            with tarfile.open(file) as bundle:
                # In the order of the archive: going back in a compressed one means unpacking it again.
                for member in bundle:
                    content = bundle.extractfile(member)
                    if content is not None and member.name.endswith(".json"):
                        yield f"{file.name}:{member.name}", json.loads(content.read())
            return
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        yield str(file), json.loads(raw)
    except _NOT_READ:
        yield str(file), None


def is_trace(recording: object) -> bool:
    """Is it a recording of a server's WAL directory (format 1)?"""
    return isinstance(recording, dict) and recording.get("format") == 1 and "events" in recording


def count(paths: Iterable[str]) -> Tally:
    """Replay everything below the paths."""
    tally = Tally()
    for name, recording in recordings(paths):
        if recording is None or not is_trace(recording):
            tally.unread.append(name)
            continue
        try:
            tally.add(name, recording)
        except _NOT_REPLAYED as error:
            tally.unread.append(f"{name}: {type(error).__name__}: {error}")
    return tally


def figures(tally: Tally) -> dict[str, Any]:
    """The figures as data, for the page 'how far to trust this'."""
    return {
        "observations": tally.total,
        "predicted": tally.right,
        "by_version": {str(major): [tally.predicted[major], tally.compared[major]] for major in sorted(tally.compared)},
        "servers": {str(major): max(tally.servers[major]) for major in sorted(tally.servers)},
    }


def known_differences() -> dict[str, dict[str, str]]:
    """Where the model is known to differ, and why: key to language to sentence."""
    return tomllib.loads(KNOWN_DIFFERENCES.read_text(encoding="utf-8"))


def conform(paths: Sequence[str], *, as_json: bool, write: str | None, language: str) -> int:
    """Replay, print misses and the closing line; 0 only when everything was predicted."""
    tally = count(paths)
    for name in tally.unread:
        print(word("unread_recording", language, name=name), file=sys.stderr)
    if as_json:
        shown = [
            {
                "file": name,
                "event": one.event,
                "kind": one.kind,
                "field": one.field,
                "predicted": one.predicted,
                "observed": one.observed,
            }
            for name, one in tally.misses
        ]
        print(json.dumps({**figures(tally), "misses": shown, "unread": tally.unread}, ensure_ascii=False, indent=1))
    else:
        for name, one in tally.misses[:SHOWN]:
            print(f"{name}: event {one.event} ({one.kind}): {one.field}\n  - {one.predicted}\n  + {one.observed}")
        for major in sorted(tally.compared):
            print(f"PostgreSQL {major}: {tally.predicted[major]} of {tally.compared[major]}")
    if write:
        known = {"known_differences": list(known_differences().values()), "date": datetime.now(UTC).date().isoformat()}
        text = json.dumps({**figures(tally), **known}, ensure_ascii=False, indent=1)
        Path(write).write_text(text + "\n", encoding="utf-8")
    percent = 100 * tally.right / tally.total if tally.total else 0.0
    shown_percent = int(percent * 100) / 100
    if not as_json:
        print(f"conform: {tally.right} of {tally.total} observations predicted ({shown_percent:g} %)")
    return 0 if tally.total and tally.right == tally.total and not tally.unread else 1
