"""`waldojo challenge`: the list of challenges, their check, and playing one at a real terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from console.exec import MALFORMED, shown
from console.shell import Reader, Terminal, with_history
from console.words import unknown_version, word
from host.network import at
from levels.attempt import Attempt, attempt
from levels.challenge import Challenge
from levels.check import Problem, problems
from levels.loader import all_challenges, load
from levels.words import chapter
from simulator.faults import ScenarioError
from simulator.versions import UnknownVersion, version


def _known(language: str) -> tuple[Challenge, ...] | None:
    """Every challenge; a malformed one is told on standard error."""
    try:
        return all_challenges()
    except ScenarioError as error:
        _tell_faults(error, language)
        return None


def _tell_faults(error: ScenarioError, language: str) -> None:
    for fault in error.faults:
        print(fault.line_of_text(language), file=sys.stderr)


def _found(given: str, language: str) -> Challenge | None:
    """The challenge of an id or a number, or a file of one's own."""
    if given.endswith((".yaml", ".yml")):
        try:
            return load(given)
        except ScenarioError as error:
            _tell_faults(error, language)
            return None
    known = _known(language)
    if known is None:
        return None
    found = next((one for one in known if given in (one.id, str(one.number))), None)
    if found is None:
        near = get_close_matches(given, [one.id for one in known], n=3, cutoff=0.3) or [known[0].id]
        print(word("unknown_challenge", language, given=given, near=", ".join(near)), file=sys.stderr)
    return found


def listed(*, as_json: bool, language: str) -> int:
    """Print the path: chapters and their challenges."""
    known = _known(language)
    if known is None:
        return MALFORMED
    last = ""
    for one in known:
        title = one.title.in_(language)
        if as_json:
            print(
                json.dumps(
                    {"id": one.id, "number": one.number, "chapter": one.chapter, "title": title}, ensure_ascii=False
                )
            )
            continue
        if one.chapter != last:
            print(f"\n{chapter(one.chapter, language)}" if last else chapter(one.chapter, language))
            last = one.chapter
        print(f"  {one.number:3}  {one.id:30} {title}")
    return 0


def checked(given: Sequence[str], *, as_json: bool, language: str) -> int:
    """Check challenges: all, or those that are named; the last line is `challenges: N of N solved`."""
    found = _named(given, language) if given else _known(language)
    if found is None:
        return MALFORMED
    sound = 0
    for one in found:
        faults = list(problems(one))
        sound += not faults
        if as_json:
            told = [{"version": fault.major, "fault": _told(fault, language)} for fault in faults]
            print(json.dumps({"id": one.id, "solved": not faults, "faults": told}, ensure_ascii=False))
            continue
        print(f"{'ok ' if not faults else 'NO '} {one.number:3}  {one.id}")
        for fault in faults:
            print(f"      {fault.major}: {_told(fault, language)}")
    print(f"challenges: {sound} of {len(found)} solved")
    return 0 if sound == len(found) else 1


def _named(given: Sequence[str], language: str) -> tuple[Challenge, ...] | None:
    """The challenges of these names; None after the first that is none."""
    found: list[Challenge] = []
    for name in given:
        one = _found(name, language)
        if one is None:
            return None
        found.append(one)
    return tuple(found)


def _told(fault: Problem, language: str) -> str:
    return word(fault.kind, language, **dict(fault.facts))


class Desk(Terminal):
    """A sitting at one challenge: the learner's shell, with `hint`, `show goal`, `show solution`, `undo`, `reset`."""

    def __init__(self, first: Attempt, language: str) -> None:
        super().__init__(first.first, language)
        self.attempt = first

    def enter(self, line: str) -> tuple[str, str]:
        """What a line prints: standard output and standard error."""
        moved = self.moved(line)
        if moved is not None:
            return "", moved
        here = self.host.network.here
        said = self._asked(" ".join(line.split()))
        if said is not None:
            self.host = at(self.attempt.host, here)
            return said, ""
        before = self.attempt.standing
        self.attempt = self.attempt.enter(line, on=here)
        self.host = self.attempt.host
        done = self.attempt.turns[-1].done
        after = "" if self.attempt.standing.outcome == before.outcome else self.verdict()
        return shown(done.stdout), done.stderr + after

    def _asked(self, line: str) -> str | None:
        """What the desk itself answers; None for a line of the shell."""
        attempt, language = self.attempt, self.language
        match line:
            case "hint":
                self.attempt = attempt.with_hint()
                shown_now = self.attempt.hints_shown
                hints = enumerate(attempt.challenge.hints[:shown_now], 1)
                return "".join(f"{number}. {hint.in_(language)}\n" for number, hint in hints)
            case "show goal":
                return self.goal()
            case "show solution":
                return "".join(f"{line}\n" for line in attempt.challenge.solution_told(attempt.major))
            case "undo":
                self.attempt = attempt.undone()
                return word("undone" if attempt.turns else "nothing_to_undo", language) + "\n"
            case "reset":
                self.attempt = attempt.restarted()
                return word("was_reset", language) + "\n"
            case _:
                return None

    def goal(self) -> str:
        """Every condition with a mark, and what is missing."""
        lines = []
        for judged in self.attempt.standing.goal:
            missing = judged.missing(self.language)
            mark = "[x]" if judged.holds else "[ ]"
            lines.append(f"{mark} {judged.sentence(self.language)}{f' — {missing}' if missing else ''}\n")
        return "".join(lines)

    def verdict(self) -> str:
        """What is said when the level has been won or lost."""
        standing, challenge = self.attempt.standing, self.attempt.challenge
        if standing.trap is not None:
            return word("challenge_lost", self.language, why=standing.trap.why.in_(self.language)) + "\n"
        facts = {"commands": standing.commands, "par": challenge.par, "stars": "*" * self.attempt.rating}
        return word("challenge_reached", self.language, **facts) + f"\n{challenge.why.in_(self.language)}\n"


def play(given: str, major: str | None, *, language: str, read: Reader = input) -> int:
    """Play a challenge at the terminal; exit status 0 when the goal is reached."""
    found = _found(given, language)
    if found is None:
        return MALFORMED
    try:
        wanted = version(major).major if major else found.version
    except UnknownVersion as error:
        print(unknown_version(error, language), file=sys.stderr)
        return MALFORMED
    if wanted not in found.versions:
        named = ", ".join(map(str, sorted(found.versions)))
        print(word("challenge_not_on", language, id=found.id, major=wanted, named=named), file=sys.stderr)
        return MALFORMED
    desk = Desk(attempt(found, wanted), language)
    with_history(desk)
    print(f"{found.title.in_(language)}  (PostgreSQL {wanted})\n{found.story.in_(language)}\n")
    print(desk.goal() + word("challenge_words", language))
    if machines := desk.first.network.machines:
        print(word("shell_machines", language, known=", ".join(machines)))
    while desk.attempt.standing.outcome != "reached":
        try:
            line = read(desk.prompt())
        except EOFError:
            print()
            return 1
        except KeyboardInterrupt:
            print("^C")
            continue
        if line.strip() in ("exit", "logout"):
            return 1
        out, err = desk.enter(line) if line.strip() else ("", "")
        print(out, end="", flush=True)
        print(err, end="", file=sys.stderr, flush=True)
    return 0
