"""From the first repetition on the sweep multiplies instead of working out: that must change nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.sweep import checkpoints
from tests.simulator.test_sweep import Plan, sweeps


@given(sweeps(), st.integers(2, 60))
@settings(max_examples=150)
def test_the_short_cut_gives_the_very_rows_that_working_out_gives(plan: Plan, longer: int) -> None:
    """Every row, bit for bit, also far beyond the first repetition."""
    seconds = plan.seconds * longer
    quick = checkpoints(plan.load, plan.start, seconds)
    slow = checkpoints(plan.load, plan.start, seconds, one_by_one=True)
    assert list(quick) == list(slow)


@given(sweeps())
@settings(max_examples=60)
def test_columns_hold_the_rows(plan: Plan) -> None:
    """Arrays and rows are two views of the same checkpoints."""
    sweep = checkpoints(plan.load, plan.start, plan.seconds * 20)
    columns = sweep.columns()
    shown = zip(
        *(getattr(columns, name).tolist() for name in columns.__slots__), strict=True
    )  # slots stand in the order of a row
    assert list(shown) == list(sweep)


def test_the_short_cut_is_taken_at_a_steady_rate_and_never_behind_an_idle_slot() -> None:
    """An idle slot does not move with the WAL, so nothing repeats."""
    from tests.simulator.test_sweep import _plan

    plan = _plan()
    day = 86_400.0
    assert checkpoints(plan.load, plan.start, day).repeats > 2000
    held = replace(plan.load, slot_segment=100)
    assert checkpoints(held, plan.start, day).repeats == 0
