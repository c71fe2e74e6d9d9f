"""`waldojo quiz`: the check of a question bank, and its figures."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence

from console.exec import MALFORMED
from console.words import unknown_version, word
from quizzes import survey
from quizzes.check import Problem, problems
from quizzes.loader import bank, beside_all, load
from quizzes.portable import portable
from quizzes.question import Question
from quizzes.telling import line_of, told
from quizzes.templates import TEMPLATES, generated
from quizzes.writers import WRITERS
from simulator.faults import ScenarioError
from simulator.versions import DEFAULT, UnknownVersion, version

SEEDS = 3
"""So many questions of each template are drawn and proved."""


def _read(files: Sequence[str], language: str) -> tuple[Question, ...] | None:
    """The bank with the teacher's own (WALDOJO_BANKS), or files; what is malformed is told on standard error."""
    own, faults = ((), ()) if files else beside_all()
    try:
        found = tuple(one for file in files for one in load(file)) if files else (*bank(), *own)
    except ScenarioError as error:
        found, faults = (), error.faults
    for fault in faults:
        print(fault.line_of_text(language), file=sys.stderr)
    return None if faults else found


def checked(files: Sequence[str], *, as_json: bool, language: str) -> int:
    """Perform every experiment, of drawn questions too; the last line is `questions: N of N sound, M proved, …`."""
    found = _read(files, language)
    if found is None:
        return MALFORMED
    beside: dict[str, list[Problem]] = {}
    for question, problem in survey.problems_of(found):
        beside.setdefault(question.id, []).append(problem)
    drawn = () if files else _drawn()
    sound = 0
    for question in (*found, *drawn):
        faults = [*beside.get(question.id, ()), *problems(question)]
        sound += not faults
        if as_json:
            said = [{"version": fault.major, "fault": told(fault, language)} for fault in faults]
            print(json.dumps({"id": question.id, "sound": not faults, "faults": said}, ensure_ascii=False))
            continue
        for fault in faults:
            print(line_of(question, fault, language))
    total, proved = len(found) + len(drawn), sum(one.proved for one in found)
    print(
        f"questions: {sound} of {total} sound ({len(found)} written, {len(drawn)} drawn), {proved} written ones proved"
    )
    return 0 if sound == total else 1


def _drawn() -> tuple[Question, ...]:
    """Some questions of every template, on different majors."""
    return tuple(
        generated(template, seed, majors[seed % len(majors)])
        for template in TEMPLATES
        for majors in [sorted(template.versions)]
        for seed in range(SEEDS)
    )


def export(form: str, given: str | None, objective: str, *, language: str) -> int:
    """Print the bank in a format of another program: questions that hold on a major, of one objective or all."""
    if form not in WRITERS:
        print(word("quiz_format", language, form=form, known=", ".join(WRITERS)), file=sys.stderr)
        return MALFORMED
    try:
        major = version(given).major if given else DEFAULT
    except UnknownVersion as error:
        print(unknown_version(error, language), file=sys.stderr)
        return MALFORMED
    found = _read((), language)
    if found is None:
        return MALFORMED
    wanted = [one for one in found if major in one.versions and objective in ("", one.objective)]
    if not wanted:
        known = ", ".join(sorted({one.objective for one in found}))
        print(word("quiz_nothing", language, objective=objective, known=known), file=sys.stderr)
        return MALFORMED
    sys.stdout.write(WRITERS[form](portable(one, major, language) for one in wanted))
    return 0


def stats(files: Sequence[str], *, as_json: bool, language: str) -> int:
    """Print counts by objective, kind and proof, what is not covered yet, and what the choices give away."""
    found = _read(files, language)
    if found is None:
        return MALFORMED
    cues = {side: survey.cues(found, side) for side in survey.LANGUAGES}
    figures: dict[str, object] = {
        "questions": len(found),
        "proved": sum(one.proved for one in found),
        "templates": len(TEMPLATES),
        "objectives": dict(sorted(Counter(one.objective for one in found).items())),
        "kinds": dict(sorted(Counter(one.kind for one in found).items())),
        "situational": sum(one.situational for one in found),
        "two_facts": sum(len(one.facts) > 1 for one in found),
        "longest": {side: round(cue.longest, 3) for side, cue in cues.items()},
        "no_absolutes": {side: round(cue.no_absolutes, 3) for side, cue in cues.items()},
        "missing_terms": survey.missing_terms(found),
        "missing_failures": survey.missing_failures(found),
    }
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
        return 0
    for name, figure in figures.items():
        print(f"{word(f'quiz_stats_{name}', language)}: {_listed(figure)}")
    return 0


def _listed(figure: object) -> str:
    """A figure, the parts of one, or what is missing, as a line of text."""
    if isinstance(figure, dict):
        return "; ".join(f"{key} {_listed(value)}" for key, value in figure.items())
    if isinstance(figure, tuple):
        return ", ".join(map(str, figure))
    return str(figure)
