"""A failing document made smaller: entries, then what stands under `while:`, then conditions of the server go.

Every attempt is a run on a real server, so there is a budget of seconds; what is smallest by then is the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

Document = dict[str, Any]
Path = tuple[int, ...]
"""Where an entry is: its index in the timeline, then in each list under `while:`."""


def shrunk(document: Document, last_entry: int, fails: Callable[[Document], bool], *, seconds: float) -> Document:
    """The smallest document that was found to fail still; nothing after `last_entry` is needed."""
    end = time.monotonic() + seconds
    best = document
    for candidate in _shorter(document, last_entry):
        if fails(candidate):
            best = candidate
            break
    again = True
    while again and time.monotonic() < end:
        again = False
        for candidate in _smaller(best):
            if time.monotonic() > end:
                break
            if fails(candidate):
                best, again = candidate, True
                break
    return best


def paths(entries: Sequence[Document], at: Path = ()) -> Iterator[Path]:
    """Every entry in the order in which the loader counts them."""
    for index, entry in enumerate(entries):
        yield (*at, index)
        yield from paths(entry.get("while", []), (*at, index))


def without(document: Document, gone: Sequence[Path]) -> Document:
    """The document without these entries (and what stands under them)."""
    copy = deepcopy(document)
    for path in sorted(gone, reverse=True):
        owner: Any = copy
        entries = owner["timeline"]
        for index in path[:-1]:
            owner = entries[index]
            entries = owner["while"]
        if path[-1] < len(entries):
            del entries[path[-1]]
        if not entries and "while" in owner:
            del owner["while"]
    return copy


def _shorter(document: Document, last_entry: int) -> Iterator[Document]:
    """Without what comes after the entry in which the difference was seen."""
    top = next((path[0] for number, path in enumerate(paths(document["timeline"])) if number == last_entry), None)
    if top is not None and top + 1 < len(document["timeline"]):
        yield document | {"timeline": deepcopy(document["timeline"][: top + 1])}


def _smaller(document: Document) -> Iterator[Document]:
    """Documents with less in them, the boldest first."""
    count = len(document["timeline"])
    size = count // 2
    while size >= 1:
        for low in range(0, count, size):
            gone = [(index,) for index in range(low, min(low + size, count))]
            if len(gone) < count:
                yield without(document, gone)
        size //= 2
    for path in paths(document["timeline"]):
        if len(path) > 1:
            yield without(document, [path])
    yield from _plainer(document)


def _plainer(document: Document) -> Iterator[Document]:
    """With fewer conditions of the server."""
    server = document["server"]
    for name in server.get("settings", {}):
        kept = {key: value for key, value in server["settings"].items() if key != name}
        yield document | {"server": server | {"settings": kept}}
    for name in ("slots", "databases", "archive"):
        if name in server:
            yield document | {"server": {key: value for key, value in server.items() if key != name}}
