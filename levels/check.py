"""Is a challenge sound: its solution reaches the goal, its traps lose, doing nothing does not pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from levels.attempt import Attempt, attempt
from levels.challenge import Challenge, Trap, typed_on
from levels.worlds import NotPrepared

NOTHING = ("true", "ls", "pwd")
"""Commands that change nothing."""
LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a challenge: the key of a sentence in console/texts.toml, and its facts."""

    kind: str
    major: int
    facts: tuple[tuple[str, object], ...] = ()


def problems(challenge: Challenge, majors: frozenset[int] | None = None) -> Iterator[Problem]:
    """Everything that is wrong, on every major that the challenge names (or on these)."""
    for major in sorted(majors or challenge.versions):
        try:
            first = attempt(challenge, major)
        except NotPrepared as error:
            yield Problem("challenge_not_prepared", major, (("said", str(error)),))
            continue
        yield from _idle(first)
        yield from _solved(first)
        for number, trap in enumerate(challenge.traps_on(major), 1):
            yield from _sprung(first, trap, number)
        yield from _told(first)


def _idle(first: Attempt) -> Iterator[Problem]:
    """Doing nothing, or looking around, neither passes nor loses."""
    if first.standing.outcome != "open":
        yield Problem("challenge_passes_idle", first.major)
    looked = first.played(NOTHING)
    if looked.standing.outcome != "open":
        yield Problem("challenge_moves_idle", first.major, (("outcome", looked.standing.outcome),))


def _solved(first: Attempt) -> Iterator[Problem]:
    """The solution reaches the goal, with its last command and not before; par is its length or less."""
    lines = first.challenge.moves_on(first.major)
    done = first.played(lines)
    if done.standing.outcome != "reached":
        missing = [one.missing("en") for one in done.standing.goal if not one.holds]
        if done.standing.trap is not None:
            missing = [done.standing.trap.why.en]
        failed = [
            f"{turn.line} -> {turn.done.exit} {turn.done.stderr.strip()}" for turn in done.turns if turn.done.exit
        ]
        yield Problem(
            "challenge_unsolved", first.major, (("missing", " ".join(missing)), ("failed", "; ".join(failed)))
        )
    elif done.standing.commands < len(lines):
        yield Problem("challenge_solved_early", first.major, (("commands", done.standing.commands),))
    if first.challenge.par > len(lines):
        yield Problem("challenge_par", first.major, (("par", first.challenge.par), ("length", len(lines))))


def _sprung(first: Attempt, trap: Trap, number: int) -> Iterator[Problem]:
    """The trap's commands lose the level, by this trap."""
    done = first.played(typed_on(trap.commands, first.major))
    if done.standing.trap != trap:
        outcome = done.standing.outcome
        failed = [
            f"{turn.line} -> {turn.done.exit} {turn.done.stderr.strip()}" for turn in done.turns if turn.done.exit
        ]
        facts = (("number", number), ("outcome", outcome), ("failed", "; ".join(failed)))
        yield Problem("challenge_trap", first.major, facts)


def _told(first: Attempt) -> Iterator[Problem]:
    """Every condition has its sentences: what is wanted, and what is missing at the beginning."""
    for language in LANGUAGES:
        for judged in first.standing.goal:
            try:
                judged.sentence(language)
                judged.missing(language)
            except (KeyError, IndexError) as error:
                yield Problem("challenge_untold", first.major, (("kind", str(error)), ("language", language)))
