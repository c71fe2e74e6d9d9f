"""Which entry a text is: forms are looked up by one rare word each, so a line meets a handful of patterns, not all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from diagnosis.catalogue import Entry, entries
from diagnosis.forms import Form, fixed_tokens, normal, tokens
from diagnosis.records import Record


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, the form in which it was met, and what its gaps held."""

    entry: Entry
    form: Form
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    rank: tuple[int, int]
    """Heaviest first, then in the order of the catalogue."""
    entry: Entry
    form: Form


@lru_cache(maxsize=4096)
def match(text: str) -> Match | None:
    """The most special entry whose message stands in the text."""
    return among(text, tokens(text))


def among(text: str, words: Iterable[str]) -> Match | None:
    """As `match`, for a text that was joined from two and whose words are those of either joint."""
    index = _index()
    near = {candidate.rank: candidate for word in set(words) for candidate in index.get(word, ())}
    if not near:
        return None
    line = normal(text)
    for rank in sorted(near):
        facts = near[rank].form.facts(line)
        if facts is not None:
            return Match(near[rank].entry, near[rank].form, facts)
    return None


def match_record(record: Record) -> Match | None:
    """The entry of a record: its message decides; a DETAIL or HINT where that is general or unknown."""
    found = match(record.text)
    if found is not None and not found.entry.general:
        return found
    for label in ("DETAIL", "HINT", "CONTEXT"):
        for text in record.all(label):
            closer = match(text)
            if closer is not None and not closer.entry.general:
                return closer
    return found


@cache
def _index() -> Mapping[str, tuple[_Candidate, ...]]:
    """Word → the forms that are looked up by it: of its fixed words, the one that fewest forms have."""
    forms = [(entry, form) for entry in entries().values() for form in entry.forms]
    fixed = [fixed_tokens(form.text) for _, form in forms]
    common = Counter(word for words in fixed for word in words)
    index: dict[str, list[_Candidate]] = {}
    for number, ((entry, form), words) in enumerate(zip(forms, fixed, strict=True)):
        rarest = min(words, key=lambda word: (common[word], -len(word), word))
        index.setdefault(rarest, []).append(_Candidate((-form.weight, number), entry, form))
    return {word: tuple(candidates) for word, candidates in index.items()}
