"""Questions drawn from a seed: settings, commands and crash points differ each time, the model computes the answer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from quizzes.drawing import Draw
from quizzes.question import Question
from quizzes.templates import recovered, settings, wal_names
from quizzes.templates.base import Template, question_of

TEMPLATES: tuple[Template, ...] = (*wal_names.TEMPLATES, *recovered.TEMPLATES, *settings.TEMPLATES)
TRIES = 40
"""Draws that ask nothing (two beliefs come to the same) are thrown away."""


@lru_cache(maxsize=512)
def generated(template: Template, seed: int, major: int) -> Question:
    """The question of a seed on a major.  Raises LookupError when no draw asks anything."""
    for attempt in range(TRIES):
        draw = Draw(f"{template.id}/{seed}/{attempt}")
        drawn = template.draw(draw, major)
        made = None if drawn is None else question_of(template, drawn, draw, major)
        if made is not None:
            return replace(made, id=f"{template.id}~{seed}")
    raise LookupError(f"{template.id}: no question in {TRIES} draws of seed {seed}")
