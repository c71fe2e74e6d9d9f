"""Random scenario documents: a server, and a tale of what a DBA does on it, as plain data of a scenario file.

The tale is sensible more often than not: `chapters.py` has what is told; a `Story` remembers what was made so far, so
that what comes later can use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from hypothesis import strategies as st

from simulator.dumper import dumped
from simulator.versions import version
from tests.lab.chapters import CHAPTERS
from tests.lab.doings import Story, told

Document = dict[str, Any]

TITLE = {"ja": "無作為に引いた手順", "en": "A sequence drawn at random"}
OUTCOME = {"ja": "予測と実機が一致するはずです。", "en": "Prediction and reality should agree."}


def server(dice: Random, major: int) -> Document:
    """The `server:` part: small segments, little room between checkpoints, often an archive."""
    size = dice.choice([1, 1, 1, 1, 1, 1, 1, 16])
    low, more = dice.choice([2, 2, 3, 5]), dice.choice([0, 0, 1, 2, 6, 62])
    settings: dict[str, object] = {"min_wal_size": f"{low * size}MB", "max_wal_size": f"{(low + more) * size}MB"}
    archive = dice.randint(0, 4) < 2
    choices: Mapping[str, list[object]] = {
        "wal_keep_size": [0, f"{size}MB", f"{3 * size}MB", f"{8 * size}MB"],
        "max_slot_wal_keep_size": [-1, -1, 0, f"{size}MB", f"{4 * size}MB"],
        "wal_recycle": [True, False],
        "checkpoint_completion_target": [0, 0.5, 0.9, 1],
        "max_wal_senders": [1, 2, 3, 10],
        "max_replication_slots": [1, 2, 10],
        "full_page_writes": [True, False],
        "wal_level": ["replica", "logical"],
        "archive_mode": ["on", "off"],
        "archive_timeout": ["3min", "10min"],
        "checkpoint_timeout": ["4min", "10min"],
    }
    for name, values in choices.items():
        if dice.randint(0, 3) == 0:
            settings[name] = dice.choice(values)
    if not archive and settings.get("archive_mode") != "off":
        settings.pop("archive_mode", None)
    if dice.randint(0, 19) == 0 and not archive:
        settings |= {"wal_level": "minimal", "max_wal_senders": 0}
        settings.pop("archive_mode", None)
    plan: Document = {"version": major, "wal_segment_size": f"{size}MB", "settings": settings}
    if dice.randint(0, 2):
        plan["databases"] = {"shop": {"orders": dice.choice([0, 10, 1000])}}
    if archive:
        plan["archive"] = True
    if dice.randint(0, 11) == 0:
        plan["disk"] = f"{dice.choice([10, 16, 30]) * size}MB"
    if settings.get("wal_level") != "minimal" and dice.randint(0, 4) == 0:
        plan["slots"] = ["idle"]
    return plan


def document(dice: Random, major: int) -> Document:
    """A whole scenario for one major."""
    story = Story(version(major), server(dice, major))
    wanted = dice.randint(4, 14)
    timeline: list[Document] = []
    while len(told(timeline)) < wanted:
        chapter = dice.choice(CHAPTERS)
        timeline += chapter(dice, story)
    return {
        "id": "drawn",
        "title": TITLE,
        "outcome": OUTCOME,
        "prose": OUTCOME,
        "method": "wal",
        "objectives": ["G1.2"],
        "versions": str(major),
        "server": story.server,
        "timeline": timeline,
        "ending": [{"lost": False}],
    }


def text_of(document: Document) -> bytes:
    """The scenario file of a document."""
    return dumped(document).encode()


def documents(major: int, salt: int = 0) -> st.SearchStrategy[Document]:
    """Random documents for one major.

    One draw of Hypothesis is a whole document: left to itself it performs each one five more times with a part of it
    repeated, and a run on a server is too dear for that.  What fails is made smaller by `shrinking.py`.
    """
    return st.randoms(use_true_random=True).map(lambda dice: document(Random(f"{salt} {dice.random()}"), major))
