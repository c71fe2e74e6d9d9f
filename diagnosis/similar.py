"""The nearest entries to words that are no known message: only similar, and said to be."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import cache

from diagnosis.catalogue import Entry, entries
from diagnosis.forms import normal, tokens

# Words that every message has say nothing about which one it is.
_EMPTY = frozenset(
    "the is to of in on at for and not be has was with from this that it an as by are or no could cannot must error "
    "fatal warning log hint detail failed であ です ます した して いる され ない せん から ので".split()
)
_LEAST_SCORE = 3.2
_SHARE_OF_BEST = 0.6
_LONGEST = 600


def similar(text: str, most: int = 3) -> list[Entry]:
    """Up to `most` entries that share the telling words of a text, nearest first."""
    words = _words(text[:_LONGEST])
    if not words:
        return []
    rarity, documents = _documents()
    wanted = sum(rarity.get(word, 0.0) for word in words)
    scores = []
    for code, document in documents.items():
        shared = sum(rarity[word] * document[word] for word in words if word in document)
        scores.append((shared, code))
    scores.sort(key=lambda each: (-each[0], each[1]))
    best = scores[0][0]
    if best < _LEAST_SCORE or best < wanted * 0.2:
        return []
    return [entries()[code] for score, code in scores[:most] if score >= best * _SHARE_OF_BEST]


def _words(text: str) -> set[str]:
    return {_stem(word) for word in tokens(normal(text))} - _EMPTY


def _stem(word: str) -> str:
    """Plurals and tenses aside, as far as that needs no dictionary."""
    for ending in ("ing", "ed", "es", "s"):
        if word.isascii() and word.endswith(ending) and len(word) - len(ending) > 3:
            return word[: -len(ending)]
    return word


@cache
def _documents() -> tuple[Mapping[str, float], Mapping[str, Mapping[str, float]]]:
    """How telling each word is, and how much each entry has to do with it: what it is called counts most."""
    documents: dict[str, dict[str, float]] = {}
    for code, entry in entries().items():
        document: dict[str, float] = {}
        for weight, texts in _fields(entry):
            for word in set().union(*map(_words, texts)):
                document[word] = max(document.get(word, 0.0), weight)
        documents[code] = document
    common = Counter(word for document in documents.values() for word in document)
    rarity = {word: math.log((1 + len(documents)) / count) for word, count in common.items()}
    return rarity, documents


def _fields(entry: Entry) -> tuple[tuple[float, list[str]], ...]:
    words = entry.words.values()
    return (
        (1.0, [form.text for form in entry.forms]),
        (1.0, [entry.find, entry.code.replace("_", " "), *(each.title for each in words)]),
        (0.8, [each.belief for each in words]),
        (0.4, [each.cause for each in words]),
        (0.3, [step for each in words for step in each.remedy]),
    )
