"""Questions drawn from a seed: settings, commands and crash points differ each time, the model computes the answer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from quizzes.drawing import Draw
from quizzes.question import Question
from quizzes.templates import (
    archive,
    copies,
    dumps,
    majors,
    recovered,
    segments,
    servers,
    settings,
    standbys,
    targets,
    timelines,
    wal_names,
)
from quizzes.templates.base import Template
from quizzes.templates.making import question_of

SUBJECTS = (
    wal_names,
    recovered,
    settings,
    segments,
    archive,
    targets,
    timelines,
    dumps,
    copies,
    servers,
    standbys,
    majors,
)
TEMPLATES: tuple[Template, ...] = tuple(template for subject in SUBJECTS for template in subject.TEMPLATES)
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
