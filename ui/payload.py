"""A run as text for the stage: whole frames every KEY steps, between them only what changed."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

Frame = dict[str, Any]

FORMAT = 1
KEY = 64
# Belongs to one step alone: never carried into the next.
ONCE = frozenset({"term", "ev", "cmd", "rc", "df"})
# Beyond this many characters a run is deflated to a tenth; below, inflating takes longer than it saves.
DEFLATE_FROM = 100_000


def deltas(frames: Sequence[Frame], key: int = KEY) -> list[Frame]:
    """Leave out what a frame shares with the one before it; every `key`-th frame stays whole."""
    out: list[Frame] = []
    for i, frame in enumerate(frames):
        if i % key == 0:
            out.append({k: v for k, v in frame.items() if v or k not in ONCE})
            continue
        before = frames[i - 1]
        delta = {k: v for k, v in frame.items() if (v if k in ONCE else k != "tree" and v != before.get(k))}
        delta |= {k: None for k in before if k not in frame and k not in ONCE}
        if tree := _changed_roots(before.get("tree") or {}, frame.get("tree") or {}):
            delta["tree"] = tree
        out.append(delta)
    return out


def _changed_roots(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    changed = {root: entries for root, entries in now.items() if before.get(root) != entries}
    return changed | dict.fromkeys(root for root in before if root not in now)


def frames_of(sent: Sequence[Frame], key: int = KEY) -> list[Frame]:
    """What the browser makes of deltas; the tests hold both against each other."""
    frames: list[Frame] = []
    for i, delta in enumerate(sent):
        carried = {} if i % key == 0 else {k: v for k, v in frames[-1].items() if k not in ONCE}
        frame = carried | {k: v for k, v in delta.items() if k != "tree"}
        if "tree" in delta:
            tree = (carried.get("tree") or {}) | delta["tree"]
            frame["tree"] = {root: entries for root, entries in tree.items() if entries is not None}
        frames.append(frame)
    return frames


def packed(head: Mapping[str, Any], frames: Sequence[Frame], other: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A run ready for `text`: `head` carries id, lang, segMB, tli, marks, verdict, conditions and diff."""
    return {"v": FORMAT, "n": len(frames), "key": KEY, **head, "frames": deltas(frames), "other": other}


def text(run: Mapping[str, Any]) -> str:
    """JSON for a short run, 'z' and deflated JSON for a long one: the stage reads both."""
    plain = json.dumps(_shared(run), ensure_ascii=False, separators=(",", ":"))
    if len(plain) < DEFLATE_FROM:
        return plain
    return "z" + base64.b64encode(zlib.compress(plain.encode(), 6)).decode()


def _shared(run: Mapping[str, Any]) -> dict[str, Any]:
    """Say each sentence once: two runs of a scenario share most of them, and so do their steps."""
    numbers: dict[str, int] = {}

    def number(sentence: str) -> int:
        return numbers.setdefault(sentence, len(numbers))

    def told(frames: Sequence[Frame]) -> list[Frame]:
        out = []
        for frame in frames:
            changed = dict(frame)
            if "term" in frame:
                changed["term"] = [[kind, number(line), *marks] for kind, line, *marks in frame["term"]]
            if "df" in frame:
                changed["df"] = [{k: v if k == "st" else number(v) for k, v in row.items()} for row in frame["df"]]
            if "ev" in frame:
                changed["ev"] = [{k: number(v) for k, v in event.items()} for event in frame["ev"]]
            if "cmd" in frame:
                changed["cmd"] = number(frame["cmd"])
            out.append(changed)
        return out

    shared = {**run, "frames": told(run["frames"])}
    if run.get("other"):
        shared["other"] = {**run["other"], "frames": told(run["other"]["frames"])}
    return shared | {"s": list(numbers)}
