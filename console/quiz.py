"""`waldojo quiz`: the check of a question bank, and its figures."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from console.exec import MALFORMED
from console.words import unknown_version, word
from levels.worlds import NotPrepared
from quizzes import survey
from quizzes.check import Problem, problems
from quizzes.exchange.cards import card
from quizzes.loader import bank, beside_all, load
from quizzes.portable import Portable, portable
from quizzes.question import Question
from quizzes.telling import line_of, told
from quizzes.templates import TEMPLATES, generated
from quizzes.writers import WRITERS
from simulator.faults import ScenarioError
from simulator.versions import DEFAULT, UnknownVersion, version

FORMATS = (*WRITERS, "apkg")
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
    missing = () if files else tuple(survey.gaps(found))
    for gap in missing:
        print(told(gap, language), file=sys.stderr if as_json else sys.stdout)
    total, proved = len(found) + len(drawn), sum(one.proved for one in found)
    print(
        f"questions: {sound} of {total} sound ({len(found)} written, {len(drawn)} drawn), {proved} written ones proved"
    )
    return 0 if sound == total and not missing else 1


def _drawn() -> tuple[Question, ...]:
    """Some questions of every template, on different majors."""
    return tuple(
        generated(template, seed, majors[seed % len(majors)])
        for template in TEMPLATES
        for majors in [sorted(template.versions)]
        for seed in range(SEEDS)
    )


def export(form: str, given: str | None, objective: str, out: str | None, *, language: str) -> int:
    """Write the bank in a format of another program: questions that hold on a major, of one objective or all."""
    if form not in FORMATS:
        return _refused(word("quiz_format", language, form=form, known=", ".join(FORMATS)))
    try:
        major = version(given).major if given else DEFAULT
    except UnknownVersion as error:
        return _refused(unknown_version(error, language))
    if form not in WRITERS and out is None and sys.stdout.isatty():
        return _refused(word("quiz_needs_file", language, form=form))
    found = _read((), language)
    if found is None:
        return MALFORMED
    wanted = [one for one in found if major in one.versions and objective in ("", one.objective)]
    if not wanted:
        known = ", ".join(sorted({one.objective for one in found}))
        return _refused(word("quiz_nothing", language, objective=objective, known=known))
    try:
        _put(_exported(form, list(_portables(wanted, major, language)), language), out)
    except NotPrepared:
        return MALFORMED
    except OSError as error:
        return _refused(word("lab_not_written", language, path=out, reason=error.strerror or error))
    if out is not None:
        print(word("quiz_exported", language, count=len(wanted), path=out), file=sys.stderr)
    return 0


def _refused(told: str) -> int:
    print(told, file=sys.stderr)
    return MALFORMED


def _portables(wanted: Sequence[Question], major: int, language: str) -> Iterator[Portable]:
    """As other programs ask them; raises NotPrepared, told, for a teacher's own question whose preparation fails."""
    for one in wanted:
        try:
            yield portable(one, major, language)
        except NotPrepared as error:
            problem = Problem("not_prepared", major, (("said", str(error)),))
            print(line_of(one, problem, language), file=sys.stderr)
            raise


def _exported(form: str, wanted: Sequence[Portable], language: str) -> bytes:
    if form in WRITERS:
        return WRITERS[form](wanted).encode()
    from console.apkg import package  # who wants text does not wait for it

    # As reproducible builds do: whoever fixes the time gets the same bytes from the same bank.
    made = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return package(map(card, wanted), language=language, made=made)


def _put(made: bytes, out: str | None) -> None:
    if out is not None:
        Path(out).write_bytes(made)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(made)


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
        "topics": dict(sorted(Counter(topic for one in found for topic in one.topics).items())),
        "few_of": survey.few_of(found),
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
