"""Claims judged on an outcome."""

from __future__ import annotations

from collections.abc import Iterable

from host.network import at
from host.shell import run_line
from levels.judges import judge
from quizzes.experiment import Outcome, Shown, printed
from quizzes.question import Claim, Said


def true_on(claims: Iterable[Claim], outcome: Outcome, major: int) -> bool:
    """Whether everything that is claimed for a major is so."""
    return all(is_true(claim, outcome) for claim in claims if major in claim.versions)


def is_true(claim: Claim, outcome: Outcome) -> bool:
    """Whether one claim is so."""
    if claim.said is not None:
        return _says(claim.said, _answer(claim.said, outcome)) is claim.said.holds
    if claim.wanted is None:
        return False
    line = outcome.last.line if outcome.last else ""
    return judge(claim.wanted.condition, at(outcome.host, claim.wanted.on), line).holds is claim.wanted.holds


def _answer(said: Said, outcome: Outcome) -> Shown | None:
    """A question that is put to the host leaves no trace on it."""
    if not said.to:
        return outcome.last
    done = run_line(at(outcome.host, said.on), said.to)
    return Shown(said.to, printed(done), done.exit, said.on)


def _says(said: Said, answer: Shown | None) -> bool:
    if answer is None:
        return False
    text = answer.printed
    return (
        said.exit in (None, answer.exit)
        and (said.prints is None or text.strip() == said.prints.strip())
        and all(words in text for words in said.has)
        and not any(words in text for words in said.lacks)
    )
