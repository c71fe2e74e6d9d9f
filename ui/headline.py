"""What came of a real run, in one sentence."""

from __future__ import annotations

from simulator.recording import Reality
from ui import comparison, fields
from ui.language import tell
from ui.report import Row


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


def of_row(row: Row | None, lang: str) -> str:
    """The same of a run of which only the figures are known; None: of one that nobody has made."""
    if row is None or not row.compared:
        return tell("reality", "ask_first", lang)
    if row.different:
        return tell("reality", "differ_in_all", lang, n=row.different, of=row.compared)
    return tell("reality", "agreed_in_part" if row.reason else "agreed", lang, count=row.equal)
