"""Which scenarios show an entry: those that it names, then those about the same item of the list of failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagnosis.catalogue import Entry

MOST = 4


def shown_by(entry: Entry, failures_of: Mapping[str, Sequence[int]]) -> tuple[str, ...]:
    """Ids of scenarios; `failures_of` maps those at hand to their items. An id that is not at hand is left out."""
    named = [each for each in entry.scenarios if each in failures_of]
    first = entry.failures[:1] if not named else ()
    related = [name for name, failures in failures_of.items() if set(failures) & set(first)]
    return tuple(dict.fromkeys([*named, *related]))[:MOST]
