"""What came of a real run, in one sentence."""

from __future__ import annotations

from simulator.recording import Reality
from ui import comparison, fields
from ui.language import tell


def sentence(reality: Reality, lang: str) -> str:
    """'All 146 compared fields are as predicted', or where the first difference is."""
    parted = comparison.first_difference(reality)
    if parted is not None:
        at = comparison.shown_step(parted.step)
        return tell("reality", "parted", lang, step=at, field=fields.field_words(parted.field, lang))
    if not reality.equal:
        return tell("reality", "nothing_compared", lang)
    skipped = any(step.skipped for step in reality.run.steps)
    return tell("reality", "agreed_in_part" if skipped else "agreed", lang, count=reality.equal)
